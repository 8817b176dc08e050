"""Turning a tensor picture: every output pixel looks back to the place in the input that it comes from.

With the middle of the picture as origin, x to the right and y down, turning by the angle a counter-clockwise about
(cx, cy) brings to the output pixel (x, y) what was at

    u = cx + cos(a) (x - cx) - sin(a) (y - cy)
    v = cy + sin(a) (x - cx) + cos(a) (y - cy)

Seldom is that the middle of an input pixel. "nearest" takes the nearest one; "bilinear" blends the four around it,
each with 1 - its distance, in columns times in rows. What lies outside the input has the color `fill`.

Half way between two pixels the last bit of u decides. So rounding is torch's: (u, v) is scaled to -1 ... 1 and back.

Twin:   torch.nn.functional.grid_sample(input, grid, mode=mode, align_corners=False)
"""

import math

import numpy as np

from ...autograd import op
from ...rounding import fma32, fma64

__all__ = ["rotated", "rotated_size", "rotation"]


def rotation(angle, center=(0.0, 0.0)):
    """The matrix (2, 3) that takes (x, y, 1) to (u, v); angle in degrees, center from the middle of the picture."""
    a, (cx, cy) = math.radians(-angle), center
    cos, sin = math.cos(a), math.sin(a)
    return [[cos, sin, (cos * -cx + sin * -cy) + cx], [-sin, cos, (-sin * -cx + cos * -cy) + cy]]


def rotated_size(matrix, h, w):
    """(height, width) of the smallest picture that holds all of the rotated one."""
    x, y = np.float32([[-w, -w, w, w], [-h, h, h, -h]]) / 2  # the corners
    extents = []
    for (a, b, c), extent in zip(np.float32(matrix), (w, h)):
        turned = (x * a + y * b) + c + np.float32(extent / 2)
        # As torch does, whole numbers are meant where they are missed by less than 1e-4.
        low, high = (np.trunc(end / np.float32(1e-4)) * np.float32(1e-4) for end in (turned.min(), turned.max()))
        extents.append(int(np.ceil(high) - np.floor(low)))
    return extents[::-1]


@op
def rotated(input, matrix, size, mode="nearest", fill=None):
    """The turned input (*, C, H, W) as (*, C, OH, OW) of the same dtype.

    matrix: of `rotation`. size: (OH, OW). mode: "nearest" or "bilinear". fill: None (0), or a number for each of the C
    channels, or one for all. Integers are computed in float32 and rounded.
    """
    h, w = input.shape[-2:]
    x = input if input.dtype.kind == "f" else input.astype(np.float32)
    u, v = _places(matrix, (h, w), size, x.dtype)  # (OH, OW) each
    taps = [_tap(*tap, h, w) for tap in _neighbours(u, v, mode)]
    flat = np.zeros((*x.shape[:-2], h * w + 1), x.dtype)  # the last one is what lies outside
    flat[..., :-1] = x.reshape(*x.shape[:-2], h * w)
    y = sum(flat[..., index] * weight for index, weight in taps)  # (*, C, OH, OW)
    # How much of each output pixel comes from the input; y, as torch's, is multiplied by it once more.
    inside = 1 if fill is None else sum(weight * (index < h * w) for index, weight in taps)  # (OH, OW)
    if fill is not None:
        y = y * inside + (1 - inside) * np.array(fill, x.dtype).reshape(-1, 1, 1)
    if input.dtype.kind in "iu":
        y = np.rint(y)

    def grad_input(g):
        g = g * inside
        gradient = np.zeros_like(g, shape=(h * w + 1, *g.shape[:-2]))
        for index, weight in taps:
            np.add.at(gradient, index, np.moveaxis(g * weight, (-2, -1), (0, 1)))
        return np.moveaxis(gradient[:-1], 0, -1).reshape(*g.shape[:-2], h, w)

    return y.astype(input.dtype, copy=False), {"input": grad_input}


def _places(matrix, extents, size, dtype):
    """Columns and rows of the input (0: the middle of the first pixel) from which the output pixels come."""
    y, x = ((np.arange(n) - (n - 1) / 2).astype(dtype) for n in size)
    fma = fma32 if dtype == np.float32 else fma64
    places = []
    for row, extent in zip(matrix, reversed(extents)):
        a, b, c = np.array(row, dtype) / dtype.type(0.5 * extent)
        scaled = (x * a + y[:, None] * b) + c  # (OH, OW), -1 ... 1
        places.append(fma(scaled + 1, extent / 2, -0.5))
    return places


def _neighbours(u, v, mode):
    """(column, row, weight) of the input pixels that make each output pixel."""
    if mode == "nearest":
        return [(np.rint(u), np.rint(v), np.ones_like(u))]
    left, top = np.floor(u), np.floor(v)
    right, below = u - left, v - top  # the weights of the pixels there
    return [(left + i, top + j, (right if i else 1 - right) * (below if j else 1 - below))
            for j in (0, 1) for i in (0, 1)]  # fmt: skip


def _tap(column, row, weight, h, w):
    """(place in the flattened input, weight); outside, the place is behind the last."""
    column, row = column.astype(np.int64), row.astype(np.int64)
    inside = (0 <= column) & (column < w) & (0 <= row) & (row < h)
    return np.where(inside, row * w + column, h * w), weight

"""Resizing a tensor picture: every output pixel is a weighted mean of a few input pixels.

Rows and columns are treated alike, one after the other. Let scale = H / OH. The centre of output row i lies at

    c_i = scale * (i + 1/2)

in a coordinate in which input row j reaches from j to j + 1. The nearer a row, the more it weighs:

    y[i] = sum over the taps j of  w_ij x[j],       w_ij = kernel(|j + 1/2 - c_i| / stretch)

where the kernel (a triangle for bilinear, a cubic for bicubic) is 0 from `radius` on. Plain interpolation has stretch
1: it looks at 2 or 4 neighbours however far apart the centres are, and repeats the border where they lie outside.
Antialiasing stretches the kernel by `scale` when shrinking, so that no input pixel is passed over; taps outside are
left out, and the weights divided by their sum. Nearest is one tap of weight 1.

Source: Keys, Cubic convolution interpolation for digital image processing (1981), https://doi.org/10.1109/TASSP.1981.1163711
Twin:   torch.nn.functional.interpolate(input, size, mode=mode, antialias=antialias)
"""

import math

import numpy as np

from ...autograd import op

__all__ = ["resample"]


@op
def resample(input, size, mode="bilinear", antialias=False):
    """Resize input (*, H, W) to size = (OH, OW) -> (*, OH, OW) of the same dtype.

    mode: "nearest", "nearest-exact", "bilinear" or "bicubic". Integers are computed in float32 and rounded; bicubic's
    overshoot is clipped for uint8. RuntimeError if there is nothing to resize, or nothing to resize to.
    """
    (h, w), (oh, ow) = input.shape[-2:], size
    if min(h, w, oh, ow) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input (H: {h}, W: {w}) output (H: {oh}, W: {ow})"
        )
    x = input if input.dtype.kind == "f" else input.astype(np.float32)
    rows = _taps(h, oh, mode, antialias, x.dtype)  # indices and weights, (K, OH) each
    columns = _taps(w, ow, mode, antialias, x.dtype)  # (K, OW) each
    y = _blend(x, columns, axis=-1)  # (*, H, OW)
    y = _blend(y, rows, axis=-2)  # (*, OH, OW)

    def grad_input(g):
        return _matrix(rows, h).T @ g @ _matrix(columns, w)  # (*, H, W)

    if mode == "bicubic" and input.dtype == np.uint8:
        y = y.clip(0, 255)
    if input.dtype.kind in "iu":
        y = np.rint(y)
    return y.astype(input.dtype, copy=False), {"input": grad_input}


def _taps(extent, size, mode, antialias, dtype):
    """Which inputs make each output, and their weights: two (K, size) arrays."""
    i = np.arange(size)
    if mode.startswith("nearest"):
        scale = np.float32(extent) / np.float32(size)  # torch's precision here, whatever the picture's
        position = (i if mode == "nearest" else i + 0.5).astype(np.float32) * scale
        return np.minimum(position.astype(np.int64), extent - 1)[None], np.ones((1, size), dtype)
    kernel, radius = (_triangle, 1) if mode == "bilinear" else (_cubic, 2)
    scale = dtype.type(extent) / dtype.type(size)
    stretch = max(float(scale), 1.0) if antialias else 1.0
    centre = float(scale) * (i + 0.5)  # (size,)
    # c_i - 1/2, rounded where torch rounds it: a pixel that lies half way between two values may depend on it
    position = centre.astype(dtype) - dtype.type(0.5) if antialias else (centre - 0.5).astype(dtype)
    first = np.floor(position - dtype.type(radius * stretch)).astype(np.int64) + 1
    index = (
        first + np.arange(math.ceil(2 * radius * stretch))[:, None]
    )  # all that are nearer than the radius: (K, size)
    weight = kernel(np.abs(index - position).astype(dtype) / dtype.type(stretch), antialias)
    if antialias:
        weight[(index < 0) | (index >= extent)] = 0
        weight /= weight.sum(axis=0)
    return index.clip(0, extent - 1), weight


def _triangle(t, antialias):
    return np.maximum(1 - t, 0)


def _cubic(t, antialias):
    a = -0.5 if antialias else -0.75  # torch's two choices of Keys's free parameter
    near = ((a + 2) * t - (a + 3)) * t * t + 1
    far = ((t - 5) * t + 8) * t * a - 4 * a
    return np.where(t < 1, near, np.where(t < 2, far, 0)).astype(t.dtype)


def _blend(x, taps, axis):
    """Sum over the taps along an axis (-1 or -2)."""
    total = 0
    for index, weight in zip(*taps):
        total = total + x.take(index, axis) * (weight if axis == -1 else weight[:, None])
    return total


def _matrix(taps, extent):
    """The same blend as a matrix (size, extent)."""
    index, weight = taps
    matrix = np.zeros((index.shape[1], extent), weight.dtype)
    np.add.at(matrix, (np.arange(index.shape[1]), index), weight)
    return matrix

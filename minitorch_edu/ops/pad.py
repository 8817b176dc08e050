"""Padding: more places at the ends of axes, filled with a constant or from the input itself.

The axis 0 1 2 3, padded by 2 on both sides:

    constant    v v 0 1 2 3 v v         reflect     2 1 0 1 2 3 2 1
    replicate   0 0 0 1 2 3 3 3         circular    2 3 0 1 2 3 0 1

A negative padding cuts off. Every place is a constant or a copy, so that its gradient goes to where it came from.

Twin:  torch.nn.functional.pad
"""

import numpy as np

from ..autograd import op
from ..dtypes import number_as

__all__ = ["pad"]

MODES = ("constant", "reflect", "replicate", "circular")


def _node_name(result, input, pad, mode="constant", value=None):
    names = {"constant": "ConstantPadNd", "reflect": "ReflectionPad{}D", "replicate": "ReplicationPad{}D"}
    return names[mode].format(len(pad) // 2) + "Backward0" if mode in names else "CopySlices"


@op(name=_node_name, memory="channels_last")
def pad(input, pad, mode="constant", value=None):
    """Pad the last axes of input; pad is (left, right) of the last axis, then of the one before it, and so on.

    mode="constant" fills with value (0 if None) and takes any number of axes; the others 2 numbers for input of 2 or 3
    axes, 4 for 3 or 4, 6 for 4 or 5 (else NotImplementedError). RuntimeError if input is too small for its padding.

    >>> F.pad(torch.tensor([[1, 2], [3, 4]]), (1, 0, 0, 2))  # left, right, top, bottom
    tensor([[0, 1, 2],
            [0, 3, 4],
            [0, 0, 0],
            [0, 0, 0]])
    >>> F.pad(torch.tensor([[0., 1., 2.]]), (2, 0), mode="reflect")
    tensor([[2., 1., 0., 1., 2.]])
    """
    shape = input.shape
    widths = _widths(shape, pad, mode, value)  # (left, right) of every axis
    padded = [left + n + right for n, (left, right) in zip(shape, widths)]
    inner, outer = [], []  # where the places that stay are: in input, and in y
    for n, (left, right) in zip(shape, widths):
        stay = max(n - max(-left, 0) - max(-right, 0), 0)
        inner.append(slice(max(-left, 0), max(-left, 0) + stay))
        outer.append(slice(max(left, 0), max(left, 0) + stay))
    inner, outer = tuple(inner), tuple(outer)

    if mode == "constant":
        y = np.full_like(input, number_as(0 if value is None else value, input.dtype), shape=padded)
        y[outer] = input[inner]

        def grad_input(g):
            gradient = np.zeros_like(g, shape=shape)
            gradient[inner] = g[outer]
            return gradient

        return y, {"input": grad_input}

    sources = [_sources(mode, n, left, right) for n, (left, right) in zip(shape, widths)]
    y = input[np.ix_(*sources)]

    def grad_input(g):
        for axis, (n, source) in enumerate(zip(shape, sources)):
            if widths[axis] != (0, 0):
                g = _add_up(g, axis, n, source, inner[axis], outer[axis])
        return g

    return y, {"input": grad_input}


def _sources(mode, n, left, right):
    """For each place of a padded axis, the one of 0 .. n - 1 that it copies."""
    places = np.arange(-left, n + right)
    if mode == "reflect":
        return n - 1 - np.abs(n - 1 - np.abs(places))
    if mode == "replicate":
        return np.clip(places, 0, n - 1)
    first, last = max(-left, 0), n - 1 + min(right, 0)  # of those that stay
    return first + (places - first) % max(last - first + 1, 1)


def _add_up(g, axis, n, source, inner, outer):
    """Along the axis, add each g[i] to place source[i] of n; places `outer` of g lie one to one on places `inner`."""
    g = np.moveaxis(g, axis, 0)
    total = np.zeros_like(g, shape=(n, *g.shape[1:]))
    total[inner] = g[outer]
    for end in (slice(0, outer.start), slice(max(outer.stop, outer.start), None)):
        np.add.at(total, source[end], g[end])  # a place may be copied several times
    return np.moveaxis(total, 0, axis)


def _widths(shape, pad, mode, value):
    """pad as (left, right) for each axis from the first, after every check."""
    if not isinstance(pad, (tuple, list)) or not all(isinstance(n, int) for n in pad):
        raise TypeError(f"pad(): argument 'pad' (position 2) must be tuple of ints, got {pad!r}")
    if len(pad) % 2:
        raise RuntimeError(f"pad(): Padding length must be divisible by 2, got {len(pad)} numbers")
    axes = len(pad) // 2
    if axes > len(shape):
        raise RuntimeError(
            "pad(): Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(pad)} and input of dimension {len(shape)}"
        )
    if mode not in MODES:
        raise NotImplementedError(f"pad(): Unrecognised padding mode {mode!r}; expected one of {', '.join(MODES)}")
    widths = [(0, 0)] * (len(shape) - axes) + [(pad[2 * i], pad[2 * i + 1]) for i in reversed(range(axes))]
    if mode != "constant":
        if value:
            raise RuntimeError(f'pad(): Padding mode "{mode}" doesn\'t take in value argument')
        if axes not in (1, 2, 3) or len(shape) - axes not in (1, 2):
            raise NotImplementedError(
                f"pad(): Padding size {len(pad)} is not supported for {len(shape)}D input tensor. With {mode!r} it is "
                "2 for 2D or 3D, 4 for 3D or 4D, 6 for 4D or 5D input"
            )
    for axis, (n, (left, right)) in enumerate(zip(shape, widths)):
        got = f"but got: padding ({left}, {right}) at dimension {axis} of input {list(shape)}"
        cut_away = mode != "replicate" and n + min(left, 0) + min(right, 0) < 0
        nothing_left = mode in ("reflect", "replicate") and axis and n + left + right < 1
        if cut_away or nothing_left:
            raise RuntimeError(f"pad(): input is too small. Calculated output size {n + left + right}, {got}")
        if mode == "reflect" and n and max(left, right) >= n:
            raise RuntimeError(f"pad(): Padding size should be less than the corresponding input dimension, {got}")
        if mode == "circular" and max(left, right) > n + min(left, 0) + min(right, 0):
            raise RuntimeError(f"pad(): Padding value causes wrapping around more than once, {got}")
        if mode in ("reflect", "replicate") and n == 0 and (axis or len(shape) - axes == 1):
            raise RuntimeError(f"pad(): expected input without axes of size 0, except for the batch, got {list(shape)}")
    return widths

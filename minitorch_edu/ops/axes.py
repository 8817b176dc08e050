"""What `dim` means: one axis, or several, counted from the front or (negative) from the back.

A 0-d tensor takes dim 0 and -1 as if it had one axis, as torch does.
"""

import functools

import numpy as np

from ..autograd import torchs_names

__all__ = ["all_axes", "back", "need_dim", "numpys_names", "one_axis", "shed", "spread"]


def numpys_names(function):
    """Let axis and keepdims stand for dim and keepdim, as operators do."""
    names = function.__code__.co_varnames

    @functools.wraps(function)
    def call(*args, **kwargs):
        return function(*args, **torchs_names(kwargs, names))

    return call


def one_axis(dim, ndim):
    """Return dim as 0 <= axis < max(ndim, 1); IndexError in torch's words if there is no such axis."""
    if isinstance(dim, bool) or not hasattr(dim, "__index__"):
        raise TypeError(f"dim must be int, not {type(dim).__name__}")
    extent = max(ndim, 1)
    if not -extent <= dim < extent:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-extent}, {extent - 1}], but got {dim})"
        )
    return dim % extent


def all_axes(dim, ndim):
    """Return dim as a sorted tuple of axes; None and () mean all of them. RuntimeError if one comes twice."""
    if dim is None or (isinstance(dim, (tuple, list)) and len(dim) == 0):
        return tuple(range(ndim))
    axes = [one_axis(d, ndim) for d in (dim if isinstance(dim, (tuple, list)) else (dim,))]
    for axis in axes:
        if axes.count(axis) > 1:
            raise RuntimeError(f"dim {axis} appears multiple times in the list of dims")
    return tuple(sorted(axes)) if ndim else ()


def need_dim(function, dim, keepdim):
    """TypeError for a keepdim without dim, for a function that has several forms."""
    if dim is None and keepdim is not None:
        raise TypeError(f"{function}(): keepdim={keepdim} goes with dim, the axis to keep; none was given")


def shed(y, axes, keepdim):
    """Take the reduced axes, which are still there with extent 1, away from a result, unless they are kept."""
    return y if keepdim else np.squeeze(y, axes)


def back(g, axes, keepdim):
    """Give the gradient of a result the reduced axes again, with extent 1 (a 0-d gradient broadcasts as it is)."""
    return g if keepdim or not g.ndim else np.expand_dims(g, axes)


def spread(g, axes, keepdim, shape):
    """Give every number that was reduced the gradient of its result."""
    whole = np.empty(shape, g.dtype)
    whole[...] = back(g, axes, keepdim)
    return whole

"""Numbers in order: all of them, the k largest, the middle one, or each once.

The order is stable (equal numbers stay as they were) and nan counts as the largest. A number's gradient goes back to
the place that it was taken from.

Twin:  torch.sort, torch.argsort, torch.topk, torch.median, torch.unique
"""

import numpy as np

from .. import return_types
from ..autograd import op, wrap
from .axes import need_dim, numpys_names, one_axis, shed

__all__ = ["argsort", "median", "sort", "topk", "unique"]


def _order(lanes, axis, descending):
    """The places of the numbers in order. Descending: the ascending order of the reversed lanes, read from its end."""
    if not descending:
        return np.argsort(lanes, axis, kind="stable")
    return lanes.shape[axis] - 1 - np.flip(np.argsort(np.flip(lanes, axis), axis, kind="stable"), axis)


def _taken(input, places, axis):
    """The numbers at these places along the axis, and the gradient."""
    shape = input.shape

    def grad_input(g):
        whole = np.zeros(shape or (1,), g.dtype)
        np.put_along_axis(whole, places, g.reshape(places.shape), axis)
        return whole.reshape(shape)

    return np.take_along_axis(np.atleast_1d(input), places, axis), {"input": grad_input}


@op(name=lambda out, input, dim=-1, descending=False, *, stable=None: f"SortBackward{int(stable is not None)}")
def sort(input, dim=-1, descending=False, *, stable=None):
    """(values, indices): the numbers in order along dim, and where they were; always stable.

    >>> torch.sort(torch.tensor([30, 10, 20]))
    torch.return_types.sort(
    values=tensor([10, 20, 30]),
    indices=tensor([1, 2, 0]))
    """
    axis = one_axis(dim, input.ndim)
    places = _order(np.atleast_1d(input), axis, descending)
    values, gradients = _taken(input, places, axis)
    return return_types.sort(values.reshape(input.shape), places.reshape(input.shape)), gradients


@op
def argsort(input, dim=-1, descending=False, *, stable=None):
    """Where the numbers in order along dim were; always stable.

    >>> torch.argsort(torch.tensor([30, 10, 20]))
    tensor([1, 2, 0])
    """
    return _order(np.atleast_1d(input), one_axis(dim, input.ndim), descending).reshape(input.shape), {}


@op
def topk(input, k, dim=-1, largest=True, sorted=True):
    """(values, indices) of the k largest (or smallest) numbers along dim, in order; among equal ones the first.

    >>> torch.topk(torch.tensor([30, 10, 20]), 2)
    torch.return_types.topk(
    values=tensor([30, 20]),
    indices=tensor([0, 2]))
    """
    axis, lanes = one_axis(dim, input.ndim), np.atleast_1d(input)
    if not 0 <= k <= lanes.shape[axis]:
        raise RuntimeError(
            f"topk(): selected index k out of range: k={k}, dimension {axis} has size {lanes.shape[axis]}"
        )
    first = (*[slice(None)] * axis, slice(k if input.ndim else 1))
    places = _order(lanes, axis, largest)[first].copy()
    values, gradients = _taken(input, places, axis)
    shape = values.shape if input.ndim else ()
    return return_types.topk(values.reshape(shape), places.reshape(shape)), gradients


@op(name="MedianBackward0")
def _median_all(input):
    if input.size == 0:
        shape = input.shape
        return np.array(np.nan, input.dtype), {"input": lambda g: np.zeros(shape, g.dtype)}
    middle = np.sort(input, axis=None)[(input.size - 1) // 2]
    middle = input.dtype.type(np.nan) if input.dtype.kind == "f" and np.isnan(input).any() else middle

    def grad_input(g):
        ties = np.isnan(input) if middle != middle else input == middle
        return np.where(ties, g / ties.sum(), 0)

    return middle, {"input": grad_input}


@op(name="MedianBackward1")
def _median_along(input, dim, keepdim):
    axis, lanes = one_axis(dim, input.ndim), np.atleast_1d(input)
    count = lanes.shape[axis]
    if count == 0:
        raise IndexError(f"median(): Expected reduction dim {axis} to have non-zero size.")
    order = _order(lanes, axis, False)
    places = np.take(order, [(count - 1) // 2], axis)
    if lanes.dtype.kind == "f":  # a lane with nan: the first one
        places = np.where(np.isnan(lanes).any(axis, keepdims=True), lanes.argmax(axis, keepdims=True), places)
    values, gradients = _taken(input, places, axis)
    keepdim = keepdim and input.ndim > 0
    return return_types.median(shed(values, axis, keepdim), shed(places.copy(), axis, keepdim)), gradients


@numpys_names
def median(input, dim=None, keepdim=None):
    """The middle number, of two the lower; nan if there is any. With dim: (values, indices) along it.

    >>> torch.median(torch.tensor([1, 9, 2, 8]))  # 2 and 8 are in the middle
    tensor(2)
    """
    need_dim("median", dim, keepdim)
    return _median_all(input) if dim is None else _median_along(input, dim, keepdim)


def unique(input, sorted=True, return_inverse=False, return_counts=False, dim=None):
    """Each number (or, with dim, each slice) once, in order; has no gradient.

    return_inverse: also where each number of the input is in the result; return_counts: also how often it occurs.

    >>> torch.unique(torch.tensor([3, 1, 3]), return_inverse=True, return_counts=True)
    (tensor([1, 3]), tensor([1, 0, 1]), tensor([1, 2]))
    """
    axis = None if dim is None else one_axis(dim, input.ndim)
    values, inverse, counts = np.unique(
        input.array, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    inverse = inverse.reshape(input.shape if axis is None else -1)
    found = (values,) + (inverse,) * bool(return_inverse) + (counts,) * bool(return_counts)
    return wrap(values) if len(found) == 1 else tuple(map(wrap, found))

"""Largest and smallest numbers: of all, along axes, or of two tensors; and where they are.

Several may be equally large. `amax`, and `max` of all, share the gradient among the ties; `max` along an axis tells
where the first one is, and gives it the whole gradient. nan counts as larger, and as smaller, than any number.

Twin:  torch.amax, torch.amin, torch.max, torch.min, torch.argmax, torch.argmin
"""

import numpy as np

from .. import return_types
from ..autograd import Tensor, op
from .arithmetic import maximum, minimum
from .axes import all_axes, back, need_dim, numpys_names, one_axis, shed

__all__ = ["amax", "amin", "argmax", "argmin", "max", "min"]


def _refuse_empty(name, input, axes, error=RuntimeError):
    """IndexError, or `error` if all axes are reduced, if there is nothing to choose from."""
    if input.size == 0 and len(axes) == input.ndim:
        raise error(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
            "the 'dim' argument."
        )
    for axis in axes:
        if input.ndim and input.shape[axis] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")


# ------------------------------------------------------------------------------------------- shared among ties


@op
def amax(input, dim=(), keepdim=False):
    """The largest number along one axis, several, or all (dim=()).

    >>> x = torch.tensor([1.0, 3.0, 3.0], requires_grad=True)
    >>> x.amax().backward()
    >>> x.grad
    tensor([0.0000, 0.5000, 0.5000])
    """
    axes = all_axes(dim, input.ndim)
    _refuse_empty("amax", input, axes)
    top = input.max(axis=axes, keepdims=True)
    return shed(top.copy(), axes, keepdim), {"input": _shared(input, top, axes, keepdim)}


@op
def amin(input, dim=(), keepdim=False):
    """The smallest number along one axis, several, or all (dim=()).

    >>> x = torch.tensor([[1, 5], [3, 4]])
    >>> torch.amin(x), torch.amin(x, 0), torch.amin(x, 1)
    (tensor(1), tensor([1, 4]), tensor([1, 3]))
    """
    axes = all_axes(dim, input.ndim)
    _refuse_empty("amin", input, axes)
    bottom = input.min(axis=axes, keepdims=True)
    return shed(bottom.copy(), axes, keepdim), {"input": _shared(input, bottom, axes, keepdim)}


def _shared(input, extreme, axes, keepdim):
    def grad_input(g):
        ties = input == extreme
        return back(g, axes, keepdim) * ties / ties.sum(axis=axes, keepdims=True)

    return grad_input


@op(name="MaxBackward1")
def _max_all(input):
    _refuse_empty("max", input, tuple(range(input.ndim)))
    top = input.max()
    return top, {"input": _shared_by_all(input, top)}


@op(name="MinBackward1")
def _min_all(input):
    _refuse_empty("min", input, tuple(range(input.ndim)))
    bottom = input.min()
    return bottom, {"input": _shared_by_all(input, bottom)}


def _shared_by_all(input, extreme):
    def grad_input(g):
        ties = np.isnan(input) if np.isnan(extreme) else input == extreme
        return np.where(ties, g / ties.sum(), 0)

    return grad_input


# ------------------------------------------------------------------------------------------------ with a place


@op(name="MaxBackward0")
def _max_along(input, dim, keepdim):
    axis = one_axis(dim, input.ndim)
    _refuse_empty("max", input, (axis,), IndexError)
    place = np.atleast_1d(input).argmax(axis, keepdims=True)
    value, index, gradients = _picked(input, place, axis, keepdim)
    return return_types.max(value, index), gradients


@op(name="MinBackward0")
def _min_along(input, dim, keepdim):
    axis = one_axis(dim, input.ndim)
    _refuse_empty("min", input, (axis,), IndexError)
    place = np.atleast_1d(input).argmin(axis, keepdims=True)
    value, index, gradients = _picked(input, place, axis, keepdim)
    return return_types.min(value, index), gradients


def _picked(input, place, axis, keepdim):
    """The numbers at one place on each lane along the axis, and the gradient, which goes there."""
    shape, keepdim = input.shape, keepdim and input.ndim > 0
    value = np.take_along_axis(np.atleast_1d(input), place, axis)

    def grad_input(g):
        whole = np.zeros(shape or (1,), g.dtype)
        np.put_along_axis(whole, place, back(g, axis, keepdim), axis)
        return whole.reshape(shape)

    return shed(value, axis, keepdim), shed(place.copy(), axis, keepdim), {"input": grad_input}


@numpys_names
def max(input, dim=None, keepdim=None, *, other=None):
    """max(x): the largest number. max(x, dim): (values, indices) along dim. max(x, other): `maximum` of two.

    >>> x = torch.tensor([[1, 5], [3, 3]])
    >>> torch.max(x, 1)
    torch.return_types.max(
    values=tensor([5, 3]),
    indices=tensor([1, 0]))
    """
    if isinstance(dim, Tensor) or other is not None:
        dim, other = None, dim if other is None else other
    need_dim("max", dim, keepdim)
    if other is not None:
        return maximum(input, other)
    return _max_all(input) if dim is None else _max_along(input, dim, keepdim)


@numpys_names
def min(input, dim=None, keepdim=None, *, other=None):
    """min(x): the smallest number. min(x, dim): (values, indices) along dim. min(x, other): `minimum` of two.

    >>> x = torch.tensor([4, 2, 2])
    >>> torch.min(x), torch.min(x, 0).indices, torch.min(x, torch.tensor(3))
    (tensor(2), tensor(1), tensor([3, 2, 2]))
    """
    if isinstance(dim, Tensor) or other is not None:
        dim, other = None, dim if other is None else other
    need_dim("min", dim, keepdim)
    if other is not None:
        return minimum(input, other)
    return _min_all(input) if dim is None else _min_along(input, dim, keepdim)


@op
def argmax(input, dim=None, keepdim=False):
    """The place of the first largest number along dim; without dim, its place in the flattened tensor.

    >>> x = torch.tensor([[1, 5], [7, 7]])
    >>> torch.argmax(x), torch.argmax(x, 0), torch.argmax(x, 1)
    (tensor(2), tensor([1, 1]), tensor([1, 0]))
    """
    return _place(np.argmax, "argmax", input, dim, keepdim), {}


@op
def argmin(input, dim=None, keepdim=False):
    """The place of the first smallest number along dim; without dim, its place in the flattened tensor.

    >>> x = torch.tensor([[8, 5], [2, 2]])
    >>> torch.argmin(x), torch.argmin(x, 0), torch.argmin(x, 1)
    (tensor(2), tensor([1, 1]), tensor([1, 0]))
    """
    return _place(np.argmin, "argmin", input, dim, keepdim), {}


def _place(choose, name, input, dim, keepdim):
    if input.dtype == np.bool_:
        raise RuntimeError(f"{name}(): does not support bool input")
    axis = None if dim is None else one_axis(dim, input.ndim)
    _refuse_empty(name, input, tuple(range(input.ndim)) if axis is None else (axis,), IndexError)
    axis = axis if input.ndim else None
    return choose(input, axis=axis, keepdims=keepdim)

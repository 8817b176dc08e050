"""Numbers at other places, in new memory: joined, repeated, turned round, or cut off at a diagonal.

Each number of the input lands at known places of the output, so its gradient is what comes back from there.

Twin:  torch.cat, torch.stack, torch.repeat, torch.tile, torch.flip, torch.roll, torch.tril, torch.triu, torch.diag
"""

import numpy as np

from ..autograd import op
from ..dtypes import result_type
from .axes import all_axes, one_axis
from .shape import listed, on_diagonal, reshape

__all__ = ["cat", "concat", "concatenate", "diag", "flip", "fliplr", "flipud", "hstack", "repeat", "roll", "stack",
           "tile", "tril", "triu", "vstack"]  # fmt: skip


def _check_list(name, tensors):
    """TypeError unless `tensors` is a list or tuple of tensors."""
    if not isinstance(tensors, (list, tuple)):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    for i, tensor in enumerate(tensors):
        if not isinstance(tensor, np.ndarray):
            raise TypeError(f"{name}(): expected Tensor as element {i} in argument 0, but got {type(tensor).__name__}")


@op
def cat(tensors, dim=0):
    """Join tensors along dim; they have the same shape but there. A tensor of shape (0,) joins anything.

    >>> a, b = torch.tensor([[1, 2]]), torch.tensor([[3, 4]])
    >>> torch.cat([a, b])
    tensor([[1, 2],
            [3, 4]])
    >>> torch.cat([a, b], dim=1)
    tensor([[1, 2, 3, 4]])
    """
    _check_list("cat", tensors)
    if not tensors:
        raise ValueError("cat(): expected a non-empty list of Tensors")
    for i, tensor in enumerate(tensors):
        if tensor.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    counted = [tensor for tensor in tensors if tensor.shape != (0,)] or tensors
    first = counted[0]
    axis, shape = one_axis(dim, first.ndim), list(first.shape)
    for i, tensor in enumerate(tensors):
        if tensor.shape == (0,):
            continue
        if tensor.ndim != first.ndim:
            raise RuntimeError(f"Tensors must have same number of dimensions: got {first.ndim} and {tensor.ndim}")
        for a, extent in enumerate(tensor.shape):
            if a != axis and extent != shape[a]:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {shape[a]} but got size "
                    f"{extent} for tensor number {i} in the list."
                )
    shape[axis] = sum(tensor.shape[axis] for tensor in counted)
    out = np.empty(shape, result_type(*tensors))
    np.concatenate(counted, axis, out=out, casting="unsafe")

    def part(start, tensor_shape):
        if tensor_shape == (0,):
            return lambda g: np.zeros(0, g.dtype)
        place = (*[slice(None)] * axis, slice(start, start + tensor_shape[axis]))
        return lambda g: g[place]

    gradients, start = [], 0
    for tensor in tensors:
        gradients.append(part(start, tensor.shape))
        start += tensor.shape[axis] if tensor.shape != (0,) else 0
    return out, {"tensors": gradients}


concat = concatenate = cat


@op
def stack(tensors, dim=0):
    """Tensors of one shape side by side along a new axis dim.

    >>> a, b = torch.tensor([1, 2]), torch.tensor([3, 4])
    >>> torch.stack([a, b])
    tensor([[1, 2],
            [3, 4]])
    >>> torch.stack([a, b], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    _check_list("stack", tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tensors[0]
    for i, tensor in enumerate(tensors):
        if tensor.shape != first.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first.shape)} at entry 0 and "
                f"{list(tensor.shape)} at entry {i}"
            )
    axis = one_axis(dim, first.ndim + 1)
    out = np.empty((*first.shape[:axis], len(tensors), *first.shape[axis:]), result_type(*tensors))
    np.stack(tensors, axis, out=out, casting="unsafe")

    def part(i):
        place = (*[slice(None)] * axis, i)
        return lambda g: g[place]

    return out, {"tensors": [part(i) for i in range(len(tensors))]}


def hstack(tensors):
    """`cat` along axis 1, or along axis 0 if the tensors have but one; single numbers count as one axis.

    >>> torch.hstack([torch.tensor([1, 2]), torch.tensor([3])])
    tensor([1, 2, 3])
    >>> torch.hstack([torch.tensor([[1], [2]]), torch.tensor([[3], [4]])])
    tensor([[1, 3],
            [2, 4]])
    """
    tensors = [reshape(tensor, (1,)) if tensor.ndim == 0 else tensor for tensor in tensors]
    return cat(tensors, 0 if tensors and tensors[0].ndim == 1 else 1)


def vstack(tensors):
    """`cat` along axis 0, where tensors with one axis, and single numbers, count as rows.

    >>> torch.vstack([torch.tensor([1, 2]), torch.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat([reshape(tensor, (1, -1)) if tensor.ndim < 2 else tensor for tensor in tensors])


@listed
@op
def repeat(input, repeats):
    """Put copies side by side: repeats[i] of them along axis i; more repeats than axes make new axes in front.

    >>> torch.tensor([1, 2]).repeat(2, 3)
    tensor([[1, 2, 1, 2, 1, 2],
            [1, 2, 1, 2, 1, 2]])
    """
    new = len(repeats) - input.ndim
    if new < 0:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"got {list(repeats)} for a tensor of shape {list(input.shape)}"
        )
    if any(times < 0 for times in repeats):
        raise RuntimeError(f"repeat(): negative repeats {list(repeats)}")
    shape = (*[1] * new, *input.shape)
    both = [n for pair in zip(repeats, shape) for n in pair]  # (r0, n0, r1, n1, ...)
    return np.tile(input, repeats), {"input": lambda g: g.reshape(both).sum(axis=tuple(range(0, len(both), 2)))}


@listed
def tile(input, dims):
    """`repeat` where dims may be fewer than the axes: they count for the last ones.

    >>> torch.tile(torch.tensor([[1], [2]]), (3,))
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return repeat(input, (1,) * (input.ndim - len(dims)) + tuple(dims))


@listed
@op
def flip(input, dims):
    """The order reversed along each axis of dims; a copy, unlike NumPy's flip.

    >>> torch.flip(torch.tensor([[1, 2], [3, 4]]), (0,))
    tensor([[3, 4],
            [1, 2]])
    """
    axes = all_axes(dims, input.ndim) if len(dims) else ()
    return np.flip(input, axes).copy(), {"input": lambda g: np.flip(g, axes)}


def fliplr(input):
    """`flip` along axis 1.

    >>> torch.fliplr(torch.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    return flip(input, (1,))


def flipud(input):
    """`flip` along axis 0.

    >>> torch.flipud(torch.tensor([[1, 2], [3, 4]]))
    tensor([[3, 4],
            [1, 2]])
    """
    return flip(input, (0,))


@op(memory="contiguous")
def roll(input, shifts, dims=None):
    """Move everything by shifts along dims; what leaves at the end comes in at the front. dims=None: as if flat.

    >>> torch.roll(torch.tensor([1, 2, 3, 4]), 1)
    tensor([4, 1, 2, 3])
    """
    shifts = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    dims = () if dims is None else tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if len(shifts) != len(dims) and (dims or len(shifts) > 1):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    axes = tuple(one_axis(dim, input.ndim) for dim in dims) if input.ndim else ()
    if not axes:
        shifts, axes = sum(shifts), None
    back = -shifts if axes is None else tuple(-shift for shift in shifts)
    return np.roll(input, shifts, axes), {"input": lambda g: np.roll(g, back, axes)}


@op(memory="contiguous")
def tril(input, diagonal=0):
    """The matrices in the last two axes with zeros above a diagonal; diagonal > 0 lies above the main one.

    >>> torch.tril(torch.ones(3, 3))
    tensor([[1., 0., 0.],
            [1., 1., 0.],
            [1., 1., 1.]])
    """
    if input.ndim < 2:
        raise RuntimeError("tril: input tensor must have at least 2 dimensions")
    return np.tril(input, diagonal), {"input": lambda g: np.tril(g, diagonal)}


@op(memory="contiguous")
def triu(input, diagonal=0):
    """The matrices in the last two axes with zeros below a diagonal; diagonal > 0 lies above the main one.

    >>> torch.triu(torch.ones(3, 3), diagonal=1)
    tensor([[0., 1., 1.],
            [0., 0., 1.],
            [0., 0., 0.]])
    """
    if input.ndim < 2:
        raise RuntimeError("triu: input tensor must have at least 2 dimensions")
    return np.triu(input, diagonal), {"input": lambda g: np.triu(g, diagonal)}


@op(name=lambda out, input, diagonal=0: "DiagonalBackward0_copy" if input.ndim == 2 else "DiagEmbedBackward0")
def diag(input, diagonal=0):
    """The diagonal of a matrix as a vector, or a square matrix with the vector on its diagonal.

    >>> torch.diag(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    >>> torch.diag(torch.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    if input.ndim not in (1, 2):
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    shape = input.shape

    def grad_input(g):
        if len(shape) == 1:
            return np.diagonal(g, diagonal)
        return on_diagonal(shape, g, diagonal, 0, 1)

    return np.diag(input, diagonal).copy(), {"input": grad_input}

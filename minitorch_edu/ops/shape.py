"""The same numbers under another shape: views, which share the memory of what they show.

Writing into a view writes into the tensor that it was made from, and the other way round. No number moves, except where
`reshape` (and `flatten`, which is one) finds that strides cannot express the new shape; then it copies, and `view`
refuses. The gradient takes the opposite way: it gets the old shape back, zero where a view does not look, added up
where `expand` shows a number several times.

Twin:  https://docs.pytorch.org/docs/stable/tensor_view.html
"""

import functools
import math
import operator

import numpy as np

from ..autograd import op
from ..dtypes import dtype as Dtype
from .axes import all_axes, one_axis

__all__ = ["broadcast_tensors", "broadcast_to", "chunk", "diagonal", "expand", "expand_as", "flatten", "moveaxis",
           "movedim", "narrow", "permute", "ravel", "reshape", "reshape_as", "select", "split", "squeeze", "swapaxes",
           "swapdims", "t", "transpose", "unbind", "unflatten", "unsqueeze", "view", "view_as"]  # fmt: skip


def listed(function):
    """Let the numbers after the tensor come in one sequence or one by one: permute(x, (1, 0)), permute(x, 1, 0)."""

    @functools.wraps(function)
    def call(input, *numbers, **options):
        if numbers and not isinstance(numbers[0], (tuple, list)):
            numbers = (numbers,)
        return function(input, *numbers, **options)

    return call


def placed(shape, place):
    """The gradient function of input[place], where no number is shown twice: g there, zero elsewhere."""

    def grad_input(g):
        whole = np.zeros(shape, g.dtype)
        whole[place] = g
        return whole

    return grad_input


# ------------------------------------------------------------------------------------------------- other sizes


def _resolve(size, shape):
    """The sizes for the numbers of this shape as a tuple, the one -1 worked out; RuntimeError if they do not fit."""
    count = math.prod(shape)
    if size and isinstance(size[0], Dtype):
        raise NotImplementedError(f"view({size[0]}): minitorch_edu does not reinterpret memory; use .to({size[0]})")
    size = [operator.index(extent) for extent in size]
    known = math.prod(extent for extent in size if extent != -1)
    if size.count(-1) > 1:
        raise RuntimeError("only one dimension can be inferred")
    if known == count == 0 and -1 in size:
        raise RuntimeError(
            f"cannot reshape tensor of 0 elements into shape {size} because the unspecified dimension size -1 can be "
            "any value and is ambiguous"
        )
    fits = known > 0 and count % known == 0 if -1 in size else known == count
    if not fits or any(extent < -1 for extent in size):
        raise RuntimeError(f"shape '{size}' is invalid for input of size {count}: it has shape {list(shape)}")
    return tuple(count // known if extent == -1 else extent for extent in size)


def _reshaped(input, size):
    shape = input.shape
    return input.reshape(_resolve(size, shape)), {"input": lambda g: g.reshape(shape)}


@listed
@op(view=True)
def view(input, size):
    """The numbers under other sizes, one of which may be -1; RuntimeError if that would need a copy.

    >>> x = torch.arange(4)
    >>> x.view(2, -1)[1] = 9
    >>> x
    tensor([0, 1, 9, 9])
    """
    out, gradients = _reshaped(input, size)
    if input.size and not np.may_share_memory(out, input):
        raise RuntimeError(
            "view size is not compatible with input tensor's size and stride (at least one dimension spans across two "
            "contiguous subspaces). Use .reshape(...) instead."
        )
    return out, gradients


def _reshape_name(out, input, *sizes, **options):
    if not np.may_share_memory(out, input) and out.size:
        return "UnsafeViewBackward0"
    return "ViewBackward0" if input.flags.c_contiguous else "ReshapeAliasBackward0"


@listed
@op(view=True, name=_reshape_name)
def reshape(input, shape):
    """The numbers under another shape, one extent of which may be -1: a view if possible, else a copy.

    >>> torch.reshape(torch.arange(6), (2, -1))
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    return _reshaped(input, shape)


@op(view=True, name=_reshape_name)
def flatten(input, start_dim=0, end_dim=-1):
    """Join the axes start_dim ... end_dim into one; x (N, C, H, W) -> flatten(x, 1) (N, C*H*W).

    >>> torch.flatten(torch.arange(8).reshape(2, 2, 2), 1)
    tensor([[0, 1, 2, 3],
            [4, 5, 6, 7]])
    """
    start, end = one_axis(start_dim, input.ndim), one_axis(end_dim, input.ndim)
    if start > end:
        raise RuntimeError("flatten() has invalid args: start_dim cannot come after end_dim")
    if start == end and input.ndim:
        return input, {}
    joined = math.prod(input.shape[start : end + 1])
    return _reshaped(input, (*input.shape[:start], joined, *input.shape[end + 1 :]))


@op(view=True, name="ViewBackward0")
def ravel(input):
    """All numbers on one axis; a copy unless they lie in order.

    >>> torch.ravel(torch.tensor([[1, 2], [3, 4]]))
    tensor([1, 2, 3, 4])
    """
    return _reshaped(np.ascontiguousarray(input), (-1,))


@op(view=True, name="ViewBackward0")
def unflatten(input, dim, sizes):
    """Split the axis dim into axes of these sizes, one of which may be -1.

    >>> torch.unflatten(torch.arange(6), 0, (2, -1))
    tensor([[0, 1, 2],
            [3, 4, 5]])
    """
    axis = one_axis(dim, input.ndim)
    try:
        parts = _resolve(sizes, input.shape[axis : axis + 1])
    except RuntimeError:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {axis} "
            f"({input.shape[axis]}) in the input tensor"
        ) from None
    return _reshaped(input, (*input.shape[:axis], *parts, *input.shape[axis + 1 :]))


def view_as(input, other):
    """`view` with the sizes of another tensor.

    >>> torch.arange(4).view_as(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return view(input, other.shape)


def reshape_as(input, other):
    """`reshape` to the shape of another tensor.

    >>> torch.arange(4).reshape_as(torch.zeros(2, 2))
    tensor([[0, 1],
            [2, 3]])
    """
    return reshape(input, other.shape)


@op(view=True, name=lambda out, input, dim=None: f"SqueezeBackward{0 if dim is None else 2 - isinstance(dim, int)}")
def squeeze(input, dim=None):
    """Take away the axes of extent 1: all of them, or those among dim.

    >>> x = torch.zeros(1, 2, 1)
    >>> x.squeeze().shape, x.squeeze(0).shape
    (torch.Size([2]), torch.Size([2, 1]))
    """
    shape = input.shape
    axes = range(input.ndim) if dim is None else () if dim in ((), []) else all_axes(dim, input.ndim)
    out = np.squeeze(input, tuple(axis for axis in axes if shape[axis] == 1))
    return out[...], {"input": lambda g: g.reshape(shape)}


@op(view=True)
def unsqueeze(input, dim):
    """Put in an axis of extent 1, which becomes axis dim.

    >>> torch.unsqueeze(torch.tensor([1, 2]), 1)
    tensor([[1],
            [2]])
    """
    axis = one_axis(dim, input.ndim + 1)
    return np.expand_dims(input, axis), {"input": lambda g: np.squeeze(g, axis)}


# ------------------------------------------------------------------------------------------ axes in other order


def _permuted(input, axes):
    back = tuple(np.argsort(axes))
    return input.transpose(axes), {"input": lambda g: g.transpose(back)}


@listed
@op(view=True)
def permute(input, dims):
    """The axes in the order dims; x (N, C, H, W) -> permute(x, (0, 2, 3, 1)) (N, H, W, C).

    >>> torch.permute(torch.zeros(10, 3, 32, 24), (0, 2, 3, 1)).shape
    torch.Size([10, 32, 24, 3])
    """
    if len(dims) != input.ndim:
        raise RuntimeError(
            "permute(): number of dimensions in the tensor input does not match the length of the desired ordering of "
            f"dimensions i.e. input.dim() = {input.ndim} is not equal to len(dims) = {len(dims)}"
        )
    axes = [one_axis(dim, input.ndim) for dim in dims]
    if len(set(axes)) < len(axes):
        raise RuntimeError("permute(): duplicate dims are not allowed.")
    return _permuted(input, axes)


@op(view=True)
def transpose(input, dim0, dim1):
    """Two axes exchanged.

    >>> torch.transpose(torch.tensor([[1, 2], [3, 4]]), 0, 1)
    tensor([[1, 3],
            [2, 4]])
    """
    axes = list(range(input.ndim)) or [0]
    a, b = one_axis(dim0, input.ndim), one_axis(dim1, input.ndim)
    axes[a], axes[b] = b, a
    return _permuted(input, axes[: input.ndim])


def swapaxes(input, axis0, axis1):
    """Another name of `transpose`.

    >>> torch.swapaxes(torch.zeros(2, 3, 5), 0, 2).shape
    torch.Size([5, 3, 2])
    """
    return transpose(input, axis0, axis1)


swapdims = transpose


@op(view=True)
def t(input):
    """The transposed matrix; tensors with fewer axes stay as they are, RuntimeError for more than two.

    >>> torch.t(torch.tensor([[1, 2], [3, 4]]))
    tensor([[1, 3],
            [2, 4]])
    """
    if input.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.ndim}D")
    return input.T, {"input": lambda g: g.T}


@op(view=True, name=lambda out, *rest, **options: "PermuteBackward0" if out.ndim else "AliasBackward0")
def movedim(input, source, destination):
    """Move the axis (or axes) source to the place (or places) destination; the others keep their order.

    >>> torch.movedim(torch.zeros(2, 3, 5), 0, 2).shape
    torch.Size([3, 5, 2])
    """
    source, destination = (list(dims) if isinstance(dims, (tuple, list)) else [dims] for dims in (source, destination))
    if len(source) != len(destination):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({source} dims) should contain the same number of "
            f"dims as destination ({destination} dims)"
        )
    axes = []
    for name, dims in (("source", source), ("destination", destination)):
        axes.append([one_axis(dim, input.ndim) for dim in dims])
        if len(set(axes[-1])) < len(dims):
            raise RuntimeError(f"movedim: repeated dim in `{name}` ({dims})")
    if not input.ndim:
        return input[...], {"input": lambda g: g}
    return np.moveaxis(input, *axes), {"input": lambda g: np.moveaxis(g, *axes[::-1])}


moveaxis = movedim


# ------------------------------------------------------------------------------------- numbers shown repeatedly


@listed
@op(view=True)
def expand(input, size):
    """Show axes of extent 1, and new ones in front, as if they were repeated; -1 keeps an extent. Nothing is copied.

    >>> torch.tensor([[1], [2]]).expand(-1, 3)
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    size, new = tuple(size), len(size) - input.ndim
    if new < 0:
        raise RuntimeError(
            f"expand(): the number of sizes provided ({len(size)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({input.ndim}): size={list(size)}, tensor of shape {list(input.shape)}"
        )
    shape = [operator.index(extent) for extent in size]
    for i in reversed(range(new, len(size))):  # torch looks at the last axis first
        extent = input.shape[i - new]
        shape[i] = extent if shape[i] == -1 else shape[i]
        if extent not in (1, shape[i]):
            raise RuntimeError(
                f"The expanded size of the tensor ({shape[i]}) must match the existing size ({extent}) at "
                f"non-singleton dimension {i}.  Target sizes: {list(size)}.  Tensor sizes: {list(input.shape)}"
            )
    if any(extent < 0 for extent in shape):
        raise RuntimeError(
            f"The expanded size of the tensor (-1) isn't allowed in a leading, non-existing dimension: {list(size)}"
        )
    out = np.broadcast_to(input, shape)
    out.flags.writeable = input.flags.writeable  # who may write is decided where it is done
    return out, {"input": lambda g: g}  # the engine adds up what the repetitions got


def expand_as(input, other):
    """`expand` to the shape of another tensor.

    >>> torch.tensor([[1], [2]]).expand_as(torch.zeros(2, 3))
    tensor([[1, 1, 1],
            [2, 2, 2]])
    """
    return expand(input, other.shape)


@listed
def broadcast_to(input, size):
    """Another name of `expand`.

    >>> torch.broadcast_to(torch.tensor([1, 2]), (3, 2))
    tensor([[1, 2],
            [1, 2],
            [1, 2]])
    """
    return expand(input, size)


def broadcast_tensors(*tensors):
    """The tensors, each expanded to the shape that they have together.

    >>> torch.broadcast_tensors(torch.tensor([1, 2]), torch.tensor([[10], [20]]))
    (tensor([[1, 2],
            [1, 2]]), tensor([[10, 10],
            [20, 20]]))
    """
    try:
        shape = np.broadcast_shapes(*(tensor.shape for tensor in tensors))
    except ValueError:
        shapes = " and ".join(str(list(tensor.shape)) for tensor in tensors)
        raise RuntimeError(f"broadcast_tensors(): shapes {shapes} cannot be broadcast to one") from None
    return tuple(tensor if tensor.shape == shape else expand(tensor, shape) for tensor in tensors)


# ---------------------------------------------------------------------------------------------------- parts


@op(view=True, name=lambda out, input, place, node: node)
def shown(input, place, node):
    """The view input[place]; node: what its Node is called."""
    place = (*place, ...)  # an array, also where it is a single number
    return input[place], {"input": placed(input.shape, place)}


def _part(input, axis, part, node):
    """Along the axis, the part that a slice or an index tells."""
    return shown(input, (*[slice(None)] * axis, part), node)


def _together(parts):
    """Views that one function made, in a tuple: while gradients are recorded, nothing may be written into them."""
    parts = tuple(parts)
    for part in parts:
        part._several = True
    return parts


def narrow(input, dim, start, length):
    """The part start ... start + length - 1 along dim.

    >>> torch.narrow(torch.tensor([10, 11, 12, 13]), 0, 1, 2)
    tensor([11, 12])
    """
    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    axis, start, length = one_axis(dim, input.ndim), int(start), int(length)
    extent = input.shape[axis]
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -extent <= start <= extent:
        raise IndexError(f"start out of range (expected to be in range of [{-extent}, {extent}], but got {start})")
    start += extent if start < 0 else 0
    if start + length > extent:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({extent}).")
    return _part(input, axis, slice(start, start + length), "SliceBackward0")


def select(input, dim, index):
    """The part at one index along dim, without that axis.

    >>> torch.select(torch.tensor([[1, 2], [3, 4]]), 1, 0)
    tensor([1, 3])
    """
    if not input.ndim:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    axis, index = one_axis(dim, input.ndim), operator.index(index)
    if not -input.shape[axis] <= index < input.shape[axis]:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {axis}"
        )
    return _part(input, axis, index, "SelectBackward0")


def unbind(input, dim=0):
    """All parts along dim, each without that axis, in a tuple.

    >>> torch.unbind(torch.tensor([[1, 2], [3, 4]]), dim=1)
    (tensor([1, 3]), tensor([2, 4]))
    """
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    axis = one_axis(dim, input.ndim)
    return _together(_part(input, axis, i, "UnbindBackward0") for i in range(input.shape[axis]))


def split(tensor, split_size_or_sections, dim=0):
    """Parts along dim in a tuple: of one size, except the last, which may be shorter; or of the sizes in a list.

    >>> x = torch.arange(5)
    >>> torch.split(x, 2), torch.split(x, [1, 4])
    ((tensor([0, 1]), tensor([2, 3]), tensor([4])), (tensor([0]), tensor([1, 2, 3, 4])))
    """
    if not tensor.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    axis, size = one_axis(dim, tensor.ndim), split_size_or_sections
    extent = tensor.shape[axis]
    if isinstance(size, (tuple, list)):
        sizes, node = list(size), "SplitWithSizesBackward0"
        if any(part < 0 for part in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes have only non-negative entries, but got split_sizes={sizes}"
            )
        if math.fsum(sizes) != extent:
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {extent} (input tensor's size at dimension "
                f"{axis}), but got split_sizes={sizes}"
            )
    else:
        if size < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={size}")
        if size == 0 and extent > 0:
            raise RuntimeError(f"split_size can only be 0 if dimension size is 0, but got dimension size of {extent}")
        starts = range(0, extent, size) if extent else [0]
        sizes, node = [min(size, extent - start) for start in starts], "SplitBackward0"
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    return _together(_part(tensor, axis, slice(start, start + part), node) for start, part in zip(starts, sizes))


def chunk(input, chunks, dim=0):
    """At most this many parts along dim, in a tuple: all of one size, except the last, which may be shorter.

    >>> torch.chunk(torch.arange(5), 2)
    (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    extent = input.shape[one_axis(dim, input.ndim)]
    return split(input, -(-extent // chunks) if extent else [0] * chunks, dim)


@op(view=True)
def diagonal(input, offset=0, dim1=0, dim2=1):
    """The diagonal of the matrices in axes dim1 and dim2, as the last axis; offset > 0 lies above the main one.

    >>> x = torch.tensor([[1, 2], [3, 4]])
    >>> torch.diagonal(x), torch.diagonal(x, offset=1)
    (tensor([1, 4]), tensor([2]))
    """
    axis1, axis2 = one_axis(dim1, input.ndim), one_axis(dim2, input.ndim)
    if axis1 == axis2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    shape = input.shape
    out = np.diagonal(input, offset, axis1, axis2)
    out.flags.writeable = input.flags.writeable
    return out, {"input": lambda g: on_diagonal(shape, g, offset, axis1, axis2)}


def on_diagonal(shape, g, offset, axis1, axis2):
    """An array of zeros, with g on the diagonal that `diagonal` shows."""
    whole = np.zeros(shape, g.dtype)
    lane = np.diagonal(whole, offset, axis1, axis2)
    lane.flags.writeable = True
    lane[...] = g
    return whole

"""Reading and writing at an index: x[i], x[1:3, None], x[mask], x[rows, columns], x[index] = value.

An index is applied in two steps, as torch does it:

    basic     integers, slices, None and ... choose a view of x; nothing is copied
    advanced  masks and index tensors pick numbers from that view into new memory

So an integer beside an index tensor takes its axis away first; NumPy counts it as one more index array, and orders the
axes of x[0, :, rows] differently. Index tensors beside each other leave their axes where they were; if a slice
separates them, their axes come first (in both libraries). A 0-d integer tensor is an integer; True and False add an
axis.

Gradient: what was read goes back to its place; numbers that were read several times get the sum.

Twin:  https://docs.pytorch.org/docs/stable/tensor_view.html, torch.Tensor.index_put_
"""

import numpy as np

from ..autograd import Tensor, op, wrap
from ..dtypes import number_as, type_name
from .shape import placed, reshape, shown

__all__ = ["getitem", "setitem"]


def getitem(input, index):
    """input[index]: a view for a basic index, a copy if masks or index tensors are part of it.

    IndexError if an integer, an index tensor or a mask does not fit its axis, or for too many axes; ValueError for a
    slice with a negative step, which torch does not have (use flip).
    """
    basic, advanced, node = _parse(index, input.array)
    if advanced is None:
        return shown(input, basic, node)
    if any(part != slice(None) for part in basic):
        input = shown(input, basic, node)
    return _picked(input, advanced)


def setitem(input, index, value):
    """input[index] = value, in place; value: a number, or a tensor that broadcasts to the shape of input[index]."""
    if index is False:  # nothing is written, and the value is not looked at
        return
    basic, advanced, node = _parse(index, input.array)
    kind = input.array.dtype
    if isinstance(value, (bool, int, float, np.number, np.bool_)):
        value = wrap(number_as(value, kind))
    elif not isinstance(value, Tensor):
        raise TypeError(
            f"can't assign a {type(value).__name__} to a torch.{type_name(kind)}Tensor: make it a tensor first"
        )
    elif advanced is not None and value.array.dtype != kind and not _fills(advanced, value):
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {type_name(kind)} for the destination "
            f"and {type_name(value.array.dtype)} for the source."
        )
    name = "IndexPutBackward0" if advanced else "CopyBackwards" if value.ndim or not input.ndim else "FillBackward3"
    lead = next((axis for axis, extent in enumerate(value.shape) if extent != 1), value.ndim)
    if lead:
        value = reshape(value, value.shape[lead:])  # axes of extent 1 in front change nothing
    region = input if _is_all(basic, input.shape) else shown(input, basic, node)
    try:
        region._write(... if advanced is None else advanced, value, name)
    except IndexError as error:
        raise _in_torchs_words(error) from None
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of "
            f"shape {list(region.array[... if advanced is None else advanced].shape)}"
        ) from None


@op(name="IndexBackward0")
def _picked(input, index):
    index = tuple(part.copy() if isinstance(part, np.ndarray) else part for part in index)
    shape = input.shape
    try:
        y = np.asarray(input[index], order="C")
    except IndexError as error:
        raise _in_torchs_words(error) from None

    def grad_input(g):
        return add_at(np.zeros(shape, g.dtype), index, g)

    unique = all(isinstance(part, slice) or part.dtype == np.bool_ for part in index)
    return y, {"input": placed(shape, index) if unique else grad_input}


def add_at(total, index, g):
    """total[index] += g, where numbers that fall on the same place add up; returns total, which is contiguous.

    NumPy's add.at does this for any index, but many times faster for positions on a single axis.
    """
    positions = np.arange(total.size).reshape(total.shape)[index]
    np.add.at(total.reshape(-1), positions.ravel(), np.broadcast_to(g, positions.shape).ravel())
    return total


def _in_torchs_words(error):
    return IndexError(str(error).replace("for axis", "for dimension").replace("arrays", "tensors"))


def _is_all(basic, shape):
    """Whether a basic index leaves everything where it is."""
    slices = all(isinstance(part, slice) for part in basic)
    return slices and all(part.indices(n) == (0, n, 1) for part, n in zip(basic, shape))


def _fills(advanced, value):
    """Whether this is x[mask] = one number, for which dtypes need not agree; slices may stand beside the mask."""
    arrays = [part for part in advanced if isinstance(part, np.ndarray)]
    return value.array.size == 1 and len(arrays) == 1 and arrays[0].dtype == np.bool_


# ------------------------------------------------------------------------------------------ what an index says


def _parse(index, array):
    """Split an index into its two steps: (basic index, advanced index of what that shows or None, name of the view)."""
    parts = [_part(item) for item in _items(index)]
    taken = sum(part.ndim if _is_mask(part) else part is not None and part is not ... for part in parts)
    if taken > array.ndim:
        raise IndexError(
            f"too many indices for tensor of dimension {array.ndim}"
            if array.ndim
            else "invalid index of a 0-dim tensor. Use `tensor.item()` in Python to convert a 0-dim tensor to a number"
        )
    basic, advanced, node, axis = [], [], "AliasBackward0", 0
    for position, part in enumerate(parts):
        if part is ...:
            missing = array.ndim - taken
            basic += [slice(None)] * missing
            advanced += [slice(None)] * missing
            axis, taken = axis + missing, array.ndim  # a second ... stands for nothing
        elif part is None:
            basic.append(None)
            advanced.append(slice(None))
            node = "UnsqueezeBackward0"
        elif isinstance(part, int):
            if not -array.shape[axis] <= part < array.shape[axis]:
                raise IndexError(f"index {part} is out of bounds for dimension {axis} with size {array.shape[axis]}")
            basic.append(part)
            node, axis = "SelectBackward0", axis + 1
        elif isinstance(part, slice):
            basic.append(part)
            advanced.append(slice(None))
            if part.indices(array.shape[axis]) != (0, array.shape[axis], 1) or len(parts) == 1:
                node = "SliceBackward0"
            axis += 1
        elif _is_mask(part):
            if part.shape != array.shape[axis : axis + part.ndim]:
                raise IndexError(
                    f"The shape of the mask {list(part.shape)} at index {position} does not match the shape of the "
                    f"indexed tensor {list(array.shape)} at index {axis}"
                )
            basic += [slice(None)] * part.ndim if part.ndim else [None]
            advanced.append(part if part.ndim else part.reshape(1))
            axis += part.ndim
        else:
            basic.append(slice(None))
            advanced.append(part)
            axis += 1
    has_arrays = any(isinstance(part, np.ndarray) for part in advanced)
    return tuple(basic), tuple(advanced) if has_arrays else None, node


def _is_mask(part):
    return isinstance(part, np.ndarray) and part.dtype == np.bool_


def _items(index):
    """The parts of an index as a tuple. A list that holds sequences, slices, None or tensors counts as a tuple."""
    if isinstance(index, tuple):
        return index
    if isinstance(index, list) and any(
        item is None or item is ... or isinstance(item, (list, tuple, slice, Tensor, np.ndarray)) for item in index
    ):
        return tuple(index)
    return (index,)


def _part(item):
    """One part of an index as None, ..., a slice, an int, a bool array or an int array with axes."""
    if item is None or item is ...:
        return item
    if isinstance(item, slice):
        if item.step is not None and item.step < 0:
            raise ValueError("step must be greater than zero: use flip() to reverse an axis")
        return item
    if isinstance(item, (int, np.integer)) and not isinstance(item, bool):
        return int(item)
    if isinstance(item, Tensor):
        item = item.array
    elif isinstance(item, (list, tuple, range)):
        item = np.array([each.array if isinstance(each, Tensor) else each for each in item] or np.zeros(0, np.int64))
    elif isinstance(item, (bool, np.bool_)):
        item = np.array(item)
    elif not isinstance(item, np.ndarray):
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
            f"(got {type(item).__name__})"
        )
    if item.dtype == np.uint8:
        return item.astype(np.bool_)  # torch's old masks
    if item.dtype not in (np.bool_, np.int64, np.int32):
        raise IndexError(
            f"tensors used as indices must be long, int, byte or bool tensors, got {type_name(item.dtype)}"
        )
    return int(item) if item.ndim == 0 and item.dtype != np.bool_ else item

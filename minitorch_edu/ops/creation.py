"""Tensors from data, and tensors of a given size.

    tensor(data) copies and keeps the type of its data:  Python floats -> float32, ints -> int64, bools -> bool;
    arrays and NumPy's numbers keep their own.           from_numpy(array) shares the array's memory.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#creation-ops
"""

import functools
import math
import warnings

import numpy as np

from ..autograd import Tensor, bare, op, settled, wrap
from ..dtypes import as_device, as_dtype, float32, number_as, number_type, promote_types

__all__ = ["arange", "as_tensor", "empty", "empty_like", "eye", "from_numpy", "full", "full_like", "linspace", "ones",
           "ones_like", "tensor", "zeros", "zeros_like"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ from data


def tensor(data, *, dtype=None, device=None, requires_grad=False):
    """A new tensor with the numbers of a number, nested lists, an array or a tensor, its axes in the same order.

    ValueError for ragged lists, TypeError or RuntimeError for what is not a number.

    >>> torch.tensor([[1, 2], [3, 4]])
    tensor([[1, 2],
            [3, 4]])
    >>> torch.tensor([1, 2]).dtype, torch.tensor([1, 2.0]).dtype, torch.tensor([True]).dtype
    (torch.int64, torch.float32, torch.bool)
    """
    as_device(device)
    if isinstance(data, Tensor):
        warnings.warn(
            "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
            "sourceTensor.detach().clone().requires_grad_(True), rather than tensor(sourceTensor).",
            stacklevel=2,
        )
    array = _numbers(data, dtype)
    kind = as_dtype(array.dtype if dtype is None else dtype).numpy
    if kind.kind in "iu" and not isinstance(data, (Tensor, np.ndarray)) and array.size:
        least, largest = np.iinfo(kind).min, np.iinfo(kind).max
        if kind == np.uint8 and array.dtype.kind != "f":
            least = -largest  # torch, too, lets -1 become 255, but not -1.0
        if array.max() > largest or array.min() < least:
            raise RuntimeError(f"tensor(): value cannot be converted to type {kind} without overflow")
    return wrap(np.array(array, kind, order=order_like(array)), requires_grad)


def as_tensor(data, dtype=None, device=None):
    """The tensor itself, or over the array's own memory, where the type is right already; else a copy (`tensor`).

    >>> x = torch.tensor([1, 2])
    >>> torch.as_tensor(x) is x, torch.as_tensor(x, dtype=torch.float32)
    (True, tensor([1., 2.]))
    """
    as_device(device)
    if isinstance(data, Tensor):
        return data if dtype is None else cast(data, dtype)
    if isinstance(data, np.ndarray) and as_dtype(data.dtype) is as_dtype(data.dtype if dtype is None else dtype):
        return from_numpy(data)
    return tensor(data, dtype=dtype)


def from_numpy(ndarray):
    """The tensor over an array's own memory: a write to either is seen by both.

    TypeError if it is no array, ValueError if it runs backwards, as array[::-1] does.

    >>> array = np.array([1, 2])
    >>> x = torch.from_numpy(array)
    >>> array[0] = 9
    >>> x
    tensor([9, 2])
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy(): expected np.ndarray (got {type(ndarray).__name__})")
    as_dtype(ndarray.dtype)
    if ndarray.size and any(step < 0 for step in ndarray.strides):
        raise ValueError(
            "At least one stride in the given numpy array is negative, and tensors with negative strides are not "
            "currently supported. (You can probably work around this by making a copy of your array with array.copy().)"
        )
    return wrap(ndarray)


def _numbers(data, dtype=None):
    """The array of any data, in the type that `tensor` gives it, or in full precision if a dtype is to be made."""
    if isinstance(data, Tensor):
        return data.array
    if isinstance(data, (np.ndarray, np.generic)):
        return from_numpy(np.asarray(data)).array
    if isinstance(data, str):
        raise TypeError("tensor(): new(): invalid data type 'str'")
    found = set()
    try:
        array = np.array(_plain(data, found))
    except ValueError as error:
        raise _ragged(data) or error from None
    if array.dtype.kind not in "bif":
        raise ValueError(f"tensor(): Overflow when unpacking long long, a number does not fit into int64: {data!r:.80}")
    if dtype is not None:
        return array
    kind = functools.reduce(promote_types, found) if found else float32.numpy
    return array.astype(kind, copy=False)


def _plain(data, found):
    """Nested lists with the tensors in them as numbers; adds the NumPy types of all numbers to `found`."""
    if isinstance(data, (list, tuple, range)):
        kinds = set(map(type, data))
        if kinds <= {bool, int, float}:
            found.update(number_type(kind()) for kind in kinds)
            return data
        if str in kinds:
            raise ValueError("tensor(): too many dimensions 'str'")
        return [_plain(item, found) for item in data]
    if isinstance(data, Tensor):
        data = data.array if data.array.size != 1 else data.array.reshape(())[()]
        if data.ndim:
            raise ValueError("tensor(): only one element tensors can be converted to Python scalars; use stack(...)")
    if isinstance(data, (np.ndarray, np.generic)):
        found.add(as_dtype(data.dtype).numpy)
    elif type(data) in (bool, int, float):
        found.add(number_type(data))
    else:
        raise RuntimeError(f"tensor(): Could not infer dtype of {type(data).__name__}")
    return data


def _ragged(data, dim=0):
    """The error that says where nested lists differ in length; None if they do not."""
    if all(isinstance(item, (list, tuple, range)) for item in data):
        for item in data:
            if len(item) != len(data[0]):
                length = len(data[0])
                return ValueError(f"tensor(): expected sequence of length {length} at dim {dim + 1} (got {len(item)})")
        return next(filter(None, (_ragged(item, dim + 1) for item in data)), None)
    if any(isinstance(item, (list, tuple, range)) for item in data):
        return TypeError(f"tensor(): not a sequence: dim {dim} holds numbers beside lists")
    return None


# ------------------------------------------------------------------------------------------------ of a given size


def as_size(name, size):
    """The sizes (2, 3) given as 2, 3 or as one tuple; TypeError and RuntimeError name the function."""
    if not size:
        raise TypeError(f"{name}() missing 1 required positional argument: 'size'; a single number has size ()")
    if len(size) == 1 and isinstance(size[0], (tuple, list)):
        size = size[0]
    for position, extent in enumerate(map(bare, size), 1):
        if isinstance(extent, np.ndarray) and extent.ndim == 0:
            extent = extent.item()
        if not isinstance(extent, int):
            kind = type(extent).__name__
            raise TypeError(f"{name}(): argument 'size' (position {position}) must be tuple of ints, not {kind}")
        if extent < 0:
            raise RuntimeError(f"{name}(): Dimension size must be non-negative, got {extent} in {tuple(size)}")
    return tuple(map(int, size))


def _filled(name, size, value, dtype, device, requires_grad):
    as_device(device)
    return wrap(np.full(as_size(name, size), number_as(value, as_dtype(dtype or float32).numpy)), requires_grad)


def zeros(*size, dtype=None, device=None, requires_grad=False):
    """Zeros; zeros(2, 3) or zeros((2, 3)).

    >>> torch.zeros(2, 3)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    as_device(device)
    return wrap(np.zeros(as_size("zeros", size), as_dtype(dtype or float32).numpy), requires_grad)


def ones(*size, dtype=None, device=None, requires_grad=False):
    """Ones.

    >>> torch.ones(2), torch.ones(2, dtype=torch.int64)
    (tensor([1., 1.]), tensor([1, 1]))
    """
    return _filled("ones", size, 1, dtype, device, requires_grad)


def full(size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """All numbers are fill_value, whose Python type gives the dtype if none is named.

    >>> torch.full((2,), 7), torch.full((2,), 7.0)
    (tensor([7, 7]), tensor([7., 7.]))
    """
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}")
    fill_value = bare(fill_value)
    kind = dtype or (fill_value.dtype if isinstance(fill_value, np.ndarray) else number_type(fill_value))
    return _filled("full", (size,), fill_value, kind, device, requires_grad)


def empty(*size, dtype=None, device=None, requires_grad=False):
    """Arbitrary numbers: memory that is yet to be written.

    >>> torch.empty(2, 3).shape
    torch.Size([2, 3])
    """
    as_device(device)
    return wrap(np.empty(as_size("empty", size), as_dtype(dtype or float32).numpy), requires_grad)


def order_like(array):
    """NumPy's order of memory for a new array: as this one lies, or in order if it shows numbers repeatedly."""
    repeated = any(step == 0 and extent > 1 for step, extent in zip(array.strides, array.shape))
    return "C" if repeated else "K"


def _like(name, input, value, dtype, device, requires_grad):
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    as_device(device)
    kind = input.array.dtype if dtype is None else as_dtype(dtype).numpy
    array = np.empty_like(settled(input), kind, order_like(input.array))
    if value is not None:
        array[...] = number_as(value, kind)
    return wrap(array, requires_grad)


def zeros_like(input, *, dtype=None, device=None, requires_grad=False):
    """Zeros in the size, and unless named in the dtype, of input.

    >>> torch.zeros_like(torch.tensor([1, 2])), torch.zeros_like(torch.tensor([1.0, 2.0]))
    (tensor([0, 0]), tensor([0., 0.]))
    """
    return _like("zeros_like", input, 0, dtype, device, requires_grad)


def ones_like(input, *, dtype=None, device=None, requires_grad=False):
    """Ones in the size, and unless named in the dtype, of input.

    >>> torch.ones_like(torch.tensor([5, 6]))
    tensor([1, 1])
    """
    return _like("ones_like", input, 1, dtype, device, requires_grad)


def full_like(input, fill_value, *, dtype=None, device=None, requires_grad=False):
    """All numbers are fill_value, in the size, and unless named in the dtype, of input.

    >>> torch.full_like(torch.tensor([1.0, 2.0]), 7)
    tensor([7., 7.])
    """
    return _like("full_like", input, bare(fill_value), dtype, device, requires_grad)


def empty_like(input, *, dtype=None, device=None, requires_grad=False):
    """Arbitrary numbers in the size, and unless named in the dtype, of input.

    >>> x = torch.empty_like(torch.ones(2, 3, dtype=torch.int64))
    >>> x.shape, x.dtype
    (torch.Size([2, 3]), torch.int64)
    """
    return _like("empty_like", input, None, dtype, device, requires_grad)


# ------------------------------------------------------------------------------------------------ sequences


def arange(start, end=None, step=1, *, dtype=None, device=None, requires_grad=False):
    """start, start + step, ... below end: ceil((end - start) / step) numbers; arange(end) starts at 0.

    int64 if all three are whole numbers by type, float32 otherwise. RuntimeError if step leads away from end.

    >>> torch.arange(4), torch.arange(5, 0, -2), torch.arange(1, 2, 0.25)
    (tensor([0, 1, 2, 3]), tensor([5, 3, 1]), tensor([1.0000, 1.2500, 1.5000, 1.7500]))
    """
    as_device(device)
    start, end = (0, start) if end is None else (start, end)
    start, end, step = (x.item() if isinstance(x, Tensor) else bare(x) for x in (start, end, step))
    if step == 0:
        raise RuntimeError("arange(): step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError(f"arange(): upper bound {end} and lower bound {start} inconsistent with step sign ({step})")
    whole = all(isinstance(x, int) for x in (start, end, step))
    count = -((start - end) // step) if whole else math.ceil((end - start) / step)
    kind = as_dtype(dtype or (int if whole else float32)).numpy
    return wrap((start + step * np.arange(count)).astype(kind), requires_grad)


def linspace(start, end, steps, *, dtype=None, device=None, requires_grad=False):
    """`steps` numbers at equal distances, from start to end inclusive. RuntimeError for negative steps.

    >>> torch.linspace(0, 1, 5)
    tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    as_device(device)
    start, end = (x.item() if isinstance(x, Tensor) else x for x in (start, end))
    if steps < 0:
        raise RuntimeError(f"linspace(): number of steps must be non-negative, got {steps}")
    kind = as_dtype(dtype or float32).numpy
    real = kind.type if kind.kind == "f" else np.float64
    start, end = real(start), real(end)
    step = np.float64((end - start) / real(max(steps - 1, 1)))
    i = np.arange(steps)
    y = np.where(i < max(steps // 2, 1), start + step * i, end - step * (steps - 1 - i))  # from the nearer end
    return wrap(y.astype(kind), requires_grad)


def eye(n, m=None, *, dtype=None, device=None, requires_grad=False):
    """The (n, m) matrix with ones on its diagonal; m = n if not given.

    >>> torch.eye(2, 3)
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    as_device(device)
    if min(n, n if m is None else m) < 0:
        raise RuntimeError(f"eye(): n and m must be greater or equal to 0, got {n} and {m}")
    return wrap(np.eye(n, m, dtype=as_dtype(dtype or float32).numpy), requires_grad)


# ------------------------------------------------------------------------------------------------ copies


@op
def clone(input):
    """The same numbers in memory of their own, laid out as they were.

    >>> x = torch.tensor([1, 2])
    >>> y = x.clone()
    >>> y[0] = 9
    >>> x, y
    (tensor([1, 2]), tensor([9, 2]))
    """
    return input.copy(order_like(input)), {"input": lambda g: g}


@op(name="ToCopyBackward0")
def _to_copy(input, dtype):
    return input.astype(dtype, order=order_like(input)), {"input": lambda g: g}  # the engine gives g its input's type


def cast(input, dtype):
    """The tensor itself if it has that dtype, else a copy in it."""
    dtype = as_dtype(dtype)
    return input if input.dtype is dtype else _to_copy(input, dtype.numpy)

"""What a tensor is made of besides its numbers: dtype, Size, device, and torch's rules of type promotion.

Twin:  https://docs.pytorch.org/docs/stable/tensor_attributes.html
"""

import math
import operator

import numpy as np

__all__ = ["Size", "as_device", "as_dtype", "bool_", "cpu", "device", "dtype", "fits_kind", "float32", "float64",
           "floating", "int16", "int32", "int64", "int8", "number_as", "number_type", "promote", "promote_types",
           "result_type", "type_name", "uint8"]  # fmt: skip


class dtype:
    """The type of a tensor's elements. It prints as torch's own: `torch.float32`.

    >>> torch.tensor([1, 2]).dtype, torch.float64.itemsize, torch.int32.is_floating_point
    (torch.int64, 8, False)
    """

    def __init__(self, name):
        self.name = name
        self.numpy = np.dtype(name)
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = self.numpy.kind == "f"
        self.is_signed = self.numpy.kind in "if"
        self.is_complex = False

    def __repr__(self):
        return f"torch.{self.name}"

    def __reduce__(self):  # copies and pickles come back as the one object there is
        return as_dtype, (self.name,)


float32, float64 = dtype("float32"), dtype("float64")
int64, int32, int16, int8, uint8 = dtype("int64"), dtype("int32"), dtype("int16"), dtype("int8"), dtype("uint8")
bool_ = dtype("bool")

_TORCH_NAMES = {"float32": "Float", "float64": "Double", "int64": "Long", "int32": "Int", "int16": "Short",
                "int8": "Char", "uint8": "Byte", "bool": "Bool"}  # fmt: skip
_DTYPES = {d.numpy: d for d in (float32, float64, int64, int32, int16, int8, uint8, bool_)}
OF_TYPES = {f"torch.{_TORCH_NAMES[d.name]}Tensor": d for d in _DTYPES.values()}  # what `Tensor.type()` gives
_OF_PYTHON = {bool: bool_, int: int64, float: float64}


def as_dtype(kind):
    """Return the dtype that a dtype, a NumPy dtype, a dtype's name or a Python type names; TypeError if there is none.

    >>> as_dtype("float32"), as_dtype(float)
    (torch.float32, torch.float64)
    """
    if isinstance(kind, dtype):
        return kind
    if isinstance(kind, type) and kind in _OF_PYTHON:
        return _OF_PYTHON[kind]
    try:
        return _DTYPES[np.dtype(kind)]
    except (KeyError, TypeError):
        supported = ", ".join(d.name for d in _DTYPES.values())
        raise TypeError(f"minitorch_edu has no dtype {kind!r}; it has {supported}") from None


def number_type(number):
    """The NumPy dtype that a Python number becomes in a tensor: bool, int64 or float32; TypeError for anything else."""
    if isinstance(number, bool):
        return bool_.numpy
    if isinstance(number, (int, float)):
        return int64.numpy if isinstance(number, int) else float32.numpy
    raise TypeError(f"expected a tensor or a number, got {type(number).__name__}")


def type_name(kind):
    """What torch's messages and `Tensor.type()` call a NumPy dtype: Float, Long, Byte ..."""
    return _TORCH_NAMES.get(kind.name, kind.name)


def promote_types(a, b):
    """The smallest NumPy dtype that holds both, where any float beats any integer (NumPy would widen to float64)."""
    if a == b:
        return a
    if (a.kind == "f") != (b.kind == "f"):
        return a if a.kind == "f" else b
    return np.promote_types(a, b)


_RANK = {"b": 0, "u": 1, "i": 1, "f": 2}


def result_type(*operands):
    """The NumPy dtype of an operation on arrays and Python numbers.

    Arrays with axes decide; 0-d arrays, and after them Python numbers, matter only if they are of a higher kind:
    bool < integer < float. So uint8 array + 1 is uint8, and int64 array + 0.5 is float32.
    """
    groups = [None, None, None]  # Python numbers, 0-d arrays, arrays with axes
    for operand in operands:
        if isinstance(operand, (np.ndarray, np.generic)):  # a sum of all may be a NumPy number
            group, kind = (2 if operand.ndim else 1), operand.dtype
        else:
            group, kind = 0, number_type(operand)
        groups[group] = kind if groups[group] is None else promote_types(groups[group], kind)
    result = groups[0]
    for stronger in groups[1:]:
        if stronger is not None and (result is None or _RANK[stronger.kind] >= _RANK[result.kind]):
            result = stronger
    return result


def fits_kind(source, target):
    """Whether torch writes numbers of one NumPy dtype into another: no float into an integer, no number into a bool."""
    return _RANK[source.kind] <= _RANK[target.kind]


def number_as(value, kind):
    """A Python number, or an array, as an array of a NumPy dtype.

    RuntimeError for a number beyond the dtype, except that uint8 takes -1 for 255 and so on, as in torch.
    """
    if not isinstance(value, (np.ndarray, np.generic, int, float)):
        raise TypeError(f"expected a number, got {value!r}")
    if not isinstance(value, np.ndarray) and kind.kind != "b":
        whole = kind.kind != "f"
        largest = (np.iinfo if whole else np.finfo)(kind).max
        beyond = value > largest or value < -largest - (kind.kind == "i") or value != value
        if beyond and (whole or math.isfinite(value)):
            raise RuntimeError(f"value {value} cannot be converted to type {kind.name} without overflow")
    return np.asarray(value).astype(kind)


def promote(*operands):
    """Cast arrays and Python numbers to arrays of their common type; those that have it already stay as they are."""
    first, second = operands[0], operands[-1]
    if type(first) is type(second) is np.ndarray and first.dtype is second.dtype and len(operands) == 2:
        return operands  # the usual case, at no cost
    common = result_type(*operands)
    return [np.asarray(operand).astype(common, copy=False) for operand in operands]


def floating(*operands):
    """Promote, and cast integers to float32: what exp, mean or a / b compute with. One operand comes back alone."""
    if len(operands) > 1:
        operands = promote(*operands)
    if operands[0].dtype.kind != "f":
        operands = [operand.astype(np.float32) for operand in operands]
    return operands[0] if len(operands) == 1 else operands


class Size(tuple):
    """A tensor's shape: a tuple of ints that prints as torch.Size([2, 3]) and counts its elements.

    >>> size = torch.zeros(2, 3).shape
    >>> size, size.numel(), size[1]
    (torch.Size([2, 3]), 6, 3)
    """

    __slots__ = ()

    def __new__(cls, sizes=()):
        for i, size in enumerate(sizes := tuple(sizes)):
            if not hasattr(size, "__index__"):
                raise TypeError(f"torch.Size() takes an iterable of 'int' (item {i} is '{type(size).__name__}')")
        return super().__new__(cls, map(operator.index, sizes))

    def numel(self):
        count = 1
        for extent in self:
            count *= extent
        return count

    def __getitem__(self, index):
        part = tuple.__getitem__(self, index)
        return Size(part) if isinstance(index, slice) else part

    def __add__(self, other):
        return Size(tuple.__add__(self, other))

    def __radd__(self, other):
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times):
        return Size(tuple.__mul__(self, times)) if hasattr(times, "__index__") else NotImplemented

    __rmul__ = __mul__

    def __repr__(self):
        return f"torch.Size([{', '.join(map(str, self))}])"


class device:
    """Where a tensor lives. There is one place here, the CPU; others can be named, but hold no tensors.

    >>> torch.device("cuda:0").type, torch.zeros(2).device
    ('cuda', device(type='cpu'))
    """

    def __init__(self, type, index=None):
        if isinstance(type, device):
            type, index = type.type, type.index
        type, colon, number = (given := str(type)).partition(":")
        if type not in ("cpu", "cuda", "mps", "meta", "xpu"):
            raise RuntimeError(
                f"device(): expected 'cpu' (or the name of a torch device, such as 'cuda:0'), got {given!r}"
            )
        if colon and not (number.isdigit() and str(int(number)) == number):
            raise RuntimeError(f"Invalid device string: '{given}'")
        if colon and index is not None:
            raise RuntimeError(f"type (string) must not include an index because index was passed explicitly: {given}")
        self.type, self.index = type, int(number) if number else index

    def __eq__(self, other):
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self):
        return hash((self.type, self.index))

    def __str__(self):
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __repr__(self):
        return f"device(type='{self.type}'" + ("" if self.index is None else f", index={self.index}") + ")"


cpu = device("cpu")


def as_device(where):
    """Return the CPU device if `where` means it (or is None); RuntimeError that shows the way to CUDA otherwise."""
    where = cpu if where is None else device(where)
    if where.type != "cpu":
        raise RuntimeError(
            f"device '{where}': the hand-written kernels of minitorch_edu run on the CPU only; "
            "use device 'cpu', or torch itself for CUDA"
        )
    return where

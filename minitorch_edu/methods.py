"""What a tensor has only as a method: its size, conversions to Python and to other types, and being written to.

Twin:  https://docs.pytorch.org/docs/stable/tensors.html
"""

import numpy as np

from . import dtypes, printing
from .autograd import Tensor, op, settled, wrap
from .ops import comparison, creation
from .ops import softmax as _softmax
from .ops.axes import numpys_names, one_axis

__all__ = ["contiguous", "copy", "cpu", "cuda", "data_ptr", "dim", "element_size", "fill", "is_contiguous",
           "is_cuda", "is_floating_point", "item", "log_softmax", "matrices_transposed", "missing", "nbytes",
           "new_empty", "new_full", "new_ones", "new_tensor", "new_zeros", "number", "numel", "numpy", "size",
           "softmax", "stride", "to", "to_dtype", "tolist", "transposed", "type", "type_as", "where",
           "zero"]  # fmt: skip

_TYPE = type  # below, `type` is the method

# ------------------------------------------------------------------------------------------------ size and type


def size(self, dim=None):
    """The shape, or the extent of one axis.

    >>> x = torch.zeros(2, 3)
    >>> x.size(), x.size(1)
    (torch.Size([2, 3]), 3)
    """
    if dim is None:
        return self.shape
    if not self.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return self.array.shape[one_axis(dim, self.ndim)]


def numel(self):
    """The number of elements.

    >>> torch.zeros(2, 3).numel()
    6
    """
    return self.array.size


def dim(self):
    """The number of axes.

    >>> torch.zeros(2, 3).dim()
    2
    """
    return self.array.ndim


def element_size(self):
    """Bytes of one element.

    >>> torch.zeros(5).element_size(), torch.zeros(5, dtype=torch.float64).itemsize
    (4, 8)
    """
    return self.array.itemsize


def nbytes(self):
    """Bytes of all elements.

    >>> torch.zeros(2, 3).nbytes
    24
    """
    return self.array.nbytes


def is_floating_point(self):
    """Whether the numbers are float32 or float64.

    >>> torch.tensor([1.]).is_floating_point(), torch.tensor([1]).is_floating_point()
    (True, False)
    """
    return self.array.dtype.kind == "f"


def stride(self, dim=None):
    """How many elements apart neighbours along each axis, or along one, lie in memory.

    >>> x = torch.zeros(2, 3)
    >>> x.stride(), x.T.stride()
    ((3, 1), (1, 3))
    """
    strides = tuple(step // self.array.itemsize for step in settled(self).strides)
    return strides if dim is None else strides[dim]


def is_contiguous(self):
    """Whether the last axis varies fastest in memory, without gaps.

    >>> x = torch.zeros(2, 3)
    >>> x.is_contiguous(), x.T.is_contiguous()
    (True, False)
    """
    return settled(self).flags.c_contiguous


def transposed(self):
    """`T`: the axes in reverse order.

    >>> torch.tensor([[1, 2], [3, 4]]).T
    tensor([[1, 3],
            [2, 4]])
    """
    return self.permute(tuple(reversed(range(self.array.ndim))))


def matrices_transposed(self):
    """`mT`: the last two axes exchanged. RuntimeError if there is only one.

    >>> torch.tensor([[[1, 2], [3, 4]]]).mT
    tensor([[[1, 3],
             [2, 4]]])
    """
    if self.array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {self.array.ndim}-D tensor."
        )
    return self.transpose(-2, -1)


def data_ptr(self):
    """The address of the first element; 0 if there is none.

    >>> x = torch.zeros(2, 3)
    >>> x.T.data_ptr() == x.data_ptr(), x.clone().data_ptr() == x.data_ptr()
    (True, False)
    """
    return settled(self).ctypes.data if self.array.size else 0


def to(self, *target, dtype=None, device=None, copy=False, non_blocking=False):
    """The tensor in another dtype, or in that of another tensor; itself if nothing changes and copy is False.

    to(dtype), to(device), to(device, dtype), to(other). RuntimeError for a device that is not the CPU.

    >>> torch.tensor([1, 2]).to(torch.float32)
    tensor([1., 2.])
    """
    for one in target:
        if isinstance(one, Tensor):
            dtype = one.dtype
        elif isinstance(one, (dtypes.dtype, _TYPE)):
            dtype = one
        elif isinstance(one, (str, dtypes.device)):
            device = one
        elif one is not None:
            raise TypeError(f"to(): expected a dtype, a device or a tensor, got {one!r}")
    dtypes.as_device(device)
    out = self if dtype is None else creation.cast(self, dtype)
    return creation.clone(out) if copy and out is self else out


def to_dtype(dtype, data, shown):
    """The method that casts to one dtype, such as `float()`; data and shown are its docstring's example."""

    def cast(self):
        return creation.cast(self, dtype)

    example = f">>> torch.tensor({data}).{dtypes.type_name(dtype.numpy).lower()}()\n{shown}"
    cast.__doc__ = f"The tensor in {dtype}; itself if it has that dtype already.\n\n{example}"
    return cast


def type(self, dtype=None):
    """The name of the tensor's type, such as torch.FloatTensor; with a dtype, the tensor cast to it.

    >>> torch.tensor([1, 2]).type()
    'torch.LongTensor'
    """
    if dtype is None:
        return f"torch.{dtypes.type_name(self.array.dtype)}Tensor"
    if isinstance(dtype, str):
        if dtype not in dtypes.OF_TYPES:
            raise ValueError(f"invalid type: {dtype!r}; expected one of {', '.join(dtypes.OF_TYPES)}")
        dtype = dtypes.OF_TYPES[dtype]
    return creation.cast(self, dtype)


def type_as(self, other):
    """The tensor in the dtype of another.

    >>> torch.tensor([1.9, -1.9]).type_as(torch.tensor([1, 2]))
    tensor([ 1, -1])
    """
    return creation.cast(self, other.dtype)


def cpu(self):
    """The tensor itself: it lives on the CPU.

    >>> torch.tensor([1, 2]).cpu().device
    device(type='cpu')
    """
    return self


def cuda(self, device=None):
    """RuntimeError that shows the way to CUDA.

    >>> x = torch.zeros(2)
    >>> x = x.cuda() if torch.cuda.is_available() else x  # a script asks first
    >>> x.is_cuda == torch.cuda.is_available()
    True
    """
    dtypes.as_device("cuda")


def is_cuda(self):
    """False: it lives on the CPU.

    >>> torch.zeros(2).is_cuda
    False
    """
    return False


def contiguous(self):
    """The tensor itself if its memory is in the order of its axes, else a copy that is.

    >>> x = torch.zeros(2, 3).T
    >>> x.is_contiguous(), x.contiguous().is_contiguous()
    (False, True)
    """
    return self if is_contiguous(self) else _in_order(self)


@op(name="CloneBackward0")
def _in_order(input):
    return np.ascontiguousarray(input), {"input": lambda g: g}


@numpys_names
def softmax(input, dim, dtype=None):
    """e^x over its sum along axis dim, computed in dtype (see `nn.functional.softmax`).

    >>> torch.softmax(torch.tensor([[1., 3.], [5., 5.]]).log(), dim=1)
    tensor([[0.2500, 0.7500],
            [0.5000, 0.5000]])
    """
    return _softmax.softmax(input, dim, dtype=dtype)


@numpys_names
def log_softmax(input, dim, dtype=None):
    """log(softmax(input)) along axis dim, computed in dtype (see `nn.functional.log_softmax`).

    >>> torch.log_softmax(torch.tensor([0., 1000.]), dim=0)
    tensor([-1000.,     0.])
    """
    return _softmax.log_softmax(input, dim, dtype=dtype)


def where(self, condition, other):
    """self where condition, else other.

    >>> x = torch.tensor([1, -2, 3])
    >>> x.where(x > 0, 0)
    tensor([1, 0, 3])
    """
    return comparison.where(condition, self, other)


# ------------------------------------------------------------------------------------------------ to Python and NumPy


def numpy(self, *, force=False):
    """The numbers as an array over the same memory. RuntimeError if it requires a gradient, unless `force`.

    >>> x = torch.zeros(2)
    >>> x.numpy()[0] = 5
    >>> x
    tensor([5., 0.])
    """
    if self.requires_grad and not force:
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
    return settled(self)


def item(self):
    """The only number, as Python's. RuntimeError if there are several.

    >>> torch.tensor([[2.5]]).item()
    2.5
    """
    if self.array.size != 1:
        raise RuntimeError(f"a Tensor with {self.array.size} elements cannot be converted to Scalar")
    return self.array.item()


def tolist(self):
    """The numbers as nested lists of Python's; a 0-d tensor gives its number.

    >>> torch.tensor([[1, 2], [3, 4]]).tolist()
    [[1, 2], [3, 4]]
    """
    return self.array.tolist()


def number(kind):
    def convert(self):
        if self.array.size != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        return kind(self.array.item())

    return convert


def __bool__(self):
    if self.array.size != 1:
        count = "more than one value" if self.array.size else "no values"
        raise RuntimeError(f"Boolean value of Tensor with {count} is ambiguous; use any(), all() or numel()")
    return bool(self.array.item())


def __index__(self):
    if self.array.size != 1 or self.array.dtype.kind == "f":
        raise TypeError("only integer tensors of a single element can be converted to an index")
    return int(self.array.item())


def __len__(self):
    if not self.array.ndim:
        raise TypeError("len() of a 0-d tensor")
    return self.array.shape[0]


def __iter__(self):
    if not self.array.ndim:
        raise TypeError("iteration over a 0-d tensor")
    return iter(self.unbind(0))


def __contains__(self, element):
    if not isinstance(element, (Tensor, int, float)):
        raise RuntimeError(f"Tensor.__contains__ only supports Tensor or scalar, but you passed in {element!r}.")
    return bool(comparison.eq(self, element).array.any())


__repr__, __format__ = printing.tensor_text, printing.tensor_format


def __invert__(self):
    if self.array.dtype.kind == "f":
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return comparison.bitwise_not(self)


def __reversed__(self):
    return self.flip(0)


def __array_wrap__(self, array, context=None, return_scalar=False):
    return wrap(np.asarray(array))  # np.exp(tensor), tensor + array: NumPy computes, a tensor comes back


def missing(self, name):
    """What `__getattr__` raises for a name that Tensor does not have."""
    raise AttributeError(
        f"minitorch_edu's Tensor has no attribute {name!r}; if torch's has one, it is not among the parts written here",
        name=name,
        obj=self,
    )


# ------------------------------------------------------------------------------------------------ new ones alike


def new_tensor(self, data, *, dtype=None, device=None, requires_grad=False):
    """A tensor of the data, in the dtype of self unless one is named.

    >>> torch.tensor([0.5]).new_tensor([1, 2])
    tensor([1., 2.])
    """
    return creation.tensor(data, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def new_zeros(self, *size, dtype=None, device=None, requires_grad=False):
    """Zeros of any size, in the dtype of self unless one is named.

    >>> torch.tensor([7, 8]).new_zeros(2, 3)
    tensor([[0, 0, 0],
            [0, 0, 0]])
    """
    return creation.zeros(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def new_ones(self, *size, dtype=None, device=None, requires_grad=False):
    """Ones of any size, in the dtype of self unless one is named.

    >>> torch.tensor([7, 8]).new_ones(2, 3)
    tensor([[1, 1, 1],
            [1, 1, 1]])
    """
    return creation.ones(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def new_empty(self, *size, dtype=None, device=None, requires_grad=False):
    """Arbitrary numbers of any size, in the dtype of self unless one is named.

    >>> x = torch.tensor([7, 8]).new_empty(2, 3)
    >>> x.shape, x.dtype
    (torch.Size([2, 3]), torch.int64)
    """
    return creation.empty(*size, dtype=dtype or self.dtype, device=device, requires_grad=requires_grad)


def new_full(self, size, fill_value, *, dtype=None, device=None, requires_grad=False):
    """fill_value, in any size, in the dtype of self unless one is named.

    >>> torch.tensor([0.5]).new_full((2,), 7)
    tensor([7., 7.])
    """
    dtype = dtype or self.dtype
    return creation.full(size, fill_value, dtype=dtype, device=device, requires_grad=requires_grad)


# ------------------------------------------------------------------------------------------------ written in place


@op(name="ZeroBackward0")
def zero(input):
    """All zeros, in the place of self."""
    return np.zeros_like(input), {"input": np.zeros_like}


@op(name=lambda y, input, value: f"FillBackward{3 if isinstance(value, np.ndarray) else 2}")
def fill(input, value):
    """One number everywhere, in the place of self."""
    if np.ndim(value):
        raise RuntimeError(f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions.")
    return np.full_like(input, dtypes.number_as(value, input.dtype)), {"input": np.zeros_like, "value": lambda g: g}


@op(name="CopyBackwards")
def copy(input, src):
    """The numbers of src, cast and broadcast, in the place of self."""
    y = np.empty_like(input)
    try:
        y[...] = src
    except ValueError:
        raise RuntimeError(f"copy_(): src of shape {list(np.shape(src))} does not fit into {list(y.shape)}") from None
    return y, {"input": np.zeros_like, "src": lambda g: g}

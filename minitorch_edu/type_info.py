"""Questions about tensors and dtypes, as functions.

Twin:  https://docs.pytorch.org/docs/stable/type_info.html
"""

import numpy as np

from . import dtypes
from .autograd import Tensor, bare

__all__ = ["can_cast", "finfo", "get_default_dtype", "iinfo", "is_floating_point", "is_tensor", "numel",
           "promote_types", "result_type"]  # fmt: skip


def is_tensor(obj):
    """Whether obj is a Tensor.

    >>> torch.is_tensor(torch.tensor(1)), torch.is_tensor(1)
    (True, False)
    """
    return isinstance(obj, Tensor)


def is_floating_point(input):
    """Whether the numbers of a tensor are float32 or float64.

    >>> torch.is_floating_point(torch.tensor(1.)), torch.is_floating_point(torch.tensor(1))
    (True, False)
    """
    return input.is_floating_point()


def numel(input):
    """The number of elements of a tensor.

    >>> torch.numel(torch.zeros(2, 3))
    6
    """
    return input.numel()


def get_default_dtype():
    """torch.float32, the type that Python floats get; it cannot be changed here.

    >>> torch.get_default_dtype(), torch.tensor(0.5).dtype
    (torch.float32, torch.float32)
    """
    return dtypes.float32


def result_type(tensor1, tensor2):
    """The dtype of an operation on two tensors or numbers.

    >>> torch.result_type(torch.tensor([1, 2]), 0.5)
    torch.float32
    """
    return dtypes.as_dtype(dtypes.result_type(bare(tensor1), bare(tensor2)))


def promote_types(type1, type2):
    """The smallest dtype that holds both, where any float beats any integer.

    >>> torch.promote_types(torch.uint8, torch.int8), torch.promote_types(torch.int64, torch.float32)
    (torch.int16, torch.float32)
    """
    return dtypes.as_dtype(dtypes.promote_types(_numpy(type1), _numpy(type2)))


def can_cast(from_, to):
    """Whether an in-place operation may turn one dtype into another: to the same or to a higher kind.

    The kinds are bool < integer < float.

    >>> torch.can_cast(torch.int64, torch.float32), torch.can_cast(torch.float32, torch.int64)
    (True, False)
    """
    return "bif".index(_kind(from_)) <= "bif".index(_kind(to))


def _kind(dtype):
    return _numpy(dtype).kind.replace("u", "i")


def _numpy(dtype):
    if not isinstance(dtype, dtypes.dtype):
        raise TypeError(f"argument must be torch.dtype, not {type(dtype).__name__}")
    return dtype.numpy


class _Limits:
    shown = ("min", "max")

    def __init__(self, dtype, limits):
        self.dtype, self._limits = dtype.name, limits
        self.bits = limits.bits

    def __repr__(self):
        shown = "".join(f"{name}={getattr(self, name):g}, " for name in self.shown)
        return f"{type(self).__name__}({shown}dtype={self.dtype})"


class finfo(_Limits):
    """Limits of a floating point dtype: eps, max, min, tiny, bits.

    >>> torch.finfo(torch.float32).eps == 2**-23, torch.finfo(torch.float32).max
    (True, 3.4028234663852886e+38)
    """

    shown = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")

    def __init__(self, type=dtypes.float32):
        if not type.is_floating_point:
            raise TypeError(f"torch.finfo() requires a floating point input type. Use torch.iinfo to handle '{type}'")
        super().__init__(type, np.finfo(type.numpy))
        self.eps, self.tiny = float(self._limits.eps), float(self._limits.tiny)
        self.max, self.min = float(self._limits.max), float(self._limits.min)
        self.smallest_normal, self.resolution = self.tiny, float(f"1e-{self._limits.precision}")

    def __repr__(self):
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        return f"finfo({', '.join(f'{name}={getattr(self, name):g}' for name in names)}, dtype={self.dtype})"


class iinfo(_Limits):
    """Limits of an integer dtype: max, min, bits.

    >>> torch.iinfo(torch.uint8).max, torch.iinfo(torch.int8).min
    (255, -128)
    """

    def __init__(self, type):
        if type.numpy.kind not in "iu":
            other = "" if type is dtypes.bool_ else f". Use torch.finfo to handle '{type}'"
            raise TypeError(f"torch.iinfo() requires an integer input type; {type} is not supported by it{other}")
        super().__init__(type, np.iinfo(type.numpy))
        self.max, self.min = int(self._limits.max), int(self._limits.min)

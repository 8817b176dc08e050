"""What stands behind `a + b`, `a[i]`, `a.sum()` and `a.add_(b)`: the one table that binds functions to Tensor.

A method is the function itself with the tensor as its first argument; an in-place method is `inplace` of the function.

Twin:  https://docs.pytorch.org/docs/stable/tensors.html
"""
# ruff: noqa: I001

import numpy as np

from . import dtypes, methods, random
from .autograd import Tensor, inplace, wrap
from .ops import activation, arithmetic, comparison, creation, cumulative, elementwise, extreme, gather, index
from .ops import matmul, rearrange, reduce, shape, sort

__all__ = []


def operator(function, swap=False):
    """The operator of a function of two; other operands than tensors and numbers are left to Python and to NumPy."""

    def call(self, other):
        if not isinstance(other, (Tensor, bool, int, float, np.number, np.bool_)):
            return NotImplemented
        return function(other, self) if swap else function(self, other)

    return call


def equality(function):
    """As `operator`, but arrays are compared too."""
    call = operator(function)
    return lambda self, other: call(self, wrap(other) if isinstance(other, np.ndarray) else other)


def product(function, swap=False):
    """As `operator`, but numbers are no operands of a matrix product."""

    def call(self, other):
        if not isinstance(other, Tensor):
            return NotImplemented
        return function(other, self) if swap else function(self, other)

    return call


def quotient(number, tensor):
    """number / tensor, as torch computes it: number * (1 / tensor)."""
    return arithmetic.mul(elementwise.reciprocal(tensor), number)


METHODS = {
    activation: "prelu relu",
    arithmetic: "add clamp clip div floor_divide fmod lerp maximum minimum mul pow remainder sub true_divide",
    comparison: "allclose bitwise_and bitwise_not bitwise_or bitwise_xor eq equal ge gt isclose isfinite isinf isnan "
    "le logical_and logical_not logical_or logical_xor lt ne",
    creation: "clone",
    elementwise: "abs ceil cos cosh erf exp expm1 floor log log10 log1p log2 neg reciprocal round rsqrt sigmoid sign "
    "sin sinh sqrt square tan tanh trunc",
    cumulative: "cumprod cumsum",
    extreme: "amax amin argmax argmin max min",
    gather: "gather index_add index_select masked_fill masked_select nonzero scatter scatter_add take_along_dim",
    matmul: "addmm baddbmm bmm dot matmul mm mv outer",
    rearrange: "diag flip fliplr flipud repeat roll tile tril triu",
    reduce: "all any count_nonzero logsumexp mean norm prod std sum var",
    shape: "broadcast_to chunk diagonal expand expand_as flatten moveaxis movedim narrow permute ravel reshape "
    "reshape_as select split squeeze swapaxes swapdims t transpose unbind unflatten unsqueeze view view_as",
    random: "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal_ random_ uniform_",
    sort: "argsort median sort topk unique",
    methods: "contiguous cpu cuda data_ptr dim element_size is_contiguous is_floating_point item log_softmax new_empty "
    "new_full new_ones new_tensor new_zeros numel numpy size softmax stride to tolist type type_as where "
    "__array_wrap__ __bool__ __contains__ __format__ __index__ __invert__ __iter__ __len__ __repr__ __reversed__",
}

INPLACE = {
    activation: "relu",
    arithmetic: "add clamp clip div floor_divide fmod lerp mul pow remainder sub true_divide",
    comparison: "bitwise_and bitwise_not bitwise_or bitwise_xor logical_and logical_not logical_or logical_xor",
    elementwise: METHODS[elementwise],
    cumulative: "cumprod cumsum",
    gather: "index_add masked_fill scatter scatter_add",
    matmul: "addmm baddbmm",
    rearrange: "tril triu",
    methods: "copy fill zero",
}

# Other names of the same method.
ALIASES = {"absolute": "abs", "negative": "neg", "multiply": "mul", "divide": "div", "subtract": "sub",
           "ndimension": "dim", "nelement": "numel", "greater": "gt", "greater_equal": "ge", "less": "lt",
           "less_equal": "le", "not_equal": "ne", "__abs__": "abs", "__neg__": "neg"}  # fmt: skip

OPERATORS = {
    "__add__": operator(arithmetic.add), "__radd__": operator(arithmetic.add),
    "__sub__": operator(arithmetic.sub), "__rsub__": operator(arithmetic.rsub),
    "__mul__": operator(arithmetic.mul), "__rmul__": operator(arithmetic.mul),
    "__truediv__": operator(arithmetic.div), "__rtruediv__": operator(quotient, swap=True),
    "__floordiv__": operator(arithmetic.floor_divide), "__rfloordiv__": operator(arithmetic.floor_divide, swap=True),
    "__mod__": operator(arithmetic.remainder), "__rmod__": operator(arithmetic.remainder, swap=True),
    "__pow__": operator(arithmetic.pow), "__rpow__": operator(arithmetic.pow, swap=True),
    "__matmul__": product(matmul.matmul), "__rmatmul__": product(matmul.matmul, swap=True),
    "__and__": operator(comparison.bitwise_and), "__rand__": operator(comparison.bitwise_and, swap=True),
    "__or__": operator(comparison.bitwise_or), "__ror__": operator(comparison.bitwise_or, swap=True),
    "__xor__": operator(comparison.bitwise_xor), "__rxor__": operator(comparison.bitwise_xor, swap=True),
    "__eq__": equality(comparison.eq), "__ne__": equality(comparison.ne),
    "__lt__": operator(comparison.lt), "__le__": operator(comparison.le),
    "__gt__": operator(comparison.gt), "__ge__": operator(comparison.ge),
    "__iadd__": operator(inplace(arithmetic.add)), "__isub__": operator(inplace(arithmetic.sub)),
    "__imul__": operator(inplace(arithmetic.mul)), "__itruediv__": operator(inplace(arithmetic.div)),
    "__ifloordiv__": operator(inplace(arithmetic.floor_divide)), "__imod__": operator(inplace(arithmetic.remainder)),
    "__ipow__": operator(inplace(arithmetic.pow)), "__iand__": operator(inplace(comparison.bitwise_and)),
    "__ior__": operator(inplace(comparison.bitwise_or)), "__ixor__": operator(inplace(comparison.bitwise_xor)),
    "__getitem__": index.getitem, "__setitem__": index.setitem, "__pos__": lambda self: self,
    "__getattr__": methods.missing, "__float__": methods.number(float), "__int__": methods.number(int),
    "float": methods.to_dtype(dtypes.float32, "[1, 2]", "tensor([1., 2.])"),
    "double": methods.to_dtype(dtypes.float64, "[1, 2]", "tensor([1., 2.], dtype=torch.float64)"),
    "long": methods.to_dtype(dtypes.int64, "[1.9, -1.9]", "tensor([ 1, -1])"),
    "int": methods.to_dtype(dtypes.int32, "[1.9, -1.9]", "tensor([ 1, -1], dtype=torch.int32)"),
    "short": methods.to_dtype(dtypes.int16, "[1.9, -1.9]", "tensor([ 1, -1], dtype=torch.int16)"),
    "bool": methods.to_dtype(dtypes.bool_, "[0.0, 0.5]", "tensor([False,  True])"),
    "T": property(methods.transposed), "mT": property(methods.matrices_transposed),
    "itemsize": property(methods.element_size), "nbytes": property(methods.nbytes),
    "is_cuda": property(methods.is_cuda),
}  # fmt: skip

for module, names in METHODS.items():
    for name in names.split():
        setattr(Tensor, name, getattr(module, name))
for module, names in INPLACE.items():
    for name in names.split():
        setattr(Tensor, name + "_", inplace(getattr(module, name)))
for name in ("eq", "ge", "gt", "le", "lt", "ne"):
    setattr(Tensor, name + "_", inplace(comparison.as_numbers(getattr(comparison, name))))
for name, method in OPERATORS.items():
    setattr(Tensor, name, method)
for name, known in ALIASES.items():
    setattr(Tensor, name, getattr(Tensor, known))

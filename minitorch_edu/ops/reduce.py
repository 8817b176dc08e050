"""Reductions: many numbers become one, along some axes or all.

    sum       y = sum_i x_i                            dy/dx_i = 1
    mean      y = sum_i x_i / n                        dy/dx_i = 1 / n
    var       y = sum_i (x_i - mean)^2 / (n - c)       dy/dx_i = 2 (x_i - mean) / (n - c)
    std       y = sqrt(var)                            dy/dx_i = (x_i - mean) / (n - c) / y
    prod      y = prod_i x_i                           dy/dx_i = prod of the others
    logsumexp y = log sum_i exp(x_i)                   dy/dx_i = exp(x_i - y)
    norm      y = (sum_i |x_i|^p)^(1/p)                dy/dx_i = sign(x_i) (|x_i| / y)^(p - 1)

Everywhere: `dim` is an axis, several axes, or None for all; keepdim=True leaves the reduced axes in place with extent
1. The numbers of a float32 sum are added in float64 and the sum is rounded once.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#reduction-ops
"""

import math

import numpy as np

from ..autograd import op, renamed
from ..dtypes import as_dtype, floating, type_name
from .axes import all_axes, back, numpys_names, one_axis, shed, spread

__all__ = ["all", "any", "count_nonzero", "logsumexp", "mean", "norm", "prod", "std", "std_mean", "sum", "var",
           "var_mean"]  # fmt: skip


def _count(shape, axes):
    """How many numbers are reduced to one."""
    return math.prod(shape[axis] for axis in axes)


def _numbered(name):
    """The Node's name: torch counts the form over all axes as 0 and the form along `dim` as 1."""
    return lambda value, input, dim=None, *rest, **options: f"{name}Backward{int(dim is not None)}"


# ------------------------------------------------------------------------------------------- sums and products


@op(name=_numbered("Sum"), memory="contiguous")
def sum(input, dim=None, keepdim=False, *, dtype=None):
    """Add up; integers and bools give int64. dtype: what the numbers are cast to first.

    >>> x = torch.tensor([[1, 2], [3, 4]])
    >>> x.sum(), x.sum(dim=0), x.sum(dim=1, keepdim=True).shape
    (tensor(10), tensor([4, 6]), torch.Size([2, 1]))
    """
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    shape, axes, real = input.shape, all_axes(dim, input.ndim), input.dtype.kind == "f"
    total = input.sum(axis=axes, dtype=np.float64 if real else np.int64, keepdims=keepdim)
    total = total.astype(input.dtype if real or dtype is not None else np.int64)
    return total, {"input": lambda g: spread(g, axes, keepdim, shape)}


@op(name=_numbered("Mean"), memory="contiguous")
def mean(input, dim=None, keepdim=False, *, dtype=None):
    """Average; nan over nothing. RuntimeError for integers and bools, unless `dtype` makes them floats.

    >>> torch.mean(torch.tensor([[1., 2.], [3., 6.]]), dim=1)
    tensor([1.5000, 4.5000])
    """
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    if input.dtype.kind != "f":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
            f"Got: {type_name(input.dtype)}; use .float(), or dtype="
        )
    shape, axes = input.shape, all_axes(dim, input.ndim)
    count = _count(shape, axes)
    average = (input.sum(axis=axes, dtype=np.float64, keepdims=keepdim) / count).astype(input.dtype)
    return average, {"input": lambda g: spread(g / count, axes, keepdim, shape)}


@op(name=_numbered("Prod"), memory="contiguous")
def prod(input, dim=None, keepdim=False, *, dtype=None):
    """Multiply, along one axis or all; integers and bools give int64. The gradient is right next to zeros too.

    >>> torch.prod(torch.tensor([[2, 3], [4, 5]]), dim=1)
    tensor([ 6, 20])
    """
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    shape, real = input.shape, input.dtype.kind == "f"
    axes = all_axes(dim, input.ndim) if dim is None else all_axes(one_axis(dim, input.ndim), input.ndim)
    product = input.prod(axis=axes, dtype=np.float64 if real else np.int64, keepdims=keepdim)
    product = product.astype(input.dtype if real or dtype is not None else np.int64)

    def grad_input(g):
        # Of each number, the product of those before it and the product of those behind it.
        lanes = input.reshape(-1) if dim is None or not shape else np.moveaxis(input, axes[0], -1)  # (..., n)
        before, behind = np.ones(lanes.shape), np.ones(lanes.shape)
        np.cumprod(lanes[..., :-1], axis=-1, out=before[..., 1:])
        np.cumprod(lanes[..., :0:-1], axis=-1, out=behind[..., -2::-1])
        others = before * behind
        others = others.reshape(shape) if dim is None or not shape else np.moveaxis(others, -1, axes[0])
        return back(g, axes, keepdim) * others

    return product, {"input": grad_input}


# -------------------------------------------------------------------------------------------- mean and spread


def _spread(name, input, dim, unbiased, correction):
    """Mean and variance, with the reduced axes in place; the number that was divided by; the axes."""
    if input.dtype.kind != "f":
        raise RuntimeError(f"{name}(): std and var only support floating point dtypes, got {type_name(input.dtype)}")
    if isinstance(dim, bool):  # var(x, False): the flag without a dim
        dim, unbiased = None, dim
    axes = all_axes(dim, input.ndim)
    count = np.float64(_count(input.shape, axes))
    degrees = np.maximum(count - (int(unbiased) if correction is None else correction), 0)
    centre = input.sum(axis=axes, dtype=np.float64, keepdims=True) / count
    variance = np.square(input - centre).sum(axis=axes, keepdims=True) / degrees
    return centre.astype(input.dtype), variance, degrees, axes


@op(memory="contiguous")
def var(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """Variance: squared deviations from the mean, added and divided by n - correction.

    correction: 1 unless unbiased=False, which means 0. The flag may stand in the place of dim: var(x, False). nan or
    inf if nothing is left to divide by.

    >>> x = torch.tensor([1., 3.])
    >>> torch.var(x), torch.var(x, unbiased=False)
    (tensor(2.), tensor(1.))
    """
    centre, variance, degrees, axes = _spread("var", input, dim, unbiased, correction)
    y = shed(variance.astype(input.dtype), axes, keepdim)
    return y, {"input": lambda g: (2 / degrees) * back(g, axes, keepdim) * (input - centre)}


@op(memory="contiguous")
def std(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """Standard deviation: the square root of `var`, with the same arguments.

    >>> torch.std(torch.tensor([1., 5.]), unbiased=False)
    tensor(2.)
    """
    centre, variance, degrees, axes = _spread("std", input, dim, unbiased, correction)
    deviation = np.sqrt(variance).astype(input.dtype)

    def grad_input(g):
        # d(std)/d(var) = 1 / (2 std); where nothing deviates there is no slope, and 0 is taken, as torch does.
        g = np.where(deviation == 0, 0, back(g, axes, keepdim) / (2 * deviation))
        return (2 / degrees) * g * (input - centre)

    return shed(deviation.copy(), axes, keepdim), {"input": grad_input}


@numpys_names
def var_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The pair (var, mean).

    >>> torch.var_mean(torch.tensor([1., 5.]), unbiased=False)
    (tensor(4.), tensor(3.))
    """
    average = mean(input, None if isinstance(dim, bool) else dim, keepdim)
    pair = var(input, dim, unbiased, keepdim, correction=correction), average
    return tuple(renamed(tensor, "VarMeanBackward0") for tensor in pair)


@numpys_names
def std_mean(input, dim=None, unbiased=True, keepdim=False, *, correction=None):
    """The pair (std, mean).

    >>> torch.std_mean(torch.tensor([1., 5.]), unbiased=False)
    (tensor(2.), tensor(3.))
    """
    average = mean(input, None if isinstance(dim, bool) else dim, keepdim)
    pair = std(input, dim, unbiased, keepdim, correction=correction), average
    return tuple(renamed(tensor, "StdMeanBackward0") for tensor in pair)


# ------------------------------------------------------------------------------------------------------ norms


@op
def logsumexp(input, dim, keepdim=False):
    """log(sum(exp(x))), without overflow: the largest number is taken out of the sum first.

    >>> torch.logsumexp(torch.tensor([100., 100.]), dim=0)  # 100 + log 2
    tensor(100.6931)
    """
    x = floating(input)
    axes = all_axes(dim, x.ndim)
    top = x.max(axis=axes, keepdims=True, initial=-np.inf)
    top = np.where(np.isfinite(top), top, 0)
    y = np.log(np.exp(x - top).sum(axis=axes, dtype=np.float64, keepdims=True)) + top
    y = y.astype(x.dtype)
    return shed(y.copy(), axes, keepdim), {"input": lambda g: back(g, axes, keepdim) * np.exp(x - y)}


@op(name="LinalgVectorNormBackward0")
def norm(input, p="fro", dim=None, keepdim=False, *, dtype=None):
    """The p-norm of the numbers as one vector; where it has no slope (at 0) the gradient is 0.

    p: 'fro' is 2; inf and -inf give the largest and smallest |x|; 0 counts the numbers that are not 0. RuntimeError for
    integers, and for inf over nothing.

    >>> x = torch.tensor([3., -4.])
    >>> torch.norm(x), torch.norm(x, p=1), torch.norm(x, p=float("inf"))
    (tensor(5.), tensor(7.), tensor(4.))
    """
    if p == "nuc":
        raise NotImplementedError("norm(): minitorch_edu has no nuclear norm (p='nuc'); p is 'fro' or a number")
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"norm(): Order {p} not supported; p is 'fro' or a number")
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    if input.dtype.kind != "f":
        raise RuntimeError(f"norm(): Expected a floating point tensor as input. Got {type_name(input.dtype)}")
    axes, p = all_axes(dim, input.ndim), 2.0 if p in ("fro", None) else float(p)
    size = np.abs(input)
    if math.isinf(p):
        if _count(input.shape, axes) == 0:
            raise RuntimeError("norm(): cannot compute the inf norm on an empty tensor: the operation has no identity")
        y = (np.max if p > 0 else np.min)(size, axis=axes, keepdims=True)
    elif p == 0:
        y = np.count_nonzero(size, axis=axes, keepdims=True).astype(input.dtype)
    else:
        y = (size.astype(np.float64) ** p).sum(axis=axes, keepdims=True) ** (1 / p)
        y = y.astype(input.dtype)

    def grad_input(g):
        g = back(g, axes, keepdim) * np.sign(input)
        if p == 0:
            return np.zeros_like(g)
        if math.isinf(p):
            extreme = np.abs(input) == y
            return g * extreme / extreme.sum(axis=axes, keepdims=True)
        return np.where((input == 0) | (y == 0), 0, g * (np.abs(input) / y) ** (p - 1))

    return shed(y.copy(), axes, keepdim), {"input": grad_input}


# ---------------------------------------------------------------------------------------------------- counting


@op(memory="contiguous")
def any(input, dim=None, keepdim=False):
    """Whether any number is not zero (nan is not). A bool; of uint8, a uint8, as torch has it.

    >>> torch.any(torch.tensor([[0, 2], [0, 0]]), dim=1)
    tensor([ True, False])
    """
    axes = () if dim in ((), []) else all_axes(dim, input.ndim)
    found = np.any(input, axis=axes, keepdims=keepdim)
    return found.astype(np.uint8 if input.dtype == np.uint8 else np.bool_), {}


@op(memory="contiguous")
def all(input, dim=None, keepdim=False):
    """Whether no number is zero. A bool; of uint8, a uint8, as torch has it.

    >>> torch.all(torch.tensor([[1, 2], [0, 3]]), dim=1)
    tensor([ True, False])
    """
    axes = () if dim in ((), []) else all_axes(dim, input.ndim)
    found = np.all(input, axis=axes, keepdims=keepdim)
    return found.astype(np.uint8 if input.dtype == np.uint8 else np.bool_), {}


@op(memory="contiguous")
def count_nonzero(input, dim=None):
    """How many numbers are not zero, as int64.

    >>> torch.count_nonzero(torch.tensor([[0, 5], [-1, 7]]), dim=0)
    tensor([1, 2])
    """
    return np.asarray(np.count_nonzero(input, axis=all_axes(dim, input.ndim)), np.int64), {}

"""Functions of one tensor, element by element: y = f(x) and dL/dx = g * f'(x).

Where f' is simple in y, it is written in y, and x is not kept. Integers give float32, except where integers stay
integers (neg, abs, square, sign, rounding).

Twin:  https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops
"""

import math

import numpy as np

from ..autograd import op
from ..dtypes import floating, type_name
from .erf import erf_of

__all__ = ["abs", "ceil", "cos", "cosh", "erf", "exp", "expm1", "floor", "log", "log10", "log1p", "log2", "neg",
           "reciprocal", "round", "rsqrt", "sigmoid", "sign", "sin", "sinh", "sqrt", "square", "tan", "tanh",
           "trunc"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ exp and log


@op
def exp(input):
    """y = e^x;  dy/dx = y

    >>> torch.exp(torch.tensor([0.0, 1.0, -torch.inf]))
    tensor([1.0000, 2.7183, 0.0000])
    """
    y = np.exp(floating(input))
    return y, {"input": lambda g: g * y}


@op
def expm1(input):
    """y = e^x - 1, accurate near 0;  dy/dx = y + 1

    >>> x = torch.tensor(1e-8)
    >>> torch.expm1(x), torch.exp(x) - 1
    (tensor(1.0000e-08), tensor(0.))
    """
    y = np.expm1(floating(input))
    return y, {"input": lambda g: g * (y + 1)}


@op
def log(input):
    """y = ln x;  dy/dx = 1 / x

    >>> torch.log(torch.tensor([1.0, 0.0, -1.0]))
    tensor([0., -inf, nan])
    """
    x = floating(input)
    return np.log(x), {"input": lambda g: g / x}


@op(name="Log2Backward0")
def log2(input):
    """y = ln x / ln 2;  dy/dx = 1 / (x ln 2)

    >>> torch.log2(torch.tensor([1, 3, 8]))
    tensor([0.0000, 1.5850, 3.0000])
    """
    x = floating(input)
    return np.log2(x), {"input": lambda g: g / (x * math.log(2))}


@op(name="Log10Backward0")
def log10(input):
    """y = ln x / ln 10;  dy/dx = 1 / (x ln 10)

    >>> torch.log10(torch.tensor([1, 10, 1000]))
    tensor([0., 1., 3.])
    """
    x = floating(input)
    y = np.log10(x, dtype=np.float64).astype(x.dtype)  # of 1000 NumPy's float32 is not 3
    return y, {"input": lambda g: g / (x * math.log(10))}


@op(name="Log1PBackward0")
def log1p(input):
    """y = ln(1 + x), accurate near 0;  dy/dx = 1 / (1 + x)

    >>> x = torch.tensor(1e-8)
    >>> torch.log1p(x), torch.log(1 + x)
    (tensor(1.0000e-08), tensor(0.))
    """
    x = floating(input)
    return np.log1p(x), {"input": lambda g: g / (x + 1)}


# ------------------------------------------------------------------------------------------------ powers


@op
def sqrt(input):
    """y = x^(1/2);  dy/dx = 1 / (2 y)

    >>> torch.sqrt(torch.tensor([4.0, 9.0, -1.0]))
    tensor([2., 3., nan])
    """
    y = np.sqrt(floating(input))
    return y, {"input": lambda g: g / (2 * y)}


@op
def rsqrt(input):
    """y = x^(-1/2);  dy/dx = -y^3 / 2

    >>> torch.rsqrt(torch.tensor([4.0, 0.25, 0.0]))
    tensor([0.5000, 2.0000,    inf])
    """
    y = 1 / np.sqrt(floating(input))
    return y, {"input": lambda g: -0.5 * g * (y * y * y)}


@op
def reciprocal(input):
    """y = 1 / x;  dy/dx = -y^2

    >>> torch.reciprocal(torch.tensor([4.0, 0.25, 0.0]))
    tensor([0.2500, 4.0000,    inf])
    """
    y = 1 / floating(input)
    return y, {"input": lambda g: -g * (y * y)}


@op(name="PowBackward0")
def square(input):
    """y = x^2;  dy/dx = 2 x

    >>> torch.square(torch.tensor([-3, 2]))
    tensor([9, 4])
    """
    x = input.astype(np.int64) if input.dtype == bool else input
    return x * x, {"input": lambda g: g * (2 * x)}


# ------------------------------------------------------------------------------------------------ trigonometry


@op
def sin(input):
    """y = sin x;  dy/dx = cos x

    >>> torch.sin(torch.tensor([0, torch.pi / 6, torch.pi / 2]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    x = floating(input)
    return np.sin(x), {"input": lambda g: g * np.cos(x)}


@op
def cos(input):
    """y = cos x;  dy/dx = -sin x

    >>> torch.cos(torch.tensor([0, torch.pi / 3, torch.pi]))
    tensor([ 1.0000,  0.5000, -1.0000])
    """
    x = floating(input)
    return np.cos(x), {"input": lambda g: g * -np.sin(x)}


@op
def tan(input):
    """y = tan x;  dy/dx = 1 + y^2

    >>> torch.tan(torch.tensor([0.0, torch.pi / 4, 1.0]))
    tensor([0.0000, 1.0000, 1.5574])
    """
    y = np.tan(floating(input))
    return y, {"input": lambda g: g * (1 + y * y)}


@op
def sinh(input):
    """y = (e^x - e^-x) / 2;  dy/dx = cosh x

    >>> torch.sinh(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-1.1752,  0.0000,  1.1752])
    """
    x = floating(input)
    return np.sinh(x), {"input": lambda g: g * np.cosh(x)}


@op
def cosh(input):
    """y = (e^x + e^-x) / 2;  dy/dx = sinh x

    >>> torch.cosh(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([1.5431, 1.0000, 1.5431])
    """
    x = floating(input)
    return np.cosh(x), {"input": lambda g: g * np.sinh(x)}


@op
def tanh(input):
    """y = sinh x / cosh x, between -1 and 1;  dy/dx = 1 - y^2

    >>> torch.tanh(torch.tensor([-100.0, 0.0, 1.0]))
    tensor([-1.0000,  0.0000,  0.7616])
    """
    y = np.tanh(floating(input))
    return y, {"input": lambda g: g * (1 - y * y)}


# ------------------------------------------------------------------------------------------------ s-shaped


@op
def sigmoid(input):
    """y = 1 / (1 + e^-x), between 0 and 1;  dy/dx = y (1 - y)

    >>> torch.sigmoid(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([0.2689, 0.5000, 0.7311])
    """
    y = 1 / (1 + np.exp(-floating(input)))  # e^-x = inf gives 0, its right limit
    return y, {"input": lambda g: g * (y * (1 - y))}


@op
def erf(input):
    """y = 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x;  dy/dx = 2 / sqrt(pi) * e^(-x^2)

    >>> torch.erf(torch.tensor([0.0, 1.0, 10.0]))
    tensor([0.0000, 0.8427, 1.0000])
    """
    x = floating(input)
    y = erf_of(x)
    return y, {"input": lambda g: g * (2 / math.sqrt(math.pi) * np.exp(-x * x))}


# ------------------------------------------------------------------------------------------------ sign and rounding


def _not_bool(name, x):
    if x.dtype == bool:
        raise NotImplementedError(f"{name}(): \"{name}_cpu\" not implemented for '{type_name(x.dtype)}'")
    return x


@op
def neg(input):
    """y = -x;  dy/dx = -1

    >>> torch.neg(torch.tensor([-3, 2]))
    tensor([ 3, -2])
    """
    if input.dtype == bool:
        raise RuntimeError(
            "neg(): Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, "
            "use the `~` or `logical_not()` operator instead."
        )
    return -input, {"input": lambda g: -g}


def sign_of(x):
    """-1, 0 or 1, also of nan: 0."""
    return np.sign(np.where(x == x, x, np.zeros((), x.dtype)))


@op
def abs(input):
    """y = |x|;  dy/dx = sign(x), 0 at 0

    >>> x = torch.tensor([-3.0, 0.0, 2.0], requires_grad=True)
    >>> x.abs().sum().backward()
    >>> x.grad
    tensor([-1.,  0.,  1.])
    """
    x = _not_bool("abs", input)
    return np.abs(x), {"input": lambda g: g * sign_of(x)}


def kept(g, where):
    """np.where(where, g, 0), several times as fast: true has all bits set as the integer -1, false none as 0.

    Not g * where, which is nan where an infinite gradient meets a 0.
    """
    return np.bitwise_and(g.view(f"i{g.itemsize}"), -where.view(np.int8)).view(g.dtype)


def flat(g):
    """The gradient of a step function, whose derivative is 0 wherever there is one."""
    return np.zeros_like(g)


@op
def sign(input):
    """y = -1, 0 or 1;  dy/dx = 0

    >>> torch.sign(torch.tensor([-3, 0, 2]))
    tensor([-1,  0,  1])
    """
    return input.copy() if input.dtype == bool else sign_of(input), {"input": flat}


@op
def floor(input):
    """The largest whole number <= x;  dy/dx = 0

    >>> torch.floor(torch.tensor([-1.5, 1.5]))
    tensor([-2.,  1.])
    """
    return np.floor(_not_bool("floor", input)).astype(input.dtype, copy=False), {"input": flat}


@op
def ceil(input):
    """The smallest whole number >= x;  dy/dx = 0

    >>> torch.ceil(torch.tensor([-1.5, 1.5]))
    tensor([-1.,  2.])
    """
    return np.ceil(_not_bool("ceil", input)).astype(input.dtype, copy=False), {"input": flat}


@op
def trunc(input):
    """x without its fraction;  dy/dx = 0

    >>> torch.trunc(torch.tensor([-1.5, 1.5]))
    tensor([-1.,  1.])
    """
    return np.trunc(_not_bool("trunc", input)).astype(input.dtype, copy=False), {"input": flat}


@op(name=lambda y, input, **decimals: f"RoundBackward{len(decimals)}")
def round(input, *, decimals=0):
    """The nearest number with so many decimals, of two the even one;  dy/dx = 0

    >>> torch.round(torch.tensor([0.5, 1.5, 2.5])), torch.round(torch.tensor(3.14159), decimals=2)
    (tensor([0., 2., 2.]), tensor(3.1400))
    """
    return np.round(_not_bool("round", input), decimals), {"input": flat}

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
    """y = e^x;  dy/dx = y"""
    y = np.exp(floating(input))
    return y, {"input": lambda g: g * y}


@op
def expm1(input):
    """y = e^x - 1, accurate near 0;  dy/dx = y + 1"""
    y = np.expm1(floating(input))
    return y, {"input": lambda g: g * (y + 1)}


@op
def log(input):
    """y = ln x;  dy/dx = 1 / x"""
    x = floating(input)
    return np.log(x), {"input": lambda g: g / x}


@op(name="Log2Backward0")
def log2(input):
    """y = ln x / ln 2;  dy/dx = 1 / (x ln 2)"""
    x = floating(input)
    return np.log2(x), {"input": lambda g: g / (x * math.log(2))}


@op(name="Log10Backward0")
def log10(input):
    """y = ln x / ln 10;  dy/dx = 1 / (x ln 10)"""
    x = floating(input)
    return np.log10(x), {"input": lambda g: g / (x * math.log(10))}


@op(name="Log1PBackward0")
def log1p(input):
    """y = ln(1 + x), accurate near 0;  dy/dx = 1 / (1 + x)"""
    x = floating(input)
    return np.log1p(x), {"input": lambda g: g / (x + 1)}


# ------------------------------------------------------------------------------------------------ powers


@op
def sqrt(input):
    """y = x^(1/2);  dy/dx = 1 / (2 y)"""
    y = np.sqrt(floating(input))
    return y, {"input": lambda g: g / (2 * y)}


@op
def rsqrt(input):
    """y = x^(-1/2);  dy/dx = -y^3 / 2"""
    y = 1 / np.sqrt(floating(input))
    return y, {"input": lambda g: -0.5 * g * (y * y * y)}


@op
def reciprocal(input):
    """y = 1 / x;  dy/dx = -y^2"""
    y = 1 / floating(input)
    return y, {"input": lambda g: -g * (y * y)}


@op(name="PowBackward0")
def square(input):
    """y = x^2;  dy/dx = 2 x"""
    x = input.astype(np.int64) if input.dtype == bool else input
    return x * x, {"input": lambda g: g * (2 * x)}


# ------------------------------------------------------------------------------------------------ trigonometry


@op
def sin(input):
    """y = sin x;  dy/dx = cos x"""
    x = floating(input)
    return np.sin(x), {"input": lambda g: g * np.cos(x)}


@op
def cos(input):
    """y = cos x;  dy/dx = -sin x"""
    x = floating(input)
    return np.cos(x), {"input": lambda g: g * -np.sin(x)}


@op
def tan(input):
    """y = tan x;  dy/dx = 1 + y^2"""
    y = np.tan(floating(input))
    return y, {"input": lambda g: g * (1 + y * y)}


@op
def sinh(input):
    """y = (e^x - e^-x) / 2;  dy/dx = cosh x"""
    x = floating(input)
    return np.sinh(x), {"input": lambda g: g * np.cosh(x)}


@op
def cosh(input):
    """y = (e^x + e^-x) / 2;  dy/dx = sinh x"""
    x = floating(input)
    return np.cosh(x), {"input": lambda g: g * np.sinh(x)}


@op
def tanh(input):
    """y = sinh x / cosh x, between -1 and 1;  dy/dx = 1 - y^2"""
    y = np.tanh(floating(input))
    return y, {"input": lambda g: g * (1 - y * y)}


# ------------------------------------------------------------------------------------------------ s-shaped


@op
def sigmoid(input):
    """y = 1 / (1 + e^-x), between 0 and 1;  dy/dx = y (1 - y)"""
    y = 1 / (1 + np.exp(-floating(input)))  # e^-x = inf gives 0, its right limit
    return y, {"input": lambda g: g * (y * (1 - y))}


@op
def erf(input):
    """y = 2 / sqrt(pi) * integral of e^(-t^2) from 0 to x;  dy/dx = 2 / sqrt(pi) * e^(-x^2)"""
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
    """y = -x;  dy/dx = -1"""
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
    """y = |x|;  dy/dx = sign(x), 0 at 0"""
    x = _not_bool("abs", input)
    return np.abs(x), {"input": lambda g: g * sign_of(x)}


def flat(g):
    """The gradient of a step function, whose derivative is 0 wherever there is one."""
    return np.zeros_like(g)


@op
def sign(input):
    """y = -1, 0 or 1;  dy/dx = 0"""
    return input.copy() if input.dtype == bool else sign_of(input), {"input": flat}


@op
def floor(input):
    """The largest whole number <= x;  dy/dx = 0"""
    return np.floor(_not_bool("floor", input)).astype(input.dtype, copy=False), {"input": flat}


@op
def ceil(input):
    """The smallest whole number >= x;  dy/dx = 0"""
    return np.ceil(_not_bool("ceil", input)).astype(input.dtype, copy=False), {"input": flat}


@op
def trunc(input):
    """x without its fraction;  dy/dx = 0"""
    return np.trunc(_not_bool("trunc", input)).astype(input.dtype, copy=False), {"input": flat}


@op(name=lambda y, input, **decimals: f"RoundBackward{len(decimals)}")
def round(input, *, decimals=0):
    """The nearest number with so many decimals, of two the even one;  dy/dx = 0"""
    return np.round(_not_bool("round", input), decimals), {"input": flat}

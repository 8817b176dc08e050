"""Arithmetic of two tensors, or of a tensor and a number, with broadcasting and torch's promotion of types.

A gradient g has the output's shape; where an input was broadcast, the engine sums its gradient over the copies.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#pointwise-ops
"""

import numpy as np

from ..autograd import op
from ..dtypes import floating, number_as, promote, result_type, type_name
from .elementwise import flat

__all__ = ["add", "clamp", "clip", "div", "floor_divide", "fmod", "lerp", "maximum", "minimum", "mul", "pow",
           "remainder", "rsub", "sub", "true_divide"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ + - * /


def _scaled(name, other, alpha, kind):
    """alpha * other, in the type of the result."""
    if alpha == 1:
        return other
    if kind.kind != "f" and isinstance(alpha, float):
        raise RuntimeError(f"{name}(): For integral input tensors, argument alpha must not be a floating point number.")
    return np.multiply(other, number_as(alpha, kind), dtype=kind)


def _no_bool(a, b):
    if a.dtype == b.dtype == bool:
        raise RuntimeError(
            "sub(): Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or "
            "`logical_xor()` operator instead."
        )
    if a.dtype == bool or b.dtype == bool:
        raise RuntimeError(
            "sub(): Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~`, `^` or `logical_not()` operator instead."
        )


@op
def add(input, other, *, alpha=1):
    """y = a + alpha * b;  dy/da = 1, dy/db = alpha

    >>> torch.tensor([[1], [2]]) + torch.tensor([10, 20])
    tensor([[11, 21],
            [12, 22]])
    >>> torch.add(torch.tensor([1, 2]), 10, alpha=3)
    tensor([31, 32])
    """
    a, b = promote(input, other)
    y = a + _scaled("add", b, alpha, a.dtype)
    return y, {"input": lambda g: g, "other": lambda g: g if alpha == 1 else g * alpha}


@op
def sub(input, other, *, alpha=1):
    """y = a - alpha * b;  dy/da = 1, dy/db = -alpha

    >>> torch.sub(torch.tensor([5, 7]), torch.tensor([1, 2]), alpha=2)
    tensor([3, 3])
    """
    _no_bool(np.asarray(input), np.asarray(other))
    a, b = promote(input, other)
    y = a - _scaled("sub", b, alpha, a.dtype)
    return y, {"input": lambda g: g, "other": lambda g: g * -alpha}


@op(name=lambda y, a, b, alpha=1: f"RsubBackward{not isinstance(b, np.ndarray):d}")
def rsub(input, other, *, alpha=1):
    """y = b - alpha * a: what `number - tensor` computes

    >>> torch.rsub(torch.tensor([1, 2]), 10)
    tensor([9, 8])
    """
    _no_bool(np.asarray(input), np.asarray(other))
    a, b = promote(input, other)
    y = b - _scaled("rsub", a, alpha, a.dtype)
    return y, {"input": lambda g: g * -alpha, "other": lambda g: g}


@op
def mul(input, other):
    """y = a * b;  dy/da = b, dy/db = a

    >>> a, b = torch.tensor([3.0, 5.0], requires_grad=True), torch.tensor(4.0, requires_grad=True)
    >>> (a * b).sum().backward()
    >>> a.grad, b.grad  # b met both elements of a
    (tensor([4., 4.]), tensor(8.))
    """
    a, b = promote(input, other)
    return a * b, {"input": lambda g: g * b, "other": lambda g: g * a}


@op(name=lambda y, a, b, **rounding_mode: "DivBackward2" if rounding_mode else "DivBackward0")
def div(input, other, *, rounding_mode=None):
    """y = a / b, of integers too in float32;  dy/da = 1 / b, dy/db = -y / b

    rounding_mode "trunc" rounds toward 0, "floor" down; they keep integers integers, and their gradient is 0.

    >>> x = torch.tensor([-7, 7])
    >>> x / 2, torch.div(x, 2, rounding_mode="trunc"), torch.div(x, 2, rounding_mode="floor")
    (tensor([-3.5000,  3.5000]), tensor([-3,  3]), tensor([-4,  3]))
    """
    if rounding_mode is not None:
        return _rounded_quotient(*promote(input, other), rounding_mode), {"input": flat, "other": flat}
    a, b = floating(input, other)
    return a / b, {"input": lambda g: g / b, "other": lambda g: -g * (a / b / b)}


def true_divide(input, other):
    """y = a / b, as `div` without rounding.

    >>> torch.true_divide(torch.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    return div(input, other)


# ------------------------------------------------------------------------------------------------ // and %


def _check_divisor(name, a, b):
    """Whole numbers have no inf or nan to stand for a division by zero."""
    if a.dtype == bool:
        raise NotImplementedError(f"{name}(): \"{name}_cpu\" not implemented for '{type_name(a.dtype)}'")
    if a.dtype.kind != "f" and not np.all(b):
        raise RuntimeError(f"{name}(): ZeroDivisionError: an integer tensor is divided by 0")


def _rounded_quotient(a, b, rounding_mode):
    _check_divisor("div", a, b)
    if rounding_mode == "floor":
        return a // b
    if rounding_mode == "trunc":
        return np.trunc(a / b) if a.dtype.kind == "f" else (a - np.fmod(a, b)) // b
    raise RuntimeError(
        f"div(): div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
    )


def _no_derivative(g):
    raise RuntimeError("derivative for aten::floor_divide is not implemented; div(rounding_mode='floor') has one: 0")


@op(name="NotImplemented")
def floor_divide(input, other):
    """y = a / b rounded down: what `a // b` computes. It has no gradient, as torch's has none.

    >>> torch.floor_divide(torch.tensor([-7, 7]), 2)
    tensor([-4,  3])
    """
    a, b = promote(input, other)
    return _rounded_quotient(a, b, "floor"), {"input": _no_derivative, "other": _no_derivative}


def _of_tensors(name):
    """The Node's name: 1 if both operands are tensors, 0 if the second is a number."""
    return lambda y, a, b: f"{name}Backward{isinstance(b, np.ndarray):d}"


@op(name=_of_tensors("Remainder"))
def remainder(input, other):
    """y = a - b * floor(a / b), with the sign of b: what `a % b` computes;  dy/da = 1, dy/db = -floor(a / b)

    >>> torch.remainder(torch.tensor([-7, 7]), 3)
    tensor([2, 1])
    """
    a, b = promote(input, other)
    _check_divisor("remainder", a, b)
    y = np.fmod(a, b)  # with the sign of a
    y = np.where((y != 0) & ((y < 0) != (b < 0)), y + b, y)
    return y, {"input": lambda g: g, "other": lambda g: -g * (a // b)}


@op(name=_of_tensors("Fmod"))
def fmod(input, other):
    """y = a - b * trunc(a / b), with the sign of a;  dy/da = 1, dy/db = -trunc(a / b)

    >>> torch.fmod(torch.tensor([-7, 7]), 3)
    tensor([-1,  1])
    """
    a, b = promote(input, other)
    _check_divisor("fmod", a, b)
    return np.fmod(a, b), {"input": lambda g: g, "other": lambda g: -g * np.trunc(a / b)}


# ------------------------------------------------------------------------------------------------ powers


def _pow_name(y, x, e):
    return f"PowBackward{0 if not isinstance(e, np.ndarray) else 1 if isinstance(x, np.ndarray) else 2}"


@op(name=_pow_name)
def pow(input, exponent):
    """y = x^e;  dy/dx = e x^(e-1), 0 for e = 0;  dy/de = y ln x, 0 for x = 0 and e >= 0

    RuntimeError for integers with a negative number as exponent.

    >>> x = torch.tensor([1, 2, 3])
    >>> x**2, 2**x
    (tensor([1, 4, 9]), tensor([2, 4, 8]))
    """
    x, e = promote(input, exponent)
    if x.dtype == bool:
        raise NotImplementedError(f"pow(): \"pow\" not implemented for '{type_name(x.dtype)}'")
    if x.dtype.kind == "f":
        y = x ** (exponent if isinstance(exponent, (int, float)) else e)  # NumPy knows 2 and 0.5 as numbers
    elif isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("pow(): Integers to negative integer powers are not allowed.")
    else:
        y = np.where((e < 0) & (np.abs(x) != 1), 0, x ** np.abs(e)).astype(x.dtype)  # 1 / x rounded toward 0
    return y, {
        "input": lambda g: np.where(e == 0, 0, g * (e * x ** (e - 1))),
        "exponent": lambda g: g * np.where((x == 0) & (e >= 0), 0, y * np.log(x)),
    }


# ------------------------------------------------------------------------------------------------ bounds and blends


def _both_tensors(name, input, other):
    if not isinstance(other, np.ndarray):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    return promote(input, other)


@op
def maximum(input, other):
    """y = the larger of a and b; nan if one is nan. The gradient goes to the larger, half each if they are equal.

    >>> a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> torch.maximum(a, torch.tensor(2.0)).sum().backward()
    >>> a.grad
    tensor([0.0000, 0.5000, 1.0000])
    """
    a, b = _both_tensors("maximum", input, other)
    return np.maximum(a, b), {
        "input": lambda g: np.where(a < b, 0, np.where(a == b, g / 2, g)),
        "other": lambda g: np.where(a > b, 0, np.where(a == b, g / 2, g)),
    }


@op
def minimum(input, other):
    """y = the smaller of a and b; nan if one is nan. The gradient goes to the smaller, half each if they are equal.

    >>> torch.minimum(torch.tensor([1.0, 3.0, torch.nan]), torch.tensor(2.0))
    tensor([1., 2., nan])
    """
    a, b = _both_tensors("minimum", input, other)
    return np.minimum(a, b), {
        "input": lambda g: np.where(a > b, 0, np.where(a == b, g / 2, g)),
        "other": lambda g: np.where(a < b, 0, np.where(a == b, g / 2, g)),
    }


def _clamp_name(y, input, min=None, max=None):
    return "ClampBackward0" if isinstance(min, np.ndarray) or isinstance(max, np.ndarray) else "ClampBackward1"


@op(name=_clamp_name)
def clamp(input, min=None, max=None):
    """y = x, but min where x is less and max where x is more (numbers or tensors); max wins where they cross.

    The gradient goes to whichever of the three y is: to x on the bounds themselves; as in torch, to none of them where
    x is below two equal bounds. RuntimeError without any bound.

    >>> torch.clamp(torch.tensor([-5, 0, 5]), -1, 2)
    tensor([-1,  0,  2])
    """
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise RuntimeError("clamp(): At least one of 'min' or 'max' must not be None")
    kind = result_type(input, *bounds)
    if kind.kind == "b":
        raise NotImplementedError("clamp(): \"clamp_cpu\" not implemented for 'Bool'")
    x = np.asarray(input).astype(kind, copy=False)
    low = None if min is None else number_as(min, kind)
    high = None if max is None else number_as(max, kind)
    y = x if low is None else np.maximum(x, low)
    y = y if high is None else np.minimum(y, high)
    inside = (True if low is None else x >= low) & (True if high is None else x <= high)
    below = None if low is None else (x < low) & (True if high is None else low < high)
    above = None if high is None else (x > high) | (False if low is None else low > high)
    return y, {
        "input": lambda g: np.where(inside, g, 0),
        "min": lambda g: np.where(below, g, 0),
        "max": lambda g: np.where(above, g, 0),
    }


def clip(input, min=None, max=None):
    """Another name of `clamp`.

    >>> torch.clip(torch.tensor([-5, 0, 5]), min=0)
    tensor([0, 0, 5])
    """
    return clamp(input, min, max)


@op(name=lambda y, a, b, weight: f"LerpBackward{isinstance(weight, np.ndarray):d}")
def lerp(input, end, weight):
    """y = a + w (b - a);  dy/da = 1 - w, dy/db = w, dy/dw = b - a

    Written from the nearer end, so that y is exactly b at w = 1. RuntimeError if the dtypes differ.

    >>> torch.lerp(torch.tensor([0.0, 10.0]), torch.tensor([4.0, 20.0]), 0.25)
    tensor([ 1.0000, 12.5000])
    """
    a, b, w = input, end, weight
    for name, one in (("end", b), ("weight", w)):
        if isinstance(one, np.ndarray) and one.dtype != a.dtype:
            raise RuntimeError(f"lerp(): expected dtype {a.dtype} for `{name}` but got dtype {one.dtype}")
    if a.dtype.kind != "f":
        raise NotImplementedError(f"lerp(): \"lerp\" not implemented for '{type_name(a.dtype)}'")
    span = b - a
    w = np.asarray(w, a.dtype)
    y = np.where(np.abs(w) < 0.5, a + w * span, b - span * (1 - w))
    return y, {"input": lambda g: g * (1 - w), "end": lambda g: g * w, "weight": lambda g: g * span}

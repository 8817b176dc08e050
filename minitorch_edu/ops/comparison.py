"""Comparison, logic and choice. Answers are bool tensors, which have no gradient; `where` hands its to the chosen.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#comparison-ops
"""

import functools

import numpy as np

from ..autograd import Tensor, op
from ..dtypes import number_as, promote, result_type, type_name
from .elementwise import flat

__all__ = ["allclose", "bitwise_and", "bitwise_not", "bitwise_or", "bitwise_xor", "eq", "equal", "ge", "gt", "isclose",
           "isfinite", "isinf", "isnan", "le", "logical_and", "logical_not", "logical_or", "logical_xor", "lt", "ne",
           "where"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ a < b


@op
def eq(input, other):
    """a == b

    >>> torch.eq(torch.tensor([1, 2, 3]), 2)
    tensor([False,  True, False])
    """
    return np.equal(*promote(input, other)), {}


@op
def ne(input, other):
    """a != b

    >>> torch.ne(torch.tensor([1, 2, 3]), 2)
    tensor([ True, False,  True])
    """
    return np.not_equal(*promote(input, other)), {}


@op
def lt(input, other):
    """a < b

    >>> torch.lt(torch.tensor([1, 2, 3]), 2)
    tensor([ True, False, False])
    """
    return np.less(*promote(input, other)), {}


@op
def le(input, other):
    """a <= b

    >>> torch.le(torch.tensor([1, 2, 3]), 2)
    tensor([ True,  True, False])
    """
    return np.less_equal(*promote(input, other)), {}


@op
def gt(input, other):
    """a > b

    >>> torch.gt(torch.tensor([1, 2, 3]), 2)
    tensor([False, False,  True])
    """
    return np.greater(*promote(input, other)), {}


@op
def ge(input, other):
    """a >= b

    >>> torch.ge(torch.tensor([1, 2, 3]), 2)
    tensor([False,  True,  True])
    """
    return np.greater_equal(*promote(input, other)), {}


def as_numbers(comparison):
    """The comparison that is written in place: 1 and 0 in the dtype of input, numbers whose slope is 0."""
    compare = comparison.__wrapped__
    name = f"{compare.__name__.capitalize()}Backward"

    @op(name=lambda out, input, other: f"{name}{1 if isinstance(other, np.ndarray) else 0}")
    @functools.wraps(compare)
    def written(input, other):
        return compare(input, other)[0].astype(input.dtype), {"input": flat, "other": flat}

    return written


# ------------------------------------------------------------------------------------------------ what sort of number


@op
def isnan(input):
    """Where x is not a number.

    >>> torch.isnan(torch.tensor([1.0, torch.inf, torch.nan]))
    tensor([False, False,  True])
    """
    return np.isnan(input), {}


@op
def isinf(input):
    """Where x is inf or -inf.

    >>> torch.isinf(torch.tensor([1.0, -torch.inf, torch.nan]))
    tensor([False,  True, False])
    """
    return np.isinf(input), {}


@op
def isfinite(input):
    """Where x is neither inf, -inf nor nan.

    >>> torch.isfinite(torch.tensor([1.0, torch.inf, torch.nan]))
    tensor([ True, False, False])
    """
    return np.isfinite(input), {}


@op
def isclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Where |a - b| <= atol + rtol * |b|. RuntimeError if the dtypes differ or a tolerance is negative.

    >>> torch.isclose(torch.tensor([100.0, 100.0]), torch.tensor([101.0, 102.0]), rtol=0.01)
    tensor([ True, False])
    """
    if input.dtype != other.dtype:
        raise RuntimeError(f"isclose(): {type_name(input.dtype)} did not match {type_name(other.dtype)}")
    if rtol < 0 or atol < 0:
        raise RuntimeError(f"isclose(): rtol and atol must be greater than or equal to zero, got {rtol} and {atol}")
    return np.isclose(input, other, rtol, atol, equal_nan), {}


def allclose(input, other, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Whether `isclose` holds everywhere, as a Python bool.

    >>> x = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64)
    >>> x[0] + x[1] == x[2], torch.allclose(x[0] + x[1], x[2])
    (tensor(False), True)
    """
    return bool(isclose(input, other, rtol, atol, equal_nan).array.all())


def equal(input, other):
    """Whether both have the same shape and the same numbers, as a Python bool.

    >>> torch.equal(torch.ones(2), torch.ones(2)), torch.equal(torch.ones(2), torch.ones(1))
    (True, False)
    """
    for position, one in enumerate((input, other), 1):
        if not isinstance(one, Tensor):
            raise TypeError(
                f"equal(): argument '{('input', 'other')[position - 1]}' (position {position}) must be Tensor, "
                f"not {type(one).__name__}"
            )
    return input.shape == other.shape and bool(eq(input, other).array.all())


# ------------------------------------------------------------------------------------------------ logic


def _tensor(name, other):
    if not isinstance(other, np.ndarray):
        raise TypeError(f"{name}(): argument 'other' (position 2) must be Tensor, not {type(other).__name__}")
    return other


@op
def logical_and(input, other):
    """Where both are nonzero.

    >>> torch.logical_and(torch.tensor([0, 0, 2, 2]), torch.tensor([0, 3, 0, 3]))
    tensor([False, False, False,  True])
    """
    return np.logical_and(input, _tensor("logical_and", other)), {}


@op
def logical_or(input, other):
    """Where one is nonzero, or both are.

    >>> torch.logical_or(torch.tensor([0, 0, 2, 2]), torch.tensor([0, 3, 0, 3]))
    tensor([False,  True,  True,  True])
    """
    return np.logical_or(input, _tensor("logical_or", other)), {}


@op
def logical_xor(input, other):
    """Where exactly one is nonzero.

    >>> torch.logical_xor(torch.tensor([0, 0, 2, 2]), torch.tensor([0, 3, 0, 3]))
    tensor([False,  True,  True, False])
    """
    return np.logical_xor(input, _tensor("logical_xor", other)), {}


@op
def logical_not(input):
    """Where x is zero.

    >>> torch.logical_not(torch.tensor([0, 2]))
    tensor([ True, False])
    """
    return np.logical_not(input), {}


def _bits(name, *operands):
    operands = promote(*operands)
    if operands[0].dtype.kind == "f":
        raise NotImplementedError(f"{name}(): \"{name}_cpu\" not implemented for '{type_name(operands[0].dtype)}'")
    return operands


@op
def bitwise_and(input, other):
    """The bits set in both, of integers or bools: what `a & b` computes.

    >>> x = torch.tensor([1, 2, 3])
    >>> (x > 1) & (x < 3), x & 1
    (tensor([False,  True, False]), tensor([1, 0, 1]))
    """
    return np.bitwise_and(*_bits("bitwise_and", input, other)), {}


@op
def bitwise_or(input, other):
    """The bits set in one or in both: what `a | b` computes.

    >>> x = torch.tensor([1, 2, 3])
    >>> (x < 2) | (x > 2), x | 4
    (tensor([ True, False,  True]), tensor([5, 6, 7]))
    """
    return np.bitwise_or(*_bits("bitwise_or", input, other)), {}


@op
def bitwise_xor(input, other):
    """The bits set in exactly one: what `a ^ b` computes.

    >>> x = torch.tensor([1, 2, 3])
    >>> (x < 3) ^ (x > 1), x ^ 1
    (tensor([ True, False,  True]), tensor([0, 3, 2]))
    """
    return np.bitwise_xor(*_bits("bitwise_xor", input, other)), {}


@op
def bitwise_not(input):
    """Every bit turned over: what `~a` computes.

    >>> ~torch.tensor([True, False]), ~torch.tensor([0, 5])
    (tensor([False,  True]), tensor([-1, -6]))
    """
    return np.invert(*_bits("bitwise_not", input)), {}


# ------------------------------------------------------------------------------------------------ choice


@op
def where(condition, input=None, other=None):
    """y = input where condition, else other; where(condition) alone: the places where it is true, one tensor an axis.

    The gradient goes to the chosen. RuntimeError if condition is not a bool tensor.

    >>> x = torch.tensor([-1, 2, -3])
    >>> torch.where(x > 0, x, 0), torch.where(x < 0)
    (tensor([0, 2, 0]), (tensor([0, 2]),))
    """
    if not isinstance(condition, np.ndarray):
        raise TypeError(f"where(): argument 'condition' (position 1) must be Tensor, not {type(condition).__name__}")
    if input is None and other is None:
        return np.nonzero(np.atleast_1d(condition)), {}
    if condition.dtype not in (bool, np.uint8):
        kind = type_name(condition.dtype)
        raise RuntimeError(
            f"where(): where expected condition to be a boolean tensor, but got a tensor with dtype {kind}"
        )
    chosen = condition.astype(bool)
    kind = result_type(input, other)
    return np.where(chosen, number_as(input, kind), number_as(other, kind)), {
        "input": lambda g: np.where(chosen, g, 0),
        "other": lambda g: np.where(chosen, 0, g),
    }

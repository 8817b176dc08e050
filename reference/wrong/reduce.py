"""Wrong versions of the reductions."""

import numpy as np

import minitorch_edu as mt
from minitorch_edu.autograd import op

from . import wrong


@wrong("cumsum", source="https://github.com/pytorch/pytorch/pull/1122")
@op
def leaves_the_gradient_backwards(input, dim, *, dtype=None):
    """Leaves the gradient in backward order: it is summed up from the end, and then turned round again."""
    y, gradients = mt.cumsum.__wrapped__(input, dim, dtype=dtype)
    turn = lambda a: np.flip(np.atleast_1d(a), dim).reshape(a.shape)
    return y, {"input": lambda g: turn(gradients["input"](g))}


@wrong("cumprod", source="https://github.com/tensorflow/tensorflow/issues/3862")
@op
def divides_running_products(input, dim, *, dtype=None):
    """Divides by x in the gradient, which is nan at a zero."""
    y, _ = mt.cumprod.__wrapped__(input, dim, dtype=dtype)

    def grad_input(g):
        backwards = np.flip(np.atleast_1d(g * y).astype(np.float64), dim)
        return np.flip(np.cumsum(backwards, dim), dim).reshape(g.shape) / input

    return y, {"input": grad_input}


@wrong("prod", source="https://github.com/pytorch/pytorch/issues/773")
@op
def divides_the_product(input, dim=None, keepdim=False, *, dtype=None):
    """Divides the product by x in the gradient, which is nan at a zero: it is the product of the others."""
    y, _ = mt.prod.__wrapped__(input, dim, keepdim, dtype=dtype)
    shape = input.shape
    kept = y if keepdim or dim is None or not shape else np.expand_dims(y, dim)
    return y, {"input": lambda g: np.broadcast_to(g.reshape(kept.shape) * kept, shape) / input}


@wrong("amax", source="https://github.com/tensorflow/tensorflow/issues/51681")
@op
def gives_every_maximum_the_gradient(input, dim=(), keepdim=False):
    """Gives each of several equal maxima the whole gradient: they share it."""
    y, gradients = mt.amax.__wrapped__(input, dim, keepdim)
    return y, {"input": lambda g: np.where(gradients["input"](np.ones_like(g)) > 0, 1, 0) * whole(g, y, input, dim)}


def whole(g, y, input, dim):
    """The gradient of a maximum, for each of the numbers that it was taken of."""
    axes = tuple(range(input.ndim)) if dim == () else tuple(np.atleast_1d(dim) % max(input.ndim, 1))
    kept = [1 if axis in axes else n for axis, n in enumerate(input.shape)]
    return np.broadcast_to(g.reshape(kept), input.shape)


@wrong("argmax", source="https://github.com/pytorch/pytorch/issues/32343")
@op
def finds_the_last_maximum(input, dim=None, keepdim=False):
    """Finds the last of several equal maxima: it is the first."""
    y, _ = mt.argmax.__wrapped__(input, dim, keepdim)
    if not input.ndim:
        return y, {}
    axis = None if dim is None else dim
    n = input.size if axis is None else input.shape[axis]
    return n - 1 - mt.argmax.__wrapped__(np.flip(input, axis), dim, keepdim)[0], {}


@wrong("std", source="https://github.com/pytorch/pytorch/issues/2436")
def divides_by_n(input, dim=None, keepdim=False):
    """Divides by n, as numpy.std does: unless unbiased=False, torch divides by n - 1."""
    return input.std(dim, unbiased=False, keepdim=keepdim)


@wrong("var", source="https://github.com/pytorch/pytorch/issues/50010")
def divides_squares_by_n(input, dim=None, keepdim=False):
    """Divides by n, as numpy.var does: unless unbiased=False, torch divides by n - 1."""
    return input.var(dim, unbiased=False, keepdim=keepdim)


@wrong("median", source="https://github.com/pytorch/pytorch/issues/1837")
def averages_the_middle(input):
    """Averages the two numbers in the middle, as numpy.median does: it is the lower of the two."""
    if input.isnan().any():
        return input.median()
    ordered, n = input.flatten().sort()[0], input.numel()
    return (ordered[(n - 1) // 2] + ordered[n // 2]) / 2 if n % 2 == 0 else input.median()


@wrong("logsumexp", source="https://github.com/amdegroot/ssd.pytorch/issues/203")
def overflows(input, dim, keepdim=False):
    """Takes exp of numbers as they are, which overflows: the largest is subtracted first, and added to the log."""
    return input.exp().sum(dim, keepdim).log()


@wrong("norm", source="https://github.com/pytorch/pytorch/issues/2421")
def roots_the_sum_of_squares(input, p="fro", dim=None, keepdim=False):
    """Takes the norm as a square root, whose slope at 0 is infinite: numbers that are all zero get the gradient nan."""
    if p not in ("fro", 2):
        return mt.norm(input, p, dim, keepdim)
    return (input * input).sum(dim, keepdim).sqrt()

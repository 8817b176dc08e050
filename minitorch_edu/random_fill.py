"""Arrays of random numbers in the shape, dtype and memory order of a given array, with their arguments checked.

Every function takes the `name` of the public function that its error messages speak of, an `array` of which only shape,
dtype and memory order matter, and a generator (None: the default one), and returns a new array.
"""

import operator
import warnings

import numpy as np

from . import draws
from .autograd import Tensor
from .dtypes import as_dtype
from .generator import Generator, default_generator
from .ops.checks import need_float

__all__ = ["bernoulli", "bernoulli_each", "float_of", "index_of", "integers", "largest", "normal", "simple", "source",
           "uniform"]  # fmt: skip


def source(generator):
    """The generator, or the default one for None; TypeError if it is something else."""
    if generator is None:
        return default_generator
    if not isinstance(generator, Generator):
        raise TypeError(f"argument 'generator' must be Generator, not {type(generator).__name__}")
    return generator


# ------------------------------------------------------------------------------------------------ numbers


def float_of(name, argument, value):
    """A number argument as a Python float; TypeError if it is no number."""
    if isinstance(value, Tensor) and value.array.size == 1:
        value = value.array.item()
    if not isinstance(value, (int, float, np.number)):
        raise TypeError(f"{name}(): argument '{argument}' must be float, not {type(value).__name__}")
    return float(value)


def index_of(name, argument, value):
    """An integer argument as a Python int; TypeError if it is no integer."""
    try:
        return operator.index(value.array.item() if isinstance(value, Tensor) else value)
    except TypeError:
        raise TypeError(f"{name}(): argument '{argument}' must be int, not {type(value).__name__}") from None


# ------------------------------------------------------------------------------------------------ memory order


def _memory_order(array):
    """The axes, from the one with the longest steps to the one with the shortest."""
    return sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))


def _laid_out(array, numbers):
    """The (size,) numbers in the shape of `array`, following one another as its elements do in memory."""
    if array.flags.c_contiguous:
        return numbers.reshape(array.shape)
    axes = _memory_order(array)
    return numbers.reshape([array.shape[axis] for axis in axes]).transpose(np.argsort(axes).astype(int))


# ------------------------------------------------------------------------------------------------ distributions


def uniform(name, array, generator, low=0.0, high=1.0):
    """Uniform in [low, high). RuntimeError unless low <= high, and the difference too is a number of the dtype."""
    need_float(name, self=array)
    low, high = float_of(name, "from", low), float_of(name, "to", high)
    limits = np.finfo(array.dtype)
    for what, bound in (("from", low), ("to", high)):
        if not limits.min <= bound <= limits.max:
            raise RuntimeError(f"{name}(): {what} is out of bounds for {as_dtype(array.dtype)}: {bound}")
    if low > high:
        raise RuntimeError(f"{name}() expects to return a [from, to) range, but found from={low} > to={high}")
    if high - low > limits.max:
        raise RuntimeError(f"{name}() expects to-from <= {limits.max}, but found to={high} and from={low}")
    return _laid_out(array, draws.uniform(source(generator), array.size, array.dtype, low, high))


def normal(name, array, generator, mean=0.0, std=1.0):
    """Normal. RuntimeError if std is negative."""
    need_float(name, self=array)
    mean, std = float_of(name, "mean", mean), float_of(name, "std", std)
    if not std >= 0:
        raise RuntimeError(f"{name}(): normal expects std >= 0.0, but found std {std}")
    numbers = draws.normal(source(generator), array.size, array.dtype, mean, std, array.flags.c_contiguous)
    return _laid_out(array, numbers)


def integers(name, array, generator, low, high):
    """Integers in [low, high); high None: up to the largest that the dtype has, low None: from 0 to the largest.

    RuntimeError if there are none or an integer dtype lacks some of them; a warning if a floating point one does.
    """
    kind, most = array.dtype, largest(array.dtype)
    whole = low is None
    low = 0 if whole else index_of(name, "from", low)
    last = most if high is None else index_of(name, "to", high) - 1
    if low <= last and kind.kind == "f":
        low, last = _representable(kind, low, last, high is None)
    if low > last:
        raise RuntimeError(f"{name}(): expects 'from' to be less than 'to', but got from={low} >= to={last + 1}")
    for what, bound in (("from", low), ("to - 1", last)):
        if kind.kind != "f":
            if not (0 if kind.kind in "bu" else -most - 1) <= bound <= most:
                raise RuntimeError(f"{name}(): {what} is out of bounds for {as_dtype(kind)}: {bound}")
        elif abs(bound) > most:
            warnings.warn(
                f"{name}(): {what} is out of bounds [-{most}, {most}]; {as_dtype(kind)} lacks some integers beyond",
                stacklevel=5 if name == "random_" else 3,
            )
    span = last - low + 1
    wide = kind.itemsize == 8 if whole else span >= 2**28
    return _laid_out(array, draws.integers(source(generator), array.size, kind, low, span, wide))


def _representable(kind, low, last, open_end):
    """Bounds moved inwards to floating point numbers where rounding would carry them across themselves."""
    digits = np.finfo(kind).nmant + 1
    grain = lambda n: 2 ** max(abs(n).bit_length() - digits, 0)
    above, below = int(kind.type(low + 1)), int(kind.type(last))
    if above < low:
        low = above + grain(low + 1)
    if below > last and not open_end:
        last = below - grain(last) - 1
    return low, last


def largest(kind):
    """The largest n such that a NumPy type has all of 0, 1, ..., n."""
    return 2 ** (np.finfo(kind).nmant + 1) if kind.kind == "f" else 1 if kind.kind == "b" else int(np.iinfo(kind).max)


def bernoulli(name, array, generator, p):
    """Ones with probability p, and zeros. RuntimeError unless 0 <= p <= 1."""
    p = float_of(name, "p", p)
    if not 0 <= p <= 1:
        raise RuntimeError(f"{name}() expects p to be in [0, 1], but got p={p}")
    return _laid_out(array, draws.bernoulli(source(generator), array.size, array.dtype, p))


def bernoulli_each(name, array, generator, p):
    """Ones with the probabilities in p, an array that broadcasts. RuntimeError unless all are in [0, 1]."""
    need_float(name, p=p)
    if not ((p >= 0) & (p <= 1)).all():
        raise RuntimeError(f"{name}() expects all probabilities p to be in [0, 1], but got {p.min()} to {p.max()}")
    try:
        p = np.broadcast_to(p, array.shape).transpose(_memory_order(array))
    except ValueError:
        raise RuntimeError(f"{name}(): p of shape {p.shape} does not expand to the tensor's, {array.shape}") from None
    return _laid_out(array, draws.bernoulli_each(source(generator), array.dtype, p.ravel()))


def simple(array, generator, draw, *parameters):
    """Numbers of draw(generator, count, dtype, *parameters), where there is no more to it."""
    return _laid_out(array, draw(source(generator), array.size, array.dtype, *parameters))

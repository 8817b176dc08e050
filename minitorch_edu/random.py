"""Random tensors: torch's functions, with torch's numbers for the same seed.

A function takes its numbers from `generator=`, or from the default generator that `manual_seed` sets. The distributions
are in `draws`, where the numbers come from in `generator`.

In-place draws fill a tensor in the order of its memory, also if its axes were exchanged. What they leave is not made
of what was there, nor does it change smoothly with a mean or a probability: all gradients are zero.

Twin:  https://docs.pytorch.org/docs/stable/torch.html#random-sampling
"""

import numpy as np

from . import draws, random_fill
from .autograd import Tensor, op, record, settled, wrap
from .dtypes import as_device, as_dtype, float32, promote
from .generator import Generator, default_generator
from .ops.checks import need_float
from .ops.creation import as_size, order_like
from .ops.elementwise import flat

__all__ = ["Generator", "bernoulli", "default_generator", "get_rng_state", "initial_seed", "manual_seed", "multinomial",
           "normal", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "seed",
           "set_rng_state"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ default generator


def manual_seed(seed):
    """Begin the default generator's sequence of this seed, and return the generator.

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2)
    tensor([0.4963, 0.7682])
    """
    return default_generator.manual_seed(int(seed))


def seed():
    """Begin an unpredictable sequence in the default generator, and return its seed.

    >>> torch.seed() == torch.initial_seed()
    True
    """
    return default_generator.seed()


def initial_seed():
    """The seed that the default generator's sequence began with.

    >>> _ = torch.manual_seed(7)
    >>> torch.initial_seed()
    7
    """
    return default_generator.initial_seed()


def get_rng_state():
    """The default generator's state, a uint8 tensor.

    >>> state = torch.get_rng_state()
    >>> before = torch.rand(2)
    >>> torch.set_rng_state(state)
    >>> torch.equal(torch.rand(2), before)
    True
    """
    return default_generator.get_state()


def set_rng_state(new_state):
    """Put the default generator into a state of `get_rng_state`.

    >>> _ = torch.manual_seed(0)
    >>> state = torch.get_rng_state()
    >>> _ = torch.manual_seed(1)
    >>> torch.set_rng_state(state)
    >>> torch.rand(2)  # as after manual_seed(0)
    tensor([0.4963, 0.7682])
    """
    default_generator.set_state(new_state)


# ------------------------------------------------------------------------------------------------ new tensors


def rand(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform in [0, 1); rand(2, 3) or rand((2, 3)). NotImplementedError for integer dtypes.

    >>> _ = torch.manual_seed(0)
    >>> torch.rand(2, 2)
    tensor([[0.4963, 0.7682],
            [0.0885, 0.1320]])
    """
    array = _empty("rand", sizes if size is None else (size,), dtype or float32, device)
    return wrap(random_fill.uniform("rand", array, generator), requires_grad)


def randn(*sizes, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal; randn(2, 3) or randn((2, 3)). NotImplementedError for integer dtypes.

    >>> _ = torch.manual_seed(0)
    >>> torch.randn(3)
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    array = _empty("randn", sizes if size is None else (size,), dtype or float32, device)
    return wrap(random_fill.normal("randn", array, generator), requires_grad)


def randint(*args, low=0, high=None, size=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Integers low, low + 1, ..., high - 1, all equally likely: randint(high, size) or randint(low, high, size).

    >>> _ = torch.manual_seed(0)
    >>> torch.randint(10, (6,)), torch.randint(8, 10, (6,))
    (tensor([4, 9, 3, 0, 3, 9]), tensor([9, 9, 9, 9, 9, 8]))
    """
    *bounds, size = args if size is None and args else (*args, size)
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"randint(): expected size, a tuple of ints, after high or low and high, got {size!r}: randint(10, (2, 3))"
        )
    low, high = _bounds("randint", bounds, low, high)
    array = _empty("randint", (size,), dtype or int, device)
    return wrap(random_fill.integers("randint", array, generator, low, high), requires_grad)


def rand_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Uniform in [0, 1), in the size, layout and (unless named) dtype of input.

    >>> _ = torch.manual_seed(0)
    >>> torch.rand_like(torch.zeros(2))
    tensor([0.4963, 0.7682])
    """
    array = _empty_like("rand_like", input, dtype, device)
    return wrap(random_fill.uniform("rand_like", array, generator), requires_grad)


def randn_like(input, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Standard normal, in the size, layout and (unless named) dtype of input.

    >>> _ = torch.manual_seed(0)
    >>> torch.randn_like(torch.zeros(3))
    tensor([ 1.5410, -0.2934, -2.1788])
    """
    array = _empty_like("randn_like", input, dtype, device)
    return wrap(random_fill.normal("randn_like", array, generator), requires_grad)


def randint_like(input, *bounds, low=0, high=None, generator=None, dtype=None, device=None, requires_grad=False):
    """Integers below high, from low on, like input: randint_like(input, high) or randint_like(input, low, high).

    >>> _ = torch.manual_seed(0)
    >>> torch.randint_like(torch.zeros(6), 8, 10)
    tensor([8., 9., 9., 8., 9., 9.])
    """
    low, high = _bounds("randint_like", bounds, low, high)
    array = _empty_like("randint_like", input, dtype, device)
    return wrap(random_fill.integers("randint_like", array, generator, low, high), requires_grad)


def randperm(n, *, generator=None, dtype=None, device=None, requires_grad=False):
    """0 .. n - 1 in random order. RuntimeError if n - 1 does not fit into the dtype (int64 unless named).

    >>> _ = torch.manual_seed(0)
    >>> torch.randperm(5)
    tensor([4, 0, 1, 3, 2])
    """
    n, kind = random_fill.index_of("randperm", "n", n), as_dtype(dtype or int).numpy
    as_device(device)
    if n < 0:
        raise RuntimeError(f"randperm(): Trying to create tensor with negative dimension {n}: [{n}]")
    if kind.kind == "b":
        raise NotImplementedError("randperm(): not implemented for torch.bool; expected an integer dtype")
    if n - 1 > random_fill.largest(kind):
        raise RuntimeError(f"randperm(): value {n - 1} cannot be converted to type {kind} without overflow")
    return wrap(np.array(draws.permutation(random_fill.source(generator), n), kind), requires_grad)


def normal(mean, std=1.0, size=None, *, generator=None, dtype=None, device=None, requires_grad=False):
    """Normal numbers of given means and standard deviations: tensors that broadcast, or numbers and a size.

    RuntimeError if a std is negative; TypeError for two numbers without a size, or a size beside tensors.

    >>> _ = torch.manual_seed(0)
    >>> torch.normal(torch.tensor([0., 100.]), torch.tensor([1., 0.]))
    tensor([  1.5410, 100.0000])
    """
    tensors = isinstance(mean, Tensor), isinstance(std, Tensor)
    if any(tensors):
        if size is not None or dtype is not None or device is not None or requires_grad:
            raise TypeError("normal(): size, dtype, device and requires_grad go with a mean and a std that are numbers")
        form = {(True, False): 1, (False, True): 2, (True, True): 3}[tensors]
        return op(_normal_of, name=f"NormalBackward{form}")(mean, std, generator)
    if size is None:
        raise TypeError("normal(): mean and std are numbers; expected a size too: normal(0.0, 1.0, (2, 3))")
    array = _empty("normal", (size,), dtype or float32, device)
    return wrap(random_fill.normal("normal", array, generator, mean, std), requires_grad)


def _normal_of(mean, std, generator):
    kind = mean.dtype if isinstance(mean, np.ndarray) else std.dtype
    each = isinstance(std, np.ndarray)
    if each and (std < 0).any():
        raise RuntimeError(f"normal(): expects all elements of std >= 0.0, but found std {std.min()}")
    try:
        shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    except ValueError:
        raise RuntimeError(
            f"normal(): mean of shape {np.shape(mean)} and std of shape {np.shape(std)} do not broadcast"
        ) from None
    x = random_fill.normal("normal", np.empty(shape, kind), generator, 0.0, 1.0 if each else std)
    if each:
        x = np.multiply(*promote(x, std)).astype(kind, copy=False)
    x = np.add(*promote(x, mean)).astype(kind, copy=False)
    return x, {"mean": flat, "std": flat}


def bernoulli(input, p=None, *, generator=None):
    """Zeros and ones: ones with the probabilities in input, or with probability p in a tensor like input.

    >>> _ = torch.manual_seed(0)
    >>> torch.bernoulli(torch.tensor([0., 0.5, 0.5, 1.]))
    tensor([0., 0., 1., 1.])
    """
    if p is None:
        return _bernoulli_of(input, generator)
    array = np.empty_like(_array("bernoulli", input), order="C")
    return wrap(random_fill.bernoulli("bernoulli", array, generator, p))


@op(name="BernoulliBackward0")
def _bernoulli_of(input, generator):
    array = np.empty_like(input, order="C")
    return random_fill.bernoulli_each("bernoulli", array, generator, input), {"input": flat}


def multinomial(input, num_samples, replacement=False, *, generator=None):
    """Draw categories of the weights in input: (C,) or (N, C) -> indices, int64 (num_samples,) or (N, num_samples).

    Without replacement: where weight / exponential number is largest (Efraimidis & Spirakis 2006,
    https://doi.org/10.1016/j.ipl.2005.11.003); with it: where uniform numbers fall in the cumulative weights.
    RuntimeError if weights are negative, infinite, all zero, or fewer than the samples wanted without replacement.

    >>> _ = torch.manual_seed(0)
    >>> torch.multinomial(torch.tensor([3., 0., 1.]), 8, replacement=True)
    tensor([2, 0, 0, 2, 0, 2, 0, 0])
    """
    weights, source = _array("multinomial", input), random_fill.source(generator)
    num_samples = random_fill.index_of("multinomial", "num_samples", num_samples)
    need_float("multinomial", input=weights)
    if weights.ndim not in (1, 2):
        raise RuntimeError(f"multinomial(): prob_dist must be 1 or 2 dim, got a tensor of {list(weights.shape)}")
    categories = weights.shape[-1]
    if num_samples <= 0:
        raise RuntimeError(f"multinomial(): cannot sample n_sample <= 0 samples, got {num_samples}")
    if not replacement and num_samples > categories:
        raise RuntimeError(
            f"multinomial(): cannot sample n_sample > prob_dist.size(-1) samples without replacement: {num_samples} "
            f"of {categories}; use replacement=True"
        )
    if not ((weights >= 0) & (weights < np.inf)).all():
        raise RuntimeError("multinomial(): probability tensor contains either `inf`, `nan` or element < 0")
    if (weights.sum(axis=-1) <= 0).any():
        raise RuntimeError("multinomial(): invalid multinomial distribution (sum of probabilities <= 0)")
    if not replacement or num_samples == 1:
        waits = random_fill.simple(weights, source, draws.exponential, 1.0)
        with np.errstate(all="ignore"):
            order = np.argsort(-(weights / waits), axis=-1, kind="stable")
        return wrap(order[..., :num_samples].astype(np.int64))
    rows = weights.reshape(-1, categories)  # (N, C)
    u = source.u53(len(rows) * num_samples).reshape(-1, num_samples)  # (N, num_samples)
    cumulative = np.cumsum(rows, axis=-1)  # (N, C)
    drawn = [np.searchsorted(row / row[-1], one) for row, one in zip(cumulative, u)]
    return wrap(np.array(drawn, np.int64).reshape(*weights.shape[:-1], num_samples))


# ------------------------------------------------------------------------------------------------ in place


def uniform_(self, from_=0.0, /, to=1.0, *, generator=None):
    """Uniform in [from, to)."""
    fill = lambda array: random_fill.uniform("uniform_", array, generator, from_, to)
    return _redraw(self, "UniformBackward0", fill)


def normal_(self, mean=0.0, std=1.0, *, generator=None):
    """Normal with that mean and standard deviation."""
    fill = lambda array: random_fill.normal("normal_", array, generator, mean, std)
    return _redraw(self, "NormalBackward0", fill)


def random_(self, *bounds, to=None, generator=None):
    """Integers: random_(to) in [0, to); random_(from, to) in [from, to); random_(from, None) up to the dtype's largest.

    random_(): any from 0 to the dtype's largest; for floating point types to 2**24 (float32) or 2**53 (float64).
    """
    bounds = bounds if to is None else (*bounds, to)
    if len(bounds) > 2:
        raise TypeError(f"random_(): expected at most two bounds, from and to, got {bounds}")
    low, high = ((None, None), (0, *bounds), bounds)[len(bounds)]
    fill = lambda array: random_fill.integers("random_", array, generator, low, high)
    return _redraw(self, f"RandomBackward{2 - len(bounds)}", fill)


def bernoulli_(self, p=0.5, *, generator=None):
    """Ones with probability p, a number or a tensor that broadcasts to this one, and zeros."""
    if isinstance(p, Tensor):
        fill = lambda array: random_fill.bernoulli_each("bernoulli_", array, generator, p.array)
        return _redraw(self, "BernoulliBackward1", fill, p)
    return _redraw(self, "BernoulliBackward2", lambda array: random_fill.bernoulli("bernoulli_", array, generator, p))


def exponential_(self, lambd=1.0, *, generator=None):
    """Exponential with mean 1 / lambd."""
    need_float("exponential_", self=self.array)
    lambd = _parameter("exponential_", "lambda", lambd, 0)
    return _redraw(
        self, "ExponentialBackward0", lambda array: random_fill.simple(array, generator, draws.exponential, lambd)
    )


def geometric_(self, p, *, generator=None):
    """The number of trials up to the first success of probability p."""
    p = random_fill.float_of("geometric_", "p", p)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_() expects p to be in (0, 1), but got p={p}")
    if self.array.dtype.kind == "b":
        raise NotImplementedError("geometric_(): not implemented for torch.bool")
    return _redraw(self, "GeometricBackward0", lambda array: random_fill.simple(array, generator, draws.geometric, p))


def cauchy_(self, median=0.0, sigma=1.0, *, generator=None):
    """Cauchy around median: half of the numbers within median +- sigma."""
    need_float("cauchy_", self=self.array)
    median, sigma = random_fill.float_of("cauchy_", "median", median), _parameter("cauchy_", "sigma", sigma, 0)
    fill = lambda array: random_fill.simple(array, generator, draws.cauchy, median, sigma)
    return _redraw(self, "CauchyBackward0", fill)


def log_normal_(self, mean=1.0, std=2.0, *, generator=None):
    """exp of normal numbers with that mean and standard deviation."""
    need_float("log_normal_", self=self.array)
    mean, std = random_fill.float_of("log_normal_", "mean", mean), _parameter("log_normal_", "std", std, 0)
    fill = lambda array: random_fill.simple(array, generator, draws.log_normal, mean, std)
    return _redraw(self, "LogNormalBackward0", fill)


def _redraw(self, form, fill, *others):
    """Leave fill(array), an array like self's, in self; its history is replaced too."""
    self._check_writable()  # before anything is drawn
    result = wrap(fill(settled(self)))
    result._node = record(form, result.array, [self, *others], [flat] * (1 + len(others)))
    self._write(None, result)
    return self


# ------------------------------------------------------------------------------------------------ arguments


def _bounds(name, bounds, low, high):
    """(low, high) of `high` or `low, high` given by position, or by name."""
    *lows, high = bounds if high is None and bounds else (*bounds, high)
    if len(lows) > 1 or high is None:
        raise TypeError(f"{name}(): expected high, or low and high, got {bounds}")
    return (*lows, low)[0], high


def _parameter(name, parameter, value, least):
    value = random_fill.float_of(name, parameter, value)
    if not value > least:
        raise RuntimeError(f"{name}() expects {parameter} > {least:.1f}, but found {parameter}={value}")
    return value


def _array(name, input):
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return settled(input)


def _empty(name, size, dtype, device):
    as_device(device)
    return np.empty(as_size(name, size), as_dtype(dtype).numpy)


def _empty_like(name, input, dtype, device):
    as_device(device)
    array = _array(name, input)
    return np.empty_like(array, None if dtype is None else as_dtype(dtype).numpy, order_like(array))

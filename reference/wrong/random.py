"""Wrong versions of the functions that draw. They draw as many numbers as it takes, from the default generator."""

import minitorch_edu as mt

from . import wrong


def below(n):
    """A whole number, 0 <= number < n."""
    return mt.randint(n, (1,)).item()


@wrong("randperm", source="https://github.com/odin-lang/Odin/pull/3437")
def swaps_with_any(n):
    """Each place is swapped with any place, which makes some orders likelier than others: only with later ones."""
    order = list(range(n))
    for i in range(n - 1):
        j = below(n)
        order[i], order[j] = order[j], order[i]
    return mt.tensor(order, dtype=mt.int64)


@wrong("randperm", source="https://github.com/dtao/lazy.js/pull/142")
def never_stays(n):
    """Each place is swapped with a later one, so that no number stays where it is: it may be swapped with itself."""
    order = list(range(n))
    for i in range(n - 1):
        j = i + 1 + below(n - i - 1)
        order[i], order[j] = order[j], order[i]
    return mt.tensor(order, dtype=mt.int64)


@wrong("randperm", source="https://github.com/Marak/faker.js/pull/614")
def last_stays(n):
    """The last number stays last: the range to draw from ends one too early."""
    order = list(range(n))
    for i in range(n - 1):
        j = i + below(n - i - 1)
        order[i], order[j] = order[j], order[i]
    return mt.tensor(order, dtype=mt.int64)


@wrong("randint", source="https://github.com/nv-legate/cupynumeric/issues/965")
def upper_end_included(low, high, size, dtype=mt.int64):
    """high is drawn too: it is the first number that is not."""
    return mt.randint(low, high + 1, size, dtype=dtype)


@wrong("bernoulli", source="https://github.com/PaddlePaddle/Paddle/pull/73271")
def probability_of_0(input):
    """p is the probability of 0: it is that of 1."""
    return 1 - mt.bernoulli(input)


@wrong("normal", source="https://github.com/elixir-nx/nx/pull/808")
def variance_for_deviation(mean, std, size):
    """std is taken for the variance: it is its square root."""
    return mt.normal(mean, std**0.5, size)


@wrong("normal", source="https://github.com/microsoft/onnxscript/pull/1096")
def mean_and_deviation_swapped(mean, std, size):
    """The mean and the standard deviation are taken for one another."""
    return mt.normal(std, abs(mean), size)


@wrong("multinomial", source="https://github.com/pytorch/pytorch/issues/25030")
def always_replaces(input, num_samples, replacement=False):
    """A number can be drawn twice: without replacement it cannot."""
    return mt.multinomial(input, num_samples, replacement=True)


@wrong("Tensor.uniform_", source="https://github.com/skaae/rbm_toolbox_lua/issues/8")
def low_end_scaled(input, low=0.0, high=1.0):
    """u (low + high - low): the low end is added to u (high - low)."""
    with mt.no_grad():
        return input.uniform_().mul_(low + (high - low))


@wrong("Tensor.uniform_", source="https://github.com/TeamCOMPAS/COMPAS/issues/201")
def low_end_added_first(input, low=0.0, high=1.0):
    """(u + low) (high - low): the low end is added afterwards."""
    with mt.no_grad():
        return input.uniform_().add_(low).mul_(high - low)

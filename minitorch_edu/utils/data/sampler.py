"""Samplers: the order in which a DataLoader asks for samples.

Each is an iterable of indices. What it draws is torch's, and when: an order is drawn as its first index is asked for.

Twin:  torch.utils.data (Sampler and its subclasses)
"""

import itertools

import numpy as np

from ...autograd import bare, wrap
from ...random import Generator, multinomial, randint, randperm

__all__ = ["BatchSampler", "RandomSampler", "Sampler", "SequentialSampler", "SubsetRandomSampler",
           "WeightedRandomSampler"]  # fmt: skip


def random_seed(generator=None):
    """Draw an int64 seed, uniform in [0, 2**63), from a generator (the default one if None)."""
    return wrap(np.empty((), np.int64)).random_(generator=generator).item()


def _is_positive_integer(number):
    return isinstance(number, int) and not isinstance(number, bool) and number > 0


class Sampler:
    """An iterable of indices: a subclass defines `__iter__`, and `__len__` where it knows its length.

    >>> class Backwards(data.Sampler):
    ...     def __init__(self, n):
    ...         self.n = n
    ...     def __iter__(self):
    ...         return iter(range(self.n - 1, -1, -1))
    >>> list(data.DataLoader(range(4), batch_size=2, sampler=Backwards(4)))
    [tensor([3, 2]), tensor([1, 0])]
    """

    def __iter__(self):
        raise NotImplementedError("Subclasses of Sampler should implement __iter__.")

    def __class_getitem__(cls, index):  # Sampler[int] names a type in annotations
        return cls


class SequentialSampler(Sampler):
    """0, 1, 2, ... len(data_source) - 1.

    >>> list(data.SequentialSampler(["a", "b", "c"]))
    [0, 1, 2]
    """

    def __init__(self, data_source):
        self.data_source = data_source

    def __iter__(self):
        return iter(range(len(self.data_source)))

    def __len__(self):
        return len(self.data_source)


class RandomSampler(Sampler):
    """num_samples indices below n = len(data_source) in random order; by default all of them.

    Without replacement: as many whole permutations of 0..n-1 as fit, then the beginning of one more (which is drawn
    even if none of it is used). With replacement: independent draws, 32 at a time.

    generator: what is drawn from. None: a fresh one for each epoch, seeded by one draw from the default generator.
    TypeError, ValueError: replacement is not a bool; num_samples (or n) is not a positive integer.

    >>> _ = torch.manual_seed(0)
    >>> list(data.RandomSampler(range(5)))
    [1, 3, 4, 2, 0]
    >>> list(data.RandomSampler(range(5), replacement=True, num_samples=3))
    [1, 3, 2]
    """

    def __init__(self, data_source, replacement=False, num_samples=None, generator=None):
        self.data_source, self.replacement, self.generator = data_source, replacement, generator
        self._num_samples = num_samples
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        if not isinstance(self.num_samples, int) or self.num_samples <= 0:
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={self.num_samples}")

    @property
    def num_samples(self):
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self):
        n = len(self.data_source)
        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(random_seed())
        if self.replacement:
            blocks, rest = divmod(self.num_samples, 32)
            for size in itertools.chain(itertools.repeat(32, blocks), [rest]):
                yield from randint(n, (size,), generator=generator).tolist()
        else:
            permutations, rest = divmod(self.num_samples, n)
            for size in itertools.chain(itertools.repeat(n, permutations), [rest]):
                yield from randperm(n, generator=generator).tolist()[:size]

    def __len__(self):
        return self.num_samples


class SubsetRandomSampler(Sampler):
    """The given indices, each once, in random order.

    >>> _ = torch.manual_seed(0)
    >>> list(data.SubsetRandomSampler([10, 20, 30]))
    [30, 10, 20]
    """

    def __init__(self, indices, generator=None):
        self.indices, self.generator = indices, generator

    def __iter__(self):
        for i in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self):
        return len(self.indices)


class WeightedRandomSampler(Sampler):
    """num_samples indices below len(weights), index i with probability weights[i] / sum(weights).

    ValueError: num_samples is not a positive integer, replacement is not a bool, weights has other than one axis.

    >>> _ = torch.manual_seed(0)
    >>> list(data.WeightedRandomSampler([0.0, 1.0, 3.0], num_samples=8))
    [2, 2, 2, 2, 2, 2, 1, 2]
    """

    def __init__(self, weights, num_samples, replacement=True, generator=None):
        if not _is_positive_integer(num_samples):
            raise ValueError(f"num_samples should be a positive integer value, but got num_samples={num_samples}")
        if not isinstance(replacement, bool):
            raise ValueError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.weights = wrap(np.asarray(bare(weights), np.float64))
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self):
        drawn = multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator)
        yield from drawn.tolist()

    def __len__(self):
        return self.num_samples


class BatchSampler(Sampler):
    """The indices of another sampler in lists of batch_size; the last may be shorter, and is left out if drop_last.

    >>> list(data.BatchSampler(data.SequentialSampler(range(5)), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler, batch_size, drop_last):
        if not _is_positive_integer(batch_size):
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last should be a boolean value, but got drop_last={drop_last}")
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self):
        indices = iter(self.sampler)
        smallest = self.batch_size if self.drop_last else 1
        while len(batch := list(itertools.islice(indices, self.batch_size))) >= smallest:
            yield batch

    def __len__(self):
        batches, rest = divmod(len(self.sampler), self.batch_size)
        return batches + (rest > 0 and not self.drop_last)

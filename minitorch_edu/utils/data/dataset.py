"""Datasets: things with samples in them, found by index or read in order, and ways to combine them.

Twin:  torch.utils.data (Dataset and its subclasses, random_split, get_worker_info)
"""

import bisect
import itertools
import math
import warnings

from ...random import randperm

__all__ = ["ChainDataset", "ConcatDataset", "Dataset", "IterableDataset", "Subset", "TensorDataset", "WorkerInfo",
           "get_worker_info", "random_split"]  # fmt: skip


class Dataset:
    """Samples that are found by an index: a subclass defines `__getitem__`, and `__len__` where it knows its length.

    It may also define `__getitems__(indices)`, which returns a list of samples: a DataLoader then asks once a batch.

    >>> class Squares(data.Dataset):
    ...     def __getitem__(self, index):
    ...         return index * index
    ...     def __len__(self):
    ...         return 5
    >>> list(data.DataLoader(Squares(), batch_size=3))
    [tensor([0, 1, 4]), tensor([ 9, 16])]
    """

    def __getitem__(self, index):
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")

    def __add__(self, other):
        return ConcatDataset([self, other])

    def __class_getitem__(cls, sample):  # Dataset[int] names a type in annotations
        return cls


class IterableDataset(Dataset):
    """Samples that come in an order of their own: a subclass defines `__iter__`.

    Every worker of a DataLoader runs its own copy: `get_worker_info` says which part of the samples is its share.

    >>> class Countdown(data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter([3, 2, 1])
    >>> list(data.DataLoader(Countdown(), batch_size=2))
    [tensor([3, 2]), tensor([1])]
    """

    def __iter__(self):
        raise NotImplementedError("Subclasses of IterableDataset should implement __iter__.")

    def __add__(self, other):
        return ChainDataset([self, other])


class WorkerInfo:
    """What a worker process knows of itself: its number id < num_workers, its seed, its own copy of the dataset."""

    current = None  # set in a worker process

    def __init__(self, id, num_workers, seed, dataset):
        self.id, self.num_workers, self.seed, self.dataset = id, num_workers, seed, dataset

    def __repr__(self):
        return f"WorkerInfo(id={self.id}, num_workers={self.num_workers}, seed={self.seed}, dataset={self.dataset})"


def get_worker_info():
    """The WorkerInfo of the worker process that asks; None in any other process.

    >>> print(data.get_worker_info())  # here is no worker
    None
    """
    return WorkerInfo.current


class TensorDataset(Dataset):
    """Sample i is the tuple of the i-th entries of the tensors; AssertionError if their first axes differ in length.

    >>> pairs = data.TensorDataset(torch.tensor([[1, 2], [3, 4]]), torch.tensor([0, 1]))
    >>> pairs[1], len(pairs)
    ((tensor([3, 4]), tensor(1)), 2)
    """

    def __init__(self, *tensors):
        if any(tensor.shape[0] != tensors[0].shape[0] for tensor in tensors):
            raise AssertionError(f"Size mismatch between tensors: shapes {[tuple(tensor.shape) for tensor in tensors]}")
        self.tensors = tensors

    def __getitem__(self, index):
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self):
        return self.tensors[0].shape[0]


class Subset(Dataset):
    """The samples of a dataset at the given indices, in their order.

    A subclass with another `__getitem__` also needs its own `__getitems__`, which DataLoader prefers.

    >>> list(data.Subset(["a", "b", "c", "d"], [2, 0]))
    ['c', 'a']
    """

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, indices
        kind = type(self)
        if kind.__getitem__ is not Subset.__getitem__ and kind.__getitems__ is Subset.__getitems__:
            raise NotImplementedError(
                f"{kind.__name__} overrides __getitem__ but not __getitems__, which is what DataLoader calls. Add:\n\n"
                "def __getitems__(self, indices):\n    return [self.__getitem__(idx) for idx in indices]"
            )

    def __getitem__(self, index):
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices):
        indices = [self.indices[i] for i in indices]
        batch_of = getattr(self.dataset, "__getitems__", None)
        return batch_of(indices) if callable(batch_of) else [self.dataset[i] for i in indices]

    def __len__(self):
        return len(self.indices)


class ConcatDataset(Dataset):
    """Datasets one after another, as one. cumulative_sizes[k] is the number of samples in the first k + 1 of them.

    >>> both = data.ConcatDataset(["ab", "cde"])
    >>> both[2], len(both), both.cumulative_sizes
    ('c', 5, [2, 5])
    """

    def __init__(self, datasets):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset")
        self.cumulative_sizes = list(itertools.accumulate(map(len, self.datasets)))

    def __getitem__(self, index):
        if index < 0:
            if -index > len(self):
                raise ValueError("absolute value of index should not exceed dataset length")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - before]

    def __len__(self):
        return self.cumulative_sizes[-1]


class ChainDataset(IterableDataset):
    """IterableDatasets one after another, as one.

    >>> class Upto(data.IterableDataset):
    ...     def __init__(self, n):
    ...         self.n = n
    ...     def __iter__(self):
    ...         return iter(range(self.n))
    >>> list(data.ChainDataset([Upto(2), Upto(3)]))
    [0, 1, 0, 1, 2]
    """

    def __init__(self, datasets):
        self.datasets = datasets

    def _checked(self):
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError("ChainDataset only supports IterableDataset")
            yield dataset

    def __iter__(self):
        return itertools.chain.from_iterable(self._checked())

    def __len__(self):
        return sum(map(len, self._checked()))


def random_split(dataset, lengths, generator=None):
    """Cut a dataset at random into Subsets of the given lengths (or fractions, if they sum to 1).

    One randperm(len(dataset)) is drawn and cut into pieces. Fractions are rounded down, and the samples that remain go
    one each to the first pieces. ValueError if the lengths do not sum to len(dataset).

    >>> _ = torch.manual_seed(0)
    >>> train, test = data.random_split(range(5), [0.6, 0.4])
    >>> list(train), list(test)
    ([4, 0, 1], [3, 2])
    """
    total = sum(lengths)
    if math.isclose(total, 1) and total <= 1:
        for i, fraction in enumerate(lengths):
            if not 0 <= fraction <= 1:
                raise ValueError(f"Fraction at index {i} is not between 0 and 1")
        lengths = [math.floor(len(dataset) * fraction) for fraction in lengths]
        for i in range(len(dataset) - sum(lengths)):
            lengths[i % len(lengths)] += 1
        for i, length in enumerate(lengths):
            if length == 0:
                warnings.warn(
                    f"Length of split at index {i} is 0. This might result in an empty dataset.", stacklevel=2
                )
    if sum(lengths) != len(dataset):
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset! "
            f"({' + '.join(map(str, lengths))} is not {len(dataset)})"
        )
    order = randperm(len(dataset), generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [Subset(dataset, order[end - length : end]) for end, length in zip(ends, lengths)]

"""DataLoader: batches of a dataset, in order or shuffled, loaded here or by worker processes.

    sampler -> indices of a batch -> samples -> collate_fn -> batch

What an epoch draws from the generator is torch's: a base seed at `iter(loader)`; with shuffle a second seed, and from
it the order, when the first index is asked for.

Twin:  torch.utils.data.DataLoader
"""

import itertools
import os
import warnings

from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .sampler import BatchSampler, RandomSampler, SequentialSampler, random_seed

__all__ = ["DataLoader"]


class DataLoader:
    """An iterable of batches; every `iter(loader)` is one epoch.

    dataset: anything with `__getitem__` and `__len__`, or an IterableDataset.
    batch_size, shuffle, drop_last: samples to a batch (None: no batches, single samples), in random order, without the
        last batch if it is shorter. sampler: another order, an iterable of indices. batch_sampler: an iterable of
        lists of indices, in place of all four.
    collate_fn: makes a batch of a list of samples (default_collate), or of one if batch_size=None (default_convert).
    num_workers: processes that load batches; 0 loads in this one. The batches and their order are the same.
    prefetch_factor: batches that each worker loads in advance (2). timeout: seconds to wait for one, 0 without limit.
    worker_init_fn: called in each worker with its number, after seeding. multiprocessing_context: a start method or a
        context of `multiprocessing`. persistent_workers: keep the processes for the next epoch. in_order: False gives
        batches as they become ready.
    generator: drawn from for the seeds of the workers and the order (None: the default generator).
    pin_memory, pin_memory_device: without effect, as in torch without an accelerator; a warning says so.
    ValueError, TypeError: an option is out of its range, or contradicts another.

    >>> _ = torch.manual_seed(0)
    >>> pictures, labels = torch.rand(5, 3, 2, 2), torch.arange(5)
    >>> for x, y in data.DataLoader(data.TensorDataset(pictures, labels), batch_size=2, shuffle=True):
    ...     print(tuple(x.shape), y)
    (2, 3, 2, 2) tensor([4, 2])
    (2, 3, 2, 2) tensor([3, 1])
    (1, 3, 2, 2) tensor([0])
    """

    _initialized = False
    _fixed = ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers")

    def __init__(
        self,
        dataset,
        batch_size=1,
        shuffle=None,
        sampler=None,
        batch_sampler=None,
        num_workers=0,
        collate_fn=None,
        pin_memory=False,
        drop_last=False,
        timeout=0,
        worker_init_fn=None,
        multiprocessing_context=None,
        generator=None,
        *,
        prefetch_factor=None,
        persistent_workers=False,
        pin_memory_device="",
        in_order=True,
    ):
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self.dataset, self.generator = dataset, generator
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.prefetch_factor = 2 if num_workers > 0 and prefetch_factor is None else prefetch_factor
        self.persistent_workers, self.in_order = persistent_workers, in_order
        self.multiprocessing_context = multiprocessing_context
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        _check_order(isinstance(dataset, IterableDataset), batch_size, shuffle, sampler, batch_sampler, drop_last)

        if sampler is None:
            if isinstance(dataset, IterableDataset):
                sampler = itertools.repeat(None)  # without end: the dataset knows when there are no more
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)
            else:
                sampler = SequentialSampler(dataset)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.sampler, self.batch_sampler = sampler, batch_sampler
        self.batch_size, self.drop_last = batch_size, drop_last
        self.collate_fn = collate_fn or (default_convert if batch_sampler is None else default_collate)
        self._iterator = self._promised = None
        self._initialized = True
        self._warn_of_too_many_workers()

    def __iter__(self):
        if not self.num_workers:
            return _SerialIterator(self)
        from .worker import WorkerIterator  # imports multiprocessing

        if self._iterator is None:
            self._warn_of_too_many_workers()
            iterator = WorkerIterator(self)
            if not self.persistent_workers:
                return iterator
            self._iterator = iterator
        else:
            self._iterator.start_epoch(self)
        return self._iterator

    def __len__(self):
        """The number of batches of an epoch; TypeError if the sampler or the IterableDataset has no length.

        >>> [len(data.DataLoader(range(5), batch_size=2, drop_last=drop_last)) for drop_last in (False, True)]
        [3, 2]
        """
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        self._promised = len(self.dataset)
        if self.batch_size is None:
            return self._promised
        batches, rest = divmod(self._promised, self.batch_size)
        return batches + (rest > 0 and not self.drop_last)

    @property
    def _index_sampler(self):
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    @property
    def multiprocessing_context(self):
        return self._multiprocessing_context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context):
        if context is not None:
            context = _checked_context(context, self.num_workers)
        self._multiprocessing_context = context

    def __setattr__(self, name, value):
        if self._initialized and name in self._fixed:
            raise ValueError(f"{name} attribute should not be set after {type(self).__name__} is initialized")
        super().__setattr__(name, value)

    def __class_getitem__(cls, sample):  # DataLoader[int] names a type in annotations
        return cls

    def _warn_of_too_many_workers(self):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        if self.num_workers > (cores or 1):
            warnings.warn(
                f"This DataLoader will create {self.num_workers} worker processes in total. Our suggested max "
                f"number of worker in current system is {cores}, which is smaller than what this DataLoader is "
                "going to create. "
                "Please be aware that excessive worker creation might get DataLoader running slow or even freeze, "
                "lower the worker number to avoid potential slowness/freeze if necessary.",
                stacklevel=3,
            )


class Epoch:
    """The iterator over one epoch, with all that the two ways of loading have in common."""

    def __init__(self, loader):
        self.loading = (loader.dataset, loader.batch_sampler is not None, loader.collate_fn, loader.drop_last)
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, "
                "then device pinned memory won't be used.",
                stacklevel=3,
            )
        self.index_sampler = loader._index_sampler
        self.restart(loader)
        self.base_seed = random_seed(loader.generator)

    def restart(self, loader):
        self.indices = iter(self.index_sampler)
        self.promised, self.given = loader._promised, 0

    def __iter__(self):
        return self

    def __len__(self):
        return len(self.index_sampler)

    def __next__(self):
        batch = self.next_batch()
        self.given += 1
        if self.promised is not None and self.given > self.promised:
            advice = "; with workers, __iter__ of each replica must give only its share" if self.workers else ""
            warnings.warn(
                f"Length of IterableDataset {self.loading[0]} was reported to be {self.promised} (when accessing "
                f"len(dataloader)), but {self.given} samples have been fetched{advice}.",
                stacklevel=2,
            )
        return batch


class _SerialIterator(Epoch):
    """Loads each batch when it is asked for."""

    workers = 0

    def __init__(self, loader):
        if loader.timeout != 0:
            raise AssertionError(
                "_SingleProcessDataLoaderIter requires timeout == 0: with num_workers=0 there is nobody to wait for, "
                f"but got timeout={loader.timeout}"
            )
        super().__init__(loader)
        self.load = load_function(*self.loading)

    def next_batch(self):
        return self.load(next(self.indices))


def load_function(dataset, batched, collate_fn, drop_last):
    """The function from a batch's indices (or, if not batched, from one index) to the batch."""
    if isinstance(dataset, IterableDataset):
        stream = iter(dataset)

        def load(index):
            if not batched:
                return collate_fn(next(stream))
            samples = list(itertools.islice(stream, len(index)))
            if len(samples) < (len(index) if drop_last else 1):
                raise StopIteration
            return collate_fn(samples)

    else:
        samples_of = getattr(dataset, "__getitems__", None)

        def load(index):
            if not batched:
                return collate_fn(dataset[index])
            return collate_fn(samples_of(index) if samples_of else [dataset[i] for i in index])

    return load


def _check_workers(num_workers, timeout, prefetch_factor, persistent_workers):
    if num_workers < 0:
        raise ValueError("num_workers option should be non-negative; use num_workers=0 to disable multiprocessing.")
    if timeout < 0:
        raise ValueError("timeout option should be non-negative")
    if num_workers == 0 and prefetch_factor is not None:
        raise ValueError(
            "prefetch_factor option could only be specified in multiprocessing."
            "let num_workers > 0 to enable multiprocessing, otherwise set prefetch_factor to None."
        )
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError("prefetch_factor option should be non-negative")
    if prefetch_factor == 0:
        raise ValueError("prefetch_factor=0 would never ask for a batch; leave it out for the default of 2")
    if persistent_workers and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_order(iterable, batch_size, shuffle, sampler, batch_sampler, drop_last):
    if iterable:
        for name, option in (("shuffle", shuffle or None), ("sampler", sampler), ("batch_sampler", batch_sampler)):
            if option is not None:
                raise ValueError(
                    f"DataLoader with IterableDataset: expected unspecified {name} option, but got {name}={option}"
                )
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError("batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last")
    if batch_sampler is None and batch_size is None and drop_last:
        raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")


def _checked_context(context, num_workers):
    if num_workers == 0:
        raise ValueError(
            "multiprocessing_context can only be used with multi-process loading (num_workers > 0), "
            f"but got num_workers={num_workers}"
        )
    import multiprocessing

    if isinstance(context, str):
        methods = multiprocessing.get_all_start_methods()
        if context not in methods:
            raise ValueError(
                f"multiprocessing_context option should specify a valid start method in {methods!r}, "
                f"but got multiprocessing_context={context!r}"
            )
        context = multiprocessing.get_context(context)
    if not isinstance(context, multiprocessing.context.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the start method, "
            f"but got multiprocessing_context={context}"
        )
    return context

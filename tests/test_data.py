"""utils.data beside torch.utils.data: the same orders, draws, batches and errors from the same seed."""

import collections
import io
import multiprocessing
import os
import pickle
import random
import signal
import subprocess
import sys
import time
import warnings

import numpy as np
import pytest
import torch
import torch.utils.data as torch_data
from hypothesis import given
from hypothesis import strategies as st
from tqdm import tqdm

import minitorch_edu as mt
from minitorch_edu.utils import data as mt_data
from minitorch_edu.utils.data import worker as mt_worker

BOTH = ((mt, mt_data), (torch, torch_data))


def plain(batch):
    """A batch without its library: tensors as (type, shape, numbers), the rest as it is."""
    if hasattr(batch, "detach"):
        array = batch.detach().numpy()
        return "tensor", str(array.dtype), array.shape, array.tolist()
    if isinstance(batch, collections.abc.Mapping):
        return type(batch).__name__, {key: plain(value) for key, value in batch.items()}
    if isinstance(batch, (list, tuple)):
        return type(batch).__name__, [plain(item) for item in batch]
    return batch


def both(function):
    """function(library, its utils.data) for both, as plain values; an exception counts as (its type, its text)."""
    outcomes = []
    for library, data in BOTH:
        library.manual_seed(3)
        try:
            outcomes.append(plain(function(library, data)))
        except Exception as error:
            outcomes.append(error)
    return outcomes


def state(library, generator=None):
    """What the generator (or the default one) will draw next."""
    return (library.get_rng_state() if generator is None else generator.get_state()).numpy().tobytes()


# ------------------------------------------------------------------------------------------------ orders and draws

seeds = st.integers(0, 2**64 - 1)


def test_two_epochs_from_an_own_generator():
    generator = mt.Generator().manual_seed(0)
    loader = mt_data.DataLoader(range(10), 10, shuffle=True, generator=generator)
    assert [next(iter(epoch)).tolist() for epoch in (list(loader), list(loader))] == [
        [3, 7, 5, 2, 0, 8, 1, 6, 9, 4],
        [1, 3, 2, 7, 5, 9, 0, 6, 4, 8],  # after the second permutation of the first epoch, of which nothing is used
    ]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=5), st.integers(1, 60), seeds)
def test_random_split(parts, n, seed):
    total = sum(parts)
    fractions = [p / total for p in parts] if total else []
    by_length, by_fraction = [], []
    for library, utils in BOTH:
        library.manual_seed(seed)
        by_length.append([s.indices for s in utils.random_split(range(total), parts)] + [state(library)])
        if total:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                generator = library.Generator().manual_seed(1)
                try:
                    pieces = [list(piece) for piece in utils.random_split(range(n), fractions, generator)]
                except ValueError:  # rounded, they may add up to more than 1
                    pieces = "refused"
            by_fraction.append([pieces, *(str(w.message) for w in caught)])
    assert by_length[0] == by_length[1]
    if total:
        assert by_fraction[0] == by_fraction[1]


# ------------------------------------------------------------------------------------------------ batches

Point = collections.namedtuple("Point", "x y")


class Tagged(dict):
    """A mapping with more than its entries."""

    tag = None


def tagged(**entries):
    made = Tagged(entries)
    made.tag = "kept"
    return made


SAMPLES = {
    "integers": lambda torch: [1, 2, 3],
    "bools": lambda torch: [True, False],
    "floats": lambda torch: [1.5, 2.0],
    "texts": lambda torch: ["a", "b"],
    "bytes": lambda torch: [b"a", b"b"],
    "tensors": lambda torch: [torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])],
    "0-d": lambda torch: [torch.tensor(1.0), torch.tensor(2.0)],
    "pairs": lambda torch: [(torch.tensor([1, 2]), 0), (torch.tensor([3, 4]), 1)],
    "lists": lambda torch: [[1, 2.0], [3, 4.0]],
    "dicts": lambda torch: [{"a": 1, "b": ("x", 2.0)}, {"a": 2, "b": ("y", 3.0)}],
    "named": lambda torch: [Point(1, 2.0), Point(3, 4.0)],
    "arrays": lambda torch: [np.arange(6, dtype=np.uint8).reshape(2, 3), np.ones((2, 3), np.uint8)],
    "reversed arrays": lambda torch: [np.arange(4.0).reshape(2, 2).T, np.ones((2, 2)).T],
    "numpy numbers": lambda torch: [np.float32(1.5), np.float32(2.5)],
    "numpy doubles": lambda torch: [np.float64(1.5), np.float64(2.5)],
    "numpy integers": lambda torch: [np.int16(1), np.int16(2)],
    "subclass of dict": lambda torch: [tagged(a=1), tagged(a=2)],
    "ranges": lambda torch: [range(3), range(3)],
    "counter": lambda torch: [collections.Counter("aab"), collections.Counter("abb")],
    "different lengths": lambda torch: [[1, 2], [3]],
    "different shapes": lambda torch: [torch.tensor([1.0, 2.0]), torch.tensor([1.0])],
    "objects": lambda torch: [object(), object()],
    "None": lambda torch: [None, None],
    "array of texts": lambda torch: [np.array(["a"]), np.array(["b"])],
}


@pytest.mark.parametrize("name", SAMPLES)
@pytest.mark.parametrize("function", ["default_collate", "default_convert"])
def test_collate(name, function):
    ours, theirs = both(lambda library, utils: getattr(utils, function)(SAMPLES[name](library)))
    if isinstance(theirs, Exception):
        assert type(ours) is type(theirs)
        assert str(theirs)[:40] == str(ours)[:40]
    elif name in ("objects", "None"):
        assert len(ours) == len(theirs)
    else:
        assert ours == theirs


def test_collate_keeps_what_a_mapping_carries():
    assert mt_data.default_collate(SAMPLES["subclass of dict"](mt)).tag == "kept"


def test_collate_with_another_function():
    batch = mt_data.collate(
        [("a", 1), ("b", 2)], collate_fn_map={str: lambda b, **_: "".join(b), int: lambda b, **_: sum(b)}
    )
    assert batch == ["ab", 3]


def test_collate_of_tensors_is_differentiable():
    leaf = mt.tensor([1.0, 2.0], requires_grad=True)
    mt_data.default_collate([leaf, leaf]).sum().backward()
    assert leaf.grad.tolist() == [2.0, 2.0]


class Squares(mt_data.Dataset):
    def __getitem__(self, index):
        return index * index

    def __len__(self):
        return 7


class InBatches(Squares):
    asked = None

    def __getitems__(self, indices):
        self.asked = indices
        return [self[index] for index in indices]


def test_datasets():
    for library, utils in BOTH:
        tensors = utils.TensorDataset(library.arange(6).reshape(3, 2), library.tensor([1.0, 2.0, 3.0]))
        assert plain(tensors[1]) == ("tuple", [("tensor", "int64", (2,), [2, 3]), ("tensor", "float32", (), 2.0)])
        joined = utils.ConcatDataset([[1, 2], [3], [], [4, 5]])
        assert [joined[i] for i in range(-5, 5)] == [1, 2, 3, 4, 5] * 2
        assert (len(joined), joined.cumulative_sizes) == (5, [2, 3, 3, 5])
        with pytest.raises(ValueError, match="absolute value of index should not exceed dataset length"):
            joined[-6]
        with pytest.raises(AssertionError, match="Size mismatch between tensors"):
            utils.TensorDataset(library.ones(2), library.ones(3))
        with pytest.raises(AssertionError, match="datasets should not be an empty iterable"):
            utils.ConcatDataset([])
        subset = utils.Subset(utils.Subset("abcdef", [5, 3, 1]), [2, 0])
        assert (list(subset[i] for i in range(2)), subset.__getitems__([1, 0]), len(subset)) == (
            ["b", "f"],
            ["f", "b"],
            2,
        )
        with pytest.raises(NotImplementedError, match="overrides __getitem__ but not __getitems__"):
            type("Half", (utils.Subset,), {"__getitem__": lambda self, i: i})([1], [0])
    assert isinstance(Squares() + Squares(), mt_data.ConcatDataset)


def test_a_dataset_may_give_whole_batches():
    dataset = InBatches()
    assert [batch.tolist() for batch in mt_data.DataLoader(dataset, 4)] == [[0, 1, 4, 9], [16, 25, 36]]
    assert dataset.asked == [4, 5, 6]


# ------------------------------------------------------------------------------------------------ streams


def stream_class(utils):
    class Stream(utils.IterableDataset):
        """0 .. n - 1, each worker a share."""

        def __init__(self, n, length=None):
            self.n, self.length = n, length

        def __iter__(self):
            info = utils.get_worker_info()
            first, step = (info.id, info.num_workers) if info else (0, 1)
            return iter(range(first, self.n, step))

        def __len__(self):
            return self.length

    return Stream


@pytest.mark.parametrize("workers", [0, 1, 2])
@pytest.mark.parametrize("options", [{}, {"batch_size": None}, {"batch_size": 3}, {"batch_size": 3, "drop_last": True}])
def test_streams(workers, options):
    def run(library, utils):
        loader = utils.DataLoader(stream_class(utils)(11, 11), num_workers=workers, **options)
        return [len(loader), *loader, *loader]

    ours, theirs = both(run)
    assert ours == theirs


def test_a_stream_longer_than_it_said_is_warned_of():
    loader = mt_data.DataLoader(stream_class(mt_data)(5, 3))
    assert len(loader) == 3
    with pytest.warns(UserWarning, match="was reported to be 3"):
        list(loader)
    chain = stream_class(mt_data)(2, 2) + stream_class(mt_data)(3, 3)
    assert (list(chain), len(chain)) == ([0, 1, 0, 1, 2], 5)


# ------------------------------------------------------------------------------------------------ errors

ILLEGAL = [
    {"num_workers": -1},
    {"timeout": -1},
    {"prefetch_factor": 2},
    {"num_workers": 1, "prefetch_factor": -1},
    {"persistent_workers": True},
    {"sampler": [0], "shuffle": True},
    {"batch_sampler": [[0]], "batch_size": 2},
    {"batch_sampler": [[0]], "shuffle": True},
    {"batch_sampler": [[0]], "sampler": [0]},
    {"batch_sampler": [[0]], "drop_last": True},
    {"batch_size": None, "drop_last": True},
    {"batch_size": 0},
    {"batch_size": -3},
    {"batch_size": 2.0},
    {"batch_size": True},
    {"drop_last": 1},
    {"multiprocessing_context": "fork"},
    {"num_workers": 1, "multiprocessing_context": "spork"},
    {"num_workers": 1, "multiprocessing_context": 3},
    {
        "batch_size": None,
        "drop_last": True,
        "multiprocessing_context": "fork",
    },  # of two that are illegal, torch names the same one
    {"no_such_option": 1},
]


@pytest.mark.parametrize("options", ILLEGAL, ids=str)
def test_illegal_options(options):
    ours, theirs = both(lambda library, utils: utils.DataLoader(range(4), **options))
    assert isinstance(theirs, Exception)
    assert type(ours) is type(theirs)
    assert str(ours) == str(theirs)


@pytest.mark.parametrize("options", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}], ids=str)
def test_illegal_options_of_streams(options):
    ours, theirs = both(lambda library, utils: utils.DataLoader(stream_class(utils)(4), **options))
    assert (type(ours), str(ours)) == (type(theirs), str(theirs))
    assert isinstance(theirs, ValueError)


@pytest.mark.parametrize(
    "make",
    [
        lambda utils: utils.RandomSampler([]),
        lambda utils: utils.RandomSampler([1], replacement=1),
        lambda utils: utils.RandomSampler([1], num_samples=0),
        lambda utils: utils.RandomSampler([1], num_samples=1.5),
        lambda utils: utils.WeightedRandomSampler([1.0], 0),
        lambda utils: utils.WeightedRandomSampler([1.0], True),
        lambda utils: utils.WeightedRandomSampler([1.0], 1, replacement=0),
        lambda utils: utils.WeightedRandomSampler([[1.0]], 1),
        lambda utils: utils.BatchSampler([1], 0, False),
        lambda utils: utils.BatchSampler([1], 1, 0),
        lambda utils: utils.random_split(range(4), [1.5, -0.5]),
    ],
)
def test_illegal_samplers(make):
    ours, theirs = both(lambda library, utils: make(utils))
    assert isinstance(theirs, Exception)
    assert (type(ours), str(ours)) == (type(theirs), str(theirs))


def test_errors_of_ours():
    with pytest.raises(ValueError, match=r"Sum of input lengths does not equal.*\(1 \+ 2 is not 4\)"):
        mt_data.random_split(range(4), [1, 2])
    with pytest.raises(AssertionError, match="requires timeout == 0"):
        iter(mt_data.DataLoader(range(4), timeout=1))
    with pytest.raises(ValueError, match="prefetch_factor=0"):
        mt_data.DataLoader(range(4), num_workers=1, prefetch_factor=0)
    with pytest.raises(ValueError, match="batch_size attribute should not be set after DataLoader is initialized"):
        mt_data.DataLoader(range(4)).batch_size = 3
    with pytest.warns(UserWarning, match="no accelerator is found"):
        list(mt_data.DataLoader(range(4), pin_memory=True))
    with pytest.warns(UserWarning, match="will create 1000 worker processes"):
        mt_data.DataLoader(range(4), num_workers=1000)


# ------------------------------------------------------------------------------------------------ workers


class Noisy:
    """Samples that draw from every generator there is."""

    def __init__(self, library):
        self.library = library

    def __getitem__(self, index):
        return index, self.library.rand(1).item(), random.random(), np.random.rand()

    def __len__(self):
        return 11


class Failing(mt_data.Dataset):
    def __init__(self, kind=ValueError):
        self.kind = kind

    def __getitem__(self, index):
        if index == 3:
            raise self.kind("no sample 3")
        return index

    def __len__(self):
        return 6


@pytest.fixture
def no_hang():
    """Whatever waits for more than 20 seconds is interrupted."""

    def interrupt(*_):
        raise AssertionError("still waiting after 20 seconds")

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def no_process_is_left(patience=5):
    deadline = time.monotonic() + patience
    while multiprocessing.active_children() and time.monotonic() < deadline:
        time.sleep(0.01)
    return not multiprocessing.active_children()


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("persistent", [False, True])
def test_workers_draw_as_torchs(workers, persistent):
    def run(library, utils):
        loader = utils.DataLoader(
            Noisy(library), 2, shuffle=True, num_workers=workers, persistent_workers=persistent, prefetch_factor=3
        )
        trace = [list(loader), list(loader), next(iter(loader)), list(loader)]
        return trace, state(library)

    ours, theirs = both(run)
    assert ours == theirs
    assert no_process_is_left()


@pytest.mark.parametrize("start", ["fork", "spawn", "forkserver"])
def test_workers_give_the_batches_of_this_process(start):
    orders = []
    for options in ({}, {"num_workers": 2, "multiprocessing_context": start}):
        mt.manual_seed(0)
        orders.append([batch.tolist() for batch in mt_data.DataLoader(range(7), 2, shuffle=True, **options)])
    assert orders[0] == orders[1]
    assert no_process_is_left()


ORDERS = [
    {"batch_size": 4, "shuffle": True, "drop_last": True},
    {"batch_size": 4, "shuffle": True, "prefetch_factor": 1},
    {"batch_size": 2, "prefetch_factor": 9},
    {"batch_size": None, "shuffle": True},
    {"batch_size": 3, "sampler": [5, 1, 1, 0]},
    {"batch_sampler": [[3, 1], [], [0], [10, 9, 8]], "collate_fn": sum},
    {"batch_size": 5, "collate_fn": len, "pin_memory": True},
    {"batch_size": 2, "timeout": 15},
]


@pytest.mark.parametrize("options", ORDERS, ids=str)
@pytest.mark.filterwarnings("ignore:'pin_memory' argument")
def test_workers_give_torchs_batches(options):
    def run(library, utils):
        loader = utils.DataLoader(range(11), num_workers=2, **options)
        alone = {key: value for key, value in options.items() if key not in ("prefetch_factor", "timeout")}
        library.manual_seed(1)
        expected = [plain(batch) for batch in utils.DataLoader(range(11), **alone)]
        library.manual_seed(1)
        assert [plain(batch) for batch in loader] == expected
        return len(loader), expected, state(library)

    ours, theirs = both(run)
    assert ours == theirs


def test_workers_tell_and_draw_what_torchs_do():
    """The seeds that workers know, draws in worker_init_fn, a generator of one's own, loops in loops, two at once."""

    def run(library, utils):
        def draw_first(worker):
            library.rand(worker + 1), random.random(), np.random.rand()

        class Told(Noisy):
            def __getitem__(self, index):
                info = utils.get_worker_info()
                inner = [batch.tolist() for batch in utils.DataLoader(range(index), 4, shuffle=index > 0)]
                return (info.id, info.num_workers, info.seed, len(info.dataset), inner, *super().__getitem__(index))

        loader = utils.DataLoader(Told(library), 3, shuffle=True, num_workers=2, worker_init_fn=draw_first,
                                  generator=library.Generator().manual_seed(5), collate_fn=list)  # fmt: skip
        found = [list(loader), list(zip(loader, loader)), [(a, b) for a in loader for b in loader]]
        return found, state(library, loader.generator), state(library)

    ours, theirs = both(run)
    assert ours == theirs
    assert no_process_is_left()


def test_workers_out_of_order_give_all():
    loader = mt_data.DataLoader(range(20), 3, num_workers=2, in_order=False)
    assert sorted(number for batch in loader for number in batch.tolist()) == list(range(20))


def set_share(worker):
    info = mt_data.get_worker_info()
    assert info.id == worker
    info.dataset.offset = 100 * (worker + 1)


class Offset(Squares):
    offset = 0

    def __getitem__(self, index):
        return index + self.offset


def test_worker_init_fn():
    loader = mt_data.DataLoader(Offset(), 2, num_workers=2, worker_init_fn=set_share)
    assert [b.tolist() for b in loader] == [[100, 101], [202, 203], [104, 105], [206]]
    assert mt_data.get_worker_info() is None
    with pytest.raises(ZeroDivisionError, match="worker process 0"):
        next(iter(mt_data.DataLoader(Offset(), num_workers=1, worker_init_fn=lambda worker: 1 / 0)))


def test_an_exception_in_a_worker_comes_here_with_its_traceback():
    class Local(Exception):
        pass

    for kind, expected in ((ValueError, ValueError), (KeyError, KeyError), (Local, RuntimeError)):
        batches = iter(mt_data.DataLoader(Failing(kind), 2, num_workers=2))
        assert next(batches).tolist() == [0, 1]
        with pytest.raises(expected) as caught:
            next(batches)
        text = str(caught.value)
        assert text.startswith(f"Caught {kind.__name__} in DataLoader worker process 1.\nOriginal Traceback")
        assert "in __getitem__" in text and "no sample 3" in text
        assert next(batches).tolist() == [4, 5]
        del batches, caught  # the traceback refers to the iterator
    assert no_process_is_left()


def broken():
    raise ValueError("cannot be read back")


class Broken:
    def __reduce__(self):
        return broken, ()


def test_a_batch_that_cannot_be_read_is_an_error(no_hang):
    batches = iter(mt_data.DataLoader(range(4), num_workers=2, collate_fn=lambda i: Broken() if i == [1] else i))
    assert next(batches) == [0]
    with pytest.raises(ValueError, match="in DataLoader worker process 1(.|\n)*in broken(.|\n)*cannot be read back"):
        next(batches)
    assert list(batches) == [[2], [3]]


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_what_cannot_be_sent_to_a_worker_is_explained(start):
    loader = mt_data.DataLoader([lambda: 0], num_workers=2, multiprocessing_context=start)
    with pytest.warns(UserWarning, match="worker Process arguments are not picklable"):
        with pytest.raises((AttributeError, TypeError, pickle.PicklingError), match="pickle.*lambda"):
            iter(loader)
    assert no_process_is_left()


def test_a_batch_that_cannot_be_sent_is_an_error():
    loader = mt_data.DataLoader([1, 2], num_workers=1, collate_fn=lambda batch: lambda: batch)
    with pytest.raises((AttributeError, RuntimeError, TypeError), match="pickle"):
        next(iter(loader))


def test_leaving_early_leaves_no_process():
    for _ in mt_data.DataLoader(range(1000), 4, num_workers=2):
        break
    assert no_process_is_left()
    loader = mt_data.DataLoader(range(1000), 4, num_workers=2, persistent_workers=True)
    for _ in loader:
        break
    assert len(multiprocessing.active_children()) == 2
    del loader
    assert no_process_is_left()
    iterators = [iter(mt_data.DataLoader(range(1000), 4, num_workers=1)) for _ in range(3)]
    del iterators
    assert no_process_is_left()


@pytest.mark.parametrize("workers", [0, 2])
def test_progress_bars(workers):
    """Around a loader, around its numbered batches, and by hand; left early, too."""

    def run(library, utils):
        loader, silent, stood = utils.DataLoader(range(35), 8, num_workers=workers), {"file": io.StringIO()}, []
        for bar in (tqdm(loader, **silent), tqdm(enumerate(loader), total=len(loader), **silent)):
            for _ in bar:
                pass
            stood.append((bar.n, bar.total))
        with tqdm(total=len(loader.dataset), **silent) as bar:
            for batch in loader:
                bar.update(len(batch))
                bar.set_postfix(mean=batch.float().mean(), largest=batch.max().item())
        stood.append((bar.n, bar.total, bar.postfix))
        for _ in tqdm(loader, **silent):
            break
        return stood

    ours, theirs = both(run)
    assert ours == theirs
    assert theirs[1][0] == ("tuple", [5, 5]) and theirs[1][2] == ("tuple", [35, 35, "largest=34, mean=tensor(33.)"])
    assert no_process_is_left()


def test_a_worker_that_dies_is_noticed(no_hang):
    loader = mt_data.DataLoader(Squares(), num_workers=1, collate_fn=lambda batch: os.kill(os.getpid(), signal.SIGKILL))
    with pytest.raises(RuntimeError, match="exited unexpectedly with exit code -9"):
        next(iter(loader))


class Large(Squares):
    """Samples of 8 MB, which is more than a pipe holds."""

    def __getitem__(self, index):
        return np.full((1 << 20,), index, np.float64)


def test_large_batches_arrive_whole(no_hang):
    for i, batch in enumerate(mt_data.DataLoader(Large(), num_workers=2)):
        assert batch.shape == (1, 1 << 20) and (batch == i).all().item()
    assert i == 6


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGINT"])
def test_a_worker_that_dies_while_it_sends_is_noticed(name, no_hang):
    batches = iter(mt_data.DataLoader(Large(), num_workers=2))
    assert all(pipe.poll(10) for pipe in batches.results)  # the beginning of a batch has been sent, and no more
    for process in batches.processes:
        os.kill(process.pid, getattr(signal, name))
    for _ in range(2):
        with pytest.raises(RuntimeError, match="exited unexpectedly with exit code"):
            list(batches)
    del batches
    assert no_process_is_left()


def refuse_to_end(batch):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def test_a_worker_that_refuses_to_end_is_killed(no_hang, monkeypatch):
    monkeypatch.setattr(mt_worker, "FAREWELL", 0.1)
    batches = iter(mt_data.DataLoader(Squares(), num_workers=2, timeout=0.3, collate_fn=refuse_to_end))
    with pytest.raises(RuntimeError, match="DataLoader timed out after 0.3 seconds"):
        next(batches)
    del batches
    assert no_process_is_left()


# ------------------------------------------------------------------------------------------------ scripts with workers

SLOW = """
import os, signal, sys, time
from minitorch_edu.utils.data import DataLoader

def slow(batch):
    time.sleep(60 if batch[0] >= 8 else 0.3)
    return batch[0]
"""


def run_script(folder, source, *arguments):
    """Run it in a process group of its own. Returns (exit status, what it said); nothing of the group may be left."""
    (folder / "script.py").write_text(source)
    command = [sys.executable, "-u", "-W", "ignore", "script.py", *arguments]  # on one core, 2 workers are warned of
    with subprocess.Popen(command, cwd=folder, text=True, start_new_session=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:  # fmt: skip
        try:
            said, _ = process.communicate(timeout=20)  # until nobody of the group can say anything more
            return process.returncode, said
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise AssertionError(f"something is left after 20 seconds; it said: {process.communicate()[0]}") from None


def test_a_script_ends_while_there_is_work_left(tmp_path):
    """More tasks than a pipe holds."""
    source = f"""{SLOW}
batches = iter(DataLoader(range(10**6), 20000, num_workers=1, prefetch_factor=10, collate_fn=slow))
print(next(batches))
"""
    assert run_script(tmp_path, source) == (0, "0\n")


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_interrupting_a_script_leaves_no_process(start, tmp_path):
    """Ctrl-C, which every process of the group gets; it interrupts the wait for a batch."""
    source = f"""{SLOW}
if __name__ == "__main__":
    signal.signal(signal.SIGALRM, lambda *_: os.killpg(0, signal.SIGINT))
    for first in DataLoader(range(40), 4, num_workers=2, collate_fn=slow, multiprocessing_context="{start}"):
        if first == 4:  # both workers have given a batch
            signal.setitimer(signal.ITIMER_REAL, 0.2)
"""
    status, said = run_script(tmp_path, source)
    assert status == -signal.SIGINT and said.endswith("KeyboardInterrupt\n"), said
    assert said.count("Traceback") == 1, said  # of the workers none


def test_killing_a_script_leaves_no_process(tmp_path):
    source = f"""{SLOW}
batches = iter(DataLoader(range(40), 4, num_workers=2))
next(batches)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert run_script(tmp_path, source) == (-signal.SIGKILL, "")


@pytest.mark.parametrize("start", ["spawn", "forkserver"])
def test_a_script_without_guard_gets_an_explanation(start, tmp_path):
    """Also with a data set that is larger than a pipe, of which the new process reads nothing."""
    source = f"""
from minitorch_edu.utils.data import DataLoader
for batch in DataLoader([0.0] * 10**5, num_workers=1, multiprocessing_context="{start}"):
    print(batch)
"""
    status, said = run_script(tmp_path, source)
    assert status == 1
    assert "if __name__ == '__main__':" in said and "worker (pid(s)" in said and "exit code 1" in said, said


def test_timeout(monkeypatch):
    monkeypatch.setattr(mt_worker, "FAREWELL", 0.1)
    loader = mt_data.DataLoader(Squares(), num_workers=1, timeout=0.2, collate_fn=lambda batch: time.sleep(3))
    with pytest.raises(RuntimeError, match="timed out after 0.2 seconds"):
        next(iter(loader))

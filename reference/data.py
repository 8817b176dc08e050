"""utils.data: data sets, samplers, batches; and the data sets of pictures."""

import collections
import functools
import itertools
import os
import pickle
import tempfile

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

from .draw import options
from .program import program
from .record import Call, Illegal
from .torchvision import torchvision

RECORDS = []
SEEDS = st.integers(0, 2**64 - 1)
COUNT = st.integers(1, 30)


def state(torch, generator=None):
    """What the generator (or the default one) will draw next."""
    return (torch.get_rng_state() if generator is None else generator.get_state()).numpy().tobytes().hex()[-64:]


def data(name):
    return f"utils.data.{name}"


# ------------------------------------------------------------------------------------------------ data sets

CUTS = st.lists(st.integers(0, 5), max_size=4)
X = np.arange(6.0).reshape(3, 2)


@program(RECORDS, st.builds(Call, CUTS, st.integers(-12, 12), st.lists(st.integers(0, 9), max_size=4)),
         *map(data, ("Dataset", "TensorDataset", "ConcatDataset", "Subset")),
         illegal=(Illegal(Call([2, 1], -5, []), ValueError, ("index", "exceed dataset length")),
                  Illegal(Call([], 0, []), AssertionError, ("empty iterable",))))  # fmt: skip
def datasets(torch, lengths, at, indices):
    utils = torch.utils.data

    class Squares(utils.Dataset):
        def __getitem__(self, index):
            return index * index

        def __len__(self):
            return 5

    starts = [10 * i for i in range(len(lengths))]
    parts = [range(start, start + n) for start, n in zip(starts, lengths)]
    joined = utils.ConcatDataset(parts)
    tensors = utils.TensorDataset(torch.arange(20).reshape(10, 2), torch.linspace(0, 1, 10))
    subset = utils.Subset(tensors, indices)
    batch = [subset[i] for i in range(len(indices))], len(subset)
    found = joined[at], len(joined), joined.cumulative_sizes, batch, tensors[at % 10], len(tensors)
    return found, len(Squares() + Squares()), (Squares() + Squares())[7], type(Squares() + Squares()).__name__


@program(RECORDS, st.builds(Call, CUTS, st.integers(1, 4), st.booleans()),
         *map(data, ("IterableDataset", "ChainDataset", "get_worker_info")))  # fmt: skip
def streams(torch, lengths, size, drop_last):
    utils = torch.utils.data

    class Stream(utils.IterableDataset):
        def __init__(self, n):
            self.n = n

        def __iter__(self):
            return iter(range(self.n))

        def __len__(self):
            return self.n

    chain = utils.ChainDataset([Stream(n) for n in lengths])
    loader = utils.DataLoader(chain, size, drop_last=drop_last)
    return list(chain), len(chain), list(loader), len(loader), list(Stream(2) + Stream(1)), utils.get_worker_info()


@program(RECORDS, st.builds(Call, st.lists(st.integers(0, 9), min_size=1, max_size=4), SEEDS, st.booleans()),
         data("random_split"),
         illegal=(Illegal(Call([], 0, False), ValueError, ("length",)),))  # fmt: skip
def splits(torch, parts, seed, own):
    torch.manual_seed(seed)
    chosen = {"generator": torch.Generator().manual_seed(1)} if own else {}
    split, total = torch.utils.data.random_split, sum(parts)
    by_length = split(range(total), parts, **chosen)
    by_fraction = split(range(17), [part / total for part in parts], **chosen) if total else []
    if not parts:
        split(range(3), parts)
    return [(list(piece), list(piece.indices)) for piece in (*by_length, *by_fraction)], state(torch)


# ------------------------------------------------------------------------------------------------ samplers, DataLoader


@st.composite
def samplings(draw):
    n = draw(COUNT)
    weights = draw(st.lists(st.floats(0.015625, 100, width=32), min_size=n, max_size=n))
    return Call(n, draw(st.none() | st.integers(1, 70)), draw(st.integers(1, n)), weights, draw(SEEDS),
                replacement=draw(st.booleans()), own=draw(st.booleans()))  # fmt: skip


@program(RECORDS, samplings(), *map(data, ("BatchSampler", "RandomSampler", "Sampler", "SequentialSampler",
                                           "SubsetRandomSampler", "WeightedRandomSampler")))  # fmt: skip
def samplers(torch, n, count, picks, weights, seed, replacement, own):
    utils = torch.utils.data

    class Even(utils.Sampler):
        def __iter__(self):
            return iter(range(0, n, 2))

    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(5) if own else None
    made = [
        utils.SequentialSampler(range(n)),
        utils.RandomSampler(range(n), replacement, count, generator=generator),
        utils.SubsetRandomSampler(list(range(n))[::2], generator=generator),
        utils.WeightedRandomSampler(weights, picks, replacement, generator=generator),
        utils.BatchSampler(utils.RandomSampler(range(n), generator=generator), picks, drop_last=replacement),
        utils.BatchSampler(Even(), picks, False),
    ]
    return [(list(sampler), list(sampler)) for sampler in made], [len(s) for s in made[:-1]], state(torch)


@st.composite
def epochs(draw):
    """Epochs of a loader, some of them left early."""
    chosen = draw(options(batch_size=st.none() | st.integers(1, 40), shuffle=st.booleans(), drop_last=st.booleans()))
    if chosen.get("batch_size", 1) is None:
        chosen.pop("drop_last", None)
    stops = draw(st.lists(st.none() | st.integers(0, 5), min_size=1, max_size=4))
    return Call(draw(COUNT), stops, draw(SEEDS), own=draw(st.booleans()), **chosen)


@program(RECORDS, epochs(), data("DataLoader"),
         illegal=(Illegal(Call(3, [], 0, batch_size=None, drop_last=True), ValueError, ("batch_size", "drop_last")),
                  Illegal(Call(3, [], 0, batch_size=0), ValueError, ("batch_size",))))  # fmt: skip
def loaders(torch, n, stops, seed, own=False, **chosen):
    torch.manual_seed(seed)
    generator = torch.Generator() if own else None
    loader, found = torch.utils.data.DataLoader(range(n), generator=generator, **chosen), []
    for stop in stops:
        found.append(list(itertools.islice(loader, stop)))
        found.append((state(torch), generator and state(torch, generator)))
    return len(loader), found


# ------------------------------------------------------------------------------------------------ batches

Point = collections.namedtuple("Point", "x y")
LEAF = {
    "int": st.integers(-9, 9), "bool": st.booleans(), "float": st.floats(-9, 9), "text": st.text(max_size=2),
    "bytes": st.binary(max_size=2), "float32": st.floats(-9, 9, width=32).map(np.float32),
    "int16": st.integers(-9, 9).map(np.int16), "tensor": st.integers(0, 2**32 - 1).map(
        lambda seed: np.random.RandomState(seed).randint(-9, 9, (2, 3))), "none": st.none(),
}  # fmt: skip


@st.composite
def samples(draw, depth=0):
    """A strategy of samples that are built alike."""
    kind = draw(st.sampled_from([*LEAF, "tuple", "list", "dict", "named"] if depth < 2 else [*LEAF]))
    if kind in LEAF:
        return LEAF[kind]
    parts = [draw(samples(depth + 1)) for _ in range(2)]
    build = {"tuple": lambda a, b: (a, b), "list": lambda a, b: [a, b], "dict": lambda a, b: {"a": a, "b": b},
             "named": lambda a, b: {"x": a, "y": b, "named": True}}[kind]  # fmt: skip
    return st.builds(build, *parts)


BATCHES = samples().flatmap(lambda sample: st.lists(sample, min_size=1, max_size=3)).map(Call)


def renamed(value):
    """Those marked so as named tuples."""
    if isinstance(value, dict):
        value = {key: renamed(item) for key, item in value.items()}
        return Point(value["x"], value["y"]) if "named" in value else value
    return type(value)(map(renamed, value)) if isinstance(value, (list, tuple)) else value


@program(RECORDS, BATCHES | st.just(Call([[1, 2], [3]])), *map(data, ("collate", "default_collate")),
         illegal=(Illegal(Call([[1, 2], [3]]), RuntimeError, ("equal size",)),))  # fmt: skip
def batches(torch, batch):
    utils, batch = torch.utils.data, renamed(batch)
    joined = getattr(utils, "collate", None) or utils._utils.collate.collate
    texts = joined([("a", 1), ("b", 2)], collate_fn_map={str: lambda b, **_: "".join(b), int: lambda b, **_: sum(b)})
    return texts, utils.default_collate(batch)


@program(RECORDS, BATCHES, data("default_convert"))
def conversions_to_tensors(torch, batch):
    arrays = [np.arange(6).reshape(2, 3).T, np.float32(1.5)]
    return torch.utils.data.default_convert(renamed(batch)), torch.utils.data.default_convert(arrays)


# ------------------------------------------------------------------------------------------------ pictures

FILES = [*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"]


def write_pictures(root):
    """Four pictures per file, in the form of CIFAR-10."""
    folder, random = os.path.join(root, "cifar-10-batches-py"), np.random.RandomState(0)
    os.mkdir(folder)
    batches = {name: {"data": random.randint(0, 256, (4, 3072)).astype(np.uint8), "labels": [3, 1, 9, 0]}
               for name in FILES}  # fmt: skip
    for name, batch in (*batches.items(), ("batches.meta", {"label_names": list("abcdefghij")})):
        with open(os.path.join(folder, name), "wb") as file:
            pickle.dump(batch, file, 2)


class Corner:
    """A transform: the colour of one corner."""

    def __call__(self, picture):
        return picture.getpixel((0, 31))

    def __repr__(self):
        return "Corner(\n)"


def cifar10(torch, root, **chosen):
    """torchvision compares checksums, which pictures of our own do not have."""
    if torch is mt:
        return mt.vision.datasets.CIFAR10(root, **chosen)
    module = torchvision.datasets.cifar
    kept, module.check_integrity = module.check_integrity, lambda path, md5: True
    try:
        return module.CIFAR10(root, **chosen)
    finally:
        module.check_integrity = kept


CORNER = Corner()
CHOSEN = options(transform=st.just(CORNER), target_transform=st.just(abs))


@program(RECORDS, st.builds(lambda at, chosen, more: Call(at, **chosen, **more), st.integers(0, 3), CHOSEN,
                            options(train=st.booleans())), "vision.datasets.CIFAR10")  # fmt: skip
def pictures_of_cifar10(torch, at, **chosen):
    with tempfile.TemporaryDirectory() as root:
        write_pictures(root)
        dataset = cifar10(torch, root, **chosen)
        text = repr(dataset).replace(root, "")
    picture, target = dataset[at]
    return text, len(dataset), np.asarray(picture), target, dataset.targets, dataset.classes, dataset.class_to_idx


shapes10 = functools.cache(mt.vision.datasets.Shapes10)


@program(RECORDS, st.builds(lambda at, chosen: Call(at, **chosen), st.integers(0, 9), CHOSEN),
         "vision.datasets.Shapes10", "vision.datasets.VisionDataset")  # fmt: skip
def pictures_of_shapes10(torch, at, **chosen):
    """The same pictures handed out by ours and by torchvision's CIFAR10, whose interface they have."""
    dataset = shapes10(size=10, **chosen)
    if torch is not mt:
        twin = object.__new__(torchvision.datasets.CIFAR10)
        torchvision.datasets.VisionDataset.__init__(twin, "", **chosen)
        twin.data, twin.targets, twin.train = dataset.data, dataset.targets, True
        dataset = twin
    picture, target = dataset[at]
    return np.asarray(picture), target, len(dataset)

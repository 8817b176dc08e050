"""bench: operators, optimizers, transforms ... of the sizes that training meets, ours against torch's.

A named entry is a record of the catalogue with the calls of `reference/sizes.py`, or one of LARGE and OTHERS below. For
each call and phase, ours and torch's are built in processes of their own, what they compute is compared (as the
catalogue compares), and then they race. Speeds are what the call costs at least (`reference/costs.py`) divided by time.
The share of the ceiling is the least time that the machine's ceilings allow (`ceilings.py`), divided by the time that
was taken. It may exceed 100 % where data stays in the caches: the copy that is the ceiling goes through memory.
"""

import difflib
import importlib

import numpy as np

from reference import find
from reference.costs import cost
from reference.optimizer import Optimizer, Training
from reference.picture import LIBRARIES, Transform, described
from reference.picture import build as with_transforms
from reference.random import Draw
from reference.record import Call, cotangent, make, roundings
from reference.sizes import SIZES, x

from .cells import COLUMNS, cells, doubts
from .others import OTHERS
from .race import Work, race

__all__ = ["DEFAULT", "bench", "build", "names"]


def ten_million(**options):
    """Three steps of an optimizer of ten matrices (1000, 1000)."""
    gradients = [x(1000, 1000, seed=i) for i in range(10)]
    return Training(Call(**options), [([g / 10 for g in gradients], {})], [(gradients, None)] * 3, 1)


# Too large to be checked in every test: {name: (record, call)}.
LARGE = {
    "adam-10m": ("Adam", lambda: ten_million(lr=1e-3)),
    "sgd-10m": ("SGD", lambda: ten_million(lr=0.01, momentum=0.9)),
}
DEFAULT = ("conv2d", "max_pool2d", "batch_norm", "layer_norm", "cross_entropy", "linear", *LARGE, *OTHERS)


def names():
    """Everything that can be timed."""
    return [*SIZES, *LARGE, *OTHERS]


def known(name):
    """The entry of this name, whatever its capitals. KeyError with similar names if there is none."""
    entries = {entry.lower(): entry for entry in names()}
    if name.lower() not in entries:
        close = difflib.get_close_matches(name.lower(), entries, 5, 0.5)
        similar = f"; similar: {', '.join(entries[one] for one in close)}" if close else ""
        raise KeyError(f"bench: no call of typical size for {name!r}{similar}")
    return entries[name.lower()]


# ------------------------------------------------------------------------------------------------ what is timed


class Operator:
    """An operator called; in the phase forward+backward also differentiated, under the catalogue's cotangents."""

    phases = ("forward", "forward+backward")

    def __init__(self, record, call, library, phase, device):
        self.record, self.call, self.device = record, call, device
        self.torch, self.function = importlib.import_module(library), record.resolve(library)
        self.step = self.differentiate if phase == "forward+backward" else self.compute
        self.inputs, self.drawn = [], None
        self.prepare(phase == "forward+backward")

    def prepare(self, differentiable):
        """Make the tensors."""
        leaves, constant = [], (*self.record.constant, *self.record.mutates)
        tensor = lambda array: self.moved(single(array))
        self.drawn = self.call.map(lambda array: leaves.append(tensor(array)) or leaves[-1])
        fixed = {id(self.drawn.kwargs[key]) for key in constant if key in self.drawn.kwargs}
        kept = {key: self.drawn.kwargs[key] for key in self.record.mutates if self.drawn.kwargs.get(key) is not None}
        renew = lambda: self.drawn.kwargs.update({key: tensor.clone() for key, tensor in kept.items()})
        renew()
        if differentiable:
            floats = zip(leaves, self.call.arrays())
            self.inputs = [leaf for leaf, a in floats if a.dtype.kind == "f" and id(leaf) not in fixed]
            for leaf in self.inputs:
                leaf.requires_grad_()
            shapes = {i: tuple(y.shape) for i, y in enumerate(self.compute()) if y.requires_grad}
            self.cotangents = [self.moved(single(cotangent(i, shape))) for i, shape in shapes.items()]
            renew()

    def moved(self, array):
        tensor = make(array, self.torch)
        return tensor if self.device == "cpu" else tensor.to(self.device)

    def compute(self):
        results = self.function(*self.drawn.args, **self.drawn.kwargs)
        return results if isinstance(results, (tuple, list)) else [results]

    def differentiate(self):
        for leaf in self.inputs:
            leaf.grad = None
        results = self.compute()
        self.torch.autograd.backward([result for result in results if result.requires_grad], self.cotangents)
        return results

    def values(self):
        """What the first step makes, under the names of the catalogue."""
        self.prepare(bool(self.inputs))
        self.torch.manual_seed(1)
        found = {f"value {i}": result for i, result in enumerate(self.step())}
        found |= {f"gradient of input {i}": leaf.grad for i, leaf in enumerate(self.inputs)}
        after = {f"{key} afterwards": self.drawn.kwargs.get(key) for key in self.record.mutates}
        return {what: host(tensor) for what, tensor in (found | after).items() if tensor is not None}

    @staticmethod
    def judge(record, call, what, sides):
        """{side: error in float32 roundings}, and the error allowed."""
        errors = {side: record.error(call, what, array, np.float32) for side, array in sides.items()}
        return errors, record.allowed(call, what, max(errors.values()), np.float32)[1]


class Update:
    """A step of an optimizer, with the same gradients again and again."""

    phases = ("step",)

    def __init__(self, record, call, library, phase, device):
        self.record, self.training, self.device = record, call, device
        self.torch = importlib.import_module(library)
        self.prepare()

    def prepare(self):
        self.parameters = [
            self.tensor(value).requires_grad_() for members, _ in self.training.groups for value in members
        ]
        self.optimizer = self.record.resolve(self.torch.__name__)(self.parameters, **self.training.options.kwargs)
        self.give(self.training.steps[0][0])

    def tensor(self, value):
        tensor = self.torch.from_numpy(value.astype(np.float32))
        return tensor if self.device == "cpu" else tensor.to(self.device)

    def give(self, gradients):
        for parameter, gradient in zip(self.parameters, gradients):
            parameter.grad = self.tensor(gradient)

    def step(self):
        self.optimizer.step()

    def values(self):
        """The parameters after all steps of the training."""
        self.prepare()
        for gradients, _ in self.training.steps:
            self.give(gradients)
            self.step()
        return {f"parameter {j}": host(parameter) for j, parameter in enumerate(self.parameters)}

    @staticmethod
    def judge(record, call, what, sides):
        if "truth" not in call.answers:
            call.answers["truth"] = [path[-1] for path in record.path_of("torch", call, np.float64)]
        truth = call.answers["truth"][int(what.split()[1])]
        errors = {side: roundings(array, truth, np.float32) for side, array in sides.items()}
        return errors, max(4 * errors["torch"], record.floor)


class Numbers:
    """Random numbers drawn."""

    phases = ("draw",)

    def __init__(self, record, call, library, phase, device):
        self.torch, self.function = importlib.import_module(library), record.resolve(library)
        self.seed, self.args = call.kwargs["seed"], call.args

    def step(self):
        return self.function(*self.args)

    def values(self):
        self.torch.manual_seed(self.seed)
        return {"numbers": self.step().numpy()}

    @staticmethod
    def judge(record, call, what, sides):
        """Bits."""
        same = sides["ours"].tobytes() == sides["torch"].tobytes()
        return {"ours": 0.0 if same else np.inf, "torch": 0.0}, 0.0


class Transformed:
    """A transform of a picture."""

    phases = ("transform",)

    def __init__(self, record, call, library, phase, device):
        self.torch, path = LIBRARIES[library]
        options = with_transforms(call.options, self.torch, importlib.import_module(path))
        self.transform = record.resolve(library)(*options.args, **options.kwargs)
        self.picture, self.seed = call.picture.make(self.torch), call.seed

    def step(self):
        return self.transform(self.picture)

    def values(self):
        self.torch.manual_seed(self.seed)
        return {"value": described(self.step())["value"]}

    @staticmethod
    def judge(record, call, what, sides):
        same = record.same(sides["ours"], sides["torch"], call)
        return {"ours": 0.0 if same else np.inf, "torch": 0.0}, 0.0


def host(tensor):
    """A tensor's array; from a GPU, a copy."""
    return tensor.detach().numpy() if tensor.device.type == "cpu" else tensor.detach().cpu().numpy()


def single(array):
    """Floats as float32."""
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def kind(record):
    """The class that times a record."""
    kinds = {Optimizer: Update, Draw: Numbers, Transform: Transformed}
    return next((timed for family, timed in kinds.items() if isinstance(record, family)), Operator)


def subject(name, case):
    """(record, call) of a named entry."""
    if name in LARGE:
        return find(LARGE[name][0]), LARGE[name][1]()
    return find(name), SIZES[name][case]()


def build(library, name, case, phase, device="cpu"):
    """What a runner of a race steps through."""
    if name in OTHERS:
        return OTHERS[name](library)
    record, call = subject(name, case)
    return kind(record)(record, call, library, phase, device)


# ------------------------------------------------------------------------------------------------ the races


def bench(options):
    """Race through the named entries, print the table, and yield an entry of the results for each race.

    KeyError, before anything is measured, if there is no such name.
    """
    chosen = names() if options.name == ["all"] else [known(name) for name in options.name] or DEFAULT
    return all_races(chosen, options)


def all_races(chosen, options):
    print(HEAD)
    for name in chosen:
        for case in range(len(SIZES.get(name, [0]))):
            yield from races(name, case, options)


def races(name, case, options):
    """An entry for each phase of a call."""
    if name in OTHERS:
        missing = OTHERS[name].missing()
        if missing:
            print(f"{name} is left out: {missing}")
            return
        record, call, label, phases = None, None, OTHERS[name].label(), ("run",)
    else:
        record, call = subject(name, case)
        label, phases = described_call(call), kind(record).phases
        if phases == Operator.phases and not any(what.startswith("grad") for what in record.torchs(call, np.float64)):
            phases = ("forward",)
    print(f"{name}: {label}")
    for phase in phases:
        entry = {"kind": "op", "name": name, "case": label, "phase": phase}
        least = cost(record.name, call) if record else None
        operations, traffic = (None, None) if least is None else least.of(phase if "forward" in phase else "forward")
        entry |= {"flops": operations, "bytes": traffic, "ulps": {}}

        def check(values, entry=entry):
            entry["ulps"] = equal(name, record, call, values)

        sides = {"ours": {"library": "minitorch_edu"}, "torch": {"library": "torch"}}
        if (
            options.device == "cuda"
            and record
            and kind(record) in (Operator, Update)
            and not getattr(record, "random", False)
        ):
            sides["torch cuda"] = {"library": "torch", "device": "cuda"}
        works = {
            side: Work("benchmarks.ops", "build", name=name, case=case, phase=phase, **how)
            for side, how in sides.items()
        }
        how = {"rounds": options.rounds, "seconds": options.seconds, "threads": options.threads}
        entry["race"] = race(works, "torch", check=check, progress=f"{name} {phase}", **how)
        show(entry, options.ceilings)
        yield entry


def equal(name, record, call, values):
    """{side: largest error in float32 roundings}; AssertionError if a side computes something else."""
    worst = dict.fromkeys(values, 0.0)
    for what in values["torch"]:
        sides = {side: found[what] for side, found in values.items()}
        if record is None:
            errors, bound = {side: exact(array, sides["torch"]) for side, array in sides.items()}, 0.0
        else:
            errors, bound = kind(record).judge(record, call, what, sides)
        for side, error in errors.items():
            if not error <= bound:
                raise AssertionError(
                    f"{name}: {what} of {side} is off by {error:.3g} roundings, allowed are {bound:.3g}"
                )
            worst[side] = max(worst[side], error)
    return worst


def exact(got, expected):
    return 0.0 if got.dtype == expected.dtype and np.array_equal(got, expected) else np.inf


# ------------------------------------------------------------------------------------------------ the table

LINE = "  {:17} {:11} {:>9} {:>17}  {:>7} {:>15}  {:>7} {:>7} {:>10}  {:>7}  {:>5}"
HEAD = LINE.format("phase", "", *COLUMNS)


def show(entry, ceilings):
    """Print a line for each runner, and what speaks against trusting them."""
    for side, texts in cells(entry, ceilings).items():
        print(LINE.format(entry["phase"] if side == "ours" else "", side, *texts))
    for short, long in doubts(entry["race"]).items():
        print(f"  {short}: {long}")


def described_call(call):
    """The shapes and options of a call in few words."""
    if hasattr(call, "groups"):
        count = sum(value.size for members, _ in call.groups for value in members)
        return ", ".join([f"{count:,} parameters", *(f"{key}={value}" for key, value in call.options.kwargs.items())])
    if hasattr(call, "picture"):
        return f"{call.picture.kind} {brief(call.picture.array)}"
    words = [brief(value) for value in call.args]
    return ", ".join(words + [f"{key}={brief(value)}" for key, value in call.kwargs.items()])


def brief(value):
    """A shape for an array: 64x3x32x32."""
    if isinstance(value, np.ndarray):
        return "x".join(map(str, value.shape)) or "1"
    if isinstance(value, list) and value and isinstance(value[0], np.ndarray):
        return f"{len(value)} of {brief(value[0])}"
    return repr(value)

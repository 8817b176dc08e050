"""The optimizers, beside torch's: parameters, state and checkpoints after every step of a drawn training."""

import importlib
import inspect
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

from .draw import arrays, mostly, shapes
from .record import TIGHT, Call, Drawn, Illegal, Record, roundings, text


class Training(Drawn):
    """Steps of an optimizer over groups of parameters.

    options: those of the constructor (a Call without the parameters). groups: for each group its parameters (arrays)
    and its own options. steps: for each step the gradients of all parameters (an array or None) and the first group's
    new learning rate (or None). Before step number `checkpoint`, a checkpoint is saved, and loaded into a fresh
    optimizer. An array among the options stands for a tensor, always of float64.
    """

    def __init__(self, options, groups, steps, checkpoint):
        self.options, self.groups, self.steps, self.checkpoint = options, groups, steps, checkpoint

    def __repr__(self):
        return f"Training({self.options!r}, {text(self.groups)}, {text(self.steps)}, {self.checkpoint})"


@dataclass(frozen=True, repr=False)
class Optimizer(Record):
    """The record of an optimizer, drawn as a Training.

    Compared over the whole training: parameters, state, groups, printed form. The checkpoint is loaded from the same
    library, from torch into ours, and from ours into torch.
    """

    floor: float = 16.0
    path: str = field(default="optim", kw_only=True)

    def check(self, training):
        """{what: (our error, torch's)} in float32 roundings; AssertionError if anything differs after some step.

        Compared are parameters, state and groups; of a candidate only the parameters, all in one group, and with
        changes of lr only if it is an Optimizer.
        """
        if self.candidate is not None:
            return self.check_candidate(training)
        truth = self.run(("torch", "torch"), training, np.float64)
        if np.float64 in self.precisions:
            for libraries in (["minitorch_edu"] * 2, ("torch", "minitorch_edu"), ("minitorch_edu", "torch")):
                ours = self.run(libraries, training, np.float64)
                self.compare(libraries, training, ours, truth, lambda what, error: error <= TIGHT, np.float64)
        if np.float32 not in self.precisions:
            return {}
        theirs = self.run(("torch", "torch"), training, np.float32)
        ours = self.run(["minitorch_edu"] * 2, training, np.float32)
        own = {what: roundings(theirs[what], truth[what], np.float32) for what in truth if what not in TEXTS}
        fits = lambda what, error: error <= max(4 * own[what], self.floor)
        texts = {what: truth[what] for what in TEXTS}
        self.compare(["minitorch_edu"] * 2, training, ours | texts, truth, fits, np.float32)
        for what in theirs:
            if what not in TEXTS:
                assert ours[what].dtype == theirs[what].dtype, (
                    f"{self.name}: {what} is {ours[what].dtype}, torch's {theirs[what].dtype}\n{self.again(training)}"
                )
        return {what: (roundings(ours[what], truth[what], np.float32), own[what]) for what in own}

    def fitted(self, training):
        """The training without the options that the candidate lacks: any may be left out."""
        if self.candidate is None:
            return training
        known = inspect.signature(self.candidate).parameters
        kept = {key: plain(value) for key, value in training.options.kwargs.items() if key in known}
        if not kept.get("momentum"):
            kept.pop("nesterov", None)
        steps = training.steps
        if not issubclass(self.candidate, mt.optim.Optimizer):  # nobody knows how its lr is changed
            steps = [(gradients, None) for gradients, _ in steps]
        return Training(Call(**kept), training.groups, steps, training.checkpoint)

    def check_candidate(self, training):
        """AssertionError if a parameter is elsewhere than torch's after some step."""
        truth = self.path_of("torch", training, np.float64)
        for precision in self.precisions:
            ours, theirs = (self.path_of(library, training, precision) for library in ("minitorch_edu", "torch"))
            for j, what in enumerate(truth):
                error, own = (roundings(side[j], what, precision) for side in (ours, theirs))
                bound = TIGHT if precision is np.float64 else max(4 * own, self.floor)
                if not error <= bound:
                    measured = f"{error:.3g} {precision.__name__} roundings"
                    raise self.report(training, f"parameter {j} after each step", ours[j], what, measured)

    def outcome(self, training):
        """The parameters after each step of a plain training, as {what: array}."""
        return {f"parameter {j}": path for j, path in enumerate(self.path_of("minitorch_edu", training, np.float64))}

    def path_of(self, library, training, precision):
        """Each parameter after each step, of a plain training: one group, no checkpoint."""
        torch = importlib.import_module(library)
        values = [value for members, _ in training.groups for value in members]
        parameters = [torch.from_numpy(value.astype(precision)).requires_grad_() for value in values]
        optimizer = self.resolve(library)(parameters, **moved(training.options.kwargs, torch))
        found = [[] for _ in parameters]
        for gradients, lr in training.steps:
            if lr is not None:
                optimizer.param_groups[0]["lr"] = lr
            for p, gradient in zip(parameters, gradients):
                p.grad = None if gradient is None else torch.from_numpy(gradient.astype(precision))
            optimizer.step()
            for p, path in zip(parameters, found):
                path.append(p.detach().numpy().copy())
            optimizer.zero_grad()
            left = [j for j, p in enumerate(parameters) if p.grad is not None and p.grad.numpy().any()]
            assert not left, f"{self.name}: zero_grad() left the gradients of parameters {left}\n{self.again(training)}"
        return [np.stack(path) for path in found]

    def compare(self, libraries, training, ours, truth, fits, precision):
        """AssertionError unless everything is there, and every error fits."""
        for what in TEXTS:
            assert ours[what] == truth[what], (
                f"{self.name} in {libraries}: {what}\n ours: {ours[what]}\ntorch: {truth[what]}\n{self.again(training)}"
            )
        assert ours.keys() == truth.keys(), f"{self.name}: {list(ours)}\ntorch: {list(truth)}\n{self.again(training)}"
        for what in truth.keys() - set(TEXTS):
            assert ours[what].shape == truth[what].shape, f"{self.name}: shape of {what}\n{self.again(training)}"
            error = roundings(ours[what], truth[what], precision)
            assert fits(what, error), (
                f"{self.name}, checkpoint from {libraries[0]} to {libraries[1]}: {what} differs by {error:.3g} "
                f"{precision.__name__} roundings\n ours: {ours[what].tolist()}\ntorch: {truth[what].tolist()}\n"
                f"{self.again(training)}"
            )

    def run(self, libraries, training, precision):
        """{what: its values, step after step}, with one library before the checkpoint, and one after it."""
        torch = importlib.import_module(libraries[0])
        values = [parameter for parameters, _ in training.groups for parameter in parameters]
        parameters, optimizer = self.build(torch, training, values, precision)
        found = {"prints": [repr(optimizer)], "groups": [], "names of the state": []}
        found |= {f"parameter {j}": [p.detach().numpy().copy()] for j, p in enumerate(parameters)}
        for i, (gradients, lr) in enumerate(training.steps):
            if i == training.checkpoint:
                torch = importlib.import_module(libraries[1])
                values = [p.detach().numpy() for p in parameters]
                saved = moved(optimizer.state_dict(), torch)
                parameters, optimizer = self.build(torch, training, values, precision)
                optimizer.load_state_dict(saved)
            if lr is not None:
                optimizer.param_groups[0]["lr"] = lr
            for p, gradient in zip(parameters, gradients):
                p.grad = None if gradient is None else torch.from_numpy(gradient.astype(precision))
            optimizer.step()
            state = optimizer.state_dict()
            found["groups"].append([{name: plain(value) for name, value in g.items()} for g in state["param_groups"]])
            found["names of the state"].append({j: sorted(kept) for j, kept in state["state"].items()})
            for j, p in enumerate(parameters):
                found[f"parameter {j}"].append(p.detach().numpy().copy())
                for name, value in state["state"].get(j, {}).items():
                    found.setdefault(f"{name} of parameter {j}", []).append(value.numpy().copy())
        return {what: values if what in TEXTS else np.stack(values) for what, values in found.items()}

    def build(self, torch, training, values, precision):
        """(all parameters, the optimizer), with parameters of these values."""
        parameters = [torch.from_numpy(value.astype(precision)).requires_grad_() for value in values]
        left, groups = list(parameters), []
        for members, own in training.groups:
            groups.append({"params": [left.pop(0) for _ in members], **moved(own, torch)})
        return parameters, self.resolve(torch.__name__)(groups, **moved(training.options.kwargs, torch))


TEXTS = ("prints", "groups", "names of the state")


def moved(value, torch):
    """The same checkpoint or options with torch's tensors, torch being either library."""
    if isinstance(value, dict):
        return {key: moved(item, torch) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(moved(item, torch) for item in value)
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return torch.from_numpy(value.copy()) if isinstance(value, np.ndarray) else value


def plain(value):
    """A tensor (or array) among the options as a number."""
    return value.item() if hasattr(value, "item") else value


# ------------------------------------------------------------------------------------------------ drawing

RATES = st.sampled_from([0.1, 0.01, 1e-3, 0.0]) | st.sampled_from([0.1, 0.03]).map(np.array)
CHANGES = st.sampled_from([0.03, None, 1e-3, None, 0.1, 0.0])  # of the learning rate, between two steps
DECAY = st.sampled_from([0.3, 0.01, 0, 0.0])
BOOLS = st.sampled_from([True, False])
MOMENTUM = st.sampled_from([0.9, 0.5, 0])
SAME = {"foreach": st.sampled_from([None, False]), "differentiable": st.just(False)}


@st.composite
def trainings(draw, legal):
    """1 to 20 steps, with gradients of very different sizes, a few of them None or 0.

    legal draws options of the constructor. What is drawn first is what is drawn most: what shows mistakes.
    """
    groups = []
    for i in range(draw(st.integers(1, 2))):
        layout = st.lists(shapes(0, 3, 0, 4), min_size=1, max_size=3)
        parameters = [draw(arrays(shape, ("normal", "strided"))) for shape in draw(layout)]
        groups.append((parameters, draw(legal) if i else {}))
    parameters = [parameter for members, _ in groups for parameter in members]
    sizes = [draw(st.sampled_from([1.0, 1e-4, 1e3, 1e-8, 1e-12])) for _ in parameters]
    steps = []
    for _ in range(draw(st.sampled_from([3, 2, 5, 1, 8, 20]))):
        random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
        gradients = []
        for parameter, size in zip(parameters, sizes):
            gradient = size * random.standard_normal(parameter.shape) * (random.rand(*parameter.shape) < 0.9)
            gradient = np.asarray(gradient, np.float32).astype(np.float64)
            gradients.append(None if random.rand() < 0.1 else gradient.T.copy().T if random.rand() < 0.2 else gradient)
        steps.append((gradients, draw(CHANGES) if steps else None))
    return Training(Call(**draw(legal)), groups, steps, draw(st.integers(0, len(steps))))


@st.composite
def sgd_options(draw):
    chosen = draw(
        mostly(lr=RATES, momentum=MOMENTUM, dampening=st.sampled_from([0, 0.3]),
                weight_decay=DECAY, maximize=BOOLS, fused=st.sampled_from([None, False]), **SAME)
    )  # fmt: skip
    if chosen.get("momentum") and not chosen.get("dampening") and draw(BOOLS):
        chosen["nesterov"] = True
    return chosen


ADAGRAD = mostly(
    lr=RATES, lr_decay=st.sampled_from([0, 0.1]), weight_decay=DECAY, maximize=BOOLS,
    initial_accumulator_value=st.sampled_from([0, 0.5]), eps=st.sampled_from([1e-10, 1e-3]),
    fused=st.sampled_from([None, False]), **SAME
)  # fmt: skip
# Centered with alpha = 0 is left out: its variance is a rounding of 0.
RMSPROP = mostly(
    lr=RATES, alpha=st.sampled_from([0.99, 0.9, 0.5]), eps=st.sampled_from([1e-8, 1e-3]), weight_decay=DECAY,
    momentum=MOMENTUM, centered=BOOLS, maximize=BOOLS, capturable=st.just(False), **SAME
)  # fmt: skip
ADAMW = {
    "lr": RATES, "betas": st.sampled_from([(0.9, 0.999), (0.5, 0.9), (0.0, 0.99), (0.9, 0.0)]),
    "eps": st.sampled_from([1e-8, 1e-3]), "weight_decay": DECAY, "amsgrad": BOOLS, "maximize": BOOLS,
    "capturable": st.just(False), "fused": st.sampled_from([None, False]), **SAME
}  # fmt: skip


ONE = [np.ones(2)]
PARAMETERS = (
    Illegal(Call(np.ones(2)), TypeError, ("iterable of Tensors or dicts", "Tensor")),
    Illegal(Call([]), ValueError, ("empty parameter list",)),
    Illegal(Call([1.5]), TypeError, ("can only optimize Tensors", "float")),
    Illegal(Call([{"params": np.ones(2)}, np.ones(2)]), TypeError, ("param_group must be a dict", "Tensor")),
    Illegal(Call(ONE, lr=-1), ValueError, ("Invalid learning rate: -1",)),
    Illegal(Call(ONE, lr=np.ones(2)), ValueError, ("lr must be 1-element",)),
    Illegal(Call(ONE, weight_decay=-1), ValueError, ("Invalid weight_decay value: -1",)),
    Illegal(Call(ONE, foreach=True), NotImplementedError, ("foreach", "one implementation")),
    Illegal(Call(ONE, differentiable=True), NotImplementedError, ("differentiable", "one implementation")),
)
FUSED = (Illegal(Call(ONE, fused=True), NotImplementedError, ("fused", "one implementation")),)
BETAS = (
    Illegal(Call(ONE, eps=-1), ValueError, ("Invalid epsilon value: -1",)),
    Illegal(Call(ONE, betas=(1.0, 0.9)), ValueError, ("Invalid beta parameter at index 0: 1.0",)),
    Illegal(Call(ONE, betas=(0.9, -0.1)), ValueError, ("Invalid beta parameter at index 1: -0.1",)),
    Illegal(Call(ONE, betas=(0, 0.9)), ValueError, ("both floats",)),
    Illegal(Call(ONE, capturable=True), NotImplementedError, ("capturable", "one implementation")),
)

RECORDS = [
    Optimizer(
        "SGD",
        trainings(sgd_options()),
        illegal=PARAMETERS
        + FUSED
        + (
            Illegal(Call(ONE, momentum=-1), ValueError, ("Invalid momentum value: -1",)),
            Illegal(Call(ONE, nesterov=True), ValueError, ("Nesterov momentum requires a momentum",)),
            Illegal(Call(ONE, momentum=0.9, dampening=0.1, nesterov=True), ValueError, ("zero dampening",)),
        ),
    ),
    Optimizer(
        "Adagrad",
        trainings(ADAGRAD),
        illegal=PARAMETERS
        + FUSED
        + (
            Illegal(Call(ONE, lr_decay=-1), ValueError, ("Invalid lr_decay value: -1",)),
            Illegal(Call(ONE, eps=-1), ValueError, ("Invalid epsilon value: -1",)),
            Illegal(Call(ONE, initial_accumulator_value=-1), ValueError, ("initial_accumulator_value value: -1",)),
        ),
    ),
    Optimizer(
        "RMSprop",
        trainings(RMSPROP),
        illegal=PARAMETERS
        + (
            Illegal(Call(ONE, alpha=-1), ValueError, ("Invalid alpha value: -1",)),
            Illegal(Call(ONE, eps=-1), ValueError, ("Invalid epsilon value: -1",)),
            Illegal(Call(ONE, momentum=-1), ValueError, ("Invalid momentum value: -1",)),
        ),
    ),
    Optimizer("Adam", trainings(mostly(**ADAMW, decoupled_weight_decay=BOOLS)), illegal=PARAMETERS + FUSED + BETAS),
    Optimizer("AdamW", trainings(mostly(**ADAMW)), illegal=PARAMETERS + FUSED + BETAS),
]

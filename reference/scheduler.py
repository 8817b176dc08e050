"""The learning rate schedulers, beside torch's: every learning rate and momentum of a drawn schedule."""

import copy
import importlib
import warnings
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

from .draw import mostly, options
from .record import Call, Drawn, Illegal, Record

EXACT = 1e-12  # relative: both sides compute in Python's float64


class Schedule(Drawn):
    """Steps of a scheduler, made with these options (a Call without the optimizer; a Rule stands for a scheduler).

    optimizer: its name, and lrs: the learning rates of its groups. metrics: for each step what step() is given (nothing
    but for ReduceLROnPlateau, or an epoch). A checkpoint is saved, and loaded into fresh objects, before step number
    `checkpoint`.
    """

    def __init__(self, options, optimizer, lrs, metrics, checkpoint):
        self.options, self.optimizer, self.lrs = options, optimizer, lrs
        self.metrics, self.checkpoint = metrics, checkpoint

    def __repr__(self):
        return f"Schedule({self.options!r}, {self.optimizer!r}, {self.lrs}, {self.metrics}, {self.checkpoint})"


class Rule:
    """A scheduler inside another one: its name and its options."""

    def __init__(self, name, options):
        self.name, self.options = name, options

    def __repr__(self):
        return f"Rule({self.name!r}, {self.options!r})"


@dataclass(frozen=True, repr=False)
class Scheduler(Record):
    """The record of a scheduler, drawn as a Schedule; its checkpoint also travels from torch to us, and back."""

    path: str = field(default="optim.lr_scheduler", kw_only=True)

    def check(self, schedule):
        """AssertionError if a learning rate or a momentum differs from torch's at some step."""
        if self.candidate is not None:
            ours, theirs = (np.array(self.path_of(library, schedule)) for library in ("minitorch_edu", "torch"))
            if not np.allclose(ours, theirs, rtol=EXACT, atol=0, equal_nan=True):
                what = "lr, momentum and betas of each group (columns) after each step (rows)"
                raise self.report(schedule, what, ours, theirs, "more than a rounding")
            return
        truth = self.run(("torch", "torch"), schedule)
        for libraries in (["minitorch_edu"] * 2, ("torch", "minitorch_edu"), ("minitorch_edu", "torch")):
            ours = self.run(libraries, schedule)
            same = len(ours) == len(truth) and np.allclose(ours, truth, rtol=EXACT, atol=0, equal_nan=True)
            assert same, (
                f"{self.name}, checkpoint from {libraries[0]} to {libraries[1]}\n"
                f" ours: {ours}\ntorch: {truth}\n{self.again(schedule)}"
            )

    def fitted(self, schedule):
        """The schedule as the candidate takes it, or None; epochs only if it is derived from our schedulers."""
        if self.candidate is None:
            return schedule
        call = super().fitted(Call(optimizer=None, **schedule.options.kwargs))
        metrics = schedule.metrics
        if not issubclass(self.candidate, mt.optim.lr_scheduler.LRScheduler):
            metrics = [metric[: self.name == "ReduceLROnPlateau"] for metric in metrics]
        if call is not None:
            del call.kwargs["optimizer"]
        return call and Schedule(call, schedule.optimizer, schedule.lrs, metrics, schedule.checkpoint)

    def outcome(self, schedule):
        """What the candidate sets, as {what: array}."""
        return {"rates": np.array(self.path_of("minitorch_edu", schedule))}

    def path_of(self, library, schedule):
        """What the groups hold at first and after each step, without a checkpoint."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            optimizer, scheduler = self.build(library, schedule)
            found = [held(optimizer)]
            for metric in schedule.metrics:
                optimizer.step()
                scheduler.step(*metric)
                found.append(held(optimizer))
        return found

    def run(self, libraries, schedule):
        """For each step a list of the groups' learning rates and momenta, with one library before the checkpoint."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            optimizer, scheduler = self.build(libraries[0], schedule)
            found = [numbers(optimizer, scheduler)]
            for i, metric in enumerate(schedule.metrics):
                if i == schedule.checkpoint:
                    saved = optimizer.state_dict(), scheduler.state_dict()
                    optimizer, scheduler = self.build(libraries[1], schedule)
                    optimizer.load_state_dict(saved[0])
                    scheduler.load_state_dict(saved[1])
                optimizer.step()
                scheduler.step(*metric)
                found.append(numbers(optimizer, scheduler))
        return found

    def build(self, library, schedule):
        """(optimizer, scheduler) of a library."""
        torch = importlib.import_module(library)
        groups = [{"params": [torch.from_numpy(np.ones(1))], "lr": lr} for lr in schedule.lrs]
        optimizer = getattr(torch.optim, schedule.optimizer)(groups)
        return optimizer, construct(torch, self.resolve(library), schedule.options, optimizer)

    def attempt(self, call):
        """Our scheduler of an SGD with two groups, constructed and stepped twice."""
        schedule = Schedule(call, "SGD", [0.1, 0.2], [], 0)
        _, scheduler = self.build("minitorch_edu", schedule)
        scheduler.step()
        scheduler.step()


def construct(torch, cls, options, optimizer):
    """A scheduler of this class, with those inside it (Rules) made first."""

    def inner(value):
        if isinstance(value, Rule):
            return construct(torch, getattr(torch.optim.lr_scheduler, value.name), value.options, optimizer)
        return [inner(one) for one in value] if isinstance(value, list) else copy.deepcopy(value)

    return cls(optimizer=optimizer, **{name: inner(value) for name, value in options.kwargs.items()})


def held(optimizer):
    """What a schedule sets: of each group the learning rate, the momentum and the betas."""
    found = [(group["lr"], group.get("momentum", 0), *group.get("betas", ())) for group in optimizer.param_groups]
    return [float(number) for numbers in found for number in numbers]


def numbers(optimizer, scheduler):
    """What a schedule sets, and what it says that it set."""
    return [*map(float, scheduler.get_last_lr()), float(getattr(scheduler, "last_epoch", 0)), *held(optimizer)]


# ------------------------------------------------------------------------------------------------ drawing

FACTORS = st.sampled_from([0.1, 0.5, 0.9, 1.0, 0.25])
LENGTHS = st.integers(1, 12)


class Decay:
    """A function with a state, which checkpoints keep: it never goes back to an earlier step."""

    def __init__(self, gamma):
        self.gamma, self.latest = gamma, 0

    def __call__(self, t):
        self.latest = max(self.latest, t)
        return self.gamma**self.latest

    def __repr__(self):
        return f"Decay({self.gamma})"


def inverse(t):
    return 1 / (1 + t)


def warm_up(t):
    return min(1, (t + 1) / 5)


FUNCTIONS = st.sampled_from([inverse, warm_up]) | FACTORS.map(Decay)

RULES = {
    "LambdaLR": st.fixed_dictionaries({"lr_lambda": FUNCTIONS}),
    "StepLR": st.fixed_dictionaries({"step_size": LENGTHS}, optional={"gamma": FACTORS}),
    "MultiStepLR": st.fixed_dictionaries({"milestones": st.lists(LENGTHS, max_size=4)}, optional={"gamma": FACTORS}),
    "ConstantLR": options(factor=FACTORS, total_iters=LENGTHS),
    "LinearLR": options(start_factor=FACTORS, end_factor=FACTORS | st.just(0.0), total_iters=LENGTHS),
    "ExponentialLR": st.fixed_dictionaries({"gamma": FACTORS}),
    "CosineAnnealingLR": st.fixed_dictionaries(
        {"T_max": st.integers(2, 12)}, optional={"eta_min": st.sampled_from([0.0, 0.001, 0.2])}
    ),
}


NOTHING = st.just(())
JUMPS = NOTHING | NOTHING | st.integers(0, 15).map(lambda epoch: (epoch,))  # where the closed form is used


@st.composite
def schedules(draw, kwargs, metrics=NOTHING, optimizers=("SGD", "Adam"), longest=30):
    """A schedule of one or two groups.

    kwargs draws the options of the scheduler (or does, given the number of groups), metrics what one step is given (or
    what all steps are, given their number).
    """
    lrs = draw(st.lists(st.sampled_from([0.1, 1.0, 0.003]), min_size=1, max_size=2))
    chosen = draw(kwargs(len(lrs)) if callable(kwargs) else kwargs)
    most = min(longest, chosen.get("total_steps", longest))
    count = draw(st.integers(most // 2, most) | st.integers(0, most))
    steps = draw(metrics(count) if callable(metrics) else st.lists(metrics, min_size=count, max_size=count))
    return Schedule(Call(**chosen), draw(st.sampled_from(optimizers)), lrs, steps, draw(st.integers(0, len(steps))))


def lambda_options(groups):
    one = RULES["LambdaLR"]
    return one | st.fixed_dictionaries({"lr_lambda": st.lists(FUNCTIONS, min_size=groups, max_size=groups)})


def one_cycle_options(groups):
    """Cycles of 20 to 40 steps. Shorter ones may have a phase of none: faults.phase_of_no_step."""
    each = lambda values: st.sampled_from(values) | st.lists(st.sampled_from(values), min_size=groups, max_size=groups)
    chosen = options(
        pct_start=st.sampled_from([0.2, 0.3, 0.45, 0.0, 1.0]), anneal_strategy=st.sampled_from(["cos", "linear"]),
        cycle_momentum=st.booleans(), base_momentum=each([0.8, 0.85]), max_momentum=each([0.9, 0.95]),
        div_factor=st.sampled_from([10.0, 25]), final_div_factor=st.sampled_from([100.0, 1e4]),
        three_phase=st.booleans(),
    )  # fmt: skip
    lengths = st.fixed_dictionaries({"total_steps": st.integers(20, 40)}) | st.fixed_dictionaries(
        {"epochs": st.just(4), "steps_per_epoch": st.integers(8, 10)}
    )
    return st.builds(lambda *parts: {**parts[0], **parts[1], "max_lr": parts[2]}, chosen, lengths, each([0.1, 1.0]))


def plateau_options(groups):
    each = st.sampled_from([0, 0, 0.001, 0.05])
    return mostly(
        mode=st.sampled_from(["min", "max"]), factor=st.sampled_from([0.1, 0.5]), patience=st.integers(0, 3),
        threshold=st.sampled_from([0.1, 1e-4, 0]), threshold_mode=st.sampled_from(["abs", "rel"]),
        cooldown=st.sampled_from([0, 1, 2]), min_lr=each | st.lists(each, min_size=groups, max_size=groups),
        eps=st.sampled_from([1e-8, 1e-8, 0.01, 0.05]),
    )  # fmt: skip


def rules(names):
    """A Rule, of one of these names."""
    return st.sampled_from(sorted(names)).flatmap(
        lambda name: RULES[name].map(lambda kwargs: Rule(name, Call(**kwargs)))
    )


@st.composite
def sequences(draw, groups):
    inner = draw(st.lists(rules(RULES), min_size=1, max_size=3))
    milestones = draw(st.lists(st.integers(0, 25), min_size=len(inner) - 1, max_size=len(inner) - 1, unique=True))
    return {"schedulers": inner, "milestones": sorted(milestones)} | draw(options(last_epoch=st.integers(-1, 9)))


CHAINABLE = RULES.keys() - {"LambdaLR"}


@st.composite
def courses(draw, count):
    """What ReduceLROnPlateau is given: numbers that fall (or rise) in steps as large as the thresholds, and set-backs.

    They start near 1, 20 or 0.05, so that a relative and an absolute threshold differ. A few are nan.
    """
    number, falls, found = draw(st.sampled_from([20.0, 0.05, 1.0])), draw(st.sampled_from([True, False])), []
    for _ in range(count):
        factor = draw(st.sampled_from([0.95, 0.99999, 0.85, 0.8, 1.0, 1.02]))
        number *= factor if falls else 1 / factor
        metric = float("nan") if draw(st.integers(0, 15)) == 15 else number
        found.append((metric, *draw(st.sampled_from([(), (), (0,), (4,)]))))
    return found


POSITIVE = ("Expected positive integer total_steps", "0")

RECORDS = [
    Scheduler(
        "LambdaLR",
        schedules(lambda_options, JUMPS),
        illegal=(Illegal(Call(lr_lambda=[inverse]), ValueError, ("Expected 2 lr_lambdas, but got 1",)),),
    ),
    Scheduler(
        "ConstantLR",
        schedules(RULES["ConstantLR"], JUMPS),
        illegal=(
            Illegal(Call(factor=1.5), ValueError, ("factor", "between 0 and 1", "1.5")),
            Illegal(Call(factor=-0.5), ValueError, ("factor", "between 0 and 1", "-0.5")),
        ),
    ),
    Scheduler(
        "LinearLR",
        schedules(RULES["LinearLR"], JUMPS),
        illegal=(
            Illegal(Call(start_factor=0), ValueError, ("Starting", "greater than 0", "0")),
            Illegal(Call(start_factor=2), ValueError, ("Starting", "less or equal to 1", "2")),
            Illegal(Call(end_factor=2), ValueError, ("Ending", "between 0 and 1", "2")),
            Illegal(Call(end_factor=-0.5), ValueError, ("Ending", "between 0 and 1", "-0.5")),
        ),
    ),
    *(Scheduler(name, schedules(RULES[name], JUMPS)) for name in ("StepLR", "MultiStepLR", "ExponentialLR")),
    Scheduler(
        "CosineAnnealingLR",
        schedules(RULES["CosineAnnealingLR"], JUMPS),
        illegal=(Illegal(Call(T_max=3, last_epoch=2), KeyError, ("initial_lr", "param_groups[0]")),),
    ),
    Scheduler(
        "OneCycleLR",
        schedules(one_cycle_options, JUMPS, optimizers=("SGD", "RMSprop", "Adam", "AdamW"), longest=32),
        illegal=(
            Illegal(Call(max_lr=1.0), ValueError, ("total_steps OR",)),
            Illegal(Call(max_lr=1.0, total_steps=0), ValueError, POSITIVE),
            Illegal(Call(max_lr=1.0, epochs=3, steps_per_epoch=1.5), ValueError, ("steps_per_epoch", "1.5")),
            Illegal(Call(max_lr=1.0, total_steps=9, pct_start=2.0), ValueError, ("pct_start", "2.0")),
            Illegal(Call(max_lr=1.0, total_steps=9, pct_start=-0.5), ValueError, ("pct_start", "-0.5")),
            Illegal(Call(max_lr=1.0, total_steps=9, anneal_strategy="log"), ValueError, ("anneal_strategy", "log")),
            Illegal(Call(max_lr=[1.0] * 3, total_steps=9), ValueError, ("max_lr", "3 values", "2")),
            Illegal(Call(max_lr=1.0, total_steps=1), ValueError, ("Tried to step 2 times", "1")),
        ),
    ),
    Scheduler(
        "ReduceLROnPlateau",
        schedules(plateau_options, courses),
        illegal=(
            Illegal(Call(mode="low"), ValueError, ("mode low is unknown",)),
            Illegal(Call(threshold_mode="low"), ValueError, ("threshold mode low is unknown",)),
            Illegal(Call(factor=1.0), ValueError, ("Factor should be < 1.0",)),
            Illegal(Call(min_lr=[0.1]), ValueError, ("expected 2 min_lrs, got 1",)),
            Illegal(Call(), TypeError, ("metrics",)),
        ),
    ),
    Scheduler(
        "SequentialLR",
        schedules(sequences),
        illegal=(
            Illegal(Call(schedulers=[], milestones=[]), ValueError, ("at least one scheduler",)),
            Illegal(
                Call(schedulers=[Rule("StepLR", Call(step_size=2))], milestones=[1]), ValueError, ("one more", "1")
            ),
            Illegal(
                Call(schedulers=[Rule("ReduceLROnPlateau", Call())], milestones=[]), ValueError, ("ReduceLROnPlateau",)
            ),
        ),
    ),
    Scheduler(
        "ChainedScheduler",
        schedules(st.fixed_dictionaries({"schedulers": st.lists(rules(CHAINABLE), min_size=1, max_size=3)})),
        illegal=(Illegal(Call(schedulers=[]), ValueError, ("at least one scheduler",)),),
    ),
]

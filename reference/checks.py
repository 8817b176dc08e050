"""The checks that are made of every record, in one list: what pytest, verify and check all go through.

Beside equality with torch (in record.py) there are three that need no torch:

    finite difference: the gradient is the slope along a random direction
    accumulation:      two backward passes leave twice the gradient of one
    definition, laws:  what the textbook says (definitions.py, laws.py)

The defaults of the options must be torch's (signature.py), and illegal calls must raise what the record says.
"""

import functools
from dataclasses import dataclass

import numpy as np

import minitorch_edu as mt

from .definitions import DEFINITIONS
from .laws import LAWS
from .record import TIGHT, Op, cotangent, make, roundings
from .signature import defaults

__all__ = ["Check", "checks"]


@dataclass(frozen=True)
class Check:
    """A named check: run(call) raises AssertionError for a drawn call, or run() if it is not made of drawn ones."""

    name: str
    run: object
    drawn: bool = True

    def __call__(self, *call):
        try:
            return self.run(*call)
        except Exception as error:
            error.add_note(f"check: {self.name}")
            raise


def checks(record):
    """All checks of a record, the cheapest to fail first."""
    yield Check("equals torch", record.check)
    if type(record) is Op and record.gradients:
        if not record.detaches:
            yield Check("finite difference", functools.partial(finite_difference, record))
        yield Check("accumulation", functools.partial(accumulation, record))
    if record.name in DEFINITIONS:
        yield Check("definition", functools.partial(definition, record))
    for law in LAWS[record.name]:
        yield Check(law.__name__.replace("_", " "), functools.partial(law, record))
    yield Check("defaults", functools.partial(defaults, record), drawn=False)
    for i, illegal in enumerate(record.illegal):
        yield Check(f"illegal call {i}", functools.partial(record.check_illegal, illegal), drawn=False)


STEP = 1e-5  # relative
LARGE = 1e3  # of larger numbers it is a step over the whole period of a sine


def finite_difference(record, call):
    """The gradient along a direction u lies between the slopes to both sides, (y(x + hu) - y(x)) / h and the other.

    Every number moves in proportion to itself, so that zeros stay zero and no domain is left. At a kink the two slopes
    differ, and any gradient between them is right; where the function is smooth they differ by O(h).
    """
    if not all((np.abs(array) < LARGE).all() for array in call.arrays() if array.dtype.kind == "f"):
        return
    random = np.random.RandomState(3)
    fixed = (*record.constant, *record.mutates)

    def moved(call, by):
        factors = lambda a: np.asarray(a * (1 + by * random.uniform(0.5, 1.0, a.shape)))
        return call.map(lambda a: factors(a) if a.dtype.kind == "f" else a, but=fixed)

    here = moved(call, -0.1)  # away from ties
    state = random.get_state()
    values = {}
    for side in (-1, 1, 0):
        random.set_state(state)
        point = moved(here, side * STEP)
        values[side] = record.run("minitorch_edu", point, np.float64)
    gradients = [values[0][what] for what in values[0] if what.startswith("gradient")]
    if not gradients:
        return
    random.set_state(state)
    directions = []
    moved(here, 1.0).map(directions.append, but=fixed)
    starts = []
    here.map(starts.append, but=fixed)
    slope = sum(
        float((g * (to - start)).sum())
        for g, start, to in zip(
            gradients,
            [a for a in starts if a.dtype.kind == "f"],
            [a for a in directions if a.dtype.kind == "f"],
        )
    )
    low = high = size = 0.0
    for i, (what, y) in enumerate((what, y) for what, y in values[0].items() if what.startswith("value")):
        if y.dtype.kind != "f":
            continue
        with np.errstate(all="ignore"):
            slopes = [(values[side][what] - y) / (side * STEP) * cotangent(i, y.shape) for side in (-1, 1)]
        low, high = low + np.minimum(*slopes).sum(), high + np.maximum(*slopes).sum()
        size += np.abs(slopes).sum() * STEP + 1e-9 * np.abs(y * cotangent(i, y.shape)).sum()
    if not np.isfinite([low, high, slope]).all():
        return
    assert low - size <= slope <= high + size, (
        f"{record.name}: the gradient along a direction is {slope}, the slope there {low} to {high}\n"
        f"{record.again(here)}"
    )


def accumulation(record, call):
    """Two backward passes leave twice the gradient of one, also when other numbers came in between."""
    once = record.run("minitorch_edu", call, np.float64)
    halves = call.map(lambda a: make(np.asarray(a / 2) if a.dtype.kind == "f" else a, mt).clone())
    halves.kwargs.pop("inplace", None)
    between = None if isinstance(halves.kwargs.get("dtype"), str) else halves
    twice = record.run("minitorch_edu", call, np.float64, times=2, between=between)
    for what in once:
        if what.startswith("gradient"):
            with np.errstate(all="ignore"):
                expected = 2 * once[what]
            if not np.array_equal(twice[what], expected, equal_nan=True):
                raise record.report(call, what, twice[what], expected, "what the second backward should have added")


def definition(record, call):
    """The values are those of the definition written as plain loops."""
    expected = DEFINITIONS[record.name](*call.args, **call.kwargs)
    expected = expected if isinstance(expected, tuple) else (expected,)
    ours = record.run("minitorch_edu", call, np.float64)
    for i, value in enumerate(expected):
        got = ours[f"value {i}"]
        assert got.shape == value.shape, f"{record.name}: shape {got.shape}, not {value.shape}\n{record.again(call)}"
        error = roundings(got, value, np.float64)
        if not error <= TIGHT:
            raise record.report(call, f"value {i}", got, value, f"{error:.3g} float64 roundings")

"""The other forms of what has a record: `x.add(y)`, `x.add_(y)`, `absolute(x)`. They are derived, not written.

A form is called as the record of its function is, with one of the function's other names in front of the arguments.
"""

import dataclasses
import functools
import importlib
import itertools

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

from . import activation, elementwise, index, matmul, random, reduce, shape
from .record import Call, Op

__all__ = ["RECORDS", "dotted"]

# Names that torch's documentation calls aliases.
ALIASES = {
    "abs": "absolute", "neg": "negative", "mul": "multiply", "div": "divide", "sub": "subtract", "gt": "greater",
    "ge": "greater_equal", "lt": "less", "le": "less_equal", "ne": "not_equal",
}  # fmt: skip

COMPARISONS = ("eq", "ne", "lt", "le", "gt", "ge")
LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")


def dotted(thing, name):
    """What a dotted name means, or None."""
    return functools.reduce(lambda thing, part: getattr(thing, part, None), name.split("."), thing)


def spelled(name, input, *args, **kwargs):
    """What the function or method of this name gives, or the type of its error; in place it writes to a copy."""
    torch = importlib.import_module(type(input).__module__.split(".")[0])
    target = input.clone() if name.endswith("_") else input
    try:
        result = dotted(torch, name)(target, *args, **kwargs)
    except (RuntimeError, TypeError, ValueError, IndexError) as error:
        return np.array(type(error).__name__)
    return (target, np.array(result is target)) if name.endswith("_") else result


def forms(record):
    """The other names, among ours, of what a record is of."""
    plain = record.public.split(".")[-1]
    places = "{}", "Tensor.{}", "Tensor.{}_", "nn.functional.{}"
    names = [place.format(own) for own in (plain, ALIASES.get(plain)) if own for place in places]
    return [name for name in names if name != record.public and dotted(mt, name) is not None]


def called(name, call):
    """The call with this name in front, without what no form has: `inplace`, and another dtype in place."""
    without = {"inplace", "dtype"} if name.endswith("_") else {"inplace"}
    return Call(name, *call.args, **{key: value for key, value in call.kwargs.items() if key not in without})


def form(record, what, names, gradients=True):
    """The record of these other forms of a record."""
    calls = record.calls.filter(lambda call: isinstance(call.args[0], np.ndarray))
    return Form(f"{record.name} {what}", st.builds(called, st.sampled_from(names), calls), both=spelled,
                covers=tuple(names), floor=record.floor, terms=record.terms,
                gradients=gradients and record.gradients)  # fmt: skip


def derived(record):
    """The record of the other forms; for predicates also that of what they write in place, without gradients."""
    names = forms(record)
    placed = [name for name in names if name.endswith("_")]
    if record.name in LOGICAL:  # faults.logical_in_place
        names = [name for name in names if name not in placed]
    made = form(record, "in other forms", names)
    if record.name in ("cumsum", "cumprod"):
        made = dataclasses.replace(made, calls=made.calls.filter(lambda call: not bools_in_place(call)))
    if record.name in COMPARISONS:
        made = dataclasses.replace(made, calls=made.calls.filter(lambda call: not into_integers(call)))
    return [made] + [form(record, "in place", placed, gradients=False)] * (record.name in COMPARISONS + LOGICAL)


def into_integers(call):
    return call.args[0].endswith("_") and call.args[1].dtype.kind != "f"  # faults.comparison_into_integers


def bools_in_place(call):
    return call.args[0].endswith("_") and call.args[1].dtype.kind == "b"  # faults.bools_accumulated


class Form(Op):
    """The record of other forms: they must equal torch's; what holds for the function itself is not proved again.

    torch's forms differ in what they take: reshape(x, 2, 3) is a method only. There is nothing to compare with then.
    """

    def check(self, call):
        """As of an operator."""
        theirs = self.torchs(call, np.float64).get("value 0")
        return {} if np.array_equal(theirs, "TypeError") else super().check(call)


SOURCES = [
    record
    for family in (elementwise, reduce, shape, index, matmul, activation)
    for record in family.RECORDS
    if record.public.split(".")[-1] == record.name and forms(record) and record.name != "where"
]
DRAWS = [record for record in random.FUNCTIONS if record.name in ("bernoulli", "multinomial")]
RECORDS = [
    *itertools.chain.from_iterable(map(derived, SOURCES)),
    *[dataclasses.replace(record, name=f"Tensor.{record.name}", illegal=()) for record in DRAWS],
]

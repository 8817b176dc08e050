"""What the record of a type, a container or a setting is: a little program, run with either library.

    @program(RECORDS, calls, "numel", "Tensor.numel")
    def numel(torch, input):
        return torch.numel(input), input.numel()

What it returns, or the type of what it raises, must be the same, to the last bit.
"""

import collections.abc
import importlib
import warnings
from dataclasses import dataclass, field

import numpy as np

import minitorch_edu as mt

from .record import Record, make

__all__ = ["Program", "plain", "program"]


@dataclass(frozen=True)
class Program(Record):
    """The record of a program(torch, *args, **kwargs), torch being either library.

    Arrays in a Call become tensors, and a dtype=... is given by its name.
    """

    program: object = field(default=None, kw_only=True)

    public = ""

    def check(self, call):
        """AssertionError unless the program sees the same with both libraries."""
        ours, theirs = (self.outcome(importlib.import_module(library), call) for library in ("minitorch_edu", "torch"))
        assert ours == theirs, f"{self.name}\n ours: {ours}\ntorch: {theirs}\n{self.again(call)}"

    def outcome(self, torch, call):
        """What the program sees; an error counts by its type."""
        torch.manual_seed(0)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                seen = plain(self.run(torch, call))
            except (TypeError, ValueError, RuntimeError, IndexError, KeyError, AttributeError, AssertionError) as error:
                seen = type(error).__name__
        return seen, [warning.category.__name__ for warning in caught if warning.category is not DeprecationWarning]

    def run(self, torch, call):
        """What the program returns."""
        call = call.map(lambda array: make(array.copy("K"), torch))  # torch has no axes that run backwards
        if isinstance(call.kwargs.get("dtype"), str):
            call.kwargs["dtype"] = getattr(torch, call.kwargs["dtype"])
        return self.program(torch, *call.args, **call.kwargs)

    def attempt(self, call):
        """The program run with ours."""
        return self.run(mt, call)


def program(records, calls, *covers, illegal=()):
    """Append the record of the decorated program to the records of its family."""

    def register(function):
        name = function.__name__.replace("_", " ").strip()
        records.append(Program(name, calls, illegal=illegal, covers=covers, program=function))
        return function

    return register


def plain(thing):
    """What a program returns, without its library: tensors as (dtype, shape, strides, numbers)."""
    if hasattr(thing, "detach"):
        array = thing.detach().numpy()
        strides = [step for step, n in zip(thing.stride(), thing.shape) if n > 1 and array.size]
        return str(thing.dtype), array.shape, strides, thing.requires_grad, repr(array.tolist())
    if isinstance(thing, np.ndarray):
        return "array", str(thing.dtype), thing.shape, repr(thing.tolist())
    if isinstance(thing, collections.abc.Mapping):
        return type(thing).__name__, {key: plain(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return type(thing).__name__, [plain(item) for item in thing]
    if isinstance(thing, collections.abc.Iterator):
        return [plain(item) for item in thing]
    return type(thing).__name__, repr(thing).replace("minitorch_edu.", "torch.")

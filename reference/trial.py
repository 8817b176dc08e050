"""Candidates under the checks: wrong versions, ours with a gradient spoiled, a learner's."""

import dataclasses

import numpy as np

from .checks import Check, checks
from .layer import Layer
from .record import Op

__all__ = ["failures", "rejection", "spoiled", "unnoticed"]


def failures(record, check, calls):
    """(call, what was raised) of those calls, as far as the record's candidate takes them, that fail a check."""
    for call in map(record.fitted, calls):
        try:
            if call is not None:
                check(call)
        except Exception as error:
            yield call, error


def rejection(record, candidate, calls):
    """(check, what was raised) of the first check that a candidate fails in one of the drawn calls, or None."""
    record = dataclasses.replace(record, candidate=candidate)
    for check in checks(record):
        if check.drawn:
            for _, error in failures(record, check, calls):
                return check, error
    return None


def spoiled(record, place, factor):
    """Our version with one gradient multiplied by a factor: that of the place-th tensor that it differentiates."""
    ours = record.resolve("minitorch_edu")

    def candidate(*args, **kwargs):
        flat = []
        for value in (*args, *kwargs.values()):
            flat += value if isinstance(value, (list, tuple)) else [value]
        tensors = [value for value in flat if getattr(value, "requires_grad", False)]
        if isinstance(ours, type):  # a layer: its parameters
            made = ours(*args, **kwargs)
            tensors = list(made.parameters())
        if place < len(tensors):
            tensors[place].register_hook(lambda g: g * factor)
        return made if isinstance(ours, type) else ours(*args, **kwargs)

    return candidate


def gradients(record, call):
    """torch's gradients of a call, in the order in which `spoiled` counts them."""
    of_inputs = type(record) is Op
    found = record.torchs(call, np.float64)
    return [
        found[what]
        for what in found
        if what.startswith("gradient") and what.startswith("gradient of input") == of_inputs
    ]


def unnoticed(record, calls):
    """Each gradient that is not always zero, in turn zeroed, negated and halved: those that no call tells from ours."""
    if type(record) not in (Op, Layer) or not record.gradients:
        return []
    alive = [[np.nan_to_num(g).any() for g in gradients(record, call)] for call in calls]
    passed = []
    for place in range(max(map(len, alive), default=0)):
        with_it = [call for call, these in zip(calls, alive) if place < len(these) and these[place]]
        for factor in (0.0, -1.0, 0.5) if with_it else ():
            other = dataclasses.replace(record, candidate=spoiled(record, place, factor))
            if not any(failures(other, Check("equals torch", other.check), with_it)):
                passed.append(f"gradient {place} of {record.name}, times {factor}")
    return passed

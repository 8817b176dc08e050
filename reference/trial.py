"""Candidates under the checks: wrong versions, ours with a gradient spoiled, a learner's."""

import dataclasses

from .checks import checks
from .explore import explore

__all__ = ["rejection", "spoiled"]


def rejection(record, candidate, examples=40, seed=0):
    """(check, AssertionError) of the first check that a candidate fails in drawn calls that it accepts, or None.

    RuntimeError if no drawn call had only options that it accepts.
    """
    record = dataclasses.replace(record, candidate=candidate)
    for check in checks(record):
        if check.calls is not None and (error := failure(record, check, examples, seed)):
            return check, error
    return None


def failure(record, check, examples, seed):
    """The AssertionError of the first drawn call that fails a check, or None."""
    tried = []

    def attempt(call):
        if (call := record.fitted(call)) is not None:
            tried.append(call)
            check.run(call)

    try:
        explore(check.calls, attempt, examples, seed, shrink=False)
    except AssertionError as error:
        return error
    if not tried:
        raise RuntimeError(f"{record.name}: none of {examples} drawn calls fits the candidate's signature")
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

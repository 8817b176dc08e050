"""Candidates under the checks: wrong versions, ours with a gradient spoiled, a learner's."""

import dataclasses

from .checks import checks

__all__ = ["failures", "rejection", "spoiled"]


def failures(record, check, calls):
    """(call, AssertionError) of those calls, as the record's candidate takes them, that fail a check.

    RuntimeError if none of them suits the candidate.
    """
    fitted = [call for call in map(record.fitted, calls) if call is not None]
    if not fitted:
        raise RuntimeError(f"{record.name}: none of {len(calls)} drawn calls suits the candidate's signature")
    for call in fitted:
        try:
            check.run(call)
        except AssertionError as error:
            yield call, error


def rejection(record, candidate, calls):
    """(check, AssertionError) of the first check that a candidate fails in one of the drawn calls, or None."""
    record = dataclasses.replace(record, candidate=candidate)
    for check in checks(record):
        if check.calls is not None:
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

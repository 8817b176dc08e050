"""Every law, and the check against the definition, itself rejects a version that breaks it."""

import dataclasses
import functools

import numpy as np
import pytest

import minitorch_edu as mt
from reference import catalogue
from reference.checks import definition
from reference.definitions import DEFINITIONS
from reference.explore import explore
from reference.laws import LAWS
from reference.picture import Transform

RECORDS = {record.name: record for record in catalogue()}
FIRST = {law: name for name in reversed(LAWS) for law in LAWS[name]}
PAIRS = [(law, RECORDS[name]) for law, name in FIRST.items()] + [(definition, RECORDS[name]) for name in DEFINITIONS]


# ------------------------------------------------------------------------------------------------ functions


def ramp(y, x):
    """1, 1.5, 2, .. added to the numbers of the result."""
    return y + (1 + np.arange(y.size).reshape(y.shape) / 2)


def first_number(y, x):
    """The input's first number added to the result; truths turned round if it is not 0."""
    first = x.reshape(-1)[:1].sum()
    return y != bool(first) if y.dtype == bool else y + first


def squared(y, x):
    """The result squared."""
    return y * y


def result_spoiled(spoil, ours):
    """Our function, its first result spoiled."""

    @functools.wraps(ours)
    def candidate(*args, **kwargs):
        result = ours(*args, **kwargs)
        several = isinstance(result, (tuple, list))
        y, x = (tensor.detach().numpy() for tensor in (result[0] if several else result, args[0]))
        spoiled = mt.from_numpy(np.asarray(spoil(y, x)))
        return (spoiled, *result[1:]) if several else spoiled

    return candidate


def gradient_spoiled(ours):
    """Our function, the gradients of its inputs multiplied by 1, 1.5, 2, .."""

    @functools.wraps(ours)
    def candidate(*args, **kwargs):
        for tensor in (*args, *kwargs.values()):
            if getattr(tensor, "requires_grad", False):
                tensor.register_hook(lambda g: g * mt.from_numpy(np.asarray(ramp(np.zeros(tuple(g.shape)), None))))
        return ours(*args, **kwargs)

    return candidate


# ------------------------------------------------------------------------------------------------ classes


def layer_spoiled(ours):
    """Our layer, its result spoiled, and its buffers moved by every call."""

    @functools.wraps(ours)
    def candidate(*args, **kwargs):
        layer = ours(*args, **kwargs)
        forward = layer.forward

        def spoiled(x, **kwargs):
            for buffer in layer.buffers():
                buffer.add_(1)
            return result_spoiled(ramp, forward)(x, **kwargs)

        layer.forward = spoiled
        return layer

    return candidate


def optimizer_spoiled(ours):
    """Our optimizer, which moves every parameter by the number of parameters after each step."""

    class Spoiled(ours):
        def step(self):
            super().step()
            parameters = [p for group in self.param_groups for p in group["params"]]
            for p in parameters:
                p.data.add_(len(parameters))

    return Spoiled


def scheduler_spoiled(ours):
    """Our scheduler, which adds 1 to all learning rates after each step."""

    class Spoiled(ours):
        def step(self):
            super().step()
            for group in self.optimizer.param_groups:
                group["lr"] += 1

    return Spoiled


def transform_spoiled(ours):
    """Our transform, which also moves the picture up by one row."""
    functional = mt.vision.transforms.functional
    crop, size = functional.crop, functional.get_dimensions

    def moved(picture):
        return crop(picture, 1, 0, *size(picture)[1:])

    if isinstance(ours, type):
        return lambda **options: lambda picture: moved(ours(**options)(picture))
    return lambda picture, *args: moved(ours(picture, *args))


SPOILERS = {
    "Op": [*(functools.partial(result_spoiled, spoil) for spoil in (ramp, first_number, squared)), gradient_spoiled],
    "Layer": [layer_spoiled],
    "Optimizer": [optimizer_spoiled],
    "Scheduler": [scheduler_spoiled],
    **dict.fromkeys(["Transform", "Blend"], [transform_spoiled]),
}


@pytest.mark.parametrize(("law", "record"), PAIRS, ids=[f"{record.name}-{law.__name__}" for law, record in PAIRS])
def test_a_spoiled_version_is_rejected(law, record, monkeypatch):
    """By this law; and what it says tells how to repeat it."""
    ours = record.resolve("minitorch_edu")
    for spoil in SPOILERS[type(record).__name__]:
        broken = dataclasses.replace(record, candidate=spoil(ours))
        if isinstance(record, Transform):  # whose candidates nobody submits
            monkeypatch.setattr(f"minitorch_edu.{record.public}", broken.candidate)
        try:
            explore(record.calls, functools.partial(law, broken), 60, shrink=False)
        except AssertionError as error:
            assert "again: " in str(error)
            return
    raise AssertionError(f"{law.__name__} finds nothing wrong with any of them")

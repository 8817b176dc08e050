"""Drawing calls outside pytest: a given number of them, the same for the same seed."""

import contextlib

import hypothesis
from hypothesis import HealthCheck, Phase, settings

__all__ = ["Enough", "draw", "explore"]


class Enough(BaseException):  # passes through Hypothesis, which takes an Exception for a failure to shrink
    """Raised by a body that wants no more calls."""


def explore(calls, body, examples, seed=0, shrink=True):
    """Run body(call) for drawn calls; what it raises for one (with shrink: for the smallest that can be found)."""

    @hypothesis.seed(seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
    )
    @hypothesis.given(calls)
    def run(call):
        body(call)

    with contextlib.suppress(Enough):
        run()


def draw(calls, examples, seed=0, start=0):
    """A list of drawn calls, in parts of ten: after ten, Hypothesis makes many of the next by changing earlier ones.

    start: how many to leave out at first, a multiple of ten.
    """
    found = []
    for place in range(start, start + examples, 10):
        explore(calls, found.append, min(10, start + examples - place), seed * 1_000_003 + place)
    return found

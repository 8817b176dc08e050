"""For the lines that a failing check prints: `from reference.again import *; again("relu", Call(array([-1.0])))`."""

from numpy import array, inf, nan, zeros

from reference import find

from .checks import checks
from .layer import Use
from .optimizer import Training
from .picture import Applied, Make, Picture
from .record import Call
from .scheduler import Rule, Schedule

__all__ = ["Applied", "Call", "Make", "Picture", "Rule", "Schedule", "Training", "Use", "again", "array", "inf", "nan",
           "zeros"]  # fmt: skip


def again(name, call):
    """Make all checks of a record with one call; the first that fails raises AssertionError."""
    for check in checks(find(name)):
        if check.drawn:
            check(call)
            print(f"{name}: {check.name}: passed")

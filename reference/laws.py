"""The laws that operators obey, whatever torch says: each a named check of drawn calls."""

from collections import defaultdict

__all__ = ["LAWS"]

LAWS = defaultdict(list)


def law(*names):
    """Register a function(record, call), which raises AssertionError, as a law of the records of these names."""

    def register(function):
        for name in names:
            LAWS[name].append(function)
        return function

    return register

"""Wrong versions: mistakes that people made in public, written out. Every one must be rejected by the checks.

    @wrong("relu", source="https://...")
    def passes_negatives(input):
        '''The negative numbers pass: relu(x) is max(x, 0).'''
        return input

A wrong version takes our Tensors, like the function whose name it has (or is a class, for optimizers and layers), and
its docstring says what is wrong: it is what `check` tells a learner whose numbers are the same. Options that its
signature lacks are not drawn.
"""

import functools
import importlib
from collections import defaultdict
from dataclasses import dataclass

__all__ = ["Wrong", "wrong", "wrong_versions"]

FAMILIES = ("loss", "activation", "optimizer", "adam", "layer", "elementwise", "engine", "init", "pool", "conv", "norm",
            "shape", "reduce", "scheduler", "transform", "random")  # fmt: skip
_known = defaultdict(list)


@dataclass(frozen=True)
class Wrong:
    """A wrong version, and where somebody wrote it."""

    function: object
    source: str

    @property
    def name(self):
        return self.function.__name__

    @property
    def explanation(self):
        return " ".join(self.function.__doc__.split())


def wrong(*names, source):
    """Register a function (or class) as a wrong version of the records of these names."""

    def register(function):
        for name in names:
            _known[name].append(Wrong(function, source))
        return function

    return register


@functools.cache
def _load():
    for family in FAMILIES:
        importlib.import_module(f"reference.wrong.{family}")


def wrong_versions(name):
    """The wrong versions of the record of this name."""
    _load()
    return _known[name]

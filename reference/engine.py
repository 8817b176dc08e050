"""The record of backward: the gradients that it leaves in the leaves of a small program."""

import importlib
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from .draw import arrays
from .record import Drawn, Record, roundings, text

__all__ = ["RECORDS", "Program"]


class Program(Drawn):
    """Leaves of one shape, and steps that each append a sum or product of two of the tensors so far.

    steps: (whether it is a product, place of the first factor, of the second); runs: the places of the tensors that
    are differentiated, one after another, under a fixed cotangent.
    """

    def __init__(self, leaves, steps, runs):
        self.leaves, self.steps, self.runs = leaves, steps, runs

    def __repr__(self):
        return f"Program({text(self.leaves)}, {self.steps!r}, {self.runs!r})"


@dataclass(frozen=True)
class Backward(Record):
    """The record of backward(tensor, gradient), drawn as a Program. A candidate is a function of these two."""

    def check(self, program):
        """AssertionError unless every leaf holds the gradient that torch's holds."""
        ours, theirs = self.gradients("minitorch_edu", program), self.gradients("torch", program)
        for i, (got, expected) in enumerate(zip(ours, theirs)):
            assert (got is None) == (expected is None), f"leaf {i}: {got}, expected {expected}\n{self.again(program)}"
            if got is not None:
                assert got.shape == expected.shape and roundings(got, expected, np.float64) <= 64, (
                    f"backward: the gradient of leaf {i} is\n{got}, expected\n{expected}\n{self.again(program)}"
                )

    def gradients(self, library, program):
        """The gradients of the leaves after all runs."""
        torch = importlib.import_module(library)
        leaves = [torch.from_numpy(leaf.copy()).requires_grad_() for leaf in program.leaves]
        tensors = list(leaves)
        for product, a, b in program.steps:
            tensors.append(tensors[a] * tensors[b] if product else tensors[a] + tensors[b])
        for place in program.runs:
            array = np.random.RandomState(7).standard_normal(program.leaves[0].shape)
            self.resolve(library)(tensors[place], torch.from_numpy(array), retain_graph=True)
        return [None if leaf.grad is None else leaf.grad.numpy().copy() for leaf in leaves]

    def fitted(self, program):
        return program


@st.composite
def programs(draw):
    """Leaves used several times, and differentiated again."""
    count = draw(st.integers(1, 3))
    shape = draw(st.sampled_from([(2, 3), (4,), ()]))
    leaves = [draw(arrays(shape, ("normal", "ties"))) for _ in range(count)]
    steps = []
    for i in range(draw(st.integers(1, 5))):
        a, b = (draw(st.integers(0, count + i - 1)) for _ in range(2))
        steps.append((draw(st.booleans()), a, b))
    runs = draw(st.lists(st.integers(count, count + len(steps) - 1), min_size=1, max_size=3))
    return Program(leaves, steps, runs)


RECORDS = [Backward("gradient accumulation", programs(), "autograd.backward", "autograd.backward", path="")]

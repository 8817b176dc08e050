"""Wrong versions of what works element by element: mistakes in the gradients."""

import numpy as np

import minitorch_edu as mt
from minitorch_edu.autograd import op

from . import wrong


@wrong("add", source="https://github.com/tensorflow/tfjs-core/pull/398")
@op
def broadcast_averaged(input, other, *, alpha=1):
    """Where an operand was broadcast, its gradients are averaged: each use adds its own, and so they are summed."""

    def back(g, shape):
        lead = g.ndim - len(shape)
        axes = tuple(i for i in range(g.ndim) if i < lead or shape[i - lead] == 1)
        return g.mean(axes, keepdims=True)[(0,) * lead] if g.size else np.zeros(shape)

    value, right = mt.add.__wrapped__(input, other, alpha=alpha)
    shapes = {"input": np.shape(input), "other": np.shape(other)}
    return value, {name: lambda g, name=name: back(right[name](g), shapes[name]) for name in right}


@wrong("mul", source="https://github.com/deeplearning4j/nd4j/issues/2424")
@op
def broadcast_not_summed(input, other):
    """Where an operand was broadcast, it gets the gradient of its first use only: those of all uses are summed."""

    def back(g, shape):
        lead = g.ndim - len(shape)
        first = tuple(slice(0, 1) if i < lead or shape[i - lead] == 1 else slice(None) for i in range(g.ndim))
        return g[first][(0,) * lead] if g.size else np.zeros(shape)

    value, right = mt.mul.__wrapped__(input, other)
    shapes = {"input": np.shape(input), "other": np.shape(other)}
    return value, {name: lambda g, name=name: back(right[name](g), shapes[name]) for name in right}


@wrong("div", source="https://github.com/apache/singa/pull/484")
@op
def gradient_of_a_product(input, other):
    """The gradients are g / a and g b: those of a / b are g / b and -g a / b^2."""
    value, _ = mt.div.__wrapped__(input, other)
    return value, {"input": lambda g: g / input, "other": lambda g: g * other}


@wrong("exp", source="https://github.com/karpathy/nn-zero-to-hero/issues/52")
@op
def derivative_is_the_input(input):
    """The derivative is the input: e^x is its own derivative, so that it is the output."""
    value, _ = mt.exp.__wrapped__(input)
    return value, {"input": lambda g: g * input}


@wrong("maximum", source="https://github.com/Theano/Theano/issues/6470")
@op
def ties_to_both(input, other):
    """Where both are equal, each gets the whole gradient: each gets a half."""
    value, right = mt.maximum.__wrapped__(input, other)
    return value, {name: lambda g, name=name: right[name](g) * np.where(input == other, 2, 1) for name in right}


@wrong("maximum", source="https://github.com/pytorch/pytorch/issues/56734")
@op
def ties_to_the_first(input, other):
    """Where both are equal, the first gets the whole gradient: each gets a half."""
    value, right = mt.maximum.__wrapped__(input, other)
    share = {"input": 2, "other": 0}
    return value, {
        name: lambda g, name=name: right[name](g) * np.where(input == other, share[name], 1) for name in right
    }


@wrong("pow", source="https://github.com/tinygrad/tinygrad/issues/155")
@op
def logarithm_of_any_base(input, exponent):
    """The exponent's gradient is x^n log(x), and so nan where x is 0: there it is 0 (for n >= 0)."""
    value, right = mt.pow.__wrapped__(input, exponent)
    return value, {"input": right["input"], "exponent": lambda g: g * value * np.log(input)}

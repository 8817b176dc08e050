"""Layer normalization: every sample gets zero mean and unit variance over its own features.

    y = x_hat * weight + bias,    x_hat = (x - mean) / sqrt(var + eps)

The statistics belong to one sample, so training and evaluation are the same.

Paper: Ba, Kiros & Hinton (2016), https://arxiv.org/abs/1607.06450
Twin:  torch.nn.functional.layer_norm
"""

import math

import numpy as np

from ..autograd import op
from .checks import check_parameters

__all__ = ["feature_shape", "layer_norm", "standardize"]


@op(name="NativeLayerNormBackward0")
def layer_norm(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalize input over its trailing axes, which must be normalized_shape = D; weight and bias are D or None.

    input (*N, *D) -> the same shape. RuntimeError if the shapes do not fit.

    >>> F.layer_norm(torch.tensor([[1., 3.], [10., 30.]]), (2,))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """
    shape = input.shape
    features = feature_shape("layer_norm", input, normalized_shape)  # D
    check_parameters("layer_norm", input, features, weight=weight, bias=bias)
    d = math.prod(features)
    rows = (math.prod(shape[: len(shape) - len(features)]), d)  # all samples, all features

    x_hat, grad_rows = standardize(input.reshape(rows), eps)
    y = x_hat * (1 if weight is None else weight.reshape(d))  # (rows, d)
    if bias is not None:
        y += bias.reshape(d)

    # Below, g = dL/dy, (*N, *D).
    def grad_input(g):
        g = g.reshape(rows)
        return grad_rows(g if weight is None else g * weight.reshape(d)).reshape(shape)

    def grad_weight(g):
        return np.einsum("rd,rd->d", g.reshape(rows), x_hat).reshape(features)

    def grad_bias(g):
        return (np.ones(rows[0], g.dtype) @ g.reshape(rows)).reshape(features)

    return y.reshape(shape), {"input": grad_input, "weight": grad_weight, "bias": grad_bias}


def standardize(x, eps):
    """Give each row of x (R, D) zero mean and unit variance: x_hat (R, D), and the function dL/dx_hat -> dL/dx."""
    ones, d = np.ones(x.shape[1], x.dtype), max(x.shape[1], 1)

    def mean(a):  # of each row
        return (a @ ones / d)[:, None]  # (R, 1)

    def mean_product(a, b):
        return (np.einsum("rd,rd->r", a, b) / d)[:, None]  # (R, 1)

    x_hat = x - mean(x)  # centred so far
    inv_std = 1 / np.sqrt(mean_product(x_hat, x_hat) + eps)
    x_hat *= inv_std

    def grad(g):
        # x acts on its own x_hat, and through the mean and the variance on those of its whole row.
        shared = x_hat * mean_product(g, x_hat)
        shared += mean(g)
        gradient = np.subtract(g, shared, out=shared)
        gradient *= inv_std
        return gradient

    return x_hat, grad


def feature_shape(function, input, normalized_shape):
    """The trailing axes to normalize over, as a tuple; RuntimeError if they are not those of input."""
    if not isinstance(normalized_shape, (tuple, list)):
        kind = type(normalized_shape).__name__
        raise TypeError(f"{function}(): argument 'normalized_shape' must be tuple of ints, not {kind}")
    features = tuple(normalized_shape)
    if not features:
        raise RuntimeError(f"{function}(): Expected normalized_shape to be at least 1-dimensional, but got []")
    if input.shape[-len(features) :] != features:
        raise RuntimeError(
            f"{function}(): Given normalized_shape={list(features)}, expected input with shape "
            f"[*, {', '.join(map(str, features))}], but got input of size {list(input.shape)}"
        )
    return features

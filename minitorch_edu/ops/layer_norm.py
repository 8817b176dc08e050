"""Layer normalization: every sample gets zero mean and unit variance over its own features.

    y = x_hat * weight + bias,    x_hat = (x - mean) / sqrt(var + eps)

The statistics belong to one sample, so training and evaluation are the same. x acts on y through x_hat, and through the
mean and the variance of its sample:

    dL/dx = (g_hat - mean(g_hat) - x_hat * mean(g_hat * x_hat)) / sqrt(var + eps),    g_hat = weight * dL/dy

Paper: Ba, Kiros & Hinton (2016), https://arxiv.org/abs/1607.06450
Twin:  torch.nn.functional.layer_norm
"""

import math

import numpy as np

from ..autograd import op
from ..threads import share
from .checks import check_parameters
from .matmul import sum_rows

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

    w, b = (None if a is None else a.reshape(d) for a in (weight, bias))
    y = np.empty(rows, input.dtype)

    def scale(part, x_hat):  # a slice of the samples
        np.multiply(x_hat, 1 if w is None else w, out=y[part])
        if b is not None:
            y[part] += b

    x_hat, grad_rows = standardize(input.reshape(rows), eps, scale)

    # Below, g = dL/dy, (*N, *D).
    def grad_input(g):
        return grad_rows(g.reshape(rows), w).reshape(shape)

    def grad_weight(g):
        g = g.reshape(rows)
        parts = share(lambda part: np.einsum("rd,rd->d", g[part], x_hat[part]), rows[0], g.size // 8)
        return sum(parts).reshape(features)

    def grad_bias(g):
        return sum_rows(g.reshape(rows)).reshape(features)

    return y.reshape(shape), {"input": grad_input, "weight": grad_weight, "bias": grad_bias}


def standardize(x, eps, go_on=None):
    """Give each row of x (R, D) zero mean and unit variance: x_hat (R, D), and the gradient's function.

    The function takes dL/dy of y = weight * x_hat, and the weight (D,) or None for 1, to dL/dx. For each slice of
    the rows, go_on(part, x_hat[part]) is called by the thread that computed it.
    """
    ones, d = np.ones(x.shape[1], x.dtype), max(x.shape[1], 1)

    def mean(a):  # of each row
        return (a @ ones / d)[:, None]  # (R, 1)

    def mean_product(a, b):
        return (np.einsum("rd,rd->r", a, b) / d)[:, None]  # (R, 1)

    x_hat, inv_std = np.empty_like(x), np.empty((len(x), 1), x.dtype)

    def compute(part):  # a slice of the rows: they do not meet, so several threads work at once
        here = np.subtract(x[part], mean(x[part]), out=x_hat[part])  # centred so far
        inv_std[part] = 1 / np.sqrt(mean_product(here, here) + eps)
        here *= inv_std[part]
        if go_on:
            go_on(part, here)

    share(compute, len(x), x.size)

    def grad(g, weight=None):
        """dL/dx of g = dL/dy; the formula stands above."""
        gradient = np.empty_like(x_hat)

        def compute(part):
            g_hat = g[part] if weight is None else g[part] * weight
            shared = np.multiply(x_hat[part], mean_product(g_hat, x_hat[part]), out=gradient[part])
            shared += mean(g_hat)
            np.subtract(g_hat, shared, out=shared)
            shared *= inv_std[part]

        share(compute, len(g), g.size)
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

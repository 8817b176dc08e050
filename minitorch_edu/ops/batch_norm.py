"""Batch normalization: every channel gets zero mean and unit variance over the batch.

    y = x_hat * weight + bias,    x_hat = (x - mean) / sqrt(var + eps)

In training, mean and var are those of the m = N * (all trailing axes) elements of a channel, and they also move the
running ones, which take their place in evaluation:

    running <- (1 - momentum) * running + momentum * (mean, or var * m / (m - 1))

Note the two variances: the one that normalizes divides by m, the one that is remembered by m - 1. In training x acts on
y through x_hat, and through the mean and the variance that all elements of its channel share:

    dL/dx = weight / sqrt(var + eps) * (g - mean(g) - x_hat * mean(g * x_hat))             (g = dL/dy)
    dL/dweight = sum(g * x_hat),      dL/dbias = sum(g)

Paper: Ioffe & Szegedy (2015), https://arxiv.org/abs/1502.03167, algorithm 1, and section 3 for the gradient
Twin:  torch.nn.functional.batch_norm
"""

import math

import numpy as np

from ..autograd import op
from ..dtypes import Size
from ..threads import share
from .checks import check_parameters

__all__ = ["batch_norm", "channel_sum"]


@op(name="NativeBatchNormBackward0", memory="channels_last")
def batch_norm(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Normalize each channel of input (N, C) or (N, C, ...) -> the same shape; all other arrays are (C,) or None.

    Training writes to running_mean and running_var. ValueError if a channel then has a single element, whose variance
    says nothing; RuntimeError for arrays of another length, or without running statistics in evaluation.

    >>> x, mean, var = torch.tensor([[1.0, 10.0], [3.0, 30.0]]), torch.zeros(2), torch.ones(2)
    >>> F.batch_norm(x, mean, var, training=True)
    tensor([[-1.0000, -1.0000],
            [ 1.0000,  1.0000]])
    >>> mean, var  # 0.9 * 0 + 0.1 * (2, 20), 0.9 * 1 + 0.1 * (2, 200)
    (tensor([0.2000, 2.0000]), tensor([ 1.1000, 20.9000]))
    """
    if input.ndim < 2:
        raise IndexError(f"batch_norm(): expected input (N, C) or (N, C, ...), got shape {list(input.shape)}")
    c, dtype = input.shape[1], input.dtype
    ones = (1,) * (input.ndim - 2)
    m = input.size // max(c, 1)  # elements of a channel
    check_parameters("batch_norm", input, (c,),
                     running_mean=running_mean, running_var=running_var, weight=weight, bias=bias)  # fmt: skip
    if training and m == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {Size(input.shape)}")
    if training and eps <= 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    if (running_mean is None) != (running_var is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    if running_mean is None and not training:
        raise RuntimeError("running_mean must be defined in evaluation mode")

    def column(a):
        """(C,) -> (1, C, 1, ...), which broadcasts against input."""
        return a.astype(dtype, copy=False).reshape(1, c, *ones)

    def of_batch(function):  # function(part) is called for slices of the batch, which threads share out
        return share(function, len(input), input.size)

    def sums(*factors):  # (N, C, ...) -> (C,)
        return sum(of_batch(lambda part: channel_sum(*(a[part] for a in factors))))

    mean = sums(input) / m if training else running_mean  # (C,)
    x_hat, y = np.empty_like(input), np.empty_like(input)  # (N, C, ...)

    def center(part):
        here = np.subtract(input[part], column(mean), out=x_hat[part])
        return channel_sum(here, here) if training else 0

    def scale(part):
        here, there = x_hat[part], y[part]
        here *= column(inv_std)
        np.multiply(here, 1 if weight is None else column(weight), out=there)
        if bias is not None:
            there += column(bias)

    squares = sum(of_batch(center))
    var = squares / m if training else running_var  # (C,)
    inv_std = 1 / np.sqrt(var + eps)  # (C,)
    of_batch(scale)

    if training and running_mean is not None and m:
        running_mean[...] = (1 - momentum) * running_mean + momentum * mean
        running_var[...] = (1 - momentum) * running_var + momentum * var * m / (m - 1)

    # Below, g = dL/dy, (N, C, ...).
    def grad_input(g):
        slope = column(inv_std if weight is None else inv_std * weight)
        if not training:
            return g * slope
        mean_product, mean = column(sums(g, x_hat) / m), column(sums(g) / m)
        gradient = np.empty_like(x_hat)

        def compute(part):
            shared = np.multiply(x_hat[part], mean_product, out=gradient[part])
            shared += mean
            np.subtract(g[part], shared, out=shared)
            shared *= slope

        of_batch(compute)
        return gradient

    return y, {"input": grad_input, "weight": lambda g: sums(g, x_hat), "bias": sums}


BLOCK = 512  # so many numbers are added up in their own type, and then such sums in float64


def channel_sum(*factors):
    """Sum the product of the factors (N, C, ...) over all axes but C -> (C,) float64.

    Adding up thousands of float32 one by one would lose digits; converting every one to float64 would take its time.
    An array that is channels-last in memory is read where it lies.
    """
    n, c, *rest = factors[0].shape
    length = math.prod(rest)
    whole = length - length % BLOCK
    letters = ",".join(["ncbl"] * len(factors)) + "->ncb"
    factors = [factor.reshape(n, c, length) for factor in factors]  # (N, C, L)
    blocks = [factor[:, :, :whole].reshape(n, c, whole // BLOCK, BLOCK) for factor in factors]  # (N, C, B, BLOCK)
    remains = [factor[:, :, None, whole:] for factor in factors]  # (N, C, 1, L % BLOCK)
    return sum(np.einsum(letters, *part).sum((0, 2), dtype=np.float64) for part in (blocks, remains))

"""Average pooling: each window's mean.

    y[n, c, o] = 1 / D[o] * sum over k of  x[n, c, o * stride + k - padding]

D counts the window's elements: with the padding (count_include_pad: zeros that are averaged too) or without, but never
what hangs over beyond the padding in ceil_mode; or it is divisor_override.

Twin: torch.nn.functional.avg_pool1d, avg_pool2d, avg_pool3d
"""

import functools

import numpy as np

from ..autograd import op
from .checks import need_float
from .windows import channels_first, pad, per_axis, pool_sizes, taps, to_channels_last, with_batch

__all__ = ["avg_pool1d", "avg_pool2d", "avg_pool3d"]


def _divisors(sizes, out, kernel, stride, padding, include_pad):
    """D, (*out, 1): the product, over the axes, of how much of the window lies in the input or in the padding."""
    counts = []
    for n, o, k, s, p in zip(sizes, out, kernel, stride, padding):
        first = np.arange(o) * s - p
        low, high = (-p, n + p) if include_pad else (0, n)
        counts.append(np.minimum(first + k, high) - np.maximum(first, low))
    return functools.reduce(np.multiply.outer, counts)[..., None]


def _avg_pool(name, axes, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override=None):
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    stride = kernel if stride is None or stride == [] else per_axis(name, "stride", stride, axes, 1)
    padding = per_axis(name, "padding", padding, axes, 0)
    if divisor_override == 0:
        raise RuntimeError(f"{name}(): divisor must be not zero")
    if input.dtype != np.int64:  # whose means are rounded toward 0
        need_float(name, input=input)
    batch, alone = with_batch(name, input, axes)
    one, sizes = (1,) * axes, batch.shape[2:]
    out, pads = pool_sizes(name, sizes, kernel, stride, padding, one, ceil_mode)
    divisors = divisor_override or _divisors(sizes, out, kernel, stride, padding, count_include_pad)

    y = None
    for tap in taps(pad(to_channels_last(batch), pads), kernel, stride, one, out):  # each (N, *out, C)
        y = tap.copy() if y is None else np.add(y, tap, out=y)
    y = np.true_divide(y, divisors, out=y) if y.dtype.kind == "f" else (y - np.fmod(y, divisors)) // divisors
    count, channels = y.shape[0], y.shape[-1]

    # Below, g = dL/dy, (N, C, *out).
    def grad_input(g):
        share = (to_channels_last(g[None] if alone else g) / divisors).astype(g.dtype, copy=False)
        padded = (n + left + right for n, (left, right) in zip(sizes, pads))
        dx = np.zeros((count, *padded, channels), g.dtype)
        for tap in taps(dx, kernel, stride, one, out):
            tap += share
        return channels_first(pad(dx, [(-left, -right) for left, right in pads]), alone)  # (N, C, *in)

    return channels_first(y, alone), {"input": grad_input}


@op(name="SqueezeBackward1", memory="channels_last")
def avg_pool1d(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Pool input (N, C, L) or (C, L) -> (N, C, OL); as `avg_pool2d`, along one axis.

    >>> x = torch.tensor([[2.0, 4.0]])
    >>> F.avg_pool1d(x, 2, stride=1, padding=1)  # the means of 0 2, of 2 4 and of 4 0
    tensor([[1., 3., 2.]])
    >>> F.avg_pool1d(x, 2, stride=1, padding=1, count_include_pad=False)
    tensor([[2., 3., 4.]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool1d.html
    """
    return _avg_pool("avg_pool1d", 1, input, kernel_size, stride, padding, ceil_mode, count_include_pad)


@op(name="AvgPool2DBackward0", memory="channels_last")
def avg_pool2d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """Pool input (N, C, H, W) or (C, H, W) -> (N, C, OH, OW), the mean of each window.

    kernel_size, stride (the kernel's if None), padding: an int or one per axis, in pixels. OH as in `max_pool2d`.
    Raises RuntimeError if no window fits, padding exceeds half the kernel, or divisor_override is 0.

    >>> F.avg_pool2d(torch.tensor([[[1.0, 3.0, 0.0, 4.0], [5.0, 7.0, 0.0, 4.0]]]), 2)
    tensor([[[4., 2.]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool2d.html
    """
    return _avg_pool(
        "avg_pool2d", 2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )


@op(name="AvgPool3DBackward0", memory="channels_last")
def avg_pool3d(
    input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """Pool input (N, C, D, H, W) or (C, D, H, W) -> (N, C, OD, OH, OW); as `avg_pool2d`, along three axes.

    >>> F.avg_pool3d(torch.arange(8.0).reshape(1, 2, 2, 2), 2)
    tensor([[[[3.5000]]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.avg_pool3d.html
    """
    return _avg_pool(
        "avg_pool3d", 3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
    )

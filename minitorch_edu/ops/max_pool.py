"""Max pooling: each window's largest element.

    y[n, c, o] = max over k of  x[n, c, o * stride + k * dilation - padding]

The padding is minus infinity: it never wins. The gradient goes to the winner alone. Of several equal elements the
first, in reading order, wins; a NaN beats everything, and of several NaN the last wins.

`max_pool2d_loops` is this and nothing else. What runs looks at one place of all windows at a time (a tap): the maximum
of all taps is y, and the winner is at a tap if it equals y and no tap before it did.

Twin: torch.nn.functional.max_pool1d, max_pool2d, max_pool3d
"""

import numpy as np

from ..autograd import op
from ..threads import blocks, share
from .elementwise import kept
from .windows import channels_first, channels_last, pad, per_axis, pool_sizes, taps, with_batch

__all__ = ["max_pool1d", "max_pool2d", "max_pool2d_loops", "max_pool3d"]

BLOCK = 2**19  # numbers of the gradient that a thread works on at a time, 2 MiB in float32


def _max_pool(name, axes, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices):
    kernel = per_axis(name, "kernel_size", kernel_size, axes, 1)
    stride = kernel if stride is None or stride == [] else per_axis(name, "stride", stride, axes, 1)
    padding = per_axis(name, "padding", padding, axes, 0)
    dilation = per_axis(name, "dilation", dilation, axes, 1)
    batch, alone = with_batch(name, input, axes)
    sizes = batch.shape[2:]
    out, pads = pool_sizes(name, sizes, kernel, stride, padding, dilation, ceil_mode)
    any_padding = any(map(any, pads))
    apart = all(s > d * (k - 1) for k, s, d in zip(kernel, stride, dilation))  # no element lies in two windows
    least = -np.inf if batch.dtype.kind == "f" else np.iinfo(batch.dtype).min
    x = channels_last(batch)  # (N, *in, C), a view: neighbours in memory stay neighbours, here and in y
    y = np.empty_like(x, shape=(len(x), *out, x.shape[-1]))  # (N, *out, C)

    # Below, `part` is a slice of the batch: pictures do not meet, so several threads work at once.
    def windows(part):
        return taps(pad(x[part], pads, least), kernel, stride, dilation, out)

    def pool(part):
        y[part] = least
        for tap in windows(part):  # each (N, *out, C)
            np.maximum(y[part], tap, out=y[part])

    def wins(part):
        """For each place of the window, in reading order, which windows it wins: (N, *out, C), bool."""
        inside = taps(pad(np.ones((1, *sizes, 1), bool), pads), kernel, stride, dilation, out)
        free, last_nan = np.ones_like(y[part], bool), None
        if y.dtype.kind == "f" and np.isnan(y[part]).any():
            last_nan = np.full(y[part].shape, -1)
            for k, tap in enumerate(windows(part)):
                last_nan[np.isnan(tap)] = k
        for k, (tap, real) in enumerate(zip(windows(part), inside)):
            win = tap == y[part]
            win &= free
            if any_padding:
                win &= real
            free ^= win
            yield win if last_nan is None else win | (last_nan == k)

    share(pool, len(x), x.size)

    # Below, g = dL/dy, (N, C, *out).
    def grad_input(g):
        g = channels_last(g[None] if alone else g)  # (N, *out, C)
        padded = (n + left + right for n, (left, right) in zip(sizes, pads))
        dx = np.empty_like(x, shape=(len(x), *padded, x.shape[-1]))

        def distribute(part):
            for few in blocks(part, max(1, BLOCK * len(x) // max(1, dx.size))):
                dx[few] = 0  # and so it stays where no window is
                for tap, win in zip(taps(dx[few], kernel, stride, dilation, out), wins(few)):
                    if apart:
                        tap[...] = kept(g[few], win)
                    else:
                        tap += kept(g[few], win)

        share(distribute, len(x), dx.size)
        return channels_first(pad(dx, [(-left, -right) for left, right in pads]), alone)  # (N, C, *in)

    if not return_indices:
        return channels_first(y, alone), {"input": grad_input}
    indices = np.zeros(y.shape, np.int64)  # numbers of elements of one channel, in reading order
    for place, win in zip(np.ndindex(*kernel), wins(slice(None))):
        flat = 0
        for axis, (k, n, o, s, p, d) in enumerate(zip(place, sizes, out, stride, padding, dilation)):
            coordinate = np.arange(o) * s + k * d - p
            flat = flat * n + coordinate.reshape(-1, *(1,) * (axes - axis))  # (*out, 1) in the end
        indices += flat * win
    return (channels_first(y, alone), channels_first(indices, alone)), {"input": grad_input}


@op(name="SqueezeBackward1", memory="channels_last")
def max_pool1d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Pool input (N, C, L) or (C, L) -> (N, C, OL); as `max_pool2d`, along one axis.

    >>> F.max_pool1d(torch.tensor([[1., 3., 2., 2.]]), 2, return_indices=True)
    (tensor([[3., 2.]]), tensor([[1, 2]]))

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool1d.html
    """
    return _max_pool("max_pool1d", 1, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@op(name="MaxPool2DWithIndicesBackward0", memory="channels_last")
def max_pool2d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Pool input (N, C, H, W) or (C, H, W) -> (N, C, OH, OW), the largest element of each window.

    kernel_size, stride (the kernel's if None), padding, dilation: an int or one per axis, in pixels.
    OH = floor((H + 2 * padding - dilation * (KH - 1) - 1) / stride) + 1; ceil_mode rounds up, but no window starts in
    the right padding. return_indices: also the winners' places h * W + w, int64.
    Raises RuntimeError if no window fits, or padding exceeds half the kernel.

    >>> x = torch.tensor([[[1., 2., 5., 5.], [4., 3., 5., 0.]]], requires_grad=True)
    >>> y = F.max_pool2d(x, 2)
    >>> y.sum().backward()
    >>> y.tolist()
    [[[4.0, 5.0]]]
    >>> x.grad
    tensor([[[0., 0., 1., 0.],
             [1., 0., 0., 0.]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool2d.html
    """
    return _max_pool("max_pool2d", 2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@op(name="MaxPool3DWithIndicesBackward0", memory="channels_last")
def max_pool3d(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """Pool input (N, C, D, H, W) or (C, D, H, W) -> (N, C, OD, OH, OW); as `max_pool2d`, along three axes.

    >>> F.max_pool3d(torch.arange(8.).reshape(1, 2, 2, 2), kernel_size=(1, 2, 2)).flatten()
    tensor([3., 7.])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.max_pool3d.html
    """
    return _max_pool("max_pool3d", 3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@op(name="MaxPool2DWithIndicesBackward0", memory="channels_last")
def max_pool2d_loops(input, kernel_size, stride=None, padding=0, dilation=1):
    """`max_pool2d` by its definition: who wins each window, one element after the other. To read, and to check it.

    input (N, C, H, W), floats; nothing is checked.
    """
    pair = lambda v: (v, v) if isinstance(v, int) else v
    kernel, stride, padding, dilation = map(pair, (kernel_size, stride or kernel_size, padding, dilation))
    (N, C, H, W), (KH, KW) = input.shape, kernel
    OH = (H + 2 * padding[0] - dilation[0] * (KH - 1) - 1) // stride[0] + 1
    OW = (W + 2 * padding[1] - dilation[1] * (KW - 1) - 1) // stride[1] + 1

    y, winners = np.full((N, C, OH, OW), -np.inf, input.dtype), {}
    for n, c, oh, ow in np.ndindex(N, C, OH, OW):
        for kh, kw in np.ndindex(KH, KW):
            h = oh * stride[0] + kh * dilation[0] - padding[0]
            w = ow * stride[1] + kw * dilation[1] - padding[1]
            if 0 <= h < H and 0 <= w < W:
                x, first = input[n, c, h, w], (n, c, oh, ow) not in winners
                if first or x > y[n, c, oh, ow] or np.isnan(x):
                    y[n, c, oh, ow], winners[n, c, oh, ow] = x, (n, c, h, w)

    def grad_input(g):
        dx = np.zeros_like(input)
        for window, winner in winners.items():
            dx[winner] += g[window]
        return dx

    return y, {"input": grad_input}

"""Adaptive pooling: the output size is given, and the windows follow from it.

Along an axis of L elements cut into O bins, bin o is  floor(o * L / O) <= i < ceil((o + 1) * L / O);  bins overlap when
O does not divide L. The mean (or the largest element) of each bin is taken.

Twin: torch.nn.functional.adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_max_pool2d
"""

import numpy as np

from ..autograd import op
from .checks import need_float
from .windows import with_batch

__all__ = ["adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool1d", "adaptive_max_pool2d"]


def _sizes(name, input, output_size, axes):
    """The output size as a tuple; None keeps an axis."""
    need_float(name, input=input)
    sizes = input.shape[-axes:]
    given = (output_size,) * axes if output_size is None or isinstance(output_size, int) else tuple(output_size)
    if len(given) != axes:
        raise RuntimeError(f"{name}(): output_size must be {axes} numbers (or None), got {output_size!r}")
    out = tuple(n if o is None else o for o, n in zip(given, sizes))
    if min(out) < 0:
        raise RuntimeError(f"{name}(): elements of output_size must be greater than or equal to 0, got {output_size!r}")
    if 0 in sizes:
        raise RuntimeError(
            f"{name}(): Expected input to have non-zero size for non-batch dimensions, but it has {list(input.shape)}"
        )
    return out


def _bins(length, count):
    """For each bin its elements as indices (O, B), the last one repeated where a bin has fewer than B, and how many."""
    o = np.arange(count)
    first, end = o * length // count, -(-(o + 1) * length // count)
    index = first[:, None] + np.arange((end - first).max(initial=1))  # (O, B)
    return np.minimum(index, end[:, None] - 1), end - first


def _mean_of_bins(x, count):
    """The means of the bins of x's last axis: (..., L) -> (..., O), and the gradient's way back."""
    index, sizes = _bins(x.shape[-1], count)
    shape = x.shape
    real = np.arange(index.shape[1]) < sizes[:, None]  # (O, B), False where the last one is repeated
    y = np.sum(x[..., index], axis=-1, where=real) / sizes.astype(x.dtype)  # (..., O)

    def grad(g):
        dx = np.zeros(shape, g.dtype)
        bins, places = np.nonzero(real)
        np.add.at(dx, (..., index[bins, places]), (g / sizes.astype(g.dtype))[..., bins])
        return dx

    return y, grad


@op(name="SqueezeBackward1", memory="channels_last")
def adaptive_avg_pool1d(input, output_size):
    """Average input (N, C, L) or (C, L) over output_size bins -> (N, C, O).

    >>> F.adaptive_avg_pool1d(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]), 2)  # the means of 1 2 3 and of 3 4 5
    tensor([[2., 4.]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool1d.html
    """
    with_batch("adaptive_avg_pool1d", input, 1)
    (count,) = _sizes("adaptive_avg_pool1d", input, output_size, 1)
    y, grad = _mean_of_bins(input, count)
    return y, {"input": grad}


@op(
    name=lambda y, *rest, **options: "MeanBackward1" if y.shape[-2:] == (1, 1) else "AdaptiveAvgPool2DBackward0",
    memory="channels_last",
)
def adaptive_avg_pool2d(input, output_size):
    """Average input (N, C, H, W) or (C, H, W) over OH x OW bins -> (N, C, OH, OW): first along W, then along H.

    output_size: an int, or a pair in which None keeps the axis. RuntimeError if it is negative.

    >>> x = torch.tensor([[[1.0, 2.0, 5.0, 6.0], [3.0, 4.0, 7.0, 8.0]]])
    >>> F.adaptive_avg_pool2d(x, 1), F.adaptive_avg_pool2d(x, (1, 2))
    (tensor([[[4.5000]]]), tensor([[[2.5000, 6.5000]]]))

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_avg_pool2d.html
    """
    with_batch("adaptive_avg_pool2d", input, 2)
    OH, OW = _sizes("adaptive_avg_pool2d", input, output_size, 2)
    rows, grad_w = _mean_of_bins(input, OW)  # (N, C, H, OW)
    y, grad_h = _mean_of_bins(rows.swapaxes(-1, -2), OH)  # (N, C, OW, OH)
    return y.swapaxes(-1, -2), {"input": lambda g: grad_w(grad_h(g.swapaxes(-1, -2)).swapaxes(-1, -2))}


def _adaptive_max(name, input, output_size, return_indices):
    axes = 1 if name.endswith("1d") else 2
    batch, alone = with_batch(name, input, axes)
    H, W = (1, *batch.shape[2:])[-2:]  # one axis is two, the first of one element
    out = _sizes(name, input, output_size, axes)
    OH, OW = (1, *out)[-2:]
    rows, cols = _bins(H, OH)[0], _bins(W, OW)[0]  # (OH, KH), (OW, KW)
    at = rows[:, None, :, None] * W + cols[None, :, None, :]  # (OH, OW, KH, KW), numbers of elements
    at = at.reshape(OH * OW, rows.shape[1] * cols.shape[1])
    x = input.reshape(batch.shape[0] * batch.shape[1], H * W)  # (N*C, H*W)
    seen = x[:, at]  # (N*C, OH*OW, KH*KW)
    missing = np.isnan(seen)
    winner = np.where(missing.any(-1), missing.shape[-1] - 1 - missing[..., ::-1].argmax(-1), seen.argmax(-1))
    indices = np.take_along_axis(np.broadcast_to(at, seen.shape), winner[..., None], -1)[..., 0]  # (N*C, OH*OW)
    y = np.take_along_axis(x, indices, -1)
    shape, flat, result = input.shape, x.shape, (*input.shape[:-axes], *out)

    def grad_input(g):
        dx = np.zeros(flat, g.dtype)
        np.add.at(dx, (np.arange(len(dx))[:, None], indices), g.reshape(indices.shape))
        return dx.reshape(shape)

    y = y.reshape(result)
    return (y, indices.reshape(result)) if return_indices else y, {"input": grad_input}


@op(name="SqueezeBackward1", memory="channels_last")
def adaptive_max_pool1d(input, output_size, return_indices=False):
    """The largest element of each of output_size bins: input (N, C, L) or (C, L) -> (N, C, O).

    >>> F.adaptive_max_pool1d(torch.tensor([[1.0, 2.0, 9.0, 4.0, 5.0]]), 2)  # of 1 2 9 and of 9 4 5
    tensor([[9., 9.]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool1d.html
    """
    return _adaptive_max("adaptive_max_pool1d", input, output_size, return_indices)


@op(memory="channels_last")
def adaptive_max_pool2d(input, output_size, return_indices=False):
    """The largest element of each of OH x OW bins: input (N, C, H, W) or (C, H, W) -> (N, C, OH, OW).

    Of several equal elements the first wins. return_indices: also the winners' places h * W + w, int64.

    >>> F.adaptive_max_pool2d(torch.tensor([[[3.0, 1.0], [7.0, 5.0]]]), 1, return_indices=True)
    (tensor([[[7.]]]), tensor([[[2]]]))

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.adaptive_max_pool2d.html
    """
    return _adaptive_max("adaptive_max_pool2d", input, output_size, return_indices)

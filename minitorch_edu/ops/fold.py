"""The two halves of im2col: unfold writes every window out as a column, fold adds columns up where they came from.

    unfold: (N, C, H, W) -> (N, C*KH*KW, L)     column l holds window l, L = OH*OW windows in reading order
    fold:   (N, C*KH*KW, L) -> (N, C, H, W)     x[n, c, i] = sum of what the windows over i have there

Each is the other's transpose, so each is the other's gradient. A convolution is unfold, a product with the weights as a
matrix (F, C*KH*KW), and a reshape.

Twin: torch.nn.functional.unfold, torch.nn.functional.fold
"""

import math

import numpy as np

from ..autograd import op
from .windows import channels_first, output_sizes, pad, per_axis, taps, to_channels_last, windows

__all__ = ["fold", "unfold"]


def _unfold(x, kernel, stride, pads, dilation):
    """x (N, C, H, W) -> columns (N, C*KH*KW, L)."""
    view = windows(pad(to_channels_last(x), pads), kernel, stride, dilation)  # (N, OH, OW, KH, KW, C)
    N, OH, OW, KH, KW, C = view.shape
    return view.transpose(0, 5, 3, 4, 1, 2).copy().reshape(N, C * KH * KW, OH * OW)


def _fold(columns, sizes, kernel, stride, pads, dilation, out):
    """columns (N, C*KH*KW, L) -> x (N, C, H, W)."""
    by_tap = columns.reshape(
        len(columns), columns.shape[1] // math.prod(kernel), *kernel, *out
    )  # (N, C, KH, KW, OH, OW)
    x = np.zeros((len(columns), *(n + a + b for n, (a, b) in zip(sizes, pads)), by_tap.shape[1]), columns.dtype)
    for tap, place in zip(taps(x, kernel, stride, dilation, out), np.ndindex(*kernel)):
        tap += np.moveaxis(by_tap[:, :, *place], 1, -1)  # (N, OH, OW, C)
    return channels_first(pad(x, [(-a, -b) for a, b in pads]), False)


def _geometry(name, kernel_size, dilation, padding, stride):
    padding = per_axis(name, "padding", padding, 2, 0)
    return (
        per_axis(name, "kernel_size", kernel_size, 2, 1),
        per_axis(name, "stride", stride, 2, 1),
        tuple((p, p) for p in padding),
        per_axis(name, "dilation", dilation, 2, 1),
    )


@op(name="Im2ColBackward0")
def unfold(input, kernel_size, dilation=1, padding=0, stride=1):
    """Write the windows of input (N, C, H, W) or (C, H, W) as columns -> (N, C*KH*KW, OH*OW).

    kernel_size, dilation, padding, stride: an int or a pair, in pixels. RuntimeError if no window fits.

    >>> F.unfold(torch.tensor([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]), 2)  # two windows, a column each
    tensor([[1., 2.],
            [2., 3.],
            [4., 5.],
            [5., 6.]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
    """
    if input.ndim not in (3, 4):
        raise RuntimeError(f"unfold(): expected input of shape (N, C, H, W) or (C, H, W), got {list(input.shape)}")
    kernel, stride, pads, dilation = _geometry("unfold", kernel_size, dilation, padding, stride)
    batch, alone = (input[None], True) if input.ndim == 3 else (input, False)
    sizes = batch.shape[2:]
    out = output_sizes("unfold", sizes, kernel, stride, pads, dilation)
    columns = _unfold(batch, kernel, stride, pads, dilation)

    def grad_input(g):
        x = _fold(g[None] if alone else g, sizes, kernel, stride, pads, dilation, out)
        return x[0] if alone else x

    return columns[0] if alone else columns, {"input": grad_input}


@op(name="Col2ImBackward0")
def fold(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Add columns (N, C*KH*KW, L) or (C*KH*KW, L) up into pictures (N, C, H, W), (H, W) = output_size.

    RuntimeError if the first number is not divisible by KH*KW, or L is not the number of windows of such a picture.

    >>> F.fold(torch.ones(4, 2), (2, 3), 2)  # two windows overlap in the middle
    tensor([[[1., 2., 1.],
             [1., 2., 1.]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
    """
    if input.ndim not in (2, 3):
        raise RuntimeError(f"fold(): expected input of shape (N, C*KH*KW, L) or (C*KH*KW, L), got {list(input.shape)}")
    kernel, stride, pads, dilation = _geometry("fold", kernel_size, dilation, padding, stride)
    sizes = per_axis("fold", "output_size", output_size, 2, 1)
    batch, alone = (input[None], True) if input.ndim == 2 else (input, False)
    out = output_sizes("fold", sizes, kernel, stride, pads, dilation)
    if batch.shape[1] % math.prod(kernel):
        raise RuntimeError(
            f"fold(): Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={batch.shape[1]} and kernel_size={kernel}"
        )
    if batch.shape[2] != math.prod(out):
        raise RuntimeError(
            f"fold(): Given output_size={sizes}, kernel_size={kernel}, dilation={dilation}, padding={pads}, "
            f"stride={stride}, expected size of input's dimension 2 to match the calculated number of sliding blocks "
            f"{out[0]} * {out[1]} = {math.prod(out)}, but got input.size(2)={batch.shape[2]}"
        )
    x = _fold(batch, sizes, kernel, stride, pads, dilation, out)

    def grad_input(g):
        columns = _unfold(g[None] if alone else g, kernel, stride, pads, dilation)
        return columns[0] if alone else columns

    return x[0] if alone else x, {"input": grad_input}

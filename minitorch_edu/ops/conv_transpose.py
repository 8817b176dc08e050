"""Transposed convolution over one, two or three spatial axes: `spread` forward, `correlate` backward (see conv.py).

    y[n, f, i * stride + k * dilation - padding] += sum over c of  x[n, c, i] * weight[c, f, k]

Every element of x is spread over a window of y, and the windows add up where they overlap. It is what a convolution's
gradient does to its output; it undoes the shape of a convolution, not its values.

Source: Dumoulin & Visin, A guide to convolution arithmetic for deep learning (2016), https://arxiv.org/abs/1603.07285,
        chapter 4
Twin:   torch.nn.functional.conv_transpose1d, conv_transpose2d, conv_transpose3d
"""

import numpy as np

from ..autograd import op
from .conv import check_parts, correlate, correlate_weight, node_name, spread, sum_places, weight_last
from .windows import channels_first, channels_last, per_axis, with_batch

__all__ = ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def _conv_transpose(name, axes, input, weight, bias, stride, padding, output_padding, groups, dilation):
    if weight.ndim != axes + 2:
        raise RuntimeError(
            f"{name}(): expected weight of {axes + 2} axes (C, F/groups, *kernel), got {list(weight.shape)}"
        )
    stride, dilation = per_axis(name, "stride", stride, axes, 1), per_axis(name, "dilation", dilation, axes, 1)
    padding = per_axis(name, "padding", padding, axes, 0)
    extra = per_axis(name, "output_padding", output_padding, axes, 0)
    if any(e >= max(s, d) for e, s, d in zip(extra, stride, dilation)):
        raise RuntimeError(
            f"{name}(): output padding must be smaller than either stride or dilation, but got output_padding: "
            f"{extra}, stride: {stride}, dilation: {dilation}"
        )
    batch, alone = with_batch(name, input, axes)
    check_parts(name, batch, weight, bias, groups, weight.shape[0], weight.shape[1] * groups)
    kernel = weight.shape[2:]
    sizes = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + e + 1
        for n, s, p, d, k, e in zip(batch.shape[2:], stride, padding, dilation, kernel, extra)
    )
    if min(sizes) < 1:
        raise RuntimeError(
            f"{name}(): Given input size per channel: {list(batch.shape[2:])}. Calculated output size per channel: "
            f"{list(sizes)}. Output size is too small"
        )
    pads = tuple((p, p - e) for p, e in zip(padding, extra))  # the extra rows meet no window

    y = spread(channels_last(batch), weight_last(weight), sizes, stride, pads, dilation, groups)  # (N, *out, F)
    if bias is not None:
        y += bias

    # Below, g = dL/dy, (N, F, *out).
    def last(g):
        return channels_last(g[None] if alone else g)

    def grad_input(g):
        x = correlate(last(g), weight_last(weight), stride, pads, dilation, groups)  # (N, *in, C)
        return channels_first(x, alone)

    def grad_weight(g):
        dw = correlate_weight(last(g), channels_last(batch), kernel, stride, pads, dilation, groups)
        return np.moveaxis(dw, (-1, -2), (0, 1))  # (C, F/G, *kernel)

    def grad_bias(g):
        return sum_places(last(g))

    return channels_first(y, alone), {"input": grad_input, "weight": grad_weight, "bias": grad_bias}


@op(name=node_name, memory="channels_last")
def conv_transpose1d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """The transpose of `conv1d`: input (N, C, L), weight (C, F/groups, K) -> (N, F, OL); as `conv_transpose2d`.

    >>> F.conv_transpose1d(torch.tensor([[[1.0, 2.0]]]), torch.ones(1, 1, 3), stride=2)  # 1 1 1 and 2 2 2 overlap
    tensor([[[1., 1., 3., 2., 2.]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose1d.html
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op(name=node_name, memory="channels_last")
def conv_transpose2d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """The transpose of `conv2d`: input (N, C, H, W), weight (C, F/groups, KH, KW), bias (F,) -> (N, F, OH, OW).

    OH = (H - 1) * stride - 2 * padding + dilation * (KH - 1) + output_padding + 1: a conv2d with the same options takes
    (N, F, OH, OW) to the shape of input; output_padding says which of several such OH is meant.
    Raises RuntimeError if shapes or dtypes do not fit together, or output_padding >= max(stride, dilation).

    >>> F.conv_transpose2d(torch.tensor([[[[1.0, 2.0]]]]), torch.tensor([[[[1.0, 0.0], [0.0, 1.0]]]]), stride=2)
    tensor([[[[1., 0., 2., 0.],
              [0., 1., 0., 2.]]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose2d.html
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


@op(name=node_name, memory="channels_last")
def conv_transpose3d(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """The transpose of `conv3d`: input (N, C, D, H, W), weight (C, F/groups, KD, KH, KW); as `conv_transpose2d`.

    >>> F.conv_transpose3d(torch.full((1, 1, 1, 1, 1), 5.0), torch.ones(1, 1, 1, 2, 2))
    tensor([[[[[5., 5.],
               [5., 5.]]]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv_transpose3d.html
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )

"""Wrong versions of the convolutions, and of unfold and fold."""

import numpy as np

import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong


@wrong("conv2d", source="https://github.com/keras-team/keras/issues/3015")
def flips_the_kernel(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Flips the kernel, as a convolution does in mathematics: here it is laid on the picture as it is."""
    return F.conv2d(input, weight.flip((2, 3)), bias, stride, padding, dilation, groups)


@wrong(
    "conv2d", source="https://community.deeplearning.ai/t/should-it-have-a-rot180-on-filter-to-calculate-da-prev/121204"
)
@op
def turns_the_kernel_on_the_way_back(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Turns the kernel the wrong way round for the input's gradient: every y[o] spreads over its window as it came.

    Spread out, the kernel is as it was; seen from an input pixel, as a convolution, it is flipped.
    """
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    _, turned = F.conv2d.__wrapped__(input, np.flip(weight, (2, 3)), bias, stride, padding, dilation, groups)
    return y, gradients | {"input": turned["input"]}


@wrong(
    "conv2d",
    source="https://end-to-end-machine-learning.teachable.com/courses/"
    "322-convolutional-neural-networks-in-two-dimensions/lectures/24726662",
)
@op
def flips_the_gradient_of_the_kernel(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Correlates the wrong way round for the weight's gradient, which comes out flipped."""
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    return y, gradients | {"weight": lambda g: np.flip(gradients["weight"](g), (2, 3))}


@wrong("conv2d", source="https://github.com/Kulbear/deep-learning-coursera/pull/34")
@op
def forgets_the_stride_on_the_way_back(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Lets the window of y[o] begin at o on the way back: it begins at o * stride."""
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    dense, walked = F.conv2d.__wrapped__(input, weight, bias, 1, padding, dilation, groups)
    shape, (OH, OW) = dense.shape, y.shape[-2:]

    def corner(g):
        whole = np.zeros(shape, g.dtype)
        whole[..., :OH, :OW] = g
        return whole

    wrong = {name: lambda g, name=name: walked[name](corner(g)) for name in ("input", "weight")}
    return y, gradients | wrong


@wrong("conv2d", source="https://github.com/Oneflow-Inc/oneflow/pull/255")
@op
def averages_the_gradient_of_the_kernel(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Divides the weight's gradient by the number of windows: it is the sum over all of them."""
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    windows = max(1, y.size // y.shape[-3])
    return y, gradients | {"weight": lambda g: gradients["weight"](g) / windows}


@wrong("conv2d", source="https://github.com/dengfy/cs231n/issues/1")
@op
def averages_the_gradient_of_the_bias(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Divides the bias' gradient by the number of pictures: it is the sum over all pictures and places."""
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    pictures = max(1, len(input)) if input.ndim == 4 else 1
    return y, gradients | {"bias": lambda g: gradients["bias"](g) / pictures}


@wrong("conv2d", source="https://github.com/pytorch/pytorch/issues/51430")
@op
def mixes_groups_on_the_way_back(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Deals the channels out to the groups in turn for the weight's gradient: a group has channels in a row."""
    y, gradients = F.conv2d.__wrapped__(input, weight, bias, stride, padding, dilation, groups)
    dealt = np.arange(input.shape[-3]).reshape(-1, groups).T.ravel()
    _, mixed = F.conv2d.__wrapped__(input[..., dealt, :, :], weight, bias, stride, padding, dilation, groups)
    return y, gradients | {"weight": mixed["weight"]}


@wrong("conv2d", source="https://github.com/ARM-software/ComputeLibrary/issues/208")
def pads_more_at_the_front(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """With padding='same', adds the odd place before the picture: it comes behind."""
    if padding == "same":
        dh, dw = np.broadcast_to(dilation, 2).tolist()
        h, w = dh * (weight.shape[2] - 1), dw * (weight.shape[3] - 1)
        input, padding = F.pad(input, (w - w // 2, w // 2, h - h // 2, h // 2)), 0
    return F.conv2d(input, weight, bias, stride, padding, dilation, groups)


@wrong("conv2d", source="https://github.com/mit-han-lab/tinyengine/issues/95")
def pads_only_at_the_front(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Pads only before the first row and column: padding is added on both sides."""
    if not isinstance(padding, str):
        ph, pw = np.broadcast_to(padding, 2).tolist()
        reach = [d * (k - 1) + 1 for d, k in zip(np.broadcast_to(dilation, 2).tolist(), weight.shape[2:])]
        behind = [max(0, r - n - p) for r, n, p in zip(reach, input.shape[-2:], (ph, pw))]  # one window fits
        input, padding = F.pad(input, (pw, behind[1], ph, behind[0])), 0
    return F.conv2d(input, weight, bias, stride, padding, dilation, groups)


@wrong("conv2d", source="https://github.com/autogluon/autogluon/pull/438")
def swaps_the_paddings(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Takes padding as (width, height): it is (height, width), like all pairs."""
    if not isinstance(padding, str):
        ph, pw = np.broadcast_to(padding, 2).tolist()
        reach = [d * (k - 1) + 1 for d, k in zip(np.broadcast_to(dilation, 2).tolist(), weight.shape[2:])]
        more = [max(0, r - n - 2 * p) for r, n, p in zip(reach, input.shape[-2:], (pw, ph))]  # one window fits
        input, padding = F.pad(input, (ph, ph + more[1], pw, pw + more[0])), 0
    return F.conv2d(input, weight, bias, stride, padding, dilation, groups)


@wrong("conv2d", source="https://github.com/torch/nn/issues/908")
def swaps_the_dilations(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Takes dilation as (width, height): it is (height, width), like all pairs."""
    padding = 0 if padding == "valid" else padding
    swapped = np.broadcast_to(dilation, 2).tolist()[::-1]
    if not isinstance(padding, str):
        ph, pw = np.broadcast_to(padding, 2).tolist()
        reach = [d * (k - 1) + 1 for d, k in zip(swapped, weight.shape[2:])]
        more = [max(0, r - n - 2 * p) for r, n, p in zip(reach, input.shape[-2:], (ph, pw))]  # one window fits
        input, padding = F.pad(input, (pw, pw + more[1], ph, ph + more[0])), 0
    return F.conv2d(input, weight, bias, stride, padding, swapped, groups)


@wrong("conv2d", source="https://github.com/deeplearning4j/deeplearning4j/issues/8320")
def ignores_dilation(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Ignores dilation: the kernel meets every dilation-th pixel."""
    return F.conv2d(input, weight, bias, stride, padding, 1, groups)


@wrong("conv_transpose2d", source="https://github.com/google/flax/issues/3137")
def correlates_with_the_kernel(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Convolves with the kernel as it is: it is flipped there, as every pixel spreads the kernel out as it is."""
    return F.conv_transpose2d(input, weight.flip((2, 3)), bias, stride, padding, output_padding, groups, dilation)


@wrong("conv_transpose2d", source="https://github.com/Samsung/TICO/issues/420")
def pads_the_input(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Adds padding to the input: here it is cut off from the output, for what it did to the convolution's input."""
    ph, pw = np.broadcast_to(padding, 2).tolist()
    return F.conv_transpose2d(F.pad(input, (pw, pw, ph, ph)), weight, bias, stride, 0, output_padding, groups, dilation)


@wrong("conv_transpose2d", source="https://github.com/pytorch/pytorch/issues/98129")
def ignores_output_padding(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Ignores output_padding: it tells which of several output sizes is meant, and adds rows and columns behind."""
    y = F.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)
    H, W = (max(1, n - e) for n, e in zip(y.shape[-2:], np.broadcast_to(output_padding, 2).tolist()))
    return y[..., :H, :W]


@wrong("conv_transpose2d", source="https://github.com/llvm/torch-mlir/pull/2026")
def adds_rows_of_zeros(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Fills what output_padding adds with zeros: the windows reach there too."""
    y = F.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)
    (H, W), (h, w) = y.shape[-2:], np.broadcast_to(output_padding, 2).tolist()
    h, w = min(h, H), min(w, W)
    return F.pad(y[..., : H - h, : W - w], (0, w, 0, h))


@wrong("conv_transpose2d", source="https://github.com/uxlfoundation/oneDNN/issues/352")
def lays_groups_across(input, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Lays the outputs of the groups out in turn, the first of each, then the second: they come group by group."""
    y = F.conv_transpose2d(input, weight, None, stride, padding, output_padding, groups, dilation)
    y = y.unflatten(-3, (groups, -1)).transpose(-4, -3).flatten(-4, -3)
    return y if bias is None else y + bias.reshape(-1, 1, 1)


@wrong("unfold", source="https://github.com/pytorch/executorch/pull/20708")
def puts_the_channels_last(input, kernel_size, dilation=1, padding=0, stride=1):
    """Orders the rows (place, channel): they are (channel, place), all places of the first channel first."""
    columns = F.unfold(input, kernel_size, dilation, padding, stride)
    return columns.unflatten(-2, (input.shape[-3], -1)).transpose(-3, -2).flatten(-3, -2)


@wrong("unfold", source="https://github.com/gupta-abhay/pytorch-vit/issues/7")
def reshapes_without_permuting(input, kernel_size, dilation=1, padding=0, stride=1):
    """Reshapes (C, L, KH*KW) to (C*KH*KW, L): the windows have to go to the last axis first."""
    columns = F.unfold(input, kernel_size, dilation, padding, stride)
    return columns.unflatten(-2, (input.shape[-3], -1)).transpose(-1, -2).reshape(columns.shape)


@wrong("fold", source="https://github.com/rctn/sparsecoding/pull/85")
def averages_the_overlap(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Averages where windows overlap: fold adds them up."""
    options = output_size, kernel_size, dilation, padding, stride
    count = F.fold((input * 0).detach() + 1, *options)
    return F.fold(input, *options) / count.clamp(min=1)


@wrong("fold", source="https://github.com/cloneofsimo/minRF/issues/6")
def takes_the_channels_last(input, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """Takes the rows as (place, channel): they are (channel, place), all places of the first channel first."""
    places = int(np.prod(np.broadcast_to(kernel_size, 2)))
    rows = input.unflatten(-2, (places, -1)).transpose(-3, -2).flatten(-3, -2)
    return F.fold(rows, output_size, kernel_size, dilation, padding, stride)

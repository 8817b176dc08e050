"""Wrong versions of pooling."""

import numpy as np

import minitorch_edu as mt
import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong


@wrong("max_pool2d", source="https://github.com/distdl/distdl/issues/195")
def pads_with_zero(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Pads with 0: max-pool pads with -inf, so that a window of negative numbers keeps its maximum."""
    OH, OW = F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode).shape[-2:]
    ph, pw = np.broadcast_to(padding, 2).tolist()
    padded = F.pad(input, (pw, pw, ph, ph))
    return F.max_pool2d(padded, kernel_size, stride, 0, dilation, ceil_mode)[..., :OH, :OW]


@wrong("max_pool2d", source="https://github.com/pjreddie/darknet/issues/1680")
def splits_the_padding_between_the_sides(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Takes padding as the sum of both sides: it is how much is added to each of them."""
    ph, pw = np.broadcast_to(padding, 2).tolist()
    pad = (pw // 2, pw - pw // 2, ph // 2, ph - ph // 2)
    return F.max_pool2d(F.pad(input, pad, value=float("-inf")), kernel_size, stride, 0, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/tracel-ai/burn/issues/5791")
def keeps_the_window_that_starts_outside(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Keeps the last window of ceil_mode where it starts in the right padding: such a window is left out."""
    pad = []
    for n, k, s, p, d in zip(input.shape[-2:], *(np.broadcast_to(v, 2).tolist() for v in
                             (kernel_size, kernel_size if stride is None else stride, padding, dilation))):  # fmt: skip
        room = n + 2 * p - d * (k - 1) - 1
        pad = [p, p + (-room % s if ceil_mode else 0), *pad]
    return F.max_pool2d(F.pad(input, pad, value=float("-inf")), kernel_size, stride, 0, dilation)


@wrong("max_pool2d", source="https://github.com/root-project/root/pull/21776")
def rounds_down_in_ceil_mode(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Ignores ceil_mode: with it, the number of windows is rounded up, and the last one may hang over."""
    return F.max_pool2d(input, kernel_size, stride, padding, dilation)


@wrong("max_pool2d", source="https://github.com/nntrainer/nntrainer/issues/2144")
def strides_by_1(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Moves the window by 1 if no stride is given: the default is the kernel's size."""
    return F.max_pool2d(input, kernel_size, 1 if stride is None else stride, padding, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/PaddlePaddle/X2Paddle/pull/674")
def strides_by_the_height_only(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Moves the window along both axes by the first number of the stride: the second one is for the width."""
    down = np.broadcast_to(kernel_size if stride is None else stride, 2).tolist()[0]
    return F.max_pool2d(input, kernel_size, down, padding, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/sonos/tract/pull/2847")
def ignores_dilation(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Ignores dilation: the window takes every dilation-th number."""
    return F.max_pool2d(input, kernel_size, stride, padding, 1, ceil_mode)


@wrong("max_pool2d", source="https://github.com/CanReader/FastNN/issues/4")
def dilates_the_size_only(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Has the output size of a dilated window, but looks at neighbours: the window takes every dilation-th number."""
    H, W = F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode).shape[-2:]
    return F.max_pool2d(input, kernel_size, stride, padding, 1, ceil_mode)[..., :H, :W]


@wrong("max_pool2d", source="https://github.com/uxlfoundation/oneDNN/issues/259")
def numbers_places_in_the_window(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
                                 return_indices=False):  # fmt: skip
    """Tells where in its window the maximum is: the indices count the numbers of the whole channel, h * W + w."""
    y, at = F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)
    _, KW = np.broadcast_to(kernel_size, 2)
    (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in
                                    (kernel_size if stride is None else stride, padding, dilation))  # fmt: skip
    h, w = np.divmod(at.numpy(), input.shape[-1])
    rows, cols = np.arange(y.shape[-2])[:, None] * sh - ph, np.arange(y.shape[-1]) * sw - pw
    return (y, mt.from_numpy((h - rows) // dh * KW + (w - cols) // dw)) if return_indices else y


@wrong("max_pool2d", source="https://github.com/tensorflow/tensorflow/issues/10216")
def numbers_places_in_the_padded_input(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False,
                                       return_indices=False):  # fmt: skip
    """Counts the padding in the indices: h * W + w is the place in the input as it was given."""
    y, at = F.max_pool2d(input, kernel_size, stride, padding, dilation, ceil_mode, return_indices=True)
    ph, pw = np.broadcast_to(padding, 2)
    h, w = np.divmod(at.numpy(), input.shape[-1])
    return (y, mt.from_numpy((h + ph) * (input.shape[-1] + 2 * pw) + w + pw)) if return_indices else y


def route(choose, input, kernel_size, stride, padding, dilation, ceil_mode):
    """max_pool2d, with the gradient shared as choose(ties) says; ties are (KH*KW, ..., OH, OW): who is largest."""
    y, _ = F.max_pool2d.__wrapped__(input, kernel_size, stride, padding, dilation, ceil_mode)
    (KH, KW), (sh, sw), (ph, pw), (dh, dw) = (np.broadcast_to(v, 2) for v in
                                              (kernel_size, kernel_size if stride is None else stride, padding,
                                               dilation))  # fmt: skip
    (H, W), (OH, OW) = input.shape[-2:], y.shape[-2:]
    widths = [(0, 0)] * (input.ndim - 2) + [(ph, ph + sh), (pw, pw + sw)]  # in ceil_mode it hangs over
    x = np.pad(input, widths, constant_values=-np.inf)
    places = [
        (..., slice(i * dh, i * dh + OH * sh - sh + 1, sh), slice(j * dw, j * dw + OW * sw - sw + 1, sw))
        for i, j in np.ndindex(KH, KW)
    ]
    ties = np.stack([(x[place] == y) | (np.isnan(x[place]) & np.isnan(y)) for place in places])

    def grad_input(g):
        dx = np.zeros(x.shape, g.dtype)
        for place, share in zip(places, choose(ties)):
            dx[place] += g * share
        return dx[..., ph : ph + H, pw : pw + W]

    return y, {"input": grad_input}


@wrong("max_pool2d", source="https://github.com/Theano/Theano/issues/5404")
@op
def gives_the_gradient_to_every_tie(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gives each of several equal maxima the whole gradient: the first one, in reading order, gets it alone."""
    return route(lambda ties: ties, input, kernel_size, stride, padding, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/workofart/ml-by-hand/pull/13")
@op
def shares_the_gradient_among_ties(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Shares the gradient among equal maxima: the first one, in reading order, gets it all."""
    return route(lambda ties: ties / ties.sum(0), input, kernel_size, stride, padding, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/PaddlePaddle/Paddle/pull/78693")
@op
def gives_the_gradient_to_the_last_tie(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Gives the gradient to the last of several equal maxima: the first one, in reading order, gets it."""
    last = lambda ties: ties & (np.cumsum(ties[::-1], 0)[::-1] == 1)
    return route(last, input, kernel_size, stride, padding, dilation, ceil_mode)


@wrong("max_pool2d", source="https://github.com/0809zheng/CS231n-assignment2019/issues/19")
@op
def overwrites_the_gradient(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Writes the gradient of each window over that of the one before: what wins several windows gets their sum."""
    (y, at), _ = F.max_pool2d.__wrapped__(input, kernel_size, stride, padding, dilation, ceil_mode, True)
    shape = input.shape

    def grad_input(g):
        dx = np.zeros((*shape[:-2], shape[-2] * shape[-1]), g.dtype)
        np.put_along_axis(dx, at.reshape(*at.shape[:-2], -1), g.reshape(*at.shape[:-2], -1), -1)
        return dx.reshape(shape)

    return y, {"input": grad_input}


@wrong("max_pool2d", source="https://github.com/deeplearning4j/deeplearning4j/pull/964")
@op
def swaps_height_and_width_on_the_way_back(input, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False):
    """Takes the height for the width on the way back: the gradient goes to (h, w), not to (w, h)."""
    y, gradients = F.max_pool2d.__wrapped__(input, kernel_size, stride, padding, dilation, ceil_mode)
    shape = input.shape
    return y, {"input": lambda g: gradients["input"](g).swapaxes(-1, -2).reshape(shape)}


@wrong("avg_pool2d", source="https://github.com/sonos/tract/pull/2851")
def counts_the_overhang(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                        divisor_override=None):  # fmt: skip
    """Divides by the whole window where it hangs over in ceil_mode: only what lies in the padded input counts."""
    divisor = divisor_override or (int(np.prod(np.broadcast_to(kernel_size, 2))) if count_include_pad else None)
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor)


@wrong("avg_pool2d", source="https://github.com/apache/tvm/issues/1144")
def always_counts_the_padding(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                              divisor_override=None):  # fmt: skip
    """Ignores count_include_pad: with False, a window is divided by how many of its numbers are in the input."""
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, True, divisor_override)


@wrong("avg_pool2d", source="https://github.com/sonos/tract/pull/2654")
def never_counts_the_padding(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                             divisor_override=None):  # fmt: skip
    """Leaves the padding out of the average: unless count_include_pad=False, its zeros are averaged too."""
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, False, divisor_override)


@wrong("avg_pool2d", source="https://github.com/pytorch/executorch/pull/18616")
def overrides_the_divisor_only_with_padding(input, kernel_size, stride=None, padding=0, ceil_mode=False,
                                            count_include_pad=True, divisor_override=None):  # fmt: skip
    """Ignores divisor_override where count_include_pad=False: it comes before both ways of counting."""
    divisor = divisor_override if count_include_pad else None
    return F.avg_pool2d(input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor)


@wrong("avg_pool2d", source="https://github.com/tracel-ai/burn/issues/5604")
@op
def counts_the_overhang_on_the_way_back(input, kernel_size, stride=None, padding=0, ceil_mode=False,
                                        count_include_pad=True, divisor_override=None):  # fmt: skip
    """Divides the gradient by the whole window where it hangs over in ceil_mode, but not the value."""
    options = kernel_size, stride, padding, ceil_mode, count_include_pad
    divisor = divisor_override or (int(np.prod(np.broadcast_to(kernel_size, 2))) if count_include_pad else None)
    y, _ = F.avg_pool2d.__wrapped__(input, *options, divisor_override)
    return y, F.avg_pool2d.__wrapped__(input, *options, divisor)[1]


@wrong("avg_pool2d", source="https://github.com/pytorch/pytorch/pull/188345")
@op
def forgets_the_padding_on_the_way_back(input, kernel_size, stride=None, padding=0, divisor_override=None):
    """Leaves the gradient where it is in the padded input: the input begins `padding` places later."""
    (H, W), (ph, pw) = input.shape[-2:], np.broadcast_to(padding, 2)
    padded = np.pad(input, [(0, 0)] * (input.ndim - 2) + [(ph, ph), (pw, pw)])
    y, gradients = F.avg_pool2d.__wrapped__(padded, kernel_size, stride, divisor_override=divisor_override)
    return y, {"input": lambda g: gradients["input"](g)[..., :H, :W]}


@wrong("avg_pool1d", source="https://github.com/pytorch/pytorch/pull/744")
def averages_at_every_place(input, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
    """Moves the window by 1 if no stride is given: the default is the kernel's size."""
    return F.avg_pool1d(input, kernel_size, 1 if stride is None else stride, padding, ceil_mode, count_include_pad)


def floored(input, count):
    """The means of the bins [floor(o * L / count), floor((o + 1) * L / count)) of the last axis."""
    L = input.shape[-1]
    ends = [(o * L // count, (o + 1) * L // count) for o in range(count)]
    return mt.stack([input[..., first : max(end, first + 1)].mean(-1) for first, end in ends], -1)


@wrong("adaptive_avg_pool1d", source="https://github.com/flagos-ai/FlagGems/issues/4915")
def ends_bins_too_early(input, output_size):
    """Rounds the end of a bin down: bin o reaches up to ceil((o + 1) * L / O), so that bins overlap."""
    return floored(input, output_size)


@wrong("adaptive_avg_pool2d", source="https://github.com/flagos-ai/FlagGems/issues/4915")
def ends_both_bins_too_early(input, output_size):
    """Rounds the end of a bin down: bin o reaches up to ceil((o + 1) * L / O), so that bins overlap."""
    pair = output_size if isinstance(output_size, (tuple, list)) else (output_size, output_size)
    OH, OW = (n if o is None else o for o, n in zip(pair, input.shape[-2:]))
    return floored(floored(input, OW).transpose(-1, -2), OH).transpose(-1, -2)


@wrong("adaptive_avg_pool2d", source="https://github.com/PaddlePaddle/Paddle/pull/74077")
@op
def divides_the_gradient_by_the_largest_bin(input, output_size):
    """Divides the gradient of every bin by ceil(H / OH) * ceil(W / OW): each bin has its own number of elements."""
    y, gradients = F.adaptive_avg_pool2d.__wrapped__(input, output_size)
    scale = 1
    for axis in (-2, -1):
        n, count = input.shape[axis], y.shape[axis]
        o = np.arange(count)
        sizes = -(-(o + 1) * n // count) - o * n // count
        scale = np.multiply.outer(scale, sizes / -(-n // count))
    return y, {"input": lambda g: gradients["input"]((g * scale).astype(g.dtype))}

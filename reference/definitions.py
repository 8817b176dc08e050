"""The definitions of what works with windows, as plain loops over NumPy arrays: slow, and easy to believe.

Each is written once for any number of axes: a place is a tuple with one number for each of the last axes, and x[..., p]
stands for the numbers there, of all channels. Along each axis of size n

    the k-th number of the o-th window lies at    o * stride + k * dilation - padding,  inside if >= 0 and < n
    a window reaches over                         dilation * (kernel - 1) + 1
    the windows are                               floor((n + both paddings - reach) / stride) + 1

Source: the pages of torch.nn.functional; Dumoulin & Visin, A guide to convolution arithmetic for deep learning (2016),
        https://arxiv.org/abs/1603.07285.
"""

import functools
from itertools import product

import numpy as np

__all__ = ["DEFINITIONS"]

DEFINITIONS = {}


def definition(*names):
    """Register a function(axes, ...) as the definition of these records; their axes stand in their name, or are 2."""

    def register(function):
        for name in names:
            axes = next((int(letter) for letter in name if letter.isdigit()), 2)
            DEFINITIONS[name] = functools.partial(function, axes)
        return function

    return register


# ------------------------------------------------------------------------------------------------ places


def per_axis(value, axes):
    """One number for each axis."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,) * axes


def places(sizes):
    """All places of a block of these sizes, the last axis running fastest."""
    return list(product(*map(range, sizes)))


def place(window, tap, stride, dilation, padding):
    """Where the number `tap` of a window lies."""
    return tuple(o * s + k * d - p for o, k, s, d, p in zip(window, tap, stride, dilation, padding))


def inside(place, sizes):
    """Whether a place lies in a block of these sizes."""
    return all(0 <= i < n for i, n in zip(place, sizes))


def at(place):
    """The index of x[..., place]."""
    return (..., *place)


def batched(x, axes):
    """x with a batch axis."""
    return x if x.ndim == axes + 2 else x[None]


# ------------------------------------------------------------------------------------------------ convolution


def dense(weight, groups):
    """The weight of a convolution without groups: between different groups it is 0.

    (rows, columns, *kernel) -> (rows, columns * groups, *kernel)
    """
    rows, columns = weight.shape[0] // groups, weight.shape[1]
    full = np.zeros((weight.shape[0], columns * groups, *weight.shape[2:]))
    for g in range(groups):
        mine = slice(g * rows, (g + 1) * rows)
        full[mine, g * columns : (g + 1) * columns] = weight[mine]
    return full


@definition("conv1d", "conv2d", "conv3d", "conv2d_loops")
def conv(axes, x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """y[n, :, o] = bias + sum over taps k of  weight[:, :, k] x[n, :, place of k in the window o],  0 outside.

    padding="same" adds reach - 1 zeros, the odd one at the end; "valid" none.
    """
    stride, dilation = per_axis(stride, axes), per_axis(dilation, axes)
    kernel, sizes = weight.shape[2:], x.shape[-axes:]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    if padding == "same":
        before, both = [(r - 1) // 2 for r in reach], [r - 1 for r in reach]
    else:
        before = per_axis(0 if padding == "valid" else padding, axes)
        both = [2 * p for p in before]
    counts = [(n + p - r) // s + 1 for n, p, r, s in zip(sizes, both, reach, stride)]
    x_, w = batched(x, axes), dense(weight, groups)
    y = np.zeros((len(x_), len(w), *counts))
    for window in places(counts):
        for tap in places(kernel):
            i = place(window, tap, stride, dilation, before)
            if inside(i, sizes):
                y[at(window)] += x_[at(i)] @ w[at(tap)].T  # (N, C) with (C, F)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * axes)
    return y if x_ is x else y[0]


@definition("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
def conv_transpose(axes, x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    """Each x[n, :, o] lays down the kernel at the window o:  y[n, :, place of k] += weight[:, :, k]^T x[n, :, o].

    Sizes are (n - 1) * stride + reach - 2 * padding + output_padding; what falls outside is lost.
    """
    stride, padding, extra, dilation = (per_axis(v, axes) for v in (stride, padding, output_padding, dilation))
    kernel, windows = weight.shape[2:], x.shape[-axes:]
    sizes = [
        (n - 1) * s + d * (k - 1) + 1 - 2 * p + e
        for n, s, d, k, p, e in zip(windows, stride, dilation, kernel, padding, extra)
    ]
    x_, w = batched(x, axes), dense(weight, groups)
    y = np.zeros((len(x_), w.shape[1], *sizes))
    for window in places(windows):
        for tap in places(kernel):
            i = place(window, tap, stride, dilation, padding)
            if inside(i, sizes):
                y[at(i)] += x_[at(window)] @ w[at(tap)]  # (N, C) with (C, F)
    if bias is not None:
        y += bias.reshape(-1, *(1,) * axes)
    return y if x_ is x else y[0]


def columns(axes, sizes, kernel_size, dilation, padding, stride):
    """(number of taps, of windows, [(number of the tap, of the window, place)]) of unfold, places inside only."""
    kernel, dilation, padding, stride = (per_axis(v, axes) for v in (kernel_size, dilation, padding, stride))
    counts = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(sizes, padding, dilation, kernel, stride)]
    taps, windows = places(kernel), places(counts)
    found = [
        (k, o, place(window, tap, stride, dilation, padding))
        for k, tap in enumerate(taps)
        for o, window in enumerate(windows)
    ]
    return len(taps), len(windows), [(k, o, i) for k, o, i in found if inside(i, sizes)]


@definition("unfold")
def unfold(axes, x, kernel_size, dilation=1, padding=0, stride=1):
    """y[n, c * taps + k, o] = x[n, c, place of tap k in window o], 0 outside."""
    taps, windows, found = columns(axes, x.shape[-axes:], kernel_size, dilation, padding, stride)
    y = np.zeros((*x.shape[:-axes], taps, windows))
    for k, o, i in found:
        y[..., k, o] = x[at(i)]
    return y.reshape(*x.shape[: -axes - 1], -1, windows)


@definition("fold")
def fold(axes, y, output_size, kernel_size, dilation=1, padding=0, stride=1):
    """x[n, c, i] = the sum of all y[n, c * taps + k, o] whose place is i."""
    sizes = per_axis(output_size, axes)
    taps, windows, found = columns(axes, sizes, kernel_size, dilation, padding, stride)
    y = y.reshape(*y.shape[:-2], -1, taps, windows)
    x = np.zeros((*y.shape[:-2], *sizes))
    for k, o, i in found:
        x[at(i)] += y[..., k, o]
    return x


# ------------------------------------------------------------------------------------------------ pooling


def window_count(n, reach, stride, padding, ceil_mode):
    """How many windows there are; in ceil mode also the last, incomplete one if it starts before the right padding."""
    left = n + 2 * padding - reach
    count = (-(-left // stride) if ceil_mode else left // stride) + 1
    return count - 1 if ceil_mode and (count - 1) * stride >= n + padding else count


def largest(x, windows, counts, return_indices):
    """The largest number of each window, a list of places for each output; the first of several, the last nan.

    Its index counts the places of the input from 0, the last axis running fastest.
    """
    axes = len(counts)
    sizes = x.shape[-axes:]
    lead = x.shape[:-axes]
    y, index = np.zeros((*lead, *counts)), np.zeros((*lead, *counts), np.int64)
    for channel in places(lead):
        picture = x[channel]
        for o, window in zip(places(counts), windows):
            best = window[0]
            for i in window[1:]:
                if picture[i] > picture[best] or np.isnan(picture[i]):
                    best = i
            y[channel + o] = picture[best]
            index[channel + o] = np.ravel_multi_index(best, sizes)
    return (y, index) if return_indices else y


@definition("max_pool1d", "max_pool2d", "max_pool3d", "max_pool2d_loops")
def max_pool(axes, x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    """y[..., o] = the largest x[..., i] with i in the window o and inside: the padding is -inf, and never taken."""
    stride = kernel_size if stride is None else stride
    kernel, stride, padding, dilation = (per_axis(v, axes) for v in (kernel_size, stride, padding, dilation))
    sizes = x.shape[-axes:]
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    counts = [window_count(n, r, s, p, ceil_mode) for n, r, s, p in zip(sizes, reach, stride, padding)]
    windows = []
    for window in places(counts):
        reached = [place(window, tap, stride, dilation, padding) for tap in places(kernel)]
        windows.append([i for i in reached if inside(i, sizes)])
    return largest(x, windows, counts, return_indices)


@definition("avg_pool1d", "avg_pool2d", "avg_pool3d")
def avg_pool(
    axes, x, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True, divisor_override=None
):
    """y[..., o] = the sum of all x[..., i] with i in the window o and inside, over the number of them.

    count_include_pad counts the padding too, but not what lies beyond it; divisor_override divides by this instead.
    """
    stride = kernel_size if stride is None else stride
    kernel, stride, padding = (per_axis(v, axes) for v in (kernel_size, stride, padding))
    sizes = x.shape[-axes:]
    counts = [window_count(n, k, s, p, ceil_mode) for n, k, s, p in zip(sizes, kernel, stride, padding)]
    y = np.zeros((*x.shape[:-axes], *counts))
    for window in places(counts):
        reached = [place(window, tap, stride, (1,) * axes, padding) for tap in places(kernel)]
        averaged = [i for i in reached if inside(i, sizes)]
        padded = [i for i in reached if all(j < n + p for j, n, p in zip(i, sizes, padding))]
        for i in averaged:
            y[at(window)] += x[at(i)]
        y[at(window)] /= divisor_override or len(padded if count_include_pad else averaged)
    return y


def adaptive_windows(sizes, counts):
    """The window o of m over n numbers: from floor(o * n / m) to before ceil((o + 1) * n / m)."""
    ranges = lambda window: [range(o * n // m, -(-(o + 1) * n // m)) for o, n, m in zip(window, sizes, counts)]
    return [list(product(*ranges(window))) for window in places(counts)]


def adaptive_counts(axes, sizes, output_size):
    """The output's sizes, the input's where None."""
    return [n if m is None else m for n, m in zip(sizes, per_axis(output_size, axes))]


@definition("adaptive_avg_pool1d", "adaptive_avg_pool2d")
def adaptive_avg_pool(axes, x, output_size):
    """y[..., o] = the mean of x[..., i] over the window o of output_size ones, which cover the input evenly."""
    sizes = x.shape[-axes:]
    counts = adaptive_counts(axes, sizes, output_size)
    y = np.zeros((*x.shape[:-axes], *counts))
    for o, window in zip(places(counts), adaptive_windows(sizes, counts)):
        for i in window:
            y[at(o)] += x[at(i)]
        y[at(o)] /= len(window)
    return y


@definition("adaptive_max_pool1d", "adaptive_max_pool2d")
def adaptive_max_pool(axes, x, output_size, return_indices=False):
    """y[..., o] = the largest x[..., i] in the window o of output_size ones, which cover the input evenly."""
    sizes = x.shape[-axes:]
    counts = adaptive_counts(axes, sizes, output_size)
    return largest(x, adaptive_windows(sizes, counts), counts, return_indices)


# ------------------------------------------------------------------------------------------------ padding


def source(mode, o, n, before, after):
    """Which of n numbers stands at place o of the padded axis; None: the constant."""
    i = o - before
    if mode == "reflect":  # at the first and the last number, which are not repeated
        return -i if i < 0 else 2 * (n - 1) - i if i >= n else i
    if mode == "replicate":
        return min(max(i, 0), n - 1)
    if mode == "circular":  # what a negative padding leaves is repeated
        start = max(-before, 0)
        return start + (i - start) % (n + min(before, 0) + min(after, 0))
    return i if 0 <= i < n else None


@definition("pad")
def pad(_, x, pad, mode="constant", value=None):
    """y[o] = x[the source of o along each axis], or the value. pad: before and after, from the last axis on."""
    around = [(0, 0)] * (x.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2]))[::-1]
    sizes = [n + before + after for n, (before, after) in zip(x.shape, around)]
    y = np.full(sizes, 0 if value is None else value, x.dtype)
    for o in places(sizes):
        i = tuple(source(mode, place, n, *both) for place, n, both in zip(o, x.shape, around))
        if None not in i:
            y[o] = x[i]
    return y

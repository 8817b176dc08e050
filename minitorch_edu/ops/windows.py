"""Sliding windows, the one idea that convolution, pooling and unfolding share.

A window at output place o covers the input at  o * stride + k * dilation - padding,  k = 0 .. kernel - 1, along each
spatial axis, so an axis of L elements has room for

    floor((L + left + right - dilation * (kernel - 1) - 1) / stride) + 1

windows. Inside, arrays are channels-last, (N, *in, C): the numbers of a pixel lie together in memory, and windows are
copied in long runs. Outside they are (N, C, *in) views of the same memory, until its order would be seen (`settled` in
tensor.py).
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

__all__ = ["channels_first", "channels_last", "output_sizes", "pad", "per_axis", "pool_sizes", "taps",
           "to_channels_last", "windows", "with_batch"]  # fmt: skip


def per_axis(name, argument, value, axes, least):
    """An int, or one int per spatial axis, as a tuple; TypeError / RuntimeError that names the argument otherwise."""
    values = (value,) * axes if isinstance(value, (int, np.integer)) else value
    if not isinstance(values, (tuple, list)) or not all(isinstance(v, (int, np.integer)) for v in values):
        raise TypeError(f"{name}(): argument '{argument}' must be int or tuple of {axes} ints, not {value!r}")
    if len(values) == 1:
        values = tuple(values) * axes
    if len(values) != axes:
        raise RuntimeError(f"{name}(): argument '{argument}' must be one int or {axes}, got {value!r}")
    if min(values) < least:
        raise RuntimeError(f"{name}(): argument '{argument}' must be at least {least}, got {value!r}")
    return tuple(map(int, values))


def with_batch(name, input, axes):
    """Give a lone sample (C, *in) a batch axis: (input (N, C, *in), whether it was alone)."""
    if input.ndim not in (axes + 1, axes + 2):
        letters = ", ".join("DHW"[3 - axes :])
        raise RuntimeError(
            f"Expected {axes + 1}D (unbatched) or {axes + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.shape)}; it is (N, C, {letters}) or (C, {letters})"
        )
    return (input[None], True) if input.ndim == axes + 1 else (input, False)


def channels_last(a):
    """(N, C, *places) -> (N, *places, C), a view."""
    return np.moveaxis(a, 1, -1)


def to_channels_last(a):
    """(N, C, *places) -> (N, *places, C), contiguous; no copy if its memory is laid out so already."""
    return np.ascontiguousarray(channels_last(a))


def channels_first(a, alone):
    """(N, *places, C) -> (N, C, *places), or (C, *places) for a lone sample: a view, the memory stays as it is."""
    a = np.moveaxis(a, -1, 1)
    return a[0] if alone else a


def output_sizes(name, sizes, kernel, stride, pads, dilation):
    """The number of windows along each axis; RuntimeError if not even one fits."""
    padded = tuple(n + left + right for n, (left, right) in zip(sizes, pads))
    reach = tuple(d * (k - 1) + 1 for k, d in zip(kernel, dilation))
    if any(r > n for r, n in zip(reach, padded)):
        times = " x ".join
        raise RuntimeError(
            f"{name}(): Calculated padded input size per channel: ({times(map(str, padded))}). "
            f"Kernel size: ({times(map(str, reach))}). Kernel size can't be greater than actual input size"
        )
    return tuple((n - r) // s + 1 for n, r, s in zip(padded, reach, stride))


def pool_sizes(name, sizes, kernel, stride, padding, dilation, ceil_mode):
    """The number of windows along each axis, and the (left, right) padding that completes them.

    ceil_mode counts an incomplete last window too, if it starts inside the input or its left padding.
    """
    out, pads = [], []
    for n, k, s, p, d in zip(sizes, kernel, stride, padding, dilation):
        reach = d * (k - 1) + 1
        if p > reach // 2:
            raise RuntimeError(
                f"{name}(): pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
        room = n + 2 * p - reach
        o = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (o - 1) * s >= n + p:
            o -= 1
        out.append(o)
        pads.append((p, max(0, (o - 1) * s + reach - n - p)))
    if min(out) < 1:
        raise RuntimeError(
            f"{name}(): Given input size: {tuple(sizes)} and kernel size {tuple(kernel)}. Calculated output size: "
            f"{tuple(out)}. Output size is too small: use a smaller kernel or a larger input"
        )
    return tuple(out), tuple(pads)


def pad(x, pads, value=0):
    """x (N, *in, C) with (left, right) more elements along each spatial axis; negative numbers cut instead."""
    if not any(map(any, pads)):
        return x
    sizes = tuple(n + left + right for n, (left, right) in zip(x.shape[1:-1], pads))
    if all(left <= 0 and right <= 0 for left, right in pads):
        return x[:, *(slice(-left, n + right) for n, (left, right) in zip(x.shape[1:-1], pads))]
    out = np.empty_like(x, shape=(len(x), *sizes, x.shape[-1]))  # in the order of x's memory
    out.fill(value)
    to, source = [], []
    for n, (left, right) in zip(x.shape[1:-1], pads):
        to.append(slice(max(left, 0), n + left + min(right, 0)))
        source.append(slice(max(-left, 0), max(n + min(right, 0), 0)))
    out[:, *to] = x[:, *source]
    return out


def windows(x, kernel, stride, dilation):
    """Every window of x (N, *in, C), as a view (N, *out, *kernel, C) of its memory."""
    out = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(x.shape[1:-1], kernel, stride, dilation))
    batch, *steps, channel = x.strides
    return as_strided(
        x,
        (x.shape[0], *out, *kernel, x.shape[-1]),
        (batch, *(b * s for b, s in zip(steps, stride)), *(b * d for b, d in zip(steps, dilation)), channel),
        writeable=False,
    )


def taps(x, kernel, stride, dilation, out):
    """For each place in the window, in order, the view (N, *out, C) of what all windows have there."""
    for place in np.ndindex(*kernel):
        yield x[:, *(slice(k * d, k * d + (o - 1) * s + 1, s) for k, d, o, s in zip(place, dilation, out, stride))]

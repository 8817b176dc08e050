"""Distributions: how the words of a generator become numbers. Each function returns `count` of them, in an array.

All begin with numbers uniform in [0, 1): u24 = (low 24 bits of a word) / 2**24 for float32, u53 = (low 53 bits of two
words) / 2**53 for float64. How many words a distribution takes is a part of the result, as it moves all later draws.

Twin:  torch's in-place draws (uniform_, normal_, random_, ...) on the CPU, bit for bit
"""

import math

import numpy as np

from .rounding import fma32, fma64, log32, sin_cos32

__all__ = ["bernoulli", "bernoulli_each", "cauchy", "exponential", "geometric", "integers", "log_normal", "normal",
           "permutation", "uniform"]  # fmt: skip

PIECE = 2**16  # numbers made at a time: few enough to stay in the processor's cache


def _fill(out, numbers):
    """Fill `out` from the front with numbers(how many), piece by piece."""
    for start in range(0, len(out), PIECE):
        piece = out[start : start + PIECE]
        piece[...] = numbers(len(piece))
    return out


def _each(function, x):
    """function(number) of each: Python's `math` is the C library that torch uses; NumPy has its own, one bit off."""
    return np.fromiter(map(function, x.ravel().tolist()), np.float64, x.size).reshape(x.shape)


# ------------------------------------------------------------------------------------------------ uniform


def uniform(generator, count, dtype, low, high):
    """low <= x < high:  x = fma(u, high - low, low), all in dtype (float32 or float64)."""
    low, high = dtype.type(low), dtype.type(high)
    width = high - low
    if dtype == np.float64:
        numbers = lambda n: fma64(generator.u53(n), float(width), float(low))
    elif _exact_in_float64(low, high):
        factor, start = float(width) * 2.0**-24, float(low)
        numbers = lambda n: generator.bits24(n) * factor + start  # the cast to float32 is the only rounding
    else:
        numbers = lambda n: fma32(generator.u24(n), width, low)
    out = _fill(np.empty(count, dtype), numbers)
    out[out == high] = low  # where rounding took it up to the end
    return out


def _exact_in_float64(low, high):
    """Whether low + k * width / 2**24 is a float64 for every 0 <= k < 2**24, given float32 bounds."""
    if low == 0:
        return True
    grain = min(float(np.spacing(abs(bound))) for bound in (low, high) if bound)  # all three are multiples of it
    return max(abs(low), abs(high)) < 2.0**28 * grain  # the sums are multiples of grain / 2**24, below 2**53 times it


# ------------------------------------------------------------------------------------------------ normal


def normal(generator, count, dtype, mean, std, contiguous=True):
    """mean + std * standard normal numbers, by Box and Muller (1958) in one of two ways.

    Fewer than 16, or for a tensor that is not contiguous: one by one in float64 (`Generator.normals`). Otherwise in
    blocks of 16 numbers of dtype: r = sqrt(-2 ln(1 - u[j])), t = 2 pi u[j + 8] give r cos t and r sin t, for j < 8. The
    last, incomplete block is drawn again as a complete one, which overwrites the last 16.
    """
    if count < 16 or not contiguous:
        return fma64(generator.normals(count), float(std), float(mean)).astype(dtype)
    mean, std = float(dtype.type(mean)), float(dtype.type(std))
    blocks = _blocks_float32 if dtype == np.float32 else _blocks_float64
    numbers = lambda n: blocks(generator, n, mean, std).reshape(n)
    out, rest = np.empty(count, dtype), count % 16
    _fill(out[: count - rest], numbers)
    if rest:
        generator.words(rest * (dtype.itemsize // 4))  # the incomplete block
        out[-16:] = numbers(16)
    return out


def _blocks_float32(generator, count, mean, std):
    u = generator.u24(count).reshape(-1, 2, 8)
    r = np.sqrt(np.float32(-2) * log32(1 - u[:, 0]))  # (blocks, 8)
    sin, cos = sin_cos32(np.float32(2 * math.pi) * u[:, 1])
    x = np.stack([r * cos, r * sin], axis=1)  # (blocks, 2, 8)
    return x + np.float32(mean) if std == 1 else fma32(x, std, mean)


def _blocks_float64(generator, count, mean, std):
    u = generator.u53(count).reshape(-1, 2, 8)
    r = np.sqrt(-2 * _each(math.log, 1 - u[:, 0]))  # (blocks, 8)
    t = 2 * math.pi * u[:, 1]
    x = np.stack([r * _each(math.cos, t), r * _each(math.sin, t)], axis=1)  # (blocks, 2, 8)
    return fma64(x, std, mean)


def log_normal(generator, count, dtype, mean, std):
    """exp(mean + std * standard normal), one by one in float64."""
    return _each(math.exp, fma64(generator.normals(count), std, mean)).astype(dtype)


# ------------------------------------------------------------------------------------------------ integers


def integers(generator, count, dtype, low, span, wide):
    """low <= x < low + span: x = low + word mod span; 64-bit words if wide; all of int64 is the word itself."""
    if not wide:
        numbers = lambda n: (generator.words(n) % np.uint32(span)).astype(np.int64) + low
    elif span == 2**64:
        numbers = lambda n: generator.bits64(n).view(np.int64)
    else:
        span, low = np.uint64(span), np.uint64(low % 2**64)  # sums modulo 2**64, as int64 has them
        numbers = lambda n: (generator.bits64(n) % span + low).view(np.int64)
    return _fill(np.empty(count, dtype), numbers)


def permutation(generator, n):
    """0 .. n - 1 in random order, by Fisher and Yates's shuffle (Knuth 2, section 3.4.2, algorithm P), as a list.

    Step i swaps positions i and i + (word mod (n - i)). From n = 214748364 on, step i puts i in at a position drawn
    from 0 .. i with a 64-bit word; the number that was there moves to position i.
    """
    if n < (2**32 - 1) // 20:
        order = list(range(n))
        offsets = generator.words(max(n - 1, 0)) % np.arange(n, 1, -1, np.uint32)
        for i, offset in enumerate(offsets.tolist()):
            j = i + offset
            order[i], order[j] = order[j], order[i]
        return order
    order = np.empty(n, np.int64)
    for start in range(0, n, PIECE):
        i = np.arange(start, min(start + PIECE, n), dtype=np.uint64)
        for end, place in enumerate((generator.bits64(len(i)) % (i + np.uint64(1))).tolist(), start):
            order[end] = order[place]
            order[place] = end
    return order


# ------------------------------------------------------------------------------------------------ all others


def bernoulli(generator, count, dtype, p):
    """1 with probability p, else 0: u53 < p."""
    limit = np.uint64(math.ceil(p * 2.0**53))
    return _fill(np.empty(count, dtype), lambda n: generator.bits53(n) < limit)


def bernoulli_each(generator, dtype, p):
    """For each probability of the array p (count,), 1 with that probability, else 0: u24 < p, or u53 < p in float64."""
    if p.dtype == np.float64:
        return (generator.u53(p.size) < p).astype(dtype)
    return (generator.u24(p.size) < p).astype(dtype)


def exponential(generator, count, dtype, lambd):
    """Density lambd exp(-lambd x): x = -ln(1 - u53) / lambd."""
    scale = -1 / lambd
    return _fill(np.empty(count, dtype), lambda n: scale * _each(math.log1p, -generator.u53(n)))


def geometric(generator, count, dtype, p):
    """The number of trials up to the first success of probability p: ceil(ln(u53) / ln(1 - p))."""
    log = lambda u: math.log(u) if u else -math.inf
    return _fill(np.empty(count, dtype), lambda n: np.ceil(_each(log, generator.u53(n)) / math.log1p(-p)))


def cauchy(generator, count, dtype, median, sigma):
    """Density sigma / (pi ((x - median)**2 + sigma**2)): x = median + sigma tan(pi (u53 - 1/2))."""
    return _fill(
        np.empty(count, dtype), lambda n: fma64(_each(math.tan, math.pi * (generator.u53(n) - 0.5)), sigma, median)
    )

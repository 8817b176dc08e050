"""Multiply-adds that round once, and float32's logarithm, sine and cosine made of them.

    fma(x, y, z) = round(x * y + z)        and not  round(round(x * y) + z), which is what NumPy gives

Processors have such an instruction, and torch's random numbers pass through it: with one rounding too many, half of a
layer's initial weights would differ in their last bits. Here it is rebuilt from ordinary additions. The error of an
addition is itself a floating point number, so it can be had exactly (TwoSum), and a sum that is rounded *to odd* (if it
is inexact, to the neighbour whose last bit is 1) may be rounded again without harm.

Papers: Knuth, The Art of Computer Programming 2 (1969), section 4.2.2 (TwoSum); Dekker (1971), "A floating-point
        technique for extending the available precision" (TwoProduct); Boldo & Melquiond (2008), "Emulation of a FMA and
        correctly rounded sums", https://doi.org/10.1109/TC.2007.70819 (rounding to odd).
Source: Moshier's Cephes library, https://www.netlib.org/cephes/ (the polynomials).
"""

import math

import numpy as np

__all__ = ["fma32", "fma64", "log32", "sin_cos32"]


def fma32(x, y, z):
    """float32(x * y + z) with one rounding; x an array, y and z arrays or numbers, all of them float32 values."""
    product = np.multiply(x, y, dtype=np.float64)  # exact: twice 24 bits fit into 53
    total = np.asarray(product + np.float64(z))
    # Rounded to 53 and then to 24 bits is wrong only half way between two float32: those end in zeros.
    ties = total.view(np.int64) & (2**28 - 1) == 0
    if ties.any():
        total[ties] = _add_to_odd(product[ties], np.broadcast_to(np.float64(z), total.shape)[ties])
    return total.astype(np.float32)


def fma64(x, y, z):
    """float64(x * y + z) with one rounding; x an array, |x| < 2**900, y and z Python numbers."""
    if z == 0:
        return x * y + z  # the product alone rounds
    if abs(y) > 2.0**900:  # its halves would overflow
        return fma64(x, y * 2.0**-120, z * 2.0**-120) * 2.0**120
    high, low = _two_product(x, y)
    shift, rest = _two_sum(low, z)
    total, error = _two_sum(high, shift)
    return total + _add_to_odd(rest, error)


def _two_sum(a, b):
    """(s, e): s = round(a + b) and s + e = a + b exactly."""
    s = a + b
    of_b = s - a
    return s, (a - (s - of_b)) + (b - of_b)


def _two_product(a, b):
    """(p, e): p = round(a * b) and p + e = a * b exactly."""
    p = a * b
    (a_high, a_low), (b_high, b_low) = _halves(a), _halves(b)
    return p, ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low


def _halves(a):
    """float64 numbers as sums of two numbers of 26 bits."""
    shifted = a * (2.0**27 + 1)
    high = shifted - (shifted - a)
    return high, a - high


def _add_to_odd(a, b):
    """a + b rounded to odd: the sum itself if it is a float64, else the neighbour whose last bit is 1."""
    s, error = _two_sum(a, b)
    even = s.view(np.int64) & 1 == 0
    towards = np.where(error > 0, np.inf, -np.inf)
    return np.where(even & (error != 0) & np.isfinite(error), np.nextafter(s, towards), s)


# The three functions below round only once per multiply-add, as fma32, but without its look at ties. For the arguments
# that random numbers give (2**24 of each function) all have been tried: there are none that matter.

_LOG = np.float32([7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
                   -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1])  # fmt: skip
_LN2 = np.float32([0.693359375, -2.12194440e-4])  # their sum is ln 2; the first has few bits: e times it is exact
_SIN = np.float32([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])
_COS = np.float32([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])
_QUARTER_PI = np.float32([0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8])  # their sum is pi / 4


def _fma(x, y, z):
    return (np.multiply(x, y, dtype=np.float64) + z).astype(np.float32)


def _polynomial(x, coefficients):
    """Horner's rule, highest power first."""
    y, x = coefficients[0], x.astype(np.float64)
    for coefficient in coefficients[1:]:
        y = _fma(x, y, coefficient)
    return y


def log32(u):
    """ln(u) of float32 u = k / 2**24, 0 < k <= 2**24, with Cephes' rounding errors.

    u = m * 2**e with sqrt(1/2) <= m < sqrt(2);  ln(u) = e * ln 2 + ln(1 + x),  x = m - 1,
    ln(1 + x) = x - x**2 / 2 + x**3 * polynomial(x)
    """
    m, e = np.frexp(u)
    small = m < np.float32(math.sqrt(0.5))
    x = np.where(small, 2 * m, m) - 1
    e = (e - small).astype(np.float32)
    z = x * x
    y = _polynomial(x, _LOG) * x
    y = _fma(y, z, e * _LN2[1])
    y = _fma(z, -0.5, y)
    return _fma(e, _LN2[0], x + y)


def sin_cos32(t):
    """(sin t, cos t) of float32 t = 2 pi * k / 2**24, 0 <= k < 2**24, with Cephes' rounding errors.

    t = j * pi/4 + x with an even j and |x| <= pi/4; j says which of the two polynomials is the sine, and the signs.
    """
    j = ((t * np.float32(4 / math.pi)).astype(np.int32) + 1) & -2
    x = t
    for part in _QUARTER_PI:
        x = _fma(j, -part, x)
    z = x * x
    c = _polynomial(z, _COS) * z
    c = _fma(c, z, np.float32(-0.5) * z) + 1
    s = _polynomial(z, _SIN) * z
    s = _fma(s, x, x)
    swap = j & 2 != 0
    sin, cos = np.where(swap, c, s), np.where(swap, s, c)
    return np.where(j & 4 != 0, -sin, sin), np.where((j - 2) & 4 == 0, -cos, cos)

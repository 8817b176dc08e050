"""The error function of arrays, which NumPy lacks: 2 / sqrt(pi) * the integral of e^(-t^2) from 0 to x.

Quotients of polynomials, the best of their degree on three intervals; what they leave is below the rounding of float64.

Source: Cody, Rational Chebyshev approximations for the error function, Mathematics of Computation 23 (1969), 631-637.
"""

import math

import numpy as np

__all__ = ["erf_of"]

# Numerators and denominators, highest power first.
NEAR = ((1.85777706184603153e-1, 3.16112374387056560, 1.13864154151050156e2, 3.77485237685302021e2,
         3.20937758913846947e3),
        (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3, 2.84423683343917062e3))  # fmt: skip
MIDDLE = ((2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594, 6.61191906371416295e1,
           2.98635138197400131e2, 8.81952221241769090e2, 1.71204761263407058e3, 2.05107837782607147e3,
           1.23033935479799725e3),
          (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2, 1.62138957456669019e3,
           3.29079923573345963e3, 4.36261909014324716e3, 3.43936767414372164e3, 1.23033935480374942e3))  # fmt: skip
FAR = ((1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1, 1.25781726111229246e-1,
        1.60837851487422766e-2, 6.58749161529837803e-4),
       (1.0, 2.56852019228982242, 1.87295284992346725, 5.27905102951428412e-1, 6.05183413124413191e-2,
        2.33520497626869185e-3))  # fmt: skip


def erf_of(x):
    """erf of each number of a float array, with an error of at most a few roundings; nan of nan."""
    size = np.abs(x)
    return np.piecewise(x, [size <= 0.46875, (size > 0.46875) & (size <= 4), size > 4], [_near, _middle, _far, np.nan])


def _near(x):
    return x * _quotient(NEAR, x * x)


def _middle(x):
    size = np.abs(x)
    return np.copysign(1 - np.exp(-size * size) * _quotient(MIDDLE, size), x)


def _far(x):
    size = np.abs(x)
    z = 1 / (size * size)
    return np.copysign(1 - np.exp(-size * size) / size * (1 / math.sqrt(math.pi) - z * _quotient(FAR, z)), x)


def _quotient(coefficients, x):
    above, below = (_polynomial(c, x) for c in coefficients)
    return above / below


def _polynomial(coefficients, x):
    """Horner's rule: one multiplication and one addition per coefficient."""
    total = np.full_like(x, coefficients[0])
    for coefficient in coefficients[1:]:
        total *= x
        total += coefficient
    return total

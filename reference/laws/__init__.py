"""The laws that operators obey, whatever torch says: each a named check of drawn calls.

A law is a function(record, call). Its docstring is the formula; it raises AssertionError where the formula fails by
more than rounding, and returns for the few calls that it says nothing about. It computes with whatever stands in the
record, ours or a candidate, in float64.
"""

from . import linear, normal, pointwise, training  # noqa: F401  they register their laws
from .law import LAWS

__all__ = ["LAWS"]

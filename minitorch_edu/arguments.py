"""What words on the command line must be: types for argparse, whose messages say what was expected."""

import argparse
import math

__all__ = ["at_least_five", "at_least_zero", "path", "png", "positive", "seed"]


def positive(kind):
    """A finite int or float above 0, as kind says."""
    return _number(kind, lambda value: value > 0, "greater than 0")


def at_least_zero(kind):
    """A finite int or float, 0 or more."""
    return _number(kind, lambda value: value >= 0, "0 or greater")


def _number(kind, fits, words):
    def parse(text):
        value = kind(text)
        if not (fits(value) and math.isfinite(value)):
            raise argparse.ArgumentTypeError(f"must be finite and {words}, not {text}")
        return value

    parse.__name__ = kind.__name__  # argparse says: invalid int value
    return parse


def at_least_five(text):
    """An int, how many rounds of a race count."""
    value = int(text)
    if value < 5:
        raise argparse.ArgumentTypeError(f"must be 5 or more, not {text}: a median of fewer says nothing")
    return value


def path(text):
    """The name of a file or folder."""
    if not text:
        raise argparse.ArgumentTypeError("must name a file or folder, not be empty")
    return text


def seed(text):
    """An int that `manual_seed` takes."""
    value = int(text)
    if not -(2**63) <= value < 2**64:
        raise argparse.ArgumentTypeError(f"must be from -2**63 to 2**64 - 1, not {text}")
    return value


def png(text):
    """The name of a PNG file."""
    if not text.lower().endswith(".png"):
        raise argparse.ArgumentTypeError(f"must end in .png, not {text}")
    return text

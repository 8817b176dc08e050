"""What words on the command line must be: types for argparse, whose messages say what was expected."""

import argparse

__all__ = ["at_least_five", "at_least_zero", "path", "png", "positive", "seed"]


def positive(kind):
    """An int or float above 0, as kind says."""

    def parse(text):
        value = kind(text)
        if not 0 < value < float("inf"):
            raise argparse.ArgumentTypeError(f"must be greater than 0{' and finite' * (kind is float)}, not {text}")
        return value

    parse.__name__ = kind.__name__
    return parse


def at_least_zero(text):
    """A finite float, 0 or more."""
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be 0 or greater, not {text}")
    return value


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

"""There is no CUDA here, and a script may ask: cuda.is_available() is False, and nothing is seeded or emptied.

Twin:  https://docs.pytorch.org/docs/stable/cuda.html
"""

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]


def is_available():
    """False: the hand-written kernels run on the CPU."""
    return False


def device_count():
    """0"""
    return 0


def manual_seed(seed):
    """Nothing, as in torch without CUDA; the generator of the CPU is seeded by `minitorch_edu.manual_seed`."""


def manual_seed_all(seed):
    """Nothing: there is no device to seed."""


def empty_cache():
    """Nothing: there is no cache."""

"""There is no CUDA here, and a script may ask: cuda.is_available() is False."""

__all__ = ["device_count", "is_available"]


def is_available():
    """False: the hand-written kernels run on the CPU."""
    return False


def device_count():
    """0"""
    return 0

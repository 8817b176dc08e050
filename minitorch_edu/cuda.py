"""There is no CUDA here, and a script may ask: cuda.is_available() is False."""

__all__ = ["device_count", "is_available"]


def is_available():
    """False: the hand-written kernels run on the CPU.

    >>> device = "cuda" if torch.cuda.is_available() else "cpu"
    >>> torch.zeros(2).to(device).tolist()
    [0.0, 0.0]
    """
    return False


def device_count():
    """How many GPUs there are: 0.

    >>> (torch.cuda.device_count() > 0) == torch.cuda.is_available()
    True
    """
    return 0

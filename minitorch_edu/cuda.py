"""There is no CUDA here, and a script may ask: cuda.is_available() is False, and nothing is seeded or emptied.

Twin:  https://docs.pytorch.org/docs/stable/cuda.html
"""

__all__ = ["device_count", "empty_cache", "is_available", "manual_seed", "manual_seed_all"]


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


def manual_seed(seed):
    """Nothing, as in torch without CUDA; the generator of the CPU is seeded by `minitorch_edu.manual_seed`.

    >>> _ = torch.manual_seed(0)
    >>> torch.cuda.manual_seed(1)
    >>> torch.rand(1)
    tensor([0.4963])
    """


def manual_seed_all(seed):
    """Nothing: there is no device to seed.

    >>> torch.cuda.manual_seed_all(1)
    """


def empty_cache():
    """Nothing: there is no cache.

    >>> torch.cuda.empty_cache()
    """

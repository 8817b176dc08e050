"""Vectors of length 1: y = x / max(|x|_p, eps).

Twin:  torch.nn.functional.normalize
"""

from .reduce import norm

__all__ = ["normalize"]


def normalize(input, p=2.0, dim=1, eps=1e-12, out=None):
    """Divide each vector along dim (one axis or several) by its p-norm, or by eps if that is larger.

    >>> F.normalize(torch.tensor([[3., 4.], [0., 0.]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    if out is not None:
        raise NotImplementedError("normalize(): minitorch_edu has no out=; use out.copy_(normalize(...))")
    return input / norm(input, p, dim, keepdim=True).clamp(min=eps)

"""Dropout layers: in training, zero with probability p and divide the rest by 1 - p; in evaluation, nothing.

Twin:  torch.nn.Dropout, torch.nn.Dropout1d, torch.nn.Dropout2d, torch.nn.Dropout3d
"""

from . import functional as F
from .module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d"]


class _Dropout(Module):
    operator = None

    def __init__(self, p=0.5, inplace=False):
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p, self.inplace = p, inplace

    def forward(self, input):
        return self.operator(input, self.p, self.training, self.inplace)

    def extra_repr(self):
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Zeroes single numbers of an input of any shape.

    >>> _ = torch.manual_seed(3)
    >>> drop = nn.Dropout(0.5)
    >>> drop(torch.ones(6))
    tensor([2., 2., 0., 2., 0., 0.])
    >>> drop.eval()(torch.ones(6))
    tensor([1., 1., 1., 1., 1., 1.])
    """

    operator = staticmethod(F.dropout)


class Dropout1d(_Dropout):
    """Zeroes whole channels of (N, C, L).

    >>> _ = torch.manual_seed(0)
    >>> nn.Dropout1d(0.5)(torch.ones(1, 3, 2))
    tensor([[[0., 0.],
             [0., 0.],
             [2., 2.]]])
    """

    operator = staticmethod(F.dropout1d)


class Dropout2d(_Dropout):
    """Zeroes whole channels of (N, C, H, W).

    >>> _ = torch.manual_seed(0)
    >>> nn.Dropout2d(0.5)(torch.ones(1, 3, 2, 2)).flatten(2)
    tensor([[[0., 0., 0., 0.],
             [0., 0., 0., 0.],
             [2., 2., 2., 2.]]])
    """

    operator = staticmethod(F.dropout2d)


class Dropout3d(_Dropout):
    """Zeroes whole channels of (N, C, D, H, W).

    >>> _ = torch.manual_seed(0)
    >>> nn.Dropout3d(0.5)(torch.ones(1, 3, 2, 2, 2)).flatten(2)
    tensor([[[0., 0., 0., 0., 0., 0., 0., 0.],
             [0., 0., 0., 0., 0., 0., 0., 0.],
             [2., 2., 2., 2., 2., 2., 2., 2.]]])
    """

    operator = staticmethod(F.dropout3d)

"""Dropout: in training every element is zeroed with probability p, and the others are divided by 1 - p.

    y = x * mask / (1 - p),    mask = 1 with probability 1 - p, else 0

The mean of y is x, so that evaluation needs no change: there y is x itself. Masks are drawn as torch draws them, so the
same seed zeroes the same elements: a mask of single elements is drawn in the order in which they lie in memory.

Paper: Srivastava et al. (2014), https://jmlr.org/papers/v15/srivastava14a.html; whole channels: Tompson et al. (2015),
       https://arxiv.org/abs/1411.4280
Twin:  torch.nn.functional.dropout, dropout1d, dropout2d, dropout3d
"""

import warnings

import numpy as np

from ..autograd import renamed, settled, wrap
from ..random_fill import bernoulli
from .creation import order_like
from .shape import squeeze, unsqueeze

__all__ = ["dropout", "dropout1d", "dropout2d", "dropout3d"]


def _drop(input, mask, p, training, inplace):
    """input times a random mask that broadcasts against it, written into the array `mask`."""
    if p == 0 or not training or input.array.size == 0:
        return input
    if input.array.dtype.kind != "f":
        raise RuntimeError(f"dropout(): result type Float can't be cast to {input.dtype}; use input.float()")
    if p == 1:
        mask[...] = 0
    else:
        mask = bernoulli("dropout", mask, None, 1 - p)
        mask /= 1 - p
    y = input * wrap(mask)
    return input._overwrite(y, "dropout_") if inplace else y


def _check(p):
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def dropout(input, p=0.5, training=True, inplace=False):
    """Zero single elements of an input of any shape. ValueError unless 0 <= p <= 1.

    >>> _ = torch.manual_seed(0)
    >>> F.dropout(torch.ones(8)), F.dropout(torch.ones(2), training=False)
    (tensor([0., 0., 2., 0., 0., 0., 2., 2.]), tensor([1., 1.]))
    """
    _check(p)
    like = settled(input) if training else input.array  # the mask follows its order
    return _drop(input, np.empty_like(like, order=order_like(like)), p, training, inplace)


def _drop_channels(function, input, p, training, inplace, batched):
    """Zero whole channels of input (N, C, ...), or (C, ...) if it is not batched."""
    if not batched:  # a batch of one, as torch has it
        y = squeeze(_drop_channels(function, unsqueeze(input, 0), p, training, inplace, True), 0)
        return renamed(y, "SqueezeBackward4") if inplace else y
    if input.ndim < 2:
        raise RuntimeError(f"{function}(): Feature dropout requires at least 2 dimensions in the input")
    mask = np.empty((*input.shape[:2], *(1,) * (input.ndim - 2)), input.array.dtype)  # (N, C, 1, ...)
    return _drop(input, mask, p, training, inplace)


def _warn(function, input, expected):
    text = f"{function}: Received a {input.ndim}-D input; expected {expected}. dropout zeroes single elements."
    warnings.warn(text, stacklevel=3)


def dropout1d(input, p=0.5, training=True, inplace=False):
    """Zero whole channels of input (N, C, L) or (C, L), else RuntimeError. ValueError unless 0 <= p <= 1.

    >>> _ = torch.manual_seed(0)
    >>> F.dropout1d(torch.ones(3, 4))
    tensor([[0., 0., 0., 0.],
            [0., 0., 0., 0.],
            [2., 2., 2., 2.]])
    """
    _check(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input; "
                           "it zeroes whole channels of (N, C, L) or (C, L)")  # fmt: skip
    return _drop_channels("dropout1d", input, p, training, inplace, input.ndim == 3)


def dropout2d(input, p=0.5, training=True, inplace=False):
    """Zero whole channels of input (N, C, H, W). ValueError unless 0 <= p <= 1.

    Three axes are taken as (N, C, L), as torch still does: there is no form without a batch. Both give a warning.

    >>> _ = torch.manual_seed(0)
    >>> F.dropout2d(torch.ones(1, 3, 2, 2)).flatten(2)
    tensor([[[0., 0., 0., 0.],
             [0., 0., 0., 0.],
             [2., 2., 2., 2.]]])
    """
    _check(p)
    if input.ndim != 4:
        _warn("dropout2d", input, "(N, C, H, W); its first two axes are taken as N and C")
    return _drop_channels("dropout2d", input, p, training, inplace, True)


def dropout3d(input, p=0.5, training=True, inplace=False):
    """Zero whole channels of input (N, C, D, H, W) or (C, D, H, W). ValueError unless 0 <= p <= 1.

    >>> _ = torch.manual_seed(0)
    >>> F.dropout3d(torch.ones(3, 1, 2, 2)).flatten(1)
    tensor([[0., 0., 0., 0.],
            [0., 0., 0., 0.],
            [2., 2., 2., 2.]])
    """
    _check(p)
    if input.ndim not in (4, 5):
        _warn("dropout3d", input, "(N, C, D, H, W) or (C, D, H, W); its first axis is taken as C")
    return _drop_channels("dropout3d", input, p, training, inplace, input.ndim == 5)

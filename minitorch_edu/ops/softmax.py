"""Softmax: scores into positive numbers that add up to 1, along one axis.

    y_i = e^(x_i) / sum_j e^(x_j)               dL/dx = y * (g - sum_j g_j y_j)
    log y_i = x_i - log(sum_j e^(x_j))          dL/dx = g - y * sum_j g_j          (g = dL/d(log y))

The largest score is subtracted first, which changes nothing but keeps the exponentials from overflowing.

Source: Goodfellow, Bengio & Courville (2016), Deep Learning, sections 4.1 and 6.2.2.3
Twin:   torch.nn.functional.softmax, log_softmax, softmin
"""

import warnings

import numpy as np

from ..autograd import op
from ..dtypes import as_dtype
from .axes import one_axis
from .checks import need_float

__all__ = ["log_softmax", "softmax", "softmin"]


def _shifted(function, x, dim, dtype, stacklevel):
    """x in dtype with the largest along the axis subtracted, and the axis."""
    if dim is None:
        dim = 0 if x.ndim in (0, 1, 3) else 1
        warnings.warn(
            f"Implicit dimension choice for {function} has been deprecated. Change the call to include dim={dim}.",
            stacklevel=stacklevel + 1,
        )
    axis = one_axis(dim, x.ndim)
    x = x.astype(x.dtype if dtype is None else as_dtype(dtype).numpy, copy=False)
    need_float(function, input=x)
    if not x.ndim:
        return x - x, None
    return x - x.max(axis, keepdims=True, initial=-np.inf), axis


@op(memory="contiguous")
def softmax(input, dim=None, _stacklevel=3, dtype=None):
    """e^x over its sum along axis dim, computed in dtype (input's own if None).

    dim=None is deprecated, and means axis 0 of an input of 0, 1 or 3 axes and axis 1 otherwise.

    >>> F.softmax(torch.tensor([[1., 3.], [5., 5.]]).log(), dim=1)
    tensor([[0.2500, 0.7500],
            [0.5000, 0.5000]])
    """
    y, axis = _shifted("softmax", input, dim, dtype, _stacklevel)
    y = np.exp(y, out=np.asarray(y))
    y /= y.sum(axis, keepdims=True)

    def grad_input(g):
        gradient = g * y
        gradient -= y * gradient.sum(axis, keepdims=True)
        return gradient

    return y, {"input": grad_input}


@op(memory="contiguous")
def log_softmax(input, dim=None, _stacklevel=3, dtype=None):
    """log(softmax(input)) along axis dim, exact also where the softmax itself is too small to be written down.

    >>> F.log_softmax(torch.tensor([0., 1000.]), dim=0)
    tensor([-1000.,     0.])
    """
    y, axis = _shifted("log_softmax", input, dim, dtype, _stacklevel)
    y -= np.log(np.exp(y).sum(axis, keepdims=True))
    return y, {"input": lambda g: g - np.exp(y) * g.sum(axis, keepdims=True)}


def softmin(input, dim=None, _stacklevel=3, dtype=None):
    """softmax(-input).

    >>> F.softmin(torch.tensor([0., 0., 1000.]), dim=0)
    tensor([0.5000, 0.5000, 0.0000])
    """
    return softmax(-input, dim, _stacklevel + 1, dtype)

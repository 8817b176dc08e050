"""Running sums and products along an axis.

    cumsum   y_i = x_0 + ... + x_i        dL/dx_k = g_k + g_{k+1} + ...
    cumprod  y_i = x_0 * ... * x_i        dL/dx_k = sum over i >= k of  g_i * (product of x_0 ... x_i without x_k)

Twin:  torch.cumsum, torch.cumprod
"""

import numpy as np

from ..autograd import op
from ..dtypes import as_dtype
from .axes import one_axis

__all__ = ["cumprod", "cumsum"]


@op(memory="contiguous")
def cumsum(input, dim, *, dtype=None):
    """Running sum, y_i = x_0 + ... + x_i along `dim`; integers and bools give int64.

    >>> torch.cumsum(torch.tensor([[1, 2], [3, 4]]), 1)
    tensor([[1, 3],
            [3, 7]])
    """
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    shape, axis, real = input.shape, one_axis(dim, input.ndim), input.dtype.kind == "f"
    y = np.cumsum(np.atleast_1d(input), axis, dtype=np.float64 if real else np.int64).reshape(shape)

    def grad_input(g):
        # x_i is part of y_i and of all that follow.
        backwards = np.flip(np.atleast_1d(g), axis)
        return np.flip(np.cumsum(backwards, axis, dtype=np.float64), axis).reshape(shape)

    return y.astype(input.dtype if real or dtype is not None else np.int64), {"input": grad_input}


@op(memory="contiguous")
def cumprod(input, dim, *, dtype=None):
    """Running product, y_i = x_0 * ... * x_i along `dim`; integers and bools give int64.

    >>> torch.cumprod(torch.tensor([1, 2, 3, 4]), 0)
    tensor([ 1,  2,  6, 24])
    """
    input = input if dtype is None else input.astype(as_dtype(dtype).numpy)
    shape, axis, real = input.shape, one_axis(dim, input.ndim), input.dtype.kind == "f"
    y = np.cumprod(np.atleast_1d(input), axis, dtype=np.float64 if real else np.int64).reshape(shape)

    def grad_input(g):
        # dL/dx_k = (x_0 ... x_{k-1}) * h_k,  where  h_k = g_k + x_{k+1} h_{k+1}  (Horner's rule): no division by x.
        x, h = (np.moveaxis(np.atleast_1d(a), axis, 0).astype(np.float64) for a in (input, g))  # (n, ...)
        for k in range(len(x) - 2, -1, -1):
            h[k] += x[k + 1] * h[k + 1]
        h[1:] *= np.cumprod(x[:-1], axis=0)
        return np.moveaxis(h, 0, axis).reshape(shape)

    return y.astype(input.dtype if real or dtype is not None else np.int64), {"input": grad_input}

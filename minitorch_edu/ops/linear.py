"""The linear (affine) map of the last axis: what a fully connected layer computes.

    y = x weight^T + bias

    dL/dx = g weight        dL/dweight = g^T x        dL/dbias = sum of g over the samples

Source: Rumelhart, Hinton & Williams (1986), https://doi.org/10.1038/323533a0
Twin:   torch.nn.functional.linear
"""

import math

from ..autograd import op
from ..dtypes import as_dtype
from .matmul import product, sum_rows

__all__ = ["linear"]


def _node_name(value, input, weight, bias=None):
    """torch multiplies matrices, and sees other inputs as such if they lie so in memory."""
    matrix = weight.ndim == 2
    if bias is None:
        names = {1: ("Dot", "Squeeze"), 2: ("Mv", "Mm")}.get(input.ndim, ("UnsafeView",) * 2)
        return f"{names[matrix]}Backward{4 if names[matrix] == 'Squeeze' else 0}"
    if input.ndim == 2:
        return "AddmmBackward0"
    return "ViewBackward0" if matrix and input.flags.c_contiguous else "AddBackward0"


@op(name=_node_name)
def linear(input, weight, bias=None):
    """input (*, in), weight (out, in), bias (out,) or None -> (*, out); weight (in,) -> (*).

    All leading axes together count the samples, so that one product of matrices does all of the work. RuntimeError if
    the shapes or the dtypes do not fit.

    >>> weight, bias = torch.tensor([[1., 1.], [0., 2.], [1., -1.]]), torch.tensor([0., 100., 0.])
    >>> F.linear(torch.tensor([[3., 4.]]), weight, bias)
    tensor([[  7., 108.,  -1.]])
    """
    _check(input, weight, bias)
    shape, weight_shape, bias_shape = input.shape, weight.shape, weight.shape[:-1]
    m, k, out = math.prod(shape[:-1]), shape[-1], math.prod(bias_shape)
    x = input.reshape(m, k)  # (M, in)
    w = weight.reshape(out, k)  # (out, in)
    y = product(x, w.T)  # (M, out)
    if bias is not None:
        y += bias

    # Below, g = dL/dy, (*, out) or (*).
    def rows(g):
        return g.reshape(m, out)  # (M, out)

    def grad_input(g):
        return product(rows(g), w).reshape(shape)

    def grad_weight(g):
        return product(rows(g).T, x).reshape(weight_shape)

    def grad_bias(g):
        return sum_rows(rows(g)).reshape(bias_shape)

    return y.reshape(shape[:-1] + bias_shape), {"input": grad_input, "weight": grad_weight, "bias": grad_bias}


def _check(input, weight, bias):
    if not input.ndim or not 1 <= weight.ndim <= 2:
        raise RuntimeError(
            "linear(): expected input (*, in) and weight (out, in) or (in,), "
            f"got input {list(input.shape)} and weight {list(weight.shape)}"
        )
    if input.shape[-1] != weight.shape[-1]:
        samples, k = math.prod(input.shape[:-1]), input.shape[-1]
        transposed = "x".join(map(str, weight.shape[::-1]))
        raise RuntimeError(
            f"linear(): mat1 and mat2 shapes cannot be multiplied ({samples}x{k} and {transposed}): input "
            f"{list(input.shape)} must end in weight's {weight.shape[-1]} features (weight {list(weight.shape)})"
            f"{_advice(input.shape, samples, weight.shape[-1])}"
        )
    if bias is not None and bias.shape != weight.shape[:-1]:
        raise RuntimeError(
            f"linear(): expected bias of shape {list(weight.shape[:-1])} for weight {list(weight.shape)}, "
            f"got {list(bias.shape)}"
        )
    for name, array in (("weight", weight), ("bias", bias)):
        if array is not None and array.dtype != input.dtype:
            raise RuntimeError(
                f"linear(): expected input and {name} to have the same dtype, but got: {as_dtype(input.dtype)} != "
                f"{as_dtype(array.dtype)}"
            )


def _advice(shape, samples, features):
    """What may have been meant where an input of this shape does not end in so many features."""
    if math.prod(shape[1:]) == features:
        return "; flatten each sample first: input.flatten(1)"
    if samples == 1:
        return (
            "; if this row is a whole batch, its length changes with the batch (the last one may be shorter): flatten "
            "each sample instead, batch.flatten(1), and give the layer the features of one sample"
        )
    return ""

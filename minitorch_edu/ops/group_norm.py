"""Group normalization: the channels of a sample are split into groups, and each gets zero mean and unit variance.

    y = x_hat * weight + bias,    x_hat = (x - mean) / sqrt(var + eps)

mean and var are those of a group, as in layer_norm; weight and bias belong to a channel, as in batch_norm. One group is
layer normalization over all of a sample; as many groups as channels is instance normalization.

Paper: Wu & He (2018), https://arxiv.org/abs/1803.08494
Twin:  torch.nn.functional.group_norm
"""

import math

from ..autograd import op
from ..dtypes import Size
from .batch_norm import channel_sum
from .checks import check_parameters
from .layer_norm import standardize

__all__ = ["group_norm"]


@op(name="NativeGroupNormBackward0", memory="channels_last")
def group_norm(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalize each group of channels of input (N, C, ...) -> the same shape; weight and bias are (C,) or None.

    RuntimeError if num_groups does not divide C; ValueError if a single sample has groups of a single element.

    >>> F.group_norm(torch.tensor([[1.0, 3.0, 10.0, 30.0]]), 2)  # groups 1 3 and 10 30
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """
    shape = input.shape
    if input.ndim < 2:
        raise RuntimeError(f"group_norm(): Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, c = shape[:2]
    if num_groups < 1 or c % num_groups:
        raise RuntimeError(
            "group_norm(): Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(shape)} and num_groups={num_groups}"
        )
    check_parameters("group_norm", input, (c,), weight=weight, bias=bias)
    length = math.prod(shape[2:])  # L
    elements = c // num_groups * length  # D, of a group
    if n * elements == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {Size(shape)}")

    groups, grad_groups = standardize(input.reshape(n * num_groups, elements), eps)  # (N*G, D)
    x_hat = groups.reshape(n, c, length)  # (N, C, L)
    y = x_hat * (1 if weight is None else weight[:, None])  # (N, C, L)
    if bias is not None:
        y += bias[:, None]

    # Below, g = dL/dy, (N, C, ...).
    def grad_input(g):
        g = g.reshape(n, c, length)
        g_hat = g if weight is None else g * weight[:, None]  # (N, C, L)
        return grad_groups(g_hat.reshape(n * num_groups, elements)).reshape(shape)

    def grad_weight(g):
        return channel_sum(g.reshape(n, c, length), x_hat)

    return y.reshape(shape), {"input": grad_input, "weight": grad_weight, "bias": channel_sum}

"""Root-mean-square normalization: layer normalization without the mean.

    y = x_hat * weight,    x_hat = x / sqrt(mean(x^2) + eps)

Paper: Zhang & Sennrich (2019), https://arxiv.org/abs/1910.07467
Twin:  torch.nn.functional.rms_norm
"""

import numpy as np

from ..autograd import op
from .checks import check_parameters
from .layer_norm import feature_shape

__all__ = ["rms_norm"]


def _node_name(y, input, *others, **options):
    """torch copies what lies in memory neither in order nor with the channels last."""
    last = input.ndim in (4, 5) and np.moveaxis(input, 1, -1).flags.c_contiguous
    return "MulBackward0" if last or input.flags.c_contiguous else "CloneBackward0"


@op(name=_node_name, memory="channels_last")
def rms_norm(input, normalized_shape, weight=None, eps=None):
    """Normalize input over its trailing axes, which must be normalized_shape = D; weight is D or None.

    input (*N, *D) -> the same shape. eps=None is finfo(input.dtype).eps. RuntimeError if the shapes do not fit.

    >>> F.rms_norm(torch.tensor([1., 7.]), (2,))  # the root of the mean square is 5
    tensor([0.2000, 1.4000])
    """
    features = feature_shape("rms_norm", input, normalized_shape)  # D
    check_parameters("rms_norm", input, features, weight=weight)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    axes = tuple(range(-len(features), 0))
    samples = tuple(range(input.ndim - len(features)))

    inv_rms = 1 / np.sqrt(np.square(input).mean(axes, keepdims=True) + eps)  # (*N, 1..)
    x_hat = input * inv_rms  # (*N, *D)
    y = x_hat * (1 if weight is None else weight)

    # Below, g = dL/dy, (*N, *D).
    def grad_input(g):
        # x acts on its own x_hat, and through the mean square on those of its whole sample.
        g_hat = g if weight is None else g * weight  # (*N, *D)
        shared = x_hat * (g_hat * x_hat).mean(axes, keepdims=True)
        return inv_rms * (g_hat - shared)

    def grad_weight(g):
        return (g * x_hat).sum(samples)

    return y, {"input": grad_input, "weight": grad_weight}

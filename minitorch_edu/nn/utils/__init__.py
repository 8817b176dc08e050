"""What is done to all gradients or all parameters of a network at once.

Twin:  https://docs.pytorch.org/docs/stable/nn.html#utilities
"""

import math

import numpy as np

from ...autograd import Tensor, wrap
from ...names import only
from ...ops.rearrange import cat

__all__ = ["clip_grad_norm_", "clip_grad_value_", "get_total_norm", "parameters_to_vector", "vector_to_parameters"]


def _gradients(parameters):
    parameters = [parameters] if isinstance(parameters, Tensor) else parameters
    return [parameter.grad for parameter in parameters if parameter.grad is not None]


def _no_option(name, **options):
    for option, value in options.items():
        if value:
            raise NotImplementedError(f"{name}(): minitorch_edu has no {option}={value!r}")


def get_total_norm(tensors, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """The norm of all numbers of all tensors taken as one vector: (sum |x|**p)**(1/p); p = inf: the largest |x|.

    >>> nn.utils.get_total_norm([torch.tensor([3.0]), torch.tensor([4.0])])
    tensor(5.)
    """
    p = float(norm_type)
    _no_option("get_total_norm", foreach=foreach)
    if p == 0:
        raise NotImplementedError("get_total_norm(): minitorch_edu has no norm_type=0")
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    norms = [_norm(tensor.array.reshape(-1), p) for tensor in tensors]  # of each tensor
    total = _norm(np.array(norms), p) if norms else np.zeros((), np.float32)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be "
            "clipped. To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(np.asarray(total))


def _norm(x, p):
    size = np.abs(x)
    if math.isinf(p):
        return (size.max if p > 0 else size.min)() if size.size else x.dtype.type(0)
    return np.linalg.norm(x) if p == 2 else (size**p).sum() ** x.dtype.type(1 / p)


def clip_grad_norm_(parameters, max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None):
    """Scale all gradients by max_norm / (norm + 1e-6) if their norm is larger than max_norm; returns the norm before.

    The norm is that of all gradients taken as one vector.

    >>> weight = nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([3.0, 4.0])
    >>> nn.utils.clip_grad_norm_(weight, max_norm=1.0)
    tensor(5.)
    >>> weight.grad
    tensor([0.6000, 0.8000])

    Source: Pascanu, Mikolov & Bengio (2013), https://arxiv.org/abs/1211.5063, algorithm 1
    """
    _no_option("clip_grad_norm_", foreach=foreach)
    gradients = _gradients(parameters)
    total = get_total_norm(gradients, norm_type, error_if_nonfinite)
    scale = np.minimum(float(max_norm) / (total.array + total.array.dtype.type(1e-6)), 1)
    for gradient in gradients:
        gradient.array *= scale.astype(gradient.array.dtype)
        gradient._writes[0] += 1
    return total


def clip_grad_value_(parameters, clip_value, foreach=None):
    """Cut every number of every gradient to -clip_value .. clip_value.

    >>> weight = nn.Parameter(torch.zeros(2))
    >>> weight.grad = torch.tensor([3.0, -0.5])
    >>> nn.utils.clip_grad_value_(weight, 1.0)
    >>> weight.grad
    tensor([ 1.0000, -0.5000])
    """
    _no_option("clip_grad_value_", foreach=foreach)
    for gradient in _gradients(parameters):
        np.clip(gradient.array, -float(clip_value), float(clip_value), out=gradient.array)
        gradient._writes[0] += 1


def parameters_to_vector(parameters):
    """All numbers of all parameters in one vector, in order; differentiable.

    >>> nn.utils.parameters_to_vector([torch.tensor([[1, 2], [3, 4]]), torch.tensor([5])])
    tensor([1, 2, 3, 4, 5])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec, parameters):
    """Give the parameters the numbers of a vector, in order: the inverse of `parameters_to_vector`.

    >>> layer = nn.Linear(2, 1)
    >>> nn.utils.vector_to_parameters(torch.tensor([1.0, 2.0, 3.0]), layer.parameters())
    >>> layer.weight.tolist(), layer.bias.tolist()
    ([[1.0, 2.0]], [3.0])
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        stop = start + parameter.array.size
        parameter.data = wrap(vec.array[start:stop].reshape(parameter.array.shape))
        start = stop


__getattr__, __dir__ = only(__name__, __all__)

"""Wrong versions of the initial weights. Each draws as the right one does, but from another interval."""

import math

from . import wrong


@wrong("nn.init.xavier_uniform_", source="https://github.com/mlverse/torch/issues/555")
def parentheses_missing(tensor, gain=1.0):
    """The variance is 2 / fan_in + fan_out: it is 2 / (fan_in + fan_out)."""
    field = math.prod(tensor.shape[2:])
    fan_in, fan_out = tensor.shape[1] * field, tensor.shape[0] * field
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / fan_in + fan_out)
    return tensor.detach().uniform_(-bound, bound)


@wrong("nn.init.xavier_uniform_", source="https://github.com/harvard-edge/cs249r_book/issues/1161")
def fan_in_only(tensor, gain=1.0):
    """The variance is 1 / fan_in, that of LeCun: it is 2 / (fan_in + fan_out)."""
    bound = math.sqrt(3.0) * gain / math.sqrt(tensor.shape[1] * math.prod(tensor.shape[2:]))
    return tensor.detach().uniform_(-bound, bound)


@wrong("nn.init.xavier_uniform_", source="https://github.com/dmlc/MXNet.jl/pull/32")
def fan_out_without_the_kernel(tensor, gain=1.0):
    """fan_out is the number of filters: each number also goes to as many places as the kernel has."""
    fan_in, fan_out = tensor.shape[1] * math.prod(tensor.shape[2:]), tensor.shape[0]
    bound = math.sqrt(3.0) * gain * math.sqrt(2.0 / (fan_in + fan_out))
    return tensor.detach().uniform_(-bound, bound)


@wrong("nn.init.kaiming_uniform_", source="https://github.com/LaurentMazare/tch-rs/pull/573")
def standard_deviation_for_bound(tensor, a=0, mode="fan_in"):
    """The bound is the standard deviation: it is sqrt(3) times as large."""
    fan = tensor.shape[mode.lower() == "fan_in"] * math.prod(tensor.shape[2:])
    bound = math.sqrt(2.0 / (1 + a**2)) / math.sqrt(fan)
    return tensor.detach().uniform_(-bound, bound)


@wrong("nn.init.kaiming_uniform_", source="https://github.com/LBANN/lbann/pull/316")
def gain_of_1(tensor, a=0, mode="fan_in"):
    """The variance is 1 / fan, that of LeCun: the gain of the nonlinearity is missing."""
    bound = math.sqrt(3.0 / (tensor.shape[mode.lower() == "fan_in"] * math.prod(tensor.shape[2:])))
    return tensor.detach().uniform_(-bound, bound)

"""Instance normalization: every channel of every sample gets zero mean and unit variance over its own places.

It is batch normalization of one sample with N*C channels. Running statistics, if there are any, move towards the means
over the samples.

Paper: Ulyanov, Vedaldi & Lempitsky (2016), https://arxiv.org/abs/1607.08022
Twin:  torch.nn.functional.instance_norm
"""

import math

from ..dtypes import Size
from .batch_norm import batch_norm

__all__ = ["instance_norm"]


def instance_norm(input, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True,
                  momentum=0.1, eps=1e-5):  # fmt: skip
    """Normalize each channel of each sample of input (N, C, ...) -> the same shape; all other tensors are (C,) or None.

    use_input_stats=False normalizes with the running statistics. ValueError if a channel of a sample has one element.

    >>> F.instance_norm(torch.tensor([[[1., 3.], [10., 30.]]]))  # one sample, two channels
    tensor([[[-1.0000,  1.0000],
             [-1.0000,  1.0000]]])
    """
    shape = input.shape
    if use_input_stats and math.prod(shape[2:]) == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {Size(shape)}")
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats is false")
    n, c = shape[:2]
    running = [None if each is None else each.repeat(n) for each in (running_mean, running_var)]  # (N*C,)
    weight, bias = (None if each is None else each.repeat(n) for each in (weight, bias))  # (N*C,)
    merged = input.contiguous().reshape(1, n * c, *shape[2:])
    y = batch_norm(merged, *running, weight, bias, use_input_stats, momentum, eps)
    if use_input_stats:
        for each, moved in zip((running_mean, running_var), running):
            if each is not None:
                each.copy_(moved.reshape(n, c).mean(0))
    return y.reshape(shape)

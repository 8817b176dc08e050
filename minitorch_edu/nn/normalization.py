"""Normalization layers: weight, bias and running statistics around nn.functional's normalizations.

Weights start at 1, biases at 0, running means at 0, running variances at 1; nothing is drawn.

Twin:  https://docs.pytorch.org/docs/stable/nn.html#normalization-layers
"""

import numbers
import warnings

from ..ops.creation import ones, tensor, zeros
from . import functional as F
from .module import Module
from .parameter import Parameter

__all__ = ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d",
           "InstanceNorm3d", "LayerNorm", "RMSNorm"]  # fmt: skip


class _Scaled(Module):
    """A normalization with a weight and a bias of one shape, if they are wanted."""

    def _scale(self, shape, weight, bias, device, dtype):
        if weight:
            self.weight = Parameter(ones(shape, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)
        if weight and bias:
            self.bias = Parameter(zeros(shape, device=device, dtype=dtype))
        else:
            self.register_parameter("bias", None)

    def reset_parameters(self):
        """Set the weight to 1 and the bias to 0."""
        for name, value in (("weight", 1), ("bias", 0)):
            if getattr(self, name, None) is not None:
                getattr(self, name).array[...] = value


class _Running(_Scaled):
    """A normalization over (N, C, *) that may keep running statistics of its C channels."""

    _version = 2  # since num_batches_tracked is saved
    ranks = ()  # of the inputs it takes

    def __init__(self, num_features, eps, momentum, affine, track_running_stats, device, dtype, bias):
        super().__init__()
        self.num_features, self.eps, self.momentum = num_features, eps, momentum
        self.affine, self.track_running_stats = affine, track_running_stats
        self._scale((num_features,), affine, bias, device, dtype)
        track = track_running_stats
        self.register_buffer("running_mean", zeros(num_features, device=device, dtype=dtype) if track else None)
        self.register_buffer("running_var", ones(num_features, device=device, dtype=dtype) if track else None)
        self.register_buffer("num_batches_tracked", tensor(0) if track else None)

    def reset_running_stats(self):
        """Forget the running statistics."""
        if self.track_running_stats:
            for name, value in (("running_mean", 0), ("running_var", 1), ("num_batches_tracked", 0)):
                getattr(self, name).array[...] = value

    def reset_parameters(self):
        """Forget the running statistics, and set the weight to 1 and the bias to 0."""
        self.reset_running_stats()
        super().reset_parameters()

    def _check_rank(self, input):
        if input.ndim not in self.ranks:
            ranks = " or ".join(f"{rank}D" for rank in self.ranks)
            raise ValueError(f"{type(self).__name__}: expected {ranks} input (got {input.ndim}D input)")

    def _load_own(self, state_dict, prefix, version, *rest):
        if (version is None or version < 2) and self.track_running_stats:
            state_dict.setdefault(f"{prefix}num_batches_tracked", self.num_batches_tracked)
        super()._load_own(state_dict, prefix, version, *rest)

    def extra_repr(self):
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_Running):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=True, track_running_stats=True, device=None,
                 dtype=None, *, bias=True):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input):
        self._check_rank(input)
        self._check_channels(input)
        momentum = self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
            if momentum is None:  # the mean over all batches so far
                momentum = 1 / float(self.num_batches_tracked.array)
        used = self.track_running_stats or not self.training  # otherwise training leaves them alone
        return F.batch_norm(
            input,
            self.running_mean if used else None,
            self.running_var if used else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            0.0 if momentum is None else momentum,
            self.eps,
        )

    def _check_channels(self, input):
        sized = self.running_mean is not None or self.weight is not None
        if sized and input.shape[1] != self.num_features:
            hint = ""
            if input.shape[-1] == self.num_features:
                hint = f"; its last axis has {self.num_features}: transpose(1, -1) before and after the layer"
            raise RuntimeError(
                f"{type(self).__name__}: running_mean should contain {input.shape[1]} elements not "
                f"{self.num_features}; axis 1 of the input are the channels, here of {list(input.shape)}{hint}"
            )


class BatchNorm1d(_BatchNorm):
    """Each channel of (N, C) or (N, C, L) normalized over all else; weight, bias, running_mean, running_var (C,).

    In training by the batch's own mean and variance, which move the running ones by `momentum` (None: so that they are
    the mean over all batches); in evaluation by the running ones.

    >>> norm = nn.BatchNorm1d(1, affine=False)
    >>> norm(torch.tensor([[1.0], [3.0]]))
    tensor([[-1.0000],
            [ 1.0000]])
    >>> norm.running_mean, norm.running_var
    (tensor([0.2000]), tensor([1.1000]))
    """

    ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """As BatchNorm1d, for (N, C, H, W).

    >>> nn.BatchNorm2d(2, affine=False)(torch.tensor([[[[1.0, 3.0]], [[10.0, 30.0]]]]))
    tensor([[[[-1.0000,  1.0000]],
    <BLANKLINE>
             [[-1.0000,  1.0000]]]])
    >>> list(nn.BatchNorm2d(2).state_dict())
    ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']
    """

    ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """As BatchNorm1d, for (N, C, D, H, W).

    >>> norm = nn.BatchNorm3d(2)
    >>> norm(torch.ones(1, 2, 1, 1, 5)).shape, norm.running_mean
    (torch.Size([1, 2, 1, 1, 5]), tensor([0.1000, 0.1000]))
    """

    ranks = (5,)


class _InstanceNorm(_Running):
    def __init__(self, num_features, eps=1e-5, momentum=0.1, affine=False, track_running_stats=False, device=None,
                 dtype=None, *, bias=True):  # fmt: skip
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias)

    def forward(self, input):
        self._check_rank(input)
        alone = input.ndim == self.ranks[0]
        axis = 0 if alone else 1
        if input.shape[axis] != self.num_features:
            if self.affine:
                raise ValueError(
                    f"{type(self).__name__}: expected input's size at dim={axis} to match num_features "
                    f"({self.num_features}), but got: {input.shape[axis]}."
                )
            warnings.warn(
                f"input's size at dim={axis} does not match num_features. You can silence this warning by not passing "
                "in num_features, which is not used because affine=False",
                stacklevel=3,
            )
        out = F.instance_norm(
            input.unsqueeze(0) if alone else input,
            self.running_mean,
            self.running_var,
            self.weight,
            self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum,
            self.eps,
        )
        return out.squeeze(0) if alone else out


class InstanceNorm1d(_InstanceNorm):
    """Each channel of each sample of (N, C, L) normalized over its own numbers; also (C, L).

    >>> nn.InstanceNorm1d(1)(torch.tensor([[[1.0, 3.0]], [[10.0, 30.0]]]))
    tensor([[[-1.0000,  1.0000]],
    <BLANKLINE>
            [[-1.0000,  1.0000]]])
    """

    ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """As InstanceNorm1d, for (N, C, H, W) or (C, H, W).

    >>> nn.InstanceNorm2d(2)(torch.tensor([[[[1.0, 3.0]], [[10.0, 30.0]]]]))
    tensor([[[[-1.0000,  1.0000]],
    <BLANKLINE>
             [[-1.0000,  1.0000]]]])
    """

    ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """As InstanceNorm1d, for (N, C, D, H, W) or (C, D, H, W).

    >>> list(nn.InstanceNorm3d(2).state_dict()), list(nn.InstanceNorm3d(2, affine=True).state_dict())
    ([], ['weight', 'bias'])
    """

    ranks = (4, 5)


def _as_shape(normalized_shape):
    return (normalized_shape,) if isinstance(normalized_shape, numbers.Integral) else tuple(normalized_shape)


class LayerNorm(_Scaled):
    """Each sample normalized over its trailing axes; weight and bias have the shape of those, normalized_shape.

    >>> nn.LayerNorm(2, elementwise_affine=False)(torch.tensor([[1.0, 3.0], [10.0, 30.0]]))
    tensor([[-1.0000,  1.0000],
            [-1.0000,  1.0000]])
    """

    def __init__(self, normalized_shape, eps=1e-5, elementwise_affine=True, bias=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape, self.eps = _as_shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        self._scale(self.normalized_shape, elementwise_affine, bias, device, dtype)

    def forward(self, input):
        return F.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(_Scaled):
    """Each sample divided by the root of its mean square over its trailing axes; eps=None is the dtype's own.

    >>> nn.RMSNorm(2, elementwise_affine=False)(torch.tensor([1.0, 7.0]))
    tensor([0.2000, 1.4000])
    """

    def __init__(self, normalized_shape, eps=None, elementwise_affine=True, device=None, dtype=None):
        super().__init__()
        self.normalized_shape, self.eps = _as_shape(normalized_shape), eps
        self.elementwise_affine = elementwise_affine
        if elementwise_affine:
            self.weight = Parameter(ones(self.normalized_shape, device=device, dtype=dtype))
        else:
            self.register_parameter("weight", None)

    def forward(self, input):
        return F.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self):
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Scaled):
    """Each group of channels of each sample of (N, C, *) normalized; weight and bias (C,).

    >>> nn.GroupNorm(2, 4, affine=False)(torch.tensor([[1.0, 3.0, 10.0, 30.0]]))
    tensor([[-1.0000,  1.0000, -1.0000,  1.0000]])
    """

    def __init__(self, num_groups, num_channels, eps=1e-5, affine=True, device=None, dtype=None, *, bias=True):
        super().__init__()
        if num_channels % num_groups != 0:
            raise ValueError(f"num_channels ({num_channels}) must be divisible by num_groups ({num_groups})")
        self.num_groups, self.num_channels, self.eps, self.affine = num_groups, num_channels, eps, affine
        self._scale((num_channels,), affine, bias, device, dtype)

    def forward(self, input):
        return F.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self):
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )

"""Convolution layers: a weight and a bias around nn.functional.conv1d .. conv3d, conv_transpose1d .. conv_transpose3d.

Both are drawn from U(-b, b) with b = 1 / sqrt(fan_in), fan_in = C / groups * KH * KW: the weight first, then the bias.

Source: He et al. (2015), https://arxiv.org/abs/1502.01852, equation 10 (with the slope a = sqrt(5))
Twin:   torch.nn.Conv2d, torch.nn.ConvTranspose2d
"""

import math

from ..ops.windows import per_axis
from . import functional as F
from . import init
from .module import Module
from .parameter import blank

__all__ = ["Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"]


class _Conv(Module):
    """What all six share; a subclass says the number of spatial axes and the operator."""

    axes = operator = None
    transposed = False

    def _build(self, in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
               padding_mode, device, dtype):  # fmt: skip
        name = type(self).__name__
        if groups <= 0:
            raise ValueError(f"{name}(): groups must be a positive integer, got {groups}")
        for what, channels in (("in_channels", in_channels), ("out_channels", out_channels)):
            if channels % groups != 0:
                raise ValueError(f"{name}(): {what} must be divisible by groups, got {channels} and groups={groups}")
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = per_axis(name, "kernel_size", kernel_size, self.axes, 0)
        self.stride = per_axis(name, "stride", stride, self.axes, 1)
        self.dilation = per_axis(name, "dilation", dilation, self.axes, 1)
        self.output_padding = per_axis(name, "output_padding", output_padding, self.axes, 0)
        self.padding_mode = padding_mode
        self.padding = self._padding(name, padding)
        channels = (in_channels, out_channels // groups) if self.transposed else (out_channels, in_channels // groups)
        self.weight = blank(*channels, *self.kernel_size, device=device, dtype=dtype)  # (F, C/groups, KH, KW)
        if bias:
            self.bias = blank(out_channels, device=device, dtype=dtype)  # (F,)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _padding(self, name, padding):
        if not isinstance(padding, str):
            return per_axis(name, "padding", padding, self.axes, 0)
        if padding not in ("same", "valid"):
            raise ValueError(f"{name}(): Invalid padding string {padding!r}, should be one of 'same', 'valid'")
        if padding == "same" and any(s != 1 for s in self.stride):
            raise ValueError(f"{name}(): padding='same' is not supported for strided convolutions")
        return padding

    def reset_parameters(self):
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def extra_repr(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        for what, usual in (("padding", 0), ("dilation", 1), ("output_padding", 0)):
            value = getattr(self, what)
            text += f", {what}={value}" if value != (usual,) * len(value) else ""
        text += f", groups={self.groups}" if self.groups != 1 else ""
        text += ", bias=False" if self.bias is None else ""
        return text + (f", padding_mode={self.padding_mode}" if self.padding_mode != "zeros" else "")


class _ConvNd(_Conv):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, dilation=1, groups=1, bias=True,
                 padding_mode="zeros", device=None, dtype=None):  # fmt: skip
        super().__init__()
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                f"{type(self).__name__}(): padding_mode must be one of 'zeros', 'reflect', 'replicate', 'circular', "
                f"but got padding_mode={padding_mode!r}"
            )
        self._build(in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode,
                    device, dtype)  # fmt: skip

    def forward(self, input):
        if self.padding_mode == "zeros":
            return self.operator(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)
        input = F.pad(input, self._pads(), self.padding_mode)
        return self.operator(input, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)

    def _pads(self):
        """(left, right) of the last axis, then of the one before, and so on: what `pad` takes."""
        pads = []
        for axis in reversed(range(self.axes)):
            if self.padding == "same":
                reach = self.dilation[axis] * (self.kernel_size[axis] - 1)
                pads += [reach // 2, reach - reach // 2]
            else:
                pads += [0 if self.padding == "valid" else self.padding[axis]] * 2
        return pads


class Conv1d(_ConvNd):
    """input (N, C, L) or (C, L) -> (N, F, OL) or (F, OL); weight (F, C/groups, K), bias (F,).

    >>> conv = nn.Conv1d(1, 1, kernel_size=2, bias=False)
    >>> conv.weight.data = torch.tensor([[[1.0, 10.0]]])
    >>> conv(torch.tensor([[[1.0, 2.0, 4.0]]])).tolist()
    [[[21.0, 42.0]]]
    """

    axes, operator = 1, staticmethod(F.conv1d)


class Conv2d(_ConvNd):
    """input (N, C, H, W) or (C, H, W) -> (N, F, OH, OW) or (F, OH, OW); weight (F, C/groups, KH, KW), bias (F,).

    >>> conv = nn.Conv2d(3, 8, kernel_size=5, padding=2)
    >>> conv.weight.shape, conv.bias.shape
    (torch.Size([8, 3, 5, 5]), torch.Size([8]))
    >>> conv(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 8, 32, 32])
    """

    axes, operator = 2, staticmethod(F.conv2d)


class Conv3d(_ConvNd):
    """input (N, C, D, H, W) or (C, D, H, W) -> (N, F, OD, OH, OW); weight (F, C/groups, KD, KH, KW), bias (F,).

    >>> nn.Conv3d(3, 8, kernel_size=3, stride=2)(torch.zeros(1, 3, 5, 7, 9)).shape
    torch.Size([1, 8, 2, 3, 4])
    """

    axes, operator = 3, staticmethod(F.conv3d)


class _ConvTransposeNd(_Conv):
    transposed = True

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0, output_padding=0, groups=1,
                 bias=True, dilation=1, padding_mode="zeros", device=None, dtype=None):  # fmt: skip
        super().__init__()
        if padding_mode != "zeros":
            raise ValueError(
                f'Only "zeros" padding mode is supported for {type(self).__name__}, not padding_mode={padding_mode!r}'
            )
        self._build(in_channels, out_channels, kernel_size, stride, padding, dilation, output_padding, groups, bias,
                    padding_mode, device, dtype)  # fmt: skip

    def forward(self, input, output_size=None):
        """output_size: the spatial sizes (or the whole shape) wanted, where the stride leaves a choice."""
        extra = self.output_padding if output_size is None else self._output_padding(input, tuple(output_size))
        return self.operator(
            input, self.weight, self.bias, self.stride, self.padding, extra, self.groups, self.dilation
        )

    def _output_padding(self, input, wanted):
        name, lead = type(self).__name__, input.ndim - self.axes
        if len(wanted) == input.ndim:
            wanted = wanted[lead:]
        if len(wanted) != self.axes:
            raise ValueError(
                f"{name}(): for {input.ndim}D input, output_size must have {self.axes} or {input.ndim} elements "
                f"(got {len(wanted)})"
            )
        least = [
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(input.shape[lead:], self.stride, self.padding, self.dilation, self.kernel_size)
        ]
        most = [n + s - 1 for n, s in zip(least, self.stride)]
        if any(not low <= n <= high for low, n, high in zip(least, wanted, most)):
            raise ValueError(
                f"{name}(): requested an output size of {list(wanted)}, but valid sizes range from {least} to {most} "
                f"(for an input of {input.shape[lead:]})"
            )
        return tuple(n - low for n, low in zip(wanted, least))


class ConvTranspose1d(_ConvTransposeNd):
    """input (N, C, L) or (C, L) -> (N, F, OL); weight (C, F/groups, K), bias (F,).

    >>> conv = nn.ConvTranspose1d(1, 1, kernel_size=2, stride=2, bias=False)
    >>> conv.weight.data = torch.tensor([[[1.0, 10.0]]])
    >>> conv(torch.tensor([[[1.0, 2.0]]])).tolist()
    [[[1.0, 10.0, 2.0, 20.0]]]
    """

    axes, operator = 1, staticmethod(F.conv_transpose1d)


class ConvTranspose2d(_ConvTransposeNd):
    """input (N, C, H, W) or (C, H, W) -> (N, F, OH, OW); weight (C, F/groups, KH, KW), bias (F,).

    >>> conv = nn.ConvTranspose2d(3, 8, kernel_size=2, stride=2)
    >>> conv.weight.shape
    torch.Size([3, 8, 2, 2])
    >>> conv(torch.zeros(1, 3, 16, 16)).shape
    torch.Size([1, 8, 32, 32])
    """

    axes, operator = 2, staticmethod(F.conv_transpose2d)


class ConvTranspose3d(_ConvTransposeNd):
    """input (N, C, D, H, W) or (C, D, H, W) -> (N, F, OD, OH, OW); weight (C, F/groups, KD, KH, KW), bias (F,).

    >>> conv = nn.ConvTranspose3d(3, 8, kernel_size=3, stride=2)
    >>> x = torch.zeros(1, 3, 2, 2, 2)
    >>> conv(x).shape, conv(x, output_size=(6, 6, 6)).shape
    (torch.Size([1, 8, 5, 5, 5]), torch.Size([1, 8, 6, 6, 6]))
    """

    axes, operator = 3, staticmethod(F.conv_transpose3d)

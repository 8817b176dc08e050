"""Pooling layers: the options of nn.functional's pooling operators, kept.

Twin:  https://docs.pytorch.org/docs/stable/nn.html#pooling-layers
"""

from ..ops.windows import per_axis
from . import functional as F
from .module import Module

__all__ = ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AvgPool1d",
           "AvgPool2d", "AvgPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d"]  # fmt: skip


class _MaxPoolNd(Module):
    operator = None

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, return_indices=False, ceil_mode=False):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input):
        return self.operator(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            ceil_mode=self.ceil_mode,
            return_indices=self.return_indices,
        )

    def extra_repr(self):
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPoolNd):
    """The largest number of each window: (N, C, L) -> (N, C, OL), and the indices if return_indices.

    >>> nn.MaxPool1d(2, return_indices=True)(torch.tensor([[1.0, 4.0, 3.0, 2.0]]))
    (tensor([[4., 3.]]), tensor([[1, 2]]))
    """

    operator = staticmethod(F.max_pool1d)


class MaxPool2d(_MaxPoolNd):
    """The largest number of each window: (N, C, H, W) -> (N, C, OH, OW), and the indices if return_indices.

    >>> nn.MaxPool2d(2)(torch.tensor([[[1.0, 4.0, 5.0, 6.0], [3.0, 2.0, 8.0, 7.0]]]))
    tensor([[[4., 8.]]])
    >>> nn.MaxPool2d(kernel_size=3, stride=2, padding=1)(torch.zeros(1, 3, 32, 32)).shape
    torch.Size([1, 3, 16, 16])
    """

    operator = staticmethod(F.max_pool2d)


class MaxPool3d(_MaxPoolNd):
    """The largest number of each window: (N, C, D, H, W) -> (N, C, OD, OH, OW), and the indices if return_indices.

    >>> nn.MaxPool3d(2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[7.]]]])
    """

    operator = staticmethod(F.max_pool3d)


class _AvgPoolNd(Module):
    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__()
        self.kernel_size, self.stride = kernel_size, kernel_size if stride is None else stride
        self.padding, self.ceil_mode, self.count_include_pad = padding, ceil_mode, count_include_pad

    def extra_repr(self):
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPoolNd):
    """The mean of each window: (N, C, L) -> (N, C, OL).

    >>> nn.AvgPool1d(kernel_size=2, stride=1)(torch.tensor([[1.0, 4.0, 3.0, 2.0]]))
    tensor([[2.5000, 3.5000, 2.5000]])
    """

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True):
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        for what in ("kernel_size", "stride", "padding"):
            setattr(self, what, per_axis("AvgPool1d", what, getattr(self, what), 1, 0))

    def forward(self, input):
        return F.avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class _AvgPoolDivided(_AvgPoolNd):
    operator = None

    def __init__(self, kernel_size, stride=None, padding=0, ceil_mode=False, count_include_pad=True,
                 divisor_override=None):  # fmt: skip
        super().__init__(kernel_size, stride, padding, ceil_mode, count_include_pad)
        self.divisor_override = divisor_override

    def forward(self, input):
        return self.operator(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )


class AvgPool2d(_AvgPoolDivided):
    """The mean of each window: (N, C, H, W) -> (N, C, OH, OW).

    >>> nn.AvgPool2d(2)(torch.tensor([[[1.0, 4.0, 5.0, 6.0], [3.0, 2.0, 8.0, 7.0]]]))
    tensor([[[2.5000, 6.5000]]])
    """

    operator = staticmethod(F.avg_pool2d)


class AvgPool3d(_AvgPoolDivided):
    """The mean of each window: (N, C, D, H, W) -> (N, C, OD, OH, OW).

    >>> nn.AvgPool3d(2)(torch.arange(8.0).reshape(1, 2, 2, 2))
    tensor([[[[3.5000]]]])
    """

    operator = staticmethod(F.avg_pool3d)


class _AdaptivePool(Module):
    def __init__(self, output_size):
        super().__init__()
        self.output_size = output_size

    def extra_repr(self):
        return f"output_size={self.output_size}"


class AdaptiveAvgPool1d(_AdaptivePool):
    """The means of output_size almost equal parts: (N, C, L) -> (N, C, output_size).

    >>> nn.AdaptiveAvgPool1d(2)(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    tensor([[2., 4.]])
    """

    def forward(self, input):
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveAvgPool2d(_AdaptivePool):
    """The means of almost equal parts: (N, C, H, W) -> (N, C, *output_size); None keeps an axis as it is.

    >>> nn.AdaptiveAvgPool2d(1)(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]))
    tensor([[[3.]]])
    >>> nn.AdaptiveAvgPool2d((None, 1))(torch.tensor([[[1.0, 2.0], [3.0, 6.0]]]))
    tensor([[[1.5000],
             [4.5000]]])
    """

    def forward(self, input):
        return F.adaptive_avg_pool2d(input, self.output_size)


class _AdaptiveMaxPool(_AdaptivePool):
    operator = None

    def __init__(self, output_size, return_indices=False):
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input):
        return self.operator(input, self.output_size, self.return_indices)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """The maxima of almost equal parts: (N, C, L) -> (N, C, output_size), and their indices if return_indices.

    >>> nn.AdaptiveMaxPool1d(2)(torch.tensor([[1.0, 2.0, 3.0, 4.0, 5.0]]))
    tensor([[3., 5.]])
    """

    operator = staticmethod(F.adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """The maxima of almost equal parts: (N, C, H, W) -> (N, C, *output_size), and their indices if return_indices.

    >>> nn.AdaptiveMaxPool2d((None, 1))(torch.tensor([[[1.0, 2.0], [6.0, 3.0]]]))
    tensor([[[2.],
             [6.]]])
    """

    operator = staticmethod(F.adaptive_max_pool2d)

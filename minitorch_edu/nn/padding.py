"""Padding layers: nn.functional.pad with one mode. padding: an int, or (left, right, top, bottom, front, back).

Twin:  https://docs.pytorch.org/docs/stable/nn.html#padding-layers
"""

from . import functional as F
from .module import Module

_KINDS = ("Circular", "Constant", "Reflection", "Replication", "Zero")
__all__ = [f"{kind}Pad{axes}d" for kind in _KINDS for axes in (1, 2, 3)]


class _Pad(Module):
    axes = mode = None

    def __init__(self, padding):
        super().__init__()
        sides = 2 * self.axes
        self.padding = (padding,) * sides if isinstance(padding, int) else tuple(padding)
        if len(self.padding) != sides:
            raise ValueError(f"{type(self).__name__}(): padding must be an int or {sides} ints, got {padding}")

    def forward(self, input):
        if input.ndim not in (self.axes + 1, self.axes + 2):
            raise ValueError(f"expected {self.axes + 1}D or {self.axes + 2}D input (got {input.ndim}D input)")
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self):
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding, value):
        super().__init__(padding)
        self.value = value

    def forward(self, input):
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self):
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding):
        super().__init__(padding, 0.0)

    def extra_repr(self):
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """`value` around (N, C, L).

    >>> nn.ConstantPad1d((1, 2), 9)(torch.tensor([[1, 2]]))
    tensor([[9, 1, 2, 9, 9]])
    """

    axes = 1


class ConstantPad2d(_ConstantPad):
    """`value` around (N, C, H, W).

    >>> nn.ConstantPad2d((1, 0, 0, 1), 9)(torch.tensor([[[1, 2]]]))
    tensor([[[9, 1, 2],
             [9, 9, 9]]])
    """

    axes = 2


class ConstantPad3d(_ConstantPad):
    """`value` around (N, C, D, H, W).

    >>> nn.ConstantPad3d((0, 0, 0, 0, 2, 1), 9)(torch.tensor([1, 2]).reshape(1, 2, 1, 1)).flatten()
    tensor([9, 9, 1, 2, 9])
    """

    axes = 3


class ZeroPad1d(_ZeroPad):
    """Zeros around (N, C, L).

    >>> nn.ZeroPad1d((1, 2))(torch.tensor([[1, 2]]))
    tensor([[0, 1, 2, 0, 0]])
    """

    axes = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around (N, C, H, W).

    >>> nn.ZeroPad2d(1)(torch.tensor([[[1, 2]]]))
    tensor([[[0, 0, 0, 0],
             [0, 1, 2, 0],
             [0, 0, 0, 0]]])
    """

    axes = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around (N, C, D, H, W).

    >>> nn.ZeroPad3d(1)(torch.ones(3, 8, 16, 16)).shape
    torch.Size([3, 10, 18, 18])
    """

    axes = 3


class ReflectionPad1d(_Pad):
    """(N, C, L) mirrored at its ends, which are not repeated: 2 1 [0 1 2] 1 0.

    >>> nn.ReflectionPad1d(2)(torch.tensor([[0.0, 1.0, 2.0]]))
    tensor([[2., 1., 0., 1., 2., 1., 0.]])
    """

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """(N, C, H, W) mirrored at its edges, which are not repeated.

    >>> nn.ReflectionPad2d((1, 0, 0, 1))(torch.arange(9.0).reshape(1, 3, 3))
    tensor([[[1., 0., 1., 2.],
             [4., 3., 4., 5.],
             [7., 6., 7., 8.],
             [4., 3., 4., 5.]]])
    """

    axes, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """(N, C, D, H, W) mirrored at its faces, which are not repeated.

    >>> nn.ReflectionPad3d((0, 0, 0, 0, 1, 1))(torch.arange(3.0).reshape(1, 3, 1, 1)).flatten()
    tensor([1., 0., 1., 2., 1.])
    """

    axes, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """(N, C, L) with its ends repeated: 0 0 [0 1 2] 2 2.

    >>> nn.ReplicationPad1d(2)(torch.tensor([[0.0, 1.0, 2.0]]))
    tensor([[0., 0., 0., 1., 2., 2., 2.]])
    """

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """(N, C, H, W) with its edges repeated.

    >>> nn.ReplicationPad2d((1, 0, 0, 1))(torch.arange(9.0).reshape(1, 3, 3))
    tensor([[[0., 0., 1., 2.],
             [3., 3., 4., 5.],
             [6., 6., 7., 8.],
             [6., 6., 7., 8.]]])
    """

    axes, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """(N, C, D, H, W) with its faces repeated.

    >>> nn.ReplicationPad3d((0, 0, 0, 0, 1, 1))(torch.arange(3.0).reshape(1, 3, 1, 1)).flatten()
    tensor([0., 0., 1., 2., 2.])
    """

    axes, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """(N, C, L) continued from its other end: 1 2 [0 1 2] 0 1.

    >>> nn.CircularPad1d(2)(torch.tensor([[0.0, 1.0, 2.0]]))
    tensor([[1., 2., 0., 1., 2., 0., 1.]])
    """

    axes, mode = 1, "circular"


class CircularPad2d(_Pad):
    """(N, C, H, W) continued from its opposite edges.

    >>> nn.CircularPad2d((1, 0, 0, 1))(torch.arange(9.0).reshape(1, 3, 3))
    tensor([[[2., 0., 1., 2.],
             [5., 3., 4., 5.],
             [8., 6., 7., 8.],
             [2., 0., 1., 2.]]])
    """

    axes, mode = 2, "circular"


class CircularPad3d(_Pad):
    """(N, C, D, H, W) continued from its opposite faces.

    >>> nn.CircularPad3d((0, 0, 0, 0, 1, 1))(torch.arange(3.0).reshape(1, 3, 1, 1)).flatten()
    tensor([2., 0., 1., 2., 0.])
    """

    axes, mode = 3, "circular"

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
    """`value` around (N, C, L)."""

    axes = 1


class ConstantPad2d(_ConstantPad):
    """`value` around (N, C, H, W)."""

    axes = 2


class ConstantPad3d(_ConstantPad):
    """`value` around (N, C, D, H, W)."""

    axes = 3


class ZeroPad1d(_ZeroPad):
    """Zeros around (N, C, L)."""

    axes = 1


class ZeroPad2d(_ZeroPad):
    """Zeros around (N, C, H, W)."""

    axes = 2


class ZeroPad3d(_ZeroPad):
    """Zeros around (N, C, D, H, W)."""

    axes = 3


class ReflectionPad1d(_Pad):
    """(N, C, L) mirrored at its ends, which are not repeated: 2 1 [0 1 2] 1 0."""

    axes, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """(N, C, H, W) mirrored at its edges, which are not repeated."""

    axes, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """(N, C, D, H, W) mirrored at its faces, which are not repeated."""

    axes, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """(N, C, L) with its ends repeated: 0 0 [0 1 2] 2 2."""

    axes, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """(N, C, H, W) with its edges repeated."""

    axes, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """(N, C, D, H, W) with its faces repeated."""

    axes, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """(N, C, L) continued from its other end: 1 2 [0 1 2] 0 1."""

    axes, mode = 1, "circular"


class CircularPad2d(_Pad):
    """(N, C, H, W) continued from its opposite edges."""

    axes, mode = 2, "circular"


class CircularPad3d(_Pad):
    """(N, C, D, H, W) continued from its opposite faces."""

    axes, mode = 3, "circular"

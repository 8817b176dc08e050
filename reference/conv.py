"""Records of the convolutions, and of unfold and fold."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays
from .record import Call, Illegal, Op


def per_axis(draw, axes, low, high):
    """A tuple with one for each axis, different ones in the half of them, or an int."""
    different = st.permutations(range(low, high + 1)).map(lambda numbers: tuple(numbers[:axes]))
    return draw(different | st.tuples(*[st.integers(low, high)] * axes) | different | st.integers(low, high))


def each(value, axes):
    return (value,) * axes if isinstance(value, int) else value


@st.composite
def conv_calls(draw, axes, transposed=False):
    """Legal calls after torch's page: groups, dilation, stride beyond the kernel, 'same' and 'valid', no batch axis."""
    groups = draw(st.sampled_from([2, 1, 3, 1]))
    inner, outer = draw(st.integers(1, 3)), draw(st.integers(1, 3))  # weight's second axis; its first over groups
    kernel = draw(st.tuples(*[st.sampled_from([2, 3, 2, 4, 2, 3, 1])] * axes))
    kwargs = {}
    if draw(st.integers(0, 4)) < 4:
        kwargs["stride"] = per_axis(draw, axes, 1, 4)
    if draw(st.integers(0, 4)) < 4:
        kwargs["dilation"] = per_axis(draw, axes, 1, 3)
    padding = draw(st.sampled_from(["numbers", "same"] * 3 + ["valid", "none"]))
    if padding == "numbers" or (transposed and padding != "none"):
        kwargs["padding"] = per_axis(draw, axes, 0, 3)
    elif padding != "none":
        kwargs["padding"] = padding
        if padding == "same":
            kwargs.pop("stride", None)
    if groups > 1:
        kwargs["groups"] = groups
    stride, dilation = each(kwargs.get("stride", 1), axes), each(kwargs.get("dilation", 1), axes)
    padding = kwargs.get("padding", 0)
    margin = (0,) * axes if isinstance(padding, str) else each(padding, axes)
    reach = [d * (k - 1) + 1 for d, k in zip(dilation, kernel)]
    if transposed:
        if draw(st.integers(0, 3)):
            kwargs["output_padding"] = tuple(draw(st.integers(0, max(s, d) - 1)) for s, d in zip(stride, dilation))
        extra = each(kwargs.get("output_padding", 0), axes)
        # (n - 1) * stride - 2 * padding + reach + extra must be at least 1
        least = [max(1, -(-(1 - e - r + 2 * p) // s) + 1) for e, r, p, s in zip(extra, reach, margin, stride)]
    elif padding == "same":
        least = [1] * axes
    else:
        least = [max(1, r - 2 * p) for r, p in zip(reach, margin)]
    sizes = tuple(n + draw(st.integers(0, 4)) for n in least)
    batch = draw(st.sampled_from([(), (1,), (2,), (2,), (3,), (3,), (0,)]))
    channels, filters = (outer * groups, inner * groups) if transposed else (inner * groups, outer * groups)
    x = draw(arrays((*batch, channels, *sizes)))
    weight = draw(arrays((outer * groups, inner, *kernel)))
    if draw(st.booleans()):
        kwargs["bias"] = draw(arrays((filters,)))
    return Call(x, weight, **kwargs)


x, w = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 3))
ILLEGAL_2D = (
    Illegal(
        Call(np.ones((2, 4, 5, 6)), w), RuntimeError, ("conv2d", "[4, 3, 3, 3]", "[2, 4, 5, 6]", "3 channels", "4")
    ),
    Illegal(Call(x[:, :, :2], w), RuntimeError, ("conv2d", "(2 x 6)", "(3 x 3)", "greater than actual input size")),
    Illegal(Call(x, w, bias=np.ones(3)), RuntimeError, ("conv2d", "bias", "[4]", "[3]")),
    Illegal(Call(x, w, stride=0), RuntimeError, ("conv2d", "stride", "0")),
    Illegal(Call(x, w, dilation=0), RuntimeError, ("conv2d", "dilation", "0")),
    Illegal(Call(x, w, padding=-1), RuntimeError, ("conv2d", "padding", "-1")),
    Illegal(Call(x, w, padding="sane"), RuntimeError, ("conv2d", "sane", "'same'")),
    Illegal(Call(x, w, padding="same", stride=2), RuntimeError, ("conv2d", "same", "strided")),
    Illegal(Call(x, w, padding="same", stride=(1, 2)), RuntimeError, ("conv2d", "same", "strided")),
    Illegal(Call(x, w, groups=3), RuntimeError, ("conv2d", "groups=3", "divisible")),
    Illegal(Call(x, w, groups=0), RuntimeError, ("conv2d", "groups=0", "divisible")),
    Illegal(Call(x, w, stride=(1, 2, 3)), RuntimeError, ("conv2d", "stride", "(1, 2, 3)")),
    Illegal(Call(x, w.astype(np.float32)), RuntimeError, ("conv2d", "float64", "float32", "same")),
    Illegal(Call(x[0, 0], w), RuntimeError, ("conv2d", "(N, C, H, W)", "[5, 6]")),
)
ILLEGAL_TRANSPOSE = (
    Illegal(Call(x, w), RuntimeError, ("conv_transpose2d", "[4, 3, 3, 3]", "[2, 3, 5, 6]", "4 channels")),
    Illegal(Call(x, w[:3], output_padding=1), RuntimeError, ("conv_transpose2d", "output_padding", "stride")),
    Illegal(Call(x[:, :, :1], w[:3], padding=2), RuntimeError, ("conv_transpose2d", "too small")),
    Illegal(Call(x, w[:3], output_padding=(0, 1)), RuntimeError, ("conv_transpose2d", "output_padding", "stride")),
    Illegal(Call(x, w[:3], output_padding=-1), RuntimeError, ("conv_transpose2d", "output_padding", "-1")),
    Illegal(Call(x, w[:3], stride=0), RuntimeError, ("conv_transpose2d", "stride", "0")),
    Illegal(Call(x, w[:3], dilation=0), RuntimeError, ("conv_transpose2d", "dilation", "0")),
    Illegal(Call(x, w[:3], padding=-1), RuntimeError, ("conv_transpose2d", "padding", "-1")),
)


@st.composite
def large_calls(draw):
    """Inputs of several million products, as a whole too large for a processor's cache."""
    x = draw(arrays((draw(st.integers(3, 5)), 16, 40, 36), ("normal", "strided")))
    return Call(x, draw(arrays((4, 16, 5, 5), ("normal",))), draw(arrays((4,))), padding=draw(st.integers(0, 2)))


@st.composite
def loops_calls(draw):
    """conv2d's calls that the seven loops take: a batch axis, and padding as numbers."""
    call = draw(conv_calls(2).filter(lambda c: c.args[0].ndim == 4 and not isinstance(c.kwargs.get("padding"), str)))
    return call


@st.composite
def window_options(draw):
    kwargs = {"kernel_size": per_axis(draw, 2, 1, 3)}
    for name, low, high in (("dilation", 1, 3), ("padding", 0, 2), ("stride", 1, 4)):
        if draw(st.booleans()):
            kwargs[name] = per_axis(draw, 2, low, high)
    kernel, dilation = each(kwargs["kernel_size"], 2), each(kwargs.get("dilation", 1), 2)
    padding, stride = each(kwargs.get("padding", 0), 2), each(kwargs.get("stride", 1), 2)
    sizes = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 4)) for k, d, p in zip(kernel, dilation, padding)
    )
    count = [(n + 2 * p - d * (k - 1) - 1) // s + 1 for n, p, d, k, s in zip(sizes, padding, dilation, kernel, stride)]
    lead = draw(st.sampled_from([(), (1,), (3,)]))
    return kwargs, sizes, kernel[0] * kernel[1], count[0] * count[1], lead


@st.composite
def unfold_calls(draw):
    kwargs, sizes, _, _, lead = draw(window_options())
    return Call(draw(arrays((*lead, draw(st.integers(1, 3)), *sizes))), **kwargs)


@st.composite
def fold_calls(draw):
    kwargs, sizes, taps, count, lead = draw(window_options())
    return Call(draw(arrays((*lead, draw(st.integers(1, 3)) * taps, count))), output_size=sizes, **kwargs)


RECORDS = [
    Op("conv1d", conv_calls(1)),
    Op("conv2d", conv_calls(2), illegal=ILLEGAL_2D),
    Op("conv2d of large pictures", large_calls(), "nn.functional.conv2d", "nn.functional.conv2d"),
    Op("conv3d", conv_calls(3)),
    Op("conv2d_loops", loops_calls(), ours="ops.conv.conv2d_loops", twin="nn.functional.conv2d"),
    Op("conv_transpose1d", conv_calls(1, transposed=True)),
    Op("conv_transpose2d", conv_calls(2, transposed=True), illegal=ILLEGAL_TRANSPOSE),
    Op("conv_transpose3d", conv_calls(3, transposed=True)),
    Op(
        "unfold",
        unfold_calls(),
        illegal=(
            Illegal(Call(np.ones((1, 2, 2, 2)), 3), RuntimeError, ("unfold", "(2 x 2)", "(3 x 3)")),
            Illegal(Call(np.ones(4), 3), RuntimeError, ("unfold", "[4]")),
            Illegal(Call(np.ones((1, 2, 4, 4)), 0), RuntimeError, ("unfold", "kernel_size", "0")),
            Illegal(Call(np.ones((1, 2, 4, 4)), 2, stride=0), RuntimeError, ("unfold", "stride", "0")),
            Illegal(Call(np.ones((1, 2, 4, 4)), 2, dilation=0), RuntimeError, ("unfold", "dilation", "0")),
            Illegal(Call(np.ones((1, 2, 4, 4)), 2, padding=-1), RuntimeError, ("unfold", "padding", "-1")),
        ),
    ),
    Op(
        "fold",
        fold_calls(),
        illegal=(
            Illegal(Call(np.ones((1, 5, 4)), (3, 3), 2), RuntimeError, ("fold", "divisible", "5")),
            Illegal(Call(np.ones((1, 8, 5)), (3, 3), 2), RuntimeError, ("fold", "2 * 2 = 4", "5")),
            Illegal(Call(np.ones((1, 4, 1)), (0, 3), 2), RuntimeError, ("fold", "output_size", "(0, 3)")),
        ),
    ),
]

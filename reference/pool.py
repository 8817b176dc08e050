"""Records of the pooling functions."""

import numpy as np
from hypothesis import strategies as st

from .conv import each, per_axis
from .draw import arrays
from .record import Call, Illegal, Op

# What tells about an average, each about something else.
AVERAGES = [
    {"count_include_pad": False},
    {"ceil_mode": True},
    {"ceil_mode": True},
    {"count_include_pad": False},
    {"count_include_pad": False, "ceil_mode": False},
    {},
    {"count_include_pad": True, "ceil_mode": True},
    {"count_include_pad": False, "ceil_mode": True},
    {"count_include_pad": True, "ceil_mode": False},
]
DIVIDED = [  # not by their number
    {"divisor_override": -2, "count_include_pad": False},
    {"divisor_override": 3},
    {"divisor_override": 1, "count_include_pad": False, "ceil_mode": True},
]


def beyond(reach, stride, padding, average):
    """How many places an axis has beyond one window: any, or as many as tell most about ceil_mode.

    Where n + padding is a multiple of the stride, the last window may start outside, and is left out. Where there is
    one place too few for another window, it hangs over.
    """
    outside, overhang = -(reach + padding) % stride, (-1 - 2 * padding) % stride
    return st.sampled_from([overhang] if average else [outside, overhang]) | st.integers(0, 5)


@st.composite
def pool_calls(draw, axes, average=False):
    """Legal calls after torch's page: padding up to half the kernel, ceil_mode, stride below and beyond the kernel."""
    some = lambda *values: draw(st.sampled_from(values) | st.tuples(*[st.sampled_from(values)] * axes))
    kernel = some(3, 2, 4, 3, 2, 1)
    kwargs = {"kernel_size": kernel}
    if draw(st.integers(0, 2)):
        kwargs["stride"] = draw(st.none()) if draw(st.integers(0, 4)) == 0 else per_axis(draw, axes, 1, 4)
    if not average and draw(st.integers(0, 4)) > 1:
        kwargs["dilation"] = some(2, 1, 3, 2)
    if draw(st.integers(0, 7)) < 7:
        padding = some(1, 1, 2, 1, 0)
        kwargs["padding"] = tuple(min(p, k // 2) for p, k in zip(each(padding, axes), each(kernel, axes)))
    if average:
        kwargs |= draw(st.sampled_from(AVERAGES + DIVIDED * (axes > 1)))
    else:
        kwargs |= draw(st.sampled_from([{"ceil_mode": True}] * 4 + [{"ceil_mode": False}, {}]))
        kwargs |= draw(st.sampled_from([{}, {"return_indices": True}, {"return_indices": False}]))
    dilation = each(kwargs.get("dilation", 1), axes)
    reach = [d * (k - 1) + 1 for k, d in zip(each(kernel, axes), dilation)]
    stride, padding = each(kwargs.get("stride") or kernel, axes), each(kwargs.get("padding", 0), axes)
    sizes = tuple(r + draw(beyond(r, s, p, average)) for r, s, p in zip(reach, stride, padding))
    if draw(st.integers(0, 7)) == 7 and not (average and axes == 3):  # faults.small_volumes
        least = [max(1, r - 2 * p, d * (p > 0)) for r, p, d in zip(reach, padding, dilation)]  # faults.empty_windows
        sizes = tuple(draw(st.integers(n, max(n, r))) for n, r in zip(least, reach))
    lead = draw(st.sampled_from([(1,), (3,), (1, 2), (2, 3)]))
    kinds = ("ties", "negative", "normal", "strided") + (
        () if average else ("ties", "large", "ties", "negative", "special")
    )
    return Call(draw(arrays((*lead, *sizes), kinds)), **kwargs)


def loops_calls():
    """max_pool2d's calls that the loops take."""
    plain = lambda call: {k: v for k, v in call.kwargs.items() if k not in ("ceil_mode", "return_indices")}
    batches = pool_calls(2).filter(lambda call: call.args[0].ndim == 4)
    return batches.map(lambda call: Call(*call.args, **plain(call)))


def whole_calls(axes):
    """Averages of integers, which are rounded toward 0."""
    return pool_calls(axes, True).map(lambda call: call.map(lambda x: np.asarray(4 * x).astype(np.int64)))


@st.composite
def empty_calls(draw, axes):
    """Windows of padding alone, which dilation makes, among others."""
    dilation = draw(st.integers(2, 3))
    sizes = [dilation - 1 + draw(st.integers(0, 2)) for _ in range(axes)]
    sizes[draw(st.integers(0, axes - 1))] = dilation - 1
    return Call(draw(arrays((2, *sizes))), 2, stride=draw(st.integers(1, 3)), padding=1, dilation=dilation)


@st.composite
def adaptive_calls(draw, axes, largest=False):
    """Output sizes below, at and above the input's, an int, a tuple, None for an axis."""
    sizes = draw(st.tuples(*[st.integers(1, 7)] * axes))
    one = st.integers(1, 8)
    output = draw(one if axes == 1 else one | st.tuples(*[one | st.none()] * axes))
    lead = draw(st.sampled_from([(1,), (3,), (1, 2), (2, 3), (1, 3), (3, 2), (2, 2), (0, 2)]))
    kwargs = {"return_indices": draw(st.booleans())} if largest and draw(st.booleans()) else {}
    return Call(draw(arrays((*lead, *sizes))), output, **kwargs)


x = np.ones((1, 2, 4, 5))
NO_DILATION = Illegal(Call(x, 2, dilation=0), RuntimeError, ("max_pool2d", "dilation", "0"))


def illegal(name):
    return (
        Illegal(Call(x, 5), RuntimeError, (name, "(4, 5)", "kernel size (5, 5)", "too small")),
        Illegal(Call(x, 3, padding=2), RuntimeError, (name, "pad=2", "kernel_size=3", "half")),
        Illegal(Call(x, 3, padding=-1), RuntimeError, (name, "padding", "-1")),
        Illegal(Call(x, 0), RuntimeError, (name, "kernel_size", "0")),
        Illegal(Call(x, (2, 0)), RuntimeError, (name, "kernel_size", "(2, 0)")),
        Illegal(Call(x, 2, stride=0), RuntimeError, (name, "stride", "0")),
        Illegal(Call(x, 2, padding=-1), RuntimeError, (name, "padding", "-1")),
        Illegal(Call(x[0, 0], 2), RuntimeError, (name, "(N, C, H, W)", "[4, 5]")),
        Illegal(Call(x, (1, 2.5)), TypeError, (name, "kernel_size", "(1, 2.5)")),
        Illegal(Call(x, "2"), TypeError, (name, "kernel_size", "'2'")),
    )


AVERAGE_ERRORS = (
    Illegal(Call(x, 2, divisor_override=0), RuntimeError, ("avg_pool2d", "divisor", "zero")),
    Illegal(Call(x.astype(np.int32), 2), NotImplementedError, ("avg_pool2d", "not implemented", "Int")),
)


def without_bins(name, axes):
    """Calls of adaptive pooling: pictures without places, whole numbers, a negative size of the output."""
    x = np.ones((1, 2, 3, 4)[3 - axes :])
    return (
        Illegal(Call(x[..., :0], 2), RuntimeError, (name, "non-zero size")),
        Illegal(Call(x.astype(int), 2), NotImplementedError, (name, "not implemented", "Long")),
        Illegal(Call(x, (2, -1)[-axes:]), RuntimeError, (name, "output_size", "-1")),
    )


RECORDS = [
    *(
        Op(f"max_pool{n}d", pool_calls(n), illegal=(*illegal("max_pool2d"), NO_DILATION) if n == 2 else ())
        for n in (1, 2, 3)
    ),
    Op("max_pool2d_loops", loops_calls(), ours="ops.max_pool.max_pool2d_loops", twin="nn.functional.max_pool2d"),
    *(
        Op(f"max_pool{n}d of padding", empty_calls(n), *[f"nn.functional.max_pool{n}d"] * 2, gradients=False)
        for n in (1, 2, 3)
    ),
    *(
        Op(f"avg_pool{n}d", pool_calls(n, True), illegal=(*illegal("avg_pool2d"), *AVERAGE_ERRORS) if n == 2 else ())
        for n in (1, 2, 3)
    ),
    *(
        Op(f"avg_pool{n}d of integers", whole_calls(n), *[f"nn.functional.avg_pool{n}d"] * 2, gradients=False)
        for n in (1, 2, 3)
    ),
    Op(
        "adaptive_avg_pool1d",
        adaptive_calls(1),
        illegal=(
            *without_bins("adaptive_avg_pool1d", 1),
            Illegal(Call(np.ones(3), 2), RuntimeError, ("adaptive_avg_pool1d", "(N, C, W)", "[3]")),
        ),
    ),
    Op(
        "adaptive_avg_pool2d",
        adaptive_calls(2),
        illegal=(
            Illegal(Call(x, (1, 2, 3)), RuntimeError, ("adaptive_avg_pool2d", "output_size", "(1, 2, 3)")),
            Illegal(Call(np.ones((3, 4)), 2), RuntimeError, ("adaptive_avg_pool2d", "(N, C, H, W)", "[3, 4]")),
            Illegal(Call(x, -1), RuntimeError, ("adaptive_avg_pool2d", "output_size", "-1")),
            *without_bins("adaptive_avg_pool2d", 2),
        ),
    ),
    *(
        Op(f"adaptive_max_pool{n}d", adaptive_calls(n, True), illegal=without_bins(f"adaptive_max_pool{n}d", n))
        for n in (1, 2)
    ),
]

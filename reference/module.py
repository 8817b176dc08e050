"""Records of the layers: torch's constructors with every option, and what the layers then compute."""

import numpy as np
from hypothesis import strategies as st

from . import loss
from .conv import conv_calls, fold_calls, unfold_calls
from .draw import arrays, extents, options, shapes
from .layer import Layer, Use
from .loss import (
    binary_calls,
    cross_entropy_calls,
    difference_calls,
    kl_div_calls,
    nll_loss_calls,
)
from .pool import adaptive_calls, pool_calls
from .record import Call, Illegal

DTYPE = {"dtype": st.sampled_from(["float32", "float64"])}


@st.composite
def moved(draw, calls, inputs=1):
    """Calls of a function as uses of its layer: the first arguments go to the layer, the options to its constructor."""
    call = draw(calls)
    return Use(Call(*call.args[inputs:], **call.kwargs), Call(*call.args[:inputs]))


@st.composite
def plain(draw, low=0, high=4, steps=1, **strategies):
    """An input of any shape, and options of the constructor."""
    chosen = draw(options(**strategies))
    shape = draw(shapes(low, high))
    return Use(Call(**chosen), *(Call(draw(arrays(shape))) for _ in range(steps)), train=draw(st.booleans()))


# ------------------------------------------------------------------------------------- with parameters


@st.composite
def conv_layers(draw, axes, transposed=False):
    call = draw(conv_calls(axes, transposed))
    input, weight = call.args
    kwargs = dict(call.kwargs)
    kwargs.pop("bias", None)
    groups = kwargs.get("groups", 1)
    channels = [weight.shape[0], weight.shape[1] * groups]
    return Use(
        Call(
            *(channels if transposed else channels[::-1]),
            weight.shape[2:],
            **kwargs,
            **draw(options(bias=st.booleans(), **DTYPE)),
        ),
        Call(input),
    )


@st.composite
def padded_conv_layers(draw, axes):
    """padding_mode: the input is at least as large as the padding, and larger where it is reflected."""
    kernel = draw(st.integers(2, 3) | st.tuples(*[st.integers(1, 4)] * axes))
    chosen = draw(options(stride=st.integers(1, 3), dilation=st.integers(1, 2), bias=st.booleans()))
    chosen["padding_mode"] = draw(st.sampled_from(["zeros", "reflect", "replicate", "circular"]))
    if draw(st.booleans()):
        chosen.pop("stride", None)
        chosen["padding"] = "same"
    else:
        chosen["padding"] = draw(st.integers(0, 2) | st.tuples(*[st.integers(0, 3)] * axes) | st.just("valid"))
    sizes = draw(st.tuples(*[st.integers(7, 9)] * axes))
    batch = draw(st.sampled_from([(), (2,)]))
    return Use(Call(3, 2, kernel, **chosen), Call(draw(arrays((*batch, 3, *sizes)))))


@st.composite
def output_size_layers(draw, axes):
    """ConvTranspose called with one of the output sizes that its stride allows."""
    stride, kernel, padding = draw(st.integers(1, 4)), draw(st.integers(1, 4)), draw(st.integers(0, 1))
    sizes = draw(st.tuples(*[st.integers(3, 5)] * axes))
    least = [(n - 1) * stride - 2 * padding + kernel for n in sizes]
    wanted = [n + draw(st.integers(0, stride - 1)) for n in least]
    wanted = draw(st.sampled_from([wanted, [2, 3, *wanted]]))
    return Use(Call(4, 3, kernel, stride, padding), Call(draw(arrays((2, 4, *sizes))), output_size=wanted))


@st.composite
def linear_layers(draw):
    inner, outer = draw(extents(1, 40)), draw(extents(1, 40))
    shape = (*draw(shapes(0, 3, 0, 4)), inner)
    return Use(Call(inner, outer, **draw(options(bias=st.booleans(), **DTYPE))), Call(draw(arrays(shape))))


@st.composite
def prelu_layers(draw):
    shape = draw(shapes(0, 4))
    channels = draw(st.sampled_from([1, shape[1]] if len(shape) > 1 else [1]))
    chosen = draw(options(init=st.sampled_from([0.0, -0.5, 2.0]), **DTYPE))
    return Use(Call(channels, **chosen), Call(draw(arrays(shape))))


# ------------------------------------------------------------------------------------- normalization

KINDS = ("normal", "ties", "strided")
EPS = st.sampled_from([1e-5, 1e-3, 0.5])
MOMENTUM = st.sampled_from([0.75, 0.1, 1.0]) | st.none()


@st.composite
def batch_norm_layers(draw, axes, flat=False, **more):
    """Several batches, in training or evaluation."""
    channels = draw(extents())
    chosen = draw(options(eps=EPS, momentum=MOMENTUM, affine=st.booleans(), bias=st.booleans(),
                          track_running_stats=st.booleans(), **DTYPE))  # fmt: skip
    sizes = draw(st.tuples(*[extents(1, 4)] * axes)) if not (flat and draw(st.booleans())) else ()
    batches = draw(st.lists(st.integers(3, 5), min_size=1, max_size=3))
    steps = [Call(draw(arrays((n, channels, *sizes), KINDS))) for n in batches]
    return Use(Call(channels, **chosen), *steps, train=draw(st.sampled_from([True, True, False])))


@st.composite
def instance_norm_layers(draw, axes):
    channels = draw(extents())
    chosen = draw(options(eps=EPS, momentum=MOMENTUM, affine=st.booleans(), bias=st.booleans(),
                          track_running_stats=st.booleans(), **DTYPE))  # fmt: skip
    sizes = draw(st.tuples(*[extents(3, 4)] * axes))
    batches = draw(st.lists(st.sampled_from([(), (1,), (3,)]), min_size=1, max_size=2))
    steps = [Call(draw(arrays((*n, channels, *sizes), KINDS))) for n in batches]
    return Use(Call(channels, **chosen), *steps, train=draw(st.booleans()))


def well_posed(count, draw):
    """Values of eps. A few numbers always become -1 or 1, and only a large eps leaves them a gradient to compare."""
    return draw(options(eps=EPS) if count > 3 else st.just({"eps": 0.5}))


@st.composite
def layer_norm_layers(draw, **more):
    features = draw(shapes(1, 2).filter(lambda shape: np.prod(shape) > 1))  # of a single number nothing is left
    given = draw(st.sampled_from([features, list(features), *([features[0]] if len(features) == 1 else [])]))
    chosen = well_posed(np.prod(features), draw) | draw(options(elementwise_affine=st.booleans(), **more, **DTYPE))
    return Use(Call(given, **chosen), Call(draw(arrays((*draw(shapes(0, 2)), *features), KINDS))))


@st.composite
def group_norm_layers(draw):
    groups, each = draw(extents(1, 3)), draw(extents(1, 3))
    sizes = draw(shapes(0, 2).filter(lambda shape: each * np.prod(shape) > 1))
    chosen = well_posed(each * np.prod(sizes), draw) | draw(options(affine=st.booleans(), bias=st.booleans(), **DTYPE))
    shape = (draw(extents(2, 3)), groups * each, *sizes)
    return Use(Call(groups, groups * each, **chosen), Call(draw(arrays(shape, KINDS))))


# ------------------------------------------------------------------------------------- without parameters


@st.composite
def pads(draw, axes, low=0, high=3, value=False):
    """An int or a tuple; the input is larger than any side. low < 0: sides that cut."""
    padding = draw(st.integers(max(low, 0), high) | st.tuples(*[st.integers(low, high)] * (2 * axes)))
    shape = (*draw(st.sampled_from([(2,), (2, 3)])), *draw(st.tuples(*[st.integers(4, 6)] * axes)))
    more = [draw(st.sampled_from([0.0, 1.5, -2]))] if value else []
    return Use(Call(padding, *more), Call(draw(arrays(shape))))


@st.composite
def along_axis(draw):
    shape = draw(shapes(1, 4))
    dim = draw(st.integers(-len(shape), len(shape) - 1))
    return Use(draw(st.sampled_from([Call(dim), Call(dim=dim)])), Call(draw(arrays(shape))))


@st.composite
def dropouts(draw, axes=None):
    """Dense inputs, also transposed ones."""
    chosen = draw(options(p=st.sampled_from([0.0, 0.25, 0.5, 1.0]), inplace=st.booleans()))
    shape = draw(shapes(1, 4)) if axes is None else draw(st.tuples(*[extents()] * (axes + 2)))
    x = draw(arrays(shape, ("normal", "ties", "transposed")))
    return Use(Call(**chosen), *[Call(x)] * 2, train=draw(st.booleans()))


INPLACE = {"inplace": st.booleans()}
ONES = np.ones((4, 5, 16))

ILLEGAL_CONV = (
    Illegal(Use(Call(3, 4, 2, groups=2)), ValueError, ("Conv2d", "in_channels", "3", "groups=2")),
    Illegal(Use(Call(4, 3, 2, groups=2)), ValueError, ("Conv2d", "out_channels", "3")),
    Illegal(Use(Call(4, 4, 2, groups=0)), ValueError, ("groups must be a positive integer",)),
    Illegal(Use(Call(4, 4, 2, padding="some")), ValueError, ("Invalid padding string 'some'",)),
    Illegal(Use(Call(4, 4, 2, 2, padding="same")), ValueError, ("'same' is not supported for strided",)),
    Illegal(Use(Call(4, 4, 2, padding_mode="mirror")), ValueError, ("padding_mode must be one of", "mirror")),
    Illegal(Use(Call(4, 4, (2, 2, 2))), RuntimeError, ("Conv2d", "kernel_size", "(2, 2, 2)")),
    Illegal(Use(Call(4, 4, 2, device="cuda")), RuntimeError, ("cuda", "torch itself")),
    Illegal(Use(Call(3, 4, 2), Call(np.ones((1, 2, 5, 5)))), RuntimeError, ("3 channels", "2 channels")),
)
ILLEGAL_TRANSPOSE = (
    Illegal(Use(Call(4, 4, 2, padding_mode="reflect")), ValueError, ('Only "zeros"', "ConvTranspose2d")),
    Illegal(
        Use(Call(1, 1, 2, 2), Call(np.ones((1, 1, 3, 3)), output_size=(9, 6))),
        ValueError,
        ("[9, 6]", "[6, 6]", "[7, 7]"),
    ),
    Illegal(Use(Call(1, 1, 2), Call(np.ones((1, 1, 3, 3)), output_size=(9,))), ValueError, ("2 or 4 elements", "1")),
)
ILLEGAL_BATCH_NORM = (
    Illegal(Use(Call(16), Call(ONES)), RuntimeError, ("5 elements not 16", "axis 1", "[4, 5, 16]", "transpose")),
    Illegal(Use(Call(16), Call(ONES[:, :, 0])), RuntimeError, ("5 elements not 16", "[4, 5]")),
    Illegal(Use(Call(5), Call(ONES[None])), ValueError, ("expected 2D or 3D input (got 4D input)",)),
    Illegal(Use(Call(5), Call(ONES[:1, :, 0])), ValueError, ("more than 1 value per channel", "[1, 5]")),
)
SLIP = Call(ONES, ONES)


def illegal_loss(name):
    return (Illegal(Use(SLIP), TypeError, (f"loss = nn.{name}(); loss(output, target)",)),)


RECORDS = [
    *(
        Layer(f"Conv{n}d", conv_layers(n) | padded_conv_layers(n), illegal=ILLEGAL_CONV if n == 2 else ())
        for n in (1, 2, 3)
    ),
    *(
        Layer(
            f"ConvTranspose{n}d",
            conv_layers(n, transposed=True) | output_size_layers(n),
            illegal=ILLEGAL_TRANSPOSE if n == 2 else (),
        )
        for n in (1, 2, 3)
    ),
    Layer("Linear", linear_layers(), illegal=(Illegal(Use(Call(3, 2), Call(ONES)), RuntimeError, ("16", "3")),)),
    *(Layer(f"MaxPool{n}d", moved(pool_calls(n))) for n in (1, 2, 3)),
    *(Layer(f"AvgPool{n}d", moved(pool_calls(n, True))) for n in (1, 2, 3)),
    *(Layer(f"AdaptiveAvgPool{n}d", moved(adaptive_calls(n))) for n in (1, 2)),
    *(Layer(f"AdaptiveMaxPool{n}d", moved(adaptive_calls(n, True))) for n in (1, 2)),
    Layer("BatchNorm1d", batch_norm_layers(1, flat=True), illegal=ILLEGAL_BATCH_NORM),
    *(Layer(f"BatchNorm{n}d", batch_norm_layers(n)) for n in (2, 3)),
    *(Layer(f"InstanceNorm{n}d", instance_norm_layers(n)) for n in (1, 2, 3)),
    Layer("LayerNorm", layer_norm_layers(bias=st.booleans())),
    Layer("RMSNorm", layer_norm_layers()),
    Layer(
        "GroupNorm",
        group_norm_layers(),
        illegal=(Illegal(Use(Call(3, 5)), ValueError, ("num_channels (5) must be divisible by num_groups (3)",)),),
    ),
    *(Layer(name, plain(**INPLACE)) for name in ("ReLU", "ReLU6", "SELU", "SiLU")),
    *(Layer(name, plain()) for name in ("Sigmoid", "LogSigmoid", "Tanh", "Identity")),
    Layer("LeakyReLU", plain(negative_slope=st.sampled_from([0.0, 0.3, 2.0]), **INPLACE)),
    Layer("ELU", plain(alpha=st.sampled_from([0.5, 2.0, 0.3]), **INPLACE)),
    Layer("CELU", plain(alpha=st.sampled_from([0.5, 2.0]), **INPLACE)),  # faults.celu_in_single
    Layer(
        "Hardtanh",
        plain(min_val=st.sampled_from([-0.5, -2]), max_val=st.sampled_from([0, 3]), **INPLACE)
        | plain(min_value=st.sampled_from([-0.5, -2]), max_value=st.sampled_from([0, 3]), **INPLACE),
        illegal=(Illegal(Use(Call(2, 1)), AssertionError, ("max_val (1) must be greater than min_val (2)",)),),
    ),
    Layer("GELU", plain(approximate=st.sampled_from(["none", "tanh"]))),
    Layer("Softplus", plain(beta=st.sampled_from([0.5, 3.0]), threshold=st.sampled_from([1.0, 5]))),
    Layer("PReLU", prelu_layers()),
    *(Layer(name, along_axis()) for name in ("Softmax", "LogSoftmax", "Softmin")),
    Layer("Softmax2d", plain(3, 4)),
    Layer(
        "Dropout",
        dropouts(),
        illegal=(Illegal(Use(Call(1.5)), ValueError, ("dropout probability has to be between 0 and 1, but got 1.5",)),),
    ),
    *(Layer(f"Dropout{n}d", dropouts(n)) for n in (1, 2, 3)),
    *(Layer(f"ConstantPad{n}d", pads(n, -1, value=True)) for n in (1, 2, 3)),
    *(Layer(f"ZeroPad{n}d", pads(n, -1)) for n in (1, 2, 3)),
    *(Layer(f"{kind}Pad{n}d", pads(n)) for kind in ("Reflection", "Replication", "Circular") for n in (1, 2, 3)),
    Layer("Flatten", plain(2, 4, start_dim=st.integers(-2, 1), end_dim=st.just(-1))),
    Layer("Unfold", moved(unfold_calls())),
    Layer("Fold", moved(fold_calls())),
    Layer("MSELoss", moved(difference_calls(), 2), illegal=illegal_loss("MSELoss")),
    Layer("L1Loss", moved(difference_calls(), 2), illegal=illegal_loss("L1Loss")),
    Layer("SmoothL1Loss", moved(difference_calls(options(beta=st.sampled_from([0.0, 0.5, 2.0]))), 2)),
    Layer(
        "HuberLoss",
        moved(difference_calls(options(delta=st.sampled_from([0.5, 2.0]))), 2),
        illegal=illegal_loss("HuberLoss"),
    ),
    Layer("BCELoss", moved(binary_calls(False), 2), illegal=illegal_loss("BCELoss")),
    Layer("BCEWithLogitsLoss", moved(binary_calls(True), 2), illegal=illegal_loss("BCEWithLogitsLoss")),
    Layer("NLLLoss", moved(nll_loss_calls(), 2), illegal=illegal_loss("NLLLoss")),
    Layer("KLDivLoss", moved(kl_div_calls(), 2)),
    Layer("CrossEntropyLoss", moved(cross_entropy_calls(), 2), illegal=illegal_loss("CrossEntropyLoss")),
]


def by_older_names(use, chosen):
    """The use with these instead of reduction."""
    return Use(loss.by_older_names(use.options, chosen), *use.steps, train=use.train)


RECORDS += [
    Layer(f"{record.name} by older names", st.builds(by_older_names, record.calls, loss.OLDER), record.public,
          record.public)
    for record in RECORDS
    if record.name.endswith("Loss") and record.name != "HuberLoss"
]  # fmt: skip

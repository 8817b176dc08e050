"""Records of the normalizations and of the linear map."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, options, shapes
from .record import Call, Illegal, Op, cotangent

KINDS = ("far", "normal", "ties", "negative", "strided", "channels last", "far", "far")


@st.composite
def inputs(draw, shape):
    """An array, also a channels-last one, or one far from zero, where mean(x^2) - mean(x)^2 loses most digits."""
    kind = draw(st.sampled_from(KINDS))
    x = draw(arrays(shape, kinds=(kind if kind in KINDS[1:5] else "normal",)))
    if kind == "channels last" and x.ndim > 2:
        x = np.moveaxis(np.ascontiguousarray(np.moveaxis(x, 1, -1)), -1, 1)
    if kind == "far":
        x = np.float32(x + 1000).astype(float)
    return x


def epsilon(count):
    """Values of eps. Two numbers always become -1 and 1: with a small eps, few have next to no gradient to compare."""
    return st.just({"eps": 0.5}) if count < 5 else options(eps=st.sampled_from([1e-5, 1e-3, 0.1]))


def parameters(draw, shape, *names):
    """Arrays for the arguments of these names, or None, or nothing."""
    kwargs = {}
    for name in names:
        if draw(st.booleans()):
            kwargs[name] = draw(st.none() | arrays(shape))
    return kwargs


def running(draw, c):
    """Running mean and variance."""
    exact = lambda x: np.float32(x).astype(float)
    return {
        "running_mean": exact(draw(arrays((c,))) + 0.5),
        "running_var": exact(np.abs(draw(arrays((c,)))) + 0.25),
    }


@st.composite
def batch_norm_calls(draw):
    training = draw(st.booleans())
    shape = tuple(draw(st.lists(extents(1, 5), min_size=2, max_size=5)))
    m = shape[0] * int(np.prod(shape[2:]))
    if training and m == 1:
        shape, m = (3, *shape[1:]), 3
    if draw(st.integers(0, 9)) == 0:
        shape, m = (0, *shape[1:]), 0
    kwargs = {"running_mean": None, "running_var": None}
    if not training or draw(st.booleans()):
        kwargs = running(draw, shape[1])
    if training or draw(st.booleans()):
        kwargs["training"] = training
    kwargs |= draw(options(momentum=st.sampled_from([0.0, 0.1, 0.5, 1.0])))
    kwargs |= draw(epsilon(m)) | parameters(draw, shape[1:2], "weight", "bias")
    x = draw(inputs(shape))
    return Call(np.ascontiguousarray(x) if ambiguous(x.copy("K")) else x, **kwargs)


def ambiguous(x):
    """Whether channels lie last for those who ignore the strides of axes of 1: faults.ambiguous_strides."""
    return x.ndim > 3 and not x.flags.c_contiguous and np.moveaxis(x, 1, -1).flags.c_contiguous


@st.composite
def many_calls(draw):
    """Batches large enough that careless sums lose digits."""
    shape = draw(st.sampled_from([(5000, 3), (16, 4, 32, 32), (1, 3, 200, 150), (64, 4, 300)]))
    x = draw(inputs(shape))
    return Call(x, running_mean=np.zeros(shape[1]), running_var=np.ones(shape[1]), training=True,
                weight=np.ones(shape[1]), bias=np.zeros(shape[1]))  # fmt: skip


def far_calls(shape, *args, **kwargs):
    """Numbers far from zero, where mean(x^2) - mean(x)^2 is no way to the variance: it would lose most digits."""
    return arrays(shape, kinds=("normal",)).map(lambda x: Call(np.float32(x + 300).astype(float), *args, **kwargs))


@st.composite
def layer_norm_calls(draw, *names):
    lead = draw(shapes(2, 3, 2, 3) | shapes(0, 3, 0, 4))
    features = draw(st.lists(extents(1, 5), min_size=1, max_size=3))
    if (count := int(np.prod(features))) == 1:  # of a single number nothing is left
        features[0] += 1
    shape = draw(st.sampled_from([tuple, list]))(features)
    kwargs = draw(epsilon(count)) | parameters(draw, tuple(features), *names)
    if names == ("weight",) and count > 4 and draw(st.booleans()):
        kwargs |= {"eps": None}
    return Call(draw(inputs((*lead, *features))), shape, **kwargs)


@st.composite
def group_norm_calls(draw):
    groups, per_group = draw(extents(1, 3)), draw(extents(1, 3))
    n, rest = draw(extents(1, 3)), tuple(draw(st.lists(extents(1, 4), max_size=3)))
    if per_group * int(np.prod(rest)) == 1:  # of a single number nothing is left
        per_group = 3
    kwargs = draw(epsilon(per_group * int(np.prod(rest))))
    for name in draw(st.sampled_from([("weight", "bias"), (), ("weight",)])):  # faults.bias_without_weight
        kwargs[name] = draw(arrays((groups * per_group,)))
    kwargs |= draw(options(bias=st.none())) if "bias" not in kwargs else {}
    return Call(draw(inputs((n, groups * per_group, *rest))), groups, **kwargs)


@st.composite
def bias_alone_calls(draw):
    call = draw(group_norm_calls())
    return Call(*call.args, **call.kwargs | {"weight": None, "bias": draw(arrays(call.args[0].shape[1:2]))})


@st.composite
def instance_norm_calls(draw):
    shape = (draw(extents(1, 3)), draw(extents(1, 3)), *draw(st.lists(extents(1, 5), min_size=1, max_size=3)))
    use_input_stats = draw(st.booleans())
    if int(np.prod(shape[2:])) == 1:
        shape = (*shape[:-1], 3)
    kwargs = running(draw, shape[1]) if not use_input_stats or draw(st.booleans()) else {}
    if not use_input_stats or draw(st.booleans()):
        kwargs["use_input_stats"] = use_input_stats
    kwargs |= draw(options(momentum=st.sampled_from([0.0, 0.1, 1.0]))) | draw(epsilon(int(np.prod(shape[2:]))))
    x = draw(inputs(shape))
    return Call(x, **kwargs, **parameters(draw, shape[1:2], "weight", "bias"))


@st.composite
def normalize_calls(draw):
    """Vectors, some of them of length 0 and some shorter than eps."""
    shape = tuple(draw(st.lists(extents(0, 5), min_size=2, max_size=4)))
    x = draw(arrays(shape, kinds=("normal", "negative", "strided")))
    x = x * (np.random.RandomState(draw(st.integers(0, 99))).rand(*shape[:-1], 1) < 0.8)
    dims = st.sampled_from([0, 1, -1, (0, 1)])
    return Call(
        x, **draw(options(p=st.sampled_from([1.0, 2.0, 3.0]), dim=dims, eps=st.sampled_from([1e-12, 0.1, 2.0])))
    )


def normalized_terms(call):
    """g / |x|: along an axis of size 1 they cancel, since y = x / |x| is 1 or -1 there."""
    x, options = call.args[0], {"p": 2.0, "dim": 1, "eps": 1e-12} | call.kwargs
    length = (np.abs(x) ** options["p"]).sum(options["dim"], keepdims=True) ** (1 / options["p"])
    return (np.abs(cotangent(0, x.shape)) / np.maximum(length, options["eps"])).max(initial=0)


@st.composite
def linear_calls(draw):
    lead, k = tuple(draw(st.lists(extents(0, 4), max_size=3))), draw(extents(0, 6))
    out = draw(st.sampled_from([(), (1,), (3,), (7,), (k,), (k,)]))
    x, weight = draw(arrays((*lead, k))), draw(arrays((*out, k)))
    if (out or len(lead) != 1) and draw(st.integers(0, 3)):  # faults.row_of_weights
        return Call(x, weight, draw(arrays(out)))
    return Call(x, weight, **draw(options(bias=st.none())))


x34, x345 = np.ones((3, 4)), np.ones((2, 3, 4, 5))
one, whole = np.ones((1, 4)), np.ones((2, 3), np.int64)
BATCH_NORM_ERRORS = (
    Illegal(Call(one, None, None, training=True), ValueError, ("more than 1 value per channel", "[1, 4]")),
    Illegal(Call(np.ones((1, 4, 1, 1)), None, None, training=True), ValueError, ("more than 1 value per channel",)),
    Illegal(Call(x34, None, None), RuntimeError, ("running_mean", "evaluation")),
    Illegal(Call(x34, np.zeros(4), None, training=True), ValueError, ("running_mean and running_var",)),
    Illegal(Call(x34, np.zeros(3), np.ones(3)), RuntimeError, ("batch_norm", "running_mean", "[4]", "[3]", "[3, 4]")),
    Illegal(Call(x34, None, None, np.ones(3), training=True), RuntimeError, ("weight", "[4]", "[3]")),
    Illegal(Call(x34, None, None, None, np.ones(5), training=True), RuntimeError, ("bias", "[4]", "[5]")),
    Illegal(Call(x34, None, None, np.ones(4, "f"), training=True), RuntimeError, ("mixed dtype", "weight", "float32")),
    Illegal(Call(whole, None, None, training=True), NotImplementedError, ("batch_norm", "not implemented", "int64")),
    Illegal(Call(np.ones(3), None, None, training=True), IndexError, ("batch_norm", "[3]")),
    Illegal(Call(x34, None, None, training=True, eps=0), ValueError, ("eps", "positive")),
)
LAYER_NORM_ERRORS = (
    Illegal(Call(x345, (5, 4)), RuntimeError, ("normalized_shape=[5, 4]", "[*, 5, 4]", "[2, 3, 4, 5]")),
    Illegal(Call(x34, (2, 3, 4)), RuntimeError, ("normalized_shape=[2, 3, 4]", "[3, 4]")),
    Illegal(Call(x34, ()), RuntimeError, ("normalized_shape", "at least 1")),
    Illegal(Call(x34, 4), TypeError, ("normalized_shape", "int")),
    Illegal(Call(x34, (4,), np.ones(3)), RuntimeError, ("weight", "[4]", "[3]")),
    Illegal(Call(x34, (4,), np.ones(4, "f")), RuntimeError, ("mixed dtype", "weight")),
    Illegal(Call(whole, (3,)), NotImplementedError, ("not implemented", "int64")),
)
GROUP_NORM_ERRORS = (
    Illegal(Call(x345, 2), RuntimeError, ("divisible by num_groups", "[2, 3, 4, 5]", "num_groups=2")),
    Illegal(Call(x345, 0), RuntimeError, ("num_groups=0",)),
    Illegal(Call(x345, 3, np.ones(4)), RuntimeError, ("weight", "[3]", "[4]")),
    Illegal(Call(np.ones((1, 3)), 3), ValueError, ("more than 1 value per channel",)),
    Illegal(Call(np.ones(3), 3), RuntimeError, ("at least 2 dimensions",)),
)
INSTANCE_NORM_ERRORS = (
    Illegal(Call(np.ones((2, 3, 1))), ValueError, ("more than 1 spatial element", "[2, 3, 1]")),
    Illegal(Call(x34), ValueError, ("more than 1 spatial element",)),
    Illegal(Call(x345, use_input_stats=False), RuntimeError, ("running_mean and running_var", "use_input_stats")),
    Illegal(Call(x345, np.zeros(3), None, use_input_stats=False), RuntimeError, ("running_var", "use_input_stats")),
    Illegal(Call(x345, np.zeros(4), np.ones(4)), RuntimeError, ("running_mean",)),
    Illegal(Call(x345, np.zeros(3), None), ValueError, ("running_mean and running_var",)),
)
LINEAR_ERRORS = (
    Illegal(Call(np.ones((2, 3, 5)), np.ones((6, 4))), RuntimeError, ("linear", "(6x5 and 4x6)", "[2, 3, 5]")),
    Illegal(Call(np.ones((2, 3, 5)), np.ones((6, 15))), RuntimeError, ("(6x5 and 15x6)", "input.flatten(1)")),
    Illegal(Call(np.ones(10), np.ones((6, 20))), RuntimeError, ("(1x10 and 20x6)", "batch", "batch.flatten(1)")),
    Illegal(Call(np.ones(5), np.ones((6, 4))), RuntimeError, ("(1x5 and 4x6)",)),
    Illegal(Call(np.ones((2, 5)), np.ones((6, 5)), np.ones(5)), RuntimeError, ("bias", "[6]", "[5]")),
    Illegal(Call(np.ones((2, 5)), np.ones((6, 5), "f")), RuntimeError, ("same dtype", "weight")),
    Illegal(Call(np.array(1.0), np.ones((6, 5))), RuntimeError, ("linear", "[]")),
    Illegal(Call(np.ones((2, 5)), np.array(1.0)), RuntimeError, ("linear", "[2, 5]", "[]")),
    Illegal(Call(np.ones((2, 5)), np.ones((2, 6, 5))), RuntimeError, ("linear", "[2, 6, 5]")),
)
STATISTICS = ("running_mean", "running_var")
BIAS_ALONE = "group_norm with a bias alone"


def far(name, calls):
    """The record of a normalization of numbers far from zero."""
    function = f"nn.functional.{name}"
    return Op(f"{name} far from zero", calls, function, function)


RECORDS = [
    Op("batch_norm", batch_norm_calls(), illegal=BATCH_NORM_ERRORS, mutates=STATISTICS),
    Op("batch_norm of many", many_calls(), "nn.functional.batch_norm", "nn.functional.batch_norm", mutates=STATISTICS),
    far("batch_norm", far_calls((8, 2, 4, 4), running_mean=None, running_var=None, training=True)),
    Op("layer_norm", layer_norm_calls("weight", "bias"), illegal=LAYER_NORM_ERRORS),
    far("layer_norm", far_calls((4, 99), (99,))),
    Op("group_norm", group_norm_calls(), illegal=GROUP_NORM_ERRORS),
    far("group_norm", far_calls((2, 6, 30), 2)),
    Op(BIAS_ALONE, bias_alone_calls(), *["nn.functional.group_norm"] * 2, constant=("bias",)),
    Op("instance_norm", instance_norm_calls(), illegal=INSTANCE_NORM_ERRORS, mutates=STATISTICS),
    Op("rms_norm", layer_norm_calls("weight"), illegal=LAYER_NORM_ERRORS[:5] + LAYER_NORM_ERRORS[6:]),
    Op("normalize", normalize_calls(), terms=normalized_terms),
    Op("linear", linear_calls(), illegal=LINEAR_ERRORS),
]

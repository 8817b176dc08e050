"""Records of the activations, softmax, dropout and padding."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, integers, mostly, options, shapes
from .record import Call, Illegal, Op, cotangent

KINDS = ("normal", "ties", "negative", "strided", "tiny", "large", "special")
SURE = KINDS[:-1]  # faults.nan_by_place
FLAGS = st.booleans()


@st.composite
def activation_calls(draw, whole=False, kinds=KINDS, **strategies):
    """Calls of function(input, **options). whole: integers stay integers."""
    shape = draw(shapes(low=0))
    if whole and draw(st.integers(0, 4)) == 0:
        strategies = {key: value for key, value in strategies.items() if key != "inplace"}
        return Call(draw(integers(shape, -9, 9)), **draw(options(**strategies)))
    x = draw(arrays(shape, kinds=kinds))
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    far = draw(st.sampled_from([0.0, 5.0, 1e3]))  # a few zeros, where kinks are, or numbers whose exponential overflows
    x = np.asarray(np.where(random.rand(*shape) < 0.3, random.choice([0.0, far, -far], shape), x))
    return Call(x, **draw(options(**strategies)))


@st.composite
def hardtanh_calls(draw):
    call = draw(activation_calls(whole=True, kinds=SURE, inplace=FLAGS))
    low = draw(st.sampled_from([-1, -0.5, 0, 1]))
    high = low + draw(st.sampled_from([0, 1, 2.5]))
    return Call(*call.args, **call.kwargs, **draw(st.sampled_from([{}, {"min_val": low, "max_val": high}])))


@st.composite
def prelu_calls(draw):
    shape = draw(shapes(low=0))
    channels = shape[1] if len(shape) > 1 else 1
    x = draw(arrays(shape, kinds=KINDS))
    weight = arrays(st.sampled_from([(channels,), (1,)] + [()] * (channels == 1)))
    return Call(x, draw(weight))


@st.composite
def softmax_calls(draw):
    shape = draw(shapes(2, 3, 2, 4) | shapes(low=0))
    kind = draw(st.sampled_from(["far", "plain", "masked", "far", "forbidden", "nan", "integers"]))
    x = draw(arrays(shape, kinds=KINDS[:5]))
    if kind == "far":
        x = np.asarray(x * 1e4, np.float32).astype(np.float64)
    elif kind != "plain":
        mask = draw(integers(shape, 0, 3)) == 0
        x = np.asarray(np.where(mask, {"masked": -np.inf, "forbidden": np.inf, "nan": np.nan}.get(kind, 0), x))
    axes = max(len(shape), 1)
    dim, kwargs = draw(st.sampled_from([-1, *range(-axes, axes)])), draw(options(dtype=st.just("float64")))
    if kind == "integers":
        return Call(draw(integers(shape, -9, 9)), dim, dtype="float64")
    return Call(x, dim, **kwargs)


def softmax_terms(call, sign=1):
    """g * y, y being the softmax of sign * x: where one y is nearly 1, the others leave little of its term."""
    [x] = map(np.atleast_1d, call.arrays())
    dim = next((value for value in call.args if isinstance(value, int)), call.kwargs.get("dim"))
    dim = int(x.ndim not in (1, 3)) if dim is None else dim
    with np.errstate(invalid="ignore"):  # inf - inf
        y = np.exp(sign * x - (sign * x).max(dim, keepdims=True, initial=-np.inf))
        y /= y.sum(dim, keepdims=True)
    return np.abs(np.nan_to_num(cotangent(0, x.shape) * y)).max(initial=0)


def dropout_calls(shape):
    """Dense inputs, also transposed ones."""
    x = arrays(shape, kinds=("normal", "ties", "negative", "transposed"))
    p = st.sampled_from([{"p": p} for p in (0.1, 0.3, 0.9, 0, 1, 1.0)] + [{}])
    training = st.sampled_from([{}, {}, {"training": True}, {"training": False}])
    inplace = mostly(inplace=FLAGS)
    return st.builds(lambda x, p, training, rest: Call(x, **p, **training, **rest), x, p, training, inplace)


@st.composite
def pad_calls(draw):
    modes = ["reflect", "constant", "circular", "constant", "replicate", "constant", "circular", "reflect"]
    mode = draw(st.sampled_from(modes))
    if mode == "constant":
        shape = draw(shapes(2, 3, 2, 4) | shapes(2, 4) | shapes(min_dims=1, low=0))
        axes = draw(st.just(len(shape)) | st.integers(0, len(shape)))
        kwargs = draw(options(mode=st.just(mode), value=st.sampled_from([None, 0, 1.5, -np.inf])))
    else:
        axes = draw(st.integers(1, 3))
        few = extents(1, 2) if mode == "circular" else extents(2, 5)  # one number going round is its own neighbour
        shape = tuple(draw(st.lists(few | extents(1, 5), min_size=axes + 1, max_size=axes + 2)))
        if len(shape) == axes + 2 and draw(st.integers(0, 4)) == 0:
            shape = (0, *shape[1:])
        kwargs = {"mode": mode} | draw(options(value=st.none()))
    pad = []
    for n in shape[::-1][:axes]:
        if mode != "constant" and n > 1 and draw(st.integers(0, 3)) == 3:  # a place less at one end
            pad += draw(st.permutations((-1, draw(st.just(0) | st.integers(1, n - 1)))))
            continue
        most = {"constant": 3 - len(pad) // 2, "reflect": n - 1, "replicate": n + 2, "circular": n}[mode]
        keep = mode != "constant"  # one place at least
        left = draw(st.just(most) | st.integers(max(keep - n, -2), most))
        least = max(keep - n - (left if keep else min(left, 0)), -2)
        if mode == "circular":  # the places that stay are copied, each at most once
            least, most = max(least, left - n), n + min(left, 0)
        least = min(least, most)
        pad += [left, 0 if least <= 0 <= most and not draw(st.booleans()) else draw(st.integers(least, most))]
    fractional = kwargs.get("value") or draw(FLAGS)
    x = draw(arrays(shape, kinds=KINDS) if fractional else integers(shape, -9, 9))
    return Call(x, draw(st.sampled_from([tuple, list]))(pad), **kwargs)


def whole(function):
    """Integers, of which the function makes nothing."""
    return Illegal(Call(np.ones(3, np.int64)), NotImplementedError, (function, "not implemented", "Long"))


x234, truth = np.ones((2, 3, 4)), np.ones(3, bool)
UNIT = {"inplace": FLAGS}
SLOPES = st.sampled_from([0.0, 0.01, 0.3, 1.5])
POWERS = st.sampled_from([0.5, 1, 2.0])  # faults.celu_in_single
PRELU_ERRORS = (
    Illegal(Call(x234, np.ones(4)), RuntimeError, ("parameter numbers = 4", "channel size = 3")),
    Illegal(Call(x234, np.ones((1, 3))), RuntimeError, ("prelu", "weight", "ndim = 2")),
    Illegal(Call(x234, np.ones(3, "f")), RuntimeError, ("prelu", "float64", "float32")),
    Illegal(Call(np.ones(3), np.ones(2)), RuntimeError, ("prelu", "2", "channel size = 1")),
    Illegal(
        Call(np.ones(3, np.int64), np.ones(1, np.int64)), NotImplementedError, ("prelu", "not implemented", "Long")
    ),
)
SOFTMAX_ERRORS = (
    Illegal(Call(x234, 3), IndexError, ("Dimension out of range", "[-3, 2]", "got 3")),
    Illegal(Call(np.ones((2, 3), int), 1), NotImplementedError, ("not implemented", "Long")),
    Illegal(Call(x234, 1, dtype=np.int64), NotImplementedError, ("not implemented", "Long")),
    Illegal(Call(x234, "1"), TypeError, ("dim", "int", "str")),
)
DROPOUT_ERRORS = (
    Illegal(Call(x234, 1.5), ValueError, ("probability", "between 0 and 1", "1.5")),
    Illegal(Call(x234, -0.1, False), ValueError, ("probability", "-0.1")),
)
PAD_ERRORS = (
    Illegal(Call(x234, (1,)), RuntimeError, ("Padding length must be divisible by 2",)),
    Illegal(Call(np.ones((0, 4)), (1, 1), "reflect"), RuntimeError, ("without axes of size 0", "[0, 4]")),
    Illegal(Call(x234, 1), TypeError, ("pad", "tuple of ints")),
    Illegal(Call(x234, (1.0, 2)), TypeError, ("pad", "tuple of ints")),
    Illegal(Call(np.ones(3), (1, 1, 1, 1)), RuntimeError, ("padding length 4", "dimension 1")),
    Illegal(Call(x234, (1, 1), "mirror"), NotImplementedError, ("mirror", "reflect")),
    Illegal(Call(x234, (1, 1), "reflect", 2.0), RuntimeError, ("reflect", "value")),
    Illegal(Call(np.ones(3), (1, 1), "reflect"), NotImplementedError, ("1D", "2D or 3D")),
    Illegal(Call(x234, (4, 0), "reflect"), RuntimeError, ("less than", "(4, 0)", "dimension 2", "[2, 3, 4]")),
    Illegal(Call(x234, (5, 0), "circular"), RuntimeError, ("more than once", "(5, 0)", "[2, 3, 4]")),
    Illegal(Call(x234, (-2, 3), "circular"), RuntimeError, ("more than once", "(-2, 3)", "[2, 3, 4]")),
    Illegal(Call(x234, (3, -2), "circular"), RuntimeError, ("more than once", "(3, -2)", "[2, 3, 4]")),
    Illegal(Call(x234, (1, -5)), RuntimeError, ("too small", "(1, -5)", "[2, 3, 4]")),
    Illegal(Call(x234, (-5, 1)), RuntimeError, ("too small", "(-5, 1)", "[2, 3, 4]")),
    Illegal(Call(x234, (-2, -2), "replicate"), RuntimeError, ("too small", "(-2, -2)")),
    Illegal(Call(x234, (-5, 0)), RuntimeError, ("too small", "(-5, 0)")),
    Illegal(Call(np.ones((2, 2, 0)), (1, 1), "replicate"), RuntimeError, ("[2, 2, 0]",)),
)

RECORDS = [
    Op("relu", activation_calls(whole=True, **UNIT), illegal=(Illegal(Call(truth), RuntimeError, ("bool", "relu")),)),
    Op("leaky_relu", activation_calls(negative_slope=SLOPES, **UNIT), illegal=(whole("leaky_relu"),)),
    Op("leaky_relu falling", activation_calls(negative_slope=st.just(-0.5)), "nn.functional.leaky_relu",
       "nn.functional.leaky_relu"),
    Op("prelu", prelu_calls(), illegal=PRELU_ERRORS),
    Op("hardtanh", hardtanh_calls(), illegal=(
        Illegal(Call(x234, 2.0, 1.0), ValueError, ("min_val", "max_val", "2.0")),
        Illegal(Call(truth), RuntimeError, ("bool", "hardtanh")),
        Illegal(Call(np.ones(3, np.uint8)), RuntimeError, ("unsigned", "min_val=-1")))),
    Op("relu6", activation_calls(whole=True, kinds=SURE, **UNIT)),
    Op("elu", activation_calls(kinds=SURE, alpha=SLOPES, **UNIT), illegal=(whole("elu"),)),
    Op("celu", activation_calls(kinds=SURE, alpha=POWERS, **UNIT),
       illegal=(whole("celu"), Illegal(Call(x234, 0.0), RuntimeError, ("alpha", "0")))),
    Op("selu", activation_calls(kinds=SURE, **UNIT), illegal=(whole("selu"),)),
    Op("silu", activation_calls(**UNIT), illegal=(whole("silu"),)),
    Op("gelu", activation_calls(approximate=st.sampled_from(["none", "tanh"])), illegal=(
        whole("gelu"), Illegal(Call(x234, approximate="erf"), RuntimeError, ("approximate", "none", "tanh", "erf")))),
    Op("softplus", activation_calls(beta=st.sampled_from([0.5, 1, 2.0]), threshold=st.sampled_from([0.5, 1, 20])),
       illegal=(whole("softplus"),)),
    Op("logsigmoid", activation_calls(), illegal=(whole("logsigmoid"),)),
    Op("softmax", softmax_calls(), illegal=SOFTMAX_ERRORS, terms=softmax_terms),
    Op("log_softmax", softmax_calls(), illegal=SOFTMAX_ERRORS),
    Op("softmin", softmax_calls(), illegal=SOFTMAX_ERRORS[:2], terms=lambda call: softmax_terms(call, -1)),
    Op("dropout", dropout_calls(shapes(high=6) | shapes(low=0)), random=True, illegal=DROPOUT_ERRORS),
    Op("dropout1d", dropout_calls(shapes(2, 3) | shapes(2, 3, 0)), random=True, illegal=(
        *DROPOUT_ERRORS, Illegal(Call(np.ones((2, 3, 4, 5))), RuntimeError, ("dropout1d", "2D or 3D", "4D")))),
    Op("dropout2d", dropout_calls(shapes(4, 4) | shapes(4, 4, 0)), random=True, illegal=DROPOUT_ERRORS),
    Op("dropout3d", dropout_calls(shapes(4, 5) | shapes(4, 5, 0)), random=True, illegal=DROPOUT_ERRORS),
    Op("pad", pad_calls(), illegal=PAD_ERRORS),
    Op("celu of any alpha", activation_calls(kinds=SURE, alpha=st.sampled_from([0.3, 0.7, 3.0])), "nn.functional.celu",
       "nn.functional.celu", precisions=(np.float32,)),
    *[Op(f"{name} of nan", activation_calls(kinds=KINDS[-1:]), f"nn.functional.{name}", f"nn.functional.{name}",
         gradients=False) for name in ("elu", "selu", "celu", "hardtanh", "relu6")],
]  # fmt: skip

"""The losses, beside torch's."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, integers, options, shapes
from .record import Call, Illegal, Op

SAMPLES = st.sampled_from([3, 4, 5, 0, 1, 2, 3, 4, 5])  # several, as a rule: one alone is its own mean
REDUCTIONS = st.sampled_from(["none", "mean", "sum"])


def positive(shape, low=0.125, high=4.0):
    """Weights, with some zeros among them where low is 0."""
    return arrays(shape, ("normal", "ties", "strided")).map(lambda x: np.asarray(np.clip(np.abs(x), low, high)))


def apart(shape, *kinds):
    """Kinds of arrays for functions that subtract: where few numbers are compared, none that almost cancel."""
    return kinds if np.prod(shape) > 3 else ("ties",)


def probabilities(shape):
    """Numbers from 0 to 1, both ends included now and then."""
    return arrays(shape, apart(shape, "normal", "ties", "strided")).map(
        lambda x: np.asarray(np.clip(x / 3 + 0.5, 0, 1), np.float32).astype(np.float64)
    )


# --------------------------------------------------------------------------------------------------- over classes

WEIGHTED_AND_SMOOTHED = [(False, None), (True, 0.1), (True, None), (False, 0.1), (True, 0.5), (True, None),
                         (False, None), (False, 0.0)]  # fmt: skip


@st.composite
def class_calls(draw, kinds, weighted, soft=False):
    """Scores (N, C, d1, ..) or (C,), with indices, or probabilities, of classes, and every option."""
    classes = draw(extents(2, 6) | extents(1, 6))
    trailing = draw(shapes(0, 3, 0, 4))
    shape = draw(st.sampled_from([(draw(SAMPLES), classes, *trailing)] * 7 + [(classes,)]))
    samples = shape[:1] * (len(shape) > 1) + shape[2:]
    x = draw(arrays(shape, kinds))
    reduction = draw(st.sampled_from([None, "mean", None, "sum", "mean", "none", None]))
    arguments = {} if reduction is None else {"reduction": reduction}
    if weighted:
        arguments["weight"] = draw(positive((classes,), draw(st.sampled_from([0.0, 0.125]))))
    if soft:
        target = draw(probabilities(shape))
        return x, target, arguments
    kinds = [np.int64, np.int64, np.uint8] if len(samples) < 2 else [np.int64]  # faults.bytes_with_axes
    kinds = st.sampled_from(kinds)
    target = draw(integers(samples, 0, classes, draw(kinds)))
    ignored = draw(st.sampled_from([None, -100, -1, 0, classes - 1, 7]))
    if ignored is not None:
        arguments["ignore_index"] = ignored
    ignored = -100 if ignored is None else ignored
    if draw(st.integers(0, 7)) < 7 and (ignored >= 0 or target.dtype == np.int64):
        few = np.asarray(np.random.RandomState(draw(st.integers(0, 99))).rand(*samples) < 0.3)
        if few.size > 1:
            few.flat[0], few.flat[-1] = True, False  # one is ignored, and one is not
        target = np.asarray(np.where(few, ignored, target), np.int64 if ignored < 0 else draw(kinds))
    return x, target, arguments


@st.composite
def cross_entropy_calls(draw):
    soft = draw(st.integers(0, 4)) == 4
    weighted, smoothing = draw(st.sampled_from(WEIGHTED_AND_SMOOTHED))
    x, target, arguments = draw(class_calls(("normal", "ties", "negative", "strided", "large"), weighted, soft))
    x = x * draw(st.sampled_from([1024, 1]))  # scores so far apart that a probability is rounded to 0
    # Smoothing cannot move a single class, whose gradient is a rounding of 0. Bytes with weights: faults.bytes_smoothed
    if x.shape[min(x.ndim - 1, 1)] > 1 and (target.dtype != np.uint8 or "weight" not in arguments):
        arguments |= {} if smoothing is None else {"label_smoothing": smoothing}
    return Call(x, target, **arguments)


@st.composite
def nll_loss_calls(draw):
    kinds = ("normal", "ties", "negative", "large", "tiny", "special", "strided")
    x, target, arguments = draw(class_calls(kinds, draw(st.booleans())))
    return Call(np.ascontiguousarray(x) if x.ndim == 4 else x, target, **arguments)  # faults.strided_scores


SCORES = np.linspace(-1, 1, 12).reshape(4, 3)
OVER_CLASSES = (
    Illegal(
        Call(SCORES, np.array([0, 1, 3, 0])), IndexError, ("Target 3 is out of bounds", "3 classes", "ignore_index")
    ),
    Illegal(Call(SCORES, np.array([0, -1, 2, 5])), IndexError, ("Target -1 is out of bounds", "target[1]")),
    Illegal(Call(SCORES, np.array([0, 1, 2])), ValueError, ("input batch_size (4) to match target batch_size (3).",)),
    Illegal(Call(SCORES, np.array(1)), ValueError, ("target batch_size (0)",)),
    Illegal(Call(np.array(1.0), np.array(0)), ValueError, ("Expected 1 or more dimensions (got 0)",)),
    Illegal(Call(SCORES[0], np.array([1, 2])), ValueError, ("1D target must have size 1", "size: 2")),
    Illegal(
        Call(SCORES, np.array([0.0, 1, 2, 0])), RuntimeError, ("expected target dtype", "[4]", "[4, 3]", "indices")
    ),
    Illegal(Call(SCORES, np.array([0, 1, 2, 0], np.int32)), RuntimeError, ("Long or Byte", "got Int", "long()")),
    Illegal(Call(SCORES, np.zeros((4, 1), np.int64)), RuntimeError, ("Expected target size [4], got [4, 1]",)),
    Illegal(Call(np.zeros((2, 3, 4, 5)), np.zeros((2, 4, 4), np.int64)), RuntimeError, ("[2, 4, 5]", "[2, 4, 4]")),
    Illegal(Call(SCORES, np.array([0, 1, 2, 0]), np.ones(4)), RuntimeError, ("all 3 classes", "[4]")),
    Illegal(
        Call(SCORES, np.array([0, 1, 2, 0]), np.ones(3, np.float32)), RuntimeError, ("weight", "float32", "float64")
    ),
    Illegal(Call(SCORES, np.array([0, 1, 2, 0]), reduction="avg"), ValueError, ("avg is not a valid value",)),
    Illegal(Call(SCORES.astype(np.int64), np.array([0, 1, 2, 0])), NotImplementedError, ("input", "int64")),
)
CROSS_ENTROPY = (
    Illegal(Call(SCORES, np.zeros((4, 3), np.int64)), RuntimeError, ("Expected floating point type", "int64", "[4]")),
    Illegal(Call(SCORES, SCORES, ignore_index=1), RuntimeError, ("ignore_index is not supported", "1")),
    Illegal(Call(SCORES, SCORES, ignore_index=0), RuntimeError, ("ignore_index is not supported", "0")),
    Illegal(Call(SCORES, SCORES, np.ones(4)), RuntimeError, ("all 3 classes", "[4]")),
    Illegal(Call(SCORES, np.array([0, 1, 2, 0]), label_smoothing=1.5), RuntimeError, ("label_smoothing", "1.5")),
    Illegal(Call(SCORES, np.array([0, 1, 2, 0]), label_smoothing=-0.5), RuntimeError, ("label_smoothing", "-0.5")),
)


@st.composite
def one_hot_calls(draw):
    classes = draw(extents(1, 6))
    input = draw(integers(shapes(0, 3, 0, 4), 0, classes))
    if input.size and draw(st.booleans()):
        return Call(input)
    return Call(input, draw(st.sampled_from([classes, classes + 2])))


# ----------------------------------------------------------------------------------------- element by element


@st.composite
def difference_calls(draw, also=None, weighted=False):
    """Two tensors of one shape (or, warned of, of shapes that broadcast), with ties so that differences are 0."""
    shape = draw(shapes(0, 4, 0, 4))
    kinds = ("normal", "ties", "negative", "strided", "tiny", "special")
    other = tuple(1 if draw(st.integers(0, 9)) == 0 else n for n in shape)
    arguments = draw(options(reduction=REDUCTIONS)) | (draw(also) if also else {})
    if weighted and np.prod(shape) > 1 and draw(st.booleans()):
        arguments["weight"] = draw(positive(shape))
        kinds = ("normal", "strided")  # where all terms are equal, the weights' gradient is a rounding of 0
    x = draw(arrays(shape, kinds))
    near = draw(st.sampled_from([1, 8]))  # differences on both sides of delta and beta
    return Call(np.asarray(x * near), draw(arrays(other, kinds)), **arguments)


@st.composite
def binary_calls(draw, logits):
    shape = draw(shapes(0, 4, 0, 4))
    x = draw(
        arrays(shape, apart(shape, "normal", "ties", "strided", "large", "tiny")) if logits else probabilities(shape)
    )
    arguments = draw(options(reduction=REDUCTIONS))
    for name in ("weight", "pos_weight")[: 1 + logits]:
        if draw(st.booleans()):
            partial = tuple(1 if draw(st.booleans()) else n for n in shape)[draw(st.integers(0, len(shape))) :]
            arguments[name] = draw(positive(partial, 0.0))
    x = x * draw(st.sampled_from([1, 1024])) if logits else x  # whose sigmoid is rounded to 0 or 1
    return Call(np.asarray(x), draw(probabilities(shape)), **arguments)


@st.composite
def kl_div_calls(draw):
    shape = draw(shapes(2, 3, 2, 4) | shapes(0, 4, 0, 4))
    log_target = draw(st.sampled_from([None, False, True]))
    kinds = apart(shape, "normal", "ties", "negative", "strided")
    target = draw(arrays(shape, kinds) if log_target else probabilities(shape))
    arguments = {} if log_target is None else {"log_target": log_target}
    reduction = draw(st.sampled_from(["batchmean", None, "mean", "batchmean", "sum", "none"]))
    arguments |= {} if reduction is None else {"reduction": reduction}
    return Call(draw(arrays(shape, kinds)), target, **arguments)


APART = Illegal(Call(SCORES, SCORES[:2]), RuntimeError, ("tensor a (4) must match the size of tensor b (2)", "[2, 3]"))
WHOLE = Illegal(Call(SCORES.astype(np.int64), np.zeros((4, 3), np.int64)), NotImplementedError, ("input", "int64"))
AVERAGE = Illegal(Call(SCORES, SCORES, reduction="avg"), ValueError, ("avg is not a valid value",))
WEIGHT = Illegal(
    Call(SCORES, SCORES, weight=np.ones(3)), ValueError, ("Weights and input must have the same size", "[3]")
)
HALF = np.full((4, 3), 0.5)

RECORDS = [
    Op("cross_entropy", cross_entropy_calls(), illegal=OVER_CLASSES + CROSS_ENTROPY, constant=("weight",)),
    Op("nll_loss", nll_loss_calls(), illegal=OVER_CLASSES, constant=("weight",)),
    Op(
        "one_hot",
        one_hot_calls(),
        illegal=(
            Illegal(Call(np.array([0, -1])), RuntimeError, ("non-negative", "-1")),
            Illegal(Call(np.array([0, 3]), 3), RuntimeError, ("smaller than num_classes", "num_classes=3", "value 3")),
            Illegal(Call(np.zeros(0, np.int64)), RuntimeError, ("infer", "empty")),
            Illegal(Call(np.array([1.0])), RuntimeError, ("LongTensor", "float64")),
            Illegal(Call(np.zeros(0, np.int64), 0), RuntimeError, ("num_classes=0",)),
        ),
    ),
    Op("mse_loss", difference_calls(weighted=True), illegal=(APART, WHOLE, AVERAGE, WEIGHT)),
    Op("l1_loss", difference_calls(weighted=True), illegal=(APART, WHOLE, AVERAGE, WEIGHT)),
    Op(
        "smooth_l1_loss",
        difference_calls(options(beta=st.sampled_from([0, 0.0, 0.25, 1.0, 3]))),
        illegal=(APART, WHOLE, AVERAGE, Illegal(Call(SCORES, SCORES, beta=-1), RuntimeError, ("beta", "-1"))),
    ),
    Op(
        "huber_loss",
        difference_calls(options(delta=st.sampled_from([0.25, 1.0, 3])), weighted=True),
        illegal=(APART, WHOLE, AVERAGE, WEIGHT, Illegal(Call(SCORES, SCORES, delta=0), RuntimeError, ("delta", "0"))),
    ),
    Op(
        "binary_cross_entropy",
        binary_calls(logits=False),
        constant=("weight",),
        illegal=(
            WHOLE,
            Illegal(Call(SCORES, HALF), RuntimeError, ("input should be between 0 and 1", "with_logits")),
            Illegal(Call(HALF * np.nan, HALF), RuntimeError, ("input should be between 0 and 1",)),
            Illegal(Call(HALF * 3, HALF), RuntimeError, ("input should be between 0 and 1",)),
            Illegal(Call(HALF, SCORES), RuntimeError, ("target should be between 0 and 1", "-1")),
            Illegal(Call(HALF, HALF[:1]), ValueError, ("target size (torch.Size([1, 3]))", "torch.Size([4, 3])")),
            Illegal(Call(HALF, HALF.astype(np.float32)), RuntimeError, ("target", "float32", "float64")),
            Illegal(Call(HALF, HALF, np.ones(4)), RuntimeError, ("weight [4]", "[4, 3]")),
            Illegal(Call(HALF, HALF, np.ones((2, 4, 3))), RuntimeError, ("weight [2, 4, 3]", "[4, 3]")),
        ),
    ),
    Op(
        "binary_cross_entropy_with_logits",
        binary_calls(logits=True),
        constant=("weight", "pos_weight"),
        illegal=(
            Illegal(Call(SCORES, HALF[:1]), ValueError, ("Target size (torch.Size([1, 3]))", "torch.Size([4, 3])")),
            Illegal(Call(SCORES, np.ones((4, 3), np.int64)), NotImplementedError, ("target", "int64")),
            Illegal(Call(SCORES, HALF, np.ones(4)), RuntimeError, ("weight [4]", "[4, 3]")),
            Illegal(Call(SCORES, HALF, pos_weight=np.ones(4)), RuntimeError, ("pos_weight [4]", "[4, 3]")),
        ),
    ),
    Op(
        "kl_div",
        kl_div_calls(),
        illegal=(
            AVERAGE,
            Illegal(Call(SCORES, np.ones((4, 3), np.int64)), RuntimeError, ("Integral", "target", "int64")),
        ),
    ),
]


class Older(Op):
    """The record of a loss whose reduction is chosen by torch's older names."""


OLDER = st.sampled_from([{"size_average": False}, {"size_average": True}, {"reduce": False}, {"reduce": True},
                         {"size_average": False, "reduce": True}])  # fmt: skip


def by_older_names(call, chosen):
    """The call with these instead of reduction."""
    return Call(*call.args, **{key: value for key, value in call.kwargs.items() if key != "reduction"} | chosen)


RECORDS += [
    Older(f"{record.name} by older names", st.builds(by_older_names, record.calls, OLDER), record.public,
          record.public, constant=record.constant, floor=record.floor)
    for record in RECORDS
    if "loss" in record.name and record.name != "huber_loss" or "entropy" in record.name or record.name == "kl_div"
]  # fmt: skip

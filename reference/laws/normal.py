"""The laws of normalizations, softmax, dropout and losses."""

import numpy as np

from ..record import Call
from .law import changed, finite, gradients, holds, law, same, value, without

CENTRED = ("batch_norm", "batch_norm of many", "batch_norm far from zero", "layer_norm", "layer_norm far from zero",
           "group_norm", "group_norm far from zero", "instance_norm")  # fmt: skip
SOFT = ("softmax", "log_softmax", "softmin")
DROPOUT = ("dropout", "dropout1d", "dropout2d", "dropout3d")
DISTANCES = ("mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss")
LOSSES = (*DISTANCES, "cross_entropy", "nll_loss", "kl_div", "binary_cross_entropy", "binary_cross_entropy_with_logits")


# ------------------------------------------------------------------------------------------------ normalization


def plain(call):
    """The call without weight and bias."""
    return without(call, "weight", "bias")


def own_statistics(record, call):
    """Whether mean and variance are those of the input, which has some numbers."""
    instance = record.name == "instance_norm"
    own = call.kwargs.get("use_input_stats", True) if instance else call.kwargs.get("training", False)
    return call.args[0].size > 0 and (own or "batch" not in record.name and not instance)


def lanes(record, call, x):
    """x with one row for each set of numbers that are normalized together."""
    kind = record.name.split()[0]
    if kind == "batch_norm":
        return np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
    if kind == "instance_norm":
        return x.reshape(x.shape[0] * x.shape[1], -1)
    if kind == "group_norm":
        return x.reshape(x.shape[0] * call.args[1], -1)
    return x.reshape(-1, int(np.prod(call.args[1])))


def spread(record, call, squares=False):
    """(eps, variances of the lanes, the size of the normalized numbers before their mean is taken off)."""
    x = lanes(record, call, call.args[0])
    eps = call.kwargs.get("eps", None if squares else 1e-5)
    eps = np.finfo(np.float64).eps if eps is None else eps
    variance = (x**2).mean(1) if squares else x.var(1)
    return eps, variance, 1 + np.abs(x).max(1) / np.sqrt(variance + eps)


@law(*CENTRED)
def has_mean_0_and_variance_1(record, call):
    """mean y = 0 and var y = var x / (var x + eps) on each lane, before weight and bias."""
    call = plain(call)
    if not own_statistics(record, call):
        return
    eps, variance, size = spread(record, call)
    y = lanes(record, call, value(record, call))
    same(record, call, "the means", y.mean(1), np.zeros(len(y)), size)
    same(record, call, "the variances", y.var(1), variance / (variance + eps), size * (1 + np.abs(y).max(1)))


@law("rms_norm")
def has_mean_square_1(record, call):
    """mean y^2 = mean x^2 / (mean x^2 + eps) on each lane, before the weight."""
    call = plain(call)
    if call.args[0].size == 0:
        return
    eps, squares, _ = spread(record, call, squares=True)
    y = lanes(record, call, value(record, call))
    same(record, call, "the mean squares", (y**2).mean(1), squares / (squares + eps))


@law(*CENTRED)
def is_unmoved_by_a_shift_of_its_input(record, call):
    """f(x + 1) = f(x), if the mean is the input's own."""
    call = plain(call)
    if not own_statistics(record, call):
        return
    eps, variance, size = spread(record, call)
    size = np.max(size + 1 / np.sqrt(variance + eps))
    same(record, call, "f(x + 1)", value(record, changed(call, call.args[0] + 1)), value(record, call), size)


@law(*CENTRED)
def input_gradient_sums_to_0(record, call):
    """The gradient of x sums to 0 on each lane: a shift of x changes nothing."""
    call = plain(call)
    if not record.gradients or not own_statistics(record, call):
        return
    y, dy, (dx, *_) = gradients(record, call)
    eps, variance, size = spread(record, call)
    dx, y, dy = (lanes(record, call, a) for a in (dx, y, dy))
    size = size * np.abs(dy).sum(1) * (1 + (y**2).max(1)) / np.sqrt(variance + eps)
    same(record, call, "the sums of the gradient", dx.sum(1), np.zeros(len(dx)), size)


@law("batch_norm", "instance_norm")
def is_affine_with_given_statistics(record, call):
    """f(x) = (x - running_mean) / sqrt(running_var + eps), before weight and bias."""
    call = plain(call)
    if own_statistics(record, call) or call.args[0].size == 0:
        return
    x = call.args[0]
    mean, variance = (call.kwargs[key].reshape(-1, *(1,) * (x.ndim - 2)) for key in ("running_mean", "running_var"))
    expected = (x - mean) / np.sqrt(variance + call.kwargs.get("eps", 1e-5))
    same(record, call, "evaluation", value(record, call), expected)


@law("normalize")
def has_norm_1(record, call):
    """The p-norm of f(x) is |x| / max(|x|, eps)."""
    x, kwargs = call.args[0], call.kwargs
    p, dim, eps = (kwargs.get(key, default) for key, default in (("p", 2.0), ("dim", 1), ("eps", 1e-12)))
    dim = tuple(dim) if isinstance(dim, (list, tuple)) else dim
    norm = lambda a: (np.abs(a) ** p).sum(axis=dim) ** (1 / p)
    same(record, call, "the norms", norm(value(record, call)), norm(x) / np.maximum(norm(x), eps), 1)


# ------------------------------------------------------------------------------------------------ softmax


def sound(x, dim):
    """Whether softmax has a value on a lane: no nan, no +inf, not only -inf."""
    return ((x < np.inf).all(axis=dim)) & ((x > -np.inf).any(axis=dim))


@law(*SOFT)
def sums_to_1(record, call):
    """The probabilities (exp f for log_softmax) lie between 0 and 1 and sum to 1."""
    x, y = np.atleast_1d(call.args[0]), np.atleast_1d(value(record, call))
    lane = sound(-x if record.name == "softmin" else x, call.args[1])
    y = np.exp(y) if record.name == "log_softmax" else y
    total = y.sum(axis=call.args[1])
    same(record, call, "the sums", total[lane], np.ones(total.shape)[lane])
    holds(record, call, "a probability outside 0 to 1", ~((y < 0) | (y > 1 + 1e-12)))


@law(*SOFT)
def is_unmoved_by_a_shift(record, call):
    """f(x + 1) = f(x)."""
    x = call.args[0]
    size = max(1, np.abs(x[np.isfinite(x)]).max(initial=0))
    same(record, call, "f(x + 1)", value(record, changed(call, x + 1)), value(record, call), size)


@law(*SOFT)
def gradient_sums_to_0(record, call):
    """The gradient of x sums to 0 on each lane: a shift of x changes nothing."""
    if not record.gradients or call.args[0].dtype.kind != "f" or not finite(call):
        return
    _, dy, (dx,) = gradients(record, call)
    total = np.atleast_1d(dx).sum(axis=call.args[1])
    same(record, call, "the sums of the gradient", total, np.zeros(total.shape), np.abs(dy).sum())


@law("cross_entropy")
def is_unmoved_by_a_shift_of_the_logits(record, call):
    """f(x + 1) = f(x)."""
    x = call.args[0]
    size = max(1, np.abs(x).max(initial=0)) * max(1, x.size) * 4  # weights are at most 4
    same(record, call, "f(x + 1)", value(record, changed(call, x + 1)), value(record, call), size)


@law("cross_entropy")
def gradient_sums_to_0_over_the_classes(record, call):
    """sum over c of dL/dx[n, c] = 0: a shift of the logits changes nothing."""
    if not record.gradients:
        return
    y, dy, (dx, *_) = gradients(record, call)
    total = dx.sum(axis=min(1, dx.ndim - 1))
    size = 4 * dx.shape[min(1, dx.ndim - 1)] * np.abs(dy).max(initial=0)  # probabilities, times weights of at most 4
    if np.isfinite(y).all():  # the mean of no samples is nan
        same(record, call, "the sums over the classes", total, np.zeros(total.shape), size)


# ------------------------------------------------------------------------------------------------ dropout


def chance(call):
    """The probability that a number is dropped, 0 in evaluation."""
    return call.kwargs.get("p", 0.5) if call.kwargs.get("training", True) else 0


@law(*DROPOUT)
def drops_or_rescales(record, call):
    """y is 0 or x / (1 - p), and its gradient is 0 or 1 / (1 - p) in the same places; with p = 0, y = x."""
    x, p = call.args[0], chance(call)
    factor = 0 if p == 1 else 1 / (1 - p)
    y = value(record, call)
    kept = np.ones(x.shape, bool) if p == 0 else y != 0
    same(record, call, "what is left", y, np.where(kept, x * factor, 0))
    if record.gradients:
        y, dy, (dx,) = gradients(record, call)
        expected = np.where(y != 0, dy * factor, 0)
        same(record, call, "the gradient", np.where(x == 0, 0, dx), np.where(x == 0, 0, expected))


@law(*DROPOUT)
def drops_as_many_as_it_should(record, call):
    """Of n ones, n p are dropped, give or take 6 standard deviations sqrt(n p (1 - p)); else of n whole channels."""
    p, n = chance(call), 4000
    shape = {"dropout": (n,), "dropout1d": (40, 100, 3), "dropout2d": (40, 100, 3, 1), "dropout3d": (40, 100, 3, 1, 1)}
    y = value(record, Call(np.ones(shape[record.name]), **call.kwargs)).reshape(n, -1)
    holds(record, call, "part of a channel is dropped", (y == y[:, :1]).all())
    dropped = int((y[:, 0] == 0).sum())
    enough = abs(dropped - n * p) <= 6 * np.sqrt(n * p * (1 - p))
    holds(record, call, f"{dropped} of {n} are dropped with p = {p}", enough)


# ------------------------------------------------------------------------------------------------ losses


@law(*DISTANCES)
def is_symmetric(record, call):
    """f(x, target) = f(target, x)."""
    a, b = call.args
    if a.shape == b.shape or "weight" not in call.kwargs:  # which has x's shape
        same(record, call, "f(target, x)", value(record, changed(call, b, a)), value(record, call), 0)


@law(*DISTANCES)
def is_0_at_the_target(record, call):
    """f(x, x) = 0 for every pair, and no loss is negative."""
    x = call.args[0]
    if call.kwargs.get("reduction", "mean") == "mean" and x.size == 0 or not finite(call):
        return  # the mean of nothing is nan
    y = value(record, changed(call, x, x))
    if "weight" not in call.kwargs or call.kwargs["weight"].sum():
        same(record, call, "f(x, x)", y, np.zeros(y.shape), 0)
        holds(record, call, "a negative loss", value(record, call) >= 0)


@law("huber_loss")
def lies_below_parabola_and_cone(record, call):
    """f <= (x - t)^2 / 2 and f <= delta |x - t|, the sums and means too."""
    x, t = call.args
    delta, reduction = call.kwargs.get("delta", 1.0), call.kwargs.get("reduction", "mean")
    if "weight" in call.kwargs or not finite(call) or x.size == 0 or t.size == 0:
        return
    reduce = {"none": np.asarray, "mean": np.mean, "sum": np.sum}[reduction]
    y, d = value(record, call), np.abs(x - t)
    holds(record, call, "above the parabola", y <= reduce(d**2 / 2) * (1 + 1e-12))
    holds(record, call, "above the cone", y <= reduce(delta * d) * (1 + 1e-12))


@law(*LOSSES)
def reduction_adds_up(record, call):
    """The sum is the sum of what reduction="none" leaves, and the mean its mean, where there are no weights."""
    reduction = call.kwargs.get("reduction")
    if reduction not in ("sum", "mean") or not finite(call):
        return
    each = value(record, Call(*call.args, **call.kwargs | {"reduction": "none"}))
    weighted = "weight" in call.kwargs and "binary" not in record.name
    classes = record.name in ("cross_entropy", "nll_loss") and call.args[1].dtype.kind != "f"
    if reduction == "mean" and (each.size == 0 or weighted or classes):
        return  # it is divided by the sum of the weights, and ignored samples are not counted
    expected = each.sum() if reduction == "sum" else each.mean()
    same(record, call, f"the {reduction}", value(record, call), expected, np.abs(each).sum())


@law(*LOSSES)
def permutes_with_the_samples(record, call):
    """f(x[order], target[order]) is f(x, target)[order] with reduction="none", and else stays the same."""
    x, target = call.args
    element = record.name not in ("cross_entropy", "nll_loss")
    if x.ndim < 1 + (not element) or x.shape[:1] != target.shape[:1] or not finite(call):
        return
    rows = lambda a: element and a is not None and a.ndim == x.ndim and len(a) == len(x)
    order = np.random.RandomState(4).permutation(len(x))
    kwargs = {key: a[order] if isinstance(a, np.ndarray) and rows(a) else a for key, a in call.kwargs.items()}
    got, y = value(record, Call(x[order], target[order], **kwargs)), value(record, call)
    size = np.abs(x).max(initial=1) * max(1, x.size)
    same(record, call, "the loss of the permuted samples", got, y[order] if y.ndim else y, size)


@law("binary_cross_entropy", "binary_cross_entropy_with_logits")
def yes_and_no_are_alike(record, call):
    """f(1 - p, 1 - t) = f(p, t), and f(-x, 1 - t) = f(x, t) for logits, where no side has a weight of its own."""
    x, target = call.args
    if call.kwargs.get("pos_weight") is not None:
        return
    logits = "logits" in record.name
    got = value(record, changed(call, -x if logits else 1 - x, 1 - target))
    # 1 - p is exact only for p that is not tiny; log p is at least -100
    size = 400 * max(1, x.size) + np.abs(x).sum() * 4
    same(record, call, "yes and no changed", got, value(record, call), size)


@law("kl_div")
def is_0_between_equals(record, call):
    """f(log t, t) = 0."""
    t, logarithms = call.args[1], call.kwargs.get("log_target", False)
    if t.size == 0:
        return
    x = t if logarithms else np.log(np.maximum(t, 1e-30))
    y = value(record, changed(call, x))
    same(record, call, "f(log t, t)", y, np.zeros(y.shape), np.abs(t * x).sum() + np.exp(np.abs(t)).sum())


@law("one_hot")
def has_a_single_1(record, call):
    """y is 1 at the class, and sums to 1."""
    y, classes = value(record, call), call.args[0]
    same(record, call, "the sums", y.sum(-1), np.ones(classes.shape), 0)
    if classes.size:
        same(record, call, "the places of the ones", y.argmax(-1), classes, 0)

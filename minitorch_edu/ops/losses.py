"""Losses that compare two tensors of the same shape, element by element.

Each is a table of terms, one per element, which `reduction` makes into the value:

    "none": the terms themselves    "sum": their sum    "mean": their sum / their number

The losses over classes are in cross_entropy.py and nll_loss.py.

Twin:  https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

import warnings

import numpy as np

from ..autograd import broadcast_error, op
from ..dtypes import Size, as_dtype, promote, type_name
from .checks import need_float
from .elementwise import sign_of

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "smooth_l1_loss",
]


# ------------------------------------------------------------------------------------------------ shared by all losses


def chosen_reduction(reduction, size_average=None, reduce=None, also=()):
    """The name of the reduction; torch's older pair of switches, where given, decides it, with a warning.

    Raises ValueError for an unknown name.
    """
    if size_average is not None or reduce is not None:
        reduction = _older(size_average, reduce)
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=4,
        )
    if reduction not in ("none", "mean", "sum", *also):
        raise ValueError(f"{reduction} is not a valid value for reduction; expected 'none', 'mean' or 'sum'")
    return reduction


def _older(size_average, reduce):
    """The reduction that torch's older pair of switches names."""
    return "none" if reduce is False else "sum" if size_average is False else "mean"


def last_step(reduction, size_average, reduce, none, mean="MeanBackward0", sum="SumBackward0"):
    """What the node is called of a loss that torch computes step by step: as its last step, which the reduction is."""
    if size_average is not None or reduce is not None:
        reduction = _older(size_average, reduce)
    return {"none": none, "mean": mean, "sum": sum, "batchmean": "DivBackward0"}[reduction]


def _node(*names):
    """What tells the name of a node from the call: one of three, or the last step of the weighted terms."""

    def name(value, input, target, size_average=None, reduce=None, reduction="mean", weight=None):
        names_here = names if weight is None else ("MulBackward0", "DivBackward0", "SumBackward0")
        return last_step(reduction, size_average, reduce, *names_here)

    return name


def reduced(terms, reduction, count=None):
    """Return (value of the loss, d(value)/d(term)); `count` replaces the number of terms that "mean" divides by."""
    if reduction == "none":
        return terms, 1
    if reduction == "sum":
        return terms.sum(), 1
    count = terms.dtype.type(terms.size) if count is None else count
    return terms.sum() / count, 1 / count


def no_gradient(function, argument):
    """The gradient function of an argument that torch's version of `function` does not differentiate either."""

    def refuse(g):
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{argument}'. "
            "This input cannot have requires_grad True."
        )

    return refuse


def _warn_of_broadcast(function, input, target):
    """Warn, as torch does, where input and target differ in shape; RuntimeError where they do not broadcast."""
    if input.shape == target.shape:
        return
    warnings.warn(
        f"Using a target size ({Size(target.shape)}) that is different to the input size ({Size(input.shape)}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=5,
    )
    if error := broadcast_error(function, input.shape, target.shape):
        raise error


# ------------------------------------------------------------------------------ functions of the difference


def _of_difference(function, input, target, rho, slope, reduction, weight=None, weights_count=False):
    """(value, gradients) of the loss with the terms  weight * rho(input - target);  slope is rho's derivative.

    weights_count: "mean" divides by the sum of the weights, not by the number of terms.
    """
    _warn_of_broadcast(function, input, target)
    input, target = promote(input, target)
    need_float(function, input=input)
    difference = input - target  # (*)
    terms, factor, count = rho(difference), 1, None
    if weight is not None:
        if weight.shape != input.shape:
            raise ValueError(
                f"Weights and input must have the same size. {function}() got {list(weight.shape)} and "
                f"{list(input.shape)}"
            )
        terms, factor = promote(terms, weight)
        count = factor.sum() if weights_count else None
    value, share = reduced(terms * factor, reduction, count)

    def grad_input(g):
        return g * share * factor * slope(difference)

    def grad_weight(g):
        # A weight also acts on the sum of weights that the mean divides by.
        return g * share * (terms - value if weights_count and reduction == "mean" else terms)

    gradients = {"input": grad_input, "target": lambda g: -grad_input(g)}
    return value, gradients if weight is None else gradients | {"weight": grad_weight}


@op(name=_node(*["MseLossBackward0"] * 3))
def mse_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Squared error:  (input - target)^2;  input, target (*) -> scalar, or (*) with reduction="none".

    weight: shaped like input; "mean" is then the weighted mean. Warns if the shapes differ (they are broadcast).
    Raises NotImplementedError for integers, ValueError for a weight of another shape.

    >>> input, target = torch.tensor([1., 5.]), torch.tensor([1., 2.])
    >>> F.mse_loss(input, target), F.mse_loss(input, target, reduction="none")
    (tensor(4.5000), tensor([0., 9.]))

    Twin: torch.nn.functional.mse_loss
    """
    reduction = chosen_reduction(reduction, size_average, reduce)
    return _of_difference("mse_loss", input, target, np.square, lambda d: 2 * d, reduction, weight, weights_count=True)


@op(name=_node("AbsBackward0", "MeanBackward0", "SumBackward0"))
def l1_loss(input, target, size_average=None, reduce=None, reduction="mean", weight=None):
    """Absolute error:  |input - target|,  whose slope at 0 is taken as 0; shapes and errors as mse_loss.

    >>> F.l1_loss(torch.tensor([1., 5.]), torch.tensor([1., 2.]))
    tensor(1.5000)

    Twin: torch.nn.functional.l1_loss
    """
    reduction = chosen_reduction(reduction, size_average, reduce)
    return _of_difference("l1_loss", input, target, np.abs, sign_of, reduction, weight, weights_count=True)


def _smooth_l1_node(value, input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    return "SmoothL1LossBackward0" if beta else last_step(reduction, size_average, reduce, "AbsBackward0")


@op(name=_smooth_l1_node)
def smooth_l1_loss(input, target, size_average=None, reduce=None, reduction="mean", beta=1.0):
    """A parabola about 0 that becomes a line of slope 1 at distance beta; beta = 0 is l1_loss.

        d^2 / (2 beta)  where |d| < beta,   |d| - beta / 2  elsewhere,      d = input - target

    Shapes as mse_loss. Raises RuntimeError for a negative beta.

    >>> F.smooth_l1_loss(torch.tensor([1., 3.]), torch.zeros(2), reduction="none")
    tensor([0.5000, 2.5000])

    Paper: Girshick (2015), Fast R-CNN, equation 3, https://arxiv.org/abs/1504.08083
    Twin:  torch.nn.functional.smooth_l1_loss
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta, got {beta}")
    reduction = chosen_reduction(reduction, size_average, reduce)

    def rho(d):
        return np.where(np.abs(d) < beta, 0.5 * d * d / beta, np.abs(d) - 0.5 * beta)

    def slope(d):
        return np.clip(d / beta, -1, 1) if beta else sign_of(d)

    return _of_difference("smooth_l1_loss", input, target, rho, slope, reduction)


def _huber_node(value, input, target, reduction="mean", delta=1.0, weight=None):
    return "HuberLossBackward0" if weight is None else last_step(reduction, None, None, "MulBackward0")


@op(name=_huber_node)
def huber_loss(input, target, reduction="mean", delta=1.0, weight=None):
    """A parabola about 0 that becomes a line of slope delta at distance delta.

        d^2 / 2  where |d| < delta,   delta (|d| - delta / 2)  elsewhere,      d = input - target

    Shapes as mse_loss; "mean" divides by the number of terms also if there are weights. Raises RuntimeError unless
    delta > 0.

    >>> F.huber_loss(torch.tensor([1., 3.]), torch.zeros(2), reduction="none", delta=2.)
    tensor([0.5000, 4.0000])

    Paper: Huber (1964), Robust estimation of a location parameter, https://doi.org/10.1214/aoms/1177703732
    Twin:  torch.nn.functional.huber_loss
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta, got {delta}")
    reduction = chosen_reduction(reduction)

    def rho(d):
        return np.where(np.abs(d) < delta, 0.5 * d * d, delta * (np.abs(d) - 0.5 * delta))

    def slope(d):
        return np.clip(d, -delta, delta)

    target = target.astype(input.dtype, copy=False)
    return _of_difference("huber_loss", input, target, rho, slope, reduction, weight)


# --------------------------------------------------------------------------------------- two classes, 0 and 1

TINY = float(np.float32(1e-12))  # the least variance that an error is divided by; torch keeps it in float32


def _check_weight(function, name, weight, shape):
    """RuntimeError unless the weight broadcasts to the input's shape."""
    try:
        fits = weight is None or np.broadcast_shapes(weight.shape, shape) == shape
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(f"{function}(): {name} {list(weight.shape)} does not broadcast to input {list(shape)}")


@op
def binary_cross_entropy(input, target, weight=None, size_average=None, reduce=None, reduction="mean"):
    """Minus the logarithm of the probability that the model gives to the truth, of two classes.

        -weight * (target * log(input) + (1 - target) * log(1 - input)),     each logarithm at least -100

    input: probability of class 1 (*); target: 1 or 0, or anything between (*); weight broadcasts to (*).
    Raises ValueError if the shapes differ, RuntimeError if a value is outside 0..1 or the dtypes differ.

    >>> F.binary_cross_entropy(torch.tensor([0.5, 0.5, 0.]), torch.tensor([1., 0., 1.]), reduction="none")
    tensor([  0.6931,   0.6931, 100.0000])

    Twin: torch.nn.functional.binary_cross_entropy
    """
    reduction = chosen_reduction(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({Size(target.shape)}) that is different to the input size ({Size(input.shape)}) is "
            "deprecated. Please ensure they have the same size."
        )
    need_float("binary_cross_entropy", input=input)
    for name, array in (("target", target), ("weight", weight)):
        if array is not None and array.dtype != input.dtype:
            raise RuntimeError(
                f"binary_cross_entropy(): {name} has dtype {as_dtype(array.dtype)} but input has "
                f"{as_dtype(input.dtype)}: Found dtype {type_name(array.dtype)} but expected {type_name(input.dtype)}"
            )
    for name, array, hint in (
        ("input", input, "; for a model's raw outputs use binary_cross_entropy_with_logits"),
        ("target", target, ""),
    ):
        if not ((array >= 0) & (array <= 1)).all():
            raise RuntimeError(
                f"all elements of {name} should be between 0 and 1, got values in "
                f"{array.min():g}..{array.max():g}{hint}"
            )
    _check_weight("binary_cross_entropy", "weight", weight, input.shape)
    factor = 1 if weight is None else weight
    log_1, log_0 = np.log(input), np.log1p(-input)  # (*)
    terms = (target - 1) * np.maximum(log_0, -100) - target * np.maximum(log_1, -100)
    value, share = reduced(factor * terms, reduction)

    def grad_input(g):
        return g * share * factor * (input - target) / np.maximum((1 - input) * input, TINY)

    def grad_target(g):
        return g * share * factor * (log_0 - log_1)

    return value, {
        "input": grad_input,
        "target": grad_target,
        "weight": no_gradient("binary_cross_entropy", "weight"),
    }


@op
def binary_cross_entropy_with_logits(
    input, target, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None
):
    """binary_cross_entropy of sigmoid(input), without the overflow and the lost digits of doing it in two steps.

        -weight * (pos_weight * target * log sigmoid(input) + (1 - target) * log sigmoid(-input))

    input: any number (*); target: 0..1 (*); weight, and pos_weight, by which class 1 counts more, broadcast to (*).
    The value has target's dtype. Raises ValueError if the shapes differ, RuntimeError if a weight does not fit.

    >>> F.binary_cross_entropy_with_logits(torch.tensor([0., 200.]), torch.tensor([1., 0.]), reduction="none")
    tensor([  0.6931, 200.0000])

    Twin: torch.nn.functional.binary_cross_entropy_with_logits
    """
    function = "binary_cross_entropy_with_logits"
    reduction = chosen_reduction(reduction, size_average, reduce)
    if target.shape != input.shape:
        raise ValueError(
            f"Target size ({Size(target.shape)}) must be the same as input size ({Size(input.shape)}); {function}()"
        )
    need_float(function, input=input, target=target)
    _check_weight(function, "weight", weight, input.shape)
    _check_weight(function, "pos_weight", pos_weight, input.shape)
    kind = target.dtype
    input, target = promote(input, target)
    factor = 1 if weight is None else weight.astype(kind)
    decay = np.exp(-np.abs(input))  # (*)
    log_sigmoid = np.minimum(input, 0) - np.log1p(decay)  # (*); log sigmoid(-input) = log_sigmoid - input
    class_1 = target if pos_weight is None else target * pos_weight.astype(kind)
    class_0 = 1 - target
    both = 1 if pos_weight is None else class_0 + class_1
    terms = factor * (class_0 * input - both * log_sigmoid)
    value, share = reduced(terms.astype(kind, copy=False), reduction)

    def grad_input(g):
        sigmoid = np.where(input >= 0, 1, decay) / (1 + decay)
        return g * share * factor * (both * sigmoid - class_1)

    def grad_target(g):
        minus_log_odds = -input if pos_weight is None else (log_sigmoid - input) - pos_weight * log_sigmoid
        return g * share * factor * minus_log_odds

    return value, {
        "input": grad_input,
        "target": grad_target,
        "weight": no_gradient(function, "weight"),
        "pos_weight": no_gradient(function, "pos_weight"),
    }


# ------------------------------------------------------------------------------------------------ distributions


def _kl_node(value, input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    if reduction == "batchmean" and not input.ndim:
        reduction = "sum"
    return last_step(reduction, size_average, reduce, "MulBackward0" if log_target else "SubBackward0")


@op(name=_kl_node)
def kl_div(input, target, size_average=None, reduce=None, reduction="mean", log_target=False):
    """Kullback-Leibler divergence of the distribution exp(input) from target.

        target * (log(target) - input),   0 where target is 0;      with log_target: exp(target) * (target - input)

    input: logarithms of probabilities (*); target: probabilities, or with log_target their logarithms (*).
    reduction: "batchmean" (sum / input.shape[0]) is the divergence; "mean", with a warning, divides by all sizes.
    Raises RuntimeError for integers. At target = 0 the gradient with respect to target is nan, as torch's.

    >>> F.kl_div(torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[1., 0.]]), reduction="batchmean")  # log 2
    tensor(0.6931)

    Paper: Kullback & Leibler (1951), equation 2.4, https://doi.org/10.1214/aoms/1177729694
    Twin:  torch.nn.functional.kl_div
    """
    if size_average is None and reduce is None and reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size. 'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.",
            stacklevel=3,
        )
    reduction = chosen_reduction(reduction, size_average, reduce, also=("batchmean",))
    for name, array in (("input", input), ("target", target)):
        if array.dtype.kind != "f":
            raise RuntimeError(f"kl_div: Integral inputs not supported, got {name} of {as_dtype(array.dtype)}")
    batch = input.shape[0] if input.ndim else 1
    input, target = promote(input, target)
    density = np.exp(target) if log_target else target  # (*)
    log_density = target if log_target else np.log(target)  # (*)
    if log_target:
        terms = density * (log_density - input)  # (*)
    else:
        terms = np.where(density == 0, 0, density * log_density) - density * input  # (*)
    if reduction == "batchmean":
        value, share = reduced(terms, "mean", terms.dtype.type(batch))
    else:
        value, share = reduced(terms, reduction)

    def grad_target(g):
        if log_target:
            return g * share * (terms + density)
        return g * share * np.where(density == 0, np.nan, log_density + 1 - input)

    return value, {"input": lambda g: -g * share * density, "target": grad_target}

"""Cross-entropy of the softmax: how surprised the model is, in nats, by each sample's class.

Let p = softmax(x) over the C classes, and let q_c be how much class c counts for a sample: weight[target] at the target
and 0 elsewhere, or weight * (the class probabilities given as target). Then

    loss = -sum_c q_c log p_c = Q log(sum_c exp(x_c)) - sum_c q_c x_c,      Q = sum_c q_c
    dloss/dx_c = Q p_c - q_c

The exponentials of the forward pass are those of p, so the gradient needs no second softmax.

Paper: Bridle (1990), Probabilistic interpretation of feedforward classification network outputs;
       label smoothing: Szegedy et al. (2016), section 7, https://arxiv.org/abs/1512.00567
Twin:  torch.nn.functional.cross_entropy
"""

import numpy as np

from ..autograd import op
from ..dtypes import as_dtype, promote
from ..threads import share
from .checks import need_float
from .losses import chosen_reduction, last_step, no_gradient, reduced
from .nll_loss import along, check_weight, class_axis, class_shares, for_classes, node_name

__all__ = ["cross_entropy"]


def _node(value, input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
          label_smoothing=0.0):  # fmt: skip
    """torch computes it step by step unless the target is class indices, and nothing is smoothed."""
    if target.shape == input.shape:
        return last_step(reduction, size_average, reduce, "NegBackward0", "DivBackward1", "NegBackward0")
    return "AddBackward0" if label_smoothing else node_name(value, input)


@op(name=_node)
def cross_entropy(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
                  label_smoothing=0.0):  # fmt: skip
    """-weight[target] * log_softmax(input)[target], or the mean of such over class probabilities.

    input: scores (N, C) or (N, C, d1, ..) or (C,); weight (C,)
    target: class indices (N,) or (N, d1, ..) or (), int64 or uint8; or class probabilities, shaped like input
    -> scalar; with reduction="none" (N,) or (N, d1, ..) or ()

    reduction="mean" divides by the sum of the targets' weights, or for class probabilities by their number N d1 ..
    A target equal to ignore_index counts nothing. label_smoothing s: a target becomes (1 - s) target + s / C.

    Raises IndexError for a target outside the classes, ValueError if the batch sizes differ, RuntimeError if shapes,
    dtypes or label_smoothing do not fit.

    >>> F.cross_entropy(torch.zeros(1, 10), torch.tensor([3]))  # ten equal scores: ln 10
    tensor(2.3026)
    >>> scores, target = torch.tensor([[3.0, 0.0]]), torch.tensor([0])
    >>> F.cross_entropy(scores, target), F.cross_entropy(scores, target, label_smoothing=0.1)  # 3 * 0.1 / 2 more
    (tensor(0.0486), tensor(0.1986))
    """
    reduction = chosen_reduction(reduction, size_average, reduce)
    need_float("cross_entropy", input=input)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = class_axis("cross_entropy", input)
    classes = input.shape[axis]
    probabilities = target.shape == input.shape

    # q: how much each class counts (N, C, d1, ..); None where that is `weights` at one index and 0 elsewhere.
    if probabilities:
        input, target, weight = _promoted(input, target, weight, axis, ignore_index)
        smooth = (1 - label_smoothing) * target + label_smoothing / max(classes, 1) if label_smoothing else target
        q = smooth if weight is None else smooth * weight
        index, kept, weights = None, True, None
        count = input.dtype.type(input.size // max(classes, 1))
    else:
        index, kept, weights = class_shares("cross_entropy", input, target, weight, ignore_index)  # (N, 1, d1, ..)
        q, count = None, weights.sum() or np.nan  # 0 / 0 is nan, and so is torch's 0 / 0 + smoothing / 0
        if label_smoothing:
            every = input.dtype.type(1) if weight is None else along(weight, axis, input.ndim)
            q = np.where(kept, label_smoothing / classes * every, np.zeros_like(input))
            np.put_along_axis(q, index, np.take_along_axis(q, index, axis) + (1 - label_smoothing) * weights, axis)

    largest, exps, total = _exponentials(input, axis)  # (N, 1, d1, ..), (N, C, d1, ..), (N, 1, d1, ..)
    if q is None:
        mass, score = weights, weights * (np.take_along_axis(input, index, axis) - largest)  # (N, 1, d1, ..)
    else:
        x = input - largest  # (N, C, d1, ..)
        mass, score = q.sum(axis, keepdims=True), (q * x).sum(axis, keepdims=True)  # (N, 1, d1, ..)
    terms = np.where(kept, mass * np.log(total) - score, mass).squeeze(axis)  # (N, d1, ..); of what is ignored: 0
    value, factor = reduced(terms, reduction, count)

    def grad_input(g):
        g = np.where(kept, for_classes(g * factor, axis), 0)  # (N, 1, d1, ..)
        factors = g * mass / total  # (N, 1, d1, ..)
        grad = np.empty_like(exps)  # (N, C, d1, ..)
        by_sample(lambda part: np.multiply(exps[part], factors[part], out=grad[part]), grad, axis)
        if q is None:
            np.put_along_axis(grad, index, np.take_along_axis(grad, index, axis) - g * weights, axis)
        else:
            grad -= g * q
        return grad

    if not probabilities:
        return value, {"input": grad_input, "weight": no_gradient("cross_entropy", "weight")}

    def grad_target(g):
        surprise = np.log(total) - x  # (N, C, d1, ..) = -log p
        surprise *= for_classes(g * (factor * (1 - label_smoothing)), axis)
        return surprise if weight is None else surprise * weight

    def grad_weight(g):
        products = for_classes(g * factor, axis) * smooth * (np.log(total) - x)  # (N, C, d1, ..)
        return np.moveaxis(products, axis, -1).reshape(-1, classes).sum(0)  # (C,)

    return value, {"input": grad_input, "target": grad_target, "weight": grad_weight}


def by_sample(function, scores, axis):
    """Call function(part) for slices of the samples of scores (N, C, d1, ..) or (C,), a thread for each."""
    if axis == 0:
        function(slice(None))
    else:
        share(function, len(scores), scores.size)


def _exponentials(scores, axis):
    """m, e^(x - m) and their sum along the axis, where m is the largest x, so that nothing overflows."""
    largest = np.empty_like(scores, shape=[1 if i == axis else n for i, n in enumerate(scores.shape)])
    exps, total = np.empty_like(scores), np.empty_like(largest)

    def compute(part):
        np.max(scores[part], axis, keepdims=True, initial=-np.inf, out=largest[part])
        np.subtract(scores[part], largest[part], out=exps[part])
        np.exp(exps[part], out=exps[part])
        np.sum(exps[part], axis, keepdims=True, out=total[part])

    by_sample(compute, scores, axis)
    return largest, exps, total


def _promoted(input, target, weight, axis, ignore_index):
    """Input, class probabilities and weight (1, C, 1, ..) as arrays of one type; RuntimeError if they do not fit."""
    if target.dtype.kind != "f":
        raise RuntimeError(
            "Expected floating point type for target with class probabilities, got "
            f"{as_dtype(target.dtype)}. cross_entropy(): a target shaped like input {list(input.shape)} holds class "
            f"probabilities; class indices have shape {list(input.shape[:axis] + input.shape[axis + 1 :])}"
        )
    if ignore_index >= 0:
        raise RuntimeError(
            f"ignore_index is not supported for floating point target; cross_entropy() got ignore_index={ignore_index} "
            f"and a target of {as_dtype(target.dtype)}"
        )
    if weight is None:
        return *promote(input, target), None
    check_weight("cross_entropy", weight, input.shape[axis])
    return promote(input, target, along(weight, axis, input.ndim))

"""Wrong versions of the losses."""

import minitorch_edu as mt
import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong

# --------------------------------------------------------------------------------------------------- over classes


@wrong("cross_entropy", source="https://github.com/pytorch/pytorch/issues/25571")
def weighted_mean_over_samples(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The weighted losses are divided by the number of samples: "mean" divides by the sum of their weights."""
    options = {"ignore_index": ignore_index, "label_smoothing": label_smoothing}
    losses = F.cross_entropy(input, target, weight, reduction="none", **options)
    if reduction != "mean":
        return losses if reduction == "none" else losses.sum()
    soft = target.shape == input.shape
    return losses.sum() / (losses.numel() if soft else (target != ignore_index).sum())


@wrong("cross_entropy", source="https://github.com/qubvel-org/segmentation_models.pytorch/issues/852")
def ignored_samples_counted(input, target, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """Ignored samples are counted in the mean: it divides by the number of samples that are kept."""
    options = {"ignore_index": ignore_index, "label_smoothing": label_smoothing}
    losses = F.cross_entropy(input, target, reduction="none", **options)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("cross_entropy", source="https://github.com/bowang-lab/Transformer-GCN-QA/pull/32")
def softmax_twice(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The scores go through softmax twice: cross_entropy takes raw scores and applies log_softmax itself."""
    probabilities = F.softmax(input, min(1, input.ndim - 1))
    return F.cross_entropy(
        probabilities, target, weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing
    )


@wrong("cross_entropy", source="https://github.com/jxgu1016/MNIST_center_loss_pytorch/issues/9")
@op
def gradient_of_the_sum(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The gradient is that of the sum: under "mean" it is divided by the number (or weight) of samples as well."""
    options = {"weight": weight, "ignore_index": ignore_index, "label_smoothing": label_smoothing}
    value, _ = F.cross_entropy.__wrapped__(input, target, reduction=reduction, **options)
    _, gradients = F.cross_entropy.__wrapped__(
        input, target, reduction="none" if reduction == "none" else "sum", **options
    )
    return value, gradients


@wrong("cross_entropy", source="https://github.com/hfslyc/AdvSemiSeg/issues/73")
def softmax_over_the_last_axis(input, target, ignore_index=-100, reduction="mean"):
    """The softmax is taken over the last axis: the classes are on axis 1, also of (N, C, d1, ..)."""
    log_p = F.log_softmax(input, -1)
    if target.shape != input.shape:
        return F.nll_loss(log_p, target, ignore_index=ignore_index, reduction=reduction)
    losses = -(target * log_p).sum(min(1, input.ndim - 1))
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("cross_entropy", source="https://github.com/tenstorrent/tt-forge-onnx/issues/3405")
def log_of_the_softmax(input, target, ignore_index=-100, reduction="mean"):
    """The softmax is made before its logarithm, and rounds to 0: log_softmax never writes the probability down."""
    log_p = mt.log(F.softmax(input, min(1, input.ndim - 1)))
    if target.shape != input.shape:
        return F.nll_loss(log_p, target, ignore_index=ignore_index, reduction=reduction)
    losses = -(target * log_p).sum(min(1, input.ndim - 1))
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("cross_entropy", source="https://github.com/pytorch/pytorch/issues/7455")
def smoothing_over_the_others(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The smoothed mass s goes to the C - 1 other classes: every class gets s / C, the target's too."""
    axis = min(1, input.ndim - 1)
    log_p = F.log_softmax(input, axis)
    weighted = log_p if weight is None else log_p * weight.reshape(-1, *(1,) * (input.ndim - 2))
    share = label_smoothing / max(input.shape[axis] - 1, 1)
    if target.shape == input.shape:
        hit, spread = -(target * weighted).sum(axis), -weighted.sum(axis)
        count = hit.numel()
    else:
        options = {"weight": weight, "ignore_index": ignore_index, "reduction": "none"}
        hit, count = F.nll_loss(log_p, target, **options), -F.nll_loss(mt.ones_like(log_p), target, **options).sum()
        spread = mt.where(target != ignore_index, -weighted.sum(axis), 0.0)
    losses = (1 - label_smoothing - share) * hit + share * spread
    return losses.sum() / count if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("cross_entropy", source="https://github.com/ildoonet/pytorch-randaugment/issues/30")
def smoothing_keeps_the_target(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The target keeps 1 - s / C of its mass before every class gets s / C: it keeps 1 - s, and the sum is 1."""
    axis = min(1, input.ndim - 1)
    log_p = F.log_softmax(input, axis)
    weighted = log_p if weight is None else log_p * weight.reshape(-1, *(1,) * (input.ndim - 2))
    share = label_smoothing / input.shape[axis]
    if target.shape == input.shape:
        hit, spread = -(target * weighted).sum(axis), -weighted.sum(axis)
        count = hit.numel()
    else:
        options = {"weight": weight, "ignore_index": ignore_index, "reduction": "none"}
        hit, count = F.nll_loss(log_p, target, **options), -F.nll_loss(mt.ones_like(log_p), target, **options).sum()
        spread = mt.where(target != ignore_index, -weighted.sum(axis), 0.0)
    losses = (1 - share) * hit + share * spread
    return losses.sum() / count if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("cross_entropy", source="https://github.com/linkedin/Liger-Kernel/pull/420")
def smoothing_without_weights(input, target, weight=None, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    """The smoothed mass is not weighted: class c counts weight[c] (s / C), beside the target's weight (1 - s)."""
    axis = min(1, input.ndim - 1)
    log_p = F.log_softmax(input, axis)
    if target.shape == input.shape:
        hit = F.cross_entropy(input, target, weight, reduction="none")
        spread, count = -log_p.mean(axis), hit.numel()
    else:
        options = {"weight": weight, "ignore_index": ignore_index, "reduction": "none"}
        hit, count = F.nll_loss(log_p, target, **options), -F.nll_loss(mt.ones_like(log_p), target, **options).sum()
        spread = mt.where(target != ignore_index, -log_p.mean(axis), 0.0)
    losses = (1 - label_smoothing) * hit + label_smoothing * spread
    return losses.sum() / count if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("nll_loss", source="https://github.com/apache/mxnet/pull/8961")
def without_the_minus(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """The minus is missing: the loss is the negative of the log-probability."""
    return -F.nll_loss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


@wrong("nll_loss", source="https://github.com/pytorch/pytorch/issues/10033")
def takes_the_logarithm(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """The logarithm of the input is taken: the input of nll_loss holds log-probabilities already."""
    return F.nll_loss(mt.log(input), target, weight, ignore_index=ignore_index, reduction=reduction)


@wrong("nll_loss", source="https://github.com/torch/nn/pull/353")
def mean_over_samples(input, target, weight=None, ignore_index=-100, reduction="mean"):
    """The weighted losses are divided by the number of samples: "mean" divides by the sum of their weights."""
    losses = F.nll_loss(input, target, weight, ignore_index=ignore_index, reduction="none")
    if reduction != "mean":
        return losses if reduction == "none" else losses.sum()
    return losses.sum() / (target != ignore_index).sum()


@wrong("nll_loss", source="https://github.com/IBM/pytorch-seq2seq/issues/125")
def padding_counted(input, target, ignore_index=-100, reduction="mean"):
    """Ignored samples are counted in the mean: it divides by the number of samples that are kept."""
    losses = F.nll_loss(input, target, ignore_index=ignore_index, reduction="none")
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


# ----------------------------------------------------------------------------------------- element by element


@wrong("mse_loss", source="https://github.com/BVLC/caffe/issues/2176")
def half_the_square(input, target, reduction="mean"):
    """There is a factor 1/2: the loss is the square of the difference, its gradient twice the difference."""
    return F.mse_loss(input, target, reduction=reduction) / 2


@wrong("mse_loss", source="https://github.com/davisking/dlib/issues/1169")
@op
def gradient_without_the_2(input, target, reduction="mean"):
    """The gradient lacks its factor 2: the slope of d^2 is 2 d."""
    value, gradients = F.mse_loss.__wrapped__(input, target, reduction=reduction)
    return value, {name: lambda g, gradient=gradient: gradient(g) / 2 for name, gradient in gradients.items()}


@wrong("mse_loss", source="https://github.com/karpathy/nn-zero-to-hero/pull/20")
def sum_of_squares(input, target, reduction="mean"):
    """The squares are added up: "mean" divides by their number."""
    return F.mse_loss(input, target, reduction="none" if reduction == "none" else "sum")


@wrong("mse_loss", source="https://github.com/pytorch/pytorch/issues/3924")
def mean_over_the_batch(input, target, reduction="mean"):
    """The sum is divided by the size of the batch only: "mean" divides by the number of all elements."""
    losses = F.mse_loss(input, target, reduction="none")
    if reduction == "mean":
        return losses.sum() / (losses.shape[0] if losses.ndim else 1)
    return losses.sum() if reduction == "sum" else losses


@wrong("smooth_l1_loss", source="https://github.com/ml-explore/mlx/pull/1986")
def parabola_without_beta(input, target, reduction="mean", beta=1.0):
    """The parabola is not divided by beta, and so jumps to the line at |d| = beta: it is d^2 / (2 beta)."""
    d = input - target
    losses = mt.where(mt.abs(d) < beta, 0.5 * d * d, mt.abs(d) - 0.5 * beta)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("smooth_l1_loss", source="https://github.com/keras-team/keras-cv/issues/920")
def beta_only_chooses(input, target, reduction="mean", beta=1.0):
    """beta only tells the parabola from the line: it also stands in d^2 / (2 beta) and in |d| - beta / 2."""
    d = input - target
    losses = mt.where(mt.abs(d) < beta, 0.5 * d * d, mt.abs(d) - 0.5)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("smooth_l1_loss", source="https://github.com/pytorch/pytorch/issues/48595")
def huber_of_beta(input, target, reduction="mean", beta=1.0):
    """This is the Huber loss, beta times too large: smooth_l1_loss has the slope 1 far away, whatever beta is."""
    if beta == 0:
        return F.l1_loss(input, target, reduction=reduction) * 0
    return F.huber_loss(input, target, reduction=reduction, delta=beta)


@wrong("huber_loss", source="https://github.com/ourownstory/neural_prophet/pull/1458")
def smooth_l1_of_delta(input, target, reduction="mean", delta=1.0):
    """This is smooth_l1_loss, delta times too small: the Huber loss is d^2 / 2 near 0, whatever delta is."""
    return F.smooth_l1_loss(input, target, reduction=reduction, beta=delta)


@wrong("huber_loss", source="https://github.com/tensorforce/tensorforce/issues/139")
def line_without_delta(input, target, reduction="mean", delta=1.0):
    """The line is |d| - 1/2, without delta: it is delta (|d| - delta / 2), and meets the parabola at |d| = delta."""
    d = input - target
    losses = mt.where(mt.abs(d) < delta, 0.5 * d * d, mt.abs(d) - 0.5)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("huber_loss", source="https://github.com/marlbenchmark/on-policy/issues/47")
def no_loss_far_below(input, target, reduction="mean", delta=1.0):
    """The line is only chosen for d > delta: where d is far below 0 the loss is 0; compare |d| with delta."""
    d = input - target
    losses = mt.where(mt.abs(d) < delta, 0.5 * d * d, mt.where(d >= delta, delta * (d - 0.5 * delta), 0.0 * d))
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


# --------------------------------------------------------------------------------------- two classes, 0 and 1


@wrong("binary_cross_entropy", source="https://github.com/ml-explore/mlx/pull/1280")
def unbounded_logarithms(input, target, weight=None, reduction="mean"):
    """The logarithm of 0 is infinite: each logarithm is taken as at least -100."""
    losses = -(target * mt.log(input) + (1 - target) * mt.log(1 - input))
    losses = losses if weight is None else weight * losses
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("binary_cross_entropy", source="https://github.com/yhenon/pytorch-retinanet/blob/master/retinanet/losses.py")
def clamped_probabilities(input, target, weight=None, reduction="mean"):
    """The probabilities are kept 0.0001 away from 0 and 1: it is their logarithms that are bounded, by -100."""
    p = mt.clamp(input, 1e-4, 1 - 1e-4)
    losses = -(target * mt.log(p) + (1 - target) * mt.log(1 - p))
    losses = losses if weight is None else weight * losses
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("binary_cross_entropy", source="https://github.com/pytorch/pytorch/issues/4867")
def logarithms_of_a_little_more(input, target, weight=None, reduction="mean"):
    """1e-12 is added to the probabilities: it is their logarithms that are bounded, by -100."""
    losses = -(target * mt.log(input + 1e-12) + (1 - target) * mt.log(1 - input + 1e-12))
    losses = losses if weight is None else weight * losses
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("binary_cross_entropy_with_logits", source="https://github.com/borgwang/tinynn/pull/7")
def exponential_overflows(input, target, weight=None, reduction="mean", pos_weight=None):
    """exp(-x) overflows where x is far below 0: log(1 + exp(-x)) is max(-x, 0) + log(1 + exp(-|x|))."""
    softplus = mt.log(1 + mt.exp(-input))
    both = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    losses = (1 - target) * input + both * softplus
    losses = losses if weight is None else weight * losses
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


@wrong("binary_cross_entropy_with_logits", source="https://github.com/pytorch/pytorch/issues/751")
def sigmoid_first(input, target, weight=None, reduction="mean"):
    """The sigmoid is rounded to 0 or 1 before its logarithm is taken: both belong into one step."""
    return F.binary_cross_entropy(mt.sigmoid(input), target, weight, reduction=reduction)


@wrong("binary_cross_entropy_with_logits", source="https://github.com/unifyai/ivy/pull/17033")
def pos_weight_on_both_terms(input, target, weight=None, reduction="mean", pos_weight=None):
    """The whole loss is weighted as its positive part: pos_weight belongs to target * log sigmoid(x) only."""
    losses = F.binary_cross_entropy_with_logits(input, target, weight, reduction="none")
    losses = losses if pos_weight is None else losses * (1 + (pos_weight - 1) * target)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses


# ------------------------------------------------------------------------------------------------ distributions


@wrong("kl_div", source="https://github.com/pytorch/pytorch/issues/2259")
def mean_is_batchmean(input, target, reduction="mean", log_target=False):
    """The "mean" divides by the size of the batch: that is "batchmean"; it divides by the number of all elements."""
    reduction = "batchmean" if reduction == "mean" else reduction
    return F.kl_div(input, target, reduction=reduction, log_target=log_target)


@wrong("kl_div", source="https://github.com/HikariTJU/LD/issues/74")
def batchmean_is_mean(input, target, reduction="mean", log_target=False):
    """The "batchmean" divides by the number of all elements: it is the sum, divided by the size of the batch."""
    losses = F.kl_div(input, target, reduction="none", log_target=log_target)
    return losses.mean() if "mean" in reduction else losses.sum() if reduction == "sum" else losses


@wrong("kl_div", source="https://github.com/pytorch/pytorch/issues/43348")
def logarithm_of_the_input(input, target, reduction="mean", log_target=False):
    """The logarithm of the input is taken: the input of kl_div holds log-probabilities already."""
    return F.kl_div(mt.log(input), target, reduction=reduction, log_target=log_target)


@wrong("kl_div", source="https://github.com/pytorch/pytorch/issues/57459")
def the_other_way_round(input, target, reduction="mean", log_target=False):
    """This is the divergence of the target from the input, exp(input) (input - log target): they are swapped."""
    log_target = target if log_target else mt.log(target)
    losses = mt.exp(input) * (input - log_target)
    if reduction == "batchmean":
        return losses.sum() / (losses.shape[0] if losses.ndim else 1)
    return losses.mean() if reduction == "mean" else losses.sum() if reduction == "sum" else losses

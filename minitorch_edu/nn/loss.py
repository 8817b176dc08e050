"""Losses as layers: constructed with their options, then called: loss = nn.MSELoss(); loss(output, target).

size_average and reduce are torch's older names of reduction: (False, None) is "sum", (None, False) is "none".

Twin:  https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from ..autograd import Tensor
from ..ops.losses import chosen_reduction
from . import functional as F
from .module import Module

__all__ = ["BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "HuberLoss", "KLDivLoss", "L1Loss", "MSELoss",
           "NLLLoss", "SmoothL1Loss"]  # fmt: skip


class _Loss(Module):
    def __init__(self, size_average=None, reduce=None, reduction="mean"):
        super().__init__()
        if any(isinstance(option, Tensor) for option in (size_average, reduce, reduction)):
            name = type(self).__name__
            raise TypeError(
                f"{name}() takes options, not the output and the target: construct the loss first, then call it: "
                f"loss = nn.{name}(); loss(output, target)"
            )
        if size_average is not None or reduce is not None:
            reduction = chosen_reduction(reduction, size_average, reduce)
        self.reduction = reduction


class _WeightedLoss(_Loss):
    def __init__(self, weight=None, size_average=None, reduce=None, reduction="mean"):
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(_Loss):
    """The mean (or sum, or each) of (input - target)**2.

    >>> output, target = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])
    >>> nn.MSELoss()(output, target), nn.MSELoss(reduction="sum")(output, target)
    (tensor(2.), tensor(4.))
    """

    def forward(self, input, target):
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """The mean (or sum, or each) of |input - target|.

    >>> nn.L1Loss()(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0]))
    tensor(1.)
    """

    def forward(self, input, target):
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """The mean (or sum, or each) of |input - target| with a parabola where it is below beta.

    >>> nn.SmoothL1Loss(reduction="none")(torch.tensor([0.5, 3.0]), torch.zeros(2))
    tensor([0.1250, 2.5000])
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean", beta=1.0):
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input, target):
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """delta times the SmoothL1Loss with beta = delta.

    >>> nn.HuberLoss(reduction="none", delta=2.0)(torch.tensor([1.0, 4.0]), torch.zeros(2))
    tensor([0.5000, 6.0000])
    """

    def __init__(self, reduction="mean", delta=1.0):
        if isinstance(delta, Tensor):
            reduction = delta
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input, target):
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class KLDivLoss(_Loss):
    """The mean (or sum, "batchmean" or each) of target * (log(target) - input); input holds log-probabilities.

    >>> output, target = torch.tensor([[0.5, 0.5]]).log(), torch.tensor([[0.25, 0.75]])
    >>> nn.KLDivLoss(reduction="batchmean")(output, target)
    tensor(0.1308)
    """

    def __init__(self, size_average=None, reduce=None, reduction="mean", log_target=False):
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input, target):
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class BCELoss(_WeightedLoss):
    """Binary cross-entropy of probabilities: -weight * (target * log(input) + (1 - target) * log(1 - input)).

    >>> nn.BCELoss(reduction="none")(torch.tensor([0.25, 0.5]), torch.tensor([1.0, 0.0]))
    tensor([1.3863, 0.6931])
    """

    def forward(self, input, target):
        return F.binary_cross_entropy(input, target, weight=self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_WeightedLoss):
    """Binary cross-entropy of sigmoid(input); pos_weight multiplies the part of the positive targets.

    >>> output, target = torch.zeros(2), torch.tensor([1.0, 0.0])
    >>> nn.BCEWithLogitsLoss(pos_weight=torch.tensor(3.0), reduction="none")(output, target)
    tensor([2.0794, 0.6931])
    """

    def __init__(self, weight=None, size_average=None, reduce=None, reduction="mean", pos_weight=None):
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input, target):
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class NLLLoss(_WeightedLoss):
    """-weight[target] * input[target] of log-probabilities; "mean" divides by the sum of the weights.

    >>> output, target = torch.tensor([[0.25, 0.75], [0.5, 0.5]]).log(), torch.tensor([1, 0])
    >>> nn.NLLLoss(reduction="none")(output, target)
    tensor([0.2877, 0.6931])
    >>> nn.NLLLoss(weight=torch.tensor([1.0, 3.0]))(output, target)
    tensor(0.3890)
    """

    def __init__(self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input, target):
        return F.nll_loss(input, target, weight=self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class CrossEntropyLoss(_WeightedLoss):
    """NLLLoss of log_softmax(input): input (N, C, *) holds scores, target class indices (N, *) or probabilities.

    >>> scores, target = torch.tensor([[1.0, 3.0]]).log(), torch.tensor([1])
    >>> nn.CrossEntropyLoss()(scores, target)
    tensor(0.2877)
    >>> nn.CrossEntropyLoss(label_smoothing=0.5)(scores, target)
    tensor(0.5623)
    """

    def __init__(self, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean",
                 label_smoothing=0.0):  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input, target):
        return F.cross_entropy(
            input,
            target,
            weight=self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )

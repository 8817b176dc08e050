"""Wrong versions of the layers."""

import minitorch_edu.nn.functional as F
from minitorch_edu import nn

from . import wrong


@wrong("Dropout", source="https://github.com/delip/PyTorchNLPBook/issues/28")
class StaysInTraining(nn.Module):
    """Numbers are dropped in evaluation too: hand self.training on to F.dropout."""

    def __init__(self, p=0.5):
        super().__init__()
        self.p = p

    def forward(self, input):
        return F.dropout(input, self.p, True)


@wrong("BatchNorm2d", source="https://github.com/r9y9/tacotron_pytorch/issues/19")
class MomentumInverted(nn.BatchNorm2d):
    """momentum is how much of the running mean and variance stays: it is how much of the batch's comes in."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1, **options):
        super().__init__(num_features, eps, None if momentum is None else 1 - momentum, **options)


@wrong("BatchNorm2d", source="https://github.com/paiml/aprender/pull/2166")
class RunningNumbersStay(nn.BatchNorm2d):
    """The running mean and variance are never updated: each training batch moves them by `momentum`."""

    def __init__(self, num_features, eps=1e-5, momentum=0.1, **options):
        super().__init__(num_features, eps, 0.0, **options)


@wrong("BatchNorm2d", source="https://github.com/ml-explore/mlx/pull/3817")
class RunningVarianceBiased(nn.BatchNorm2d):
    """The running variance divides by n, as the batch's own does: what comes in is the variance that has n - 1."""

    def forward(self, input):
        before = None if self.running_var is None else self.running_var.clone()
        y = super().forward(input)
        if self.training and before is not None:
            share = 1 / self.num_batches_tracked.item() if self.momentum is None else self.momentum
            kept, n = (1 - share) * before, input.numel() / input.shape[1]
            self.running_var.copy_(kept + (self.running_var - kept) * ((n - 1) / n))
        return y


@wrong("Flatten", source="https://github.com/Oneflow-Inc/oneflow/pull/4759")
class FlattensTheBatch(nn.Module):
    """The batch is flattened too: start_dim is 1 unless told otherwise."""

    def __init__(self, start_dim=0, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

"""Learning rates that change during training: make a scheduler of the optimizer, call its step() after the optimizer's.

Twin:  torch.optim.lr_scheduler
"""

from .combine import ChainedScheduler, SequentialLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .rules import ConstantLR, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, StepLR
from .scheduler import LRScheduler

__all__ = ["ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR",
           "LinearLR", "MultiStepLR", "OneCycleLR", "ReduceLROnPlateau", "SequentialLR", "StepLR"]  # fmt: skip


def __getattr__(name):
    raise AttributeError(f"minitorch_edu.optim.lr_scheduler has no {name!r}; it has {', '.join(__all__)}")

"""Learning rates that change during training: make a scheduler of the optimizer, call its step() after the optimizer's.

Twin:  torch.optim.lr_scheduler
"""

from ...names import only
from .combine import ChainedScheduler, SequentialLR
from .one_cycle import OneCycleLR
from .plateau import ReduceLROnPlateau
from .rules import ConstantLR, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, MultiStepLR, StepLR
from .scheduler import LRScheduler

__all__ = ["ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LRScheduler", "LambdaLR",
           "LinearLR", "MultiStepLR", "OneCycleLR", "ReduceLROnPlateau", "SequentialLR", "StepLR"]  # fmt: skip

__getattr__, __dir__ = only(__name__, __all__)

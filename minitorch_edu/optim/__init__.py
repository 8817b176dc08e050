"""Optimizers, one readable class per file, and schedules of their learning rates.

Twin:  torch.optim
"""

from ..names import only
from . import lr_scheduler
from .adagrad import Adagrad
from .adam import Adam
from .adamw import AdamW
from .optimizer import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]

__getattr__, __dir__ = only(__name__, __all__)

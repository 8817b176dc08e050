"""Layers, losses and what holds them, in torch's spelling.

Twin:  https://docs.pytorch.org/docs/stable/nn.html
"""
# ruff: noqa: F401, F403

from . import functional, init, parameter, utils
from .activation import *
from .containers import *
from .conv import *
from .dropout import *
from .fold import *
from .linear import *
from .loss import *
from .module import Module
from .normalization import *
from .padding import *
from .parameter import Parameter
from .pooling import *


def __getattr__(name):
    raise AttributeError(
        f"module 'minitorch_edu.nn' has no attribute {name!r}; if torch.nn has it, it is not among those written here"
    )

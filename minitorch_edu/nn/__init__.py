"""Layers, losses and what holds them, in torch's spelling.

    Linear, Conv2d, MaxPool2d, ReLU, ...    layers
    CrossEntropyLoss, MSELoss, ...          losses
    Sequential, ModuleList, ...             what holds layers
    Module, Parameter                       what your own layers and networks are made of
    functional, init, utils                 operators; initial weights; clipping of gradients

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

__all__ = sorted(name for name in globals() if name[0].isupper())
__all__ += ["functional", "init", "parameter", "utils"]


def __dir__():  # without the files of the layers
    return __all__


def __getattr__(name):
    raise AttributeError(
        f"module 'minitorch_edu.nn' has no attribute {name!r}; if torch.nn has it, it is not among those written here"
    )

"""Layers, losses and what holds them, in torch's spelling.

    Linear, Conv2d, MaxPool2d, ReLU, ...    layers
    CrossEntropyLoss, MSELoss, ...          losses
    Sequential, ModuleList, ...             what holds layers
    Module, Parameter                       what your own layers and networks are made of
    functional, init, utils                 operators; initial weights; clipping of gradients

Twin:  https://docs.pytorch.org/docs/stable/nn.html
"""
# ruff: noqa: F401, F403

from ..names import only
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

__getattr__, __dir__ = only(__name__, __all__)

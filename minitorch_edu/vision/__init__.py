"""Pictures: data sets of them, what is done to them before a network sees them, and many of them in one.

Twin:   torchvision
"""

from ..names import only
from . import datasets, transforms, utils

__all__ = ["datasets", "transforms", "utils"]

__getattr__, __dir__ = only(__name__, __all__)

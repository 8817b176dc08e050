"""Pictures: data sets of them, and what is done to them before a network sees them.

Twin:   torchvision
"""

from ..names import only
from . import datasets, transforms

__all__ = ["datasets", "transforms"]

__getattr__, __dir__ = only(__name__, __all__)

"""Pictures: data sets of them, and what is done to them before a network sees them.

Twin:   torchvision
"""

from . import datasets, transforms

__all__ = ["datasets", "transforms"]

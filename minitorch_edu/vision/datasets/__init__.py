"""Sets of labelled pictures: CIFAR10 from disk or from the network, Shapes10 drawn here."""

from ...names import only
from .cifar import CIFAR10
from .dataset import VisionDataset
from .shapes import Shapes10

__all__ = ["CIFAR10", "Shapes10", "VisionDataset"]

__getattr__, __dir__ = only(__name__, __all__)

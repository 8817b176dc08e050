"""Networks, each in its own file."""

from .caffe_quick import caffe_quick
from .cifar_quick import cifar_quick
from .cifar_strong import cifar_strong

__all__ = ["caffe_quick", "cifar_quick", "cifar_strong"]

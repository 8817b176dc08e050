"""Networks, each in its own file."""

from .cifar_quick import cifar_quick

__all__ = ["cifar_quick"]

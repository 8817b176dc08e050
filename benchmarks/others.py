"""What is timed beside the catalogue's calls: initial weights, an epoch of pictures, a backward of almost nothing.

Each is built for a library, `minitorch_edu` or `torch`. What they compute must be the same in both, bit for bit.
"""

import importlib
import itertools
import os

import numpy as np

from reference.data import cifar10
from reference.picture import LIBRARIES

__all__ = ["OTHERS"]


class Other:
    """A named entry; its docstring is what the table says."""

    def __init__(self, library):
        self.torch = importlib.import_module(library)

    @classmethod
    def label(cls):
        return cls.__doc__.splitlines()[0]

    @staticmethod
    def missing():
        """What it lacks to be run, or ""."""
        return ""


class InitialWeights(Other):
    """manual_seed, and the tutorial's network constructed with its initial weights"""

    def step(self):
        from minitorch_edu.models import cifar_quick

        self.torch.manual_seed(0)
        return cifar_quick(self.torch.nn)

    def values(self):
        return {name: tensor.numpy() for name, tensor in self.step().state_dict().items()}


class Epoch(Other):
    """the training pictures of CIFAR-10 in data/ through ToTensor and DataLoader, batches of 64, num_workers=0"""

    root = "data"

    def __init__(self, library):
        super().__init__(library)
        transforms = importlib.import_module(LIBRARIES[library][1])
        self.pictures = cifar10(self.torch, self.root, transform=transforms.ToTensor())
        self.loader = self.torch.utils.data.DataLoader(self.pictures, 64, num_workers=0)

    @classmethod
    def label(cls):
        return f"{len(cls('minitorch_edu').pictures):,} of {super().label()}"

    @classmethod
    def missing(cls):
        folder = os.path.join(cls.root, "cifar-10-batches-py")
        return "" if os.path.isdir(folder) else f"there is no {folder}"

    def step(self):
        for batch in self.loader:
            last = batch
        return last

    def values(self):
        """The first five batches and the last one."""
        batches = [*itertools.islice(self.loader, 5), self.step()]
        pictures, labels = zip(*batches)
        return {"pictures": np.concatenate([batch.numpy() for batch in pictures]),
                "labels": np.concatenate([batch.numpy() for batch in labels])}  # fmt: skip


class Tiny(Other):
    """(a * b).sum().backward() of tensors (2, 2): what a call costs before it computes anything"""

    def __init__(self, library):
        super().__init__(library)
        a, b = np.random.default_rng(0).standard_normal((2, 2, 2), np.float32)
        self.a, self.b = (self.torch.tensor(array.tolist(), requires_grad=True) for array in (a, b))

    def step(self):
        self.a.grad = self.b.grad = None
        (self.a * self.b).sum().backward()

    def values(self):
        self.step()
        return {"gradient of a": self.a.grad.numpy(), "gradient of b": self.b.grad.numpy()}


OTHERS = {"initial-weights": InitialWeights, "cifar10-epoch": Epoch, "tiny-backward": Tiny}

"""One training step of the tutorial's network: forward, loss, backward, update."""

import importlib

import numpy as np

__all__ = ["Step"]


class Step:
    """A step of the library named, `minitorch_edu` or `torch`; from one seed both start with the same weights."""

    def __init__(self, library, batch=64, seed=0):
        self.torch = torch = importlib.import_module(library)
        from minitorch_edu.models import cifar_quick

        torch.manual_seed(seed)
        self.net = cifar_quick(torch.nn)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01)
        random = np.random.default_rng(seed)
        self.pictures = torch.from_numpy(random.random((batch, 3, 32, 32), np.float32))
        self.labels = torch.from_numpy(random.integers(0, 10, batch))

    def step(self):
        loss = self.torch.nn.functional.cross_entropy(self.net(self.pictures), self.labels)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss

    def values(self):
        """The loss and the gradients of one step, which is made."""
        loss = self.step().item()
        return {"loss": loss} | {name: p.grad.numpy() for name, p in self.net.named_parameters()}

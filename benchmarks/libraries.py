"""The training step of `step.py` - same network, weights, batch, SGD - in other libraries, each in its own idiom.

They are not among this project's dependencies; install those you want to see beside torch: pip install autograd scipy
dezero jax mygrad. (On Python 3.11 Chainer 7.8 could not be installed and numpy-ml 0.1 not imported; tinygrad 0.14 wants
clang, which was not there.)
"""

from importlib.util import find_spec

import numpy as np

from .step import Step

__all__ = ["LIBRARIES"]

RATE = 0.01


class Library:
    """The same weights and batch as `Step`, as arrays: self.weights, self.x (64, 3, 32, 32), self.labels (64,)."""

    packages = ()

    def __init__(self):
        ours = Step("minitorch_edu")
        self.weights = [p.detach().numpy().copy() for p in ours.net.parameters()]
        self.x, self.labels = ours.pictures.numpy(), ours.labels.numpy()
        self.prepare()

    def prepare(self):
        pass

    @classmethod
    def missing(cls):
        """What has to be installed, or ""."""
        names = [name for name in cls.packages if not find_spec(name)]
        return f"{', '.join(names)} not installed" if names else ""

    def values(self):
        return {"loss": np.asarray(self.step(), np.float64)}


class Autograd(Library):
    """HIPS autograd: gradients of NumPy code; its convolution is scipy's interface, with the kernel turned round."""

    packages = ("autograd", "scipy")

    def prepare(self):
        import autograd.numpy as np
        from autograd import value_and_grad
        from autograd.scipy.signal import convolve

        def loss(weights):
            y = self.x
            for w, b in zip(weights[:6:2], weights[1:6:2]):
                y = np.pad(y, ((0, 0), (0, 0), (2, 2), (2, 2)), mode="constant")
                turned = w[:, :, ::-1, ::-1]
                y = convolve(y, turned, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid") + b[:, None, None]
                n, c, h, w = y.shape
                y = np.max(np.max(y.reshape(n, c, h // 2, 2, w // 2, 2), 5), 3)
            y = y.reshape(len(y), -1)
            for w, b in zip(weights[6::2], weights[7::2]):
                y = y @ w.T + b
            y = y - np.max(y, 1, keepdims=True)
            return -np.mean(y[np.arange(len(y)), self.labels] - np.log(np.sum(np.exp(y), 1)))

        self.gradient = value_and_grad(loss)

    def step(self):
        loss, gradients = self.gradient(self.weights)
        self.weights = [w - RATE * g for w, g in zip(self.weights, gradients)]
        return loss


class DeZero(Library):
    """DeZero, from the book Deep Learning from Scratch 3."""

    packages = ("dezero", "matplotlib")

    def prepare(self):
        np.int = int  # which DeZero 0.0.13 expects, and NumPy has no more
        import dezero

        self.parameters = [dezero.Parameter(w.T.copy() if w.ndim == 2 else w) for w in self.weights]

    def step(self):
        import dezero.functions as F

        y, parameters = self.x, self.parameters
        for w, b in zip(parameters[:6:2], parameters[1:6:2]):
            y = F.pooling(F.conv2d(y, w, b, pad=2), 2, 2)
        y = y.reshape(len(self.x), -1)
        for w, b in zip(parameters[6::2], parameters[7::2]):
            y = F.linear(y, w, b)
        loss = F.softmax_cross_entropy(y, self.labels)
        for p in parameters:
            p.cleargrad()
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad.data
        return loss.data


class Jax(Library):
    """JAX, compiled by XLA for the CPU."""

    packages = ("jax",)

    def prepare(self):
        import jax
        import jax.numpy as np

        def loss(weights, x, labels):
            y = x
            for w, b in zip(weights[:6:2], weights[1:6:2]):
                y = jax.lax.conv_general_dilated(y, w, (1, 1), ((2, 2), (2, 2))) + b[:, None, None]
                y = jax.lax.reduce_window(y, -np.inf, jax.lax.max, (1, 1, 2, 2), (1, 1, 2, 2), "VALID")
            y = y.reshape(len(y), -1)
            for w, b in zip(weights[6::2], weights[7::2]):
                y = y @ w.T + b
            return -np.mean(jax.nn.log_softmax(y)[np.arange(len(y)), labels])

        def update(weights, x, labels):
            value, gradients = jax.value_and_grad(loss)(weights, x, labels)
            return value, [w - RATE * g for w, g in zip(weights, gradients)]

        self.update = jax.jit(update)

    def step(self):
        loss, self.weights = self.update(self.weights, self.x, self.labels)
        return loss.block_until_ready()


class MyGrad(Library):
    """MyGrad: autograd on NumPy arrays."""

    packages = ("mygrad",)

    def prepare(self):
        import mygrad

        self.parameters = [mygrad.tensor(w) for w in self.weights]

    def step(self):
        from mygrad.nnet.layers import conv_nd, max_pool
        from mygrad.nnet.losses import softmax_crossentropy

        y, parameters = self.x, self.parameters
        for w, b in zip(parameters[:6:2], parameters[1:6:2]):
            y = max_pool(conv_nd(y, w, stride=1, padding=2) + b.reshape(-1, 1, 1), (2, 2), 2)
        y = y.reshape(len(self.x), -1)
        for w, b in zip(parameters[6::2], parameters[7::2]):
            y = y @ w.T + b
        loss = softmax_crossentropy(y, self.labels)
        loss.backward()
        for p in parameters:
            p.data -= RATE * p.grad
        return loss.item()


LIBRARIES = {library.__name__: library for library in (Autograd, DeZero, Jax, MyGrad)}

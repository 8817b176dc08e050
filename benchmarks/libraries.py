"""The training step of `step.py` in other libraries that differentiate in Python, each in its own idiom.

    pip install --constraint constraints.txt --editable '.[dev,others]'    (best in an environment of its own)

installs MyGrad, autograd, JAX, SmallPebble and tinygrad. tinygrad also needs the compiler clang. Not here,
since they do not run beside today's Python and NumPy: Chainer 7.8 (its installer asks for pkg_resources, which
setuptools no longer has), DeZero 0.0.13 (np.int, removed in NumPy 1.24), numpy-ml 0.1.2 (collections.Hashable, removed
in Python 3.10).

A builder takes the batch size and returns what `race` asks for. All start from the weights and the pictures of
`step.py`. The values are the loss of the next step: what forward, backward and the updates before have computed.
"""

import importlib.util
import os
import shutil

import numpy as np

from .step import Step

__all__ = ["LIBRARIES", "build", "missing"]

RATE = 0.01  # the learning rate


class Other:
    """A step, and the loss that it returns."""

    def __init__(self, step):
        self.step = step

    def values(self):
        return {"loss": np.float32(self.step())}


def start(batch):
    """What all start from, as arrays: pictures, labels, (weight, bias) of the convolutions, of the linear layers."""
    begun = Step("minitorch_edu", batch)
    arrays = [parameter.detach().numpy() for parameter in begun.net.parameters()]
    pairs = list(zip(arrays[::2], arrays[1::2]))
    return begun.pictures.numpy(), begun.labels.numpy(), pairs[:3], pairs[3:]


def channels_last(pictures, convolutions, linears):
    """The same for libraries that want pictures (N, H, W, C) and kernels (KH, KW, C, F), and (in, out) of the others.

    The first linear layer meets the pixels of its 64 maps of 4 x 4 in another order.
    """
    first, *others = [(weight.T, bias) for weight, bias in linears]
    first = first[0].reshape(64, 4, 4, -1).transpose(1, 2, 0, 3).reshape(1024, -1), first[1]
    kernels = [(weight.transpose(2, 3, 1, 0), bias) for weight, bias in convolutions]
    return tuple(
        [(np.ascontiguousarray(a), b) for a, b in pairs]
        for pairs in ([(pictures.transpose(0, 2, 3, 1), None)], kernels, [first, *others])
    )


def mygrad(batch):
    """https://mygrad.readthedocs.io: NumPy's functions on tensors; without guards, as it advises for speed."""
    import mygrad as mg
    from mygrad.nnet.layers import conv_nd, max_pool
    from mygrad.nnet.losses import softmax_crossentropy

    mg.turn_memory_guarding_off()
    pictures, labels, *weights = start(batch)
    convolutions, linears = ([(mg.tensor(a), mg.tensor(b)) for a, b in pairs] for pairs in weights)

    def step():
        x = pictures
        for weight, bias in convolutions:
            x = max_pool(conv_nd(x, weight, stride=1, padding=2) + bias.reshape(-1, 1, 1), (2, 2), 2)
        x = x.reshape(batch, -1)
        for weight, bias in linears:
            x = mg.matmul(x, weight.T) + bias
        loss = softmax_crossentropy(x, labels)
        loss.backward()
        for parameter in (p for pair in (*convolutions, *linears) for p in pair):
            parameter.data -= RATE * parameter.grad
        return loss.item()

    return Other(step)


def autograd(batch):
    """https://github.com/HIPS/autograd: as its examples/convnet.py convolves and pools."""
    import autograd.numpy as np
    from autograd import value_and_grad
    from autograd.scipy.signal import convolve
    from autograd.scipy.special import logsumexp

    pictures, labels, convolutions, linears = start(batch)
    weights = [(weight[:, :, ::-1, ::-1], bias) for weight, bias in convolutions], linears  # it flips kernels

    def compute_loss(weights):
        x = pictures
        for weight, bias in weights[0]:
            x = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)), "constant")
            x = convolve(x, weight, axes=([2, 3], [2, 3]), dot_axes=([1], [1]), mode="valid")  # (N, F, H, W)
            x = x + bias.reshape(-1, 1, 1)
            n, c, h, w = x.shape
            x = np.max(np.max(x.reshape(n, c, h // 2, 2, w // 2, 2), axis=5), axis=3)
        x = x.reshape(batch, -1)
        for weight, bias in weights[1]:
            x = np.dot(x, weight.T) + bias
        return np.mean(logsumexp(x, axis=1) - x[np.arange(batch), labels])

    differentiate = value_and_grad(compute_loss)

    def step():
        nonlocal weights
        loss, gradients = differentiate(weights)
        weights = tuple(
            [(w - RATE * dw, b - RATE * db) for (w, b), (dw, db) in zip(*pairs)] for pairs in zip(weights, gradients)
        )
        return loss

    return Other(step)


def jax(batch):
    """https://docs.jax.dev: one compiled function; the weights' memory is given away to their successors'."""
    import jax
    import jax.numpy as jnp

    pictures, labels, *weights = start(batch)
    ((pictures, _),), *weights = channels_last(pictures, *weights)
    pictures, labels, weights = jax.device_put((pictures, labels, weights), jax.devices("cpu")[0])

    def compute_loss(weights, x, labels):
        convolutions, linears = weights
        for weight, bias in convolutions:
            x = jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = jax.lax.reduce_window(x + bias, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = x.reshape(len(x), -1)
        for weight, bias in linears:
            x = x @ weight + bias
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(x), labels[:, None], axis=1))

    def update(weights, x, labels):
        loss, gradients = jax.value_and_grad(compute_loss)(weights, x, labels)
        return loss, jax.tree.map(lambda p, g: p - RATE * g, weights, gradients)

    update = jax.jit(update, donate_argnums=0)

    def step():
        nonlocal weights
        loss, weights = jax.block_until_ready(update(weights, pictures, labels))
        return loss

    return Other(step)


def smallpebble(batch):
    """https://github.com/sradc/SmallPebble: NumPy as well, smaller still. Its cross entropy is a sum, not a mean."""
    import smallpebble as sp

    pictures, labels, *weights = start(batch)
    ((pictures, _),), *weights = channels_last(pictures, *weights)
    convolutions, linears = ([(sp.Variable(a), sp.Variable(b)) for a, b in pairs] for pairs in weights)
    parameters = [p for pair in (*convolutions, *linears) for p in pair]
    pictures = sp.Variable(pictures)

    def step():
        x = pictures
        for weight, bias in convolutions:
            x = sp.maxpool2d(sp.conv2d(x, weight, padding="SAME") + bias, 2, 2, padding="VALID", strides=(2, 2))
        x = sp.reshape(x, (batch, -1))
        for weight, bias in linears:
            x = sp.matmul(x, weight) + bias
        loss = sp.cross_entropy(sp.softmax(x), labels)
        sp.sgd_step(parameters, sp.get_gradients(loss), RATE / batch)
        return loss.array / batch

    return Other(step)


def tinygrad(batch):
    """https://docs.tinygrad.org: the step is captured by TinyJit, its kernels are compiled for the processor."""
    os.environ.setdefault("DEV", "CPU")  # before the first import
    from tinygrad import Context, Tensor, TinyJit, nn

    pictures, labels, *weights = start(batch)
    pictures, labels = Tensor(pictures).realize(), Tensor(labels).realize()
    convolutions, linears = ([(Tensor(a).realize(), Tensor(b).realize()) for a, b in pairs] for pairs in weights)
    optimizer = nn.optim.SGD([p for pair in (*convolutions, *linears) for p in pair], lr=RATE)

    @Context(TRAINING=1)
    @TinyJit
    def train():
        x = pictures
        for weight, bias in convolutions:
            x = x.conv2d(weight, bias, padding=2).max_pool2d(2)
        x = x.flatten(1)
        for weight, bias in linears:
            x = x.linear(weight.T, bias)
        optimizer.zero_grad()
        loss = x.sparse_categorical_crossentropy(labels).backward()
        return loss.realize(*optimizer.schedule_step())

    return Other(lambda: train().item())


LIBRARIES = {one.__name__: one for one in (mygrad, autograd, jax, smallpebble, tinygrad)}


def missing(name):
    """What is lacking to run this library, or ""."""
    if importlib.util.find_spec(name) is None:
        return f"{name} is not installed: pip install --constraint constraints.txt --editable '.[others]'"
    if name == "tinygrad" and not shutil.which(os.environ.get("CC", "clang")):
        return "tinygrad needs the compiler clang on the path"
    return ""


def build(library, batch):
    """The step of the library named, on as many cores as threads are asked for."""
    if hasattr(os, "sched_setaffinity"):  # not every library can be told how many threads to use
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, cores[: int(os.environ.get("OMP_NUM_THREADS") or len(cores))])
    return LIBRARIES[library](batch)

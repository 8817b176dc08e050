"""Calls of the sizes that training meets: what is worth timing, and checked once each.

The network of the tutorial sees pictures (64, 3, 32, 32), halved by every pooling; the larger sizes are those that
papers and libraries report on. A call is made when it is asked for.
"""

import numpy as np

from .optimizer import Training
from .picture import Applied, Make, Picture
from .record import Call

__all__ = ["typical"]


def single(numbers):
    """The nearest numbers that are exact in float32."""
    return numbers.astype(np.float32).astype(np.float64)


def x(*shape, low=None, seed=0):
    """Normal numbers; those below `low` are mirrored there."""
    numbers = np.random.RandomState(seed).standard_normal(shape)
    return single(numbers if low is None else low + np.abs(numbers - low))


def below(n, *shape):
    """Whole numbers, 0 <= number < n."""
    return np.random.RandomState(0).randint(0, n, shape)


MAPS, ROWS, TOKENS = (64, 32, 16, 16), (64, 1024), (32, 50, 256)  # of a convolution, of a linear layer, of sentences
UNARY = """
exp expm1 sin cos sinh cosh tanh sigmoid neg abs sign floor ceil trunc round erf tan square isnan isinf
isfinite relu leaky_relu hardtanh relu6 elu celu selu silu gelu softplus logsigmoid dropout dropout2d clone
zeros_like ones_like sum mean std var norm amax amin max min argmax argmin flatten
""".split()
POSITIVE = "log log2 log10 log1p sqrt rsqrt reciprocal".split()
BINARY = """
add sub mul div true_divide floor_divide remainder fmod maximum minimum eq ne lt le gt ge mse_loss l1_loss
smooth_l1_loss huber_loss
""".split()
WEIGHTS = ((32, 3, 5, 5), (32,), (32, 32, 5, 5), (32,), (64, 32, 5, 5), (64,), (64, 1024), (64,), (10, 64), (10,))
PHOTO = Picture("RGB", below(256, 32, 32, 3).astype(np.uint8))
LARGE = Picture("RGB", below(256, 480, 640, 3).astype(np.uint8))


def trained(**options):
    """Three steps of an optimizer of the tutorial's network."""
    gradients = [x(*shape) for shape in WEIGHTS]
    return Training(Call(**options), [([x(*shape) / 10 for shape in WEIGHTS], {})], [(gradients, None)] * 3, 1)


SIZES = {
    **{name: [lambda: Call(x(*MAPS))] for name in UNARY},
    **{name: [lambda: Call(x(*MAPS, low=0.01))] for name in POSITIVE},
    **{name: [lambda: Call(x(*MAPS), x(*MAPS, low=0.01, seed=1))] for name in BINARY},
    "cumsum": [lambda: Call(x(*TOKENS), -1)],
    "dropout1d": [lambda: Call(x(64, 32, 256))],
    "dropout3d": [lambda: Call(x(4, 16, 16, 32, 32))],
    "clamp": [lambda: Call(x(*MAPS), -1.0, 1.0)],
    "pow": [lambda: Call(x(*MAPS, low=0.01), 2.0)],
    "where": [lambda: Call(x(*MAPS) > 0, x(*MAPS), x(*MAPS, low=0.0))],
    "prelu": [lambda: Call(x(*MAPS), x(32))],
    "softmax": [lambda: Call(x(64, 10), 1), lambda: Call(x(*TOKENS), -1)],
    "log_softmax": [lambda: Call(x(64, 10), 1), lambda: Call(x(*TOKENS), -1)],
    "softmin": [lambda: Call(x(64, 10), 1)],
    "logsumexp": [lambda: Call(x(*TOKENS), -1)],
    "conv2d": [
        lambda: Call(x(64, 3, 32, 32), x(32, 3, 5, 5), x(32), padding=2),
        lambda: Call(x(64, 32, 16, 16), x(32, 32, 5, 5), x(32), padding=2),
        lambda: Call(x(64, 32, 8, 8), x(64, 32, 5, 5), x(64), padding=2),
        lambda: Call(x(16, 64, 56, 56), x(64, 64, 3, 3), x(64), padding=1),
    ],
    "conv1d": [lambda: Call(x(32, 64, 256), x(64, 64, 5), x(64), padding=2)],
    "conv3d": [lambda: Call(x(4, 16, 16, 16, 16), x(16, 16, 3, 3, 3), x(16), padding=1)],
    "conv_transpose1d": [lambda: Call(x(32, 64, 128), x(64, 32, 4), x(32), stride=2, padding=1)],
    "conv_transpose2d": [lambda: Call(x(32, 64, 16, 16), x(64, 32, 4, 4), x(32), stride=2, padding=1)],
    "conv_transpose3d": [lambda: Call(x(4, 16, 8, 8, 8), x(16, 16, 4, 4, 4), x(16), stride=2, padding=1)],
    "unfold": [lambda: Call(x(64, 3, 32, 32), 5, padding=2)],
    "fold": [lambda: Call(x(64, 75, 1024), (32, 32), 5, padding=2)],
    "max_pool1d": [lambda: Call(x(64, 32, 1024), 2)],
    "max_pool2d": [lambda: Call(x(64, 32, 32, 32), 2), lambda: Call(x(64, 32, 32, 32), 3, 2, 1)],
    "max_pool3d": [lambda: Call(x(4, 16, 16, 32, 32), 2)],
    "avg_pool1d": [lambda: Call(x(64, 32, 1024), 2)],
    "avg_pool2d": [lambda: Call(x(64, 32, 32, 32), 2), lambda: Call(x(64, 32, 32, 32), 3, 2, 1)],
    "avg_pool3d": [lambda: Call(x(4, 16, 16, 32, 32), 2)],
    "adaptive_avg_pool1d": [lambda: Call(x(64, 32, 256), 1)],
    "adaptive_avg_pool2d": [lambda: Call(x(64, 512, 7, 7), 1)],
    "adaptive_max_pool1d": [lambda: Call(x(64, 32, 256), 1)],
    "adaptive_max_pool2d": [lambda: Call(x(64, 512, 7, 7), 1)],
    "batch_norm": [
        lambda: Call(x(64, 64, 32, 32), running_mean=np.zeros(64), running_var=np.ones(64), weight=x(64), bias=x(64),
                     training=True)
    ],
    "layer_norm": [lambda: Call(x(*TOKENS), (256,), x(256), x(256))],
    "group_norm": [lambda: Call(x(*MAPS), 8, x(32), x(32))],
    "instance_norm": [lambda: Call(x(*MAPS))],
    "rms_norm": [lambda: Call(x(*TOKENS), (256,), x(256))],
    "normalize": [lambda: Call(x(64, 512))],
    "linear": [
        lambda: Call(x(*ROWS), x(64, 1024), x(64)),
        lambda: Call(x(*TOKENS), x(1024, 256), x(1024)),
        lambda: Call(x(256, 1024), x(1024, 1024), x(1024)),
    ],
    "pad": [lambda: Call(x(64, 3, 32, 32), (4, 4, 4, 4))],
    "one_hot": [lambda: Call(below(10, 64 * 1024), 10)],
    "cross_entropy": [lambda: Call(x(64, 10), below(10, 64)), lambda: Call(x(4096, 1000), below(1000, 4096))],
    "nll_loss": [lambda: Call(x(64, 10), below(10, 64))],
    "binary_cross_entropy": [lambda: Call(single(1 / (1 + np.exp(-x(64, 1024)))), 1.0 * (x(64, 1024) > 0))],
    "binary_cross_entropy_with_logits": [lambda: Call(x(64, 1024), 1.0 * (x(64, 1024) > 0))],
    "kl_div": [lambda: Call(x(64, 1024), x(64, 1024, low=0.01, seed=1))],
    "matmul": [lambda: Call(x(512, 512), x(512, 512, seed=1)), lambda: Call(x(32, 128, 64), x(32, 64, 128))],
    "mm": [lambda: Call(x(512, 512), x(512, 512, seed=1))],
    "bmm": [lambda: Call(x(32, 128, 64), x(32, 64, 128))],
    "cat": [lambda: Call([x(64, 16, 32, 32), x(64, 16, 32, 32)], 1)],
    "stack": [lambda: Call([x(3, 32, 32)] * 64)],
    "gather": [lambda: Call(x(1024, 1000), 1, below(1000, 1024, 1))],
    "index_select": [lambda: Call(x(1024, 256), 0, below(1024, 4096))],
    "sort": [lambda: Call(x(64, 1024))],
    "topk": [lambda: Call(x(64, 1000), 5)],
    "SGD": [lambda: trained(lr=0.01, momentum=0.9, weight_decay=0.01)],
    "Adagrad": [trained],
    "RMSprop": [trained],
    "Adam": [trained],
    "AdamW": [trained],
    "randn": [lambda: Call(1000, 1000, seed=0)],
    "rand": [lambda: Call(1000, 1000, seed=0)],
    "randint": [lambda: Call(0, 10, (1000, 1000), seed=0)],
    "randperm": [lambda: Call(50000, seed=0)],
    "ToTensor": [lambda: Applied(Call(), PHOTO)],
    "Normalize": [lambda: Applied(Call([0.5] * 3, [0.25] * 3), Picture("tensor", x(3, 32, 32).astype(np.float32)))],
    "Resize": [lambda: Applied(Call((32, 32)), LARGE)],
    "RandomCrop": [lambda: Applied(Call(32, padding=4), PHOTO)],
    "RandomHorizontalFlip": [lambda: Applied(Call(), PHOTO)],
    "Compose": [
        lambda: Applied(Call([Make("RandomCrop", 32, padding=4), Make("RandomHorizontalFlip"), Make("ToTensor")]),
                        PHOTO)
    ],
}  # fmt: skip


def typical(name):
    """The calls of such sizes of the record of this name; none for what training does not spend its time on."""
    return [make() for make in SIZES.get(name, ())]

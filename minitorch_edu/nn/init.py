"""Initial weights: numbers drawn so that signals neither grow nor fade from layer to layer.

For a weight of shape (F, C, *K), with k = the product of K:   fan_in = C k,   fan_out = F k
    Xavier    variance = gain**2 * 2 / (fan_in + fan_out)
    Kaiming   variance = gain**2 / fan_in                        (or fan_out)
A uniform number in [-a, a) has the variance a**2 / 3. All functions fill their tensor in place, unrecorded.

Papers: Glorot & Bengio (2010), https://proceedings.mlr.press/v9/glorot10a.html (Xavier);
        He et al. (2015), https://arxiv.org/abs/1502.01852 (Kaiming)
Twin:   https://docs.pytorch.org/docs/stable/nn.init.html
"""

import functools
import math
import warnings

import numpy as np

from .. import random
from ..autograd import no_grad, wrap
from ..names import only

__all__ = ["calculate_gain", "constant_", "dirac_", "eye_", "kaiming_normal_", "kaiming_uniform_", "normal_", "ones_",
           "orthogonal_", "sparse_", "trunc_normal_", "uniform_", "xavier_normal_", "xavier_uniform_",
           "zeros_"]  # fmt: skip

_LINEAR = ("linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d")


def calculate_gain(nonlinearity, param=None):
    """The factor that makes up for what a nonlinearity takes from the standard deviation of its input.

    param: the negative slope of leaky_relu (0.01 if None). ValueError for an unknown nonlinearity.

    >>> init.calculate_gain("linear"), init.calculate_gain("relu")
    (1, 1.4142135623730951)
    """
    if nonlinearity == "leaky_relu":
        if isinstance(param, bool) or not isinstance(param, (int, float, type(None))):
            raise ValueError(f"negative_slope {param} not a valid number")
        return math.sqrt(2.0 / (1 + (0.01 if param is None else param) ** 2))
    gains = dict.fromkeys((*_LINEAR, "sigmoid"), 1)
    gains.update(tanh=5.0 / 3, relu=math.sqrt(2.0), selu=3.0 / 4)
    if nonlinearity not in gains:
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}, expected one of {[*gains, 'leaky_relu']}")
    return gains[nonlinearity]


# ------------------------------------------------------------------------------------------------ plain distributions


@no_grad()
def uniform_(tensor, a=0.0, b=1.0, generator=None):
    """Uniform in [a, b).

    >>> _ = torch.manual_seed(0)
    >>> init.uniform_(torch.empty(3), -1.0, 1.0)
    tensor([-0.0075,  0.5364, -0.8230])
    """
    return random.uniform_(tensor, a, b, generator=generator)


@no_grad()
def normal_(tensor, mean=0.0, std=1.0, generator=None):
    """Normal.

    >>> _ = torch.manual_seed(0)
    >>> init.normal_(torch.empty(3), mean=5.0)
    tensor([6.5410, 4.7066, 2.8212])
    """
    return random.normal_(tensor, mean, std, generator=generator)


@no_grad()
def trunc_normal_(tensor, mean=0.0, std=1.0, a=-2.0, b=2.0, generator=None):
    """Normal, but only what falls into [a, b].

    If many normal numbers fall there, those outside are drawn again. Otherwise candidates are uniform in [a, b], each
    kept with a probability proportional to its density (rejection, von Neumann 1951).

    >>> weight = init.trunc_normal_(torch.empty(1000), a=-1.0, b=1.0)
    >>> weight.abs().max() <= 1
    tensor(True)
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )
    below = lambda x: (1.0 + math.erf((x - mean) / std / math.sqrt(2.0))) / 2.0
    kind = tensor.array.dtype.type
    if below(b) - below(a) > 0.3:
        x = normal_(tensor, mean, std, generator).array.copy(order="K")
        while (outside := (x < kind(a)) | (x > kind(b))).any():
            x[outside] = normal_(_like(x), mean, std, generator).array[outside]
        return _write(tensor, x)
    peak = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2  # log density, up to a constant, where it is largest

    def accepted(x):
        log_density = ((x - kind(mean)) / kind(std)) ** 2 * kind(-0.5) - kind(peak)
        with np.errstate(divide="ignore"):
            return np.log(uniform_(_like(x), generator=generator).array) <= log_density

    x = uniform_(tensor, a, b, generator).array.copy(order="K")
    rejected = ~accepted(x)
    while rejected.any():
        candidates = uniform_(_like(x), a, b, generator).array
        x[rejected] = candidates[rejected]
        rejected &= ~accepted(candidates)
    return _write(tensor, x)


def _like(array):
    return wrap(np.empty_like(array))


# ------------------------------------------------------------------------------------------------ fixed numbers


@no_grad()
def _write(tensor, values):
    tensor._write(None, wrap(np.asarray(values)))
    return tensor


def constant_(tensor, val):
    """All numbers are val.

    >>> init.constant_(torch.empty(2), 0.1)
    tensor([0.1000, 0.1000])
    """
    return _write(tensor, val)


def ones_(tensor):
    """Ones.

    >>> init.ones_(torch.empty(2))
    tensor([1., 1.])
    """
    return _write(tensor, 1)


def zeros_(tensor):
    """Zeros.

    >>> init.zeros_(torch.ones(2))
    tensor([0., 0.])
    """
    return _write(tensor, 0)


def eye_(tensor):
    """The identity: a linear layer with this weight hands its input on. ValueError unless there are 2 dimensions.

    >>> init.eye_(torch.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    if tensor.array.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, this one has {tensor.array.ndim}")
    return _write(tensor, np.eye(*tensor.shape))


def dirac_(tensor, groups=1):
    """A convolution with this weight (F, C, *K) hands its input on: 1 at the middle of the kernel from c to c.

    ValueError unless there are 3 to 5 dimensions and groups divides F.

    >>> weight = init.dirac_(torch.empty(1, 1, 3))
    >>> weight
    tensor([[[0., 1., 0.]]])
    >>> F.conv1d(torch.tensor([[1.0, 2.0, 3.0]]), weight, padding=1)
    tensor([[1., 2., 3.]])
    """
    filters, channels, *kernel = tensor.shape if 3 <= tensor.array.ndim <= 5 else (None, None)
    if filters is None:
        raise ValueError(f"Only tensors with 3, 4, or 5 dimensions are supported, this one has {tensor.array.ndim}")
    if filters % groups:
        raise ValueError(f"dim 0 must be divisible by groups, got {filters} and {groups} groups")
    values = np.zeros((groups, filters // groups, channels, *kernel))
    same = np.arange(min(values.shape[1:3]))
    values[(slice(None), same, same, *(extent // 2 for extent in kernel))] = 1
    return _write(tensor, values.reshape(tensor.shape))


# ------------------------------------------------------------------------------------------------ by fan in and fan out


def _fans(tensor):
    if tensor.array.ndim < 2:
        raise ValueError("Fan in and fan out can not be computed for tensor with fewer than 2 dimensions")
    filters, channels, *kernel = tensor.shape
    return channels * math.prod(kernel), filters * math.prod(kernel)


def xavier_uniform_(tensor, gain=1.0, generator=None):
    """Uniform in [-a, a), a = gain sqrt(6 / (fan_in + fan_out)), after Glorot and Bengio.

    >>> _ = torch.manual_seed(0)
    >>> init.xavier_uniform_(torch.empty(2, 4))
    tensor([[-0.0075,  0.5364, -0.8230, -0.7359],
            [-0.3852,  0.2682, -0.0198,  0.7929]])
    """
    std = gain * math.sqrt(2.0 / sum(_fans(tensor)))
    a = math.sqrt(3.0) * std  # in these steps, as the last bit counts
    return uniform_(tensor, -a, a, generator)


def xavier_normal_(tensor, gain=1.0, generator=None):
    """Normal with the standard deviation gain sqrt(2 / (fan_in + fan_out)), after Glorot and Bengio.

    >>> _ = torch.manual_seed(0)
    >>> init.xavier_normal_(torch.empty(100, 100)).std()
    tensor(0.1002)
    """
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans(tensor))), generator)


def _kaiming_std(tensor, a, mode, nonlinearity):
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return calculate_gain(nonlinearity, a) / math.sqrt(_fans(tensor)[modes.index(mode.lower())])


def _nothing_to_fill(tensor):
    if 0 in tensor.shape:
        warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return 0 in tensor.shape


def kaiming_uniform_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Uniform in [-b, b), b = gain sqrt(3 / fan_in), after He et al.; a: leaky_relu's slope; mode: which fan.

    >>> _ = torch.manual_seed(0)
    >>> init.kaiming_uniform_(torch.empty(2, 6), nonlinearity="relu")
    tensor([[-0.0075,  0.5364, -0.8230, -0.7359, -0.3852,  0.2682],
            [-0.0198,  0.7929, -0.0887,  0.2646, -0.3022, -0.1966]])
    """
    if _nothing_to_fill(tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(tensor, a=0, mode="fan_in", nonlinearity="leaky_relu", generator=None):
    """Normal with the standard deviation gain / sqrt(fan_in), after He et al.; a and mode as in kaiming_uniform_.

    >>> _ = torch.manual_seed(0)
    >>> init.kaiming_normal_(torch.empty(50, 200), nonlinearity="relu").std()
    tensor(0.1002)
    """
    if _nothing_to_fill(tensor):
        return tensor
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


# ------------------------------------------------------------------------------------------------ others


def orthogonal_(tensor, gain=1, generator=None):
    """gain times a matrix whose rows, or columns if they are fewer, are orthonormal; trailing axes count as one.

    Q of the QR decomposition of normal numbers, with signs that make all such matrices equally likely (Mezzadri 2006,
    https://arxiv.org/abs/math-ph/0609050). Proposed by Saxe et al. (2013), https://arxiv.org/abs/1312.6120.

    >>> q = init.orthogonal_(torch.empty(3, 3))
    >>> torch.allclose(q @ q.T, torch.eye(3), atol=1e-6)
    True
    """
    if tensor.array.ndim < 2:
        raise ValueError(f"Only tensors with 2 or more dimensions are supported, this one has {tensor.array.ndim}")
    if not tensor.array.size:
        return tensor
    rows = tensor.shape[0]
    matrix = random.normal_(wrap(np.empty((rows, tensor.array.size // rows), tensor.array.dtype)), generator=generator)
    matrix = matrix.array  # (rows, columns)
    wide = rows < matrix.shape[1]
    q, r = np.linalg.qr(matrix.T if wide else matrix)
    q = q * np.sign(np.diag(r))
    return _write(tensor, gain * (q.T if wide else q).reshape(tensor.shape))


def sparse_(tensor, sparsity, std=0.01, generator=None):
    """Normal, then in every column the fraction `sparsity` of the rows set to zero, after Martens (2010).

    Which rows is drawn from the default generator, whatever `generator` is. ValueError unless there are 2 dimensions.

    >>> weight = init.sparse_(torch.empty(4, 3), sparsity=0.5)
    >>> (weight == 0).sum(dim=0)
    tensor([2, 2, 2])
    """
    if tensor.array.ndim != 2:
        raise ValueError(f"Only tensors with 2 dimensions are supported, this one has {tensor.array.ndim}")
    rows, columns = tensor.shape
    values = normal_(tensor, 0, std, generator).array.copy()
    for column in range(columns):
        values[random.randperm(rows).array[: math.ceil(sparsity * rows)], column] = 0
    return _write(tensor, values)


def _deprecated(function):
    old = function.__name__[:-1]

    @functools.wraps(function)
    def call(*args, **kwargs):
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{function.__name__}`.", FutureWarning, stacklevel=2
        )
        return function(*args, **kwargs)

    return call


# The names from before functions that write to their argument ended in _.
uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)

__getattr__, __dir__ = only(__name__, __all__)

"""Activations: what bends a network, element by element. y = f(x) and dL/dx = g * f'(x).

At a kink, f' is the slope on the left. (sigmoid and tanh are in elementwise.py.)

Twin:  https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions
"""

import functools
import math

import numpy as np

from ..autograd import op, renamed
from ..dtypes import as_dtype
from .batch_norm import channel_sum
from .checks import need_float
from .elementwise import kept
from .erf import erf_of

__all__ = ["celu", "elu", "gelu", "hardtanh", "leaky_relu", "logsigmoid", "prelu", "relu", "relu6", "selu", "silu",
           "softplus"]  # fmt: skip


def with_inplace(function, node=None):
    """Obey the last argument, inplace: the result takes the place of input, of which backward keeps a copy.

    node: what torch then calls the Node, if it has another name.
    """
    before = function.__wrapped__.__code__.co_argcount - 1  # arguments before inplace

    @functools.wraps(function)
    def call(input, *args, **kwargs):
        if args[before - 1 :] == (True,) or kwargs.get("inplace"):
            result = function(input.clone(), *args, **kwargs)
            return input._overwrite(renamed(result, node) if node else result, f"{function.__name__}_")
        return function(input, *args, **kwargs)

    return call


# ------------------------------------------------------------------------------------------------ straight pieces


@with_inplace
@op
def relu(input, inplace=False):
    """y = max(x, 0);  dy/dx = 1 where x > 0, else 0

    >>> x = torch.tensor([-2.0, 0.0, 3.0], requires_grad=True)
    >>> y = F.relu(x)
    >>> y.sum().backward()
    >>> y.tolist(), x.grad.tolist()
    ([0.0, 0.0, 3.0], [0.0, 0.0, 1.0])

    Paper: Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines
    """
    if input.dtype == bool:
        raise RuntimeError("relu(): Boolean inputs not supported for relu; use input.float()")
    y = np.maximum(input, 0)
    return y, {"input": lambda g: kept(g, ~(y <= 0))}


@functools.partial(with_inplace, node="LeakyReluBackward1")
@op
def leaky_relu(input, negative_slope=0.01, inplace=False):
    """y = x * s,  s = 1 where x > 0, else negative_slope;  dy/dx = s

    >>> F.leaky_relu(torch.tensor([-2.0, 0.0, 3.0]), 0.1)
    tensor([-0.2000,  0.0000,  3.0000])

    Paper: Maas, Hannun & Ng (2013), Rectifier nonlinearities improve neural network acoustic models
    """
    need_float("leaky_relu", input=input)
    s = (input > 0).astype(input.dtype)  # 1 or 0 so far: computing s is many times faster than choosing it
    s *= 1 - negative_slope
    s += negative_slope
    return input * s, {"input": lambda g: g * s}


@op(name="PreluKernelBackward0")
def prelu(input, weight):
    """y = x where x > 0, else weight * x, where weight is one learned number, or (C,) for input (N, C, ...)

    dy/dx = 1 where x > 0, else weight;  dy/dweight = 0 where x > 0, else x

    >>> F.prelu(torch.tensor([[-2.0, -2.0], [3.0, 3.0]]), torch.tensor([0.5, 0.25]))
    tensor([[-1.0000, -0.5000],
            [ 3.0000,  3.0000]])

    Paper: He et al. (2015), https://arxiv.org/abs/1502.01852
    """
    need_float("prelu", input=input)
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.size not in (1, channels):
        raise RuntimeError(
            f"prelu: Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.size} "
            f"and channel size = {channels}; input has shape {list(input.shape)}"
        )
    if weight.dtype != input.dtype:
        raise RuntimeError(
            f"prelu: Type promoting not supported. Got {as_dtype(input.dtype)} and {as_dtype(weight.dtype)}"
        )
    shape = weight.shape
    slope = weight.reshape(-1, *(1,) * (input.ndim - 2)) if input.ndim > 1 else weight.reshape(-1)[0]  # (C, 1, ...)

    def grad_weight(g):
        each = np.where(input > 0, 0, g * input)
        return each.sum(dtype=np.float64).reshape(shape) if math.prod(shape) == 1 else channel_sum(each)

    return np.where(input > 0, input, slope * input), {
        "input": lambda g: np.where(input > 0, g, slope * g),
        "weight": grad_weight,
    }


@with_inplace
@op
def hardtanh(input, min_val=-1.0, max_val=1.0, inplace=False):
    """y = x, but at least min_val and at most max_val;  dy/dx = 1 strictly between them, else 0

    >>> F.hardtanh(torch.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  1.0000])
    """
    if min_val > max_val:
        raise ValueError(f"hardtanh(): min_val cannot be greater than max_val, got {min_val} and {max_val}")
    if input.dtype == bool:
        raise RuntimeError("Bool inputs not supported for hardtanh; use input.float()")
    if input.dtype == np.uint8 and min_val < 0:
        raise RuntimeError(f"cannot do hardtanh on an unsigned type with negative limits, got min_val={min_val}")
    low, high = input.dtype.type(min_val), input.dtype.type(max_val)
    y = np.clip(input, low, high)
    return y, {"input": lambda g: kept(g, ~((y <= low) | (y >= high)))}


def relu6(input, inplace=False):
    """y = min(max(x, 0), 6)

    >>> F.relu6(torch.tensor([-3.0, 3.0, 9.0]))
    tensor([0., 3., 6.])

    Paper: Howard et al. (2017), https://arxiv.org/abs/1704.04861
    """
    return hardtanh(input, 0, 6, inplace)


# ------------------------------------------------------------------------------------------------ exponential below 0


def _elu(function, x, alpha, scale=1.0, rate=1.0):
    """y = scale * x where x > 0, else scale * alpha * (e^(rate x) - 1), and its gradient function."""
    need_float(function, input=x)
    left, slope = scale * alpha, scale * alpha * rate
    y = np.where(x > 0, scale * x, left * np.expm1(rate * x))
    return y, {"input": lambda g: g * np.where(x > 0, scale, slope * np.exp(rate * x))}


@functools.partial(with_inplace, node="EluBackward1")
@op
def elu(input, alpha=1.0, inplace=False):
    """y = x where x > 0, else alpha (e^x - 1);  dy/dx = 1, else alpha e^x

    >>> F.elu(torch.tensor([-100.0, -1.0, 3.0]))
    tensor([-1.0000, -0.6321,  3.0000])

    Paper: Clevert, Unterthiner & Hochreiter (2016), https://arxiv.org/abs/1511.07289
    """
    return _elu("elu", input, alpha)


@functools.partial(with_inplace, node="CeluBackward1")
@op
def celu(input, alpha=1.0, inplace=False):
    """y = x where x > 0, else alpha (e^(x / alpha) - 1);  dy/dx = 1, else e^(x / alpha)

    >>> x = torch.tensor([-0.01])  # just left of 0 the slope of celu is 1, that of elu is alpha
    >>> F.celu(x, 4.0), F.elu(x, 4.0)
    (tensor([-0.0100]), tensor([-0.0398]))

    Paper: Barron (2017), https://arxiv.org/abs/1704.07483
    """
    if alpha == 0:
        raise RuntimeError("celu(): ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu("celu", input, alpha, rate=1 / alpha)


@functools.partial(with_inplace, node="EluBackward1")
@op(name="EluBackward0")
def selu(input, inplace=False):
    """y = scale * elu(x, alpha), the two constants chosen so that mean 0 and variance 1 are kept from layer to layer

    >>> _ = torch.manual_seed(0)
    >>> y = F.selu(torch.randn(100000))
    >>> print(f"{abs(y.mean()):.2f} {y.var():.2f}")
    0.00 1.00

    Paper: Klambauer et al. (2017), https://arxiv.org/abs/1706.02515 (alpha and scale: its equation 14)
    """
    return _elu("selu", input, alpha=1.6732632423543772848170429916717, scale=1.0507009873554804934193349852946)


# ------------------------------------------------------------------------------------------------ smooth


@with_inplace
@op
def silu(input, inplace=False):
    """y = x s,  s = sigmoid(x);  dy/dx = s (1 + x (1 - s))

    >>> F.silu(torch.tensor([-1.0, 0.0, 1.0]))  # sigmoid(1) = 0.7311
    tensor([-0.2689,  0.0000,  0.7311])

    Paper: Hendrycks & Gimpel (2016), https://arxiv.org/abs/1606.08415 (section 2), where it got its name
    """
    need_float("silu", input=input)
    x = input
    s = 1 / (1 + np.exp(-x))
    return x * s, {"input": lambda g: g * (s * (1 + x * (1 - s)))}


@op
def gelu(input, *, approximate="none"):
    """y = x P(x), P(x) = (1 + erf(x / sqrt(2))) / 2 the share of normal numbers below x;  dy/dx = P(x) + x P'(x)

    approximate="tanh":  P(x) = (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2

    >>> F.gelu(torch.tensor([-1.0, 0.0, 1.0]))  # 84.13 % of normal numbers are below 1
    tensor([-0.1587,  0.0000,  0.8413])

    Paper: Hendrycks & Gimpel (2016), https://arxiv.org/abs/1606.08415
    """
    need_float("gelu", input=input)
    x = input
    if approximate == "none":
        p = 0.5 + 0.5 * erf_of(x * math.sqrt(0.5))
        slope = lambda: math.sqrt(0.5 / math.pi) * np.exp(-0.5 * x * x)
    elif approximate == "tanh":
        rate = math.sqrt(2 / math.pi)
        t = np.tanh(rate * (x + 0.044715 * x * x * x))
        p = 0.5 + 0.5 * t
        slope = lambda: 0.5 * rate * (1 - t * t) * (1 + 3 * 0.044715 * x * x)
    else:
        raise RuntimeError(f"gelu(): approximate argument must be either none or tanh, got {approximate!r}")
    return x * p, {"input": lambda g: g * (p + x * slope())}


@op
def softplus(input, beta=1.0, threshold=20.0):
    """y = log(1 + e^(beta x)) / beta, and simply x where beta x > threshold;  dy/dx = sigmoid(beta x), or 1

    >>> F.softplus(torch.tensor([0.0, 1.0, 30.0]))  # ln 2 = 0.6931
    tensor([ 0.6931,  1.3133, 30.0000])

    Paper: Dugas et al. (2001), Incorporating second-order functional knowledge for better option pricing
    """
    need_float("softplus", input=input)
    z = beta * input
    straight = z > threshold
    y = np.where(straight, input, np.log1p(np.exp(z)) / beta)
    return y, {"input": lambda g: g * np.where(straight, 1, 1 / (1 + np.exp(-z)))}


@op(name="LogSigmoidBackward0", memory="contiguous")
def logsigmoid(input):
    """y = log(1 / (1 + e^-x)) = min(x, 0) - log(1 + e^-|x|), which cannot overflow;  dy/dx = sigmoid(-x)

    >>> x = torch.tensor([-200.0])
    >>> F.logsigmoid(x), torch.log(torch.sigmoid(x))
    (tensor([-200.]), tensor([-inf]))
    """
    need_float("logsigmoid", input=input)
    x = input
    y = np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))
    return y, {"input": lambda g: g / (1 + np.exp(x))}

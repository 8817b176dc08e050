"""The parts of torch that a CIFAR-10 tutorial uses, written in NumPy to be read.

import minitorch_edu as torch

    tensor, zeros, randn, ...    make tensors; help(torch.Tensor) lists what tensors can do
    no_grad, autograd            gradients: loss.backward() leaves them in parameter.grad
    nn                           layers and losses; nn.functional, nn.init, nn.utils
    optim                        SGD, Adam, ...; optim.lr_scheduler
    utils.data                   Dataset, DataLoader, ...; utils.tensorboard has SummaryWriter
    vision                       datasets and transforms, in torchvision's spelling
    models, training             the tutorial's network, and the loop that trains it: python -m minitorch_edu train
    save, load                   files that torch reads and writes too
"""
# ruff: noqa: F401, I001
# fmt: off

import importlib
import types
from math import e, inf, nan, pi

from . import autograd, cuda, dtypes, operators, random, return_types
from .autograd import Tensor, enable_grad, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .dtypes import Size, device, dtype, float32, float64, int8, int16, int32, int64, uint8
from .methods import log_softmax, softmax
from .ops.activation import celu, prelu, relu, selu
from .ops.arithmetic import (
    add, clamp, clip, div, floor_divide, fmod, lerp, maximum, minimum, mul, pow, remainder, rsub, sub, true_divide,
)
from .ops.comparison import (
    allclose, bitwise_and, bitwise_not, bitwise_or, bitwise_xor, eq, equal, ge, gt, isclose, isfinite, isinf, isnan, le,
    logical_and, logical_not, logical_or, logical_xor, lt, ne, where,
)
from .ops.creation import (
    arange, as_tensor, clone, empty, empty_like, eye, from_numpy, full, full_like, linspace, ones, ones_like, tensor,
    zeros, zeros_like,
)
from .ops.cumulative import cumprod, cumsum
from .ops.einsum import einsum
from .ops.elementwise import (
    abs, ceil, cos, cosh, erf, exp, expm1, floor, log, log1p, log2, log10, neg, reciprocal, round, rsqrt, sigmoid, sign,
    sin, sinh, sqrt, square, tan, tanh, trunc,
)
from .ops.extreme import amax, amin, argmax, argmin, max, min
from .ops.gather import (
    gather, index_add, index_select, masked_fill, masked_select, nonzero, scatter, scatter_add, take_along_dim,
)
from .ops.matmul import addmm, baddbmm, bmm, dot, matmul, mm, mv, outer
from .ops.rearrange import (
    cat, concat, concatenate, diag, flip, fliplr, flipud, hstack, roll, stack, tile, tril, triu, vstack,
)
from .ops.reduce import all, any, count_nonzero, logsumexp, mean, norm, prod, std, std_mean, sum, var, var_mean
from .ops.shape import (
    broadcast_tensors, broadcast_to, chunk, diagonal, flatten, moveaxis, movedim, narrow, permute, ravel, reshape,
    select, split, squeeze, swapaxes, swapdims, t, transpose, unbind, unflatten, unsqueeze,
)
from .ops.sort import argsort, median, sort, topk, unique
from .printing import get_printoptions, set_printoptions
from .random import (
    Generator, bernoulli, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, rand,
    rand_like, randint, randint_like, randn, randn_like, randperm, seed, set_rng_state,
)
from .threads import get_num_threads, set_num_threads
from .type_info import (
    can_cast, finfo, get_default_dtype, iinfo, is_floating_point, is_tensor, numel, promote_types, result_type,
)

__version__ = "0.1.0"
absolute, negative, multiply, divide, subtract = abs, neg, mul, div, sub
greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
bool, double, float, int, long, short = dtypes.bool_, float64, float32, int32, int64, int16

# What is imported when first asked for: `import minitorch_edu` stays as quick as `import numpy`.
_LATER = {"nn": "nn", "optim": "optim", "utils": "utils", "vision": "vision", "models": "models",
          "training": "training", "save": "serialization", "load": "serialization"}  # fmt: skip


def __getattr__(name):
    if name not in _LATER:
        raise AttributeError(f"minitorch_edu has no {name!r}; if torch has it, it is not among the parts written here")
    module = importlib.import_module(f".{_LATER[name]}", __name__)
    return module if name == _LATER[name] else getattr(module, name)


__all__ = [name for name, thing in globals().items() if name[0] != "_" and not isinstance(thing, types.ModuleType)]
__all__ += ["autograd", "cuda", "load", "nn", "optim", "random", "save", "utils"]


def __dir__():  # without the modules that only serve the others
    return {*__all__, *_LATER}

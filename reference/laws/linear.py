"""The laws of what is linear in its tensors: convolution, sums, products, and everything that only moves numbers."""

import numpy as np

from ..definitions import DEFINITIONS
from ..record import Call
from .law import changed, finite, floats, gradients, holds, law, random_like, replaced, same, value, without

CONV = ("conv1d", "conv2d", "conv3d", "conv2d_loops")
TRANSPOSED = ("conv_transpose1d", "conv_transpose2d", "conv_transpose3d")
MAX_POOL = ("max_pool1d", "max_pool2d", "max_pool3d")
AVERAGE = ("avg_pool1d", "avg_pool2d", "avg_pool3d", "adaptive_avg_pool1d", "adaptive_avg_pool2d")
MOVES = ("reshape", "view", "flatten", "ravel", "unflatten", "squeeze", "unsqueeze", "permute", "transpose", "swapaxes",
         "swapdims", "t", "movedim", "moveaxis", "flip", "fliplr", "flipud", "roll")  # fmt: skip
PRODUCTS = ("linear", "matmul", "mm", "mv", "dot", "bmm", "outer", "einsum", "mul")
SUMS = (
    "sum",
    "mean",
    "cumsum",
    "unfold",
    "fold",
    "pad",
    "expand",
    "repeat",
    "tile",
    "tril",
    "triu",
    "diag",
    "diagonal",
)
MULTILINEAR = (*CONV, *TRANSPOSED, *AVERAGE, *MOVES, *PRODUCTS, *SUMS)


def linear_part(record, call):
    """The call without what makes it affine: the bias of a convolution, the value that pads."""
    call = without(call, "bias", "value")
    return Call(*call.args[:2], **call.kwargs) if record.name == "linear" else call


def terms(record, call):
    """The largest sum of the sizes of the terms: |f|(|x|, |w|), the result for numbers of one sign."""
    sizes = call.map(lambda a: np.asarray(np.abs(a)) if a.dtype.kind == "f" else a)
    return np.abs(value(record, sizes)).max(initial=0)


@law(*MULTILINEAR)
def linear(record, call):
    """f(2 x + x') = 2 f(x) + f(x'), for each of its tensors x while the others stay."""
    call = linear_part(record, call)
    if not finite(call):
        return
    y = value(record, call)
    for i, x in enumerate(floats(call)):
        other = random_like(x)
        got = value(record, replaced(call, i, 2 * x + other))
        partner = replaced(call, i, other)
        size = 4 * (terms(record, call) + terms(record, partner))
        same(record, call, f"linearity in input {i}", got, 2 * y + value(record, partner), size)


@law(*MULTILINEAR)
def gradient_is_adjoint(record, call):
    """<f(x'), dy> = <x', df(dy)> for all x', df(dy) being the gradient: for each of its tensors, the others fixed."""
    call = linear_part(record, call)
    if not record.gradients or not finite(call) or not floats(call):
        return
    if record.name == "mean" and call.args[0].size == 0:
        return  # nan, whatever the input
    _, dy, found = gradients(record, call)
    for i, x in enumerate(floats(call)):
        other = random_like(x, 12)
        here = replaced(call, i, other)
        size = np.abs(dy).sum() * terms(record, here)
        expected = (value(record, here) * dy).sum()
        same(record, call, f"<x', gradient {i}> beside <f(x'), dy>", (other * found[i]).sum(), expected, size)


@law(*TRANSPOSED, "fold", "unfold")
def transposes(record, call):
    """<f(x), z> = <x, f'(z)> with f' the definition of conv for conv_transpose, fold for unfold, unfold for fold."""
    partner = {"fold": "unfold", "unfold": "fold"}.get(record.name, record.name.replace("_transpose", ""))
    call = linear_part(record, call)
    options = without(call, "output_padding", "output_size").kwargs
    x, rest = call.args[0], call.args[1:]
    if record.name == "unfold":
        options["output_size"] = x.shape[-2:]
    elif record.name == "fold":
        rest = rest[1:]  # the output's size, if it comes without its name
    y = value(record, call)
    z = random_like(y)
    back = DEFINITIONS[partner](z, *rest, **options)
    if record.name in TRANSPOSED:  # output_padding may leave room for one window more
        back = back[tuple(map(slice, x.shape))]
    size = np.abs(z).sum() * terms(record, call)
    same(record, call, "<f(x), z> beside <x, f'(z)>", (y * z).sum(), (x * back).sum(), size)


@law(*CONV, *TRANSPOSED, *MAX_POOL)
def moves_with_its_input(record, call):
    """y moves by one window if x moves by one stride, with 0 in front (-inf for the maximum); and the other way round
    for a transposed convolution."""
    x = call.args[0]
    stride = call.kwargs.get("stride", call.kwargs.get("kernel_size") if record.name in MAX_POOL else 1)
    stride = call.kwargs["kernel_size"] if stride is None else stride
    stride = stride if isinstance(stride, int) else stride[-1]
    by, then = (1, stride) if record.name in TRANSPOSED else (stride, 1)
    front = np.full((*x.shape[:-1], by), -np.inf if record.name in MAX_POOL else 0.0)
    y = value(record, call)
    got = value(record, replaced(call, 0, np.concatenate([front, x], -1)))
    size = 0 if record.name in MAX_POOL else terms(record, call)
    same(record, call, "the result of the moved input", got[..., then:], y, size)


@law(*CONV, *TRANSPOSED, *MAX_POOL, *AVERAGE, "linear", "unfold", "fold", "batch_norm", "instance_norm", "group_norm",
     "layer_norm", "softmax", "log_softmax", "softmin", "relu", "gelu", "elu")  # fmt: skip
def permutes_with_the_batch(record, call):
    """f(x[order]) = f(x)[order] for the first axis of x, the batch."""
    x = call.args[0]
    needed = {"unfold": 4, "fold": 3, "linear": 2}.get(record.name, 1)
    if record.name in CONV + TRANSPOSED:
        needed = call.args[1].ndim
    if record.name == "layer_norm":
        needed = len(call.args[1]) + 1
    if x.ndim < needed:
        return  # no batch
    order = np.random.RandomState(4).permutation(len(x))
    y = value(record, call)
    size = terms(record, call) if record.name in CONV + TRANSPOSED + ("linear",) else None
    same(record, call, "the result of the permuted batch", value(record, changed(call, x[order])), y[order], size)


# ------------------------------------------------------------------------------------------------ products


@law("matmul", "mm")
def associates(record, call):
    """(A B) C = A (B C)."""
    a, b = call.args
    if min(a.ndim, b.ndim) < 2:
        return
    c = np.random.RandomState(2).standard_normal((b.shape[-1], 3))
    product = lambda a, b: value(record, Call(a, b))
    size = (np.abs(a) @ (np.abs(b) @ np.abs(c))).max(initial=0)
    same(record, call, "(A B) C", product(product(a, b), c), product(a, product(b, c)), size)


@law("matmul", "mm", "bmm")
def transposes_backwards(record, call):
    """(A B)^T = B^T A^T."""
    a, b = call.args
    if min(a.ndim, b.ndim) < 2:
        return
    turn = lambda m: np.swapaxes(m, -1, -2)
    got = value(record, Call(turn(b), turn(a)))
    same(record, call, "B^T A^T", got, turn(value(record, call)), (np.abs(a) @ np.abs(b)).max(initial=0))


@law("dot")
def cauchy_schwarz(record, call):
    """<a, b>^2 <= <a, a> <b, b>, and <a, a> is at least 0."""
    a, b = call.args
    dot = lambda a, b: value(record, Call(a, b))
    bound = dot(a, a) * dot(b, b)
    holds(record, call, f"<a, a> <b, b> = {bound}, <a, b>^2 = {dot(a, b) ** 2}", dot(a, a) >= 0 and dot(b, b) >= 0)
    holds(record, call, f"<a, b>^2 > <a, a> <b, b> = {bound}", dot(a, b) ** 2 <= bound * (1 + 1e-12))


# ------------------------------------------------------------------------------------------------ moved numbers


@law(*MOVES)
def moves_numbers_only(record, call):
    """The numbers of f(x), sorted, are those of x."""
    got, x = value(record, call), call.args[0]
    same(record, call, "the sorted numbers", np.sort(got, None), np.sort(x, None), 0)


@law("flip", "fliplr", "flipud", "t", "transpose", "swapaxes", "swapdims")
def undoes_itself(record, call):
    """f(f(x)) = x."""
    twice = value(record, changed(call, value(record, call)))
    same(record, call, "f(f(x))", twice, call.args[0], 0)


@law("roll")
def rolls_back(record, call):
    """roll(roll(x, n), -n) = x."""
    back = lambda n: tuple(-k for k in n) if isinstance(n, tuple) else -n
    args = [value(record, call), *map(back, call.args[1:2]), *call.args[2:]]
    kwargs = {key: back(n) if key == "shifts" else n for key, n in call.kwargs.items()}
    same(record, call, "rolled there and back", value(record, Call(*args, **kwargs)), call.args[0], 0)


@law("pad")
def crops_back(record, call):
    """pad(x) without the padding is x (what a negative padding cuts off is gone)."""
    x, pad = call.args
    around = [(0, 0)] * (x.ndim - len(pad) // 2) + list(zip(pad[::2], pad[1::2]))[::-1]
    y = value(record, call)
    inner = tuple(slice(max(a, 0), n - max(b, 0)) for n, (a, b) in zip(y.shape, around))
    kept = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, around))
    same(record, call, "the inside", y[inner], x[kept], 0)


@law("cumsum")
def differences_are_the_input(record, call):
    """y[i] - y[i - 1] = x[i]."""
    x, dim = call.args[:2]
    if x.ndim == 0:
        return
    y = value(record, call).astype(float)
    got = np.diff(y, axis=dim, prepend=0)
    same(record, call, "the differences", got, x, np.abs(x.astype(float)).sum())


@law("sum")
def keeps_the_total(record, call):
    """The sum of all partial sums is the sum of x."""
    x = call.args[0]
    if finite(call):
        size = np.abs(x.astype(float)).sum()
        same(record, call, "the total", value(record, call).sum(), x.sum(), size)


@law(*AVERAGE)
def keeps_constants(record, call):
    """The averages of a constant are that constant, if only numbers of the input are counted."""
    padded = np.any(call.kwargs.get("padding", 0)) and call.kwargs.get("count_include_pad", True)
    if padded or call.kwargs.get("divisor_override") is not None:
        return
    y = value(record, changed(call, np.full(call.args[0].shape, 3.0)))
    same(record, call, "the averages of threes", y, np.full(y.shape, 3.0))

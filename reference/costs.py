"""What a call costs at least: floating-point operations, and bytes from and to memory, as formulas of its shapes.

    cost("conv2d", Call(x, weight, bias, padding=2)).flops["forward"]  ->  2 N F OH OW C/G KH KW

One operation is an addition, a multiplication, a division, a comparison, a rounding, or an elementary function such as
exp. In products of matrices and convolutions, only the products and their sums count, not the bias: this is how
torch.utils.flop_counter counts, and what a machine's peak refers to.

Bytes are the least traffic. Forward reads every input once and writes every output once. Backward reads the gradient
of the output and those inputs and outputs that its formula contains, and writes the gradients of the inputs. Numbers
have 4 bytes (float32), whole ones 8, truth values 1. A cache may serve what is read again, so no call needs more than
that; a library that leaves intermediate results in memory moves more.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.utils.flop_counter.FlopCounterMode.html
"""

import ast
import math
from dataclasses import dataclass

import numpy as np

__all__ = ["Cost", "cost"]


@dataclass
class Cost:
    """flops and bytes, for each phase: {"forward": number, "backward": number}."""

    flops: dict
    bytes: dict

    def of(self, phase):
        """(flops, bytes) of "forward", "backward", or both: "forward+backward"."""
        return tuple(sum(numbers[part] for part in phase.split("+")) for numbers in (self.flops, self.bytes))


def cost(name, call):
    """The Cost of a Call of the operator of this name, or of a Training of an optimizer; None if no formula is known.

    Of an optimizer, "forward" is one step.
    """
    if name in ELEMENTWISE:
        return elementwise(name, call.arrays())
    if name in UPDATES:
        return update(UPDATES[name](**call.options.kwargs), call.groups)
    return FUNCTIONS[name](*call.args, **call.kwargs) if name in FUNCTIONS else None


def moved(reads, writes, forward=0, backward=0, kept=(), gradients=()):
    """The Cost of what reads and writes these arrays (None is nothing), and differentiated writes the `gradients`.

    kept: those that backward reads, besides the gradients of what forward wrote.
    """
    weigh = lambda arrays: sum(4 * a.size if a.dtype.kind == "f" else a.nbytes for a in arrays if a is not None)
    differentiable = [array for array in writes if array.dtype.kind == "f"] if len(gradients) else []
    return Cost(
        {"forward": forward, "backward": backward},
        {"forward": weigh(reads) + weigh(writes), "backward": weigh([*differentiable, *kept, *gradients])},
    )


def numbers(*shape, dtype=np.float32):
    """An array of this shape that takes no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


# ------------------------------------------------------------------------------------------------ element by element

# The value, and its gradient with regard to each input, for inputs x (and z), value y, gradient g = dL/dy. What they
# cost is read off them: every operator with an array in it is one operation, every array in the gradients is read.
# dx is the first gradient. Tests evaluate these formulas.
S, A = 1.0507009873554805, 1.6732632423543772  # of selu
ELEMENTWISE = {
    "exp": ("exp(x)", "g * y"),
    "expm1": ("expm1(x)", "g * (y + 1)"),
    "sin": ("sin(x)", "g * cos(x)"),
    "cos": ("cos(x)", "-g * sin(x)"),
    "tan": ("tan(x)", "g * (1 + y * y)"),
    "sinh": ("sinh(x)", "g * cosh(x)"),
    "cosh": ("cosh(x)", "g * sinh(x)"),
    "tanh": ("tanh(x)", "g * (1 - y * y)"),
    "sigmoid": ("1 / (1 + exp(-x))", "g * y * (1 - y)"),
    "erf": ("erf(x)", "g * (2 / sqrt(pi)) * exp(-x * x)"),
    "log": ("log(x)", "g / x"),
    "log2": ("log2(x)", "g / (x * log(2))"),
    "log10": ("log10(x)", "g / (x * log(10))"),
    "log1p": ("log1p(x)", "g / (x + 1)"),
    "sqrt": ("sqrt(x)", "g / (2 * y)"),
    "rsqrt": ("1 / sqrt(x)", "-0.5 * g * y * y * y"),
    "reciprocal": ("1 / x", "-g * y * y"),
    "square": ("x * x", "g * 2 * x"),
    "pow": ("x ** 2", "g * 2 * x"),
    "neg": ("-x", "-g"),
    "abs": ("abs(x)", "g * sign(x)"),
    "sign": ("sign(x)", "0"),
    "floor": ("floor(x)", "0"),
    "ceil": ("ceil(x)", "0"),
    "trunc": ("trunc(x)", "0"),
    "round": ("round(x)", "0"),
    "isnan": ("isnan(x)",),
    "isinf": ("isinf(x)",),
    "isfinite": ("isfinite(x)",),
    "clone": ("x", "g"),
    "zeros_like": ("0",),
    "ones_like": ("1",),
    "relu": ("maximum(x, 0)", "g * (y > 0)"),
    "relu6": ("minimum(maximum(x, 0), 6)", "g * ((y > 0) & (y < 6))"),
    "clamp": ("minimum(maximum(x, -1), 1)", "g * ((y > -1) & (y < 1))"),
    "hardtanh": ("minimum(maximum(x, -1), 1)", "g * ((y > -1) & (y < 1))"),
    "leaky_relu": ("where(x > 0, x, 0.01 * x)", "where(x > 0, g, 0.01 * g)"),
    "elu": ("where(x > 0, x, expm1(x))", "where(y > 0, g, g * (y + 1))"),
    "celu": ("where(x > 0, x, expm1(x))", "where(y > 0, g, g * (y + 1))"),
    "selu": ("S * where(x > 0, x, A * expm1(x))", "g * where(y > 0, S, y + S * A)"),
    "silu": ("x / (1 + exp(-x))", "s = 1 / (1 + exp(-x)); g * s * (1 + x * (1 - s))"),
    "gelu": (
        "x * 0.5 * (1 + erf(x / sqrt(2)))",
        "g * (0.5 * (1 + erf(x / sqrt(2))) + x * exp(-0.5 * x * x) / sqrt(2 * pi))",
    ),
    "softplus": ("where(x > 20, x, log1p(exp(x)))", "g / (1 + exp(-x))"),
    "logsigmoid": ("minimum(x, 0) - log1p(exp(-abs(x)))", "g / (1 + exp(x))"),
    "add": ("x + z", "g", "g"),
    "sub": ("x - z", "g", "-g"),
    "mul": ("x * z", "g * z", "g * x"),
    "div": ("x / z", "g / z", "-dx * y"),
    "true_divide": ("x / z", "g / z", "-dx * y"),
    "floor_divide": ("floor(x / z)",),
    "remainder": ("x - z * floor(x / z)", "g", "-g * floor(x / z)"),
    "fmod": ("x - z * trunc(x / z)", "g", "-g * trunc(x / z)"),
    "maximum": ("maximum(x, z)", "g * (x > z)", "g - dx"),
    "minimum": ("minimum(x, z)", "g * (x < z)", "g - dx"),
    "eq": ("x == z",),
    "ne": ("x != z",),
    "lt": ("x < z",),
    "le": ("x <= z",),
    "gt": ("x > z",),
    "ge": ("x >= z",),
    "where": ("where(b, x, z)", "where(b, g, 0)", "g - dx"),
}
# Their value is the mean of these, and c = g / n for n numbers, so it counts as a number, not as an array.
MEANS = {
    "mse_loss": ("(x - z) ** 2", "2 * c * (x - z)", "-dx"),
    "l1_loss": ("abs(x - z)", "c * sign(x - z)", "-dx"),
    **dict.fromkeys(
        ("smooth_l1_loss", "huber_loss"),
        ("d = abs(x - z); where(d < 1, 0.5 * d * d, d - 0.5)", "c * minimum(maximum(x - z, -1), 1)", "-dx"),
    ),
    "binary_cross_entropy": (
        "-(z * log(x) + (1 - z) * log(1 - x))", "c * (x - z) / (x * (1 - x))", "c * (log(1 - x) - log(x))"
    ),
    "binary_cross_entropy_with_logits": (
        "maximum(x, 0) - x * z + log1p(exp(-abs(x)))", "c * (1 / (1 + exp(-x)) - z)", "-c * x"
    ),
    "kl_div": ("z * (log(z) - x)", "-c * z", "c * (log(z) + 1 - x)"),
}  # fmt: skip
ELEMENTWISE |= MEANS
ARRAYS = set("bxzyg") | {"dx"}
PREDICATES = ("isnan", "isinf", "isfinite", "eq", "ne", "lt", "le", "gt", "ge")


def named(name, arrays):
    """The inputs of a formula by their names."""
    return dict(zip("bxz" if name == "where" else "xz", arrays))


def elementwise(name, arrays):
    """The Cost of a formula for each number."""
    inputs, (value, *gradients) = named(name, arrays), ELEMENTWISE[name]
    n = math.prod(np.broadcast_shapes(*(array.shape for array in arrays)))
    out = numbers(n, dtype=bool if name in PREDICATES else np.float32)
    forward, reads = count(value)
    backward, kept = zip(*map(count, gradients)) if gradients else ((), ())
    everything, kept = inputs | {"y": out}, set().union(*kept) - {"g", "dx"}
    return moved(
        [inputs[key] for key in sorted(reads)],
        [numbers() if name in MEANS else out],
        n * (forward + (name in MEANS)),
        n * sum(backward),
        [everything[key] for key in sorted(kept)],
        [array for key, array in inputs.items() if key != "b"] if gradients else (),
    )


def count(formula, arrays=ARRAYS):
    """(operations for each number, the arrays that are read) of a formula: "s = 1 / x; s * g" -> (2, {"x", "g"})."""
    local, read, operations = set(), set(), 0

    def walk(node):
        """Count below the node; whether there is an array in it."""
        nonlocal operations
        if isinstance(node, ast.Name):
            read.update({node.id} & arrays - local)
            return node.id in arrays | local
        parts = node.args if isinstance(node, ast.Call) else ast.iter_child_nodes(node)
        found = any([walk(part) for part in parts])
        operations += found and isinstance(node, (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Call))
        return found

    for statement in ast.parse(formula).body:
        walk(statement.value)
        if isinstance(statement, ast.Assign):
            local.add(statement.targets[0].id)
    return operations, read


# ------------------------------------------------------------------------------------------------ optimizers


def sgd(momentum=0, weight_decay=0, **_):
    g = "(g + decay * p)" if weight_decay else "g"
    return f"v = momentum * v + {g}; p = p - lr * v" if momentum else f"p = p - lr * {g}"


def adam(weight_decay=0, **_):
    g = "(g + decay * p)" if weight_decay else "g"
    return f"m = m + (1 - beta1) * ({g} - m); v = beta2 * v + (1 - beta2) * {g} * {g}; " + MOVE


MOVE = "p = p - lr / (1 - beta1 ** t) * m / (sqrt(v) / sqrt(1 - beta2 ** t) + eps)"
# A step for each number of the parameters p with gradients g; v, m and s are kept from step to step.
UPDATES = {
    "SGD": sgd,
    "Adam": adam,
    "AdamW": lambda **_: "p = (1 - lr * decay) * p; " + adam(),
    "Adagrad": lambda **_: "s = s + g * g; p = p - lr * g / (sqrt(s) + eps)",
    "RMSprop": lambda **_: "v = alpha * v + (1 - alpha) * g * g; p = p - lr * g / (sqrt(v) + eps)",
}


def update(formula, groups):
    """The Cost of a step."""
    n = sum(parameter.size for members, _ in groups for parameter in members)
    operations, read = count(formula, set("pgvms"))
    written = {statement.targets[0].id for statement in ast.parse(formula).body}
    return moved([numbers(n)] * len(read), [numbers(n)] * len(written), n * operations)


# ------------------------------------------------------------------------------------------------ sums of products


def matmul(x, w):
    """(.., n, k) times (.., k, m)."""
    out = numbers(*np.broadcast_shapes(x.shape[:-2], w.shape[:-2]), x.shape[-2], w.shape[-1])
    products = out.size * x.shape[-1]
    return moved([x, w], [out], 2 * products, 4 * products, [x, w], [x, w])


def linear(x, w, b=None):
    """x (.., k) times w (m, k) transposed."""
    products = x.size * len(w)
    return moved([x, w, b], [numbers(*x.shape[:-1], len(w))], 2 * products, 4 * products, [x, w], [x, w, b])


def convolution(x, w, b=None, stride=1, padding=0, dilation=1):
    """x (N, C, ..) and w (F, C/G, ..), in any number of dimensions: every output is a sum of C/G KH KW products."""
    out = numbers(len(x), len(w), *windows(x.shape[2:], w.shape[2:], stride, padding, dilation))
    products = out.size * w[0].size  # N F OH OW * C/G KH KW
    return moved([x, w, b], [out], 2 * products, 4 * products, [x, w], [x, w, b])


def transposed(x, w, b=None, stride=1, padding=0):
    """x (N, C, ..) and w (C, F/G, ..): every input goes into F/G KH KW outputs."""
    size = [(n - 1) * stride - 2 * padding + k for n, k in zip(x.shape[2:], w.shape[2:])]
    products = x.size * w[0].size
    out = numbers(len(x), w.shape[1], *size)
    return moved([x, w, b], [out], 2 * products, 4 * products, [x, w], [x, w, b])


def windows(size, kernel, stride=None, padding=0, dilation=1):
    """How many windows there are along each axis."""
    kernel = (kernel,) * len(size) if isinstance(kernel, int) else kernel
    return [(n + 2 * padding - dilation * (k - 1) - 1) // (stride or k) + 1 for n, k in zip(size, kernel)]


def unfold(x, k, padding=0):
    """The windows as columns; differentiated, every number of them is added to a picture."""
    N, C, *size = x.shape
    out = numbers(N, C * k * k, math.prod(windows(size, k, 1, padding)))
    return moved([x], [out], 0, out.size, (), [x])


def fold(x, size, k, padding=0):
    """Every number of the columns is added to a picture."""
    out = numbers(len(x), x.shape[1] // (k * k), *size)
    return moved([x], [out], x.size, 0, (), [x])


# ------------------------------------------------------------------------------------------------ pooling


def max_pool(axes):
    """Of each window of K numbers: K - 1 comparisons. Differentiated, the gradient is added where the maximum was."""

    def pool(x, k, stride=None, padding=0):
        out = numbers(*x.shape[:-axes], *windows(x.shape[-axes:], k, stride, padding))
        return moved([x], [out], out.size * (k**axes - 1), out.size, [chosen(out)], [x])

    return pool


def avg_pool(axes):
    """Of each window of K numbers: K - 1 sums and a division. Differentiated, a division and K sums."""

    def pool(x, k, stride=None, padding=0):
        out = numbers(*x.shape[:-axes], *windows(x.shape[-axes:], k, stride, padding))
        return moved([x], [out], out.size * k**axes, out.size * (1 + k**axes), (), [x])

    return pool


def chosen(out):
    """Which number of a window was the maximum: a byte tells."""
    return numbers(out.size, dtype=np.uint8)


def adaptive_max(axes):
    """Windows that do not overlap."""

    def pool(x, size):
        out = numbers(*x.shape[:-axes], *[size] * axes)
        return moved([x], [out], x.size - out.size, out.size, [chosen(out)], [x])

    return pool


def adaptive_avg(axes):
    def pool(x, size):
        out = numbers(*x.shape[:-axes], *[size] * axes)
        return moved([x], [out], x.size, out.size, (), [x])

    return pool


# ------------------------------------------------------------------------------------------------ norms, softmax


def normalization(forward, backward):
    """So many operations for each number of x."""

    def norm(x, *_, weight=None, bias=None, running_mean=None, running_var=None, **__):
        running = [running_mean, running_var]
        reads = [x, weight, bias, *running]
        written = [array for array in running if array is not None]
        made = moved(reads, [x, *written], forward * x.size, backward * x.size, [x, weight], [x, weight, bias])
        made.bytes["backward"] -= sum(4 * array.size for array in written)  # which have no gradient
        return made

    return norm


# Mean: 1. Variance, sum of (x - mean)^2: 3. xhat = (x - mean) * rstd: 2. y = xhat * weight + bias: 2; if weight belongs
# to a channel as rstd does, only 1. Differentiated: dbias, sum of g: 1. dweight, sum of g * xhat: 2, and 2 for xhat.
# dx = rstd * (g - mean(g) - xhat * mean(g * xhat)): 4. If weight does not belong to a channel, g * weight and the two
# sums of it: 1 + 1 + 2.
BATCH_NORM = normalization(1 + 3 + 2 + 1, 1 + 2 + 2 + 4)
LAYER_NORM = normalization(1 + 3 + 2 + 2, 1 + 2 + 2 + 4 + 4)
INSTANCE_NORM = normalization(1 + 3 + 2, 1 + 2 + 2 + 4)
# Sum of squares: 2. x * r * weight: 2. Differentiated: xhat: 1, dweight: 2, g * weight: 1, its sum with xhat: 2,
# dx = r * (g - xhat * mean): 3.
RMS_NORM = normalization(2 + 2, 1 + 2 + 1 + 2 + 3)


def rows(forward, backward, kept="y"):
    """So many operations for each number of x; backward reads the value ("y"), the inputs ("x"), or nothing."""

    def function(x, *_):
        return moved([x], [x], forward * x.size, backward * x.size, [x] * len(kept), [x])

    return function


# ------------------------------------------------------------------------------------------------ sums and choices


def total(forward, backward=None, kept="", dtype=np.float32):
    """One number of all numbers, with so many operations for each."""

    def function(x):
        out, gradients = numbers(dtype=dtype), () if backward is None else [x]
        return moved([x], [out], forward * x.size, (backward or 0) * x.size, [x] * len(kept), gradients)

    return function


def logsumexp(x, dim):
    """max, x - max, exp, sum for each number; differentiated g * exp(x - y)."""
    out = numbers(x.size // x.shape[dim])
    return moved([x], [out], 4 * x.size, 3 * x.size, [x, out], [x])


def cross_entropy(x, target):
    """max, x - max, exp, sum for each number; differentiated (exp(x - logsumexp) - one_hot) * g / N."""
    return moved([x, target], [numbers()], 4 * x.size, 3 * x.size, [x, target], [x])


def nll_loss(x, target):
    """One number of each row is read, and gets a gradient; the others' are 0."""
    return moved([numbers(len(x)), target], [numbers()], len(x), 0, [target], [x])


def prelu(x, w):
    """where(x > 0, x, w * x); differentiated where(x > 0, g, w * g) and the sum of where(x > 0, 0, x * g)."""
    return moved([x, w], [x], 3 * x.size, (3 + 3) * x.size, [x, w], [x, w])


def dropout(axes):
    """x * mask / (1 - p), with one truth value drawn for each number, or for each map of so many axes."""

    def function(x):
        mask = numbers(*x.shape[: x.ndim - axes], dtype=bool)
        return moved([x], [x], 2 * x.size, 2 * x.size, [mask], [x])

    return function


def copies(x, dim=0):
    """cat and stack: every number is copied."""
    return moved(x, x, gradients=x)


def pad(x, widths):
    """The last axes get as many zeros as the widths say."""
    pairs = [(0, 0)] * (x.ndim - len(widths) // 2) + [*zip(widths[::2], widths[1::2])][::-1]
    out = numbers(*(n + sum(pair) for n, pair in zip(x.shape, pairs)))
    return moved([x], [out], gradients=[x])


def gather(x, dim, index):
    """As many numbers as there are indices; differentiated, each is added to its place."""
    return moved([numbers(*index.shape), index], [numbers(*index.shape)], 0, index.size, [index], [x])


def index_select(x, dim, index):
    """As gather, with whole rows."""
    out = numbers(len(index) * (x.size // x.shape[dim]))
    return moved([out, index], [out], 0, out.size, [index], [x])


def sort(x):
    """log2(n) comparisons for each number of a row of n."""
    index = numbers(*x.shape, dtype=np.int64)
    return moved([x], [x, index], round(x.size * math.log2(x.shape[-1])), 0, [index], [x])


def topk(x, k):
    """A comparison, at least, for each number."""
    out = numbers(*x.shape[:-1], k)
    index = numbers(*out.shape, dtype=np.int64)
    return moved([x], [out, index], x.size, 0, [index], [x])


def one_hot(x, classes):
    return moved([x], [numbers(*x.shape, classes, dtype=np.int64)])


def random(*size, seed=0):
    return moved([], [numbers(*size)])


FUNCTIONS = {
    **dict.fromkeys(("matmul", "mm", "bmm"), matmul),
    "linear": linear,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), convolution),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), transposed),
    "unfold": unfold,
    "fold": fold,
    **{f"max_pool{axes}d": max_pool(axes) for axes in (1, 2, 3)},
    **{f"avg_pool{axes}d": avg_pool(axes) for axes in (1, 2, 3)},
    **{f"adaptive_max_pool{axes}d": adaptive_max(axes) for axes in (1, 2)},
    **{f"adaptive_avg_pool{axes}d": adaptive_avg(axes) for axes in (1, 2)},
    "batch_norm": BATCH_NORM,
    "layer_norm": lambda x, shape, w, b: LAYER_NORM(x, weight=w, bias=b),
    "group_norm": lambda x, groups, w, b: LAYER_NORM(x, weight=w, bias=b),
    "instance_norm": INSTANCE_NORM,
    "rms_norm": lambda x, shape, w: RMS_NORM(x, weight=w),
    "normalize": rows(3, 5, "xy"),  # sum of x^2, x / norm; y = x / norm, (g - y * sum(g * y)) / norm
    "softmax": rows(5, 4),  # max, x - max, exp, sum, / sum; y * (g - sum(g * y))
    "log_softmax": rows(5, 4),  # max, x - max, exp, sum, - log(sum); g - exp(y) * sum(g)
    "softmin": rows(6, 5),
    "cumsum": rows(1, 1, ""),
    "logsumexp": logsumexp,
    "cross_entropy": cross_entropy,
    "nll_loss": nll_loss,
    "prelu": prelu,
    "dropout": dropout(0),
    **{f"dropout{axes}d": dropout(axes) for axes in (1, 2, 3)},
    "sum": total(1, 0),
    "mean": total(1, 0),
    **dict.fromkeys(("std", "var"), total(1 + 3, 2, "x")),  # mean, sum of (x - mean)^2; (x - mean) * g
    "norm": total(2, 1, "x"),  # sum of x^2; x * (g / norm)
    **dict.fromkeys(("amax", "amin", "max", "min"), total(1, 1, "x")),  # comparisons; where x is the largest
    **dict.fromkeys(("argmax", "argmin"), total(1, dtype=np.int64)),
    "flatten": lambda x: moved([], []),  # a view of the same memory
    **dict.fromkeys(("cat", "stack"), copies),
    "pad": pad,
    "gather": gather,
    "index_select": index_select,
    "sort": sort,
    "topk": topk,
    "one_hot": one_hot,
    **dict.fromkeys(("rand", "randn"), random),
    "randint": lambda low, high, size, seed=0: moved([], [numbers(*size, dtype=np.int64)]),
    "randperm": lambda n, seed=0: moved([], [numbers(n, dtype=np.int64)]),
}

"""The laws of functions of single numbers, of extremes, and of sorting."""

import numpy as np

from .law import changed, finite, floats, holds, law, same, value

ALONE = ("exp", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "sin", "cos", "tan", "sinh",
         "cosh", "tanh", "sigmoid", "erf", "neg", "abs", "sign", "floor", "ceil", "trunc", "round", "square", "relu",
         "leaky_relu", "hardtanh", "relu6", "elu", "celu", "selu", "silu", "gelu", "softplus",
         "logsigmoid")  # fmt: skip
LARGEST = ("max_pool1d", "max_pool2d", "max_pool3d", "adaptive_max_pool1d", "adaptive_max_pool2d")
ORDER = (*LARGEST, "amax", "amin", "max", "min", "maximum", "minimum", "sort", "topk", "median")


def turned(x):
    """x backwards along all axes."""
    return np.asarray(x[(slice(None, None, -1),) * x.ndim])


def with_floats(call):
    """Whether the first argument holds floats."""
    return isinstance(call.args[0], np.ndarray) and call.args[0].dtype.kind == "f"


@law(*ALONE)
def takes_each_number_alone(record, call):
    """f(x turned round) = f(x) turned round."""
    y = turned(value(record, call))
    same(record, call, "f(x turned round)", value(record, changed(call, turned(call.args[0]))), y, np.abs(y))


@law("sin", "tan", "sinh", "tanh", "erf", "neg", "sign", "trunc", "round")
def is_odd(record, call):
    """f(-x) = -f(x)."""
    if with_floats(call):
        y = -value(record, call)
        same(record, call, "f(-x)", value(record, changed(call, -call.args[0])), y, np.abs(y))


@law("cos", "cosh", "abs", "square")
def is_even(record, call):
    """f(-x) = f(x)."""
    if with_floats(call):
        y = value(record, call)
        same(record, call, "f(-x)", value(record, changed(call, -call.args[0])), y, np.abs(y))


INVERSE = {
    "exp": np.log, "expm1": np.log1p, "log": np.exp, "log2": np.exp2, "log10": lambda y: 10.0**y, "log1p": np.expm1,
    "sqrt": np.square, "rsqrt": lambda y: 1 / y**2, "reciprocal": lambda y: 1 / y, "neg": np.negative,
    "tanh": np.arctanh, "sinh": np.arcsinh, "sigmoid": lambda y: np.log(y / (1 - y)),
}  # fmt: skip


@law(*INVERSE)
def is_undone_by_its_inverse(record, call):
    """g(f(x)) = x, for numbers between 0.001 and 4."""
    x = call.args[0]
    if with_floats(call):
        x = np.clip(np.where(np.isfinite(x), np.abs(x), 1), 1e-3, 4)
        same(record, call, "g(f(x))", INVERSE[record.name](value(record, changed(call, x))), x, 64)


@law("relu", "silu", "gelu", "softplus", "logsigmoid")
def differs_from_its_mirror_by_x(record, call):
    """f(x) - f(-x) = x (softplus: as far as it is not replaced by x)."""
    x = call.args[0]
    beta, threshold = (call.kwargs.get(key, default) for key, default in (("beta", 1), ("threshold", 20)))
    if not with_floats(call) or not finite(call) or record.name == "softplus" and np.any(np.abs(x) * beta > threshold):
        return
    same(record, call, "f(x) - f(-x)", value(record, call) - value(record, changed(call, -x)), x, np.abs(x) + 1)


@law("sigmoid")
def adds_up_to_1_with_its_mirror(record, call):
    """f(x) + f(-x) = 1."""
    if with_floats(call) and not np.isnan(call.args[0]).any():
        total = value(record, call) + value(record, changed(call, -call.args[0]))
        same(record, call, "f(x) + f(-x)", total, np.ones(total.shape))


@law("floor", "ceil", "trunc", "round", "sign", "relu", "relu6", "hardtanh", "clamp", "clip", "abs", "tril", "triu")
def twice_is_once(record, call):
    """f(f(x)) = f(x)."""
    y = value(record, call)
    same(record, call, "f(f(x))", value(record, changed(call, y)), y, 0)


@law("relu", "leaky_relu", "leaky_relu falling", "prelu", "abs", "amax", "amin", "std", "norm", *LARGEST)
def is_positively_homogeneous(record, call):
    """f(2 x) = 2 f(x)."""
    if not with_floats(call) or record.name == "norm" and 0 in call.args[1:2]:
        return  # the 0-norm counts
    with np.errstate(over="ignore"):
        y, x = 2 * value(record, call), 2 * call.args[0]
    same(record, call, "f(2 x)", value(record, changed(call, x)), y, np.abs(y))


@law("norm")
def triangle(record, call):
    """|x + z| <= |x| + |z| for p >= 1."""
    x, p = call.args[0], call.args[1]
    if p != "fro" and p < 1:
        return
    z = np.random.RandomState(5).standard_normal(x.shape)
    bound = value(record, call) + value(record, changed(call, z))
    holds(record, call, "|x + z| > |x| + |z|", value(record, changed(call, x + z)) <= bound * (1 + 1e-12))


@law("var", "std")
def is_unmoved_by_a_shift(record, call):
    """f(x + 1) = f(x)."""
    x = call.args[0]
    y = value(record, call)
    size = (2 + np.abs(x).max(initial=0)) * (1 + np.abs(y[np.isfinite(y)]).max(initial=0))
    same(record, call, "f(x + 1)", value(record, changed(call, x + 1)), y, size)


@law("logsumexp")
def moves_with_a_shift(record, call):
    """f(x + 1) = f(x) + 1."""
    x = call.args[0]
    if with_floats(call) and finite(call):
        size = 1 + np.abs(x).max(initial=0)
        same(record, call, "f(x + 1)", value(record, changed(call, x + 1)), value(record, call) + 1, size)


@law("prod")
def keeps_the_product(record, call):
    """The product of all partial products is the product of x."""
    if with_floats(call) and finite(call):
        expected = np.prod(call.args[0])
        same(record, call, "the product", value(record, call).prod(), expected)


# ------------------------------------------------------------------------------------------------ order


@law(*ORDER)
def commutes_with_a_rising_map(record, call):
    """f(g(x)) = g(f(x)) for g(x) = 2 x + 1, rounded: only the order of the numbers matters."""
    arrays = floats(call)
    if len(arrays) < len(call.arrays()) or record.name in ("maximum", "minimum") and len(arrays) < 2:
        return  # a number among the arguments; whole numbers go as well, but not bytes
    rising = lambda x: np.asarray(2 * x + 1)
    with np.errstate(over="ignore"):
        same(record, call, "f(2 x + 1)", value(record, call.map(rising)), rising(value(record, call)), 0)


@law(*LARGEST)
def takes_numbers_of_its_input(record, call):
    """Every y is one of the numbers of x (not of the padding), none above the largest."""
    y, x = value(record, call), call.args[0]
    holds(record, call, "a number that is not in the input", np.isin(y, x) | np.isnan(y))
    holds(record, call, "nan from nowhere", not np.isnan(y).any() or np.isnan(x).any())


def in_order(call):
    """x sorted by NumPy as the call wants it, nan last (descending: first)."""
    x, dim = call.args[0], call.kwargs.get("dim", -1)
    if x.ndim == 0:
        return x
    y = np.sort(x, axis=dim)
    return np.flip(y, dim) if call.kwargs.get("descending", False) else y


@law("sort")
def is_sorted(record, call):
    """The numbers of each lane in order, nan as the largest."""
    same(record, call, "the sorted lanes", value(record, call), in_order(call), 0)


@law("argsort")
def points_to_the_sorted_numbers(record, call):
    """x[f(x)] is sorted, and each place is named once."""
    x, index = np.atleast_1d(call.args[0]), np.atleast_1d(value(record, call))
    dim = call.kwargs.get("dim", -1)
    places = np.sort(np.argsort(x, dim), dim)  # 0, 1, .. along each lane
    same(record, call, "the sorted places", np.sort(index, dim), places, 0)
    taken = np.take_along_axis(x, index.astype(int), dim).reshape(call.args[0].shape)
    same(record, call, "x[f(x)]", taken, in_order(call), 0)


# ------------------------------------------------------------------------------------------------ two tensors


@law("add", "mul", "maximum", "minimum", "eq", "ne", "logical_and", "logical_or", "logical_xor", "bitwise_and",
     "bitwise_or", "bitwise_xor")  # fmt: skip
def commutes(record, call):
    """f(a, b) = f(b, a), for shapes that broadcast too."""
    a, b = call.args
    if not all(isinstance(x, np.ndarray) for x in (a, b)) or call.kwargs.get("alpha", 1) != 1:
        return
    same(record, call, "f(b, a)", value(record, changed(call, b, a)), value(record, call), 0)


@law("sub")
def changes_sign_with_the_order(record, call):
    """a - b = -(b - a)."""
    a, b = call.args
    if not all(isinstance(x, np.ndarray) and x.dtype.kind == "f" for x in (a, b)) or call.kwargs.get("alpha", 1) != 1:
        return
    same(record, call, "-f(b, a)", -value(record, changed(call, b, a)), value(record, call), 0)

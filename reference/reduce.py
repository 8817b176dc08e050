"""Records of the reductions: sums, products, spread, extremes, running sums, norms, counting."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, integers, options, shapes
from .record import Call, Illegal, Op

WHOLE = ("int64", "int32", "int16", "int8", "uint8", "bool")
SHAPES = shapes(2, 3, low=2, high=4) | shapes(0, 4, low=0, high=4)


@st.composite
def numbers(draw, shape, floats=True, whole=True, kinds=("normal", "ties", "negative", "strided", "large", "tiny")):
    """An array of floats, or of whole numbers of any type."""
    shape = draw(shape)
    if floats and (not whole or draw(st.integers(0, 3)) < 3):
        return draw(arrays(shape, kinds=kinds))
    kind = draw(st.sampled_from(WHOLE))
    low, high = {"bool": (0, 2), "uint8": (0, 5)}.get(kind, (-3, 5))
    return draw(integers(shape, low, high)).astype(kind)


def one(ndim):
    """One axis, from the front or from the back; a 0-d tensor takes 0 and -1 too."""
    return st.integers(-max(ndim, 1), max(ndim, 1) - 1)


@st.composite
def some(draw, ndim):
    """An axis, or several in any order, as a tuple or a list, from the front or from the back."""
    if ndim == 0 or draw(st.booleans()):
        return draw(one(ndim))
    axes = draw(st.lists(st.integers(0, ndim - 1), min_size=1, max_size=ndim, unique=True))
    axes = [axis - ndim * draw(st.integers(0, 1)) for axis in axes]
    return draw(st.sampled_from([tuple, list]))(axes)


def reduced(shape, dim):
    """The axes that are reduced."""
    return range(len(shape)) if dim is None or dim in ((), []) else dim if isinstance(dim, (tuple, list)) else (dim,)


def reduces(shape, dim):
    """How many numbers become one."""
    return int(np.prod([shape[d] for d in reduced(shape, dim)])) if shape else 1


def kept(shape, dim):
    """The shape with 1 for each axis that is reduced."""
    axes = [d % len(shape) for d in reduced(shape, dim)]
    return tuple(1 if axis in axes else n for axis, n in enumerate(shape))


@st.composite
def reductions(draw, array, dims="some", required=False, empty=True, **more):
    """A call with dim (by position or by name, or without it), keepdim, and more options."""
    x = draw(array)
    kwargs = {}
    if required or draw(st.integers(0, 3)):
        dim = draw(some(x.ndim) if dims == "some" else one(x.ndim))
        kwargs = {"dim": dim} | draw(options(keepdim=st.booleans()))
    if not empty and reduces(x.shape, kwargs.get("dim")) == 0:
        x, kwargs = np.ones((2, 3)), {}
        kwargs = {"dim": 0} if required else kwargs
    kwargs |= draw(options(**more))
    if "dim" in kwargs and draw(st.booleans()):
        return Call(x, kwargs.pop("dim"), **kwargs)
    return Call(x, **kwargs)


dtypes = st.just("float64")  # with float32 both sides would be inexact
FLOATS = numbers(SHAPES, whole=False)
WITH_NAN = numbers(SHAPES, whole=False, kinds=("normal", "ties", "negative", "strided", "special"))


@st.composite
def long_sums(draw):
    """Many numbers of one sign, where careless addition loses digits."""
    shape = draw(st.sampled_from([(20000,), (5000, 3), (3, 5000), (2, 3000, 2)]))
    x = np.abs(draw(arrays(shape, kinds=("normal",)))) + np.float32(0.1)
    x = x.astype(np.float32).astype(np.float64)
    return Call(x, draw(some(len(shape))))


@st.composite
def spreads(draw):
    kinds = ("normal", "ties", "negative", "strided", "large", "tiny")
    x = draw(numbers(shapes(0, 4, low=0, high=4), whole=False, kinds=kinds))
    kwargs = {}
    if draw(st.booleans()):
        x = np.asarray(x + 300, np.float32).astype(np.float64)
    if draw(st.integers(0, 3)):
        kwargs = {"dim": draw(some(x.ndim))} | draw(options(keepdim=st.booleans()))
    left = reduces(x.shape, kwargs.get("dim"))
    option = draw(st.sampled_from(["none", "correction", "unbiased"]))
    if option == "correction":
        corrections = [c for c in (0, 1, 2, 0.5) if c < left]  # faults.correction_beyond_count
        kwargs["correction"] = draw(st.sampled_from(corrections or [0]))
    elif option == "unbiased":
        unbiased = draw(st.booleans())
        if "dim" not in kwargs:
            return Call(x, unbiased)
        kwargs["unbiased"] = unbiased
    return Call(x, **kwargs)


@st.composite
def large_corrections(draw):
    """Variances of no more numbers than the correction."""
    x = draw(numbers(shapes(1, 3, low=1, high=3), whole=False, kinds=("normal", "negative", "strided")))
    dim = draw(st.none() | some(x.ndim))
    return Call(x, dim, correction=reduces(x.shape, dim) + draw(st.sampled_from([0, 1, 2.5])))


@st.composite
def var_mean_calls(draw):
    kinds = ("normal", "negative", "strided", "large", "tiny")  # faults.mean_beside_variance
    x = draw(numbers(shapes(1, 3, low=2, high=4), whole=False, kinds=kinds))
    kwargs = draw(options(dim=some(x.ndim)))
    return Call(x, **kwargs, **(draw(options(keepdim=st.booleans())) if kwargs else {}))


@st.composite
def factors(draw):
    """Numbers to multiply, with zeros among them: one, several or none."""
    x = draw(numbers(SHAPES, kinds=("normal", "ties", "negative", "strided")))
    x.flat[draw(st.sampled_from([slice(0, 1), slice(1, None, 3), slice(0)]))] = 0
    return x


@st.composite
def products(draw):
    call = draw(reductions(factors(), dims="one"))
    if draw(st.booleans()) and call.args[0].dtype.kind == "f" and "keepdim" not in call.kwargs:
        call.kwargs["dtype"] = draw(dtypes)
    return call


@st.composite
def running(draw):
    x = draw(factors())
    return Call(x, draw(one(x.ndim)), **draw(options(dtype=dtypes)))


@st.composite
def long_running(draw):
    return Call(draw(arrays((2, 4000), kinds=("normal", "negative"))), draw(st.sampled_from([1, -1])))


@st.composite
def extremes(draw):
    """max and min in their three forms."""
    form = draw(st.sampled_from(["all", "dim", "two"]))
    x = draw(numbers(SHAPES, kinds=("normal", "ties", "negative", "strided", "special")))
    if form == "two":
        x = draw(arrays(shapes(0, 3)))
        return Call(x, draw(arrays(tuple(draw(st.sampled_from([1, n])) for n in x.shape), kinds=("ties",))))
    if form == "all":
        x = draw(arrays(shapes(1, 3), kinds=("special",))) if draw(st.booleans()) else x
        return Call(x if x.size else np.array(2.0))
    dim = draw(one(x.ndim))
    if reduces(x.shape, dim) == 0:
        x, dim = np.ones((2, 0)), 0
    call = Call(x, dim, **draw(options(keepdim=st.booleans())))
    if draw(st.booleans()):
        call = Call(x, dim=dim, **draw(options(keepdim=st.booleans())))
    return call


@st.composite
def places(draw):
    x = draw(numbers(SHAPES, kinds=("normal", "ties", "negative", "strided", "special")))
    x = x.astype(np.int64) if x.dtype == bool else x
    kwargs = draw(options(dim=one(x.ndim), keepdim=st.booleans()))
    if reduces(x.shape, kwargs.get("dim")) == 0:
        x = np.ones((1, 2, 3))
        kwargs.pop("dim", None)
    return Call(x, **kwargs)


@st.composite
def norms(draw):
    x = draw(numbers(SHAPES, whole=False))
    kwargs = draw(st.sampled_from([{"dim": draw(some(x.ndim))}, {}]))
    kwargs |= draw(options(keepdim=st.booleans())) if kwargs else {}
    zeros = draw(st.sampled_from(["lanes", "columns", "lanes", "none"]))
    if x.ndim and zeros != "none":  # whole lanes of zeros, or zeros among others
        shape = kept(x.shape, kwargs.get("dim")) if zeros == "lanes" else x.shape[-1:]
        x = np.where(draw(integers(shape, 0, 2)) == 0, 0, x)
    p = draw(
        st.sampled_from(["fro", 0, float("-inf"), 2, 2.0, "fro", 1, 3, 1.5, 0.5, 0, -1, float("inf"), float("-inf")])
    )
    if p in (-1, float("inf"), float("-inf")) and reduces(x.shape, kwargs.get("dim")) == 0:
        p = 2
    if isinstance(kwargs.get("dim"), (tuple, list)) and len(kwargs["dim"]) > 2 and p == "fro":
        p = 2  # torch's fro is of vectors and matrices
    return Call(x, p, **kwargs, **draw(st.sampled_from([{}, {}, {"dtype": "float64"}])))


@st.composite
def truths(draw):
    x = draw(numbers(SHAPES, kinds=("ties", "special", "strided"), floats=draw(st.booleans())))
    if x.dtype.kind != "b" and draw(st.booleans()):
        x = np.where(draw(integers(st.just(x.shape), 0, 3)) == 0, x, 0).astype(x.dtype)
    kwargs = draw(options(dim=some(x.ndim)))
    return Call(x, **kwargs, **(draw(options(keepdim=st.booleans())) if kwargs else {}))


@st.composite
def counts(draw):
    x = draw(numbers(SHAPES, kinds=("ties", "special", "strided")))
    return Call(x, **draw(options(dim=some(x.ndim))))


RANGE = "Dimension out of range (expected to be in range of [-2, 1], but got {})"
X, EMPTY = np.ones((2, 3), np.float32), np.ones((0, 3), np.float32)


def bad_dims(dim=5):
    return (
        Illegal(Call(X, dim), IndexError, (RANGE.format(dim),)),
        Illegal(Call(X, -3), IndexError, (RANGE.format(-3),)),
    )


TWICE = (Illegal(Call(X, (0, -2)), RuntimeError, ("dim 0 appears multiple times",)),)
NO_INTEGER = "Got: Long"


def nothing_in(name, error=RuntimeError):
    return (
        Illegal(Call(EMPTY, 0), IndexError, (f"{name}()", "reduction dim 0 to have non-zero size")),
        Illegal(Call(EMPTY), error, (f"{name}()", "input.numel() == 0", "dim")),
    )


RECORDS = [
    Op("sum", reductions(numbers(SHAPES), dtype=dtypes), path="",
       illegal=(*bad_dims(), *TWICE, Illegal(Call([1, 2]), TypeError, ("sum()", "input", "must be Tensor", "list")))),
    Op("sum of many", long_sums(), "sum", "sum", path="", floor=2),
    Op("mean", reductions(FLOATS), path="",
       illegal=(*bad_dims(), Illegal(Call(X.astype(np.int64)), RuntimeError, ("mean()", "dtype", NO_INTEGER)))),
    Op("mean of whole numbers", reductions(numbers(SHAPES, floats=False), dtype=dtypes).map(
        lambda call: Call(*call.args, **{"dtype": "float64"} | call.kwargs)), "mean", "mean", path=""),
    Op("mean of many", long_sums(), "mean", "mean", path="", floor=2),
    Op("prod", products(), path="",
       illegal=(*bad_dims(), Illegal(Call(X, (0, 1)), TypeError, ("prod()", "int", "tuple")))),
    Op("var", spreads(), path="",
       illegal=(*bad_dims(), Illegal(Call(X.astype(np.int64)), RuntimeError, ("var", "floating point", "Long")))),
    Op("std", spreads(), path="",
       illegal=(*bad_dims(), Illegal(Call(X.astype(np.int64)), RuntimeError, ("std", "floating point", "Long")))),
    Op("var of many", long_sums(), "var", "var", path=""),
    *[Op(name, var_mean_calls() | spreads(), path="") for name in ("var_mean", "std_mean")],
    *[Op(f"{name} with a large correction", large_corrections(), name, name, path="", gradients=False)
      for name in ("var", "std", "var_mean", "std_mean")],
    Op("cumsum", running(), path="", illegal=(*bad_dims(), Illegal(Call(X), TypeError, ("cumsum()", "dim")))),
    Op("cumsum of many", long_running(), "cumsum", "cumsum", path="", floor=2),
    Op("cumprod", running(), path="", illegal=bad_dims()),
    Op("logsumexp", reductions(FLOATS, required=True), path="", illegal=bad_dims()),
    Op("logsumexp with infinities", reductions(WITH_NAN, required=True), "logsumexp", "logsumexp", path=""),
    Op("norm", norms(), path="", illegal=(
        Illegal(Call(X, "nuc"), NotImplementedError, ("norm()", "nuclear")),
        Illegal(Call(X, 2, 7), IndexError, ("out of range",)),
        Illegal(Call(X.astype(np.int64)), RuntimeError, ("norm", "floating point", "Long")),
        Illegal(Call(EMPTY, float("inf")), RuntimeError, ("inf norm", "empty")),
    )),
    Op("amax", reductions(WITH_NAN, empty=False), path="", illegal=(*bad_dims(), *TWICE, *nothing_in("amax"))),
    Op("amin", reductions(WITH_NAN, empty=False), path="", illegal=(*bad_dims(), *TWICE, *nothing_in("amin"))),
    Op("amax of whole numbers", reductions(numbers(SHAPES, floats=False), empty=False), "amax", "amax", path=""),
    Op("max", extremes(), path="", illegal=(
        *bad_dims(), *nothing_in("max"), Illegal(Call(X, (0, 1)), TypeError, ("max", "int", "tuple")))),
    Op("min", extremes(), path="", illegal=(
        *bad_dims(), *nothing_in("min"), Illegal(Call(X, (0, 1)), TypeError, ("min", "int", "tuple")))),
    Op("argmax", places(), path="", illegal=(
        *bad_dims(), *nothing_in("argmax", IndexError),
        Illegal(Call(X > 0), RuntimeError, ("argmax()", "bool")),
        Illegal(Call(X, (0, 1)), TypeError, ("argmax()", "int", "tuple")))),
    Op("argmin", places(), path="", illegal=(
        *bad_dims(), *nothing_in("argmin", IndexError), Illegal(Call(X > 0), RuntimeError, ("argmin()", "bool")))),
    Op("any", truths(), path="", illegal=(*bad_dims(), *TWICE)),
    Op("all", truths(), path="", illegal=(*bad_dims(), *TWICE)),
    Op("count_nonzero", counts(), path="", illegal=(*bad_dims(), *TWICE)),
]  # fmt: skip

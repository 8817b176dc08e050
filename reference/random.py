"""Functions that draw random numbers: the same bits as torch's, and the generators afterwards in the same state."""

import importlib
import inspect
import warnings
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

from .draw import options, shapes
from .record import OTHER_NUMBERS, Call, Illegal, Record, roundings


@dataclass(frozen=True, repr=False)
class Draw(Record):
    """The record of a function that draws.

    In a Call, `generator` is the seed of a generator of its own, `seed` that of the default generator, and `before`
    how many normal numbers are drawn from both beforehand (an odd number leaves one waiting); `dtype` is a name.
    Tensors keep the strides of their arrays. exact=False: rounding may differ.
    """

    exact: bool = True
    floor: float = 16.0
    path: str = field(default="", kw_only=True)

    def check(self, call):
        """AssertionError if numbers, dtypes, strides or the generators' states differ from torch's."""
        results = []
        for library in ("minitorch_edu", "torch"):
            torch = importlib.import_module(library)
            torch.manual_seed(call.kwargs.get("seed", 0))
            results.append(self.run(torch, call))
        self.compare(call, *results)

    def fitted(self, call):
        """The call as the candidate takes it, or None; without a generator if it takes none."""
        known = () if self.candidate is None else inspect.signature(self.candidate).parameters
        own = {key: value for key, value in call.kwargs.items() if key in ("seed", "before")}
        lacks = ("seed", "before", *(["generator"] if self.candidate and "generator" not in known else []))
        given = {key: value for key, value in call.kwargs.items() if key not in lacks}
        fitted = super().fitted(Call(*call.args, **given))
        return fitted and Call(*fitted.args, **fitted.kwargs, **own)

    def outcome(self, call):
        """What comes out of the candidate, as {what: array}."""
        mt.manual_seed(call.kwargs.get("seed", 0))
        return {"result": self.run(mt, call)["result"]}

    def run(self, torch, call):
        """What one call returns, and the states of the generators then, as {what: array}."""
        kwargs = {key: value for key, value in call.kwargs.items() if key != "seed"}
        call = Call(*call.args, **kwargs).map(lambda array: torch.from_numpy(same_layout(array)))
        generators = {"default generator": torch.default_generator}
        if "generator" in kwargs:
            generators["generator"] = call.kwargs["generator"] = torch.Generator().manual_seed(kwargs["generator"])
        if "dtype" in kwargs:
            call.kwargs["dtype"] = getattr(torch, kwargs["dtype"])
        before = call.kwargs.pop("before", 0)
        for generator in generators.values():
            torch.empty((before, 1)).normal_(generator=generator)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = self.resolve(torch.__name__)(*call.args, **call.kwargs)
        states = {f"state of the {what}": generator.get_state().numpy() for what, generator in generators.items()}
        required = {"whether it requires a gradient": np.array(result.requires_grad)}
        return {"result": result.detach().numpy().copy(order="K"), **required, **states}

    def compare(self, call, ours, theirs):
        """AssertionError where two runs differ."""
        for what, expected in theirs.items():
            got = ours[what]
            kinds = [(a.shape, a.dtype, a.flags.c_contiguous) for a in (got, expected)]
            assert kinds[0] == kinds[1], (
                f"{self.name}: {what}\n ours: {kinds[0]}\ntorch: {kinds[1]}\n{self.again(call)}"
            )
            if self.exact or what != "result":
                if got.tobytes() != expected.tobytes():
                    if what.startswith("state") and self.candidate is not None:
                        raise AssertionError(f"{self.name}: {OTHER_NUMBERS}\n{self.again(call)}")
                    raise self.report(call, what, got, expected, "some bits")
            else:
                error = roundings(got, expected, got.dtype)
                if not error <= self.floor:
                    raise self.report(call, what, got, expected, f"{error:.3g} roundings")

    def attempt(self, call):
        """Our function called so."""
        mt.manual_seed(0)
        return self.run(mt, call)


@dataclass(frozen=True, repr=False)
class Session(Draw):
    """Several draws in a row, of any kinds; in a Call, `steps` are (record, Call)."""

    public = ""

    def check(self, call):
        """AssertionError if any of them differs; what one leaves in the generator, the next finds."""
        results = [{}, {}]
        for library, found in zip(("minitorch_edu", "torch"), results):
            torch = importlib.import_module(library)
            torch.manual_seed(call.kwargs["seed"])
            for i, (record, step) in enumerate(call.kwargs["steps"]):
                for what, array in record.run(torch, step).items():
                    found[f"step {i}, {record.name}: {what}"] = array
        self.compare(call, *results)


def same_layout(array):
    """A copy with the strides of the original, gaps and all."""
    reach = 1 + sum((n - 1) * stride for n, stride in zip(array.shape, array.strides)) // array.itemsize
    memory = np.zeros(max(reach, 0) if array.size else 0, array.dtype)
    copy = np.lib.stride_tricks.as_strided(memory, array.shape, array.strides)
    copy[...] = array
    return copy


# ------------------------------------------------------------------------------------------------ drawing

SEEDS = st.one_of(
    st.sampled_from([0, 1, 42, -1, 2**32 - 1, 2**32, 2**63, 2**64 - 1, -(2**63)]), st.integers(-(2**63), 2**64 - 1)
)
COUNTS = st.one_of(
    st.sampled_from([0, 1, 2, 15, 16, 17, 31, 32, 33, 311, 312, 313, 623, 624, 625, 640, 1248]), st.integers(0, 2000)
)
SIZES = st.one_of(COUNTS.map(lambda n: (n,)), shapes(0, 4, 0, 7), st.sampled_from([(1, 3, 5, 5), (4, 16), (2, 8, 39)]))
FLOATS = st.sampled_from(["float32", "float64"])
INTEGERS = ["int64", "int32", "int16", "int8", "uint8"]
BEFORE = {"before": st.sampled_from([0, 1, 2, 3])}
LEAF = {"requires_grad": st.booleans()}
COMMON = {"seed": SEEDS, "generator": SEEDS, **BEFORE}


@st.composite
def laid(draw, dtypes=FLOATS, sizes=SIZES):
    """An array whose content does not matter: plain, with axes exchanged, with gaps, or both."""
    shape, dtype = draw(sizes), draw(dtypes)
    layout = draw(st.sampled_from(["plain", "plain", "exchanged", "gaps", "both"]))
    wide = tuple(2 * n if layout in ("gaps", "both") else n for n in shape)
    axes = draw(st.permutations(range(len(shape)))) if layout in ("exchanged", "both") else range(len(shape))
    array = np.zeros([wide[axis] for axis in axes], dtype).transpose(np.argsort(axes).astype(int))
    return array[(*(slice(None, None, 2) for _ in shape), ...)] if layout in ("gaps", "both") else array


@st.composite
def calls(draw, *positional, required=None, **optional):
    """Calls with these arguments; the named ones may be left out."""
    args = [draw(strategy) for strategy in positional]
    named = {key: draw(strategy) for key, strategy in (required or {}).items()}
    return Call(*args, **named, **draw(options(**optional, **COMMON)))


def floats(low, high):
    """Numbers between two bounds, round ones too."""
    return st.one_of(st.sampled_from([x for x in (-1.0, 0.0, 0.1, 0.5, 1.0, 2.0) if low <= x <= high]),
                     st.floats(low, high, allow_subnormal=False))  # fmt: skip


@st.composite
def bounds(draw):
    """(low, high) of uniform numbers: symmetric as of weights, far from 0, very close, equal, one much smaller."""
    low = draw(floats(-100, 100))
    kind = draw(st.sampled_from(["symmetric", "any", "close", "equal", "uneven", "weights"]))
    if kind == "weights":
        low = draw(st.integers(1, 2000)) ** -0.5
    if kind in ("symmetric", "weights"):
        return -abs(low), abs(low)
    if kind == "uneven":
        return low * 1e-4, draw(st.floats(1, 100))
    return low, low + {"any": draw(st.floats(0, 100)), "close": draw(st.floats(0, 1e-3)), "equal": 0.0}[kind]


def with_bounds(*first):
    """Calls of a tensor with the two bounds of uniform numbers."""
    return st.builds(lambda call, pair: Call(*call.args, *pair, **call.kwargs), calls(*first), bounds())


SPANS = st.one_of(
    st.sampled_from([1, 2, 10, 255, 2**24, 2**28 - 1, 2**28, 2**31, 2**32, 2**40, 2**62]), st.integers(1, 2**63)
)


@st.composite
def integer_bounds(draw, dtype):
    """(low, high) that a dtype holds (in float32, which lacks some, also wide ones)."""
    kind = np.dtype(dtype)
    if kind.kind == "f" and draw(st.booleans()):
        return draw(st.integers(-(2**40), 2**40)), draw(st.integers(2**41, 2**60))
    least, most = {"b": (0, 1), "f": (-1000, 1000)}.get(kind.kind) or (np.iinfo(kind).min, np.iinfo(kind).max)
    least, most = int(least), int(most)
    low = draw(st.one_of(st.integers(least, most), st.just(0)))
    high = draw(st.one_of(st.integers(low, most), SPANS.map(lambda span: min(low + span, most))))
    return low, min(high + 1, 2**63 - 1) if low <= high and low < 2**63 - 1 else high


@st.composite
def integer_calls(draw, in_place=False):
    """randint and random_ in every dtype and form."""
    dtype = draw(st.sampled_from([*INTEGERS, "bool", "float32", "float64"]))
    low, high = draw(integer_bounds(dtype))
    forms = [(low, high)] + ([(high,)] if high > 0 else [])
    common = draw(options(**COMMON))
    if in_place:
        forms += [(), (low, None)]
        if dtype.startswith("float"):
            whole = 2 ** (24 if dtype == "float32" else 53)  # up to here they know every whole number
            forms = [form for form in forms if form != (low, None) or abs(low) < whole]
        return Call(draw(laid(st.just(dtype))), *draw(st.sampled_from(forms)), **common)
    common |= draw(options(**LEAF)) if dtype.startswith("float") else {}
    return Call(*draw(st.sampled_from(forms)), draw(SIZES), dtype=dtype, **common)


@st.composite
def permutations(draw):
    """randperm of every dtype that holds the numbers."""
    chosen = draw(options(dtype=st.sampled_from(["int64", "int32", "int16", "float32", "float64"]), **COMMON))
    if chosen.get("dtype", "int64").startswith("float"):
        chosen |= draw(options(**LEAF))
    return Call(draw(COUNTS), **chosen)


@st.composite
def like_calls(draw):
    """randint_like: high, or low and high."""
    low, high = draw(st.integers(-100, 100)), draw(st.integers(101, 127))
    array = draw(laid(st.sampled_from(["int64", "int32", "int8", "float32", "float64"])))
    chosen = draw(options(dtype=st.sampled_from(["float32", "float64", "int64", "int8"]), **COMMON))
    if chosen.get("dtype", array.dtype.name).startswith("float"):
        chosen |= draw(options(**LEAF))
    return Call(array, *draw(st.sampled_from([(low, high), (high,)])), **chosen)


@st.composite
def probabilities(draw, shape, dtypes=FLOATS):
    """An array of probabilities, 0 and 1 among them."""
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    p = np.clip(random.uniform(-0.2, 1.2, draw(shape) if isinstance(shape, st.SearchStrategy) else shape), 0, 1)
    p = np.asarray(p, draw(dtypes))
    return p.T.copy().T if draw(st.booleans()) else p


@st.composite
def bernoulli_calls(draw, in_place=False):
    """A number, or a tensor of probabilities."""
    common, kinds = draw(options(**COMMON)), st.sampled_from(["float32", "float64", "int64", "uint8", "bool"])
    if not in_place:
        return Call(draw(st.one_of(probabilities(SIZES), laid())), **common) if draw(st.booleans()) else Call(
            draw(laid(kinds)), draw(floats(0, 1)), **common
        )  # fmt: skip
    x = draw(laid(kinds))
    p = draw(st.sampled_from(["default", "number", "tensor"]))
    if p == "default":
        return Call(x, **common)
    if p == "number":
        return Call(x, draw(st.one_of(st.sampled_from([0, 1]), floats(0, 1))), **common)
    shape = tuple(draw(st.sampled_from([n, 1])) for n in x.shape)[draw(st.integers(0, x.ndim)) :]
    return Call(x, draw(probabilities(shape)), **common)


@st.composite
def normal_calls(draw):
    """torch.normal: numbers and a size, or tensors that broadcast."""
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    shape, common = draw(SIZES), draw(options(**COMMON))
    form = draw(st.sampled_from(["numbers", "mean", "std", "both"]))
    if form == "numbers":
        return Call(draw(floats(-10, 10)), draw(floats(0, 10)), shape, **common, **draw(options(dtype=FLOATS)))
    tensors = []
    for _ in range(2):
        own = tuple(draw(st.sampled_from([n, n, 1])) for n in shape)[draw(st.integers(0, len(shape))) :]
        array = np.asarray(random.standard_normal(own), draw(FLOATS))
        tensors.append(array.T.copy().T if draw(st.booleans()) else array)
    mean, std = tensors[0], np.abs(tensors[1], out=tensors[1])
    if form == "both":
        return Call(mean, std, **common)
    return Call(mean, *draw(st.sampled_from([(), (0.3,), (2,)])), **common) if form == "mean" else Call(
        draw(floats(-10, 10)), std, **common
    )  # fmt: skip


@st.composite
def weight_calls(draw):
    """multinomial: without replacement at most as many as there are weights above 0, as it is documented."""
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    categories, rows = draw(st.integers(1, 40)), draw(st.sampled_from([None, 0, 1, 3]))
    w = random.rand(*([] if rows is None else [rows]), categories) + 1e-3
    w = np.where(random.rand(*w.shape) < 0.3, 0, w)
    w[..., random.randint(categories)] = 1
    w = np.asarray(w, draw(FLOATS))
    w = w.T.copy().T if draw(st.booleans()) else w
    replacement, most = draw(st.booleans()), int(np.count_nonzero(w, axis=-1).min(initial=categories))
    return Call(w, draw(st.integers(1, 50 if replacement else most)), replacement, **draw(options(**COMMON)))


# ------------------------------------------------------------------------------------------------ the records

X = np.zeros(3, np.float32)
WHOLE = np.zeros(3, np.int64)


def illegal(error, words, *args, **kwargs):
    return Illegal(Call(*args, **kwargs), error, tuple(words.split("|")))


FUNCTIONS = [
    Draw("rand", calls(SIZES, dtype=FLOATS, **LEAF), illegal=(
        illegal(NotImplementedError, "rand|int64", 3, dtype="int64"), illegal(RuntimeError, "negative|-1", 2, -1),
        illegal(TypeError, "size|float", 2.0))),
    Draw("randn", calls(SIZES, dtype=FLOATS, **LEAF), illegal=(
        illegal(NotImplementedError, "randn|bool", 3, dtype="bool"), illegal(TypeError, "size|str", "3"))),
    Draw("rand_like", calls(laid(), dtype=FLOATS, **LEAF), illegal=(
        illegal(NotImplementedError, "rand_like|int64", WHOLE), illegal(TypeError, "rand_like|Tensor|list", [1.0]))),
    Draw("randn_like", calls(laid(), dtype=FLOATS, **LEAF), illegal=(
        illegal(NotImplementedError, "randn_like|int64", WHOLE),)),
    Draw("randint", integer_calls(), illegal=(
        illegal(TypeError, "randint|size", 5), illegal(TypeError, "size|randint", 5, 2),
        illegal(RuntimeError, "from=5 >= to=5", 5, 5, (2,)), illegal(RuntimeError, "from=0 >= to=-3", -3, (2,)),
        illegal(TypeError, "int, not float", 5.5, (2,)),
        illegal(RuntimeError, "to - 1 is out of bounds|uint8", 300, (2,), dtype="uint8"),
        illegal(RuntimeError, "from is out of bounds|uint8", -1, 3, (2,), dtype="uint8"))),
    Draw("randint_like", like_calls(), illegal=(
        illegal(TypeError, "high", X), illegal(RuntimeError, "from=4 >= to=4", X, 4, 4))),
    Draw("randperm", permutations(), illegal=(
        illegal(RuntimeError, "randperm|negative", -1), illegal(TypeError, "int|float", 5.0),
        illegal(RuntimeError, "randperm|299|uint8", 300, dtype="uint8"),
        illegal(NotImplementedError, "randperm|bool", 2, dtype="bool"))),
    Draw("normal", normal_calls(), illegal=(
        illegal(TypeError, "size", 0.0, 1.0), illegal(RuntimeError, "std >= 0|-1", 0.0, -1.0, (2,)),
        illegal(RuntimeError, "std >= 0|-1", X, X - 1), illegal(NotImplementedError, "normal|int64", WHOLE),
        illegal(RuntimeError, "(3,)|(4,)|broadcast", X, np.zeros(4, np.float32)))),
    Draw("bernoulli", bernoulli_calls(), illegal=(
        illegal(RuntimeError, "p to be in [0, 1]|p=2", X, 2), illegal(RuntimeError, "in [0, 1]|2", X + 2),
        illegal(RuntimeError, "in [0, 1]|nan", X * np.float32(np.nan)),
        illegal(NotImplementedError, "bernoulli|int64", WHOLE))),
    Draw("multinomial", weight_calls(), illegal=(
        illegal(RuntimeError, "sum of probabilities <= 0", X, 1), illegal(RuntimeError, "replacement|4 of 3", X + 1, 4),
        illegal(RuntimeError, "n_sample <= 0", X + 1, 0), illegal(RuntimeError, "element < 0", X - 1, 1, True),
        illegal(NotImplementedError, "multinomial|int64", WHOLE + 1, 1),
        illegal(RuntimeError, "1 or 2 dim|[1, 1, 1]", np.ones((1, 1, 1)), 1))),
    Draw("Tensor.uniform_", st.one_of(calls(laid(), to=floats(0, 10)), with_bounds(laid())), illegal=(
        illegal(NotImplementedError, "uniform_|int64", WHOLE), illegal(RuntimeError, "from=1.0 > to=0.0", X, 1, 0),
        illegal(RuntimeError, "to is out of bounds", X, 0, 1e39), illegal(RuntimeError, "from is out", X, np.nan, 1),
        illegal(RuntimeError, "to-from", X, -3e38, 3e38), illegal(TypeError, "from|str", X, "0"))),
    Draw("Tensor.normal_", calls(laid(), mean=floats(-10, 10), std=floats(0, 10)), illegal=(
        illegal(NotImplementedError, "normal_|int64", WHOLE), illegal(RuntimeError, "std >= 0.0|-1", X, 0, -1))),
    Draw("Tensor.random_", integer_calls(in_place=True), illegal=(
        illegal(RuntimeError, "random_|from=5 >= to=5", X, 5, 5), illegal(TypeError, "at most two", X, 1, 2, 3),
        illegal(RuntimeError, "out of bounds|int8", np.zeros(3, np.int8), 300))),
    Draw("Tensor.bernoulli_", bernoulli_calls(in_place=True), illegal=(
        illegal(RuntimeError, "p=2", X, 2), illegal(RuntimeError, "expand|(2,)|(3,)", X, np.ones(2, np.float32)),
        illegal(NotImplementedError, "bernoulli_|int64", X, WHOLE))),
    Draw("Tensor.exponential_", calls(laid(), lambd=floats(0.01, 100)), illegal=(
        illegal(NotImplementedError, "exponential_|int64", WHOLE), illegal(RuntimeError, "lambda > 0.0", X, 0))),
    Draw("Tensor.geometric_",
        calls(laid(st.sampled_from(["float32", "float64", "int64", "int32"])), floats(1e-3, 0.999)), illegal=(
        illegal(RuntimeError, "p to be in (0, 1)|p=1", X, 1),
        illegal(NotImplementedError, "geometric_|bool", X > 0, 0.5))),
    Draw("Tensor.cauchy_", calls(laid(), median=floats(-10, 10), sigma=floats(0.01, 10)), illegal=(
        illegal(NotImplementedError, "cauchy_|int64", WHOLE), illegal(RuntimeError, "sigma > 0.0", X, 0, -1))),
    Draw("Tensor.log_normal_", calls(laid(), mean=floats(-3, 3), std=floats(0.01, 3)), illegal=(
        illegal(NotImplementedError, "log_normal_|int64", WHOLE), illegal(RuntimeError, "std > 0.0", X, 0, 0))),
]  # fmt: skip

SINGLE = [record for record in FUNCTIONS if record.name in ("randn", "Tensor.normal_", "Tensor.log_normal_")]


@st.composite
def sessions(draw):
    """A few draws in a row; the ones that take numbers singly (and may leave one) come more often."""
    steps = []
    for _ in range(draw(st.integers(2, 6))):
        record = draw(st.one_of(st.sampled_from(SINGLE), st.sampled_from(FUNCTIONS)))
        call = draw(record.calls)
        steps.append((record, Call(*call.args, **{k: v for k, v in call.kwargs.items() if k != "seed"})))
    return Call(steps=steps, seed=draw(SEEDS))


RECORDS = [*FUNCTIONS, Session("several draws in a row", sessions())]

"""What a record of the catalogue is, and the checks that are made of an operator's.

A drawn `Call` holds NumPy arrays where the function takes tensors. It is made three times, in float64 by torch (the
truth), in float64 by us, and in float32 by both, with gradients under one drawn cotangent:

    float64: our error        <=  TIGHT float64 roundings of the largest number involved
    float32: our error        <=  4 x torch's own error, or the record's floor, in float32 roundings
"""

import importlib
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

TIGHT = 2.0**14  # float64 roundings: 4e-12 relative


class Call:
    """The arguments of one call; an array stands for a tensor. It prints as the code that repeats it."""

    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs

    def map(self, function):
        """The same call with function(array) for each array, also inside lists and tuples."""

        def walk(value):
            if isinstance(value, np.ndarray):
                return function(value)
            if isinstance(value, (list, tuple)):
                return type(value)(walk(item) for item in value)
            return value

        return Call(*map(walk, self.args), **{key: walk(value) for key, value in self.kwargs.items()})

    def arrays(self):
        """The arrays in order."""
        found = []
        self.map(found.append)
        return found

    def __repr__(self):
        def show(value):
            return f"np.array({value.tolist()!r}, '{value.dtype}')" if isinstance(value, np.ndarray) else repr(value)

        parts = [show(value) for value in self.args] + [f"{key}={show(value)}" for key, value in self.kwargs.items()]
        return f"({', '.join(parts)})"


@dataclass(frozen=True)
class Illegal:
    """A call that must raise `error` with a message that contains all of `words`."""

    call: Call
    error: type
    words: tuple


@dataclass(frozen=True)
class Op:
    """The record of an operator: a function of tensors.

    calls: strategy of legal Calls. Every float array in a Call is differentiated, except arguments named in `constant`.
    floor: error in float32 roundings that is accepted whatever torch's is (say why, if it is not the default).
    random: the function draws numbers; both sides start from the same manual_seed.
    """

    name: str
    calls: st.SearchStrategy
    ours: str = ""
    twin: str = ""
    illegal: tuple = ()
    constant: tuple = ()
    floor: float = 16.0
    random: bool = False
    path: str = field(default="nn.functional", kw_only=True)  # "" for mt.name / torch.name

    def resolve(self, library):
        """Our function, or torch's, found when first asked for."""
        dotted = (self.ours if library == "minitorch_edu" else self.twin) or f"{self.path}.{self.name}".lstrip(".")
        thing = importlib.import_module(library)
        for part in dotted.split("."):
            thing = getattr(thing, part)
        return thing

    def check(self, call):
        """AssertionError if our values or gradients differ from torch's for this call."""
        truth = self.run("torch", call, np.float64)
        ours = self.run("minitorch_edu", call, np.float64)
        self.same_kind(call, ours, truth, np.float64)
        for what in truth:
            error, bound = roundings(ours[what], truth[what], np.float64), TIGHT
            assert error <= bound, self.report(call, what, ours[what], truth[what], f"{error:.3g} float64 roundings")
        ours, theirs = self.run("minitorch_edu", call, np.float32), self.run("torch", call, np.float32)
        self.same_kind(call, ours, theirs, np.float32)
        for what in truth:
            error, torchs = (
                roundings(ours[what], truth[what], np.float32),
                roundings(theirs[what], truth[what], np.float32),
            )
            assert error <= max(4 * torchs, self.floor), self.report(
                call, what, ours[what], truth[what], f"{error:.3g} float32 roundings, torch's own: {torchs:.3g}"
            )

    def run(self, library, call, precision):
        """Values and gradients of one call as {what: array}; AssertionError if it writes to its inputs."""
        torch = importlib.import_module(library)
        function = self.resolve(library)
        leaves = []

        def tensor(array):
            array = array.astype(precision) if array.dtype.kind == "f" else array
            leaf = (
                torch.from_numpy(array.copy(order="K"))
                if array.ndim
                else torch.tensor(array.item(), dtype=as_torch(array, torch))
            )
            leaves.append((leaf, array))
            return leaf

        drawn = call.map(tensor)
        constants = {id(drawn.kwargs[key]) for key in self.constant if key in drawn.kwargs}
        inputs = [leaf for leaf, array in leaves if array.dtype.kind == "f" and id(leaf) not in constants]
        for leaf in inputs:
            leaf.requires_grad_()
        if self.random:
            torch.manual_seed(1)
        results = function(*drawn.args, **drawn.kwargs)
        results = [results] if not isinstance(results, (tuple, list)) else list(results)
        found = {}
        cotangents, differentiable = [], []
        for i, result in enumerate(results):
            if not hasattr(result, "detach"):
                found[f"value {i}"] = np.asarray(result)
                continue
            found[f"value {i}"] = result.detach().numpy().copy()
            if result.requires_grad:
                differentiable.append(result)
                drawn_cotangent = np.random.RandomState(7 + i).standard_normal(tuple(result.shape))
                cotangents.append(torch.from_numpy(np.asarray(drawn_cotangent, precision).reshape(tuple(result.shape))))
        if differentiable:
            torch.autograd.backward(differentiable, cotangents)
            for i, leaf in enumerate(inputs):
                found[f"gradient of input {i}"] = (
                    np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
                )
        for leaf, array in leaves:
            assert np.array_equal(leaf.detach().numpy(), array, equal_nan=array.dtype.kind == "f"), (
                f"{library} {self.name} wrote to its input\ncall: {call!r}"
            )
        return found

    def same_kind(self, call, ours, theirs, precision):
        """AssertionError unless the same outputs came with the same shapes and types."""
        kinds = [
            {what: (a.shape, a.dtype) for what, a in side.items() if what.startswith("value")}
            for side in (ours, theirs)
        ]
        assert kinds[0] == kinds[1], (
            f"{self.name} in {precision.__name__}{call!r}\n ours: {kinds[0]}\ntorch: {kinds[1]}"
        )
        assert ours.keys() == theirs.keys(), f"{self.name}{call!r}\n ours has {list(ours)}\ntorch has {list(theirs)}"

    def report(self, call, what, ours, expected, error):
        """The text of a failure."""
        with np.errstate(all="ignore"):
            difference = np.abs(np.asarray(ours, float) - np.asarray(expected, float))
        worst = (
            np.unravel_index(np.argmax(np.nan_to_num(difference, nan=np.inf)), difference.shape)
            if difference.size
            else ()
        )
        return (
            f"{self.name}: {what} differs by {error}\nlargest at {tuple(map(int, worst))}: "
            f"got {ours[worst] if difference.size else ours}, expected {expected[worst] if difference.size else expected}\n"
            f"call: {self.name}{call!r}"
        )

    def check_illegal(self, illegal):
        """AssertionError unless the call raises what it must."""
        call = illegal.call.map(lambda a: mt.from_numpy(a.copy()) if a.ndim else mt.tensor(a.item()))
        try:
            self.resolve("minitorch_edu")(*call.args, **call.kwargs)
        except illegal.error as error:
            missing = [word for word in illegal.words if word.lower() not in str(error).lower()]
            assert not missing, f"{self.name}{illegal.call!r}: the message lacks {missing}: {error}"
        else:
            raise AssertionError(f"{self.name}{illegal.call!r} raised nothing; {illegal.error.__name__} expected")


def as_torch(array, torch):
    """torch's (or our) dtype of an array."""
    return getattr(torch, array.dtype.name)


def roundings(got, expected, precision):
    """The largest difference in roundings (eps) of the largest expected number; inf where nan or inf disagree."""
    got, expected = np.asarray(got), np.asarray(expected)
    if expected.size == 0:
        return 0.0
    if expected.dtype.kind != "f":
        return 0.0 if np.array_equal(got, expected) else np.inf
    got, expected = got.astype(np.float64), expected.astype(np.float64)
    finite = np.isfinite(expected)
    if not np.array_equal(got[~finite], expected[~finite], equal_nan=True):
        return np.inf
    if not finite.any():
        return 0.0
    difference = np.abs(got[finite] - expected[finite]).max()
    if not np.isfinite(difference):
        return np.inf
    scale = max(np.abs(expected[finite]).max(), np.finfo(precision).tiny / np.finfo(precision).eps)
    return float(difference / (scale * np.finfo(precision).eps))


# ------------------------------------------------------------------------------------------------ drawing


def extents(low=1, high=6):
    """Sizes of axes."""
    return st.integers(low, high)


@st.composite
def arrays(draw, shape, kinds=("normal", "ties", "negative", "strided"), low=None, high=None):
    """A float64 array, exact in float32, of a shape (or of a strategy of shapes), made to hurt.

    kinds: "normal"; "ties" (small integers); "negative" (none above zero); "strided" (not contiguous in memory);
    "large" and "tiny" (1e+-20); "special" (some inf and nan). low, high: clip to a domain.
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    kind = draw(st.sampled_from(kinds))
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    x = random.standard_normal(shape)
    if kind == "ties":
        x = random.randint(-2, 3, shape).astype(float)
    elif kind == "negative":
        x = -np.abs(x) - 0.25
    elif kind == "large":
        x = x * 1e20
    elif kind == "tiny":
        x = x * 1e-20
    elif kind == "special":
        x = np.where(random.rand(*shape) < 0.3, random.choice([np.inf, -np.inf, np.nan], shape), x)
    if low is not None or high is not None:
        x = np.clip(x, low, high)
    x = np.asarray(x, np.float32).astype(np.float64)
    if kind == "strided" and x.ndim:
        x = np.ascontiguousarray(x.T).T  # axes reversed in memory
    return x


@st.composite
def integers(draw, shape, low, high, dtype=np.int64):
    """An integer array with low <= values < high."""
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    return np.random.RandomState(draw(st.integers(0, 2**32 - 1))).randint(low, high, shape).astype(dtype)


def shapes(min_dims=0, max_dims=4, low=1, high=5):
    """Shapes of drawn rank."""
    return st.lists(extents(low, high), min_size=min_dims, max_size=max_dims).map(tuple)


def options(**strategies):
    """A dictionary of options, each of which may be left out (so that defaults are compared too)."""
    return st.fixed_dictionaries({}, optional=strategies)

"""What a record of the catalogue is, and the checks that are made of an operator's.

A drawn `Call` holds NumPy arrays where the function takes tensors. It is made three times, in float64 by torch (the
truth), in float64 by us, and in float32 by both, with gradients under one drawn cotangent:

    float64: our error        <=  TIGHT float64 roundings of the largest number involved
    float32: our error        <=  4 x torch's own error, or the record's floor, in float32 roundings

Where terms of a sum cancel, both may be many roundings off. How many is measured: by torch's own error in float32, and
by how far the true result moves when inputs and cotangent are rounded to float32. So many roundings are allowed, but
never more than LOOSE: where a rounding makes another result, as at the ties of a maximum, it is no excuse.
"""

import dataclasses
import functools
import importlib
import inspect
from dataclasses import dataclass, field

import numpy as np
from hypothesis import strategies as st

import minitorch_edu as mt

TIGHT = 2.0**14  # float64 roundings: 4e-12 relative
LOOSE = 2.0**-10  # relative
LEAST = {np.float64: 1e-100, np.float32: 2.0**-103}  # of smaller numbers, roundings are counted as of these
EPS = float(np.finfo(np.float32).eps)
OTHER_NUMBERS = (
    "it does not draw torch's random numbers: draw them with minitorch_edu (rand ..), as many as torch does and in the "
    "same order"
)


class Drawn:
    """What a strategy draws. It remembers what torch answered, for the next who asks."""

    @functools.cached_property
    def answers(self):
        return {}


class Call(Drawn):
    """The arguments of one call; an array stands for a tensor. It prints as the code that repeats it."""

    def __init__(self, *args, **kwargs):
        self.args, self.kwargs = args, kwargs

    def map(self, function, but=()):
        """The same call with function(array) for each array, also inside lists and such; not for keywords `but`."""

        def walk(value):
            if isinstance(value, np.ndarray):
                return function(value)
            if isinstance(value, (list, tuple)):
                return type(value)(walk(item) for item in value)
            if isinstance(value, dict):
                return {key: walk(item) for key, item in value.items()}
            return value

        args = [walk(value) for value in self.args]
        return Call(*args, **{key: value if key in but else walk(value) for key, value in self.kwargs.items()})

    def arrays(self):
        """The arrays in order."""
        found = []
        self.map(found.append)
        return found

    def __repr__(self):
        parts = [text(value) for value in self.args] + [f"{key}={text(value)}" for key, value in self.kwargs.items()]
        return f"Call({', '.join(parts)})"


def text(value):
    """The code that makes a value again; the axes of arrays lie in the same order in memory."""
    if isinstance(value, (list, tuple)):
        inner = ", ".join(map(text, value))
        return f"[{inner}]" if isinstance(value, list) else f"({inner}{',' * (len(value) == 1)})"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key!r}: {text(item)}' for key, item in value.items())}}}"
    if not isinstance(value, np.ndarray):
        return repr(value)
    if value.size == 0:
        return f"zeros({value.shape}, {value.dtype.name!r})"
    order = sorted(range(value.ndim), key=lambda axis: -abs(value.strides[axis]))
    turned = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in value.strides)
    code = f"array({value[turned].transpose(order).tolist()!r}, {value.dtype.name!r})"
    if order != sorted(order):
        code += f".transpose({tuple(np.argsort(order).tolist())})"
    if any(stride < 0 for stride in value.strides):
        code += f"[{', '.join('::-1' if stride < 0 else ':' for stride in value.strides)}]"
    return code


class Different(AssertionError):
    """An array is not what it should be. what: its name among the results of the call."""

    def __init__(self, message, what, got, expected):
        super().__init__(message)
        self.what, self.got, self.expected = what, got, expected


@dataclass(frozen=True)
class Illegal:
    """A call that must raise `error` with a message that contains all of `words`."""

    call: Call
    error: type
    words: tuple


@dataclass(frozen=True, repr=False)
class Record:
    """What stands in the catalogue for a public name.

    calls: strategy of legal calls. ours, twin: dotted names inside minitorch_edu and torch, if not path.name; a twin
    may begin with torchvision. both: instead of a public name, a function that makes do with the tensors' methods, for
    either library.
    candidate: somebody's own version, which takes the place of ours in every check. precisions: of operators, layers
    and optimizers, which can compute in both.
    covers: further public names that the calls exercise.
    """

    name: str
    calls: st.SearchStrategy
    ours: str = ""
    twin: str = ""
    illegal: tuple = ()
    both: object = field(default=None, kw_only=True)
    candidate: object = field(default=None, kw_only=True)
    path: str = field(default="nn.functional", kw_only=True)  # "" for mt.name / torch.name
    precisions: tuple = field(default=(np.float64, np.float32), kw_only=True)
    covers: tuple = field(default=(), kw_only=True)

    @property
    def public(self):
        """Our public name, dotted; "" if the record is of something that has none."""
        return "" if self.both is not None else self.ours or f"{self.path}.{self.name}".lstrip(".")

    def __repr__(self):
        return f"<{type(self).__name__} {self.name}>"

    def resolve(self, library):
        """Our function (or the candidate), or torch's, found when first asked for."""
        if library == "minitorch_edu" and self.candidate is not None:
            return self.candidate
        if self.both is not None:
            return self.both
        dotted = (self.public if library == "minitorch_edu" else self.twin) or f"{self.path}.{self.name}".lstrip(".")
        place = "reference.torchvision" if dotted.startswith("torchvision.") else library
        return functools.reduce(getattr, dotted.split("."), importlib.import_module(place))

    def fitted(self, call):
        """The call as the candidate takes it: without the options that it lacks. None if it does not, or torch then."""
        if self.candidate is None:
            return call
        fitted = fit(call, self.candidate, dataclasses.replace(self, candidate=None).resolve("minitorch_edu"))
        return fitted if fitted is None or fitted is call or self.legal(fitted) else None

    def legal(self, call):
        """Whether torch takes a call from which options were taken."""
        return True

    def outcome(self, call):
        """What our function (or the candidate) makes of a call, as {what: float64 array}."""
        return self.run("minitorch_edu", call, np.float64)

    def report(self, call, what, ours, expected, error):
        """What to raise where two arrays differ."""
        with np.errstate(all="ignore"):
            difference = np.abs(np.asarray(ours, float) - np.asarray(expected, float))
        place = np.argmax(np.nan_to_num(difference, nan=np.inf))
        worst = tuple(map(int, np.unravel_index(place, difference.shape)))
        return Different(
            f"{self.name}: {what} differs by {error}\n"
            f"largest at {worst}: got {ours[worst]}, expected {expected[worst]}\n"
            f"{self.again(call)}",
            what, ours, expected,
        )  # fmt: skip

    def again(self, call):
        """A line of Python that repeats the checks of this call."""
        return f"again: from reference.again import *; again({self.name!r}, {call!r})"

    def check_illegal(self, illegal):
        """AssertionError unless the call raises what it must."""
        try:
            self.attempt(illegal.call)
        except illegal.error as error:
            missing = [word for word in illegal.words if word.lower() not in str(error).lower()]
            assert not missing, f"{self.name}: {illegal.call!r}: the message lacks {missing}: {error}"
        else:
            raise AssertionError(f"{self.name}: {illegal.call!r} raised nothing; {illegal.error.__name__} expected")

    def attempt(self, call):
        """Our function called with tensors."""
        call = call.map(lambda a: mt.from_numpy(a.copy(order="K")) if a.ndim else mt.tensor(a.item()))
        return self.resolve("minitorch_edu")(*call.args, **call.kwargs)


def fit(call, function, complete):
    """The call without the options that a function lacks, and that the complete function has a default for, or None."""
    known, defaults = inspect.signature(function).parameters, inspect.signature(complete).parameters
    optional = [key for key, parameter in defaults.items() if parameter.default is not parameter.empty]
    if not any(parameter.kind == parameter.VAR_KEYWORD for parameter in known.values()):
        kept = {key: value for key, value in call.kwargs.items() if key in known or key not in optional}
        call = Call(*call.args, **kept) if len(kept) < len(call.kwargs) else call
    try:
        inspect.signature(function).bind(*call.args, **call.kwargs)
    except TypeError:
        return None
    return call


@dataclass(frozen=True, repr=False)
class Op(Record):
    """The record of an operator: a function of tensors.

    Every float array in a Call is differentiated, except arguments named in `constant`. Results are compared by value,
    gradient, and the name of their node in the graph.
    floor: how many float32 roundings are accepted whatever torch's own error is.
    random: the function draws numbers; both sides start from the same manual_seed.
    mutates: the keyword arguments that it writes to; what they hold afterwards is compared.
    detaches: it holds something fixed when it is differentiated, so that the gradient is not the slope.
    gradients: whether they are compared; a candidate may have none.
    terms: of a Call, how large the terms of the gradient are, where they may cancel and leave nothing but rounding.

    A dtype=... in a Call is given by its name. A Call with inplace=True gets a clone of its first argument, which must
    hold the result afterwards.
    """

    constant: tuple = ()
    floor: float = 16.0
    random: bool = False
    mutates: tuple = ()
    detaches: bool = False
    gradients: bool = field(default=True, kw_only=True)
    terms: object = field(default=None, kw_only=True)

    def check(self, call):
        """{what: (our error, torch's)} in float32 roundings; AssertionError if values or gradients differ."""
        truth, errors = self.torchs(call, np.float64), {}
        for precision in self.precisions:
            ours, theirs = self.run("minitorch_edu", call, precision), self.torchs(call, precision)
            if self.candidate is not None:  # which may take other steps
                ours |= {what: name for what, name in theirs.items() if what.startswith("node")}
            self.same_kind(call, ours, theirs, precision)
            for what in truth:
                if what.startswith("node"):
                    continue
                error = self.error(call, what, ours[what], precision)
                torchs, bound = self.allowed(call, what, error, precision)
                measured = (
                    f"{error:.3g} {precision.__name__} roundings (torch's own: {torchs:.3g}, allowed {bound:.3g})"
                )
                if not error <= bound:
                    raise self.report(call, what, ours[what], truth[what], measured)
                if precision is np.float32:
                    errors[what] = error, torchs
        return errors

    def legal(self, call):
        """Whether torch takes a call from which options were taken."""
        try:
            self.torchs(call, np.float64)
        except Exception:
            return False
        return True

    def torchs(self, call, precision):
        """torch's values and gradients."""
        key = precision, self.gradients
        if key not in call.answers:
            call.answers[key] = self.run("torch", call, precision)
        return call.answers[key]

    def error(self, call, what, got, precision):
        """How many roundings a result is off, of the largest number or term."""
        least = self.terms(call) if self.terms and what.startswith("gradient") else 0
        return roundings(got, self.torchs(call, np.float64)[what], precision, least)

    def allowed(self, call, what, error, precision):
        """(torch's own error in float32, how many roundings of the precision ours may be), for an error of ours."""
        own = self.error(call, what, self.torchs(call, np.float32)[what], np.float32)
        bound = max(4 * own, self.floor) if precision is np.float32 else TIGHT
        if bound < error:
            moved = max(self.error(call, what, rounded[what], np.float32) for rounded in self.rounded(call))
            most = max(self.floor * moved, 4 * own if np.isfinite(own) else 0)
            bound = max(bound, min(most, LOOSE / np.finfo(precision).eps))
        return own, bound

    def rounded(self, call):
        """torch's values and gradients in float64, in four trials in which inputs and cotangent were rounded."""
        for seed in (1, 2, 3, 4):
            if seed not in call.answers:
                call.answers[seed] = self.run("torch", call, np.float64, rounded=np.random.RandomState(seed))
            yield call.answers[seed]

    def run(self, library, call, precision, **how):
        """Values and gradients of one call as {what: array}; AssertionError if it writes to its inputs."""
        return self.differentiate(importlib.import_module(library), self.resolve(library), call, precision, **how)

    def differentiate(self, torch, function, call, precision, times=1, rounded=None, between=None):
        """Values and gradients of a function called so, with torch being either library.

        times: call and differentiate it so often in a row. rounded: a random source that decides for each number
        whether it is taken one float32 rounding smaller. between: another call, made before the gradients are.
        """
        leaves = []

        def nudge(array):
            return np.asarray(array * (1 - EPS * rounded.randint(0, 2, array.shape))) if rounded else array

        call = call.map(lambda array: nudge(array) if array.dtype.kind == "f" else array)

        def tensor(array):
            leaf = make(array.astype(precision, copy=False) if array.dtype.kind == "f" else array, torch)
            leaves.append((leaf, array))
            return leaf

        drawn = call.map(tensor)
        if isinstance(drawn.kwargs.get("dtype"), str):
            drawn.kwargs["dtype"] = getattr(torch, drawn.kwargs["dtype"])
        constants = {id(drawn.kwargs[key]) for key in (*self.constant, *self.mutates) if key in drawn.kwargs}
        inputs = [leaf for leaf, array in leaves if array.dtype.kind == "f" and id(leaf) not in constants]
        for leaf in inputs:
            leaf.requires_grad_(self.gradients)
        written = {}
        for key in self.mutates:
            if drawn.kwargs.get(key) is not None:
                written[key] = drawn.kwargs[key] = drawn.kwargs[key].clone()
        first = drawn.args[:1]
        for _ in range(times):
            if drawn.kwargs.get("inplace"):
                written["input"] = first[0].clone()
                drawn.args = (written["input"], *drawn.args[1:])
            if self.random:
                torch.manual_seed(1)
            found, differentiable = {}, []
            results = function(*drawn.args, **drawn.kwargs)
            results = [results] if not isinstance(results, (tuple, list)) else list(results)
            for i, result in enumerate(results):
                if not hasattr(result, "detach"):
                    found[f"value {i}"] = np.asarray(result)
                    continue
                array = result.detach().numpy()
                found[f"whether value {i} requires a gradient"] = np.array(result.requires_grad)
                if result.grad_fn is not None and all(a.size for _, a in leaves) and not backwards(leaves):
                    found[f"node of value {i}"] = np.array(result.grad_fn.name().rsplit("::")[-1])  # as it prints it
                found[f"value {i}"] = array.copy()
                if not backwards(leaves):
                    shares = [np.may_share_memory(array, leaf.detach().numpy()) for leaf, _ in leaves]
                    found[f"memory of value {i} shared with inputs"] = np.array(shares)
                if result.requires_grad:
                    g = nudge(cotangent(i, array.shape)).astype(array.dtype)
                    g.flags.writeable = torch is not mt  # no gradient may write to it
                    differentiable.append((result, torch.from_numpy(g)))
            if between is not None:
                function(*between.args, **between.kwargs)
            if differentiable:
                torch.autograd.backward(*zip(*differentiable))
        if differentiable:
            for i, leaf in enumerate(inputs):
                found[f"gradient of input {i}"] = (
                    np.zeros(tuple(leaf.shape)) if leaf.grad is None else leaf.grad.numpy().copy()
                )
        for name, leaf in written.items():
            found[f"{name} afterwards"] = leaf.detach().numpy().copy()
        for leaf, array in leaves:
            untouched = np.array_equal(leaf.detach().numpy(), array, equal_nan=array.dtype.kind == "f")
            assert untouched or any(leaf is one for one in written.values()), (
                f"{torch.__name__} {self.name} wrote to its input\n{self.again(call)}"
            )
        return found

    def same_kind(self, call, ours, theirs, precision):
        """AssertionError unless the same outputs came with the same shapes and types."""
        kinds = [
            {what: (a.shape, a.dtype) for what, a in side.items() if what.startswith("value")}
            for side in (ours, theirs)
        ]
        assert kinds[0] == kinds[1], (
            f"{self.name}: shapes and types in {precision.__name__}\ngot: {told(kinds[0])}\nexpected: "
            f"{told(kinds[1])}\n{self.again(call)}"
        )
        nodes = [{what: str(a) for what, a in side.items() if what.startswith("node")} for side in (ours, theirs)]
        assert nodes[0] == nodes[1], f"{self.name}\ngot: {nodes[0]}\nexpected: {nodes[1]}\n{self.again(call)}"
        assert ours.keys() == theirs.keys(), (
            f"{self.name}\ngot: {', '.join(ours)}\nexpected: {', '.join(theirs)}\n{self.again(call)}"
        )


def told(kinds):
    """{what: (shape, dtype)} as text."""
    return "; ".join(f"{what} {shape} {dtype}" for what, (shape, dtype) in kinds.items())


def make(array, torch):
    """A tensor of an array that nobody may write to, with its axes as they lie in memory, also backwards."""
    if torch is not mt:  # which has no backward axes, and of arrays with no axes makes something else
        scalar = array.ndim == 0
        return torch.tensor(array.item(), dtype=as_torch(array, torch)) if scalar else torch.from_numpy(array.copy("K"))
    turned = tuple(slice(None, None, -1 if stride < 0 else 1) for stride in array.strides)
    array = np.array(array[turned], order="K")[(*turned, ...)]  # ... keeps an array without axes one
    array.flags.writeable = False
    return mt.autograd.wrap(array)  # from_numpy refuses backward axes, which gradients may have


def backwards(leaves):
    """Whether an axis of an input lies backwards in memory, which torch has not."""
    return any(step < 0 for _, array in leaves for step in array.strides)


def cotangent(i, shape):
    """dL/d(the i-th result), the same for everybody."""
    return np.asarray(np.random.RandomState(7 + i).standard_normal(shape))


def as_torch(array, torch):
    """torch's (or our) dtype of an array."""
    return getattr(torch, array.dtype.name)


def roundings(got, expected, precision, least=0):
    """The largest difference in roundings (eps) of the largest expected number, which is taken as `least` at least.

    inf where nan or inf disagree.
    """
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
    scale = max(np.abs(expected[finite]).max(), least, LEAST[np.dtype(precision).type])
    return float(difference / (scale * np.finfo(precision).eps))

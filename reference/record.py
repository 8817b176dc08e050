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
    terms: the size of the terms whose difference a gradient is; smaller gradients are counted in roundings of it.
    random: the function draws numbers; both sides start from the same manual_seed.
    both: instead of a public name, a function that makes do with the tensors' methods, for either library.
    mutates: the keyword arguments that it writes to; what they hold afterwards is compared.

    A dtype=... in a Call is given by its name. A Call with inplace=True gets a clone of its first argument, which must
    hold the result afterwards.
    """

    name: str
    calls: st.SearchStrategy
    ours: str = ""
    twin: str = ""
    illegal: tuple = ()
    constant: tuple = ()
    floor: float = 16.0
    terms: float = 0.0
    random: bool = False
    mutates: tuple = ()
    both: object = None
    path: str = field(default="nn.functional", kw_only=True)  # "" for mt.name / torch.name

    def resolve(self, library):
        """Our function, or torch's, found when first asked for."""
        if self.both is not None:
            return self.both
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
            terms = self.terms if what.startswith("gradient") else 0.0
            error = roundings(ours[what], truth[what], np.float32, terms)
            torchs = roundings(theirs[what], truth[what], np.float32, terms)
            assert error <= max(4 * torchs, self.floor), self.report(
                call, what, ours[what], truth[what], f"{error:.3g} float32 roundings, torch's own: {torchs:.3g}"
            )

    def run(self, library, call, precision):
        """Values and gradients of one call as {what: array}; AssertionError if it writes to its inputs."""
        torch = importlib.import_module(library)
        if self.random:
            torch.manual_seed(1)
        return self.differentiate(torch, self.resolve(library), call, precision)

    def differentiate(self, torch, function, call, precision):
        """Values and gradients of a function called so, with torch being either library."""
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
        if isinstance(drawn.kwargs.get("dtype"), str):
            drawn.kwargs["dtype"] = getattr(torch, drawn.kwargs["dtype"])
        constants = {id(drawn.kwargs[key]) for key in (*self.constant, *self.mutates) if key in drawn.kwargs}
        inputs = [leaf for leaf, array in leaves if array.dtype.kind == "f" and id(leaf) not in constants]
        for leaf in inputs:
            leaf.requires_grad_()
        written = {key: drawn.kwargs[key] for key in self.mutates if drawn.kwargs.get(key) is not None}
        if drawn.kwargs.get("inplace"):
            written["input"] = drawn.args[0].clone()
            drawn.args = (written["input"], *drawn.args[1:])
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
        for name, leaf in written.items():
            found[f"{name} afterwards"] = leaf.detach().numpy().copy()
        for leaf, array in leaves:
            untouched = np.array_equal(leaf.detach().numpy(), array, equal_nan=array.dtype.kind == "f")
            assert untouched or any(leaf is one for one in written.values()), (
                f"{torch.__name__} {self.name} wrote to its input\ncall: {call!r}"
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
        place = np.argmax(np.nan_to_num(difference, nan=np.inf))
        worst = tuple(map(int, np.unravel_index(place, difference.shape)))
        return (
            f"{self.name}: {what} differs by {error}\n"
            f"largest at {worst}: got {ours[worst]}, expected {expected[worst]}\n"
            f"call: {self.name}{call!r}"
        )

    def check_illegal(self, illegal):
        """AssertionError unless the call raises what it must."""
        try:
            self.attempt(illegal.call)
        except illegal.error as error:
            missing = [word for word in illegal.words if word.lower() not in str(error).lower()]
            assert not missing, f"{self.name}{illegal.call!r}: the message lacks {missing}: {error}"
        else:
            raise AssertionError(f"{self.name}{illegal.call!r} raised nothing; {illegal.error.__name__} expected")

    def attempt(self, call):
        """Our function called with tensors."""
        call = call.map(lambda a: mt.from_numpy(a.copy(order="K")) if a.ndim else mt.tensor(a.item()))
        return self.resolve("minitorch_edu")(*call.args, **call.kwargs)


class Use:
    """A layer constructed with `options` (a Call), and called once for each of `steps` (Calls).

    In the options, `dtype` is given by its name.
    """

    def __init__(self, options, *steps, train=True):
        self.options, self.steps, self.train = options, steps, train

    def __repr__(self):
        return f"{self.options!r}{'' if self.train else '.eval()'}, then called with {', '.join(map(repr, self.steps))}"


@dataclass(frozen=True)
class Layer(Op):
    """The record of a layer, drawn as a `Use`.

    Both sides are constructed after the same manual_seed and must then have the same state, bit for bit, and print the
    same. Compared after that, with every parameter and buffer moved away from where it starts: the value and the
    gradients of each step, the gradients of the parameters over all steps, and the buffers that the steps leave.

    floor: a parameter's gradient is a sum over batch and places that may cancel. For a batch norm of one channel ours
    and torch's then are 1 to 120 roundings off, now the one, now the other.
    """

    floor: float = 256.0
    path: str = field(default="nn", kw_only=True)

    def check(self, call):
        """AssertionError if our layer starts, prints, computes or differentiates otherwise than torch's."""
        sides = []
        for library in ("minitorch_edu", "torch"):
            torch = importlib.import_module(library)
            layer = self.build(torch, call.options, np.float32)
            state = {key: tensor.numpy() for key, tensor in layer.state_dict().items()}
            sides.append(
                {
                    "prints": repr(layer),
                    "state": {key: (str(a.dtype), a.shape, a.tobytes().hex()) for key, a in state.items()},
                    "state in order": list(state),
                    "parameters": [(name, p.requires_grad) for name, p in layer.named_parameters()],
                }
            )
        for what in sides[1]:
            assert sides[0][what] == sides[1][what], (
                f"{self.name}{call!r}: {what}\n ours: {sides[0][what]}\ntorch: {sides[1][what]}"
            )
        super().check(call)

    def build(self, torch, options, precision):
        """The layer as it is constructed after manual_seed(0)."""
        options = options.map(lambda a: torch.from_numpy(a.astype(precision if a.dtype.kind == "f" else a.dtype)))
        if "dtype" in options.kwargs:
            options.kwargs["dtype"] = getattr(torch, options.kwargs["dtype"])
        torch.manual_seed(0)
        return self.resolve(torch.__name__)(*options.args, **options.kwargs)

    def run(self, library, call, precision):
        """Values, gradients and buffers of one use as {what: array}."""
        torch = importlib.import_module(library)
        layer = self.build(torch, call.options, precision).to(getattr(torch, np.dtype(precision).name))
        random = np.random.RandomState(5)
        state = {}
        for key, tensor in layer.state_dict().items():
            array = tensor.numpy()
            if array.dtype.kind == "f" and "weight" not in call.options.kwargs:  # a loss keeps the weight it was given
                noise = random.uniform(-0.5, 1, array.shape).astype(np.float32)  # keeps a variance of 1 above 0
                array = (array + noise).astype(precision)
            state[key] = torch.from_numpy(array) if array.ndim else tensor
        layer.load_state_dict(state)
        layer.train(call.train)

        def compute(*inputs):
            inputs = [tensor.clone() for tensor in inputs]
            return layer(*inputs), inputs[0]  # inplace=True leaves its mark there

        function = compute if call.options.kwargs.get("inplace") else layer
        torch.manual_seed(1)
        found = {}
        for i, step in enumerate(call.steps):
            for what, array in self.differentiate(torch, function, step, precision).items():
                found[f"{what} of step {i}"] = array
        for name, p in layer.named_parameters():
            found[f"gradient of {name}"] = np.zeros(tuple(p.shape)) if p.grad is None else p.grad.numpy().copy()
        for name, buffer in layer.named_buffers():
            found[f"value of {name}"] = buffer.numpy().copy()
        return found

    def attempt(self, call):
        """Our layer constructed, and called with the steps."""
        layer = self.build(mt, call.options, np.float32)
        for step in call.steps:
            step = step.map(lambda a: mt.from_numpy(a.astype(np.float32) if a.dtype.kind == "f" else a))
            layer(*step.args, **step.kwargs)


def as_torch(array, torch):
    """torch's (or our) dtype of an array."""
    return getattr(torch, array.dtype.name)


def roundings(got, expected, precision, least=0.0):
    """The largest difference in roundings (eps) of the largest expected number, or of `least` if they are smaller.

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
    scale = max(np.abs(expected[finite]).max(), least, np.finfo(precision).tiny / np.finfo(precision).eps)
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

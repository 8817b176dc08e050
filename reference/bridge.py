"""How a function that knows nothing of our Tensors is called with them, and differentiated.

value only          def relu(input): return np.maximum(input, 0)
the op contract     def relu(input): ...; return value, {"input": lambda g: ...}
forward, backward   def forward(input): ...; return value, kept        def backward(g, kept): return gradient(s)
torch tensors       def relu(input): return input.clamp(min=0)
"""

import contextlib
import functools
import inspect
import os
import signal
import traceback

import numpy as np

import minitorch_edu as mt
from minitorch_edu.autograd import op

__all__ = ["Bridge", "Complaint", "Guard", "TooSlow"]


class Complaint(AssertionError):
    """The submitted code raised something, or returned or did what it must not."""


class TooSlow(BaseException):  # nothing on the way may catch it
    """A call took longer than it may."""


class Guard:
    """Runs submitted code: collects what it prints, makes a Complaint of what it raises, stops it after `seconds`."""

    def __init__(self, path, seconds, printed):
        self.path, self.seconds, self.printed = os.path.abspath(path), seconds, printed

    @contextlib.contextmanager
    def __call__(self, doing):
        def stop(*_):
            raise TooSlow(f"{doing} took longer than {self.seconds:g} s")

        before = signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, self.seconds)
        try:
            with contextlib.redirect_stdout(self.printed), np.errstate(all="ignore"):
                yield
        except Complaint:
            raise
        except (Exception, SystemExit) as error:
            raise Complaint(self.told(error)) from error
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def told(self, error):
        """What was raised, and in which line of the file."""
        if isinstance(error, SyntaxError):
            return f"SyntaxError in line {error.lineno}: {error.msg}"
        lines = [one for one in traceback.extract_tb(error.__traceback__) if os.path.abspath(one.filename) == self.path]
        where = f" in line {lines[-1].lineno}: {lines[-1].line}" if lines else ""
        return f"raised {type(error).__name__}: {error}{where}"

    def wrap(self, doing, function):
        """The function, called under guard."""

        def call(*args, **kwargs):
            with self(doing):
                return function(*args, **kwargs)

        return call


class Bridge:
    """A function of our Tensors, made of one of arrays or of torch's tensors (`library`), and maybe its backward.

    mutates: the arguments that it must write to. style: how it turned out to be written, once it was called.
    """

    style = None

    def __init__(self, function, backward, library, guard, mutates):
        self.function, self.backward, self.library = function, backward, library
        self.guard, self.mutates = guard, mutates
        signature = inspect.signature(function)
        fewer = [p for key, p in signature.parameters.items() if key != "inplace" or library == "our tensors"]
        self.__signature__ = signature.replace(parameters=fewer)  # a copy is handed over: nothing shows in place
        self.__name__ = function.__name__

    def __call__(self, *args, **kwargs):
        """The result for Tensors; it is differentiated through what was submitted."""
        if self.library == "our tensors":
            self.style = "value and gradients"
            with self.guard("the call"):
                return of_kind(self.function(*args, **kwargs), mt.Tensor)
        handed = []  # (our Tensor, what was handed over for it)

        def hand(value, key=None):
            if isinstance(value, (list, tuple)):
                return type(value)(map(hand, value))
            if isinstance(value, mt.dtype):
                return self.dtype(value)
            if not isinstance(value, mt.Tensor):
                return value
            if key in self.mutates:
                return value.array  # itself
            handed.append((value, self.copy(value)))
            return handed[-1][1]

        given = [hand(value) for value in args]
        options = {key: hand(value, key) for key, value in kwargs.items()}
        wanted = [(tensor, mine) for tensor, mine in handed if tensor.requires_grad]
        compute = by_torch if self.library == "torch tensors" else self.by_arrays
        with self.guard("the call"):
            value, gradients = compute(self.function, given, options, [mine for _, mine in wanted])
        if wanted:
            self.style = "value and gradients" if gradients else "value only"
        for tensor, mine in handed:
            before, after = tensor.array, mine if isinstance(mine, np.ndarray) else mine.detach().numpy()
            if not np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
                raise Complaint(f"writes to its input: {before.tolist()} is {after.tolist()} after the call")
        if gradients:
            gradients = [self.guard.wrap("the gradient", gradient) for gradient in gradients]
        return submitted([tensor for tensor, _ in wanted], lambda: (value, gradients))

    def dtype(self, dtype):
        """What the submitted function gets for one of our dtypes."""
        if self.library != "torch tensors":
            return dtype.numpy
        import torch

        return getattr(torch, dtype.name)

    def copy(self, tensor):
        """What the submitted function gets for one of our Tensors."""
        if self.library != "torch tensors":
            return np.array(tensor.array, order="K")
        import torch

        return torch.tensor(np.array(tensor.array), requires_grad=tensor.requires_grad)

    def by_arrays(self, function, given, options, inputs):
        """(value or values, gradient functions of the inputs or None) of a function of arrays."""
        result = function(*given, **options)
        functions, kept = None, given
        if isinstance(result, tuple) and len(result) == 2 and self.backward is not None:
            result, kept = result[0], result[1:]
        elif isinstance(result, tuple) and len(result) == 2 and isinstance(result[1], dict):
            result, functions = result
        dtype = inputs[0].dtype if inputs else None
        values = tuple(array(one, dtype) for one in (result if isinstance(result, tuple) else (result,)))
        value = values if len(values) > 1 else values[0]
        arguments = self.__signature__.bind(*given, **options).arguments
        if functions is not None:  # the op contract

            def one(mine):
                function = named(functions, arguments, mine)
                return lambda g: fitting(function(g), mine, summed=True)

            return value, [one(mine) for mine in inputs]
        if self.backward is None:
            return value, None
        done = []  # [g, what backward returned for it]: one backward for all inputs

        def gradient(place):
            def call(g):
                if not done or done[0] is not g:
                    done[:] = g, self.backward(g, *kept)
                return fitting(picked(done[1], arguments, inputs, place), inputs[place])

            return call

        return value, [gradient(place) for place in range(len(inputs))]


@op
def submitted(tensors, work):
    """What `work` returns: a value, and a list of gradient functions, one for each of the tensors (or None)."""
    value, gradients = work()
    return value, {"tensors": gradients} if gradients else {}


def by_torch(function, given, options, inputs):
    """(value or values, gradient functions of the inputs or None) of a function of torch's tensors."""
    import torch

    result = of_kind(function(*given, **options), torch.Tensor)
    outputs = list(result) if isinstance(result, (tuple, list)) else [result]
    values = tuple(output.detach().numpy() for output in outputs)
    value = values if len(values) > 1 else values[0]
    if not outputs[0].requires_grad:
        return value, None

    def gradient(mine):
        def call(g):
            g = torch.from_numpy(np.array(g))
            found = torch.autograd.grad(outputs[0], mine, g, retain_graph=True, allow_unused=True)[0]
            return np.zeros(tuple(mine.shape)) if found is None else found.numpy()

        return call

    return value, [gradient(mine) for mine in inputs]


class Pictures:
    """A submitted transform: a function of a picture and options, or (not called) a class that is made with options.

    PIL images are handed over as they are; our tensors, and the state of the random generator, as `library` has them.
    refused: the kinds of pictures that it does not take.
    """

    refused = ()

    def __init__(self, transform, library, guard, called):
        self.transform, self.library, self.guard, self.called = transform, library, guard, called
        self.__signature__ = inspect.signature(transform)

    def __call__(self, *args, **kwargs):
        """The result of a function for our tensors, or a function of those."""
        if self.called:
            return self.applied(self.transform, *args, **kwargs)
        with self.guard("the constructor"):
            made = self.transform(*args, **kwargs)
        return functools.partial(self.applied, made)

    def applied(self, function, picture, *args, **kwargs):
        """What a function makes of a picture."""
        given = picture
        if isinstance(picture, mt.Tensor) and self.library != "our tensors":
            given = picture.detach().numpy()  # in the same memory, so that what is written into it is seen
        if self.library == "torch tensors":
            import torch

            given = torch.from_numpy(given) if isinstance(picture, mt.Tensor) else picture
            torch.set_rng_state(torch.from_numpy(mt.get_rng_state().numpy().copy()))
        with self.guard("the call"):
            result = function(given, *args, **kwargs)
        if self.library == "torch tensors":
            mt.set_rng_state(mt.from_numpy(torch.get_rng_state().numpy()))
            result = mt.from_numpy(result.detach().numpy()) if isinstance(result, torch.Tensor) else result
        return result


def of_kind(result, kind):
    """The result, which must be of a kind, or a sequence of those."""
    for one in result if isinstance(result, (tuple, list)) else [result]:
        if not isinstance(one, kind):
            raise Complaint(f"returned a {type(one).__name__}, not a {kind.__name__}")
    return result


def array(value, dtype):
    """A value as an array; a Python number has the type of the inputs."""
    if isinstance(value, (bool, int, float)):
        return np.asarray(value, dtype)
    if not isinstance(value, (np.ndarray, np.generic)):
        raise Complaint(f"returned a {type(value).__name__}, not an array")
    return np.asarray(value)


def fitting(gradient, mine, summed=False):
    """A gradient, which must be shaped like its input, or as it was broadcast to if the engine shall sum over that."""
    gradient = np.asarray(gradient)
    try:
        fits = gradient.shape == (np.broadcast_shapes(mine.shape, gradient.shape) if summed else mine.shape)
    except ValueError:
        fits = False
    if not fits:
        raise Complaint(f"returned a gradient of shape {gradient.shape} for an input of shape {mine.shape}")
    return gradient


def named(found, arguments, mine):
    """What a dictionary has for the argument (or the item of a list of arguments) that is this array."""
    for name, value in arguments.items():
        items = list(value) if isinstance(value, (list, tuple)) else [value]
        for i, item in enumerate(items):
            if item is mine:
                if found.get(name) is None:
                    raise Complaint(f"returned no gradient for {name!r}")
                return found[name][i] if isinstance(value, (list, tuple)) else found[name]
    raise LookupError("no argument is this array")


def picked(found, arguments, inputs, place):
    """The gradient of an input in what backward returned: a dictionary, a sequence in the inputs' order, an array."""
    if isinstance(found, dict):
        return named(found, arguments, inputs[place])
    found = found if isinstance(found, (tuple, list)) else [found]
    if len(found) < len(inputs):
        raise Complaint(f"backward returned {len(found)} gradients for {len(inputs)} inputs")
    return found[place]

"""What the record of a layer is."""

import dataclasses
import importlib
from dataclasses import dataclass, field

import numpy as np

import minitorch_edu as mt

from .record import Drawn, Op, fit, roundings


class Use(Drawn):
    """A layer constructed with `options` (a Call), and called once for each of `steps` (Calls).

    In the options, `dtype` is given by its name.
    """

    def __init__(self, options, *steps, train=True):
        self.options, self.steps, self.train = options, steps, train

    def __repr__(self):
        return f"Use({self.options!r}, {''.join(f'{step!r}, ' for step in self.steps)}train={self.train})"


@dataclass(frozen=True, repr=False)
class Layer(Op):
    """The record of a layer, drawn as a `Use`.

    Both sides are constructed after the same manual_seed and must then have the same state, bit for bit (a candidate
    but for rounding), and print the same (a candidate need not). Compared after that, with every parameter and buffer
    moved away from where it starts: the value and the gradients of each step, the gradients of the parameters over all
    steps, and the buffers that the steps leave.

    """

    path: str = field(default="nn", kw_only=True)

    def check(self, call):
        """AssertionError if our layer starts, prints, computes or differentiates otherwise than torch's."""
        sides, starts = [], []
        for library in ("minitorch_edu", "torch"):
            torch = importlib.import_module(library)
            layer = self.build(torch, call.options, np.float32)
            state = {key: tensor.numpy() for key, tensor in layer.state_dict().items()}
            shapes = {key: (str(a.dtype), a.shape) for key, a in state.items()}
            sides.append({"shapes of the state": shapes})
            starts.append(state)
            if self.candidate is None:
                sides[-1] |= {
                    "prints": repr(layer),
                    "state": {key: a.tobytes().hex() for key, a in state.items()},
                    "state in order": list(state),
                    "parameters": [(name, p.requires_grad) for name, p in layer.named_parameters()],
                }
        for what in sides[1]:
            assert sides[0][what] == sides[1][what], (
                f"{self.name}: {what}\n ours: {sides[0][what]}\ntorch: {sides[1][what]}\n{self.again(call)}"
            )
        for what, expected in starts[1].items():  # of a candidate, which may have come to them by other steps
            error = roundings(starts[0][what], expected, np.float32)
            if not error <= self.floor:
                measured = f"{error:.3g} roundings"
                raise self.report(call, f"{what} after manual_seed(0)", starts[0][what], expected, measured)
        return super().check(call)

    def fitted(self, use):
        """The use as the candidate takes it, or None."""
        if self.candidate is None:
            return use
        options = fit(use.options, self.candidate, dataclasses.replace(self, candidate=None).resolve("minitorch_edu"))
        if options is None or options is use.options:
            return use if options else None
        fitted = Use(options, *use.steps, train=use.train)
        return fitted if self.legal(fitted) else None

    def build(self, torch, options, precision):
        """The layer as it is constructed after manual_seed(0)."""
        options = options.map(lambda a: torch.from_numpy(a.astype(precision if a.dtype.kind == "f" else a.dtype)))
        if "dtype" in options.kwargs:
            options.kwargs["dtype"] = getattr(torch, options.kwargs["dtype"])
        torch.manual_seed(0)
        return self.resolve(torch.__name__)(*options.args, **options.kwargs)

    def run(self, library, call, precision, **how):
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
            for what, array in self.differentiate(torch, function, step, precision, **how).items():
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

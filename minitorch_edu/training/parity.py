"""Both libraries side by side: the same training from one seed, compared number by number after every step.

A step is compared in the order in which it is computed, so that the first thing that departs is where the fault lies:

    pictures -> each layer's output -> loss -> the gradient of each output, from the last layer to the first
    -> each parameter's gradient -> what the step has made of each parameter, and of what batch norm keeps

The difference of two arrays is |a - b| / |b|, with Euclidean norms, b being torch's; after the step it is what differs
as a part of the step. Before the next step ours takes over torch's numbers: so each step is judged by itself.

Without that, float32's roundings grow: now and then two numbers are equal but for rounding, max or ReLU chooses the
other one, and each such choice makes others likelier. A training that begins one rounding aside soon has other losses,
in one library as well as in two. So for two trainings that run freely (`free`) there is a control: torch itself, from
weights that are one rounding larger. In float64 no such choice is met, and losses stay equal to the last digits.
"""

import io
import itertools

import numpy as np

from .checkpoint import Training
from .loop import train_epoch

__all__ = ["GRADIENTS", "TOLERANCE", "Watched", "difference", "free", "parity"]

TOLERANCE = 1e-3  # of pictures, outputs and losses, which differ by some roundings, 1e-6
GRADIENTS = 0.05  # of what comes after: where two numbers are equal but for rounding, max and ReLU may choose the other


def difference(a, b, scale=None):
    """|a - b| / scale, which is |b|; infinite if the shapes differ, or not both are finite.

    >>> from minitorch_edu.training.parity import difference
    >>> difference(np.array([3.0, 4.0]), np.array([3.0, 5.0]), scale=4.0)
    0.25
    """
    a, b = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if a.shape != b.shape or not np.isfinite(a).all() or not np.isfinite(b).all():
        return np.inf
    apart, scale = np.linalg.norm(a - b), np.linalg.norm(b) if scale is None else scale
    return float(apart / scale) if apart else 0.0


def _training(torch, recipe, train_set, seed, dtype):
    """A training that computes in a dtype, from the weights and pictures that it has in float32."""
    training, dtype = Training(torch, recipe, train_set, seed), getattr(torch, dtype)
    training.net.to(dtype).register_forward_pre_hook(lambda net, inputs: inputs[0].to(dtype))
    return training


def _losses(training, count):
    """Train for so many steps, epoch after epoch; the loss of each."""
    epochs = (train_epoch(training) for _ in itertools.count())
    return (loss for loss, _, _ in itertools.islice(itertools.chain.from_iterable(epochs), count))


class Watched:
    """A training in one library, of which every number of the last step can be read.

    >>> from minitorch_edu.training.parity import Watched
    >>> from minitorch_edu.training.recipe import Recipe
    >>> watched = Watched(torch, Recipe(batch_size=4), datasets.Shapes10(size=8))
    >>> for loss in watched.losses(2):
    ...     names = [name for name, layer, numbers, scale in watched.quantities(loss)]
    >>> names[:3], names[-1]
    (['pictures', 'output of 0 (Conv2d)', 'output of 1 (MaxPool2d)'], '8.bias after the step')
    """

    def __init__(self, torch, recipe, train_set, seed=0, dtype="float32"):
        self.training = _training(torch, recipe, train_set, seed, dtype)
        net = self.training.net
        layers = [(name, layer) for name, layer in net.named_modules() if name and not list(layer.children())]
        self.titles = {name: f"{name} ({type(layer).__name__})" for name, layer in layers}
        self.pictures, self.outputs, self.before = None, {}, {}
        net.register_forward_pre_hook(self._begin)
        for name, layer in layers:
            layer.register_forward_hook(lambda layer, inputs, output, name=name: self._keep(name, output))

    def _begin(self, net, inputs):
        self.pictures = inputs[0].numpy()
        self.outputs.clear()
        self.before = {name: value.numpy().copy() for name, value in net.state_dict().items()}

    def _keep(self, name, output):
        output.retain_grad()
        self.outputs[name] = output

    def losses(self, count):
        """Train for so many steps, epoch after epoch; the loss of each."""
        return _losses(self.training, count)

    def quantities(self, loss):
        """(name, layer or "", numbers, scale) of all that the last step has computed, in the order of computing."""
        titles, net = self.titles, self.training.net
        layer_of = lambda name: titles[name.rpartition(".")[0]]
        yield "pictures", "", self.pictures, None
        for name, output in self.outputs.items():
            yield f"output of {titles[name]}", titles[name], output.detach().numpy(), None
        yield "loss", "", np.array(loss), None
        for name, output in reversed(self.outputs.items()):
            yield f"gradient of the output of {titles[name]}", titles[name], output.grad.numpy(), None
        for name, p in net.named_parameters():
            yield f"gradient of {name}", layer_of(name), p.grad.numpy(), None
        for name, value in net.state_dict().items():
            after = value.numpy().astype(np.float64)
            step = np.linalg.norm(after - self.before[name]) + 1e-4 * np.linalg.norm(after)  # not below its rounding
            yield f"{name} after the step", layer_of(name), after, step

    def follow(self, other):
        """Go on from the numbers of another library's training."""
        file, keys = io.BytesIO(), ("net", "optimizer")
        other.training.torch.save({key: getattr(other.training, key).state_dict() for key in keys}, file)
        file.seek(0)
        saved = self.training.torch.load(file)
        for key in keys:
            getattr(self.training, key).load_state_dict(saved[key])


def parity(ours, theirs, count, tolerance=TOLERANCE, every=10):
    """Run two Watched trainings side by side for so many steps, and print as they go; None, or what departed first.

    theirs: of torch. tolerance: of what is computed up to the loss; GRADIENTS is that of what comes after. every: so
    many steps are between two reports.

    >>> import torch as theirs
    >>> from minitorch_edu.training.parity import Watched, parity
    >>> from minitorch_edu.training.recipe import Recipe
    >>> both = [Watched(library, Recipe(batch_size=4), datasets.Shapes10(size=8)) for library in (torch, theirs)]
    >>> print(parity(*both, 2, tolerance=0.0))  # doctest: +ELLIPSIS
    step 1: loss 2.2..., torch's 2.2..., apart ...
    largest so far                output    gradient        step
    0 (Conv2d) ...
    output of ..., in step 1: differs by ..., more than 0
    """
    worst, limits = {}, (tolerance, max(tolerance, GRADIENTS))
    for step, (loss, torchs) in enumerate(zip(ours.losses(count), theirs.losses(count)), 1):
        limit, first = limits[0], None
        pairs = zip(ours.quantities(loss), theirs.quantities(torchs), strict=True)
        for (name, layer, a, _), (_, _, b, scale) in pairs:
            found = difference(a, b, scale)
            if layer:
                kind = ("output", "gradient", "step")[2 * ("after" in name) or name.startswith("gradient")]
                row = worst.setdefault(layer, dict.fromkeys(("output", "gradient", "step"), 0.0))
                row[kind] = max(row[kind], found)
            if first is None and not found <= limit:
                first = f"{name}, in step {step}: differs by {found:.1e}, more than {limit:g}"
            limit = limits[1] if name == "loss" else limit
        if first or step % every == 0 or step in (1, count):
            print(f"step {step}: loss {loss:.6f}, torch's {torchs:.6f}, apart {abs(loss / torchs - 1):.1e}")
            print(f"{'largest so far':24}{'output':>12}{'gradient':>12}{'step':>12}")
            for layer, row in worst.items():
                print(f"{layer:24}" + "".join(f"{number:12.1e}" for number in row.values()))
        if first:
            return first
        ours.follow(theirs)
    return None


def free(torch, recipe, train_set, count, seed=0, tolerance=TOLERANCE, every=10, dtype="float32"):
    """Train in torch, in torch again from other weights (by one rounding), and in ours, and print how far losses part.

    torch: torch itself. Returns None, or a sentence: in which step the losses of ours were further from torch's than
    the tolerance, and 10 times further than those of torch again had been.

    >>> import torch as theirs
    >>> from minitorch_edu.training.parity import free
    >>> from minitorch_edu.training.recipe import Recipe
    >>> free(theirs, Recipe(batch_size=4), datasets.Shapes10(size=8), count=2)  # doctest: +ELLIPSIS
    step 1: loss 2.2..., torch's 2.2..., largest difference so far ..., of torch from itself ...
    step 2: loss 2.3..., torch's 2.3..., largest difference so far ..., of torch from itself ...
    """
    import minitorch_edu

    again = _training(torch, recipe, train_set, seed, dtype)
    with torch.no_grad():
        for p in again.net.parameters():
            p.mul_(1 + torch.finfo(p.dtype).eps)
    again = list(_losses(again, count))  # one after the other: they draw from the same generator
    torchs = list(_losses(_training(torch, recipe, train_set, seed, dtype), count))
    apart = usual = 0.0
    ours = _losses(_training(minitorch_edu, recipe, train_set, seed, dtype), count)
    for step, (loss, expected, other) in enumerate(zip(ours, torchs, again), 1):
        apart, usual = max(apart, difference(loss, expected)), max(usual, difference(other, expected))
        departed = apart > max(tolerance, 10 * usual) or apart == np.inf
        if departed or step % every == 0 or step in (1, count):
            print(f"step {step}: loss {loss:.6f}, torch's {expected:.6f}, largest difference so far {apart:.1e}, "
                  f"of torch from itself {usual:.1e}")  # fmt: skip
        if departed:
            return f"loss, in step {step}: differs by {apart:.1e}, more than {tolerance:g} and 10 times {usual:.1e}"
    return None

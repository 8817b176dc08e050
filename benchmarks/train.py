"""`bench train`: a training step of the tutorial's network, ours against torch's, as a whole and in parts.

The parts are measured as what they are in the step. Every layer gets the input that it has in the network and the
gradient that arrives at its output: the same numbers for both, in the library's own order in memory, for a rounding
that decides a tie in a pool would send its gradient to another pixel. Both libraries are asked for

    forward           layer(x), with the graph that training records
    input gradient    dL/dx alone: a graph in which only x requires a gradient
    weight gradient   dL/dweight and dL/dbias alone: a graph in which only they do
    update            the optimizer's step, with all gradients in place

What the whole step takes beyond their sum is the walk through the graph and the storing of gradients; each part, on
the other hand, pays for a call from Python of its own. Besides: pictures per second with data set and loader; with
--scaling how time and memory grow with the batch, and what a second thread is worth; with --others the same step in
other libraries (`libraries.py`).
"""

import functools
import importlib
import os
import pickle
import tempfile

import numpy as np
import torch

from minitorch_edu import threads
from minitorch_edu.models import cifar_quick
from minitorch_edu.training.data import Pictures
from minitorch_edu.training.loop import steps
from minitorch_edu.vision.datasets import CIFAR10, Shapes10
from reference.costs import cost, numbers
from reference.data import cifar10
from reference.picture import LIBRARIES as TRANSFORMS
from reference.record import Call

from . import libraries
from .cells import duration
from .race import QUIET, Work, race
from .step import Step

__all__ = ["bench"]

LAYERS = ("conv1", "pool1", "conv2", "pool2", "conv3", "pool3", "flatten", "linear1", "linear2")  # of cifar_quick
PHASES = ("forward", "input gradient", "weight gradient", "update")
BATCHES = (1, 64, 256)
GROWING = (64, 128, 256, 512, 1024)
SIDES = {"ours": "minitorch_edu", "torch": "torch"}


# ------------------------------------------------------------------------------------------------ what is timed


class Split:
    """A step, and its parts as {"layer, phase": function}; the parts leave their network as it is."""

    def __init__(self, library, batch, seed=0):
        self.torch, self.parts = importlib.import_module(library), {}
        self.step, self.updated = Step(library, batch, seed).step, Step(library, batch, seed)
        layers, inputs, gradients = flow(library, batch, seed)
        if self.torch is torch:
            count = threads.get_num_threads()
            threads.set_num_threads(1)  # it shall leave none here
            _, *ours = flow("minitorch_edu", batch, seed)
            threads.set_num_threads(count)
            for tensors, same in zip((inputs, gradients), ours):
                for tensor, other in zip(tensors, same):
                    tensor.detach().copy_(torch.from_numpy(other.detach().numpy()))
        for (name, layer, call), x, g in zip(layers, inputs, gradients):
            self.split(name, layer, call, x, g)
        self.updated.step()
        self.parts["all layers, update"] = self.updated.optimizer.step

    def split(self, name, layer, call, x, g):
        """The parts of a layer with input x and gradient g of its output."""
        grad = functools.partial(self.torch.autograd.grad, grad_outputs=g, retain_graph=True)
        with self.torch.no_grad():  # not by detach(): a view would have the memory laid out in another order
            leaf, constant = (x * 1).requires_grad_(x.requires_grad), x * 1
        self.parts[f"{name}, forward"] = functools.partial(call, leaf)
        if x.requires_grad:  # the pictures do not
            layer.requires_grad_(False)
            self.parts[f"{name}, input gradient"] = functools.partial(grad, call(leaf), [leaf])
            layer.requires_grad_(True)
        weights = list(layer.parameters())
        if weights:
            self.parts[f"{name}, weight gradient"] = functools.partial(grad, call(constant), weights)

    def values(self):
        """What each part computes; an update the weights after it."""
        found = {}
        for name, part in self.parts.items():
            value = part()
            value = [value] if isinstance(value, self.torch.Tensor) else value or self.updated.net.parameters()
            found |= {f"{name} {i}": tensor.detach().numpy().copy() for i, tensor in enumerate(value)}
        return found


def flow(library, batch, seed):
    """[(name, layer, function)], the input of each, and the gradient of its output."""
    begun = Step(library, batch, seed)
    loss = begun.torch.nn.CrossEntropyLoss()
    layers = [(name, layer, layer) for name, layer in zip(LAYERS, begun.net)]
    layers.append(("loss", loss, lambda x: loss(x, begun.labels)))
    inputs = [begun.pictures]
    for _, _, call in layers:
        inputs.append(call(inputs[-1]))
    return layers, inputs[:-1], begun.torch.autograd.grad(inputs[-1], inputs[1:])


class Epoch:
    """An epoch of training with the library's own data set, transform and loader, as the tutorial has it.

    whole: whole batches instead, cut from the array of all pictures (as `minitorch-edu train` loads them).
    """

    def __init__(self, library, pictures, whole=False, batch=64):
        self.torch, self.batch = importlib.import_module(library), batch
        with tempfile.TemporaryDirectory() as root:
            write(root, pictures)
            transform = importlib.import_module(TRANSFORMS[library][1]).ToTensor()
            dataset = cifar10(self.torch, root, transform=transform)
        if whole:
            self.loader = Pictures(self.torch, dataset.data, dataset.targets).loader(batch, shuffle=True)
        else:
            self.loader = self.torch.utils.data.DataLoader(dataset, batch, shuffle=True, num_workers=0)
        self.start()

    def start(self):
        self.torch.manual_seed(0)
        self.net = cifar_quick(self.torch.nn)
        self.optimizer = self.torch.optim.SGD(self.net.parameters(), lr=0.01)

    def step(self):
        return [loss for loss, _, _ in steps(self.torch, self.net, self.loader, self.optimizer)]

    def values(self):
        """The loss of every step of the first epoch."""
        self.start()
        return {"losses": self.step()}


def write(root, pictures):
    """So many pictures of Shapes10 as files of CIFAR-10, a fifth in each."""
    shapes = Shapes10(size=pictures)
    data = shapes.data.transpose(0, 3, 1, 2).reshape(pictures, 3072)
    files = {CIFAR10.meta: {"label_names": list(shapes.classes)}}
    for name, part in zip(CIFAR10.train_list, np.array_split(np.arange(pictures), len(CIFAR10.train_list))):
        files[name] = {"data": data[part], "labels": [shapes.targets[i] for i in part]}
    folder = os.path.join(root, CIFAR10.base_folder)
    os.mkdir(folder)
    for name, content in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            pickle.dump(content, file, 2)


class Loss(Step):
    """A step whose value is its loss: its gradients a rounding can change much, where it decides a tie in a pool."""

    def values(self):
        return {"loss": np.float32(self.step().item())}


class Threads(Loss):
    """A step with so many threads, whatever the race gives."""

    def __init__(self, library, batch, count):
        super().__init__(library, batch)
        self.count = count

    def step(self):
        (torch if self.torch is torch else threads).set_num_threads(self.count)  # each time: torch's Timer sets it, too
        return super().step()


# ------------------------------------------------------------------------------------------------ the races


def bench(options):
    """Race, print tables, and yield an entry of the results for each race."""
    if not (options.scaling or options.others):
        for batch in BATCHES:
            yield from split(batch, options)
        yield from epochs(options)
    if options.scaling:
        yield from scaling(options)
    if options.others:
        yield from others(options)


def contest(works, options, against="torch", bound=200, **how):
    """(what race returns, {side: distance from torch in roundings}): the sides must agree within `bound` of them."""
    ulps = {}

    def check(values):
        for side, found in values.items():
            ulps[side] = max(distance(f"{side}: {what}", found[what], values[against][what], bound) for what in found)

    how = {"rounds": options.rounds, "seconds": options.seconds, "threads": options.threads} | how
    return race(works, against, check=check, **how), ulps


def distance(what, got, expected, bound):
    """The largest difference, in float32 roundings of the largest number expected."""
    scale = np.abs(expected).max() * np.finfo(np.float32).eps
    error = float(np.abs(got.astype(np.float64) - expected).max() / scale)
    if not error <= bound:
        raise AssertionError(f"bench train: {what} is {error:.3g} roundings from torch's, allowed are {bound}")
    return error


def entry(case, phase, outcome, ulps, **more):
    return {"kind": "train", "name": "cifar_quick", "case": case, "phase": phase, "race": outcome, "ulps": ulps} | more


def both(builder, **options):
    return {side: Work("benchmarks.train", builder, library=library, **options) for side, library in SIDES.items()}


def split(batch, options):
    """The step and its parts."""
    parts, costs = list(Split("torch", 1).parts), least(batch)
    outcomes, ulps = contest(both("Split", batch=batch), options, progress=f"batch {batch}", parts=["step", *parts])
    whole = outcomes["step"]
    print(f"a step, batch {batch}")
    print(COLUMNS.format("", "", "ours", "torch", "/ torch", "95 % interval", *["GFLOP/s"] * 2, *["of the step"] * 2))
    sums = {phase: dict.fromkeys(SIDES, 0.0) for phase in PHASES}
    for part in parts:
        layer, phase = part.split(", ")
        operations, traffic = costs.get(part, (None, None))
        show(layer, phase, outcomes[part], whole, operations)
        for side in SIDES:
            sums[phase][side] += outcomes[part]["seconds"][side]["median"]
        yield entry(f"batch {batch}, {layer}", phase, outcomes[part], ulps, flops=operations, bytes=traffic)
    for phase, seconds in sums.items():
        show_seconds("sum", phase, seconds, whole)
    show_seconds("sum", "", {side: sum(phase[side] for phase in sums.values()) for side in SIDES}, whole)
    total = [sum(numbers) for numbers in zip(*costs.values())]
    show("whole step", "", whole, whole, total[0])
    quiet(outcomes.values())
    yield entry(f"batch {batch}", "step", whole, ulps, flops=total[0], bytes=total[1])


def least(batch):
    """{part: (operations, bytes)} that it needs at least; products need the same number in every phase."""
    found, x = {}, torch.zeros(batch, 3, 32, 32)
    for name, layer in zip(LAYERS, cifar_quick(torch.nn)):
        with torch.no_grad():
            y = layer(x)
        given, out = numbers(*x.shape), numbers(*y.shape)
        if isinstance(layer, torch.nn.MaxPool2d):
            both = cost("max_pool2d", Call(given, 2, 2))
            found[f"{name}, input gradient"] = both.of("backward")
        elif list(layer.parameters()):
            weight, bias = (numbers(*parameter.shape) for parameter in layer.parameters())
            both = cost(*(("conv2d", Call(given, weight, bias, padding=2)) if weight.ndim == 4
                          else ("linear", Call(given, weight, bias))))  # fmt: skip
            operations = both.flops["forward"]
            if name != LAYERS[0]:  # the pictures have no gradient
                found[f"{name}, input gradient"] = operations, 4 * (out.size + weight.size + given.size)
            found[f"{name}, weight gradient"] = operations, 4 * (out.size + given.size + weight.size + bias.size)
        else:  # Flatten: a view
            both = None
        if both is not None:
            found[f"{name}, forward"] = both.of("forward")
        x = y
    both = cost("cross_entropy", Call(numbers(batch, 10), numbers(batch, dtype=np.int64)))
    return found | {"loss, forward": both.of("forward"), "loss, input gradient": both.of("backward")}


def epochs(options, pictures=1280):
    """Pictures per second, with loading."""
    print(f"an epoch of {pictures} pictures, batch 64, shuffled, no worker processes: pictures per second")
    for phase, whole in (("data set, ToTensor, DataLoader", False), ("whole batches from an array", True)):
        outcome, ulps = contest(both("Epoch", pictures=pictures, whole=whole), options, progress=phase)
        ours, theirs = (pictures / outcome["seconds"][side]["median"] for side in SIDES)
        print(f"  {phase:32} ours {ours:7.0f}  torch {theirs:7.0f}  time / torch {span(outcome['ratios']['ours'])}")
        quiet([outcome])
        yield entry(f"an epoch of {pictures} pictures, batch 64", phase, outcome, ulps, pictures=pictures)


def scaling(options):
    """How a step grows with the batch, and what a second thread is worth."""
    print("a step of growing batches")
    sizes, milliseconds, mebibytes = np.array(GROWING), {side: [] for side in SIDES}, {side: [] for side in SIDES}
    for batch in GROWING:
        outcome, ulps = contest(both("Loss", batch=batch), options, progress=f"batch {batch}")
        words = [f"/ torch {span(outcome['ratios']['ours'])}"]
        for side in SIDES:
            milliseconds[side].append(1e3 * outcome["seconds"][side]["median"] / batch)
            mebibytes[side].append(outcome["memory_mib"][side])
            words.append(f"{side} {milliseconds[side][-1]:.4f} ms a picture, peak {mebibytes[side][-1]:.1f} MiB")
        print(f"  batch {batch:4}: {'; '.join(words)}")
        quiet([outcome])
        yield entry(f"batch {batch}", "step", outcome, ulps)
    for side in SIDES:
        flat = max(milliseconds[side]) / min(milliseconds[side]) - 1
        slope, offset, off = line(sizes, mebibytes[side])
        print(f"  {side}: time a picture varies by {flat:.0%}; memory is {slope:.3f} MiB a picture + {offset:.1f} MiB, "
              f"off by {off:.1%} of the largest at most")  # fmt: skip
    for side, library in SIDES.items() if options.threads > 1 else ():
        names = {f"{side}, {count} threads": count for count in (options.threads, 1)}
        works = {name: Work("benchmarks.train", "Threads", library=library, batch=64, count=count)
                 for name, count in names.items()}  # fmt: skip
        many, one = names
        outcome, ulps = contest(works, options, one, progress="threads")
        times = {name: 1e3 * outcome["seconds"][name]["median"] for name in names}
        gain = {key: 1 / outcome["ratios"][many][other] for key, other in GAIN.items()}
        print(f"  {side}, batch 64: {times[many]:.1f} ms on {options.threads} threads, {times[one]:.1f} ms on one: "
              f"{span(gain)} times as fast")  # fmt: skip
        quiet([outcome])
        yield entry("batch 64", f"{side}: {options.threads} threads against 1", outcome, ulps)


GAIN = {"median": "median", "low": "high", "high": "low"}  # of 1 / ratio


def line(x, y):
    """(slope, offset, largest distance from it / largest y) of the straight line that fits best."""
    slope, offset = np.polyfit(x, y, 1)
    return slope, offset, np.abs(np.polyval((slope, offset), x) - y).max() / np.max(y)


def others(options, batch=64):
    """The step in other libraries."""
    print(f"a step, batch {batch}, in other libraries")
    works = {side: Work("benchmarks.train", "Loss", library=library, batch=batch) for side, library in SIDES.items()}
    for name in libraries.LIBRARIES:
        lacking = libraries.missing(name)
        if lacking:
            print(f"  {name} is left out: {lacking}")
        else:
            works[name] = Work("benchmarks.libraries", "build", library=name, batch=batch)
    outcome, ulps = contest(works, options, progress="other libraries")
    for name in sorted(works, key=lambda name: outcome["seconds"][name]["median"]):
        ratio = span(outcome["ratios"][name]) if name != "torch" else f"1, control {span(outcome['control'])}"
        median, memory = outcome["seconds"][name]["median"], outcome["memory_mib"][name]
        print(f"  {name:12} {1e3 * median:9.2f} ms  / torch {ratio}; peak {memory:.0f} MiB")
    quiet([outcome])
    yield entry(f"batch {batch}", "step in other libraries", outcome, ulps)


# ------------------------------------------------------------------------------------------------ the tables

COLUMNS = "  {:10} {:15} {:>10} {:>10}  {:>7} {:>13}  {:>7} {:>7}  {:>11} {:>11}"


def show(layer, phase, outcome, whole, operations):
    """The line of a part."""
    seconds, ratio = {side: outcome["seconds"][side]["median"] for side in SIDES}, outcome["ratios"]["ours"]
    show_seconds(layer, phase, seconds, whole, ratio["median"], f"{ratio['low']:.2f} - {ratio['high']:.2f}", operations)


def show_seconds(layer, phase, seconds, whole, ratio=None, interval="", operations=None):
    times = [duration(seconds[side]) for side in SIDES]
    speeds = [f"{operations / seconds[side] / 1e9:.3g}" if operations and seconds[side] else "" for side in SIDES]
    shares = [f"{seconds[side] / whole['seconds'][side]['median']:.1%}" for side in SIDES]
    ratio = seconds["ours"] / seconds["torch"] if ratio is None else ratio
    print(COLUMNS.format(layer, phase, *times, f"{ratio:.2f}", interval, *speeds, *shares))


def span(ratio):
    return f"{ratio['median']:.2f} ({ratio['low']:.2f} - {ratio['high']:.2f})"


def quiet(outcomes):
    """Say so if it was not quiet."""
    foreign = max(max(outcome["foreign"]) for outcome in outcomes)
    if foreign > QUIET:
        print(f"  noisy: other processes used up to {foreign:.0%} of the cores")

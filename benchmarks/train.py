"""bench train: the training of the tutorial's network, ours against torch's, whole and in its parts.

A step is forward, loss, backward, update, on a batch that lies in memory; an epoch is the same over a DataLoader of
CIFAR-10 with ToTensor. The parts of a step are timed one by one, each on the tensors that it meets in a step: a layer's
forward pass, the gradient of its input, the gradients of its parameters, and the update. --scaling: time and memory
over the batch size, and over the threads. --others: the same step in other libraries.
"""

import itertools
import statistics

import numpy as np
from torch.utils.benchmark import Timer

from minitorch_edu.vision.datasets import CIFAR10

from . import others
from .race import Work, _Runner, pinned, race
from .step import Step

__all__ = ["bench"]

BATCHES = (1, 64, 256)
SCALES = (64, 128, 256, 512, 1024)
FLOPS = 69e6  # of a picture in a training step, multiplications and additions
SIDES = {"ours": "minitorch_edu", "torch": "torch"}
LINE = "  {:34} {:>12} {:>12} {:>9} {:>17}"


def bench(options):
    """Print the tables, and yield an entry for each race."""
    how = {"rounds": options.rounds, "seconds": options.seconds, "threads": options.threads}
    if options.scaling:
        yield from scaling(how)
    elif options.others:
        yield from beside_others(how)
    else:
        for batch in BATCHES:
            yield whole(f"batch {batch}", "Step", batch, how, batch=batch)
            yield parts(batch, options.threads)
        if others.Epoch.missing():
            print(f"epochs with the loader are left out: {others.Epoch.missing()}")
        else:
            pictures = len(CIFAR10(others.Epoch.root))
            yield whole(f"{pictures} pictures, DataLoader and ToTensor", "LoadedEpoch", pictures, how)


def whole(title, builder, pictures, how, **options):
    """Race a step, or an epoch, against torch's; the entry."""
    outcome = race(works(builder, **options), "torch", check=agree, progress=title, **how)
    print(f"{title}, {outcome['threads']} threads")
    print(LINE.format("", "time", "images/s", "/ torch", "95 % interval"))
    for side, times in outcome["seconds"].items():
        ratio = outcome["ratios"].get(side, outcome["control"])
        numbers = (
            ("1", "") if side == "torch" else (f"{ratio['median']:.2f}", f"{ratio['low']:.2f} - {ratio['high']:.2f}")
        )
        print(LINE.format(side, f"{times['median'] * 1e3:.2f} ms", f"{pictures / times['median']:.0f}", *numbers)
              + f" {outcome['memory_mib'][side]:8.1f} MiB")  # fmt: skip
    return {"kind": "train", "name": "train", "case": title, "phase": "whole", "flops": FLOPS * pictures, "bytes": None,
            "race": outcome, "ulps": {}}  # fmt: skip


def works(builder, **options):
    return {side: Work("benchmarks.train", builder, library=library, **options) for side, library in SIDES.items()}


def agree(values):
    """AssertionError unless both sides compute the same loss and gradients, in float32."""
    for name, expected in values["torch"].items():
        np.testing.assert_allclose(values["ours"][name], expected, rtol=1e-3, atol=1e-4, err_msg=name)


class LoadedEpoch(others.Epoch):
    """An epoch of training over the DataLoader, as the tutorial writes it."""

    def __init__(self, library):
        super().__init__(library)
        self.training = Step(library)

    def step(self):
        for batch in self.loader:
            self.training.pictures, self.training.labels = batch
            loss = self.training.step()
        return loss

    def values(self):
        """The loss of the first step."""
        self.training.pictures, self.training.labels = next(iter(self.loader))
        return {"loss": self.training.step().item()}


# ------------------------------------------------------------------------------------------------ the parts of a step


class Parts(Step):
    """The parts of a step as functions, {(layer, phase): function}, on the tensors that they meet in a step."""

    def __init__(self, library, batch):
        super().__init__(library, batch)
        self.parts = self.ours() if library == "minitorch_edu" else self.theirs()
        other = Step(library, batch)  # an update spoils what the graph has saved
        other.step()
        self.parts["update", "update"] = other.optimizer.step

    def layers(self):
        """Run a step; yields (name, layer, its input, its output, which kept its gradient)."""
        criterion = lambda scores: self.torch.nn.functional.cross_entropy(scores, self.labels)
        x, seen = self.pictures, []
        for name, layer in (*self.net.named_children(), ("loss", criterion)):
            y = layer(x)
            y.retain_grad()
            seen.append((name if name == "loss" else f"{name} {type(layer).__name__}", layer, x, y))
            x = y
        x.backward(retain_graph=True)
        return seen

    def ours(self):
        """A layer's gradients by the gradient functions of its Node, which is all that backward calls."""
        parts = {}
        for name, layer, x, y in self.layers():
            parts[name, "forward"] = lambda layer=layer, x=x: layer(x)
            functions = {"input": [], "parameters": []}
            for target, *_, function in y.grad_fn.edges:
                functions["parameters" if target in self.leaves() else "input"].append(function)
            for what, calls in functions.items():
                if calls:
                    parts[name, f"gradient of {what}"] = (
                        lambda calls=calls, g=y.grad.array: [function(g) for function in calls]
                    )  # fmt: skip
        return parts

    def leaves(self):
        return set(self.net.parameters())

    def theirs(self):
        """A layer's gradients by autograd.grad of the layer alone, asked for its input or for its parameters."""
        parts = {}
        for name, layer, x, y in self.layers():
            parts[name, "forward"] = lambda layer=layer, x=x: layer(x)
            parameters = [] if name == "loss" else list(layer.parameters())
            if x.requires_grad:
                for p in parameters:
                    p.requires_grad_(False)
                leaf = x.detach().requires_grad_()
                parts[name, "gradient of input"] = self.gradient(layer(leaf), [leaf], y.grad)
                for p in parameters:
                    p.requires_grad_()
            if parameters:
                parts[name, "gradient of parameters"] = self.gradient(layer(x.detach()), parameters, y.grad)
        return parts

    def gradient(self, y, wanted, g):
        return lambda: self.torch.autograd.grad(y, wanted, g, retain_graph=True)

    def values(self):
        """Seconds of each part, measured now."""
        return {
            key: Timer("part()", globals={"part": part}, num_threads=self.torch.get_num_threads())
            .blocked_autorange(min_run_time=0.02).median
            for key, part in self.parts.items()
        }  # fmt: skip


def parts(batch, threads, rounds=5):
    """Time the parts of a step on both sides in turns, and torch's again; the entry has the medians."""
    runners = works("Parts", batch=batch)
    runners["torch again"] = runners["torch"]
    found = {side: [] for side in runners}
    with pinned(threads):
        racers = {side: _Runner(side, work, threads) for side, work in runners.items()}
    try:
        for racer in racers.values():
            racer.answer()
        for side, racer in itertools.chain.from_iterable(itertools.repeat(racers.items(), rounds)):
            found[side].append(racer.ask("values"))
    finally:
        for racer in racers.values():
            racer.stop()
    medians = {
        side: {key: statistics.median(float(times[key]) for times in turns) for key in turns[0]}
        for side, turns in found.items()
    }
    print(LINE.format(f"the parts, batch {batch}", "ours", "torch", "/ torch", "torch / torch"))
    for key in medians["ours"]:
        ours, theirs, again = (medians[side].get(key, 0) for side in ("ours", "torch", "torch again"))
        layer, phase = key
        ratios = (f"{ours / theirs:.2f}", f"{again / theirs:.2f}") if theirs else ("", "")
        print(LINE.format(layer if layer == phase else f"{layer}, {phase}", f"{ours * 1e3:.3f} ms",
                          f"{theirs * 1e3:.3f} ms", *ratios))  # fmt: skip
    totals = {side: sum(times.values()) for side, times in medians.items()}
    ratios = (f"{totals[side] / totals['torch']:.2f}" for side in ("ours", "torch again"))
    print(LINE.format("all parts", *(f"{totals[side] * 1e3:.2f} ms" for side in SIDES), *ratios))
    named = {side: {f"{layer}: {phase}": value for (layer, phase), value in times.items()}
             for side, times in medians.items()}  # fmt: skip
    return {"kind": "parts", "name": "train", "case": f"batch {batch}", "phase": "parts", "seconds": named}


# ------------------------------------------------------------------------------------------------ scaling, others


def scaling(how):
    """Time per picture and memory over the batch size; one thread against all."""
    memory, per_picture = {side: [] for side in SIDES}, {side: [] for side in SIDES}
    for batch in SCALES:
        entry = whole(f"batch {batch}", "Step", batch, how, batch=batch)
        for side in SIDES:
            memory[side].append(entry["race"]["memory_mib"][side])
            per_picture[side].append(entry["race"]["seconds"][side]["median"] / batch)
        yield entry
    for side in SIDES:
        slope, start = np.polyfit(SCALES, memory[side], 1)
        worst = np.abs(np.polyval([slope, start], SCALES) / memory[side] - 1).max()
        spread = max(per_picture[side]) / min(per_picture[side]) - 1
        print(f"{side}: {slope:.3f} MiB a picture and {start:.1f} MiB, within {worst:.0%}; "
              f"time a picture {min(per_picture[side]) * 1e6:.0f} us to {spread:.0%} more")  # fmt: skip
    one = whole("batch 64", "Step", 64, how | {"threads": 1}, batch=64)
    several = whole("batch 64", "Step", 64, how, batch=64)
    for side in SIDES:
        gain = one["race"]["seconds"][side]["median"] / several["race"]["seconds"][side]["median"]
        print(f"{side}: {how['threads']} threads are {gain:.2f} times as fast as one")
    yield one | {"case": "batch 64, one thread"}


def beside_others(how):
    """The same step, batch 64, in each of the other libraries that is installed, against torch's."""
    from .libraries import LIBRARIES

    for name, builder in {"ours": None, **LIBRARIES}.items():
        if builder is not None and (missing := builder.missing()):
            print(f"{name}: {missing}")
            continue
        mine = works("Step", batch=64)["ours"] if builder is None else Work("benchmarks.libraries", builder.__name__)
        runners = {name: mine, "torch": works("Step", batch=64)["torch"]}
        outcome = race(runners, "torch", check=same_loss, progress=name, **how)
        ratio, seconds = outcome["ratios"][name], outcome["seconds"][name]["median"]
        print(f"{name:14} {seconds * 1e3:9.1f} ms, {ratio['median']:7.2f} x torch's time "
              f"({ratio['low']:.2f} - {ratio['high']:.2f}), {outcome['memory_mib'][name]:8.1f} MiB")  # fmt: skip
        yield {"kind": "train", "name": name, "case": "batch 64", "phase": "whole", "flops": FLOPS * 64, "bytes": None,
               "race": outcome, "ulps": {}}  # fmt: skip


def same_loss(values):
    """AssertionError unless the first loss, from the same weights, is torch's in float32."""
    losses = [float(found["loss"]) for found in values.values()]
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-4)

"""A step of `train --backend torch` on the CPU, beside a torch loop that has nothing but the step.

python -m benchmarks.loops
"""

import dataclasses
import itertools

from minitorch_edu.training import fast
from minitorch_edu.training.checkpoint import Training
from minitorch_edu.training.recipe import RECIPES
from minitorch_edu.vision.datasets import Shapes10

from .race import Work, race

__all__ = ["Bare", "Train", "main"]


class Train:
    """Steps of `train`, by one of its engines."""

    def __init__(self, recipe="tutorial", engine="eager", size=2048, batch=64):
        import torch

        engine = fast.choose(torch, "cpu", name=engine)
        engine.report = 1
        self.training = engine.Training(
            torch, dataclasses.replace(RECIPES[recipe], batch_size=batch), Shapes10(size=size)
        )

        def steps():
            while True:
                for result in engine.train_epoch(self.training):
                    self.training.count(*result)
                    yield result
                self.training.end_epoch()

        self.step = steps().__next__

    def values(self):
        return {"loss": self.step()[0]}


class Bare:
    """The same network, pictures and optimizer in a loop of torch alone. memory: of pictures and weights."""

    def __init__(self, recipe="tutorial", memory="channels_last", weights="contiguous_format", size=2048, batch=64):
        import torch

        recipe = dataclasses.replace(RECIPES[recipe], batch_size=batch)
        self.training = training = Training(torch, recipe, Shapes10(size=size))
        memory, weights = getattr(torch, memory), getattr(torch, weights)
        net, optimizer, scheduler = training.net.to(memory_format=weights), training.optimizer, training.scheduler
        batches = itertools.chain.from_iterable(itertools.repeat(training.loader))

        def step():
            pictures, labels = next(batches)
            pictures = pictures.contiguous(memory_format=memory)
            loss = torch.nn.functional.cross_entropy(net(pictures), labels, label_smoothing=recipe.label_smoothing)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            scheduler.step()
            return loss.item()

        self.step = step

    def values(self):
        return {"loss": self.step()}


def main(rounds=9, seconds=0.5, batch=64, size=2048, pause=0.1, patience=3, threads=None):
    """Race them, for each recipe; print ratios to the bare loop."""
    outcomes = {}
    for recipe in ("tutorial", "quick"):
        runners = {
            "bare": Work("benchmarks.loops", "Bare", recipe=recipe, batch=batch, size=size),
            "train, eager": Work("benchmarks.loops", "Train", recipe=recipe, batch=batch, size=size),
            "train, graph": Work("benchmarks.loops", "Train", recipe=recipe, engine="graph", batch=batch, size=size),
            "bare, pictures channels first": Work("benchmarks.loops", "Bare", recipe=recipe, memory="contiguous_format",
                                                  batch=batch, size=size),
            "bare, weights channels last": Work("benchmarks.loops", "Bare", recipe=recipe, weights="channels_last",
                                                batch=batch, size=size),
        }  # fmt: skip
        outcome = outcomes[recipe] = race(runners, "bare", rounds, seconds, pause, threads, patience=patience)
        milliseconds = outcome["seconds"]["bare"]["median"] * 1e3
        print(f"{recipe}, batch {batch}, {outcome['threads']} threads, {milliseconds:.1f} ms")
        for name, ratio in (*outcome["ratios"].items(), ("bare again", outcome["control"])):
            low, high = ratio["quartiles"]
            print(f"  {name + ' / bare':40}{ratio['median']:6.3f} (quartiles {low:.3f} to {high:.3f})", flush=True)
    return outcomes


if __name__ == "__main__":
    main()

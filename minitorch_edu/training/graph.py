"""A step of the training as one CUDA graph: from the choice of the pictures to the update, captured once.

A graph is launched as a whole, always with the same memory. So whatever changes from step to step is a tensor that
stays where it is: which pictures come next, how they are augmented, the learning rates, the sums of losses and hits.
An epoch's order and augmentations are drawn beforehand, by the same calls as in the plain loop, and copied once.

torch is imported by whoever calls. Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

import contextlib
import functools
import gc

from .augmentation import augment, draw

__all__ = ["Step"]


@functools.cache
def _aside(torch):
    """A stream on which graphs are made. One for all: torch keeps cuBLAS's workspace for every stream that it saw."""
    return torch.cuda.Stream()


@contextlib.contextmanager
def _uncollected():
    """While a graph is captured, Python must not collect another: CUDA would give the capture up."""
    gc.collect()
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


class Step:
    """A step of a training, on tensors that stay where they are; captured on CUDA, once for each size of a batch.

    order: numbers of the pictures of this epoch. mirrored, moved: their augmentation. at: the first picture of the next
    batch. rates: the learning rate of each group of parameters. sums: losses and hits, added up.

    >>> import torch as theirs
    >>> from minitorch_edu.training.fast import choose
    >>> from minitorch_edu.training.recipe import Recipe
    >>> engine = choose(theirs, device="cpu", name="graph")
    >>> step = engine.Training(theirs, Recipe(), datasets.Shapes10(size=10)).machine
    >>> step.run(size=4, whole=4)
    >>> step.at.item(), step.sums[0].item() / 4  # doctest: +ELLIPSIS
    (4, 2.2...)
    """

    def __init__(self, training):
        self.training, self.engine = training, training.engine
        self.augments = bool(training.recipe.flips or training.recipe.shift)
        torch, device, count = training.torch, self.engine.device, len(training.loader.dataset)
        self.model = self.engine.group.parallel(torch, training.net, device)
        self.look = torch.compile(self._look, dynamic=False) if self.engine.compiled else self._look
        self.order = torch.zeros(count, dtype=torch.int64, device=device)
        self.mirrored = torch.zeros((count, 1), dtype=torch.bool, device=device)
        self.moved = torch.zeros((2, count, 1), dtype=torch.int64, device=device)
        self.places = torch.arange(training.loader.batch_size, device=device)
        self.at = torch.zeros((), dtype=torch.int64, device=device)
        self.sums = torch.zeros(2, dtype=torch.float64, device=device)
        self.rates = [torch.zeros((), device=device) for _ in training.optimizer.param_groups]
        self.graphs = {}  # size: a graph
        self.take_over()

    def take_over(self):
        """Begin from the optimizer as it is. Its momentum is there from the start, as 0: no step is the first."""
        optimizer, torch = self.training.optimizer, self.training.torch
        self.graphs, self.known = {}, [None] * len(self.rates)
        for group in optimizer.param_groups:
            for p in group["params"] if group["momentum"] else ():
                if optimizer.state[p].get("momentum_buffer") is None:
                    optimizer.state[p]["momentum_buffer"] = torch.zeros_like(p)

    def epoch(self):
        """What is left of the epoch: yields (loss, hits, pictures) of some steps together, as many as engine.report."""
        training, group = self.training, self.engine.group
        batches = self._draw()
        training.net.train()
        with group.watch():
            for first in range(0, len(batches), self.engine.report):
                some = batches[first : first + self.engine.report]
                self.sums.zero_()
                for size, whole in some:
                    self._set_rates()
                    self(size, whole)
                    training.scheduler.step()
                loss, hits = group.add_up(self.sums).tolist()
                pictures = sum(whole for _, whole in some)
                yield loss / pictures, int(hits), pictures

    def _draw(self):
        """Draw what is left of the epoch, and copy this process's part: its size, and the whole, of each batch."""
        training, torch, part = self.training, self.training.torch, self.engine.group.part
        batches, recipe, mirrored, moved = list(training.batches()), training.recipe, [], []
        for step, batch in enumerate(batches if self.augments else (), training.step + 1):
            flips, shifts = draw(torch, len(batch), recipe.flips, recipe.shift)
            mirrored.append(part(flips))
            moved.append(part(shifts, 1))
            training.random[step] = torch.get_rng_state()
        self.at.zero_()
        for into, parts, axis in ((self.order, [part(batch) for batch in batches], 0), (self.mirrored, mirrored, 0),
                                  (self.moved, moved, 1)):  # fmt: skip
            if parts:
                drawn = torch.cat(parts, axis)
                into.narrow(axis, 0, drawn.shape[axis]).copy_(drawn)
        return [(len(part(batch)), len(batch)) for batch in batches]

    def _set_rates(self):
        for number, group in enumerate(self.training.optimizer.param_groups):
            if group["lr"] != self.known[number]:
                self.rates[number].fill_(group["lr"])
                self.known[number] = group["lr"]

    def __call__(self, size, whole):
        """Take a step with the next `size` pictures, this process's part of a batch of `whole`."""
        if not self.engine.captured:
            self.run(size, whole)
            return
        if size not in self.graphs:
            self.graphs[size] = self._capture(size)
        self.graphs[size].replay()

    def _capture(self, size):
        """A graph of the step. First come steps on another stream, as torch asks for, which are undone."""
        torch, training = self.training.torch, self.training
        momentum = [t for state in training.optimizer.state.values() for t in state.values() if t is not None]
        tensors = [*training.net.parameters(), *training.net.buffers(), *momentum, self.at, self.sums]
        before = [tensor.detach().clone() for tensor in tensors]
        here, aside = torch.cuda.current_stream(), _aside(torch)
        aside.wait_stream(here)
        with torch.cuda.stream(aside):
            for _ in range(3):
                self.at.zero_()
                self.run(size, size)
        here.wait_stream(aside)
        graph = torch.cuda.CUDAGraph()
        training.optimizer.zero_grad(set_to_none=True)  # so that gradients lie in the graph's own memory
        with _uncollected(), torch.cuda.graph(graph, stream=aside):
            self.run(size, size)
        with torch.no_grad():
            for tensor, old in zip(tensors, before):
                tensor.copy_(old)
        return graph

    def _look(self, places):
        """Scores and labels of the pictures at these places."""
        training = self.training
        pictures, labels = training.loader.dataset.take(self.order[places])
        if self.augments:
            pictures = augment(training.torch, pictures, self.mirrored[places], self.moved[:, places])
        return self.model(pictures), labels

    def run(self, size, whole):
        """Forward, loss, backward, update: the step of loop.steps, with all that it needs on the device."""
        training, optimizer, groups = self.training, self.training.optimizer, self.training.optimizer.param_groups
        torch, smoothing = training.torch, training.recipe.label_smoothing
        scores, labels = self.look(self.at + self.places[:size])
        if self.engine.group.world == 1:
            loss = scaled = torch.nn.functional.cross_entropy(scores, labels, label_smoothing=smoothing)
        else:  # this part's share of the mean over the whole batch; of all parts' gradients, the mean will be taken
            loss = torch.nn.functional.cross_entropy(scores, labels, label_smoothing=smoothing, reduction="sum") / whole
            scaled = loss * self.engine.group.world
        optimizer.zero_grad()
        scaled.backward()
        numbers = [group["lr"] for group in groups]
        for group, rate in zip(groups, self.rates):
            group["lr"] = rate
        optimizer.step()
        for group, number in zip(groups, numbers):
            group["lr"] = number
        with torch.no_grad():
            self.sums += torch.stack((loss.double() * whole, (scores.argmax(1) == labels).sum()))
            self.at += size

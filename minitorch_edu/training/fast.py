"""The fast path: the training of loop.py, which is the version to read, on a GPU that never waits.

A GPU computes a step of the tutorial's network in less time than Python takes to launch its hundred kernels. So here

- the pictures lie on the device as bytes; a batch is taken, scaled, moved and mirrored there;
- the order of an epoch and all its augmentations are drawn beforehand, by the same calls as in the plain loop (so one
  seed gives the same batches), and copied once;
- a step reads and writes tensors that stay where they are, so that on CUDA all its kernels, from the choice of the
  pictures to the update, are captured once as a CUDA graph and launched as one; elsewhere the same function is called;
- losses and hits are added up on the device, and looked at once in REPORT steps, as each look waits for the GPU.

torch is imported by whoever calls.
"""

import contextlib
import functools
import gc

import numpy as np

from . import loop
from .augmentation import augment, draw
from .checkpoint import Training
from .several import Group

__all__ = ["Batches", "Engine", "FastTraining", "Resident", "Step", "choose"]

REPORT = 50  # steps between two looks at the sums, on a GPU
LARGE = 1000  # pictures of a batch in evaluation
PRECISIONS = ("fp32", "tf32", "bf16")
ENGINES = ("auto", "eager", "graph")


def choose(torch, device="auto", precision="fp32", compiled=False, name="auto", group=None):
    """The Engine that the options of `train` mean. RuntimeError for what cannot be together, or is not there.

    device: "auto" (CUDA, if there is one), "cpu" or "cuda". precision: of matrix products, one of PRECISIONS.
    compiled: by torch.compile. name: one of ENGINES; "auto" is "graph" on CUDA and in several processes, else "eager".

    >>> import torch as theirs
    >>> from minitorch_edu.training.fast import choose
    >>> print(choose(theirs, device="cpu", name="graph"))
    cpu, fp32, engine graph
    """
    group = group or Group()
    if device == "cuda" and not torch.cuda.is_available():
        raise RuntimeError(f"--device cuda: {why_no_cuda(torch)}; --device cpu needs none")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    if device == "cuda":
        if group.local >= torch.cuda.device_count():
            raise RuntimeError(f"process {group.rank} has no GPU: here are {torch.cuda.device_count()}; "
                               "--nproc-per-node says how many processes a machine has")  # fmt: skip
        device = f"cuda:{group.local}"
        torch.cuda.set_device(device)
    device = torch.device(device)
    if precision == "tf32" and device.type != "cuda":
        raise RuntimeError("--precision tf32 is a way in which GPUs multiply; on the CPU there are fp32 and bf16")
    if name == "auto":
        name = "graph" if device.type == "cuda" or group.world > 1 else "eager"
    if name == "eager" and group.world > 1:
        raise RuntimeError("--engine eager is for one process; in several it is graph, whose steps are called there")
    if compiled and group.world > 1:
        raise RuntimeError("--compile is for one process")
    return Engine(torch, device, precision, compiled, name, group)


def why_no_cuda(torch):
    """Why there is no CUDA, as far as torch knows."""
    if torch.version.cuda is None:
        return f"torch {torch.__version__} is built without CUDA"
    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as error:
        return f"torch {torch.__version__} for CUDA {torch.version.cuda} says: {str(error).splitlines()[0]}"
    return f"torch {torch.__version__} for CUDA {torch.version.cuda} sees no GPU"


class Engine:
    """How a training is computed; it has what `loop.fit` uses: Training, train_epoch, evaluate and stops.

    >>> import torch as theirs
    >>> from minitorch_edu.training.fast import choose
    >>> from minitorch_edu.training.loop import fit
    >>> from minitorch_edu.training.recipe import Recipe
    >>> shapes = datasets.Shapes10(size=10)
    >>> engine = choose(theirs, device="cpu", name="graph")
    >>> net, history = fit(theirs, Recipe(epochs=1), shapes, shapes, engine=engine)  # doctest: +ELLIPSIS
    epoch 1: test loss 2.30..., test accuracy ...%, ... s of training
    """

    def __init__(self, torch, device, precision, compiled, name, group):
        self.torch, self.device, self.precision = torch, device, precision
        self.compiled, self.name, self.group = compiled, name, group
        self.report = REPORT if device.type == "cuda" else 1
        self.captured = device.type == "cuda" and group.world == 1
        self.Training = functools.partial(FastTraining, self)

    def __str__(self):
        name = f" ({self.torch.cuda.get_device_name(self.device)})" if self.device.type == "cuda" else ""
        compiled = ", compiled" if self.compiled else ""
        processes = f", {self.group.world} processes" if self.group.world > 1 else ""
        return f"{self.device}{name}, {self.precision}, engine {self.name}{compiled}{processes}"

    def prepare(self, net):
        """Bring a network to the device, in the precision that was asked for. Returns it."""
        torch = self.torch
        if self.device.type == "cuda":
            torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = self.precision == "tf32"
            torch.backends.cudnn.benchmark = not torch.backends.cudnn.deterministic  # take the fastest kernels
            net = net.to(self.device, memory_format=torch.channels_last)
            if self.group.world > 1:
                net = torch.nn.SyncBatchNorm.convert_sync_batchnorm(net)
        if self.precision == "bf16" or self.compiled:
            forward, bf16 = net.forward, self.precision == "bf16"

            def computed(pictures):  # no cache: it would not outlive a graph
                with torch.autocast(self.device.type, torch.bfloat16, enabled=bf16, cache_enabled=False):
                    scores = forward(pictures)
                return scores.float()

            net.forward = torch.compile(computed) if self.compiled and self.name == "eager" else computed
        return net

    def train_epoch(self, training):
        """The steps of what is left of the epoch; yields (loss, hits, pictures) of some steps together."""
        return loop.train_epoch(training) if self.name == "eager" else training.machine.epoch()

    def evaluate(self, torch, net, loader):
        """Run the network over a data set without training; yields (loss, hits, pictures)."""
        if self.name == "eager":
            yield from loop.evaluate(torch, net, loader)
            return
        net.eval()
        sums = torch.zeros(2, dtype=torch.float64, device=self.device)
        with torch.no_grad(), self.group.watch():
            self.group.agree(net)
            for numbers in self.group.part(torch.cat(list(loader))).to(self.device).split(LARGE):
                pictures, labels = loader.dataset.take(numbers)
                scores = net(pictures)
                loss = torch.nn.functional.cross_entropy(scores, labels, reduction="sum")
                sums += torch.stack((loss, (scores.argmax(1) == labels).sum()))
            loss, hits = self.group.add_up(sums).tolist()
        yield loss / len(loader.dataset), int(hits), len(loader.dataset)

    def stops(self, asked):
        """Whether the training is to stop: in all processes, if somebody asked it of one."""
        if self.group.world == 1:
            return asked.is_set()
        here = asked.is_set() or self.group.asked.is_set()
        with self.group.watch():
            return bool(self.group.add_up(self.torch.tensor(here, dtype=int, device=self.device)).item())


class FastTraining(Training):
    """A training on an engine. Its checkpoints are the plain training's, and of no device.

    >>> import torch as theirs
    >>> from minitorch_edu.training.fast import choose
    >>> from minitorch_edu.training.recipe import Recipe
    >>> engine = choose(theirs, device="cpu", name="graph")
    >>> training = engine.Training(theirs, Recipe(batch_size=4), datasets.Shapes10(size=10))
    >>> engine.report = 2  # steps
    >>> [(hits >= 0, pictures) for loss, hits, pictures in engine.train_epoch(training)]
    [(True, 8), (True, 2)]
    """

    def __init__(self, engine, torch, recipe, train_set, seed=0):
        self.engine = engine
        self.random = {}  # step of this epoch: state of the generator after it
        super().__init__(torch, recipe, train_set, seed)
        self.net = engine.prepare(self.net)
        self._choose_kernels()
        self.machine = None if engine.name == "eager" else Step(self)

    def _choose_kernels(self):
        for group in self.optimizer.param_groups if self.engine.device.type == "cuda" else ():
            group.update(fused=True, foreach=False)

    def pictures(self, data_set):
        """The pictures of a data set: on the device, but for the plain loop on the CPU."""
        plain = super().pictures(data_set)
        if self.engine.name == "eager" and self.engine.device.type == "cpu":
            return plain
        return Resident(self.torch, plain, self.engine.device, numbers=self.engine.name != "eager")

    def count(self, loss, hits, pictures):
        """Note some steps."""
        super().count(loss, hits, pictures)
        self.step += -(-pictures // self.recipe.batch_size) - 1

    def end_epoch(self):
        """Note the end of an epoch."""
        super().end_epoch()
        self.random = {}

    def state_dict(self):
        """As of a plain training on the CPU."""
        saved = super().state_dict()
        for name in ("net", "optimizer"):
            saved[name] = _on_cpu(self.torch, saved[name])
        for group in saved["optimizer"]["param_groups"]:
            group.update(fused=None, foreach=None)
        return saved | {"random": self.random.get(self.step, saved["random"])}

    def load_state_dict(self, saved):
        """Be where the training was that wrote `saved`."""
        super().load_state_dict(saved)
        for p, state in self.optimizer.state.items():
            if state.get("momentum_buffer") is not None:  # fused kernels want it in the order of memory that p has
                state["momentum_buffer"] = self.torch.empty_like(p).copy_(state["momentum_buffer"]).detach()
        self._choose_kernels()
        if self.machine is not None:
            self.machine.take_over()


def _on_cpu(torch, state):
    """A state_dict with its tensors on the CPU, in the order of memory that everybody can read."""
    if isinstance(state, torch.Tensor):
        return state.detach().to("cpu", memory_format=torch.contiguous_format)
    if isinstance(state, dict):
        return type(state)((key, _on_cpu(torch, value)) for key, value in state.items())
    return [_on_cpu(torch, value) for value in state] if isinstance(state, list) else state


class Resident:
    """A data set that lies on a device: pictures (N, H, W, 3) as bytes, and labels.

    plain: the training.data.Pictures that it is made of. numbers: its batches are numbers of pictures, not pictures.

    >>> import torch as theirs
    >>> from minitorch_edu.training.data import Pictures
    >>> from minitorch_edu.training.fast import Resident
    >>> shapes = datasets.Shapes10(size=5)
    >>> pictures = Resident(theirs, Pictures(theirs, shapes.data, shapes.targets), "cpu")
    >>> for batch, labels in pictures.loader(batch_size=3):
    ...     print(tuple(batch.shape), labels)
    (3, 3, 32, 32) tensor([3, 8, 5])
    (2, 3, 32, 32) tensor([0, 2])
    """

    def __init__(self, torch, plain, device, numbers=False):
        self.torch, self.numbers = torch, numbers
        arrays = (np.ascontiguousarray(plain.images), plain.labels, np.asarray(plain.mean), np.asarray(plain.std))
        # std is a tensor as well: CUDA would multiply by 1 / a number, which rounds otherwise than dividing does.
        self.images, self.labels, self.mean, self.std = (torch.from_numpy(array).to(device) for array in arrays)

    def __len__(self):
        return len(self.images)

    def take(self, numbers):
        """The pictures (N, 3, H, W), channels last in memory, and the labels of these numbers."""
        pictures = (self.images[numbers].float() - self.mean) / self.std
        return pictures.permute(0, 3, 1, 2), self.labels[numbers]

    def loader(self, batch_size, shuffle=False):
        """The batches; with shuffle, in a new order each epoch."""
        return Batches(self, batch_size, shuffle)


class Batches:
    """Batches of a Resident, in the order in which torch's DataLoader has them, which draws it.

    >>> import torch as theirs
    >>> from minitorch_edu.training.data import Pictures
    >>> from minitorch_edu.training.fast import Batches, Resident
    >>> shapes = datasets.Shapes10(size=5)
    >>> _ = theirs.manual_seed(0)
    >>> list(Batches(Resident(theirs, Pictures(theirs, shapes.data, shapes.targets), "cpu", numbers=True), 3, True))
    [tensor([1, 4, 2]), tensor([3, 0])]
    """

    def __init__(self, dataset, batch_size, shuffle):
        self.dataset, self.batch_size = dataset, batch_size
        torch, count = dataset.torch, len(dataset)
        self.order = torch.utils.data.DataLoader(range(count), count, shuffle=shuffle, collate_fn=torch.tensor)

    def __len__(self):
        return -(-len(self.dataset) // self.batch_size)

    def __iter__(self):
        numbers = next(iter(self.order)).split(self.batch_size)
        if self.dataset.numbers:
            return iter(numbers)
        device = self.dataset.images.device
        return (self.dataset.take(batch.to(device)) for batch in numbers)


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

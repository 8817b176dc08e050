"""The fast path: the training of loop.py, which is the version to read, on a GPU that never waits.

A GPU computes a step of the tutorial's network in less time than Python takes to launch its hundred kernels. So here

- the pictures lie on the device as bytes; a batch is taken, scaled, moved and mirrored there (resident.py);
- all kernels of a step are captured once as a CUDA graph and launched as one (graph.py); elsewhere, the same function
  is called;
- one seed draws the same weights, batches and augmentations as in the plain loop;
- losses and hits are added up on the device, and looked at once in REPORT steps, as each look waits for the GPU.

torch is imported by whoever calls.
"""

import functools

from . import loop
from .checkpoint import Training
from .graph import Step
from .resident import Resident
from .several import Group

__all__ = ["Engine", "FastTraining", "choose"]

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

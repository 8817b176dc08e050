"""How fast a GPU trains the tutorial's network: minitorch-edu bench gpu

Two tables. The first has a line for each way to take a step:

    tutorial   the tutorial's own script: DataLoader, a PIL picture each, ToTensor, .to(device), a loss now and then
    eager      `train --engine eager`: the plain loop, with the data on the device
    graph      `train --engine graph`: the step as one CUDA graph
    compiled   the same with --compile: its kernels by torch.compile

in each precision and size of batch: seconds per epoch (the median of some, after one that is not counted), pictures per
second, launches per step (what the processor hands to the GPU: kernels, graphs, copies; by torch.profiler) and kernels
per step (what the GPU runs), the share of the roofline, and the memory that torch holds on the device. A step is 69
MFLOP for each picture; the roofline is what a large product of matrices reaches in the same precision on the same
machine.

The second has, for each recipe, the seconds of training (evaluation left out, capturing counted) after which the test
accuracy is 60, 70 and 80 % at the end of an epoch: mean and standard deviation over the seeds that get there. Before
the first seed is an epoch that is not counted.
"""

import argparse
import dataclasses
import gc
import shutil
import statistics
import subprocess
import time

from minitorch_edu.arguments import at_least_zero, positive
from minitorch_edu.training import fast
from minitorch_edu.training.checkpoint import NOTHING, added, means
from minitorch_edu.training.data import find_data
from minitorch_edu.training.recipe import RECIPES, make_net, make_optimizer
from reference.verify import written

from .race import conditions
from .results import make_place

__all__ = ["Tutorial", "launches", "main", "matmul_rate", "measure", "time_to_accuracy"]

FLOP = 69.2e6  # a picture's part of a step: forward 24.7e6, and twice that backward, but for the first layer's input
WAYS = ("tutorial", "eager", "graph", "compiled")
GOALS = (0.6, 0.7, 0.8)
LAUNCHES = ("cudaLaunchKernel", "cuLaunchKernel", "cudaGraphLaunch", "cudaMemcpyAsync", "cudaMemsetAsync")


class Tutorial:
    """The tutorial's script, with the recipe's numbers."""

    def __init__(self, torch, engine, recipe, train_set, workers=0):
        from PIL import Image

        from reference.torchvision import torchvision

        class Pictures(torch.utils.data.Dataset):
            def __init__(self):
                self.transform = torchvision.transforms.ToTensor()

            def __len__(self):
                return len(train_set.data)

            def __getitem__(self, index):
                return self.transform(Image.fromarray(train_set.data[index])), int(train_set.targets[index])

        torch.manual_seed(0)
        self.torch, self.device = torch, engine.device
        self.net = engine.prepare(make_net(recipe, torch.nn)).to(memory_format=torch.contiguous_format)
        torch.backends.cudnn.benchmark = False  # as it is, if nobody asks
        self.optimizer = make_optimizer(recipe, torch, self.net)
        self.loader = torch.utils.data.DataLoader(Pictures(), recipe.batch_size, shuffle=True, num_workers=workers)

    def steps(self):
        """Train for an epoch; yields how many steps of it are done."""
        self.net.train()
        loss_function = self.torch.nn.CrossEntropyLoss()
        for step, (pictures, labels) in enumerate(self.loader, 1):
            pictures, labels = pictures.to(self.device), labels.to(self.device)
            loss = loss_function(self.net(pictures), labels)
            self.optimizer.zero_grad()
            loss.backward()
            self.optimizer.step()
            if step % 100 == 0:
                loss.item()  # what it prints
            yield step


class Ours:
    """A training by one of `train`'s engines."""

    def __init__(self, torch, engine, recipe, train_set):
        self.engine, self.training = engine, engine.Training(torch, recipe, train_set)

    def steps(self):
        """Train for an epoch; yields how many steps of it are done."""
        for result in self.engine.train_epoch(self.training):
            self.training.count(*result)
            yield self.training.step
        self.training.end_epoch()


def make(torch, way, device, precision, recipe, train_set, workers=0):
    """What takes steps in one of WAYS."""
    name = "eager" if way in ("tutorial", "eager") else "graph"
    engine = fast.choose(torch, device, precision, way == "compiled", name)
    return (
        Tutorial(torch, engine, recipe, train_set, workers)
        if way == "tutorial"
        else Ours(torch, engine, recipe, train_set)
    )


def _epoch(torch, device, runner):
    """Seconds of an epoch."""
    _wait(torch, device)
    start = time.perf_counter()
    for _ in runner.steps():
        pass
    _wait(torch, device)
    return time.perf_counter() - start


def _wait(torch, device):
    if device == "cuda":
        torch.cuda.synchronize()


def launches(torch, runner, steps=fast.REPORT):
    """(launches, kernels) of one step, from so many steps at least; the launches by their names in the CUDA runtime."""
    kinds = torch.profiler.ProfilerActivity
    with torch.profiler.profile(activities=[kinds.CPU, kinds.CUDA]) as profile:
        for taken in runner.steps():
            if taken >= steps:
                break
        torch.cuda.synchronize()
    events = profile.events()
    launched = sum(event.name.startswith(LAUNCHES) for event in events)
    on_gpu = [event for event in events if event.device_type == torch.autograd.DeviceType.CUDA]
    ran = sum(not event.is_user_annotation for event in on_gpu)  # not what marks where a step begins
    return (launched / taken, ran / taken) if ran else (None, None)  # where nobody may look at the GPU's counters


def matmul_rate(torch, device, precision, size=8192, repetitions=10):
    """Operations per second in a product of two matrices of this size: the best of some."""
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    if device == "cuda":
        torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    a, b = (torch.randn(size, size, device=device).to(dtype) for _ in range(2))
    seconds = []
    for _ in range(repetitions + 2):
        _wait(torch, device)
        start = time.perf_counter()
        a @ b
        _wait(torch, device)
        seconds.append(time.perf_counter() - start)
    return 2 * size**3 / min(seconds[2:])


def measure(torch, way, device, precision, recipe, train_set, epochs, rate, workers=0):
    """A line of the first table, as a dict. rate: of the roofline, in operations per second."""
    on_gpu = device == "cuda"
    gc.collect()  # what the line before has left
    torch.compiler.reset()  # it compiles a function anew a few times only
    runner = make(torch, way, device, precision, recipe, train_set, workers)
    first = _epoch(torch, device, runner)
    if on_gpu:  # without what looking for the fastest kernels took
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    seconds = [_epoch(torch, device, runner) for _ in range(epochs)]
    memory = torch.cuda.max_memory_reserved() / 2**20 if on_gpu else None
    speed = len(train_set.data) / statistics.median(seconds)
    launched, ran = launches(torch, runner) if on_gpu else (None, None)
    return {
        "way": way,
        "precision": precision,
        "batch": recipe.batch_size,
        "first_epoch_s": first,
        "epochs_s": seconds,
        "epoch_s": statistics.median(seconds),
        "pictures_per_s": speed,
        "launches_per_step": launched,
        "kernels_per_step": ran,
        "roofline": FLOP * speed / rate,
        "memory_mib": memory,
    }


def time_to_accuracy(torch, device, precision, recipe, train_set, test_set, seed):
    """({goal: seconds of training until it was reached}, the last accuracy, seconds of the whole training)."""
    gc.collect()
    engine = fast.choose(torch, device, precision)
    training = engine.Training(torch, recipe, train_set, seed)
    loader = training.pictures(test_set).loader(recipe.batch_size)
    seconds, reached = 0.0, {}
    while training.epoch < recipe.epochs:
        start = time.perf_counter()
        for result in engine.train_epoch(training):
            training.count(*result)
        _wait(torch, device)
        seconds += time.perf_counter() - start
        training.end_epoch()
        sums = NOTHING
        for result in engine.evaluate(torch, training.net, loader):
            sums = added(sums, *result)
        accuracy = means(sums)[1]
        reached |= {goal: seconds for goal in GOALS if accuracy >= goal and goal not in reached}
    return reached, accuracy, seconds


def gpu_conditions(torch):
    """The GPU, its clocks as found, and versions."""
    found = {"torch": torch.__version__, "cuda": torch.version.cuda}
    if torch.cuda.is_available():
        found |= {"gpu": torch.cuda.get_device_name(), "cudnn": torch.backends.cudnn.version()}
    else:
        found["gpu"] = f"none: {fast.why_no_cuda(torch)}"
    if shutil.which("nvidia-smi"):
        asked = "clocks.sm,clocks.mem,clocks.max.sm,clocks.max.mem,power.limit,temperature.gpu,driver_version"
        done = subprocess.run(
            ["nvidia-smi", f"--query-gpu={asked}", "--format=csv,noheader"], capture_output=True, text=True
        )
        found["clocks"] = (
            dict(zip(asked.split(","), done.stdout.splitlines()[0].split(", "))) if done.stdout else done.stderr
        )
    return found


def _spread(values):
    if not values:
        return "never"
    return f"{statistics.mean(values):.3g} ± {statistics.stdev(values) if len(values) > 1 else 0:.2g}"


def _number(value, form):
    return "-" if value is None else format(value, form)


def parser():
    """The options."""
    command = argparse.ArgumentParser("minitorch-edu bench gpu", description=__doc__.splitlines()[0],
                                      formatter_class=argparse.ArgumentDefaultsHelpFormatter)  # fmt: skip
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    command.add_argument("--data", choices=("auto", "shapes10", "cifar10"), default="auto")
    command.add_argument("--data-root", default="data", metavar="DIR")
    command.add_argument("--pictures", type=positive(int), metavar="N", help="train on the first N pictures only")
    command.add_argument("--ways", nargs="*", choices=WAYS, default=WAYS)
    command.add_argument(
        "--precisions", nargs="+", choices=fast.PRECISIONS, help="all that the device has, if not given"
    )
    command.add_argument("--batches", nargs="+", type=positive(int), default=(64, 512))
    command.add_argument("--epochs", type=positive(int), default=3, help="timed for each line of the first table")
    command.add_argument("--workers", type=at_least_zero(int), default=0, help="of the tutorial's DataLoader")
    command.add_argument("--matmul", type=positive(int), default=8192, metavar="N", help="of the roofline's matrices")
    command.add_argument("--recipes", nargs="*", choices=tuple(RECIPES), default=("tutorial", "quick", "strong"))
    command.add_argument("--recipe-epochs", type=positive(int), help="instead of the recipe's own")
    command.add_argument("--seeds", type=positive(int), default=10)
    command.add_argument("--json", metavar="FILE", help="where to write everything that was measured")
    return command


def main(arguments=None):
    """Measure and print; what was measured."""
    import torch
    from tqdm import tqdm

    options = parser().parse_args(arguments)
    device = fast.choose(torch, options.device).device.type
    if options.json:
        make_place(options.json)
    _, train_set, test_set, said = find_data(options.data, options.data_root, options.pictures)
    found = {"conditions": conditions() | gpu_conditions(torch), "data": said, "pictures": len(train_set.data),
             "steps": [], "recipes": []}  # fmt: skip
    for name, value in found["conditions"].items():
        print(f"{name}: {value}")
    print(f"data: {said}, {len(train_set.data)} pictures to train on, {len(test_set.data)} to test\n")

    def keep():
        if options.json:
            written(options.json, found)

    if device == "cuda":  # a profiler that has run before the first capture also sees what is in graphs
        with torch.profiler.profile():
            pass
    precisions = options.precisions or [p for p in fast.PRECISIONS if device == "cuda" or p != "tf32"]
    if options.ways:
        print(f"{'way':10}{'precision':>10}{'batch':>7}{'s/epoch':>10}{'pictures/s':>12}{'launches/step':>15}"
              f"{'kernels/step':>14}{'roofline':>10}{'MiB':>8}")  # fmt: skip
    for precision in precisions if options.ways else ():
        rate = matmul_rate(torch, device, precision, options.matmul)
        for batch in options.batches:
            recipe = dataclasses.replace(RECIPES["tutorial"], batch_size=batch)
            for way in options.ways:
                row = measure(torch, way, device, precision, recipe, train_set, options.epochs, rate, options.workers)
                found["steps"].append(row | {"roofline_flop_per_s": rate})
                keep()
                print(f"{way:10}{precision:>10}{batch:7}{row['epoch_s']:10.3f}{row['pictures_per_s']:12.0f}"
                      f"{_number(row['launches_per_step'], '.1f'):>15}{_number(row['kernels_per_step'], '.1f'):>14}"
                      f"{row['roofline']:10.2%}{_number(row['memory_mib'], '.0f'):>8}", flush=True)  # fmt: skip

    if options.recipes:
        goals = "".join(f"{f's to {goal:.0%}':>18}" for goal in GOALS)
        print(f"\n{'recipe':10}{'precision':>10}{'seeds':>7}{goals}{'s in all':>16}{'accuracy':>18}")
    for name in options.recipes:
        epochs = options.recipe_epochs or RECIPES[name].epochs
        recipe = dataclasses.replace(RECIPES[name], epochs=epochs)
        for precision in precisions:
            once = dataclasses.replace(recipe, epochs=1)  # not counted: where kernels are loaded, and chosen
            time_to_accuracy(torch, device, precision, once, train_set, test_set, seed=0)
            seeds = tqdm(range(options.seeds), desc=f"{name}, {precision}", unit=" seeds", leave=False)
            runs = [time_to_accuracy(torch, device, precision, recipe, train_set, test_set, seed) for seed in seeds]
            found["recipes"].append({"recipe": name, "precision": precision, "epochs": epochs, "runs": runs})
            keep()
            times = [[reached[goal] for reached, _, _ in runs if goal in reached] for goal in GOALS]
            cells = [_spread(some) + (f" ({len(some)})" if 0 < len(some) < len(runs) else "") for some in times]
            print(f"{name:10}{precision:>10}{len(runs):7}{''.join(f'{cell:>18}' for cell in cells)}"
                  f"{_spread([seconds for _, _, seconds in runs]):>16}"
                  f"{_spread([100 * accuracy for _, accuracy, _ in runs]) + ' %':>18}", flush=True)  # fmt: skip
    return found

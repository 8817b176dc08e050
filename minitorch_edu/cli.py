"""The command line: minitorch-edu train, parity, predict, summary, verify, check, exercise, bench."""

import argparse
import contextlib
import dataclasses
import itertools
import os
import pickle
import shlex
import sys
import warnings
from importlib.util import find_spec

import minitorch_edu

from .arguments import at_least_five, at_least_zero, png, positive, seed
from .training.checkpoint import latest, recipe_of
from .training.recipe import RECIPES, make_net

__all__ = ["main"]


def _library(backend):
    """The library that a backend's name means: minitorch_edu itself, or torch."""
    if backend == "numpy":
        return minitorch_edu
    try:
        import torch
    except ImportError:
        sys.exit("minitorch-edu: --backend torch needs torch, which is not installed; --backend numpy needs only NumPy")
    return torch


def _engine(torch, options):
    """What computes a training: None is the plain loop. In several processes, they have met."""
    from .training import fast
    from .training.several import Group

    group = Group()
    if torch is minitorch_edu:
        asked = [f"--device {options.device}"] * (options.device == "cuda")
        asked += [f"--precision {options.precision}"] * (options.precision not in (None, "fp32"))
        asked += ["--compile"] * options.compile + [f"--engine {options.engine}"] * (options.engine == "graph")
        asked += [f"training in {group.world} processes"] * (group.world > 1)
        if asked:
            sys.exit(f"minitorch-edu: {asked[0]} needs --backend torch; numpy's kernels compute in float32 on the CPU, "
                     "step by step, in one process")  # fmt: skip
        return None
    engine = fast.choose(torch, options.device, options.precision or "fp32", options.compile, options.engine, group)
    folder = os.path.join(options.data_root, "cifar-10-batches-py")
    if options.data == "cifar10" and group.world > 1 and not os.path.isdir(folder):
        sys.exit(f"minitorch-edu: there is no {folder}, and {group.world} processes shall not download it all at once: "
                 f"`{_program()} train --data cifar10` in one process does")  # fmt: skip
    group.join(torch, engine.device)
    return engine


def train(options):
    """Train a network, and leave its history, pictures and a checkpoint of every epoch in OUT.

    Ctrl-C ends the step, writes a checkpoint and says how to go on from it; the exit status is then 130, torchrun's 1.
    """
    from .training.data import find_data
    from .training.loop import Stopped, fit

    if options.tensorboard is not None:
        from .training.board import Board  # says so if there is no tensorboard

    resume = _resume(options) if options.resume else None  # fills in the options of before
    backend = options.backend or "numpy"
    torch = _library(backend)
    engine = _engine(torch, options)
    first = engine is None or engine.group.rank == 0  # of several processes, which alone writes
    data, train_set, test_set, said = find_data(options.data, options.data_root, options.pictures)
    name, recipe = _recipe(options, data)
    out = options.out or _new_folder(os.path.join("runs", f"{data}-{backend}-seed{options.seed}"))
    print(f"data: {said}, {len(train_set)} pictures to train on, {len(test_set)} to test")
    elsewhere = resume is None or os.path.realpath(os.path.dirname(resume)) != os.path.realpath(out)
    if elsewhere and (left := _left_by_a_run(out)):
        said = f"minitorch-edu: --out {out} holds an earlier run ({left}): name another folder, or remove it"
        sys.exit(said if first else 1)
    saved = None
    if resume is not None:
        saved = torch.load(resume, weights_only=True)
        recipe = recipe_of(saved)
        if elsewhere and saved["epoch"] >= recipe.epochs:
            sys.exit(f"minitorch-edu: --resume: {resume} is the last of its run, all {recipe.epochs} epochs are done")
    print(f"recipe {name}: {recipe}")
    computing = f"backend {backend}" if engine is None else f"backend {backend} on {engine}"
    print(f"{computing}, seed {options.seed}, results in {out}")
    if saved is not None:
        print(f"going on from {resume}: {saved['epoch']} epochs and {saved['step']} steps are done")
    notes = {"backend": backend, "data": data, "data_root": os.path.abspath(options.data_root),
             "pictures": options.pictures, "recipe": name, "seed": options.seed,
             "precision": options.precision}  # fmt: skip
    board = contextlib.nullcontext()
    if options.tensorboard is not None and first:
        folder = options.tensorboard or out
        board = Board(folder, make_net(recipe, minitorch_edu.nn))
        print(f"to watch: tensorboard --logdir {folder}")
    stopped = None
    try:
        with board as board:
            fit(torch, recipe, train_set, test_set, options.seed, out if first else None, saved, notes, engine, board)
    except Stopped as error:
        stopped = error.path
    if engine is not None:
        engine.group.leave()
    if stopped is not None:
        if first:
            print(f"minitorch-edu: stopped; to go on: {_again(options, stopped, engine)}", file=sys.stderr)
        return 130
    print(
        f"done: {out}{os.sep}history.csv, curves.png, confusion.png, mistakes.png, filters.png "
        "and a checkpoint of every epoch"
    )
    print(f"try: {_program()} predict {os.path.join(out, f'epoch-{recipe.epochs:02}.pt')} PICTURE")


def _again(options, path, engine):
    """The command that goes on from a checkpoint in the same way: with the options that no checkpoint holds."""
    processes = engine.group.world if engine is not None else 1
    words = [_program()] if processes == 1 else ["torchrun", "--nproc-per-node", str(processes), "-m", "minitorch_edu"]
    words += ["train", "--resume", shlex.quote(path)]
    usual = parser().parse_args(["train"])
    for name in ("device", "engine", "compile", "tensorboard"):
        value = getattr(options, name)
        if value != getattr(usual, name):
            words += [f"--{name}"] + ([] if value in (True, "") else [shlex.quote(value)])
    return " ".join(words)


def _recipe(options, data):
    """The recipe for a data set: its name, and the recipe with the numbers that the options give instead of its own."""
    name = options.recipe or (data if data in RECIPES else "tutorial")
    given = {key: getattr(options, key) for key in _RECIPE_OPTIONS if getattr(options, key) is not None}
    return name, dataclasses.replace(RECIPES[name], **given)


def _resume(options):
    """Fill in the options with which a run began; returns the path of the checkpoint to go on from."""
    path = latest(options.resume)
    saved = minitorch_edu.load(path)
    lacking = {"net", "optimizer", "scheduler", "random", "notes"} - set(saved if isinstance(saved, dict) else ())
    if lacking:
        raise RuntimeError(f"--resume: {path} holds no training that can go on: it lacks {', '.join(sorted(lacking))}")
    folder = os.path.dirname(path)
    if options.out is None and not os.path.isdir(options.resume):
        with contextlib.suppress(FileNotFoundError):  # a file by itself: there is nothing that could be lost
            furthest = latest(folder or ".")
            if not os.path.samefile(furthest, path):
                sys.exit(f"minitorch-edu: --resume {path}: the run has got further, to {furthest}; "
                         "go on from there, or name a new folder with --out")  # fmt: skip
    usual = parser().parse_args(["train"])
    for name in ("data", "pictures", "recipe", "seed", "precision", *_RECIPE_OPTIONS):
        if getattr(options, name) != getattr(usual, name):
            option = name.replace("_", "-")
            sys.exit(f"minitorch-edu: --resume goes on with what the run began with: leave out --{option}")
    for name, value in saved["notes"].items():
        if getattr(options, name) == getattr(usual, name):
            setattr(options, name, value)
    options.out = options.out or folder or "."
    return path


def _new_folder(path):
    """path, or path-2, path-3 .. if there are such folders already."""
    numbered = (path if n == 1 else f"{path}-{n}" for n in itertools.count(1))
    return next(folder for folder in numbered if not os.path.exists(folder))


def _left_by_a_run(folder):
    """The name of something that a run has left in a folder, or None."""
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    return next((name for name in names if name == "history.csv" or name.endswith(".pt")), None)


def _program():
    """The words with which this program was called."""
    return "python -m minitorch_edu" if sys.argv[0].endswith("__main__.py") else os.path.relpath(sys.argv[0])


def parity(options):
    """Train in NumPy and in torch side by side, and compare every number of every step.

    After each step NumPy's training goes on from torch's numbers, so that each step is judged by itself; with --free,
    each goes its own way, and only losses are compared. Exit status 1 if something departs: the first is named.
    """
    from .training import parity
    from .training.data import find_data

    torch = _library("torch")
    data, train_set, _, said = find_data(options.data, options.data_root, options.pictures)
    name, recipe = _recipe(options, data)
    print(f"data: {said}, {len(train_set)} pictures")
    print(f"recipe {name}: {recipe}")
    if options.free:
        found = parity.free(torch, recipe, train_set, options.steps, options.seed, options.tolerance,
                            dtype=options.dtype)  # fmt: skip
    else:
        watched = [parity.Watched(library, recipe, train_set, options.seed, options.dtype)
                   for library in (minitorch_edu, torch)]  # fmt: skip
        found = parity.parity(*watched, options.steps, options.tolerance)
    print(f"departs first: {found}" if found else f"the same in {options.steps} steps")
    return 1 if found else 0


def predict(options):
    """Print the class that a trained network sees in each picture, how probable it finds it, and what else it may be.

    The five most probable classes are shown as bars; with --chart, in a picture too.
    """
    from .training.predict import bars, classify, draw_chart
    from .training.report import save_figure

    results = []
    for path, best in classify(options.checkpoint, options.picture):
        (name, probability), *_ = best
        print(f"{path}: {name} ({probability:.1%})", *bars(best, _block()), sep="\n")
        results.append((path, best))
    if options.chart:
        save_figure(draw_chart(results), options.chart)


def _block():
    """What bars are made of, if the terminal or file can have it."""
    try:
        "█".encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return "#"
    return "█"


def summary(options):
    """Print the layers of a network: what they put out, parameters, memory and FLOPs, all for one picture of 32 x 32.

    A multiplication and an addition are a FLOP each. Convolutions and linear layers are counted, without the bias.
    """
    from .training.predict import load_net
    from .training.summary import layers, table

    if options.checkpoint:
        net, _ = load_net(options.checkpoint)
    else:
        net = make_net(RECIPES[options.recipe or "tutorial"], minitorch_edu.nn)
    print(*table(layers(minitorch_edu, net)), sep="\n")


def _reference(*others):
    """Make the catalogue (and others) importable: it lies beside the package, in a checkout only."""
    sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(minitorch_edu.__file__))))
    needed = ("reference", "torch", "torchvision", "hypothesis", "tqdm", *others)
    missing = [name for name in needed if not find_spec(name)]
    if missing:
        sys.exit(
            f"minitorch-edu: there is no {', '.join(missing)} to import. Comparing with torch works in a checkout of "
            "the repository (git clone), after `make venv` or `pip install --editable '.[dev]'`"
        )


def verify(options):
    """Check every operator, layer, optimizer ... against torch, on drawn calls; exit status 1 if anything fails."""
    _reference()
    from reference.verify import verify

    warnings.simplefilter("ignore")
    return 0 if verify(options.name, options.examples, options.dtype, options.json) else 1


def check(options):
    """Check your own version of an operator, layer, optimizer, scheduler, transform or function that draws.

    Exit status 0: right, 1: wrong, 2: could not be checked.
    """
    _reference()
    from reference.check import check

    return check(options.name, options.file, options.examples, options.seconds)


def exercise(options):
    """Write a file to start from: signature, docstring, an example with its numbers, and an empty body."""
    _reference()
    from reference.exercise import listing, write

    if options.list:
        if options.name:
            sys.exit("minitorch-edu: exercise: --list shows all, and takes no name")
        print(listing())
    elif not options.name:
        sys.exit("minitorch-edu: exercise: which one? `exercise --list` shows them, from easy to hard")
    else:
        path = write(" ".join(options.name), options.output)
        print(f"{path} is yours to fill in; then: {_program()} check {options.name[0].split()[0]} {path}")


def bench(options):
    """Race against torch: operators, layers, optimizers ... of the sizes that training meets, by their names.

    Without names, a few that matter most. `bench train` splits a training step by layer and phase; `bench conv2d
    --algorithms` sets the ways to convolve side by side, and with --file your own among them. `bench gpu` times the
    training on a GPU; see `bench gpu --help`. Exit status 1 if --compare finds something slower.
    """
    _reference("benchmarks", "psutil")
    from benchmarks import ops, results

    if options.compare:
        return 0 if results.compare(*options.compare) else 1
    if options.report:
        from benchmarks import report

        path, *runs = options.report
        if not path.endswith(".html") or not runs:
            sys.exit(
                "minitorch-edu: bench: a page, and of which runs? bench --report FILE.html RUN.json [RUN.json ...]"
            )
        report.write(path, runs)
        return 0
    if options.list:
        print("\n".join(["train", *ops.names()]))
        return 0
    if options.file and not options.algorithms:
        sys.exit("minitorch-edu: bench: --file goes with conv2d --algorithms")
    if options.algorithms and options.name != ["conv2d"]:
        sys.exit("minitorch-edu: bench: --algorithms are those of one operator: bench conv2d --algorithms")
    if (options.scaling or options.others) and options.name != ["train"]:
        sys.exit("minitorch-edu: bench: --scaling and --others are of a step of training: bench train --scaling")
    if "train" in options.name and len(options.name) > 1:
        sys.exit("minitorch-edu: bench: train is run by itself: bench train")
    results.run(options)


_RECIPE_OPTIONS = {
    "epochs": (positive(int), "how often every picture is seen"),
    "batch_size": (positive(int), "pictures per step"),
    "lr": (positive(float), "learning rate"),
    "momentum": (at_least_zero, "momentum of SGD"),
    "weight_decay": (at_least_zero, "weight decay of SGD"),
}


def _add_training_options(command):
    """What a training depends on."""
    command.add_argument("--data", choices=("auto", "shapes10", "cifar10"), default="auto",
                         help="auto: CIFAR-10 if it is on disk, else the built-in Shapes10")  # fmt: skip
    command.add_argument("--data-root", default="data", metavar="DIR", help="where cifar-10-batches-py lies, or goes")
    command.add_argument("--pictures", type=positive(int), metavar="N", help="train on the first N pictures only")
    command.add_argument("--recipe", choices=tuple(RECIPES), default=None, help="the data set's own, if not given")
    command.add_argument("--seed", type=seed, default=0, help="of the weights and of the order of the pictures")
    for name, (kind, what) in _RECIPE_OPTIONS.items():
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"{what}, instead of the recipe's")


def parser():
    """The argparse parser of all commands."""
    whole = argparse.ArgumentParser("minitorch-edu", description=minitorch_edu.__doc__.splitlines()[0])
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("train", help="train the tutorial's network", description=train.__doc__,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)  # fmt: skip
    command.set_defaults(run=train)
    command.add_argument("--backend", choices=("numpy", "torch"), help="whose kernels compute; else numpy's")
    _add_training_options(command)
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto",
                         help="of --backend torch; auto: a GPU if there is one")  # fmt: skip
    command.add_argument("--precision", choices=("fp32", "tf32", "bf16"), default=None,
                         help="of matrix products, with --backend torch; else fp32")  # fmt: skip
    command.add_argument("--compile", action="store_true", help="by torch.compile, with --backend torch")
    command.add_argument("--engine", choices=("auto", "eager", "graph"), default="auto",
                         help="eager: the loop to read; graph: a step as one CUDA graph (auto: on a GPU)")  # fmt: skip
    command.add_argument("--out", metavar="DIR", default=None, help="a new folder for the results")
    command.add_argument("--tensorboard", metavar="DIR", nargs="?", const="", default=None,
                         help="write for TensorBoard too, into DIR or, without a name, into OUT")  # fmt: skip
    command.add_argument("--resume", metavar="CHECKPOINT", default=None,
                         help="go on from this file, or from the last one in this folder")  # fmt: skip

    command = commands.add_parser("parity", help="train in NumPy and torch side by side", description=parity.__doc__,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)  # fmt: skip
    command.set_defaults(run=parity)
    _add_training_options(command)
    command.add_argument("--steps", type=positive(int), default=20, metavar="N", help="how many")
    command.add_argument("--tolerance", type=positive(float), default=1e-3, metavar="X",
                         help="largest relative difference of outputs and losses; that of gradients and of what a step "
                         "does is 0.05, or X if that is more")  # fmt: skip
    command.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="in which to compute")
    command.add_argument("--free", action="store_true", help="let each go its own way, beside torch from torch")

    command = commands.add_parser("predict", help="name what a picture shows", description=predict.__doc__)
    command.set_defaults(run=predict)
    command.add_argument("checkpoint", help="a file epoch-NN.pt that train wrote, or the folder: the last one in it")
    command.add_argument("picture", nargs="+", help="picture files of any size")
    command.add_argument("--chart", metavar="FILE.png", type=png, help="where to draw the pictures and their bars")

    command = commands.add_parser("summary", help="the layers of a network", description=summary.__doc__)
    command.set_defaults(run=summary)
    which = command.add_mutually_exclusive_group()
    which.add_argument("--recipe", choices=tuple(RECIPES), help="its network (default: tutorial)")
    which.add_argument("--checkpoint", metavar="FILE", help="the network of a file epoch-NN.pt that train wrote")

    command = commands.add_parser("verify", help="compare everything with torch", description=verify.__doc__)
    command.set_defaults(run=verify)
    command.add_argument("name", nargs="*", help="records to check, such as conv2d or Adam; all, if there are none")
    command.add_argument("--examples", type=positive(int), default=20, help="calls drawn for each check (default: 20)")
    command.add_argument("--dtype", choices=("float32", "float64"), help="of operators, layers, optimizers; else both")
    command.add_argument("--json", metavar="FILE", help="where to write everything that was found out")

    command = commands.add_parser("check", help="is your own version right?", description=check.__doc__)
    command.set_defaults(run=check)
    command.add_argument("name", help="what it is a version of, such as conv2d, Adam or BatchNorm2d")
    command.add_argument("file", metavar="FILE.py[:FUNCTION]", help="your file, and which function if it has several")
    command.add_argument("--examples", type=positive(int), default=60, help="calls drawn for each check (default: 60)")
    command.add_argument("--seconds", type=positive(float), default=10, help="limit of one call (default: 10)")

    command = commands.add_parser("exercise", help="start your own version", description=exercise.__doc__)
    command.set_defaults(run=exercise)
    command.add_argument("name", nargs="*", help="one of those that --list shows")
    command.add_argument("-o", "--output", metavar="FILE", help="default: NAME.py")
    command.add_argument("--list", action="store_true", help="show all exercises, from easy to hard")

    command = commands.add_parser("bench", help="how fast, beside torch?", description=bench.__doc__)
    command.set_defaults(run=bench)
    command.add_argument("name", nargs="*", help="those that --list shows, or all; train: a step of training")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: torch's CUDA kernels too")
    command.add_argument("--rounds", type=at_least_five, default=9, help="that count (default: 9, at least 5)")
    command.add_argument("--seconds", type=positive(float), default=0.2, help="of a turn, about (default: 0.2)")
    command.add_argument("--threads", type=positive(int), default=minitorch_edu.get_num_threads(),
                         help="of each (default: OMP_NUM_THREADS, or all cores)")  # fmt: skip
    command.add_argument("--json", metavar="FILE", help="where to write the results")
    command.add_argument("--list", action="store_true", help="show everything that can be timed")
    command.add_argument("--compare", nargs=2, metavar=("BEFORE", "AFTER"), help="two files that --json wrote")
    command.add_argument("--report", nargs="+", metavar=("FILE.html", "RUN.json"),
                         help="a page of what files that --json wrote hold: pictures, tables, conditions")  # fmt: skip
    command.add_argument("--algorithms", action="store_true", help="conv2d only: the ways to convolve, side by side")
    command.add_argument("--file", metavar="FILE.py", help="with --algorithms: your own conv2d joins them")
    command.add_argument("--scaling", action="store_true", help="train only: growing batches, and a second thread")
    command.add_argument("--others", action="store_true", help="train only: the same step in other libraries")
    return whole


def main(arguments=None):
    """Run a command; its exit status, or exits with a message for what could not be done."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:2] == ["bench", "gpu"]:  # which has options of its own
            _reference("benchmarks", "psutil")
            from benchmarks import gpu

            gpu.main(arguments[2:])
            return 0
        options = parser().parse_args(arguments)
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read what is printed has seen enough: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        sys.exit("minitorch-edu: stopped")
    except ModuleNotFoundError as error:
        sys.exit(f"minitorch-edu: {error}; pip install 'minitorch_edu[train]' installs what the commands need")
    except ImportError as error:  # it says itself what to install
        sys.exit(f"minitorch-edu: {error}")
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        sys.exit(f"minitorch-edu: {error}")
    except LookupError as error:
        sys.exit(f"minitorch-edu: {error.args[0]}")

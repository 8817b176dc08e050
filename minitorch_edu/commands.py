"""What the command line's commands do, with the options that cli.py read. Each returns its exit status; None is 0."""

import contextlib
import dataclasses
import itertools
import os
import shlex
import sys
import warnings
from importlib.util import find_spec

import minitorch_edu

from .training.checkpoint import latest, recipe_of
from .training.recipe import RECIPES, Recipe, make_net

__all__ = ["bench", "bench_gpu", "check", "exercise", "parity", "predict", "summary", "train", "verify"]


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

    resume = None if options.resume is None else _resume(options)  # fills in the options of before
    _usual(options)
    backend = options.backend or "numpy"
    torch = _library(backend)
    engine = _engine(torch, options)
    first = engine is None or engine.group.rank == 0  # of several processes, which alone writes
    data, train_set, test_set, said = find_data(options.data, options.data_root, options.pictures)
    name, recipe = _recipe(options, data)
    out = options.out
    if out is None:
        out = os.path.join("runs", f"{data}-{backend}-seed{options.seed}")
        out = _new_folder(out) if first else out
    print(f"data: {said}, {len(train_set)} pictures to train on, {len(test_set)} to test")
    elsewhere = resume is None or os.path.realpath(os.path.dirname(resume)) != os.path.realpath(out)
    if elsewhere and (left := _left_by_a_run(out)):
        said = (f"minitorch-edu: --out {out} holds an earlier run ({left}): name another folder or remove it; "
                f"train --resume {shlex.quote(out)} goes on with it")  # fmt: skip
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
        print(f"to watch: tensorboard --logdir {shlex.quote(folder)}")
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
    print(f"try: {_program()} predict {shlex.quote(os.path.join(out, f'epoch-{recipe.epochs:02}.pt'))} PICTURE")


def _again(options, path, engine):
    """The command that goes on in the same way: from the folder's last checkpoint, with the options that none holds."""
    processes = engine.group.world if engine is not None else 1
    words = [_program()] if processes == 1 else ["torchrun", "--nproc-per-node", str(processes), "-m", "minitorch_edu"]
    words += ["train", "--resume", shlex.quote(os.path.dirname(path))]
    for name, usual in {"device": "auto", "engine": "auto", "compile": False, "tensorboard": None}.items():
        value = getattr(options, name)
        if value != usual:
            words += [f"--{name}"] + ([] if value in (True, "") else [shlex.quote(value)])
    return " ".join(words)


def _recipe(options, data):
    """The recipe for a data set: its name, and the recipe with the numbers that the options give instead of its own."""
    name = options.recipe or (data if data in RECIPES else "tutorial")
    return name, dataclasses.replace(RECIPES[name], **_numbers(options))


def _numbers(options):
    """The numbers that the options give for a recipe's."""
    names = [field.name for field in dataclasses.fields(Recipe)]
    return {name: getattr(options, name) for name in names if getattr(options, name, None) is not None}


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
    began = recipe_of(saved).__dict__ | saved["notes"]
    for name in ("data", "pictures", "recipe", "seed", *_numbers(options)):
        value = getattr(options, name)
        if value is not None and value != began.get(name):
            option = name.replace("_", "-")
            sys.exit(f"minitorch-edu: --resume goes on with what the run began with, {option} {began.get(name)}: "
                     f"leave out --{option}")  # fmt: skip
    for name in ("backend", "data", "data_root", "pictures", "recipe", "seed", "precision"):
        if getattr(options, name) is None:
            setattr(options, name, began.get(name))
    options.out = options.out or folder or "."
    return path


def _usual(options):
    """Fill in what was not given of the options that say what a training begins with."""
    for name, usual in {"data": "auto", "data_root": "data", "seed": 0}.items():
        if getattr(options, name) is None:
            setattr(options, name, usual)


def _new_folder(path):
    """Make the folder path, or path-2, path-3 .. if there is one already; returns its name."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    for n in itertools.count(1):
        folder = path if n == 1 else f"{path}-{n}"
        with contextlib.suppress(FileExistsError):  # made by another run, it may be in this very moment
            os.mkdir(folder)
            return folder


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
    _usual(options)
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


def bench_gpu(arguments):
    """Time the training on a GPU, by the options in `arguments`."""
    _reference("benchmarks", "psutil")
    from benchmarks import gpu

    gpu.main(arguments)

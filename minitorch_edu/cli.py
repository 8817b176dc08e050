"""The command line: minitorch-edu train, predict, verify, check, exercise, bench."""

import argparse
import dataclasses
import itertools
import os
import pickle
import sys
import warnings
from importlib.util import find_spec

import minitorch_edu

from .training.recipe import RECIPES, Recipe

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


def train(options):
    """Train the tutorial's network, and leave history.csv, curves.png and a checkpoint of every epoch in OUT."""
    from .training.data import find_data
    from .training.loop import fit

    torch = _library(options.backend)
    data, train_set, test_set, said = find_data(options.data, options.data_root, options.pictures)
    name = options.recipe or data
    changed = {f.name: getattr(options, f.name) for f in dataclasses.fields(Recipe)}
    recipe = dataclasses.replace(RECIPES[name], **{key: value for key, value in changed.items() if value is not None})
    out = options.out or _new_folder(os.path.join("runs", f"{data}-{options.backend}-seed{options.seed}"))
    if os.path.exists(os.path.join(out, "history.csv")):
        sys.exit(f"minitorch-edu: --out {out} holds an earlier run (history.csv): name another folder, or remove it")
    print(f"data: {said}, {len(train_set)} pictures to train on, {len(test_set)} to test")
    print(f"recipe {name}: {', '.join(f'{key} {value}' for key, value in dataclasses.asdict(recipe).items())}")
    print(f"backend {options.backend}, seed {options.seed}, results in {out}")
    fit(torch, recipe, train_set, test_set, options.seed, out)
    print(f"done: {out}{os.sep}history.csv, curves.png and a checkpoint of every epoch")
    print(f"try: {_program()} predict {os.path.join(out, f'epoch-{recipe.epochs:02}.pt')} PICTURE")


def _new_folder(path):
    """path, or path-2, path-3 .. if there are such folders already."""
    numbered = (path if n == 1 else f"{path}-{n}" for n in itertools.count(1))
    return next(folder for folder in numbered if not os.path.exists(folder))


def _program():
    """The words with which this program was called."""
    return "python -m minitorch_edu" if sys.argv[0].endswith("__main__.py") else os.path.relpath(sys.argv[0])


def predict(options):
    """Print the class that a trained network sees in each picture, and how probable it finds it."""
    from .training.predict import classify

    for path, name, probability in classify(options.checkpoint, options.picture):
        print(f"{path}: {name} ({probability:.1%})")


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
        print(listing())
    elif not options.name:
        sys.exit("minitorch-edu: exercise: which one? `exercise --list` shows them, from easy to hard")
    else:
        path = write(" ".join(options.name), options.output)
        print(f"{path} is yours to fill in; then: {_program()} check {options.name[0].split()[0]} {path}")


def bench(options):
    """Race against torch: operators, layers, optimizers ... of the sizes that training meets, by their names.

    Without names, a few that matter most. `bench train` splits a training step by layer and phase; `bench conv2d
    --algorithms` sets the ways to convolve side by side, and with --file your own among them. Exit status 1 if
    --compare finds something slower.
    """
    _reference("benchmarks", "psutil")
    from benchmarks import ops, results

    if options.compare:
        return 0 if results.compare(*options.compare) else 1
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


def _positive(kind):
    def parse(text):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"must be greater than 0, not {text}")
        return value

    parse.__name__ = kind.__name__
    return parse


def _at_least_zero(text):
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be 0 or greater, not {text}")
    return value


def _at_least_five(text):
    value = int(text)
    if value < 5:
        raise argparse.ArgumentTypeError(f"must be 5 or more, not {text}: a median of fewer says nothing")
    return value


_RECIPE_OPTIONS = {
    "epochs": (_positive(int), "how often every picture is seen"),
    "batch_size": (_positive(int), "pictures per step"),
    "lr": (_positive(float), "learning rate"),
    "momentum": (_at_least_zero, "momentum of SGD"),
    "weight_decay": (_at_least_zero, "weight decay of SGD"),
}


def parser():
    """The argparse parser of all commands."""
    whole = argparse.ArgumentParser("minitorch-edu", description=minitorch_edu.__doc__.splitlines()[0])
    commands = whole.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("train", help="train the tutorial's network", description=train.__doc__,
                                  formatter_class=argparse.ArgumentDefaultsHelpFormatter)  # fmt: skip
    command.set_defaults(run=train)
    command.add_argument("--backend", choices=("numpy", "torch"), default="numpy", help="whose kernels compute")
    command.add_argument("--data", choices=("auto", "shapes10", "cifar10"), default="auto",
                         help="auto: CIFAR-10 if it is on disk, else the built-in Shapes10")  # fmt: skip
    command.add_argument("--data-root", default="data", metavar="DIR", help="where cifar-10-batches-py lies, or goes")
    command.add_argument("--pictures", type=_positive(int), metavar="N", help="train on the first N pictures only")
    command.add_argument("--recipe", choices=tuple(RECIPES), default=None, help="the data set's own, if not given")
    command.add_argument("--seed", type=int, default=0, help="of the weights and of the order of the pictures")
    command.add_argument("--out", metavar="DIR", default=None, help="a new folder for the results")
    for field in dataclasses.fields(Recipe):
        kind, what = _RECIPE_OPTIONS[field.name]
        command.add_argument(f"--{field.name.replace('_', '-')}", type=kind, help=f"{what}, instead of the recipe's")

    command = commands.add_parser("predict", help="name what a picture shows", description=predict.__doc__)
    command.set_defaults(run=predict)
    command.add_argument("checkpoint", help="a file epoch-NN.pt that train wrote")
    command.add_argument("picture", nargs="+", help="picture files of any size")

    command = commands.add_parser("verify", help="compare everything with torch", description=verify.__doc__)
    command.set_defaults(run=verify)
    command.add_argument("name", nargs="*", help="records to check, such as conv2d or Adam; all, if there are none")
    command.add_argument("--examples", type=_positive(int), default=20, help="calls drawn for each check (default: 20)")
    command.add_argument("--dtype", choices=("float32", "float64"), help="of operators, layers, optimizers; else both")
    command.add_argument("--json", metavar="FILE", help="where to write everything that was found out")

    command = commands.add_parser("check", help="is your own version right?", description=check.__doc__)
    command.set_defaults(run=check)
    command.add_argument("name", help="what it is a version of, such as conv2d, Adam or BatchNorm2d")
    command.add_argument("file", metavar="FILE.py[:FUNCTION]", help="your file, and which function if it has several")
    command.add_argument("--examples", type=_positive(int), default=60, help="calls drawn for each check (default: 60)")
    command.add_argument("--seconds", type=_positive(float), default=10, help="limit of one call (default: 10)")

    command = commands.add_parser("exercise", help="start your own version", description=exercise.__doc__)
    command.set_defaults(run=exercise)
    command.add_argument("name", nargs="*", help="one of those that --list shows")
    command.add_argument("-o", "--output", metavar="FILE", help="default: NAME.py")
    command.add_argument("--list", action="store_true", help="show all exercises, from easy to hard")

    command = commands.add_parser("bench", help="how fast, beside torch?", description=bench.__doc__)
    command.set_defaults(run=bench)
    command.add_argument("name", nargs="*", help="those that --list shows, or all; train: a step of training")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="cuda: torch's CUDA kernels too")
    command.add_argument("--rounds", type=_at_least_five, default=9, help="that count (default: 9, at least 5)")
    command.add_argument("--seconds", type=_positive(float), default=0.2, help="of a turn, about (default: 0.2)")
    command.add_argument("--threads", type=_positive(int), default=os.cpu_count(), help="of each (default: all cores)")
    command.add_argument("--json", metavar="FILE", help="where to write the results")
    command.add_argument("--list", action="store_true", help="show everything that can be timed")
    command.add_argument("--compare", nargs=2, metavar=("BEFORE", "AFTER"), help="two files that --json wrote")
    command.add_argument("--algorithms", action="store_true", help="conv2d only: the ways to convolve, side by side")
    command.add_argument("--file", metavar="FILE.py", help="with --algorithms: your own conv2d joins them")
    command.add_argument("--scaling", action="store_true", help="train only: growing batches, and a second thread")
    command.add_argument("--others", action="store_true", help="train only: the same step in other libraries")
    return whole


def main(arguments=None):
    """Run a command; its exit status, or exits with a message for what could not be done."""
    options = parser().parse_args(arguments)
    try:
        return options.run(options) or 0
    except KeyboardInterrupt:
        sys.exit("minitorch-edu: stopped; the epochs that were finished are kept")
    except ModuleNotFoundError as error:
        sys.exit(f"minitorch-edu: {error}; pip install 'minitorch_edu[train]' installs what the commands need")
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        sys.exit(f"minitorch-edu: {error}")
    except LookupError as error:
        sys.exit(f"minitorch-edu: {error.args[0]}")

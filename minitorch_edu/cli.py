"""The command line: minitorch-edu train, minitorch-edu predict."""

import argparse
import dataclasses
import itertools
import os
import pickle
import sys

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
    return whole


def main(arguments=None):
    """Run a command; 0, or exits with a message for what could not be done."""
    options = parser().parse_args(arguments)
    try:
        options.run(options)
    except KeyboardInterrupt:
        sys.exit("minitorch-edu: stopped; the epochs that were finished are kept")
    except ModuleNotFoundError as error:
        sys.exit(f"minitorch-edu: {error}; pip install 'minitorch_edu[train]' installs what the commands need")
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        sys.exit(f"minitorch-edu: {error}")
    return 0

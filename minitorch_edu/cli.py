"""The command line: minitorch-edu train, parity, predict, summary, verify, check, exercise, bench."""

import argparse
import os
import pickle
import sys

import minitorch_edu

from . import commands
from .arguments import at_least_five, at_least_zero, path, png, positive, seed
from .training.recipe import RECIPES

__all__ = ["main"]

_RECIPE_OPTIONS = {
    "epochs": (positive(int), "how often every picture is seen"),
    "batch_size": (positive(int), "pictures per step"),
    "lr": (positive(float), "learning rate"),
    "momentum": (at_least_zero(float), "momentum of SGD"),
    "weight_decay": (at_least_zero(float), "weight decay of SGD"),
}


def _add_training_options(command):
    """What a training depends on."""
    command.add_argument("--data", choices=("auto", "shapes10", "cifar10"),
                         help="auto, the default: CIFAR-10 if it is on disk, else the built-in Shapes10")  # fmt: skip
    command.add_argument("--data-root", type=path, metavar="DIR",
                         help="where cifar-10-batches-py lies, or goes (default: data)")  # fmt: skip
    command.add_argument("--pictures", type=positive(int), metavar="N", help="train on the first N pictures only")
    command.add_argument("--recipe", choices=tuple(RECIPES), help="default: the data set's own")
    command.add_argument("--seed", type=seed, help="of the weights and of the order of the pictures (default: 0)")
    for name, (kind, what) in _RECIPE_OPTIONS.items():
        command.add_argument(f"--{name.replace('_', '-')}", type=kind, help=f"{what}, instead of the recipe's")


def parser():
    """The argparse parser of all commands."""
    whole = argparse.ArgumentParser("minitorch-edu", description=minitorch_edu.__doc__.splitlines()[0])
    added = whole.add_subparsers(required=True, metavar="COMMAND")

    def add(run, what):
        command = added.add_parser(run.__name__, help=what, description=run.__doc__)
        command.set_defaults(run=run)
        return command

    command = add(commands.train, "train the tutorial's network")
    command.add_argument("--backend", choices=("numpy", "torch"), help="whose kernels compute (default: numpy)")
    _add_training_options(command)
    command.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto",
                         help="of --backend torch; auto: a GPU if there is one (default: auto)")  # fmt: skip
    command.add_argument("--precision", choices=("fp32", "tf32", "bf16"),
                         help="of matrix products, with --backend torch (default: fp32)")  # fmt: skip
    command.add_argument("--compile", action="store_true", help="by torch.compile, with --backend torch")
    command.add_argument("--engine", choices=("auto", "eager", "graph"), default="auto",
                         help="eager: the loop to read; graph: a step as one CUDA graph; auto, the default: graph on a "
                         "GPU")  # fmt: skip
    command.add_argument("--out", type=path, metavar="DIR", help="a new folder for the results (default: in runs/)")
    command.add_argument("--tensorboard", metavar="DIR", nargs="?", const="",
                         help="write for TensorBoard too, into DIR or, without a name, into OUT")  # fmt: skip
    command.add_argument("--resume", type=path, metavar="CHECKPOINT",
                         help="go on from this file, or from the last one in this folder")  # fmt: skip

    command = add(commands.parity, "train in NumPy and torch side by side")
    _add_training_options(command)
    command.add_argument("--steps", type=positive(int), default=20, metavar="N", help="how many (default: 20)")
    command.add_argument("--tolerance", type=positive(float), default=1e-3, metavar="X",
                         help="largest relative difference of outputs and losses; that of gradients and of what a step "
                         "does is 0.05, or X if that is more (default: 0.001)")  # fmt: skip
    command.add_argument(
        "--dtype", choices=("float32", "float64"), default="float32", help="in which to compute (default: float32)"
    )
    command.add_argument("--free", action="store_true", help="let each go its own way, beside torch from torch")

    command = add(commands.predict, "name what a picture shows")
    command.add_argument("checkpoint", help="a file epoch-NN.pt that train wrote, or the folder: the last one in it")
    command.add_argument("picture", nargs="+", help="picture files of any size")
    command.add_argument("--chart", metavar="FILE.png", type=png, help="where to draw the pictures and their bars")

    command = add(commands.summary, "the layers of a network")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--recipe", choices=tuple(RECIPES), help="its network (default: tutorial)")
    which.add_argument("--checkpoint", metavar="FILE", help="the network of a file epoch-NN.pt that train wrote")

    command = add(commands.verify, "compare everything with torch")
    command.add_argument("name", nargs="*", help="records to check, such as conv2d or Adam; all, if there are none")
    command.add_argument("--examples", type=positive(int), default=20, help="calls drawn for each check (default: 20)")
    command.add_argument("--dtype", choices=("float32", "float64"), help="of operators, layers, optimizers; else both")
    command.add_argument("--json", metavar="FILE", help="where to write everything that was found out")

    command = add(commands.check, "is your own version right?")
    command.add_argument("name", help="what it is a version of, such as conv2d, Adam or BatchNorm2d")
    command.add_argument("file", metavar="FILE.py[:FUNCTION]", help="your file, and which function if it has several")
    command.add_argument("--examples", type=positive(int), default=60, help="calls drawn for each check (default: 60)")
    command.add_argument("--seconds", type=positive(float), default=10, help="limit of one call (default: 10)")

    command = add(commands.exercise, "start your own version")
    command.add_argument("name", nargs="*", help="one of those that --list shows")
    command.add_argument("-o", "--output", metavar="FILE", help="default: NAME.py")
    command.add_argument("--list", action="store_true", help="show all exercises, from easy to hard")

    command = add(commands.bench, "how fast, beside torch?")
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
            commands.bench_gpu(arguments[2:])
            return 0
        options = parser().parse_args(arguments)
        status = options.run(options) or 0
        sys.stdout.flush()
        return status
    except BrokenPipeError:  # whoever read what is printed has seen enough: ... | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("minitorch-edu: stopped", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        sys.exit(f"minitorch-edu: {error}; pip install 'minitorch_edu[train]' installs what the commands need")
    except ImportError as error:  # it says itself what to install
        sys.exit(f"minitorch-edu: {error}")
    except MemoryError as error:
        sys.exit(f"minitorch-edu: not enough memory: {error}")
    except (OSError, RuntimeError, pickle.UnpicklingError) as error:
        sys.exit(f"minitorch-edu: {error}")
    except LookupError as error:
        sys.exit(f"minitorch-edu: {error.args[0]}")

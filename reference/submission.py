"""A learner's file, read and put in the place of our function."""

import ast
import contextlib
import dataclasses
import functools
import importlib.util
import inspect
import io
import os
import sys

import numpy as np

import minitorch_edu as mt

from . import catalogue
from .bridge import Bridge, Complaint, Guard, Pictures, of_kind
from .explore import Enough, draw, explore
from .layer import Layer
from .optimizer import Optimizer
from .picture import Transform
from .random import Draw
from .record import Op
from .scheduler import Scheduler

__all__ = ["Submission", "Unfit", "submission"]


DRAWN = "from the generator of minitorch_edu, as many numbers as torch and in the same order"
NEEDED = {Optimizer: ("step", "zero_grad"), Scheduler: ("step",)}  # methods


class Unfit(Exception):
    """The file cannot be checked."""


@dataclasses.dataclass
class Submission:
    """record: with the submitted candidate in it. reading: how the file was understood. printed: what it printed."""

    record: object
    reading: str
    printed: io.StringIO


def submission(record, path, name, seconds):
    """Load `name` (or what fits best) from a file. Each of its calls may take so many seconds.

    Unfit if the file does not load, or has nothing that fits.
    """
    if not os.path.isfile(path):
        raise Unfit(f"there is no file {path}")
    guard = Guard(path, seconds, io.StringIO())
    try:
        with guard("loading the file"):
            module = load(path)
    except Complaint as error:
        raise Unfit(f"{path}: {error}") from error
    thing, backward = chosen(module, record, name)
    if isinstance(record, Layer) and not isinstance(thing, type):
        record = functional(record)
    if inspect.isclass(record.resolve("minitorch_edu")) and not inspect.isclass(thing):
        raise Unfit(f"{record.name} is a class, and {thing.__name__} in {path} is a function")
    for method in NEEDED.get(type(record), ()):
        if not hasattr(thing, method):
            raise Unfit(f"the class {thing.__name__} has no method {method}()")
    if isinstance(record, (Layer, Optimizer, Scheduler, Draw)) and imported(module) == "torch tensors":
        raise Unfit(f"{path} imports torch, but {record.name} is checked on our tensors: import minitorch_edu as torch")
    if isinstance(record, Layer) and not issubclass(thing, mt.nn.Module):
        raise Unfit(f"{record.name} is a layer: submit a class derived from minitorch_edu.nn.Module")
    if isinstance(record, (Layer, Optimizer, Scheduler)):
        return Submission(dataclasses.replace(record, candidate=watched(thing, guard)), "a class", guard.printed)
    if isinstance(record, Transform):
        pictures = Pictures(thing, imported(module), guard, called=bool(record.function))
        record = dataclasses.replace(record, candidate=pictures)
        pictures.refused = kinds_refused(record)
        return Submission(record, f"a transform of PIL images and {pictures.library}", guard.printed)
    if type(record) is Draw:
        record = dataclasses.replace(record, candidate=drawing(thing, guard))
        return Submission(record, f"a function that draws, on our tensors ({DRAWN})", guard.printed)
    if type(record) is not Op:
        raise Unfit(f"{record.name} is a {type(record).__name__}, not one function or class of yours to replace")
    bridge = Bridge(thing, backward, "NumPy arrays" if backward else imported(module), guard, record.mutates)
    record = dataclasses.replace(record, candidate=bridge)
    called_once(record)
    record = dataclasses.replace(record, gradients=bridge.style != "value only")
    names = names_in(path)
    hidden = bridge.library != "torch tensors" and "torch" in names
    known = record.name in names and {"torch", "minitorch_edu"} & names
    aside = "; inside, it calls torch, whose numbers prove nothing of yours" if hidden else ""
    aside = f"; it calls the {record.name} that there is, which proves nothing of yours" if known else aside
    aside = f"; what it draws must come {DRAWN}{aside}" if record.random else aside
    return Submission(record, f"{bridge.style or 'a function'}, on {bridge.library}{aside}", guard.printed)


def names_in(path):
    """What a file imports, and which attributes it asks for."""
    with open(path) as file:
        nodes = list(ast.walk(ast.parse(file.read())))
    imports = [alias.name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names]
    imports += [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    attributes = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    return attributes | {name.split(".")[0] for name in imports}


def kinds_refused(record):
    """The kinds of pictures that a submitted transform raises at, every time, while it takes another kind."""
    takes = {}
    for applied in filter(None, map(record.fitted, draw(record.calls, 40))):
        theirs = record.torchs(applied)
        if "error" not in theirs and not np.array_equal(theirs["value"], theirs["input value"]):  # it did something
            takes.setdefault(applied.picture.family, False)
            with contextlib.suppress(Complaint):
                record.run("minitorch_edu", applied)
                takes[applied.picture.family] = True
    return [family for family, taken in takes.items() if not taken] if any(takes.values()) else []


def drawing(function, guard):
    """A function that draws, called under guard; it must return one of our tensors."""

    @functools.wraps(function)
    def call(*args, **kwargs):
        with guard("the call"):
            return of_kind(function(*args, **kwargs), mt.Tensor)

    return call


def functional(layer):
    """The record of the function that a layer applies."""
    name = layer.name.lower()
    for record in catalogue():
        if type(record) is Op and record.name.replace("_", "") in (name, name.removesuffix("loss"), name[:-2]):
            return record
    raise Unfit(f"{layer.name} is a layer: submit a class derived from minitorch_edu.nn.Module")


def imported(module):
    """What a function is called with: tensors of the library that its file imports, else arrays."""
    names = [getattr(value, "__module__", None) or getattr(value, "__name__", "") for value in vars(module).values()]
    roots = {name.split(".")[0] for name in names}
    return "torch tensors" if "torch" in roots else "our tensors" if "minitorch_edu" in roots else "NumPy arrays"


def called_once(record):
    """Call the candidate until it returns, to see in which style it is written."""

    def attempt(call):
        if (call := record.fitted(call)) is not None:
            with contextlib.suppress(AssertionError):
                record.outcome(call)
        if record.candidate.style is not None:
            raise Enough

    explore(record.calls, attempt, 40)


def load(path):
    """The module in a file."""
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location("submitted", path)
    if spec is None:
        raise Unfit(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def chosen(module, record, name):
    """(function or class, its backward or None): the one named, or named like the record, or the only one."""
    own = {key: value for key, value in vars(module).items() if callable(value) and not key.startswith("_")}
    if name and name not in own:
        raise Unfit(f"there is no {name} in the file; it has: {', '.join(own) or 'nothing'}")
    if type(record) is Op and not name and "forward" in own and "backward" in own:
        return own["forward"], own["backward"]
    name_of = record.name.split(".")[-1].lower()
    named = lambda things: {key: value for key, value in things.items() if key.lower() == name_of}
    defined = {key: value for key, value in own.items() if getattr(value, "__module__", "") == module.__name__}
    for found in ({name: own[name]},) if name else (named(defined), defined, named(own)):
        if len(found) == 1:
            [thing] = found.values()
            pair = type(record) is Op and hasattr(thing, "backward") and not issubclass(thing, mt.nn.Module)
            if pair and hasattr(thing, "apply"):
                raise Unfit(
                    f"{thing.__name__} is a Function of torch's: write forward(input ..), which returns (value, kept), "
                    "and backward(g, kept), both of NumPy arrays"
                )
            return (thing.forward, thing.backward) if pair else (thing, None)
    raise Unfit(f"which of {', '.join(own) or 'no functions at all'} is {record.name}? Name it: FILE.py:FUNCTION")


def watched(cls, guard):
    """A class whose methods are called under guard."""
    methods = {"__signature__": inspect.signature(cls)}
    for key in ("__init__", "step", "zero_grad", "forward"):
        if hasattr(cls, key):
            method = getattr(cls, key)
            methods[key] = functools.wraps(method)(guard.wrap(f"{cls.__name__}.{key}()", method))
    return type(cls.__name__, (cls,), methods)

"""Every public name explains itself with an example, which runs, and prints on torch what it prints on ours.

An example finds the names of NAMES and nothing else; it runs in a folder of its own.
"""

import doctest
import importlib
import inspect
import types

import numpy as np
import pytest
import torch
from PIL import Image

import minitorch_edu as mt
import minitorch_edu.training
import minitorch_edu.utils.tensorboard
from reference.methods import dotted
from reference.torchvision import torchvision

NAMES = ("torch", "nn", "F", "init", "optim", "lr_scheduler", "data", "transforms", "TF", "datasets", "torchvision",
         "np", "Image")  # fmt: skip
PLACES = ("", "Tensor", "nn", "nn.Module", "nn.functional", "nn.init", "nn.utils", "optim", "optim.Optimizer",
          "optim.lr_scheduler", "utils.data", "utils.tensorboard",
          "vision.transforms", "vision.transforms.functional", "vision.datasets", "vision.utils", "models",
          "training.data", "training.loop", "training.recipe", "training.report", "training.predict",
          "training.pictures", "training.summary", "training.board", "training.augmentation", "training.checkpoint",
          "training.parity", "training.fast", "training.resident", "training.graph", "training.several",
          "autograd", "cuda")  # fmt: skip
CONSTANTS = (int, float, str, tuple, dict, mt.dtype)

for name in mt.training.__all__:
    importlib.import_module(f"minitorch_edu.training.{name}")


def namespace(library, vision):
    """What an example can use, of ours or of torch."""
    nn, optim = library.nn, library.optim
    values = (library, nn, nn.functional, nn.init, optim, optim.lr_scheduler, library.utils.data, vision.transforms,
              vision.transforms.functional, vision.datasets, vision, np, Image)  # fmt: skip
    return dict(zip(NAMES, values, strict=True))


def documented():
    """{dotted name: thing} for every public name, once for each docstring."""
    found, seen = {}, set()
    for place in PLACES:
        home = dotted(mt, place) if place else mt
        assert home is not None, f"{place} is not imported"
        for name in getattr(home, "__all__", None) or [name for name in dir(home) if name[0] != "_"]:
            thing = inspect.getattr_static(home, name, None) or getattr(home, name)
            in_place = place == "Tensor" and name.endswith("_")  # these say of which function
            if isinstance(thing, (types.ModuleType, *CONSTANTS)) or id(thing) in seen or in_place:
                continue
            seen.add(id(thing))
            found[f"{place}.{name}".lstrip(".")] = thing
    return found


def twin(name):
    """What torch or torchvision has under our name, or None."""
    library, name = (torchvision, name[7:]) if name.startswith("vision.") else (torch, name)
    return dotted(library, name)


def run(name, docstring, names):
    """Run the examples; the assertion shows what doctest says."""
    example = doctest.DocTestParser().get_doctest(docstring, dict(names), name, None, None)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert not said, "".join(said)


@pytest.mark.parametrize("name, thing", documented().items(), ids=lambda x: x if isinstance(x, str) else "")
def test_example(name, thing, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    docstring = inspect.getdoc(thing) or ""
    assert ">>> " in docstring, f"{name}: the docstring has no example"
    run(name, docstring, namespace(mt, mt.vision))
    if twin(name) is not None:
        run(f"{name} on torch", docstring, namespace(torch, torchvision))

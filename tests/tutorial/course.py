"""How a block of the course is run: once on torch, once on minitorch_edu, where only its import lines are changed.

A block is the source of a script, as a learner has it who follows a course on torch, torchvision and TensorBoard from
the first tensor to a network trained on CIFAR-10. Each runs with names of its own, in a folder of its own, from one
seed. What it prints, what its progress bars show and what its variables hold at the end must be the same on both.
"""

import contextlib
import io
import re
import sys
from dataclasses import dataclass, field

import numpy as np
import torch
from PIL import Image

import minitorch_edu as mt

# The learner's import lines and ours, all that the README asks to change: whole lines, or beginnings (with " " or ".").
SWAP = {
    "import torch": "import minitorch_edu as torch",
    "import torch.nn as nn": "import minitorch_edu.nn as nn",
    "import torch.nn.functional as F": "import minitorch_edu.nn.functional as F",
    "import torch.optim as optim": "import minitorch_edu.optim as optim",
    "from torch import ": "from minitorch_edu import ",
    "from torch.": "from minitorch_edu.",
    "import torchvision": "import minitorch_edu.vision as torchvision",
    "import torchvision.datasets": "import minitorch_edu.vision as torchvision",
    "import torchvision.transforms": "import minitorch_edu.vision as torchvision",
    "import torchvision.datasets as datasets": "import minitorch_edu.vision.datasets as datasets",
    "import torchvision.transforms as transforms": "import minitorch_edu.vision.transforms as transforms",
    "from torchvision import ": "from minitorch_edu.vision import ",
    "from torchvision.": "from minitorch_edu.vision.",
}


@dataclass(frozen=True)
class Block:
    """A script of the course; `modules` are files {name: source} beside it, which it imports."""

    title: str  # begins with the section's number
    source: str
    modules: dict = field(default_factory=dict)

    def __str__(self):
        return self.title


@dataclass(frozen=True)
class Slip(Block):
    """A script with a slip of the learner's: the error on torch and on ours (NoneType: it runs), with ours's words."""

    torchs: type | tuple = field(kw_only=True)
    ours: type | tuple = field(kw_only=True)
    words: tuple = field(default=(), kw_only=True)


@dataclass
class Outcome:
    """What a run left behind: printed lines (and a bar's last state), variables, what is logged, an error or None."""

    lines: list
    names: dict
    logged: dict
    error: Exception | None


def swap(source):
    """The same script on minitorch_edu."""

    def swapped(line):
        for theirs, ours in SWAP.items():
            if line == theirs or (theirs[-1] in " ." and line.startswith(theirs)):
                return ours + line[len(theirs) :]
        assert not line.startswith(("import torch", "from torch")), f"SWAP lacks the line {line!r}"
        return line

    return "\n".join(map(swapped, source.split("\n")))


def run(block, library, folder, seed=0):
    """Run a block in a folder, on "torch" or on "minitorch_edu"."""
    change = swap if library == "minitorch_edu" else str
    for name, source in block.modules.items():
        (folder / f"{name}.py").write_text(change(source))
    printed, shown, names, error = io.StringIO(), io.StringIO(), {"__name__": "__main__"}, None
    {"torch": torch, "minitorch_edu": mt}[library].manual_seed(seed)
    np.random.seed(seed)
    sys.path.insert(0, str(folder))
    try:
        with contextlib.chdir(folder), contextlib.redirect_stdout(printed), contextlib.redirect_stderr(shown):
            exec(compile(change(block.source), block.title, "exec"), names)
    except Exception as raised:
        error = raised
    finally:
        sys.path.remove(str(folder))
        for name in block.modules:
            sys.modules.pop(name, None)
    bar = re.sub(r"\d\d:\d\d(<[^,]*)?, [^,\]]*", "TIME", shown.getvalue().rpartition("\r")[2])
    bar = bar.rstrip(" \n")  # a bar that was longer before, for the time it showed, is overwritten with blanks
    return Outcome(printed.getvalue().splitlines() + bar.splitlines(), names, logged(folder), error)


def logged(folder):
    """What TensorBoard reads below a folder: {(run, tag): [(step, number or picture), ...]}."""
    found = {}
    for part in {path.parent for path in folder.rglob("events.out.tfevents.*")}:
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        reader = EventAccumulator(str(part), size_guidance={"scalars": 0, "images": 0}).Reload()
        tags, name = reader.Tags(), str(part.relative_to(folder))
        for tag in tags["scalars"]:
            found[name, tag] = [(event.step, event.value) for event in reader.Scalars(tag)]
        for tag in tags["images"]:
            pictures = [(event.step, io.BytesIO(event.encoded_image_string)) for event in reader.Images(tag)]
            found[name, tag] = [(step, np.asarray(Image.open(picture))) for step, picture in pictures]
        if tags["graph"]:
            found[name, "graph"] = []
    return found


# ------------------------------------------------------------------------------------------------ the same?

FLOAT = re.compile(r"-?\d+\.\d*(?:e[-+]\d+)?")
TOLERANCE = 1.001e-4  # after steps of training, one in the fourth place; before, texts are equal


def compare(ours, theirs, trains):
    """AssertionError where lines or variables differ; if it `trains`, numbers after the first may, by 1e-4."""
    for outcome in (theirs, ours):
        if outcome.error is not None:
            raise outcome.error
    assert len(ours.lines) == len(theirs.lines), f"{ours.lines}\n{theirs.lines}"
    stepped = False
    for mine, yours in zip(ours.lines, theirs.lines):
        if mine != yours:
            assert stepped and close(mine, yours), f"\nours:  {mine}\ntorch: {yours}"
        stepped = stepped or (trains and FLOAT.search(yours) is not None)
    assert ours.logged.keys() == theirs.logged.keys()
    for tag, events in theirs.logged.items():
        for (step, value), (expected_step, expected) in zip(ours.logged[tag], events, strict=True):
            assert step == expected_step
            np.testing.assert_allclose(value, expected, rtol=TOLERANCE if trains else 0, err_msg=str(tag))
    assert ours.names.keys() == theirs.names.keys()
    for name, value in theirs.names.items():
        for what, expected in content(value).items():
            got = content(ours.names[name]).get(what)
            tolerance = {"rtol": 1e-3, "atol": 1e-3} if trains else {"rtol": 1e-5, "atol": 1e-6}
            assert (got.shape, got.dtype) == (expected.shape, expected.dtype), (name, what, got.dtype, expected.dtype)
            np.testing.assert_allclose(got, expected, **tolerance, err_msg=f"{name} {what}")


def close(mine, yours):
    """Whether two lines differ in nothing but numbers with a point, and in these by no more than 1e-4."""
    pairs = zip(map(float, FLOAT.findall(mine)), map(float, FLOAT.findall(yours)))
    same_text = FLOAT.sub("#", mine) == FLOAT.sub("#", yours)
    return same_text and all(abs(a - b) <= TOLERANCE * max(1, abs(b)) for a, b in pairs)


def content(value):
    """The numbers in a variable, as {what: array}: of a tensor, a network, a picture, an array or a number."""
    if isinstance(value, (torch.Tensor, mt.Tensor)):
        return {"value": value.detach().numpy()}
    if isinstance(value, (torch.nn.Module, mt.nn.Module)):
        return {name: tensor.detach().numpy() for name, tensor in value.state_dict().items()}
    if isinstance(value, (Image.Image, np.ndarray, int, float)):
        return {"value": np.asarray(value)}
    return {}

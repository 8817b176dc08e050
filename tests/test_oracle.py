"""The oracle itself: it rejects what is wrong, names the mistake, and survives what people submit."""

import dataclasses
import functools
import inspect
import itertools
import json
import os
import re
import subprocess
import sys
import textwrap

import pytest

from reference import catalogue, find
from reference.bridge import Complaint
from reference.checks import checks
from reference.engine import Backward
from reference.examine import diagnosis, examine
from reference.exercise import PATH, exercise, listing
from reference.explore import draw
from reference.submission import submission
from reference.trial import failures, rejection, spoiled
from reference.verify import audit
from reference.wrong import wrong_versions

MISTAKEN = [record for record in catalogue() if wrong_versions(record.name)]
CHECKABLE = [record for record in MISTAKEN if not isinstance(record, Backward)]
WRONG = [(record, known) for record in catalogue() for known in wrong_versions(record.name)]


def test_wrong_versions_are_many_and_have_sources():
    assert len(WRONG) >= 60
    for _, known in WRONG:
        assert known.source.startswith("https://") and known.explanation


@functools.cache
def drawn(record, seed, start=0):
    """Ten of the forty calls that the profile ci draws; torch's answers stay with them for the next wrong version."""
    return draw(record.calls, 10, seed, start)


@pytest.mark.parametrize("record", MISTAKEN, ids=lambda record: record.name)
def test_wrong_versions_are_rejected(record):
    """All of a record, and under each of six seeds."""
    passed = [
        f"{known.name} with seed {seed}"
        for seed in range(6)  # 0 is verify's
        for known in wrong_versions(record.name)
        if not any(rejection(record, known.function, drawn(record, seed, start)) for start in (0, 10, 20, 30))
    ]
    assert not passed, f"{record.name} does not reject: {', '.join(passed)}"


# ------------------------------------------------------------------------------------------- verify


def test_verify_reports_what_is_wrong():
    record = find("relu")
    assert audit(record, 10).passed
    row = audit(dataclasses.replace(record, candidate=spoiled(record, 0, 0.5)), 10)
    assert not row.passed and not row.checks["equals torch"] and "again:" in row.failures[0]


def test_verify_writes_json(tmp_path):
    done = run("verify", "relu", "max_pool2d", "SGD", "--examples", "5", "--json", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads((tmp_path / "out.json").read_text())
    assert [row["name"] for row in content["records"]] == ["relu", "max_pool2d", "SGD"]
    for row in content["records"]:
        assert row["passed"] and row["cases"] > 5 and row["max_ulp"] >= 0 and row["torch_max_ulp"] >= 0
        assert row["wrong_versions"] and all(one["rejected"] for one in row["wrong_versions"])
    assert run("verify", "rellu").returncode == 1


# ------------------------------------------------------------------------------------------- check and exercise


def run(*arguments):
    """The command line in a process of its own."""
    command = [sys.executable, "-m", "minitorch_edu", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, env=os.environ | {"PYTHONPATH": "."})


def verdict(name, path, function="", examples=25):
    """(exit status, what was said) of examine, in this process."""
    said = []
    status = examine(name, str(path), function, examples, 5.0, said.append)
    return status, "\n".join(said)


def test_listing_has_every_exercise():
    assert all(name in listing() for name in PATH)


@pytest.mark.parametrize("name", PATH)
def test_our_version_solves_the_exercise(name, tmp_path):
    """Our own, written into the file, is right; and the file as it is says what is missing."""
    text, record = exercise(name), find(name.split()[0])
    path = tmp_path / "mine.py"
    path.write_text(text)
    status, said = verdict(record.name, path)
    assert status == 2 and "not written yet" in said
    dotted = f"{record.path}.{record.name}".lstrip(".")
    if name.endswith("backward"):
        fixed = (*record.constant, *record.mutates)
        solution = f"""
def backward(g, kept):
    leaves = {{key: mt.from_numpy(a.copy()).requires_grad_(a.dtype.kind == "f" and key not in {fixed})
              for key, a in kept.items() if isinstance(a, np.ndarray)}}
    with mt.enable_grad():
        mt.{dotted}(**(kept | leaves)).backward(mt.from_numpy(g))
    return {{key: leaf.grad.numpy() for key, leaf in leaves.items() if leaf.grad is not None}}
"""
    else:
        solution = f"""
import minitorch_edu as mt
def {record.name}(*args, **kwargs):
    if not any(isinstance(a, np.ndarray) for a in args):  # `check` hands over Tensors, the example arrays
        return mt.{dotted}(*args, **kwargs)
    tensors = lambda a: mt.from_numpy(a) if isinstance(a, np.ndarray) else a
    return mt.{dotted}(*map(tensors, args), **{{key: tensors(a) for key, a in kwargs.items()}}).numpy()
"""
        if record.path == "optim":
            solution = f"{record.name} = mt.{dotted}\n"
    path.write_text(text.replace('if __name__ == "__main__":', solution + '\nif __name__ == "__main__":'))
    status, said = verdict(record.name, path)
    assert status == 0, said
    done = subprocess.run(
        [sys.executable, str(path)], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stderr  # the example runs


def submitted(known):
    """The text of a file in which somebody made this mistake."""
    module = inspect.getmodule(known.function)
    source = textwrap.dedent(inspect.getsource(known.function))
    start = re.search(r"^(def|class|@op)", source, re.M).start()  # without the line that registers it
    return HEAD.format(module.__name__) + source[start:]


HEAD = """
import importlib
_module = importlib.import_module("{}")
globals().update({{name: value for name, value in vars(_module).items() if not name.startswith("__")}})

"""


@pytest.mark.parametrize("record", CHECKABLE, ids=lambda record: record.name)
def test_wrong_versions_are_named(record, tmp_path):
    """Each, submitted as a file, is told by its numbers: in the first call that it fails, and in others."""
    missed = []
    for known in wrong_versions(record.name):
        path = tmp_path / f"{known.name}.py"
        path.write_text(submitted(known))
        mine = submission(record, str(path), known.name, 5.0).record
        (check,) = (check for check in checks(mine) if check.name == "equals torch")
        calls = [drawn(record, 1, start) for start in (0, 10, 20, 30)]
        calls = list(filter(None, map(mine.fitted, itertools.chain.from_iterable(calls))))
        failed = (call for call, error in failures(mine, check, calls) if not isinstance(error, Complaint))
        first = next(failed, None)
        if first is None or diagnosis(mine, [first, *calls[:20]]) is not known:
            missed.append(known.name)
    assert not missed, f"{record.name}: {missed}"


@pytest.mark.parametrize("name", ["relu", "softmax", "max_pool2d", "conv2d", "batch_norm", "cross_entropy", "Adam"])
def test_check_explains_a_wrong_version(name, tmp_path):
    """The whole way, from a file to the explanation."""
    known = wrong_versions(name)[0]
    (tmp_path / "mine.py").write_text(submitted(known))
    status, said = verdict(name, tmp_path / "mine.py", known.name, 60)
    assert status == 1 and known.explanation in said, said


def test_check_knows_a_mistake_in_a_gradient_of_arrays(tmp_path):
    """A student's own function, which is named and computes otherwise than ours, and stumbles over nan as well."""
    (tmp_path / "mine.py").write_text("""
import numpy as np
def max_pool2d(input, kernel_size):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    windows = [(..., slice(i, i + kh), slice(j, j + kw)) for i in range(0, input.shape[-2] - kh + 1, kh)
               for j in range(0, input.shape[-1] - kw + 1, kw)]
    y = np.stack([input[w].max((-2, -1)) for w in windows], -1)
    shape = (*input.shape[:-2], input.shape[-2] // kh, input.shape[-1] // kw)
    def grad(g):
        dx = np.zeros_like(input)
        for w, largest, gradient in zip(windows, np.moveaxis(y, -1, 0), np.moveaxis(g.reshape(y.shape), -1, 0)):
            dx[w] += (input[w] == largest[..., None, None]) * gradient[..., None, None]
        return dx
    return y.reshape(shape), {"input": grad}
""")
    status, said = verdict("max_pool2d", tmp_path / "mine.py")
    assert status == 1 and "Gives each of several equal maxima the whole gradient" in said, said


BAD = {
    "loops": ("def relu(input):\n    while True: pass", 1, "too slow"),
    "raises": ("def relu(input):\n    return input[5]", 1, "IndexError"),
    "writes": ("def relu(input):\n    input[input < 0] = 0\n    return input + 0", 1, "writes to its input"),
    "prints": (
        "import numpy as np\ndef relu(input):\n    print('hello')\n    return np.maximum(input, 0)",
        0,
        "prints",
    ),
    "wrong shape": ("def relu(input):\n    return (input * (input > 0)).ravel()", 1, "shapes"),
    "wrong type": ("def relu(input):\n    return [input]", 1, "list"),
    "syntax": ("def relu(input) return", 2, "SyntaxError"),
    "nothing": ("x = 1", 2, "relu"),
    "dies": ("import os, signal\ndef relu(input):\n    os.kill(os.getpid(), signal.SIGSEGV)", 1, "SIGSEGV"),
    "leaves": ("import os\ndef relu(input):\n    os._exit(0)", 1, "ended the process"),
    "exits": ("import sys\ndef relu(input):\n    sys.exit(0)", 1, "SystemExit"),
}


@pytest.mark.parametrize("case", BAD)
def test_check_survives(case, tmp_path):
    text, status, words = BAD[case]
    path = tmp_path / "mine.py"
    path.write_text(text)
    if case in ("loops", "dies", "leaves", "prints"):  # in the process of its own that `check` starts
        done = run("check", "relu", str(path), "--seconds", "1", "--examples", "20")
        found, said = done.returncode, done.stdout + done.stderr
    else:
        found, said = verdict("relu", path)
    assert found == status and words in said, said


STYLES = {
    "value only": ("relu", "import numpy as np\ndef relu(input):\n    return np.maximum(input, 0)"),
    "op contract": ("relu", "def relu(x):\n    return x.clip(0), {'x': lambda g: g * ~(x <= 0)}"),
    "functions": ("relu", """
def forward(input):
    return input.clip(0), ~(input <= 0)
def backward(g, passes):
    return g * passes
"""),
    "static methods": ("relu", """
class relu:
    @staticmethod
    def forward(input):
        return input.clip(0)
    @staticmethod
    def backward(g, input):
        return {'input': g * ~(input <= 0)}
"""),
    "no options": ("max_pool2d", """
import numpy as np
def max_pool2d(input, kernel_size):
    kh, kw = (kernel_size, kernel_size) if isinstance(kernel_size, int) else kernel_size
    rows, columns = (range(0, n - k + 1, k) for n, k in zip(input.shape[-2:], (kh, kw)))
    y = [[input[..., i : i + kh, j : j + kw].max((-2, -1)) for j in columns] for i in rows]
    return np.moveaxis(np.array(y), (0, 1), (-2, -1))
"""),
    "torch tensors": ("relu", "import torch\ndef relu(input):\n    return torch.relu(input)"),
    "our tensors": ("relu", "import minitorch_edu as mt\ndef relu(input):\n    return mt.where(input <= 0, 0, input)"),
    "optimizer": ("sgd", """
class SGD:
    def __init__(self, params, lr=1e-3):
        self.params, self.lr = list(params), lr
    def zero_grad(self):
        for p in self.params:
            p.grad = None
    def step(self):
        for p in self.params:
            if p.grad is not None:
                p.data -= self.lr * p.grad
"""),
    "layer": ("Linear", """
from minitorch_edu import nn
class Linear(nn.Linear):
    def forward(self, input):
        return input @ self.weight.T + (0 if self.bias is None else self.bias)
"""),
    "transform": ("hflip", "import numpy as np\ndef hflip(img):\n    return img[..., ::-1].copy()"),
    "transform of torch tensors": ("Normalize", """
import torch
class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std
    def __call__(self, tensor):
        channels = lambda x: torch.tensor([float(number) for number in x], dtype=tensor.dtype)[:, None, None]
        mean, std = channels(self.mean), channels(self.std)
        return (tensor - mean) / std
"""),
    "random transform": ("RandomVerticalFlip", """
import minitorch_edu as mt
from PIL import ImageOps
class RandomVerticalFlip:
    def __init__(self, p=0.5):
        self.p = p
    def __call__(self, img):
        if mt.rand(1) >= self.p:
            return img
        return img.flip(-2) if isinstance(img, mt.Tensor) else ImageOps.flip(img)
"""),
    "scheduler": ("StepLR", """
class StepLR:
    def __init__(self, optimizer, step_size, gamma=0.1):
        self.optimizer, self.step_size, self.gamma, self.t = optimizer, step_size, gamma, 0
    def step(self):
        self.t += 1
        for group in self.optimizer.param_groups if self.t % self.step_size == 0 else ():
            group["lr"] *= self.gamma
"""),
    "function that draws": ("randperm", """
import minitorch_edu as mt
def randperm(n, generator=None):
    order = list(range(n))
    for i in range(n - 1):
        j = i + mt.randint(n - i, (1,), generator=generator).item()
        order[i], order[j] = order[j], order[i]
    return mt.tensor(order, dtype=mt.int64)
"""),
    "function for a layer": ("Linear", "def linear(input, weight):\n    return input @ weight.T"),
}  # fmt: skip


def test_check_shows_ordinary_calls_first(tmp_path):
    """What is wrong at nan alone is told so; a wrong dtype is no mistake in the numbers."""
    (tmp_path / "mine.py").write_text("def relu(x):\n    return x.clip(0), {'x': lambda g: g * (x > 0)}")
    status, said = verdict("relu", tmp_path / "mine.py")
    assert status == 1 and "ordinary" in said and "inf or nan" in said and "gradient of input" in said, said
    (tmp_path / "mine.py").write_text("def relu(input):\n    return input.clip(0).astype('float64')")
    status, said = verdict("relu", tmp_path / "mine.py")
    assert status == 1 and "float32" in said and "the same numbers as" not in said, said


def test_check_compares_defaults_and_wants_methods(tmp_path):
    (tmp_path / "mine.py").write_text("class SGD:\n    def __init__(self, params, lr=0.01): pass")
    status, said = verdict("SGD", tmp_path / "mine.py")
    assert status == 2 and "no method step()" in said
    (tmp_path / "mine.py").write_text(STYLES["optimizer"][1].replace("lr=1e-3", "lr=0.01"))
    status, said = verdict("SGD", tmp_path / "mine.py")
    assert status == 1 and "your default is lr=0.01, torch's lr=0.001" in said and "step 1: gradients" in said, said


@pytest.mark.parametrize("style", ["optimizer", "layer", "scheduler", "function that draws"])
def test_check_asks_for_our_library_where_torchs_tensors_cannot_be_given(style, tmp_path):
    name, text = STYLES[style]
    (tmp_path / "mine.py").write_text(f"import torch\n{text}")
    status, said = verdict(name, tmp_path / "mine.py")
    assert status == 2 and "import minitorch_edu as torch" in said, said


def test_check_remarks_that_torch_computes(tmp_path):
    (tmp_path / "mine.py").write_text("""
def relu(input):
    import torch
    return torch.relu(torch.from_numpy(input)).numpy()
""")
    status, said = verdict("relu", tmp_path / "mine.py")
    assert status == 0 and "it calls the relu that there is, which proves nothing" in said, said


@pytest.mark.parametrize("style", STYLES)
def test_check_reads_every_style(style, tmp_path):
    name, text = STYLES[style]
    (tmp_path / "mine.py").write_text(text)
    status, said = verdict(name, tmp_path / "mine.py")
    assert status == 0, said


def test_check_rejects_in_every_style(tmp_path):
    """The same with one thing made wrong."""
    spoil = {"<= 0": "< 0", "np.maximum(input, 0)": "np.maximum(input, 1)", "torch.relu(input)": "torch.relu(-input)",
             "-=": "+=", "@": "* 2 @", "..., ::-1": "..., ::-1, :", "- mean) / std": "/ std - mean)",
             "].max((": "].min((", ".t += 1": ".t += 2",
             "img.flip(-2)": "img.flip(-1)", "i + mt": "0 * i + mt"}  # fmt: skip
    for style, (name, text) in STYLES.items():
        wrong = text
        for right, other in spoil.items():
            if style != "static methods" or right != "@":
                wrong = wrong.replace(right, other)
        assert wrong != text
        (tmp_path / "mine.py").write_text(wrong)
        status, said = verdict(name, tmp_path / "mine.py")
        assert status == 1 and "WRONG" in said, f"{style}: {said}"


SAID = {
    "another name for the axis": ("softmax", 0, "options drawn: dim", """
import numpy as np
def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)
"""),
    "an import of the right one": ("relu", 1, "WRONG", """
from minitorch_edu.nn.functional import relu
def mine(x):
    return -x
"""),
    "a Function of torch's": ("relu", 2, "forward(input ..)", """
import torch
class MyReLU(torch.autograd.Function):
    @staticmethod
    def forward(ctx, input):
        return input.clamp(min=0)
    @staticmethod
    def backward(ctx, g):
        return g
"""),
    "in place": ("relu", 0, "RIGHT", """
import numpy as np
def relu(input, inplace=False):
    return np.maximum(input, 0, out=input if inplace else None)
"""),
    "PIL images alone": ("RandomHorizontalFlip", 0, "not covered, for it raises at every one: tensor", """
from PIL import ImageOps
import minitorch_edu as mt
class RandomHorizontalFlip:
    def __init__(self, p=0.5):
        self.p = p
    def __call__(self, img):
        return ImageOps.mirror(img) if mt.rand(1) < self.p else img
"""),
    "other first weights": ("Linear", 1, "weight after manual_seed(0)", """
from minitorch_edu import nn
class Linear(nn.Linear):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__(in_features, out_features, bias)
        nn.init.zeros_(self.weight)
"""),
    "other random numbers": ("randperm", 1, "it does not draw torch's random numbers", """
import minitorch_edu as mt
def randperm(n):
    return mt.rand(n).argsort()
"""),
    "one counter for all parameters": ("AdamW", 1, "The decay is added to the gradient", """
import minitorch_edu as mt
class AdamW:
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        self.params, self.lr, self.betas, self.eps, self.wd, self.t = list(params), lr, betas, eps, weight_decay, 0
        self.m, self.v = ([mt.zeros_like(p) for p in self.params] for _ in range(2))
    def zero_grad(self):
        for p in self.params:
            p.grad = None
    def step(self):
        self.t += 1
        b1, b2 = self.betas
        for p, m, v in zip(self.params, self.m, self.v):
            if p.grad is not None:
                g = p.grad + self.wd * p.data
                m.mul_(b1).add_((1 - b1) * g)
                v.mul_(b2).add_((1 - b2) * g**2)
                p.data -= self.lr * m / (1 - b1**self.t) / ((v / (1 - b2**self.t)).sqrt() + self.eps)
"""),
    "rounding in float32": ("Normalize", 1, "The difference is divided by the variance", """
import minitorch_edu as mt
class Normalize:
    def __init__(self, mean, std):
        self.mean, self.std = mean, std
    def __call__(self, t):
        column = lambda x: mt.tensor([float(n) for n in x], dtype=t.dtype).view(-1, 1, 1)
        return t * (1 / column(self.std) ** 2) - column(self.mean) / column(self.std) ** 2
"""),
    "idle zero_grad": ("SGD", 1, "zero_grad() left", STYLES["optimizer"][1].replace("p.grad = None", "pass")),
    "a gradient of another shape": ("relu", 1, "returned a gradient of shape", """
def relu(input):
    return input.clip(0), {"input": lambda g: (g * (input > 0)).ravel()}
"""),
    "too few gradients": ("mse_loss", 1, "backward returned 1 gradients for 2 inputs", """
def forward(input, target):
    return ((input - target) ** 2).mean(), input - target
def backward(g, difference):
    return 2 * g * difference / difference.size
"""),
}  # fmt: skip


@pytest.mark.parametrize("case", SAID)
def test_check_says(case, tmp_path):
    name, status, words, text = SAID[case]
    (tmp_path / "mine.py").write_text(text)
    found, said = verdict(name, tmp_path / "mine.py")
    assert found == status and words in said, said

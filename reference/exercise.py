"""exercise: a file for the learner to fill in, with our signature and docstring, and an example to compare with."""

import inspect
import os
import re
import textwrap

import numpy as np

import minitorch_edu as mt

from . import find
from .explore import draw
from .optimizer import Optimizer
from .record import text

__all__ = ["PATH", "exercise", "listing", "write"]

# From easy to hard. "NAME backward": the forward pass is given, the gradient is the exercise.
PATH = (
    "relu", "leaky_relu", "sigmoid", "tanh", "linear", "mse_loss", "softmax", "log_softmax", "cross_entropy", "SGD",
    "relu backward", "linear backward", "max_pool2d", "avg_pool2d", "conv2d", "layer_norm", "batch_norm", "Adagrad",
    "RMSprop", "softmax backward", "cross_entropy backward", "Adam", "AdamW", "max_pool2d backward",
    "avg_pool2d backward", "layer_norm backward", "batch_norm backward", "conv2d backward",
)  # fmt: skip

# Options that torch has for its own sake, or from older days, or that mean nothing where a copy is handed over.
LEFT_OUT = ("_stacklevel", "capturable", "differentiable", "foreach", "fused", "inplace", "reduce", "size_average")

FUNCTION = '''"""{idea}

To do: the body of {name}. The arguments are NumPy arrays and numbers. Return the value, or, to have the gradient
checked too, (value, {{name of an input: function that takes g = dL/d(value) and returns dL/d(input)}}). Leave out of
the signature what you do not want to write. Then:

    minitorch-edu check {name} THIS_FILE.py
"""

import numpy as np


def {name}{signature}:
{docstring}
    raise NotImplementedError("{name} is yours to write")


if __name__ == "__main__":
{example}
'''

BACKWARD = '''"""{idea}

To do: the body of backward. forward is given; g = dL/d(value) is an array shaped like the value. Then:

    minitorch-edu check {name} THIS_FILE.py
"""

import numpy as np

import minitorch_edu as mt


def forward{signature}:
    """The value, and what backward needs of the arguments."""
    kept = dict(locals())
    value = mt.{ours}(**{{key: mt.from_numpy(a) if isinstance(a, np.ndarray) else a for key, a in kept.items()}})
    return value.numpy(), kept


def backward(g, kept):
    """{{name: dL/d(argument)}} of the arguments {differentiable} that are arrays; kept[name] is the argument."""
    raise NotImplementedError("backward is yours to write")


if __name__ == "__main__":
{example}
'''

CLASS = '''"""{idea}

To do: the bodies of step, and of __init__ if it shall remember more. The parameters are minitorch_edu's Tensors: their
numbers are p.data, their gradients p.grad (None for a parameter that has none). Leave out of the signature what you do
not want to write. Then:

    minitorch-edu check {name} THIS_FILE.py
"""

import minitorch_edu as mt


class {name}:
{docstring}

    def __init__{signature}:
        self.params = list(params)
        self.options = {{key: value for key, value in locals().items() if key not in ("self", "params")}}

    def zero_grad(self):
        for p in self.params:
            p.grad = None

    def step(self):
        raise NotImplementedError("step is yours to write")


if __name__ == "__main__":
{example}
'''


def listing():
    """All exercises, with what each is about in a line."""
    return "\n".join(f"{i:3}. {name:24} {about(name)}" for i, name in enumerate(PATH, 1))


def about(name):
    """The first line of our docstring."""
    line = inspect.getdoc(find(name.split()[0]).resolve("minitorch_edu")).splitlines()[0]
    return f"the gradients of: {line}" if name.endswith("backward") else line


def idea(name):
    """What the file of our version says at its head, and which file that is."""
    module = inspect.getmodule(inspect.unwrap(find(name.split()[0]).resolve("minitorch_edu")))
    where = f"From:  {module.__name__.replace('.', '/')}.py, where ours is, and what else this speaks of"
    return f"{inspect.getdoc(module)}\n{where}"


def exercise(name):
    """The text of the file. KeyError if there is no such exercise."""
    known = {one.lower(): one for one in PATH}
    if name.lower() not in known:
        raise KeyError(
            f"no exercise {name!r} (`check` may know it: any file with a function or class of that name will do); "
            f"there are exercises of: {', '.join(PATH)}"
        )
    name = known[name.lower()]
    record = find(name.split()[0])
    ours = record.resolve("minitorch_edu")
    signature = inspect.signature(ours)
    fewer = [parameter for key, parameter in signature.parameters.items() if key not in LEFT_OUT]
    parts = {"name": record.name, "signature": signature.replace(parameters=fewer), "idea": idea(name)}
    parts["docstring"] = textwrap.indent(f'"""{inspect.getdoc(ours)}\n"""', "    ")
    if isinstance(record, Optimizer):
        parts["signature"] = str(parts["signature"]).replace("(", "(self, ", 1)
        return CLASS.format(**parts, example=code(optimizer_example(record)))
    call = example(record)
    given = f"({repr(call)[len('Call(') : -1]})"
    leaves = {key: mt.from_numpy(value).requires_grad_() for key, value in differentiable(record, call).items()}
    bound = parts["signature"].bind(*call.args, **call.kwargs).arguments
    value = ours(
        **{key: leaves.get(key, mt.from_numpy(a) if isinstance(a, np.ndarray) else a) for key, a in bound.items()}
    )
    if not name.endswith("backward"):
        shown = f"print({record.name}{given})\nprint('expected:')\nprint({rounded(value)})"
        return FUNCTION.format(**parts, example=code(shown))
    g = np.round(np.random.RandomState(7).standard_normal(tuple(value.shape)), 1)
    value.backward(mt.from_numpy(np.asarray(g)))
    # The indices, which have no gradient, are left out.
    fewer = [p for key, p in parts["signature"].parameters.items() if key != "return_indices"]
    parts["signature"] = parts["signature"].replace(parameters=fewer)
    shown = f"value, kept = forward{given}\ngradients = backward({text(np.asarray(g))}, kept)\n" + "\n".join(
        f"print({key!r}, gradients[{key!r}], 'expected:', {rounded(leaf.grad)}, sep='\\n')"
        for key, leaf in leaves.items()
    )
    parts |= {"ours": f"{record.path}.{record.name}".lstrip("."), "differentiable": ", ".join(leaves)}
    return BACKWARD.format(**parts, example=code(shown))


def differentiable(record, call):
    """{name: array} of the arguments that have gradients."""
    bound = inspect.signature(record.resolve("minitorch_edu")).bind(*call.args, **call.kwargs).arguments
    fixed = (*record.constant, *record.mutates)
    floats = {key: a for key, a in bound.items() if isinstance(a, np.ndarray) and a.dtype.kind == "f"}
    return {key: a for key, a in floats.items() if key not in fixed}


def example(record):
    """A small call that gives many options, and does not end in zeros."""
    small = []
    for call in draw(record.calls, 300):
        call = call.map(lambda a: np.asarray(np.round(a, 1)) if a.dtype.kind == "f" else a)
        tame = all(np.isfinite(a).all() and a.size and abs(a).max() < 10 for a in call.arrays())
        if tame and differentiable(record, call) and 5 < sum(a.size for a in call.arrays()) < 24:
            value = record.outcome(call)["value 0"]
            telling = value.any() and (value.size == 1 or np.unique(value).size > 1)
            if telling and not {"inplace", "return_indices"} & set(call.kwargs):
                small.append((len(call.kwargs), len(small), call))
    return max(small, key=lambda one: one[:2])[-1]


def rounded(tensor):
    """The code of a tensor's numbers."""
    return text(np.asarray(np.round(tensor.detach().numpy(), 6)))


def optimizer_example(record):
    """Code that makes three steps with a parameter, and the numbers it should then have."""
    p = mt.tensor([1.0, -2.0, 0.5], requires_grad=True)
    optimizer = record.resolve("minitorch_edu")([p], lr=0.1)
    lines = [f"p = mt.tensor({p.tolist()}, requires_grad=True)", f"optimizer = {record.name}([p], lr=0.1)"]
    for gradient in ([1.0, 0.5, -0.25], [0.5, -1.0, 0.0], [2.0, 0.25, 1.0]):
        p.grad = mt.tensor(gradient)
        optimizer.step()
        lines += [f"p.grad = mt.tensor({gradient})", "optimizer.step()",
                  f"print(p, 'expected:', {[round(x, 4) for x in p.tolist()]})"]  # fmt: skip
    return "\n".join(lines)


def code(lines):
    """The lines of an example, indented, with NumPy's functions under their usual name."""
    return textwrap.indent(re.sub(r"\b(array|zeros)\(", r"np.\1(", lines), "    ")


def write(name, path=None):
    """Write the file of an exercise, which must not exist yet; its path."""
    path = path or f"{name.replace(' ', '_')}.py"
    content = exercise(name)
    if os.path.exists(path):
        raise RuntimeError(f"{path} is there already; name another file with -o")
    with open(path, "x") as file:
        file.write(content)
    return os.path.relpath(path)

"""A failure drawn as text: the call, what was expected and what came out, and the part of the input that matters."""

import dataclasses
import inspect
import re

import numpy as np

from .optimizer import Training
from .record import Call, Different, cotangent

__all__ = ["sketch"]

WIDE = 12  # columns and rows of a matrix that are shown


def sketch(record, call, error):
    """Several lines of text about a failed call."""
    lines = [str(error).split("\nagain:")[0]]
    if isinstance(call, Call):
        lines.append(f"the call: {record.name}({repr(call)[5:-1]})")
        for i, array in enumerate(call.arrays()):
            lines += [f"argument {i + 1}, shape {array.shape}:", matrix(array)] if array.ndim > 1 else []
    elif isinstance(call, Training):
        lines += training(record, call)
    else:
        lines.append(f"the case: {repr(call):.1500}")
    if isinstance(error, Different):
        steps = "each step" in error.what
        worst = place(error.got, error.expected, first=steps)
        where = f"{'first' if steps else 'most of all'} at {worst}"
        lines[0] = f"{told(record, call, error.what)} is not what it should be, {where}"
        if isinstance(call, Call) and error.what.startswith("gradient"):
            value = dataclasses.replace(record, candidate=None).outcome(call)["value 0"]
            if value.dtype.kind == "f":
                lines += [f"g, the gradient of the value, shape {value.shape}:", matrix(cotangent(0, value.shape))]
        if isinstance(call, Call) and error.what.startswith("value") and (window := seen_by(call, worst)) is not None:
            lines += [f"the window of {worst} (. is padding):", window]
        digits = 6 if f"{error.got[worst]:.6g}" != f"{error.expected[worst]:.6g}" else 17
        lines += ["expected:", matrix(error.expected, worst, digits), "got:", matrix(error.got, worst, digits)]
    return "\n".join(line for line in lines if line)


def told(record, call, what):
    """What an array is, with the name of the argument in place of its number among the inputs."""
    number = re.fullmatch(r"gradient of input (\d+)", what)
    if not (number and isinstance(call, Call)):
        return what
    signature = inspect.signature(dataclasses.replace(record, candidate=None).resolve("minitorch_edu"))
    names = [
        name
        for name, value in signature.bind(*call.args, **call.kwargs).arguments.items()
        for array in (value if isinstance(value, (list, tuple)) else [value])
        if isinstance(array, np.ndarray) and array.dtype.kind == "f" and name not in (*record.constant, *record.mutates)
    ]
    return f"gradient of {names[int(number[1])]}" if int(number[1]) < len(names) else what


def training(record, call):
    """A training, a line for each step."""
    numbers = lambda array: (
        "None" if array is None else np.array2string(array, precision=6, separator=", ", threshold=20)
    )
    flat = lambda text: " ".join(text.split())
    parameters = [value for members, _ in call.groups for value in members]
    options = ", ".join(f"{key}={value!r}" for key, value in call.options.kwargs.items())
    lines = [f"the optimizer: {record.name}(parameters{', ' * bool(options)}{options})"]
    lines += [f"parameter {j}: {flat(numbers(value))}" for j, value in enumerate(parameters)]
    for i, (gradients, lr) in enumerate(call.steps, 1):
        changed = "" if lr is None else f", with lr {lr} from here on"
        lines.append(f"step {i}: gradients {flat('; '.join(map(numbers, gradients)))}{changed}")
    return lines


def place(got, expected, first=False):
    """Where two arrays differ most, or (first) where the first row that differs does; nan is nearest to nan."""
    with np.errstate(all="ignore"):
        difference = np.abs(np.asarray(got, float) - np.asarray(expected, float))
    difference = np.where(np.isnan(got) & np.isnan(expected), 0, np.nan_to_num(difference, nan=np.inf))
    if first and difference.ndim:
        rows = difference.reshape(len(difference), -1).max(1)
        difference[np.arange(len(difference)) != np.argmax(rows > 1e-3 * rows.max())] = -1
    return tuple(int(i) for i in np.unravel_index(np.argmax(difference), difference.shape))


def matrix(array, worst=None, digits=6):
    """The last two axes of an array (around `worst`, which is marked by [ ]), as rows of numbers."""
    array = np.asarray(array)
    worst = worst if worst is not None and len(worst) == array.ndim else None
    lead = worst[:-2] if worst else (0,) * max(array.ndim - 2, 0)
    if array.size == 0:
        return f"  nothing: shape {array.shape}"
    page = np.atleast_2d(array[lead])
    row, column = (0, 0, *(worst or ()))[-2:] if array.ndim else (0, 0)
    top, left = (
        max(0, min(row - WIDE // 2, page.shape[0] - WIDE)),
        max(0, min(column - WIDE // 2, page.shape[1] - WIDE)),
    )
    rows = []
    for i in range(top, min(top + WIDE, page.shape[0])):
        cells = []
        for j in range(left, min(left + WIDE, page.shape[1])):
            number = f"{page[i, j]:.{digits}g}" if page.dtype.kind == "f" else str(page[i, j])
            cells.append(f"[{number}]" if worst is not None and (i, j) == (row, column) else f" {number} ")
        rows.append(cells)
    width = max(len(cell) for cells in rows for cell in cells)
    where = f"  page {lead}:\n" if lead else ""
    return where + "\n".join("  " + "".join(cell.rjust(width) for cell in cells) for cells in rows)


def seen_by(call, worst):
    """The window of a 2-d pooling or convolution that makes the element `worst` of its result, as text, or None."""
    names = dict(zip(("input", "kernel_size", "stride"), call.args)) | call.kwargs
    input, kernel = names.get("input"), names.get("kernel_size")
    if len(call.args) > 1 and isinstance(call.args[1], np.ndarray) and call.args[1].ndim == 4:  # a convolution's weight
        kernel, names["stride"] = call.args[1].shape[2:], call.kwargs.get("stride", 1)
    padding = names.get("padding", 0)
    if kernel is None or isinstance(padding, str) or input.ndim != len(worst) or len(worst) < 3:
        return None
    pair = lambda value: (value, value) if isinstance(value, int) else tuple(value)
    kernel = pair(kernel)
    if len(kernel) != 2:
        return None
    stride, padding, dilation = pair(names.get("stride") or kernel), pair(padding), pair(names.get("dilation", 1))
    page = input[(*worst[:-3], min(worst[-3], input.shape[-3] - 1))]
    places = [
        [o * s - p + k * d for k in range(n)] for o, s, p, d, n in zip(worst[-2:], stride, padding, dilation, kernel)
    ]
    inside = lambda i, j: 0 <= i < page.shape[0] and 0 <= j < page.shape[1]
    cell = lambda i, j: f"{page[i, j]:.6g}" if inside(i, j) else "."
    return "\n".join("  " + "".join(cell(i, j).rjust(11) for j in places[1]) for i in places[0])

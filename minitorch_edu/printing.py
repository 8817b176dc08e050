"""A tensor as text, as torch prints it.

All numbers of a tensor are written alike, in one of three ways, which the finite numbers x that are not 0 decide:

    1.5000e-07   if max|x| / min|x| > 1000, max|x| > 1e8, or min|x| < 1e-4
    12.          otherwise, if all of them are integers
    12.3457      otherwise

and are set in columns as wide as the widest of these x. A tensor of more than `threshold` numbers shows only the first
and the last `edgeitems` of every axis that is longer than the two together, and only those that it shows decide.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.set_printoptions.html
"""

import math

import numpy as np

__all__ = ["get_printoptions", "set_printoptions", "tensor_format", "tensor_text"]

_PROFILES = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}
_options = {**_PROFILES["default"], "sci_mode": None}


def set_printoptions(precision=None, threshold=None, edgeitems=None, linewidth=None, profile=None, sci_mode=None):
    """Set how tensors are printed; what is not given stays as it is, except sci_mode.

    precision: digits after the point. threshold: more elements than this are summarized. edgeitems: how many are then
    shown at either end of an axis. linewidth: characters in a line. profile: "default", "short" or "full" (never
    summarized), which sets all of these before the others are looked at. sci_mode: True or False for always or never
    1.5000e-07, None to let the numbers decide; not given means None.

    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor(3.14159)
    tensor(3.14)
    >>> torch.set_printoptions(profile="default")
    """
    if profile is not None and profile not in _PROFILES:
        raise ValueError(f"set_printoptions(): profile must be one of {', '.join(_PROFILES)}, got {profile!r}")
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    _options.update(_PROFILES.get(profile, {}))
    _options.update({name: value for name, value in given.items() if value is not None}, sci_mode=sci_mode)


def get_printoptions():
    """The options in force: `set_printoptions(**get_printoptions())` changes nothing.

    >>> torch.get_printoptions()["precision"]
    4
    """
    return dict(_options)


def tensor_text(tensor):
    """What `print(tensor)` shows: its numbers, and what they do not show (size, dtype, place in the graph)."""
    array, kind = tensor.array, type(tensor).__name__
    start = ("tensor" if kind in ("Tensor", "Parameter") else kind) + "("
    text = start + (_contents(array, len(start)) if array.size else "[]")
    column = len(text) - text.rfind("\n") + 1  # torch counts two more than the last line has
    for note in _notes(tensor):
        if column + len(note) + 2 > _options["linewidth"]:
            text += ",\n" + " " * len(start) + note
            column = len(start) + len(note)
        else:
            text += ", " + note
            column += len(note) + 2
    return text + ")"


def tensor_format(tensor, spec):
    """What f"{tensor:spec}" shows: a single number takes any format that its Python number does."""
    if tensor.array.ndim == 0 and type(tensor).__name__ == "Tensor":
        return format(tensor.array.item(), spec)
    return object.__format__(tensor, spec)


def _notes(tensor):
    """What follows the numbers: everything that the same numbers would not make again if typed in."""
    array, notes = tensor.array, []
    if (array.size == 0 and array.ndim != 1) or (array.size and not _options["edgeitems"]):
        notes.append(f"size={array.shape}")
    understood = ("float32", "int64", "bool") if array.size else ("float32",)
    if array.dtype.name not in understood:
        notes.append(f"dtype={tensor.dtype}")
    if tensor.grad_fn is not None:
        notes.append(f"grad_fn=<{tensor.grad_fn.name()}>")
    elif tensor.requires_grad:
        notes.append("requires_grad=True")
    return notes


def _contents(array, indent):
    """The numbers in brackets; lines after the first begin with `indent` spaces and one for each open bracket."""
    edge, cut = _options["edgeitems"], [False] * array.ndim  # cut: the axes of which only the ends are shown
    if array.size > _options["threshold"]:
        cut = [extent > 2 * edge for extent in array.shape]
        for axis in range(array.ndim):
            if cut[axis]:
                array = np.take(array, [*range(edge), *range(-edge, 0)], axis)
    texts, width = _texts(array)
    cells = np.array(texts, object).reshape(array.shape)
    per_line = max(1, int((_options["linewidth"] - indent - max(array.ndim - 1, 0)) // (width + 2)))
    return _brackets(cells, cut, indent + 1, per_line)


def _texts(array):
    """Each element as text, in a flat list, and the width of a column."""
    values = array.ravel().tolist()
    if array.dtype.kind != "f":
        texts, decide = [str(value) for value in values], np.ones(array.shape, bool)
    else:
        decide = np.isfinite(array) & (array != 0)  # the x of the rule
        style = _style(np.abs(array[decide]).astype(np.float64))
        texts = [style.format(value) if math.isfinite(value) else str(value) for value in values]
    width = max((len(text) for text, decides in zip(texts, decide.flat) if decides), default=1)
    return [text.rjust(width) for text in texts], width


def _style(x):
    """The format of the numbers, from the absolute values of those that decide."""
    if x.size == 0:
        return "{:.0f}."
    integers = (x == np.ceil(x)).all()
    scientific = _options["sci_mode"]
    if scientific is None:
        with np.errstate(over="ignore"):
            scientific = x.max() / x.min() > 1000 or x.max() > 1e8 or x.min() < 1e-4
    if scientific:
        return f"{{:.{_options['precision']}e}}"
    return "{:.0f}." if integers else f"{{:.{_options['precision']}f}}"


def _brackets(cells, cut, indent, per_line):
    """Nested lists of cells; `indent` is the column after the opening bracket."""
    if cells.ndim == 0:
        return cells.item()
    rows = cells.ndim > 1
    items = [_brackets(row, cut[1:], indent + 1, per_line) for row in cells] if rows else cells.tolist()
    if cut[0]:
        items.insert(len(items) // 2, "..." if rows or not items else " ...")
    if rows:  # a blank line between matrices, two between 3-d blocks, ...
        return "[" + ("," + "\n" * (cells.ndim - 1) + " " * indent).join(items) + "]"
    lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
    return "[" + (",\n" + " " * indent).join(lines) + "]"

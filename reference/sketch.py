"""A failure drawn as text: the call, what was expected and what came out, and the part of the input that matters."""

import numpy as np

from .record import Call, Different

__all__ = ["sketch"]

WIDE = 12  # columns and rows of a matrix that are shown


def sketch(record, call, error):
    """Several lines of text about a failed call."""
    lines = [str(error).split("\nagain:")[0]]
    if isinstance(call, Call):
        lines.append(f"the call: {record.name}({repr(call)[5:-1]})")
        for i, array in enumerate(call.arrays()):
            lines += [f"argument {i + 1}, shape {array.shape}:", matrix(array)] if array.ndim > 1 else []
    else:
        lines.append(f"the case: {repr(call):.1500}")
    if isinstance(error, Different):
        worst = place(error.got, error.expected)
        lines[0] = f"{error.what} is not what it should be, most of all at {worst}"
        if isinstance(call, Call) and error.what.startswith("value") and (window := seen_by(call, worst)) is not None:
            lines += [f"the window of {worst} (. is padding):", window]
        digits = 6 if f"{error.got[worst]:.6g}" != f"{error.expected[worst]:.6g}" else 17
        lines += ["expected:", matrix(error.expected, worst, digits), "got:", matrix(error.got, worst, digits)]
    return "\n".join(line for line in lines if line)


def place(got, expected):
    """Where two arrays differ most; nothing is nearer to nan than nan."""
    with np.errstate(all="ignore"):
        difference = np.abs(np.asarray(got, float) - np.asarray(expected, float))
    difference = np.where(np.isnan(got) & np.isnan(expected), 0, np.nan_to_num(difference, nan=np.inf))
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

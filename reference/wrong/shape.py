"""Wrong versions of padding, of rearrangement, of indexing, and of products."""

import numpy as np

import minitorch_edu as mt
import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong


@wrong("pad", source="https://github.com/meta-pytorch/opacus/pull/443")
def pads_the_first_axis_first(input, pad, mode="constant", value=None):
    """Takes the first pair for the first of the padded axes: it is for the last one, and so on backwards."""
    pairs = [tuple(pad[i : i + 2]) for i in range(0, len(pad), 2)][::-1]
    sizes = input.shape[input.ndim - len(pairs) :][::-1]
    fits = all(n + min(left, 0) + min(right, 0) >= 0 for n, (left, right) in zip(sizes, pairs))
    return F.pad(input, sum(pairs, ()) if mode == "constant" and fits else pad, mode, value)


@wrong("pad", source="https://github.com/jcjohnson/neural-style/pull/377")
def repeats_the_edge(input, pad, mode="constant", value=None):
    """Repeats the edge in mode='reflect': 2 1 | 0 1 2, not 1 0 | 0 1 2."""
    if mode != "reflect":
        return F.pad(input, pad, mode, value)
    for i in range(len(pad) // 2):
        n = input.shape[-1 - i]
        places = np.arange(-pad[2 * i], n + pad[2 * i + 1])
        places = np.where(places < 0, -1 - places, np.where(places >= n, 2 * n - 1 - places, places))
        input = input.index_select(-1 - i, mt.from_numpy(places))
    return input


@wrong("pad", source="https://github.com/pytorch/pytorch/issues/24504")
def wraps_only_with_a_right_side(input, pad, mode="constant", value=None):
    """Takes x[-0:] for nothing: with no padding on the right, mode='circular' adds none on the left either."""
    if mode == "circular":
        pad = [n if pad[i | 1] or n < 0 else 0 for i, n in enumerate(pad)]
    return F.pad(input, pad, mode, value)


@wrong("permute", source="https://github.com/ohtlab/headpose-fsanet-pytorch/issues/10")
def reshapes_instead(input, *dims):
    """Reshapes: the numbers keep their order, where permute moves them with their axes."""
    order = dims[0] if len(dims) == 1 and isinstance(dims[0], (tuple, list)) else dims
    return input.reshape([input.shape[d] for d in order])


@wrong("transpose", source="https://github.com/zhouhaoyi/Informer2020/issues/59")
def reshapes_two_axes(input, dim0, dim1):
    """Reshapes: the numbers keep their order, where transpose moves them with their axes."""
    shape = list(input.shape) or [1]
    shape[dim0], shape[dim1] = shape[dim1], shape[dim0]
    return input.reshape(shape[: input.ndim])


@wrong("repeat", source="https://github.com/pytorch/pytorch/issues/50013")
def repeats_every_number(input, *repeats):
    """Repeats every number in its place, as numpy.repeat does: the whole tensor is laid side by side."""
    times = repeats[0] if len(repeats) == 1 and isinstance(repeats[0], (tuple, list)) else repeats
    out = input.reshape((1,) * (len(times) - input.ndim) + tuple(input.shape))
    for axis, n in enumerate(times):
        out = out.index_select(axis, mt.from_numpy(np.repeat(np.arange(out.shape[axis]), n))) if out.ndim else out
    return out


@wrong("chunk", source="https://github.com/pytorch/pytorch/issues/9382")
def cuts_into_exactly_so_many(input, chunks, dim=0):
    """Cuts into exactly `chunks` parts, as numpy.array_split: each has ceil(n / chunks), as long as any is left."""
    n = input.shape[dim]
    return input.split([n // chunks + (i < n % chunks) for i in range(chunks)], dim)


@wrong("roll", source="https://github.com/NVIDIA/physicsnemo/issues/1399")
def shifts_all_axes_alike(input, shifts, dims=None):
    """Shifts every axis by the first of the shifts: each axis has its own."""
    shifts = (shifts[0],) * len(shifts) if isinstance(shifts, (tuple, list)) else shifts
    return mt.roll(input, shifts, *([] if dims is None else [dims]))


@wrong("index_select", source="https://github.com/HIPS/autograd/pull/136")
@op
def adds_only_once(input, dim, index):
    """Adds with dx[index] += g, which counts a repeated index once: every time it comes counts."""
    y, _ = mt.index_select.__wrapped__(input, dim, index)
    shape, axis = input.shape or (1,), dim % max(input.ndim, 1)

    def grad_input(g):
        dx = np.zeros(shape, g.dtype)
        dx[(slice(None),) * axis + (index.reshape(-1),)] += g.reshape(*shape[:axis], -1, *shape[axis + 1 :])
        return dx.reshape(input.shape)

    return y, {"input": grad_input}


@wrong("gather", source="https://github.com/apache/mxnet/issues/9172")
@op
def writes_instead_of_adding(input, dim, index):
    """Writes the gradient to the places in index: where one is repeated, the gradients add up."""
    y, _ = mt.gather.__wrapped__(input, dim, index)
    shape, axis = input.shape or (1,), dim % max(input.ndim, 1)

    def grad_input(g):
        dx = np.zeros(shape, g.dtype)
        places = list(np.indices(index.shape or (1,)))
        places[axis] = index.reshape(index.shape or (1,))
        dx[tuple(places)] = g.reshape(index.shape or (1,))
        return dx.reshape(input.shape)

    return y, {"input": grad_input}


@wrong("mm", source="https://github.com/tile-ai/TileOPs/pull/54")
@op
def forgets_to_transpose_on_the_way_back(input, mat2):
    """Multiplies g by B where it is square: dL/dA = g B^T."""
    y, gradients = mt.mm.__wrapped__(input, mat2)
    return y, gradients | {"input": lambda g: g @ (mat2 if mat2.shape[0] == mat2.shape[1] else mat2.T)}

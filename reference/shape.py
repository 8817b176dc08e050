"""Records of reshaping, views, and rearrangement, and of what writing through views does."""

import math

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, options, shapes
from .record import Call, Illegal, Op
from .reduce import X, bad_dims, numbers, one, some

KINDS = ("normal", "strided", "ties")
FLOATS = numbers(shapes(0, 4, low=0, high=4), whole=False, kinds=KINDS)
ANY = numbers(shapes(0, 4, low=0, high=4), kinds=KINDS)


def method(name):
    """The method of either library's tensors."""
    return lambda input, *args, **kwargs: getattr(input, name)(*args, **kwargs)


def listed(draw, x, numbers, name):
    """The numbers as one tuple or list, by name, or one by one."""
    form = draw(st.sampled_from(["tuple", "list", "name", "loose"] if len(numbers) else ["tuple", "list", "name"]))
    if form == "name":
        return Call(x, **{name: tuple(numbers)})
    return Call(x, *numbers) if form == "loose" else Call(x, {"tuple": tuple, "list": list}[form](numbers))


@st.composite
def sizes(draw, count):
    """Sizes for that many numbers, one of which may be -1."""
    found, left = [], count
    for _ in range(draw(st.integers(0, 4))):
        divisors = [n for n in range(1, left + 1) if left % n == 0] or [0, 1, 2]
        found.append(draw(st.sampled_from(divisors)))
        left = left // found[-1] if found[-1] else 0
    if math.prod(found) != count:
        found.append(left)
    if found and draw(st.booleans()):
        i = draw(st.integers(0, len(found) - 1))
        if math.prod(found[:i] + found[i + 1 :]):
            found[i] = -1
    return found


@st.composite
def reshapes(draw, name):
    x = draw(ANY)
    return listed(draw, x, draw(sizes(x.size)), name)


@st.composite
def views(draw):
    """Reshapes of a contiguous array, or of a strided one where only some axes are split."""
    if draw(st.booleans()):
        x = draw(numbers(shapes(0, 4, low=0, high=4), kinds=("normal",)))
        return listed(draw, x, draw(sizes(x.size)), "size")
    a, b, c = draw(extents(1, 3)), draw(extents(1, 3)), draw(extents(1, 4))
    x = draw(arrays((a * b, c), kinds=("strided",)))
    return Call(x, draw(st.sampled_from([(a, b, c), (a, -1, c), (a * b, 1, c), (-1, b, 1, c)])))


@st.composite
def flattens(draw):
    x = draw(ANY)
    dims = sorted(draw(st.lists(st.integers(0, max(x.ndim, 1) - 1), min_size=2, max_size=2)))
    dims = [d - max(x.ndim, 1) * draw(st.integers(0, 1)) for d in dims]
    return Call(x, *dims[: draw(st.sampled_from([2, 0, 1, 2]))])


@st.composite
def unflattens(draw):
    x = draw(numbers(shapes(1, 3, low=1, high=6), kinds=KINDS))
    dim = draw(one(x.ndim))
    parts = draw(sizes(x.shape[dim]))
    return Call(x, dim, draw(st.sampled_from([tuple, list]))(parts or [1] * (x.shape[dim] == 1)))


@st.composite
def squeezes(draw):
    x = draw(numbers(shapes(0, 5, low=0, high=2), kinds=KINDS))
    dim = draw(some(x.ndim))
    return Call(x, *draw(st.sampled_from([(), (tuple(dim) if isinstance(dim, list) else dim,)])))


@st.composite
def unsqueezes(draw):
    x = draw(ANY)
    return Call(x, draw(st.integers(-x.ndim - 1, x.ndim)))


@st.composite
def permutes(draw):
    x = draw(ANY)
    order = [d - x.ndim * draw(st.integers(0, 1)) for d in draw(st.permutations(range(x.ndim)))]
    return listed(draw, x, order, "dims")


@st.composite
def transposes(draw):
    x = draw(ANY | numbers(shapes(2, 4, low=2, high=4), kinds=KINDS))
    return Call(x, draw(one(x.ndim)), draw(one(x.ndim)))


@st.composite
def movedims(draw):
    x = draw(ANY)
    if draw(st.booleans()):
        return Call(x, draw(one(x.ndim)), draw(one(x.ndim)))
    count = draw(st.integers(0, x.ndim))
    source, target = (
        [d - x.ndim * draw(st.integers(0, 1)) for d in draw(st.permutations(range(x.ndim)))[:count]] for _ in range(2)
    )
    return Call(x, tuple(source), tuple(target))


@st.composite
def expands(draw):
    x = draw(numbers(shapes(0, 3, low=0, high=3).map(lambda s: tuple(1 if n == 2 else n for n in s)), kinds=KINDS))
    shape = [draw(extents(0, 3)) if n == 1 else n for n in x.shape]
    shape = [-1 if draw(st.integers(0, 3)) == 0 else n for n in shape]
    return listed(draw, x, draw(st.lists(extents(0, 3), max_size=2)) + shape, "size")


@st.composite
def partners(draw):
    """Shapes that broadcast together."""
    shape = draw(shapes(0, 3, low=0, high=3))
    tensors = []
    for _ in range(draw(st.integers(1, 3))):
        own = [draw(st.sampled_from([1, n])) for n in shape]
        tensors.append(draw(arrays(tuple(own[draw(st.integers(0, len(own))) :]))))
    return Call(*tensors)


@st.composite
def repeats(draw, name):
    x = draw(numbers(shapes(0, 3, low=0, high=3), kinds=KINDS))
    fewer = draw(st.integers(0, x.ndim)) if name == "dims" else 0
    times = draw(st.lists(extents(0, 3), min_size=x.ndim - fewer, max_size=x.ndim + 2))
    return listed(draw, x, times, name)


@st.composite
def joined(draw, name):
    """Lists of tensors that fit, some with an extent of 0, some of other types; for cat also torch's empty ones."""
    shape = list(draw(shapes(0 if name == "stack" else 1, 3, low=0, high=3)))
    dim = draw(one(len(shape) + (name == "stack")))
    tensors = []
    for _ in range(draw(st.integers(1, 4))):
        if name == "cat":
            shape[dim] = draw(extents(0, 3))
        tensors.append(draw(numbers(st.just(tuple(shape)), kinds=KINDS)))
        if name == "cat" and draw(st.integers(0, 5)) == 0:
            tensors.insert(draw(st.integers(0, len(tensors))), np.zeros(0))
    tensors = draw(st.sampled_from([tuple, list]))(tensors)
    by_name = draw(st.booleans())
    if name == "cat" and all(tensor.shape == (0,) for tensor in tensors):
        dim = 0
    return Call(tensors, dim=dim) if by_name else Call(tensors, dim)


@st.composite
def lists(draw):
    """What hstack and vstack take: tensors of one shape, also single numbers."""
    shape = draw(shapes(0, 3, low=0, high=3))
    return Call([draw(numbers(st.just(shape), kinds=KINDS)) for _ in range(draw(st.integers(1, 3)))])


@st.composite
def splits(draw):
    x = draw(numbers(shapes(1, 3, low=0, high=6), kinds=KINDS))
    dim = draw(one(x.ndim))
    x = np.take(x, [], dim) if draw(st.integers(0, 7)) == 7 else x
    n = x.shape[dim]
    if draw(st.booleans()):
        size = draw(st.integers(1, 7)) if n else draw(st.integers(0, 1))
    else:
        cuts = sorted(draw(st.lists(st.integers(0, n), max_size=3)))
        size = [b - a for a, b in zip([0, *cuts], [*cuts, n])]
    return Call(x, size, dim) if dim or draw(st.booleans()) else Call(x, size)


@st.composite
def chunks(draw):
    x = draw(numbers(shapes(1, 3, low=0, high=7), kinds=KINDS))
    return Call(x, draw(st.integers(1, 8)), **draw(options(dim=one(x.ndim))))


@st.composite
def unbinds(draw):
    x = draw(numbers(shapes(1, 3, low=0, high=4), kinds=KINDS))
    return Call(x, **draw(options(dim=one(x.ndim))))


@st.composite
def narrows(draw):
    x = draw(numbers(shapes(1, 3, low=0, high=5), kinds=KINDS))
    dim = draw(one(x.ndim))
    start = draw(st.integers(0, x.shape[dim]) | st.just(max(x.shape[dim] - 1, 0)))
    length = draw(st.integers(0, x.shape[dim] - start))
    return Call(x, dim, start - x.shape[dim] * (start < x.shape[dim] and draw(st.booleans())), length)


@st.composite
def selects(draw):
    x = draw(numbers(shapes(1, 3, low=1, high=5), kinds=KINDS))
    dim = draw(one(x.ndim))
    return Call(x, dim, draw(st.integers(-x.shape[dim], x.shape[dim] - 1)))


@st.composite
def flips(draw):
    x = draw(ANY)
    dims = draw(st.lists(st.integers(0, x.ndim - 1), max_size=x.ndim, unique=True)) if x.ndim else []
    return Call(x, draw(st.sampled_from([tuple, list]))(d - x.ndim * draw(st.integers(0, 1)) for d in dims))


@st.composite
def rolls(draw):
    x = draw(numbers(shapes(1, 3, low=0, high=5), kinds=KINDS))
    shift = st.integers(-7, 7)
    if draw(st.booleans()):
        return Call(x, draw(shift), *([draw(one(x.ndim))] * draw(st.integers(0, 1))))
    dims = draw(st.lists(one(x.ndim), min_size=1, max_size=3))
    return Call(x, shifts=tuple(draw(shift) for _ in dims), dims=tuple(dims))


@st.composite
def triangles(draw):
    x = draw(numbers(shapes(2, 4, low=0, high=4), kinds=KINDS))
    return Call(x, **draw(options(diagonal=st.integers(-5, 5))))


@st.composite
def diags(draw):
    x = draw(numbers(shapes(1, 2, low=1, high=4), kinds=KINDS))
    reach = 3 if x.ndim == 1 else min(x.shape) - 1
    return Call(x, *[draw(st.integers(-reach, reach))] * draw(st.integers(0, 1)))


@st.composite
def diagonals(draw):
    x = draw(numbers(shapes(2, 4, low=1, high=4), kinds=KINDS))
    a, b = draw(st.permutations(range(x.ndim)))[:2]
    return Call(x, draw(st.integers(-3, 3)), a - x.ndim * draw(st.integers(0, 1)), b)


# ------------------------------------------------------------------------------------------- writing through views

STEPS = {
    "permute": lambda draw, x: ((draw(st.permutations(range(x.ndim))),)),
    "transpose": lambda draw, x: (draw(one(x.ndim)), draw(one(x.ndim))),
    "unsqueeze": lambda draw, x: (draw(st.integers(-x.ndim - 1, x.ndim)),),
    "squeeze": lambda draw, x: (),
    "narrow": lambda draw, x: (0, 0, x.shape[0] - 1) if x.ndim and x.shape[0] else None,
    "select": lambda draw, x: (-1, 0) if x.ndim and x.shape[-1] else None,
    "diagonal": lambda draw, x: () if x.ndim > 1 else None,
    "flatten": lambda draw, x: (),
    "reshape": lambda draw, x: (draw(sizes(x.size)),),
    "movedim": lambda draw, x: (0, -1) if x.ndim else None,
    "expand": lambda draw, x: (2, *x.shape),
    "broadcast_to": lambda draw, x: ((1, *x.shape),),
    "__getitem__": lambda draw, x: ((..., slice(None, None, 2), None),) if x.ndim else None,
    "flip": lambda draw, x: ((0,),) if x.ndim else None,
    "detach": lambda draw, x: (),
}  # fmt: skip


def numpy_step(x, name, args):
    """The same step on a NumPy array, as far as shapes go."""
    import torch

    return getattr(torch.from_numpy(np.zeros(x.shape, np.float32)), name)(*args).numpy()


@st.composite
def chains(draw, with_expand):
    """Some steps, most of them views, and an amount to multiply by."""
    x = draw(arrays(shapes(1, 3, low=1, high=4), kinds=("normal", "strided")))
    here, steps = x, []
    for _ in range(draw(st.integers(1, 3))):
        name = draw(st.sampled_from([n for n in STEPS if with_expand or n not in ("expand", "detach")]))
        args = STEPS[name](draw, here)
        if args is not None:
            steps.append((name, *args))
            here = numpy_step(here, name, args)
    return Call(x, tuple(steps), draw(arrays(())))


def seen(base, steps):
    for name, *args in steps:
        base = getattr(base, name)(*args)
    return base


def write_view(input, steps, factor):
    """Write through the view, and look at the base and at the view."""
    base = input * 1
    view = seen(base, steps)
    view.mul_(factor)
    return base, view * 1


def write_base(input, steps, factor):
    """Write into the base, and look at the view that was made before."""
    base = input * 1
    view = seen(base, steps)
    base.mul_(factor)
    return view * 1, base


def write_both(input, steps, factor):
    """Write into base and view in turn."""
    base = input * 1
    view = seen(base, steps)
    base.mul_(factor)
    view.add_(base.sum())
    base.mul_(base.detach().clone())
    return view * 1, base


def write_parts(input, name, args, factor):
    """Write through each of the views that come together (torch allows it only without gradients)."""
    base = input.detach().clone()
    for i, part in enumerate(getattr(base, name)(*args)):
        part.mul_(factor + i)
    return base


PARTS = st.sampled_from([("split", (2,)), ("split", ([1, 2], 1)), ("chunk", (2, 1)), ("unbind", (1,)), ("unbind", ())])


@st.composite
def parts(draw):
    return Call(draw(arrays((4, 3, 2), kinds=("normal", "strided"))), *draw(PARTS), 2.0)


W = np.ones((2, 3, 4), np.float32)
NUMBER = np.array(2.0, np.float32)

RECORDS = [
    Op("reshape", reshapes("shape"), path="Tensor", illegal=(
        Illegal(Call(X, (7,)), RuntimeError, ("shape '[7]' is invalid for input of size 6", "[2, 3]")),
        Illegal(Call(X, (-2, -3)), RuntimeError, ("[-2, -3]", "invalid")),
        Illegal(Call(X[:, :2], (-2, -2)), RuntimeError, ("[-2, -2]", "invalid")),
        Illegal(Call(X, (-1, -1)), RuntimeError, ("only one dimension can be inferred",)),
        Illegal(Call(X, (-1, 4)), RuntimeError, ("shape '[-1, 4]' is invalid for input of size 6",)),
        Illegal(Call(X, (-1, 0)), RuntimeError, ("shape '[-1, 0]' is invalid for input of size 6",)),
        Illegal(Call(X[:0], (-1, 0)), RuntimeError, ("0 elements", "ambiguous")),
    )),
    Op("view", views(), path="Tensor", illegal=(
        Illegal(Call(np.ones((3, 2), np.float32).T, 6), RuntimeError, ("view size is not compatible", ".reshape(")),
        Illegal(Call(X, 7), RuntimeError, ("shape '[7]' is invalid",)),
    )),
    Op("flatten", flattens(), path="", illegal=(
        *bad_dims(), Illegal(Call(W, 2, 1), RuntimeError, ("flatten()", "start_dim cannot come after end_dim")))),
    Op("ravel", ANY.map(Call), path=""),
    Op("unflatten", unflattens(), path="", illegal=(
        Illegal(Call(W, 2, (2, 3)), RuntimeError, ("[2, 3]", "multiply up to the size of dim 2 (4)")),)),
    Op("squeeze", squeezes(), path="", illegal=bad_dims()),
    Op("unsqueeze", unsqueezes(), path="", illegal=(
        Illegal(Call(X, 3), IndexError, ("range of [-3, 2], but got 3",)),)),
    Op("permute", permutes(), path="Tensor", illegal=(
        Illegal(Call(W, 0, 0, 1), RuntimeError, ("permute()", "duplicate dims")),
        Illegal(Call(W, (0, 1)), RuntimeError, ("permute", "input.dim() = 3", "len(dims) = 2")),
        Illegal(Call(W, (0, 1, 7)), IndexError, ("[-3, 2]", "7")))),
    Op("transpose", transposes(), path="", illegal=(Illegal(Call(X, 0, 5), IndexError, ("[-2, 1]", "5")),)),
    Op("swapaxes", transposes(), path=""),
    Op("swapdims", transposes(), path=""),
    Op("t", numbers(shapes(0, 2, low=0, high=4), kinds=KINDS).map(Call), path="",
       illegal=(Illegal(Call(W), RuntimeError, ("t()", "<= 2 dimensions", "3D")),)),
    Op("movedim", movedims(), path="", illegal=(
        Illegal(Call(W, (0, 1), (1, 1)), RuntimeError, ("movedim", "repeated dim in `destination`")),
        Illegal(Call(W, (0, 1), (1,)), RuntimeError, ("movedim", "same number of dims")),
        Illegal(Call(W, 0, 5), IndexError, ("[-3, 2]", "5")))),
    Op("moveaxis", movedims(), path=""),
    Op("expand", expands(), path="Tensor", illegal=(
        Illegal(Call(X, 5, 3), RuntimeError, ("(5) must match the existing size (2)", "dimension 0", "[5, 3]")),
        Illegal(Call(X, 3), RuntimeError, ("expand", "number of sizes provided (1)", "(2)")),
        Illegal(Call(X, -1, 2, 3), RuntimeError, ("leading, non-existing dimension",)))),
    Op("broadcast_to", expands().filter(lambda call: len(call.args) == 2 and isinstance(call.args[1], (tuple, list))),
       path=""),
    Op("broadcast_tensors", partners(), path="",
       illegal=(Illegal(Call(X, W), RuntimeError, ("broadcast", "[2, 3]", "[2, 3, 4]")),)),
    Op("expand_as", partners().filter(lambda call: len(call.args) > 1 and call.args[0].ndim == 0).map(
        lambda call: Call(*call.args[:2])), path="Tensor"),
    Op("view_as", FLOATS.map(lambda x: Call(np.ascontiguousarray(x), x.T)), path="Tensor"),
    Op("reshape_as", FLOATS.map(lambda x: Call(x, x.T)), path="Tensor"),
    Op("repeat", repeats("repeats"), path="Tensor", illegal=(
        Illegal(Call(X, 2), RuntimeError, ("repeat", "can not be smaller than number of dimensions")),
        Illegal(Call(X, 2, -1), RuntimeError, ("negative", "-1")))),
    Op("tile", repeats("dims"), path="Tensor"),
    Op("cat", joined("cat"), path="", illegal=(
        Illegal(Call([]), ValueError, ("cat()", "non-empty list of Tensors")),
        Illegal(Call([X, W]), RuntimeError, ("same number of dimensions", "2 and 3")),
        Illegal(Call([X[0, :0], X, W]), RuntimeError, ("same number of dimensions", "2 and 3")),
        Illegal(Call([X, X[:, :2]]), RuntimeError, ("except in dimension 0", "Expected size 3 but got size 2")),
        Illegal(Call([X, X], 5), IndexError, ("[-2, 1]", "5")),
        Illegal(Call([NUMBER, NUMBER]), RuntimeError, ("zero-dimensional", "cannot be concatenated")),
        Illegal(Call(X), TypeError, ("cat()", "tensors", "must be tuple of Tensors")))),
    Op("concat", joined("cat"), path=""),
    Op("concatenate", joined("cat"), path=""),
    Op("stack", joined("stack"), path="", illegal=(
        Illegal(Call([]), RuntimeError, ("stack", "non-empty")),
        Illegal(Call([X, W]), RuntimeError, ("stack", "equal size", "[2, 3]", "[2, 3, 4]", "entry 1")),
        Illegal(Call([X, X], 3), IndexError, ("[-3, 2]", "3")),
        Illegal(Call(X), TypeError, ("stack()", "tensors", "must be tuple of Tensors")))),
    Op("hstack", lists(), path=""),
    Op("vstack", lists(), path=""),
    Op("split", splits(), path="", illegal=(
        Illegal(Call(X, [1, 2]), RuntimeError, ("split", "sum exactly to 2", "[1, 2]")),
        Illegal(Call(X[:1], 0), RuntimeError, ("split_size can only be 0", "size of 1")),
        Illegal(Call(X, -1), RuntimeError, ("non-negative", "-1")),
        Illegal(Call(X, [3, -1]), RuntimeError, ("non-negative", "[3, -1]")),
        Illegal(Call(X, 1, 5), IndexError, ("[-2, 1]", "5")),
        Illegal(Call(NUMBER, 1), RuntimeError, ("split", "1-dimensional")))),
    Op("chunk", chunks(), path="", illegal=(Illegal(Call(X, 0), RuntimeError, ("chunk", "greater than 0")),)),
    Op("unbind", unbinds(), path="", illegal=(Illegal(Call(NUMBER), IndexError, ("no dimensions",)),)),
    Op("narrow", narrows(), path="", illegal=(
        Illegal(Call(X, 1, 2, 2), RuntimeError, ("start (2) + length (2) exceeds dimension size (3)",)),
        Illegal(Call(X, 1, 1, -1), RuntimeError, ("length must be non-negative",)))),
    Op("select", selects(), path="", illegal=(
        Illegal(Call(X, 1, 3), IndexError, ("select()", "3 out of range", "[2, 3]", "dimension 1")),
        Illegal(Call(X, 1, -4), IndexError, ("select()", "-4 out of range", "[2, 3]", "dimension 1")))),
    Op("flip", flips(), path="", illegal=(
        Illegal(Call(X, (0, 0)), RuntimeError, ("dim 0 appears multiple times",)),
        Illegal(Call(X, (3,)), IndexError, ("[-2, 1]", "3")))),
    Op("fliplr", numbers(shapes(2, 3), kinds=KINDS).map(Call), path=""),
    Op("flipud", numbers(shapes(1, 3), kinds=KINDS).map(Call), path=""),
    Op("roll", rolls(), path="", illegal=(
        Illegal(Call(X, (1, 2), 0), RuntimeError, ("shifts and dimensions must align", "2", "1")),
        Illegal(Call(X, 1, (0, 1)), RuntimeError, ("shifts and dimensions must align", "1", "2")),
        Illegal(Call(X, (1, 2)), RuntimeError, ("shifts and dimensions must align", "2", "0")))),
    Op("tril", triangles(), path="", illegal=(Illegal(Call(X[0]), RuntimeError, ("tril", "at least 2")),)),
    Op("triu", triangles(), path="", illegal=(Illegal(Call(X[0]), RuntimeError, ("triu", "at least 2")),)),
    Op("diag", diags(), path="", illegal=(Illegal(Call(W), RuntimeError, ("diag()", "1D or 2D", "3D")),)),
    Op("diagonal", diagonals(), path="",
       illegal=(Illegal(Call(X, 0, 1, -1), RuntimeError, ("dimensions cannot be identical",)),)),
    Op("writing into a view", chains(with_expand=False), both=write_view),
    Op("writing into the base of a view", chains(with_expand=True), both=write_base, detaches=True),
    Op("writing into base and view", chains(with_expand=False), both=write_both, detaches=True),
    Op("writing into parts", parts(), both=write_parts),
]  # fmt: skip

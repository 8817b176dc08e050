"""Records of indexing and assignment, of gather and scatter, of masks, and of order."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, integers, options, shapes
from .record import Call, Illegal, Op
from .reduce import X, bad_dims, numbers, one

KINDS = ("normal", "strided", "ties")
INDEX = (np.int64, np.int32)


@st.composite
def basics(draw, extent):
    """An int or a slice with bounds inside and outside, in any order."""
    if extent and draw(st.booleans()):
        return draw(st.integers(-extent, extent - 1))
    bound = st.none() | st.integers(-extent - 2, extent + 2)
    return slice(draw(bound), draw(bound), draw(st.none() | st.integers(1, 3)))


@st.composite
def indices(draw, shape, repeated=True, allow_lists=True):
    """An index of an array: ints, slices, None, one ..., masks, index tensors (also 0-d), lists, True and False."""
    together = draw(shapes(0, 2, low=0 if min(shape, default=1) == 0 else 1, high=3))  # index tensors broadcast to this
    parts, axis = [], 0
    advanced, masks = draw(st.booleans()), 0
    while axis < len(shape) and draw(st.integers(0, 7)):
        extent, kind = shape[axis], draw(st.sampled_from(["basic", "basic", "all", "tensor", "mask", "list"]))
        axis += 1
        if kind == "all":
            parts.append(slice(None))
        elif kind == "basic" or not advanced:
            parts.append(draw(basics(extent)))
        elif kind == "mask" and not masks and not any(isinstance(p, (np.ndarray, list)) for p in parts):
            more = draw(st.integers(0, len(shape) - axis))
            parts.append(draw(integers(shape[axis - 1 : axis + more], 0, 2)) == 1)
            axis, masks, advanced = axis + more, 1, False  # how many it picks is only known to those who look
        elif extent:
            own = tuple(draw(st.sampled_from([1, n])) for n in together)[draw(st.integers(0, len(together))) :]
            if not repeated:
                own = (1,) * len(own)
            where = draw(integers(own, -extent, extent)).astype(draw(st.sampled_from(INDEX)))
            parts.append(where.tolist() if kind == "list" and allow_lists and where.ndim == 1 else where)
        else:
            parts.append(slice(None))
    if draw(st.integers(0, 9)) == 0 and advanced:
        parts.insert(draw(st.integers(0, len(parts))), draw(st.booleans()))
    for _ in range(draw(st.integers(0, 2))):
        parts.insert(draw(st.integers(0, len(parts))), None)
    if draw(st.integers(0, 3)) == 0:
        parts.append(...)
    if len(parts) == 1 and draw(st.booleans()):
        return parts[0]
    return tuple(parts)


@st.composite
def behind_dots(draw, shape):
    """An index that begins with ... and takes the last axes."""
    count = draw(st.integers(0, len(shape)))
    tail = [draw(basics(n)) for n in shape[len(shape) - count :]]
    if count and shape[-1] and draw(st.booleans()):
        tail[-1] = draw(integers((2,), -shape[-1], shape[-1]))
    head = [draw(basics(shape[0]))] if count < len(shape) and draw(st.booleans()) else []
    return (*head, ..., *tail)


@st.composite
def beside_tensors(draw, shape):
    """Index tensors and lists that name places repeatedly, with integers, slices and None between them."""
    if not shape or min(shape) == 0:
        return ()
    together = draw(st.sampled_from([(3,), (5,), (2, 3), ()]))
    kinds = [draw(st.sampled_from(["tensor", "tensor", "int", "slice", "all"])) for _ in shape]
    kinds[draw(st.integers(0, len(shape) - 1))] = "tensor"
    parts = []
    for extent, kind in zip(shape, kinds):
        if kind == "tensor":
            where = draw(integers(together[draw(st.integers(0, len(together))) :], -extent, extent))
            parts.append(where.tolist() if where.ndim == 1 and draw(st.booleans()) else where)
        else:
            number, part = st.integers(-extent, extent - 1), st.builds(slice, st.none(), st.none(), st.integers(1, 2))
            parts.append(draw({"int": number, "slice": part, "all": st.just(slice(None))}[kind]))
    if draw(st.booleans()):
        parts.insert(draw(st.integers(0, len(parts))), None)
    return tuple(parts)


def any_index(shape, repeated=True):
    found = indices(shape, repeated=repeated) | behind_dots(shape)
    return found | beside_tensors(shape) | beside_tensors(shape) if repeated else found


@st.composite
def reads(draw):
    x = draw(numbers(shapes(0, 4, low=0, high=4), kinds=KINDS))
    return Call(x, draw(any_index(x.shape)))


@st.composite
def writes(draw):
    """x, an index that does not repeat a place, and a value: a number, or a tensor that broadcasts."""
    x = draw(numbers(shapes(0, 4, low=0, high=4), kinds=KINDS))
    mask = integers(x.shape, 0, 2).map(lambda numbers: numbers == 1)
    index = draw(mask) if draw(st.integers(0, 9)) == 9 and x.ndim else draw(any_index(x.shape, repeated=False))
    if isinstance(index, tuple) and isinstance(index[-1:], tuple) and index and isinstance(index[-1], np.ndarray):
        if index[-1].dtype.kind == "i" and index[-1].size > 1:
            index = (*index[:-1], index[-1][..., :1])
    if x.ndim and draw(st.integers(0, 5)) == 0:  # one number wherever a mask is True: dtypes need not agree
        first = draw(st.integers(0, x.ndim - 1))
        mask = draw(integers(x.shape[first : draw(st.integers(first + 1, x.ndim))], 0, 2)) == 1
        number = draw(integers(st.sampled_from([(), (1,), (1, 1)]), 0, 2))
        return Call(x, (*[slice(None)] * first, mask), number)
    where = picked(x.shape, index)
    if draw(st.booleans()):
        number = draw(st.sampled_from([0, 1, True, -1.5, 2.5]))
        return Call(x, index, number if x.dtype.kind == "f" or number in (0, 1) else 1)
    shape = [draw(st.sampled_from([1, n])) for n in where][draw(st.integers(0, len(where))) :]
    shape = (1,) * draw(st.integers(0, 2)) + tuple(shape)
    value = draw(arrays(shape)) if x.dtype.kind == "f" else draw(integers(shape, 0, 2)).astype(x.dtype)
    return Call(x, index, value)


def picked(shape, index):
    """The shape of what an index picks, told by torch."""
    import torch

    convert = lambda a: torch.from_numpy(a) if a.ndim else torch.tensor(a.item())
    return tuple(torch.zeros(shape)[Call(index).map(convert).args[0]].shape)


def read(input, index):
    return input[index]


def write(input, index, value):
    """Assign to a copy."""
    out = input.clone()
    out[index] = value
    return out


def write_view(input, index, value):
    """Assign through a view of a view."""
    base = input.clone()
    view = base.transpose(0, -1).transpose(0, -1)
    view[index] = value
    return base, view * 1


# ----------------------------------------------------------------------------------------------------- places


@st.composite
def placed(draw, repeated=True, values=None, low=0):
    """input, dim, index (not larger than input but along dim), and src (as large as index)."""
    shape = draw(shapes(0, 3, low=low, high=4))
    x = draw(numbers(st.just(shape), kinds=KINDS, whole=values is None))
    dim = draw(one(x.ndim))
    extent = shape[dim] if shape else 1
    own = [draw(st.just(n) | extents(0, n)) for n in shape]
    if shape:
        own[dim] = draw(st.just(extent + 2) | extents(0, extent + 2)) if repeated else draw(extents(0, extent))
    own = tuple(own) if extent else tuple(0 for _ in shape)
    if draw(st.integers(0, 9)) == 0:  # of an index of nothing the shape does not matter
        own = draw(st.sampled_from([(0,), (5, 0), (0, 5), (3, 0, 2)]))
        index = np.zeros(own)
    elif repeated:
        index = draw(integers(own, 0, max(extent, 1)))
    else:  # a random order along dim
        random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
        full = [extent if a == dim % max(len(own), 1) else n for a, n in enumerate(own)]
        index = np.argsort(random.rand(*full), axis=dim) if own else np.zeros((), np.int64)
        index = index[tuple(slice(n) for n in own)]
    call = [x, dim, np.asarray(index, draw(st.sampled_from(INDEX)))]
    if values == "src":
        call.append(draw(arrays(own)))  # faults.part_of_src
    return Call(*call)


@st.composite
def parted(draw, **how):
    """Of a larger src, the part that is as large as index."""
    call = draw(placed(**how, values="src"))
    return Call(*call.args[:3], draw(arrays(tuple(n + draw(extents(0, 2)) for n in call.args[3].shape))))


@st.composite
def selected(draw):
    x = draw(numbers(shapes(0, 3, low=1, high=4), kinds=KINDS))
    dim = draw(one(x.ndim))
    count = draw(st.sampled_from([(), (0,), (1,), (3,), (6,)])) if x.ndim else (1,)
    index = draw(integers(count, 0, x.shape[dim] if x.ndim else 1))
    return Call(x, dim, index.astype(draw(st.sampled_from(INDEX))))


@st.composite
def index_adds(draw):
    x = draw(arrays(shapes(1, 3, low=1, high=4) | shapes(0, 3, low=1, high=4)))
    dim = draw(one(x.ndim))
    index = draw(integers((draw(extents(0, 5)) if x.ndim else 1,), 0, x.shape[dim] if x.ndim else 1))
    shape = list(x.shape)
    if shape:
        shape[dim] = len(index)
    return Call(x, dim, index, draw(arrays(tuple(shape))), **draw(options(alpha=st.sampled_from([2, -0.5]))))


@st.composite
def takes(draw):
    x = draw(arrays(shapes(1, 3, low=1, high=4)))
    if draw(st.integers(0, 3)) == 0:
        return Call(np.ascontiguousarray(x), draw(integers(shapes(1, 2), 0, x.size)))  # faults.strided_take
    dim = draw(one(x.ndim))
    shape = [draw(st.sampled_from([1, n])) if x.shape[a] != 1 else draw(extents(1, 3)) for a, n in enumerate(x.shape)]
    shape[dim] = draw(extents(0, 4))
    return Call(x, draw(integers(tuple(shape), -x.shape[dim], x.shape[dim])), dim)


@st.composite
def masked(draw, value=False):
    shape = draw(shapes(0, 4, low=0, high=4))
    own = [[draw(st.sampled_from([1, n, n])) for n in shape][draw(st.integers(0, len(shape))) :] for _ in range(2)]
    x = draw(numbers(st.just(tuple(own[0])), kinds=KINDS))
    mask = np.asarray(draw(integers(tuple(own[1]), 0, 2)), bool)
    if not value:
        return Call(x, mask)
    number = draw(st.sampled_from([0, 1, 2.5, -1.0, float("-inf")])) if x.dtype.kind == "f" else 1
    return Call(x, mask, draw(arrays(())) if x.dtype.kind == "f" and draw(st.booleans()) else number)


@st.composite
def nonzeros(draw):
    x = draw(numbers(shapes(0, 4, low=0, high=4), kinds=("ties", "strided", "special")))
    return Call(x, **draw(options(as_tuple=st.booleans())))


@st.composite
def ordered(draw, name):
    kinds = ("normal", "negative", "strided")  # of equal numbers any may come first, says the documentation
    stable = name != "topk" and draw(st.booleans())
    x = draw(numbers(shapes(0, 3, low=0, high=6), kinds=(*kinds, "ties", "special") if stable else kinds, whole=stable))
    kwargs = {"stable": True} if stable else {}
    kwargs |= draw(options(dim=one(x.ndim), descending=st.booleans()))
    if name == "topk":
        kwargs.pop("descending", None)
        kwargs |= draw(options(largest=st.booleans(), sorted=st.just(True)))  # see "topk in any order"
        extent = x.shape[kwargs.get("dim", -1)] if x.ndim else 1
        return Call(x, draw(st.integers(0, extent)), **kwargs)
    return Call(x, **kwargs)


@st.composite
def medians(draw):
    x = draw(numbers(shapes(0, 3, low=1, high=6), kinds=("normal", "negative", "strided", "special"), whole=False))
    if draw(st.booleans()):
        return Call(draw(arrays(shapes(0, 3, low=0, high=4), kinds=("ties", "special"))))
    return Call(x, draw(one(x.ndim)), **draw(options(keepdim=st.booleans())))


@st.composite
def with_equals(draw, name):
    """Calls of sort, topk and median along an axis, with equal numbers."""
    x = draw(numbers(shapes(0, 3, low=1, high=6), kinds=("ties", "special"), whole=name == "sort"))
    if name == "topk":
        return Call(x, draw(st.integers(0, x.shape[-1] if x.ndim else 1)), **draw(options(largest=st.booleans())))
    return Call(x, **({"dim": draw(one(x.ndim))} if name == "median" else draw(options(descending=st.booleans()))))


def values(name):
    """The values that a method gives, without the indices."""
    return lambda input, *args, **kwargs: getattr(input, name)(*args, **kwargs)[0]


def in_any_order(input, k, dim=-1, largest=True, sorted=False):
    """topk(sorted=False), whose order torch leaves open, in order."""
    return input.topk(k, dim, largest, sorted=False)[0].sort(dim)[0]


@st.composite
def uniques(draw):
    along = draw(st.booleans())
    kinds = ("ties", "strided") if along else ("special", "ties", "strided", "special")  # nan gives slices no order
    x = draw(numbers(shapes(0, 3, low=int(along), high=4), kinds=kinds))
    kwargs = draw(options(sorted=st.booleans(), return_inverse=st.booleans(), return_counts=st.booleans()))
    if along and x.ndim:
        kwargs["dim"] = draw(one(x.ndim))
    return Call(x, **kwargs)


W = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
NUMBER = np.array(2.0, np.float32)
PAIR = np.array([0, 1])
COLUMN = np.array([[0], [1]])
LONG = np.zeros((2, 3), np.int64)

READ = (
    Illegal(Call(W, 2), IndexError, ("index 2 is out of bounds for dimension 0 with size 2",)),
    Illegal(Call(W, (..., 4)), IndexError, ("index 4 is out of bounds for dimension 2 with size 4",)),
    Illegal(Call(W, (0, -9)), IndexError, ("index -9 is out of bounds for dimension 1 with size 3",)),
    Illegal(Call(W, np.array([5, 0])), IndexError, ("index 5 is out of bounds for dimension 0 with size 2",)),
    Illegal(Call(W, (np.ones((2, 3), bool), 9)), IndexError, ("index 9 is out of bounds for dimension 2 with size 4",)),
    Illegal(Call(W, (PAIR, 9)), IndexError, ("index 9 is out of bounds for dimension 1 with size 3",)),
    Illegal(Call(W, (slice(None), np.array([-4]))), IndexError, ("index -4 is out of bounds for dimension 1",)),
    Illegal(Call(W, slice(None, None, -1)), ValueError, ("step must be greater than zero", "flip")),
    Illegal(Call(W, slice(None, None, 0)), ValueError, ("slice step cannot be zero",)),
    Illegal(Call(W, (0, 0, 0, 0)), IndexError, ("too many indices for tensor of dimension 3",)),
    Illegal(Call(NUMBER, 0), IndexError, ("0-dim tensor", "item()")),
    Illegal(Call(W, 1.5), IndexError, ("valid indices", "float")),
    Illegal(Call(W, "a"), IndexError, ("valid indices", "str")),
    Illegal(
        Call(W, np.array([0.5])), IndexError, ("tensors used as indices must be long, int, byte or bool", "Double")
    ),
    Illegal(Call(W, PAIR.astype(np.int8)), IndexError, ("must be long, int, byte or bool", "Char")),
    Illegal(Call(W, np.ones(4, bool)), IndexError, ("shape of the mask [4] at index 0", "[2, 3, 4]")),
    Illegal(Call(W, np.ones((2, 4), bool)), IndexError, ("shape of the mask [2, 4]", "[2, 3, 4]")),
    Illegal(Call(W, (PAIR, np.array([0, 1, 2]))), IndexError, ("indexing tensors could not be broadcast together",)),
)

WRITE = (
    Illegal(Call(X, 5, 1), IndexError, ("index 5 is out of bounds for dimension 0 with size 2",)),
    Illegal(Call(X, np.array([5]), 1), IndexError, ("index 5 is out of bounds for dimension 0 with size 2",)),
    Illegal(Call(X, 0, np.ones(2)), RuntimeError, ("[2]", "[3]")),
    Illegal(Call(X, PAIR, np.ones(2, np.float32)), RuntimeError, ("[2] cannot be broadcast", "[2, 3]")),
    Illegal(Call(X, 0, [1, 2, 3]), TypeError, ("can't assign a list to a torch.FloatTensor",)),
    Illegal(Call(X, 0, "a"), TypeError, ("can't assign a str",)),
    Illegal(Call(LONG, PAIR, np.ones(3)), RuntimeError, ("dtypes match", "Long for the destination", "Double")),
    Illegal(Call(LONG, LONG == 0, np.ones(6)), RuntimeError, ("dtypes match", "Long for the destination", "Double")),
    Illegal(Call(LONG, (PAIR == 0, PAIR[:1]), np.array(3.0)), RuntimeError, ("dtypes match", "Long", "Float")),
    Illegal(Call(LONG, PAIR, np.array(3.0)), RuntimeError, ("dtypes match", "Long for the destination", "Float")),
    Illegal(Call(LONG, 0, float("nan")), RuntimeError, ("nan", "converted to type int64")),
    Illegal(Call(LONG, 0, 1e30), RuntimeError, ("1e+30", "converted to type int64")),
    Illegal(Call(X, slice(None, None, -1), 1), ValueError, ("step must be greater than zero",)),
)

RECORDS = [
    Op("index", reads(), both=read, illegal=READ),
    Op("assignment", writes(), both=write, illegal=WRITE),
    Op("assignment to a view", writes(), both=write_view),
    Op("gather", placed(), path="", illegal=(
        Illegal(Call(X, 1, np.array([0])), RuntimeError, ("gather()", "same number of dimensions")),
        Illegal(Call(X, 1, np.array([[5, 7]])), RuntimeError, ("index 5 is out of bounds", "dimension 1 with size 3")),
        Illegal(Call(X, 1, np.array([[-1]])), RuntimeError, ("index -1 is out of bounds",)),
        Illegal(Call(X, 1, np.array([[0, 2, 3]])), RuntimeError, ("index 3 is out of bounds",)),
        Illegal(Call(X, 1, np.array([[0, -1]])), RuntimeError, ("index -1 is out of bounds",)),
        Illegal(Call(X, 1, LONG.T), RuntimeError, ("dimension 0", "[3, 2]", "[2, 3] apart from dimension 1")),
        Illegal(Call(X, 1, np.zeros((1, 1))), RuntimeError, ("gather()", "int32/int64 for index")),
        Illegal(Call(X, 5, COLUMN), IndexError, ("[-2, 1]", "5")))),
    Op("scatter", placed(repeated=False, values="src"), path="", illegal=(
        Illegal(Call(X, 1, np.array([[7]]), 1), RuntimeError, ("index 7 is out of bounds for dimension 1",)),
        Illegal(Call(X, 1, np.array([7]), 1), RuntimeError, ("same number of dimensions",)),
        Illegal(Call(X, 1, COLUMN, COLUMN), RuntimeError, ("self.dtype to be equal to src.dtype",)),
        Illegal(Call(X, 1, LONG, X[:, :1]), RuntimeError, ("[2, 3]", "no larger than src [2, 1]")),
        Illegal(Call(X, 1, COLUMN, X, reduce="add"), NotImplementedError, ("reduce='add'", "scatter_add")))),
    Op("scatter of a number", placed(repeated=False, values="none").flatmap(
        lambda call: st.sampled_from([Call(*call.args, 2), Call(*call.args, value=-1)])),
       "scatter", "scatter", path=""),
    Op("scatter_add", placed(values="src"), path="", illegal=(
        Illegal(Call(X, 1, COLUMN, 1.0), TypeError, ("scatter_add()", "src", "must be Tensor", "float")),
        Illegal(Call(X, 1, np.array([[3]]), X), RuntimeError, ("index 3 is out of bounds",)))),
    Op("index_select", selected(), path="", illegal=(
        Illegal(Call(X, 5, PAIR), IndexError, ("[-2, 1]", "5")),
        Illegal(Call(X, 0, np.array([9])), IndexError, ("index 9 is out of bounds for dimension 0",)),
        Illegal(Call(X, 0, np.array([-1])), IndexError, ("index -1 is out of bounds",)),
        Illegal(Call(NUMBER, 0, np.array([1])), IndexError, ("index 1 is out of bounds for dimension 0 with size 1",)),
        Illegal(Call(X, 0, COLUMN), IndexError, ("index_select()", "vector")),
        Illegal(Call(X, 0, np.array([1.0])), RuntimeError, ("index_select()", "int32 or int64 for index")))),
    Op("index_add", index_adds(), path="", illegal=(
        Illegal(Call(X, 0, PAIR, np.ones((3, 3), np.float32)), RuntimeError, ("index_add()", "Number of indices (2)")),
        Illegal(Call(X, 0, COLUMN, X), IndexError, ("index_add()", "vector")),
        Illegal(Call(X, 0, np.ones(2), X), RuntimeError, ("index_add()", "int32 or int64 for index")),
        Illegal(Call(NUMBER, 0, np.array([1]), NUMBER), RuntimeError, ("index 1 is out of bounds for dimension 0",)),
        Illegal(Call(X, 0, np.array([9, 0]), X), RuntimeError, ("index 9 is out of bounds for dimension 0",)))),
    Op("take_along_dim", takes(), path="", illegal=(
        Illegal(Call(X, PAIR, 0), RuntimeError, ("take_along_dim()", "same number of dimensions", "2", "1")),
        Illegal(Call(X, np.array([[3]]), 1), RuntimeError, ("index 3 is out of bounds",)))),
    Op("masked_fill", masked(value=True), path="", illegal=(
        Illegal(Call(X, LONG, 1), RuntimeError, ("masked_fill", "boolean masks", "int64")),
        Illegal(Call(X, X > 0, np.ones(1, np.float32)), RuntimeError, ("0-dimensional value tensor", "1 dimension")))),
    Op("masked_select", masked(), path="", illegal=(
        Illegal(Call(X, LONG), RuntimeError, ("masked_select", "BoolTensor")),
        Illegal(Call(X, np.ones(4, bool)), RuntimeError, ("[2, 3]", "[4]", "broadcast")))),
    Op("nonzero", nonzeros(), path=""),
    Op("sort", ordered("sort"), path="", illegal=bad_dims()),
    Op("argsort", ordered("sort"), path="", illegal=bad_dims()),
    Op("topk", ordered("topk"), path="", illegal=(
        Illegal(Call(X, 5), RuntimeError, ("topk", "k out of range", "5", "3")),
        Illegal(Call(X, -1), RuntimeError, ("k out of range",)))),
    Op("median", medians(), path="", illegal=(
        *bad_dims(), Illegal(Call(X[:, :0], 1), IndexError, ("median()", "dim 1", "non-zero size")))),
    Op("unique", uniques(), path="", gradients=False),  # torch has none
    *[Op(f"values of {name}", with_equals(name), both=values(name), gradients=False)
      for name in ("sort", "topk", "median")],
    Op("topk in any order", ordered("topk"), both=in_any_order, gradients=False),
    Op("scatter of a part", parted(repeated=False), "scatter", "scatter", path="", gradients=False),
    Op("scatter_add of a part", parted(), "scatter_add", "scatter_add", path="", gradients=False),
]  # fmt: skip

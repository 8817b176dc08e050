"""Reading and writing at places that an index tensor lists along one axis, or that a mask marks.

    gather       y[i, j, k] = x[i, index[i, j, k], k]          (dim = 1)
    scatter      y = x, but y[i, index[i, j, k], k] = src[i, j, k]
    scatter_add  y = x, but y[i, index[i, j, k], k] += src[i, j, k]

`gather` and `scatter_add` are each other's gradient. Unlike an index in brackets, `index` has as many axes as x, may be
smaller than x on the other axes, and must not be negative.

Twin:  torch.gather, torch.scatter, torch.scatter_add, torch.index_select, torch.index_add, torch.take_along_dim,
       torch.masked_fill, torch.masked_select, torch.nonzero
"""

import numpy as np

from ..autograd import op, wrap
from ..dtypes import number_as
from .axes import one_axis
from .index import add_at, placed
from .shape import expand, reshape

__all__ = ["gather", "index_add", "index_select", "masked_fill", "masked_select", "nonzero", "scatter", "scatter_add",
           "take_along_dim"]  # fmt: skip


def _check_range(index, axis, extent, error=RuntimeError):
    if index.size and (index.min() < 0 or index.max() >= extent):
        wrong = index[(index < 0) | (index >= extent)].flat[0]
        raise error(f"index {wrong} is out of bounds for dimension {axis} with size {extent}")


def _places(name, input, dim, index, src=None):
    """The places that index means, as NumPy's index for np.atleast_1d(input); RuntimeError if they do not fit."""
    axis, x = one_axis(dim, input.ndim), np.atleast_1d(input)
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index")
    if index.size == 0:
        return (np.zeros(index.shape, np.int64),) * x.ndim
    for what, array in (("input", input), ("src", src)):
        if array is None:
            continue
        if max(array.ndim, 1) != max(index.ndim, 1):
            raise RuntimeError(
                f"{name}(): Index tensor must have the same number of dimensions as {what} tensor: index has shape "
                f"{list(index.shape)}, {what} {list(array.shape)}"
            )
        for a, (n, extent) in enumerate(zip(index.shape, array.shape)):
            if n > extent and (a != axis or what == "src"):
                raise RuntimeError(
                    f"{name}(): Size does not match at dimension {a}: expected index {list(index.shape)} to be no "
                    f"larger than {what} {list(array.shape)}" + f" apart from dimension {axis}" * (what == "input")
                )
    _check_range(index, axis, x.shape[axis])
    index = np.atleast_1d(index)
    places = list(np.indices(index.shape, sparse=True))
    places[axis] = index
    return tuple(places)


@op(memory="contiguous")
def gather(input, dim, index, *, sparse_grad=False):
    """y[..., j, ...] = input[..., index[..., j, ...], ...] along dim; y has the shape of index.

    >>> scores = torch.tensor([[1, 2, 3], [4, 5, 6]])
    >>> torch.gather(scores, 1, torch.tensor([[2], [0]]))  # one of each row
    tensor([[3],
            [4]])
    """
    if sparse_grad:
        raise NotImplementedError("gather(): minitorch_edu has no sparse tensors (sparse_grad=True)")
    shape, places = input.shape, _places("gather", input, dim, index)

    def grad_input(g):
        return add_at(np.zeros(shape or (1,), g.dtype), places, g).reshape(shape)

    return np.atleast_1d(input)[places].reshape(index.shape), {"input": grad_input, "index": None}


def _src_part(index):
    """The part of src that is used: its first numbers on each axis, as many as index has."""
    return tuple(slice(extent) for extent in index.shape)


@op(name=lambda out, input, dim, index, src=None, **rest: f"ScatterBackward{int(not isinstance(src, np.ndarray))}")
def scatter(input, dim, index, src=None, *, value=None, reduce=None):
    """A copy of input where src (a tensor or a number; or value=number) is written to the places in index along dim.

    >>> torch.scatter(torch.zeros(2, 3), 1, torch.tensor([[2], [0]]), 1.0)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    if reduce is not None:
        raise NotImplementedError(f"scatter(): minitorch_edu has no reduce={reduce!r}; use scatter_add")
    src = value if src is None else src
    tensor = src if isinstance(src, np.ndarray) else None
    if tensor is not None and tensor.dtype != input.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    places, used = _places("scatter", input, dim, index, tensor), _src_part(index)
    y = np.atleast_1d(input).copy()
    y[places] = number_as(src, input.dtype) if tensor is None else tensor[used]

    def grad_input(g):
        g = np.atleast_1d(g).copy()
        g[places] = 0
        return g.reshape(shape)

    def grad_src(g):
        whole = np.zeros(src_shape, g.dtype)
        whole[used] = np.atleast_1d(g)[places].reshape(whole[used].shape)
        return whole

    shape, src_shape = input.shape, None if tensor is None else tensor.shape
    return y.reshape(shape), {"input": grad_input, "src": grad_src, "index": None}


@op
def scatter_add(input, dim, index, src):
    """A copy of input to which src is added at the places in index along dim; repeated places add up.

    >>> torch.scatter_add(torch.zeros(3), 0, torch.tensor([0, 0, 2]), torch.tensor([1.0, 2.0, 5.0]))
    tensor([3., 0., 5.])
    """
    if not isinstance(src, np.ndarray):
        raise TypeError(f"scatter_add(): argument 'src' (position 4) must be Tensor, not {type(src).__name__}")
    if src.dtype != input.dtype:
        raise RuntimeError("scatter_add(): Expected self.dtype to be equal to src.dtype")
    places, used = _places("scatter_add", input, dim, index, src), _src_part(index)
    shape, src_shape = input.shape, src.shape

    def grad_src(g):
        whole = np.zeros(src_shape, g.dtype)
        whole[used] = np.atleast_1d(g)[places].reshape(whole[used].shape)
        return whole

    y = add_at(np.atleast_1d(input).copy(), places, src[used]).reshape(shape)
    return y, {"input": lambda g: g, "src": grad_src, "index": None}


# ---------------------------------------------------------------------------------------- whole slices of an axis


def _check_vector(name, index):
    if index.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index")
    if index.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, got shape {list(index.shape)}")


@op
def index_select(input, dim, index):
    """The slices of input at the places in the vector index along dim, in that order.

    >>> torch.index_select(torch.tensor([[1, 2, 3], [4, 5, 6]]), 1, torch.tensor([2, 0]))
    tensor([[3, 1],
            [6, 4]])
    """
    _check_vector("index_select", index)
    shape, axis = input.shape, one_axis(dim, input.ndim)
    if not shape and index.size != 1:
        raise RuntimeError(f"index_select(): Index to scalar can have only 1 value, got {index.size} value(s)")
    _check_range(index, axis, (shape or (1,))[axis], IndexError)
    place = (*[slice(None)] * axis, index.reshape(-1))
    y = np.asarray(np.atleast_1d(input)[place], order="C")

    def grad_input(g):
        return add_at(np.zeros(shape or (1,), g.dtype), place, np.atleast_1d(g)).reshape(shape)

    return y if shape else y.reshape(()), {"input": grad_input, "index": None}


@op
def index_add(input, dim, index, source, *, alpha=1):
    """A copy of input to which alpha * (slices of source) are added at the places in the vector index along dim.

    >>> torch.index_add(torch.tensor([10, 20, 30]), 0, torch.tensor([0, 0, 2]), torch.tensor([1, 2, 5]))
    tensor([13, 20, 35])
    """
    _check_vector("index_add", index)
    axis, count = one_axis(dim, input.ndim), index.size
    if source.ndim != input.ndim or (source.shape or (1,))[axis] != count:
        raise RuntimeError(
            f"index_add(): Number of indices ({count}) should be equal to source.size(dim): source has shape "
            f"{list(source.shape)}, input {list(input.shape)}, for dim: {axis}"
        )
    if source.dtype != input.dtype:
        raise RuntimeError("index_add(): self and source expected to have the same dtype")
    _check_range(index, axis, (input.shape or (1,))[axis])
    place, shape, source_shape = (*[slice(None)] * axis, index.reshape(-1)), input.shape, source.shape
    if tuple(n for a, n in enumerate(source_shape) if a != axis) != tuple(n for a, n in enumerate(shape) if a != axis):
        raise RuntimeError(
            f"index_add(): source of shape {list(source_shape)} must have the shape of input, {list(shape)}, but at "
            f"dim {axis}"
        )
    y = add_at(np.atleast_1d(input).copy(), place, np.atleast_1d(source * number_as(alpha, source.dtype))).reshape(
        shape
    )

    def grad_source(g):
        return (np.atleast_1d(g)[place] * alpha).reshape(source_shape)

    return y, {"input": lambda g: g, "source": grad_source, "index": None}


def take_along_dim(input, indices, dim=None):
    """`gather` whose arguments broadcast on the other axes, and whose indices may be negative; dim=None: as if flat.

    >>> x = torch.tensor([[3, 1, 2], [4, 6, 5]])
    >>> torch.take_along_dim(x, x.argsort(1), 1)  # each row in order
    tensor([[1, 2, 3],
            [4, 5, 6]])
    """
    if dim is None:
        input, indices, dim = reshape(input, (-1,)), reshape(indices, (-1,)), 0
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    axis = one_axis(dim, input.ndim)
    extent = input.shape[axis]
    index = np.where(indices.array < 0, indices.array + extent, indices.array)
    others = [(*array.shape[:axis], 1, *array.shape[axis + 1 :]) for array in (input.array, index)]
    shape = list(np.broadcast_shapes(*others))
    shape[axis] = -1
    return gather(expand(input, shape), axis, expand(wrap(index), shape))


# ----------------------------------------------------------------------------------------------------- masks


@op(name=lambda out, input, mask, value: f"MaskedFillBackward{int(isinstance(value, np.ndarray))}")
def masked_fill(input, mask, value):
    """input where mask is False, value (a number or a 0-d tensor) where it is True; the shapes broadcast.

    >>> x = torch.tensor([1, -2, 3])
    >>> torch.masked_fill(x, x < 0, 0)
    tensor([1, 0, 3])
    """
    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_fill only supports boolean masks, but got mask with dtype {mask.dtype}")
    if isinstance(value, np.ndarray) and value.ndim:
        raise RuntimeError(
            f"masked_fill only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    mask = mask.copy()
    return np.where(mask, number_as(value, input.dtype), input), {
        "input": lambda g: np.where(mask, 0, g),
        "value": lambda g: np.where(mask, g, 0),
    }


@op
def masked_select(input, mask):
    """The numbers where mask is True, one after another; the shapes broadcast.

    >>> x = torch.tensor([[1, 2], [3, 4]])
    >>> torch.masked_select(x, x > 1)
    tensor([2, 3, 4])
    """
    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, got dtype {mask.dtype}")
    try:
        input, mask = np.broadcast_arrays(input, mask)
    except ValueError:
        raise RuntimeError(
            f"masked_select(): input of shape {list(input.shape)} and mask of shape {list(mask.shape)} do not broadcast"
        ) from None
    mask = mask.copy()
    return input[mask], {"input": placed(input.shape, mask)}


@op
def _nonzero(input):
    return np.argwhere(input), {}


def nonzero(input, *, as_tuple=False):
    """The indices of all numbers that are not zero: (count, axes); or, as a tuple, one vector for each axis.

    >>> x = torch.tensor([[0, 7], [8, 0]])
    >>> torch.nonzero(x)
    tensor([[0, 1],
            [1, 0]])
    >>> torch.nonzero(x, as_tuple=True)
    (tensor([0, 1]), tensor([1, 0]))
    """
    places = _nonzero(input)
    if not as_tuple:
        return places
    columns = places.array.T if input.ndim else np.zeros((1, len(places.array)), np.int64)
    return tuple(wrap(column.copy()) for column in columns)

"""Products of matrices and vectors.

    Y = A B        dL/dA = G B^T        dL/dB = A^T G        (A (n, m), B (m, p), Y and G (n, p))

Everything here is this one rule, with batches of matrices in front and with vectors as matrices of one row or column.
RuntimeError if the inner extents or the dtypes differ.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.matmul.html
"""

import math

import numpy as np

from ..autograd import broadcast_error, op, renamed
from ..dtypes import type_name
from ..threads import multiplies_in_place, share

__all__ = ["addmm", "baddbmm", "bmm", "dot", "matmul", "mm", "mv", "outer"]

IN_PLACE = 10**6  # so many multiplications, at most, make a product small


def _check(name, operands, dims):
    """Each operand must have so many axes, and all the same dtype."""
    for (argument, array), dim in zip(operands.items(), dims):
        if array.ndim != dim:
            raise RuntimeError(
                f"{name}(): {argument} must be a {('vector (1-D)', 'matrix (2-D)', '3D tensor')[dim - 1]}, "
                f"got shape {list(array.shape)}"
            )
    kinds = [type_name(array.dtype) for array in operands.values()]
    if len(set(kinds)) > 1:
        raise RuntimeError(f"{name}(): expected {' and '.join(operands)} to have the same dtype, got {kinds}")


def _check_inner(name, a, b):
    if a.shape[-1] != b.shape[-2]:
        shapes = " and ".join("x".join(map(str, x.shape)) for x in (a, b))
        raise RuntimeError(f"{name}(): mat1 and mat2 shapes cannot be multiplied ({shapes})")


def product(a, b):
    """A B of two matrices of one dtype, the rows or the columns of the result shared out over the threads."""
    (n, m), p = a.shape, b.shape[1]
    y = np.empty((n, p), a.dtype)

    def compute(part):
        rows, columns = (part, slice(None)) if n >= p else (slice(None), part)
        np.matmul(a[rows], b[:, columns], out=y[rows, columns])

    share(compute, max(n, p), n * m * p // 16)  # BLAS makes 16 products in the time in which NumPy makes one
    return y


def multiply(a, b, out):
    """out = A B of matrices A (..., M, K), B (..., K, N), by so few of the many rows at a time that BLAS needs no copy.

    BLAS copies both matrices into an order of its own, which pays off for large B only. Small ones it multiplies where
    they lie, if it is an OpenBLAS with kernels for AVX-512: there is the step from 39 to 40 rows of 800 by 800 x 32.
    """
    (many, k), n = a.shape[-2:], b.shape[-1]
    rows = IN_PLACE // (k * n or 1) if multiplies_in_place() else 0
    whole = many // rows * rows if rows >= 8 else 0  # of fewer rows, B would be read too often
    if whole:
        split = lambda m: m[..., :whole, :].reshape(*m.shape[:-2], -1, rows, m.shape[-1])
        np.matmul(split(a), b[..., None, :, :], out=split(out))
    np.matmul(a[..., whole:, :], b, out=out[..., whole:, :])


def sum_rows(a):
    """(R, D) -> (D,): of sqrt(R) rows each by a product with ones, then of these sums, since long chains round more."""

    def compute(part):
        rows = a[part]
        n = max(1, math.isqrt(len(rows)))
        m, d = len(rows) // n, a.shape[1]
        sums = np.ones(n, a.dtype) @ rows[: n * m].reshape(n, m * d)  # of every m-th row
        return sums.reshape(m, d).sum(0) + rows[n * m :].sum(0)

    return sum(share(compute, len(a), a.size // 8))


@op
def mm(input, mat2):
    """Y = A B of two matrices; A (n, m), B (m, p) -> Y (n, p)

    >>> torch.mm(torch.tensor([[1, 2], [3, 4]]), torch.tensor([[0, 1], [1, 0]]))
    tensor([[2, 1],
            [4, 3]])
    """
    a, b = input, mat2
    _check("mm", {"self": a, "mat2": b}, (2, 2))
    _check_inner("mm", a, b)
    return product(a, b), {"input": lambda g: product(g, b.T), "mat2": lambda g: product(a.T, g)}


@op
def mv(input, vec):
    """y = A v; A (n, m), v (m,) -> y (n,)

    >>> torch.mv(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1, 10]))
    tensor([21, 43])
    """
    a, v = input, vec
    _check("mv", {"self": a, "vec": v}, (2, 1))
    if a.shape[1] != len(v):
        raise RuntimeError(
            f"mv(): size mismatch, got input ({len(a)}), mat ({a.shape[0]}x{a.shape[1]}), vec ({len(v)})"
        )
    return a @ v, {"input": lambda g: np.outer(g, v), "vec": lambda g: a.T @ g}


@op
def dot(input, tensor):
    """y = sum of a_i b_i of two vectors; (n,), (n,) -> ()

    >>> torch.dot(torch.tensor([1, 2, 3]), torch.tensor([1, 10, 100]))
    tensor(321)
    """
    a, b = input, tensor
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"dot(): 1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    _check("dot", {"input": a, "tensor": b}, (1, 1))
    if len(a) != len(b):
        raise RuntimeError(
            f"dot(): inconsistent tensor size, expected tensor [{len(a)}] and src [{len(b)}] to have the same number "
            f"of elements, but got {len(a)} and {len(b)} elements respectively"
        )
    return a @ b, {"input": lambda g: g * b, "tensor": lambda g: g * a}


@op
def bmm(input, mat2):
    """Y_n = A_n B_n for each of N pairs; A (N, n, m), B (N, m, p) -> Y (N, n, p)

    >>> rows, columns = torch.tensor([[[1, 2]], [[3, 4]]]), torch.tensor([[[1], [1]], [[10], [10]]])
    >>> torch.bmm(rows, columns).tolist()
    [[[3]], [[70]]]
    """
    a, b = input, mat2
    _check("bmm", {"batch1": a, "batch2": b}, (3, 3))
    if b.shape[:2] != (a.shape[0], a.shape[2]):
        raise RuntimeError(
            "bmm(): Expected size for first two dimensions of batch2 tensor to be: "
            f"[{a.shape[0]}, {a.shape[2]}] but got: {list(b.shape[:2])}."
        )
    return a @ b, {"input": lambda g: g @ b.swapaxes(1, 2), "mat2": lambda g: a.swapaxes(1, 2) @ g}


def matmul(input, other):
    """The product that the number of axes asks for: `dot`, `mv`, `mm`, or matrices in batches that are broadcast.

    A vector on the left is a row, on the right a column, and its axis of 1 is gone from the result.

    >>> torch.matmul(torch.tensor([[1, 2], [3, 4]]), torch.tensor([1, 10]))
    tensor([21, 43])
    >>> (torch.ones(5, 2, 3) @ torch.ones(3, 4)).shape
    torch.Size([5, 2, 4])
    """
    dims = getattr(input, "ndim", None), getattr(other, "ndim", None)
    if dims in ((1, 1), (2, 1), (2, 2)):
        return {(1, 1): dot, (2, 1): mv, (2, 2): mm}[dims](input, other)
    y = _matmul_all(input, other)
    if dims[0] == 2 and input.requires_grad:  # torch multiplies the transposed, transposes it back, and copies it
        renamed(y, "TransposeBackward0" if y.array.swapaxes(-1, -2).flags.c_contiguous else "CloneBackward0")
    return y


def _matmul_name(y, input, other):
    return "SqueezeBackward4" if (input.ndim, other.ndim) == (1, 2) else "UnsafeViewBackward0"


@op(name=_matmul_name)
def _matmul_all(input, other):
    """Y = A B over the last two axes; A (*, n, m), B (*, m, p) -> Y (*, n, p)"""
    if input.ndim == 0 or other.ndim == 0:
        raise RuntimeError(
            f"matmul(): both arguments to matmul need to be at least 1D, but they are {input.ndim}D and {other.ndim}D"
        )
    _check("matmul", {"input": input, "other": other}, ())
    a = input[None] if input.ndim == 1 else input  # (*, n, m)
    b = other[:, None] if other.ndim == 1 else other  # (*, m, p)
    _check_inner("matmul", a, b)
    if error := broadcast_error("matmul", a.shape[:-2], b.shape[:-2]):
        raise error
    shape = (*np.broadcast_shapes(a.shape[:-2], b.shape[:-2]), a.shape[-2], b.shape[-1])  # (*, n, p)
    a_shape, one_b = a.shape, b.ndim == 2
    count = math.prod(a_shape[:-1])
    if one_b:  # one B for all: a single product of (*n, m) with (m, p)
        a = a.reshape(count, a_shape[-1])
    y = (a @ b).reshape(shape)
    vectors = tuple(axis for axis, x in ((-2, input), (-1, other)) if x.ndim == 1)

    def rows(g):
        g = np.expand_dims(g, vectors)  # (*, n, p)
        return g.reshape(count, shape[-1]) if one_b else g

    def grad_input(g):
        product = rows(g) @ b.swapaxes(-1, -2)
        return product.reshape(a_shape) if one_b else product

    def grad_other(g):
        product = a.swapaxes(-1, -2) @ rows(g)
        return product.squeeze(-1) if -1 in vectors else product

    return y.squeeze(vectors), {"input": grad_input, "other": grad_other}


@op(name="MulBackward0")
def outer(input, vec2):
    """Y_ij = a_i b_j of two vectors; (n,), (m,) -> (n, m)

    >>> torch.outer(torch.tensor([1, 2]), torch.tensor([1, 10, 100]))
    tensor([[  1,  10, 100],
            [  2,  20, 200]])
    """
    for name, vector in (("input", input), ("vec2", vec2)):
        if vector.ndim != 1:
            raise RuntimeError(f"outer: Expected 1-D argument {name}, but got {vector.ndim}-D")
    column = input[:, None]  # (n, 1)
    return column * vec2, {"input": lambda g: (g * vec2).sum(1), "vec2": lambda g: (g * column).sum(0)}


def _blend(name, input, product, beta, alpha):
    """beta * input + alpha * product, where input is left out, nan and all, if beta is 0."""
    try:
        np.broadcast_to(input, product.shape)
    except ValueError:
        raise RuntimeError(
            f"{name}(): The expanded size of the tensor {list(product.shape)} must match the existing size "
            f"{list(input.shape)} of input"
        ) from None
    product = product if alpha == 1 else product * alpha
    return product if beta == 0 else product + (input if beta == 1 else input * beta)


@op
def addmm(input, mat1, mat2, *, beta=1, alpha=1):
    """Y = beta * C + alpha * A B; C broadcasts to (n, p), A (n, m), B (m, p) -> Y (n, p)

    >>> torch.addmm(torch.tensor([100, 200]), torch.tensor([[1, 2], [3, 4]]), torch.tensor([[0, 1], [1, 0]]))
    tensor([[102, 201],
            [104, 203]])
    """
    a, b = mat1, mat2
    _check("addmm", {"mat1": a, "mat2": b}, (2, 2))
    _check_inner("addmm", a, b)
    y = _blend("addmm", input, product(a, b), beta, alpha)
    return y, {
        "input": lambda g: g * beta,
        "mat1": lambda g: alpha * product(g, b.T),
        "mat2": lambda g: alpha * product(a.T, g),
    }


@op
def baddbmm(input, batch1, batch2, *, beta=1, alpha=1):
    """Y_n = beta * C_n + alpha * A_n B_n; C broadcasts to (N, n, p), A (N, n, m), B (N, m, p) -> Y (N, n, p)

    >>> rows, columns = torch.tensor([[[1, 2]], [[3, 4]]]), torch.tensor([[[1], [1]], [[10], [10]]])
    >>> torch.baddbmm(torch.tensor([[[1]]]), rows, columns, beta=1000, alpha=2).tolist()
    [[[1006]], [[1140]]]
    """
    a, b = batch1, batch2
    _check("baddbmm", {"batch1": a, "batch2": b}, (3, 3))
    _check_inner("baddbmm", a, b)
    y = _blend("baddbmm", input, a @ b, beta, alpha)
    return y, {
        "input": lambda g: g * beta,
        "batch1": lambda g: alpha * (g @ b.swapaxes(1, 2)),
        "batch2": lambda g: alpha * (a.swapaxes(1, 2) @ g),
    }

"""Records of the products of matrices and vectors."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, extents, options
from .record import Call, Illegal, Op

KINDS = ("normal", "ties", "negative", "strided")
SIZES = extents(0, 5)


@st.composite
def product(draw, *shapes):
    """Tensors whose shapes are named by letters, such as "nm", "mp"; equal letters have equal extents."""
    square = draw(st.integers(2, 4)) if draw(st.integers(0, 2)) == 0 else None  # where a forgotten transpose fits
    extent = {letter: square or draw(SIZES) for letter in "".join(shapes)}
    return Call(*[draw(arrays(tuple(extent[letter] for letter in shape), KINDS)) for shape in shapes])


@st.composite
def batched(draw):
    """A and B of matmul: vectors, matrices, or batches of matrices that broadcast."""
    n, m, p = draw(SIZES), draw(SIZES), draw(SIZES)
    lead = [draw(extents(0, 3)) for _ in range(draw(st.sampled_from([1, 2, 0])))]
    shapes = []
    for matrix, vector in (((n, m), (m,)), ((m, p), (m,))):
        form = draw(st.sampled_from(["batch", "matrix", "vector", "batch"]))
        batch = [1 if draw(st.integers(0, 3)) == 0 else extent for extent in lead]
        batch = batch[draw(st.sampled_from([0, 0, len(lead)])) :]
        shapes.append(vector if form == "vector" else matrix if form == "matrix" else (*batch, *matrix))
    return Call(*[draw(arrays(shape, KINDS)) for shape in shapes])


NUMBERS = st.sampled_from([0, 1, 2, -1.5, 0.5, 0.0])


@st.composite
def blended(draw, batch=False):
    """addmm and baddbmm: C broadcasts to the product; beta=0 leaves even nan out."""
    n, m, p, count = (draw(SIZES) for _ in range(4))
    lead = (count,) if batch else ()
    full = (*lead, n, p)
    ones = tuple(1 if draw(st.booleans()) else extent for extent in full)[draw(st.integers(0, len(full))) :]
    how = draw(options(beta=NUMBERS, alpha=NUMBERS))
    c = draw(arrays(ones, (*KINDS, "special") if how.get("beta") == 0 else KINDS))
    return Call(c, draw(arrays((*lead, n, m), KINDS)), draw(arrays((*lead, m, p), KINDS)), **how)


EQUATIONS = ["ij,jk->ik", "ij,jk", "ij,kj->ki", "bij,bjk->bik", "i,i->", "i,j->ij", "ij->ji", "ij->i", "ij->",
             "ij,j->i", "bi,ij,bj->b", "ij,ij->ij", "ij, j -> ji", "ab,cd->abcd", "ij,jk,kl->il", "ii", "iji->ji",
             "ij,jj->i", "...ij,...jk->...ik", "...i,...i->i...", "i...->...", "...ij,j", "b...,b...->b"]  # fmt: skip


@st.composite
def summed(draw):
    equation = draw(st.sampled_from(EQUATIONS))
    extent = {letter: draw(extents(1, 4)) for letter in sorted(set(equation)) if letter.isalpha()}
    more = draw(st.lists(extents(1, 3), max_size=2))  # the axes of "..."
    operands = []
    for name in equation.replace(" ", "").split("->")[0].split(","):
        own = [draw(st.sampled_from([n, 1])) for n in more[draw(st.integers(0, len(more))) :]]
        head, dots, tail = name.partition("...")
        shape = [extent[letter] for letter in head] + own * bool(dots) + [extent[letter] for letter in tail]
        operands.append(draw(arrays(shape, KINDS)))
    return Call(equation, *operands)


def record(name, calls, *illegal):
    return Op(name, calls, illegal=illegal, path="")


def zeros(*shape):
    return np.zeros(shape)


INT = np.zeros((3, 2), np.int64)
NOT_TENSOR = Illegal(Call(zeros(2, 3), 2.0), TypeError, ("float",))

RECORDS = [
    record(
        "matmul",
        batched(),
        Illegal(
            Call(zeros(2, 3), zeros(2, 3)), RuntimeError, ("mat1 and mat2 shapes cannot be multiplied (2x3 and 2x3)",)
        ),
        Illegal(Call(zeros(4, 2, 3), zeros(2, 3)), RuntimeError, ("cannot be multiplied", "4x2x3 and 2x3")),
        Illegal(Call(zeros(2, 2, 3), zeros(3, 3, 2)), RuntimeError, ("size of tensor a (2)", "tensor b (3)")),
        Illegal(Call(zeros(), zeros(2)), RuntimeError, ("at least 1D", "0D and 1D")),
        Illegal(Call(zeros(2, 2), zeros()), RuntimeError, ("at least 1D", "2D and 0D")),
        Illegal(Call(zeros(2, 3), INT), RuntimeError, ("same dtype", "Double", "Long")),
        Illegal(Call(zeros(4, 2, 3), INT), RuntimeError, ("same dtype", "Double", "Long")),
        NOT_TENSOR,
    ),
    record(
        "mm",
        product("nm", "mp"),
        Illegal(Call(zeros(3), zeros(3)), RuntimeError, ("self must be a matrix", "[3]")),
        Illegal(Call(zeros(2, 3), zeros(2, 3)), RuntimeError, ("cannot be multiplied (2x3 and 2x3)",)),
        Illegal(Call(zeros(2, 3), INT), RuntimeError, ("same dtype", "Double", "Long")),
    ),
    record(
        "mv",
        product("nm", "m"),
        Illegal(Call(zeros(2, 3), zeros(2)), RuntimeError, ("size mismatch", "mat (2x3), vec (2)")),
        Illegal(Call(zeros(2, 3), zeros(3, 1)), RuntimeError, ("vec must be a vector", "[3, 1]")),
        Illegal(Call(zeros(2), zeros(2)), RuntimeError, ("self must be a matrix", "[2]")),
    ),
    record(
        "dot",
        product("n", "n"),
        Illegal(Call(zeros(2, 3), zeros(2)), RuntimeError, ("1D tensors expected", "2D and 1D")),
        Illegal(Call(zeros(2), zeros(3)), RuntimeError, ("inconsistent tensor size", "2 and 3 elements")),
    ),
    record(
        "bmm",
        product("bnm", "bmp"),
        Illegal(Call(zeros(3, 2), zeros(2, 3)), RuntimeError, ("batch1 must be a 3D tensor", "[3, 2]")),
        Illegal(Call(zeros(2, 3, 4), zeros(2, 3, 2)), RuntimeError, ("batch2", "[2, 4]", "[2, 3]")),
    ),
    record("outer", product("n", "m"), Illegal(Call(zeros(2), zeros(2, 2)), RuntimeError, ("1-D", "vec2", "2-D"))),
    record(
        "addmm",
        blended(),
        Illegal(Call(zeros(3), zeros(2, 3), zeros(3, 2)), RuntimeError, ("expanded size", "[2, 2]", "[3]")),
        Illegal(Call(zeros(2), zeros(2, 3), zeros(2, 3)), RuntimeError, ("cannot be multiplied (2x3 and 2x3)",)),
        Illegal(Call(zeros(2), zeros(3), zeros(3, 2)), RuntimeError, ("mat1 must be a matrix", "[3]")),
        Illegal(Call(zeros(2), zeros(2, 3), INT), RuntimeError, ("same dtype", "Double", "Long")),
    ),
    record(
        "baddbmm",
        blended(batch=True),
        Illegal(Call(zeros(2), zeros(2, 3), zeros(3, 2)), RuntimeError, ("batch1", "3D")),
        Illegal(Call(zeros(2), zeros(1, 2, 3), zeros(1, 2, 3)), RuntimeError, ("cannot be multiplied",)),
    ),
    record(
        "einsum",
        summed(),
        Illegal(Call("ii->i", zeros(2, 3)), RuntimeError, ("i is repeated for operand 0", "3 != 2")),
        Illegal(Call(zeros(2, 2), [0, 1]), NotImplementedError, ("no lists", "'ij,jk->ik'")),
        Illegal(Call("i->ii", zeros(2)), RuntimeError, ("output subscript i appears more than once",)),
        Illegal(Call("i->j", zeros(2)), RuntimeError, ("output subscript j does not appear",)),
        Illegal(Call("i.j", zeros(2, 2)), RuntimeError, ("'.'", "'i.j'", "[a-zA-Z]")),
        Illegal(Call("...i,...i", zeros(2, 3), zeros(4, 3)), RuntimeError, ("size 4 for operand 1", "broadcast")),
        Illegal(Call("ii", zeros(2)), RuntimeError, ("subscripts in the equation (2)", "dimensions (1)")),
        Illegal(Call("ij,jk", zeros(2, 2)), RuntimeError, ("fewer operands were provided", "names 2 tensors")),
        Illegal(Call("ij,jk", zeros(2, 3), zeros(2, 3)), RuntimeError, ("subscript j has size 2 for operand 1",)),
        Illegal(Call("ij", zeros(2)), RuntimeError, ("'ij'", "[2]")),
    ),
]

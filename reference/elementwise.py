"""Records of the functions that work element by element, and of the tensors made from nothing."""

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, integers, options, shapes
from .record import Call, Illegal, Op

SPECIAL = ("normal", "ties", "negative", "strided", "special", "large", "tiny")
SMALL = shapes(0, 3, low=0, high=4)


# ------------------------------------------------------------------------------------------------ strategies


def unary(kinds=SPECIAL, low=None, high=None):
    """One float tensor."""
    return arrays(SMALL, kinds, low, high).map(Call)


@st.composite
def broadcastable(draw, count, shape=None):
    """Shapes that broadcast together: axes of 1 in the place of others, leading axes left out."""
    shape = draw(shapes(1, 3, low=0, high=4) | shapes(0, 3, low=0, high=4)) if shape is None else shape
    found = []
    for _ in range(count):
        ones = tuple(1 if draw(st.integers(0, 2)) == 2 else n for n in shape)
        found.append(ones[draw(st.integers(0, len(shape))) if draw(st.integers(0, 2)) == 2 else 0 :])
    return found


NUMBERS = st.sampled_from([0, 1, -1, 2, 3, 0.0, 0.5, -1.5, 2.0, 1e-3, 100.0, True])


NOT_BOOL = NUMBERS.filter(lambda number: number is not True)


@st.composite
def operands(draw, kinds=SPECIAL, low=None, high=None, whole=True, numbers=NUMBERS, swap=True):
    """Two tensors, or a tensor and a number, in either order; whole: one or both of the tensors may hold integers."""
    a, b = draw(broadcastable(2))
    made = []
    for shape in (a, b):
        if whole and draw(st.integers(0, 4)) == 4:
            dtype = draw(st.sampled_from([np.int64, np.int32, np.int16, np.int8, np.uint8]))
            made.append(draw(integers(shape, 0 if dtype is np.uint8 else -9, 10, dtype)))
        else:
            made.append(draw(arrays(shape, kinds, low, high)))
    if numbers is not None and draw(st.integers(0, 2)) == 2:
        made[1] = draw(numbers)
        if swap and draw(st.booleans()):
            made.reverse()
    return made


def binary(**how):
    return operands(**how).map(lambda made: Call(*made))


@st.composite
def summed(draw, numbers=NUMBERS):
    made = draw(operands(kinds=("normal", "ties", "strided", "special"), numbers=numbers, swap=False))
    whole = all(np.asarray(x).dtype.kind in "iub" for x in made)
    alphas = [1, 2, -3] if whole else [1, 2, -3, 0.5, -1.25, 0.0]
    return Call(*made, **draw(options(alpha=st.sampled_from(alphas))))


def _divisible(made):
    """Integers cannot be divided by zero."""
    return any(np.asarray(x).dtype.kind == "f" for x in made) or np.all(made[1])


def divided(**how):
    return operands(**how).filter(_divisible)


@st.composite
def quotients(draw):
    mode = draw(st.sampled_from([None, "trunc", "floor"]))
    made = draw(divided(kinds=("normal", "ties", "strided", "special"), swap=False))
    return Call(*made, **({} if mode is None and draw(st.booleans()) else {"rounding_mode": mode}))


@st.composite
def powers(draw):
    forms = ["zero", "positive", "whole exponent", "zero", "integers", "number", "zero", "base", "any"]
    form = draw(st.sampled_from(forms))
    a, b = draw(broadcastable(2))
    if form in ("zero", "positive"):
        x, n = np.asarray(np.abs(draw(arrays(a, ("ties", "normal", "strided"))))), draw(arrays(b, ("normal", "ties")))
        if form == "zero":  # 0^n is 0 for all n > 0, and so is its slope; for n < 0 both are infinite
            x.flat[:1], n = 0, np.asarray(np.abs(n) * draw(st.sampled_from([1, 1, -0.5])))
        return Call(x, n)
    if form == "any":
        return Call(draw(arrays(a, ("ties", "normal", "special"))), draw(arrays(b, ("normal", "ties"))))
    if form == "whole exponent":
        return Call(draw(arrays(a, ("normal", "ties"))), draw(integers(b, -3, 4)))
    if form == "integers":
        return Call(draw(integers(a, -3, 4)), draw(integers(b, -2, 4) | st.integers(0, 3)))
    if form == "base":
        return Call(draw(st.sampled_from([2, 2.5, 0, 0.0, 1, 10.0])), draw(arrays(b, ("normal", "ties"))))
    exponent = draw(st.sampled_from([0, 1, 2, 3, -1, -2, 0.5, 2.0, -0.5, 1.5, 0.0]))
    low = None if exponent == int(exponent) else draw(st.sampled_from([0.0, 0.0, -100.0]))  # faults.roots_of_infinity
    return Call(draw(arrays(a, ("normal", "ties", "strided", "special"), low)), exponent)


@st.composite
def clamped(draw):
    shape = draw(SMALL)
    x = draw(arrays(shape, SPECIAL))
    if draw(st.booleans()):
        low, high = draw(st.none() | NUMBERS), draw(st.none() | NUMBERS)
        if low is None and high is None:
            low = 0.5
        bounds = {
            key: value for key, value in (("min", low), ("max", high)) if value is not None or draw(st.booleans())
        }
        return Call(x, **bounds)
    low, high = [draw(arrays(s, ("normal", "ties"))) for s in draw(broadcastable(2, shape))]
    x = draw(st.just(x) | arrays(shape, ("ties",)))  # often on a bound
    return Call(x, *draw(st.sampled_from([(low, high), (low,), (None, high)])))


@st.composite
def blends(draw):
    shape = draw(SMALL)
    a, b, w = [draw(arrays(s, ("normal", "ties", "strided", "special"))) for s in draw(broadcastable(3, shape))]
    w = draw(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0, -2.0, 3, w, w, w]))
    if isinstance(w, float) and w in (0, 1):  # exactly one end, however far the other is
        a, b = (a, np.asarray(b * 2.0**66)) if w == 0 else (np.asarray(a * 2.0**66), b)
    return Call(a, b, w)


@st.composite
def compared(draw, numbers=NUMBERS):
    """Two operands that are often equal."""
    made = draw(operands(kinds=("ties", "special", "strided"), numbers=numbers, swap=False))
    return Call(*made)


@st.composite
def alike(draw):
    """Two tensors that are close in some places."""
    a = draw(arrays(SMALL, ("normal", "ties", "special", "tiny")))
    noise = draw(st.sampled_from([0.0, 1e-7, 1e-5, 1e-3]))
    b = np.asarray(np.where(np.isfinite(a), a * (1 + noise), a), np.float32).astype(np.float64)
    limits = options(rtol=st.sampled_from([0.0, 1e-2]), atol=st.sampled_from([0.0, 1e-3]), equal_nan=st.booleans())
    return Call(a, b, **draw(limits))


@st.composite
def truths(draw, count=2):
    """Tensors of any type of which some numbers are zero."""
    return Call(*[draw(st.one_of(arrays(s, ("ties", "special")), integers(s, -1, 2), integers(s, 0, 2, bool)))
                  for s in draw(broadcastable(count))])  # fmt: skip


@st.composite
def bits(draw, count=2):
    dtype = draw(st.sampled_from([np.int64, np.int32, np.int16, np.int8, np.uint8, bool]))
    low, high = (0, 2) if dtype is bool else (0, 200) if dtype is np.uint8 else (-100, 100)
    made = [draw(integers(s, low, high, dtype)) for s in draw(broadcastable(count))]
    if count == 2 and draw(st.integers(0, 3)) == 0:
        made[1] = draw(st.sampled_from([1, 6, True]))
    return Call(*made)


@st.composite
def choices(draw):
    c, a, b = draw(broadcastable(3))
    condition = draw(integers(c, 0, 2, bool))
    chosen = [draw(arrays(a, SPECIAL)), draw(arrays(b, SPECIAL))]
    for i in (0, 1):
        if draw(st.integers(0, 3)) == 0:
            chosen[i] = draw(NUMBERS)
    return Call(condition, *chosen)


DTYPES = st.sampled_from(["float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"])


REALS = st.sampled_from(["float32", "float64"])


@st.composite
def leaves(draw, dtypes=DTYPES, default="float32"):
    """Options of new tensors; only floats require gradients."""
    chosen = draw(options(dtype=dtypes))
    if chosen.get("dtype", default).startswith("float"):
        chosen |= draw(options(requires_grad=st.booleans()))
    return chosen


def eyes(n):
    return st.builds(lambda sizes, chosen: Call(*sizes, **chosen), st.sampled_from([n[:1], n]), leaves())


@st.composite
def sized(draw):
    size = draw(SMALL)
    size = (size,) if draw(st.booleans()) or not size else size
    return Call(*size, **draw(leaves()))


@st.composite
def filled(draw):
    value = draw(st.sampled_from([0, 3, True, 1.5, -2.0, float("inf")]))
    return Call(draw(SMALL), value, **draw(leaves(REALS) if isinstance(value, float) else leaves(default="int64")))


@st.composite
def like(draw, value=()):
    x = draw(st.one_of(arrays(SMALL), integers(SMALL, 0, 5), integers(SMALL, 0, 2, bool)))
    return Call(x, *value, **draw(leaves(default=x.dtype.name)))


WHOLE = st.integers(-20, 20)
EXACT = st.integers(-40, 40).map(lambda n: n / 8)


@st.composite
def ranges(draw):
    numbers = WHOLE if draw(st.booleans()) else EXACT
    start, end, step = draw(numbers), draw(numbers), abs(draw(numbers)) or 1
    step = step if end >= start else -step
    call = draw(st.sampled_from([(abs(end),), (start, end, step)]))
    return Call(*call, **draw(leaves(REALS, default="float32" if numbers is EXACT else "int64")))


@st.composite
def steps(draw):
    numbers = st.integers(-10000, 10000).map(lambda n: n / 97)
    return Call(draw(numbers), draw(numbers), draw(st.integers(0, 40)), **draw(leaves(REALS)))


# ------------------------------------------------------------------------------------------------ records


def record(name, calls, **more):
    return Op(name, calls, path="", **more)


X, Y = np.array([1.0, 2.0]), np.array([1.0, 2.0, 3.0])
WHOLES, MASK = np.array([1, 2]), np.array([True, False])
NOT_A_TENSOR = Illegal(Call("abc"), TypeError, ("must be Tensor", "str"))
BROADCAST = Illegal(Call(X, Y), RuntimeError, ("size of tensor a (2)", "tensor b (3)", "dimension 0"))
BROADCAST_ONES = Illegal(
    Call(np.ones((3, 1, 5)), np.ones((4, 2, 5))), RuntimeError, ("tensor a (3)", "tensor b (4)", "dimension 0")
)
NO_NUMBER = Illegal(Call(X, 2.0), TypeError, ("'other' (position 2) must be Tensor, not float",))
BY_ZERO = Illegal(Call(WHOLES, np.array([2, 0])), RuntimeError, ("ZeroDivisionError",))
FLOAT_BITS = Illegal(Call(X, X), NotImplementedError, ("not implemented for 'Double'",))


def decimals(x):
    return st.integers(-1, 3).map(lambda n: Call(x, decimals=n))


def whole(low=-9, high=10):
    return st.one_of(
        [integers(SMALL, max(low, 0) if d is np.uint8 else low, high, d) for d in (int, np.int32, np.uint8)]
    )


REAL = "exp expm1 log log2 log10 log1p sqrt rsqrt reciprocal sin cos sinh cosh tanh sigmoid neg abs".split()
ROUNDED = "sign floor ceil trunc round".split()
FINITE = ("normal", "ties", "strided")
DIVIDED = (*FINITE, "special", "large")

RECORDS = [
    *[record(name, unary(), illegal=(NOT_A_TENSOR,)) for name in (*REAL, *ROUNDED)],
    record("erf", unary() | arrays(SMALL, FINITE).map(lambda x: Call(np.asarray(4 * x)))),  # also where it is nearly 1
    record("tan", unary()),
    record("square", st.one_of(unary(), whole().map(Call))),
    Op("round to decimals", arrays(SMALL, SPECIAL).flatmap(decimals), ours="round", twin="round"),
    *[Op(f"{name} of integers", whole().map(Call), ours=name, twin=name) for name in ("neg", "abs", *ROUNDED)],
    *[
        record(name, st.one_of(unary(("normal", "special")), whole().map(Call)))
        for name in ("isnan", "isinf", "isfinite")
    ],
    record(
        "add",
        summed(),
        illegal=(
            BROADCAST,
            Illegal(Call(WHOLES, WHOLES, alpha=0.5), RuntimeError, ("alpha must not be a floating point",)),
        ),
    ),
    record(
        "sub", summed(NOT_BOOL), illegal=(BROADCAST, Illegal(Call(MASK, MASK), RuntimeError, ("bool", "logical_xor")))
    ),
    record("rsub", summed(NOT_BOOL)),
    record("mul", binary(), illegal=(BROADCAST, BROADCAST_ONES)),
    record(
        "div",
        quotients(),
        illegal=(
            BROADCAST,
            Illegal(Call(X, X, rounding_mode="up"), RuntimeError, ("rounding_mode", "trunc", "floor", "up")),
            Illegal(Call(WHOLES, 0, rounding_mode="trunc"), RuntimeError, ("ZeroDivisionError",)),
        ),
    ),
    record("true_divide", binary(swap=False)),
    record("floor_divide", divided(kinds=DIVIDED).map(lambda made: Call(*made)), gradients=False),  # torch has none
    record("remainder", divided(kinds=DIVIDED, swap=False).map(lambda made: Call(*made)), illegal=(BY_ZERO, BROADCAST)),
    record("fmod", divided(kinds=DIVIDED, swap=False).map(lambda made: Call(*made)), illegal=(BY_ZERO, BROADCAST)),
    record("pow", powers(), illegal=(BROADCAST, Illegal(Call(WHOLES, -1), RuntimeError, ("negative integer powers",)))),
    *[record(name, binary(numbers=None), illegal=(NO_NUMBER, BROADCAST)) for name in ("maximum", "minimum")],
    record("clamp", clamped(), illegal=(Illegal(Call(X), RuntimeError, ("at least one of", "min", "max")),)),
    record("clip", clamped()),
    record(
        "lerp",
        blends(),
        illegal=(Illegal(Call(WHOLES, WHOLES, 0.5), NotImplementedError, ("not implemented for 'Long'",)),),
    ),
    *[record(name, compared(), illegal=(BROADCAST,)) for name in ("eq", "ne", "lt", "le", "gt", "ge")],
    record(
        "isclose",
        alike(),
        illegal=(
            Illegal(Call(X, WHOLES), RuntimeError, ("Double did not match Long",)),
            Illegal(Call(X, X, atol=-0.5), RuntimeError, ("greater than or equal to zero", "-0.5")),
        ),
    ),
    record(
        "allclose", alike(), illegal=(Illegal(Call(X, X, rtol=-1.0), RuntimeError, ("greater than or equal to zero",)),)
    ),
    record("equal", compared(numbers=None), illegal=(Illegal(Call(X, 1), TypeError, ("'other'", "must be Tensor")),)),
    *[
        record(f"logical_{name}", truths(), illegal=(Illegal(Call(X, 1), TypeError, ("'other'", "must be Tensor")),))
        for name in ("and", "or", "xor")
    ],
    record("logical_not", truths(1)),
    *[record(f"bitwise_{name}", bits(), illegal=(FLOAT_BITS,)) for name in ("and", "or", "xor")],
    record("bitwise_not", bits(1), illegal=(Illegal(Call(X), NotImplementedError, ("not implemented for",)),)),
    record("where", choices(), illegal=(Illegal(Call(WHOLES, X, X), RuntimeError, ("boolean tensor", "Long")),)),
    Op("where alone", truths(1), ours="where", twin="where"),
    record("clone", unary()),
    # Tensors made from nothing.
    *[
        record(
            name,
            sized(),
            illegal=(
                Illegal(Call(2, -1), RuntimeError, (name, "non-negative")),
                Illegal(Call(2.0), TypeError, (name, "'size' (position 1)", "float")),
                Illegal(Call(2, device="cuda"), RuntimeError, ("CPU only", "torch itself")),
            ),
        )
        for name in ("zeros", "ones")
    ],
    record("full", filled(), illegal=(Illegal(Call(2, 1.0), TypeError, ("'size'", "tuple of ints")),)),
    *[record(name, like(), illegal=(NOT_A_TENSOR,)) for name in ("zeros_like", "ones_like")],
    record("full_like", like((2.5,))),
    record(
        "arange",
        ranges(),
        illegal=(
            Illegal(Call(0, 3, 0), RuntimeError, ("step must be nonzero",)),
            Illegal(Call(3, 0), RuntimeError, ("inconsistent with step sign",)),
            Illegal(Call(1, 0.5), RuntimeError, ("inconsistent with step sign",)),
        ),
    ),
    record("linspace", steps(), illegal=(Illegal(Call(0, 1, -1), RuntimeError, ("number of steps", "-1")),)),
    record(
        "eye",
        st.tuples(*[st.integers(0, 4)] * 2).flatmap(lambda n: eyes(n)),
        illegal=(
            Illegal(Call(-1), RuntimeError, ("greater or equal to 0", "-1")),
            Illegal(Call(3, -1), RuntimeError, ("greater or equal to 0", "-1")),
            Illegal(Call(2, device="cuda"), RuntimeError, ("CPU only", "torch itself")),
        ),
    ),
]

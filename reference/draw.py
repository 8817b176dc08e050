"""The strategies that all families draw with: shapes, arrays made to hurt, integers, options."""

import numpy as np
from hypothesis import strategies as st


def extents(low=1, high=6):
    """Sizes of axes."""
    return st.integers(low, high)


@st.composite
def arrays(draw, shape, kinds=("normal", "ties", "negative", "strided"), low=None, high=None):
    """A float64 array, exact in float32, of a shape (or of a strategy of shapes), made to hurt.

    kinds: "normal"; "ties" (small integers); "negative" (none above zero); "transposed" (axes the other way round in
    memory); "strided" (so, or with axes that run backwards, or both); "large" and "tiny" (1e+-30); "special" (some inf
    and nan). low, high: clip to a domain.
    """
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    kind = draw(st.sampled_from(kinds))
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    x = random.standard_normal(shape)
    if kind == "ties":
        x = random.randint(-2, 3, shape).astype(float)
    elif kind == "negative":
        x = -np.abs(x) - 0.25
    elif kind == "large":
        x = x * 1e30
    elif kind == "tiny":
        x = x * 1e-30
    elif kind == "special":
        x = np.where(random.rand(*shape) < 0.3, random.choice([np.inf, -np.inf, np.nan], shape), x)
    if low is not None or high is not None:
        x = np.clip(x, low, high)
    x = np.asarray(x, np.float32).astype(np.float64)
    return laid_out(x, kind, random) if x.ndim else x


def laid_out(x, kind, random):
    """The same numbers in another layout."""
    if kind == "transposed" or (kind == "strided" and random.rand() < 0.6):
        x = np.ascontiguousarray(x.T).T
    if kind == "strided":
        backwards = tuple(slice(None, None, random.choice([1, -1])) for _ in x.shape)
        x = x[backwards].copy("K")[backwards]
    return x


@st.composite
def integers(draw, shape, low, high, dtype=np.int64):
    """An integer array with low <= values < high."""
    shape = draw(shape) if isinstance(shape, st.SearchStrategy) else tuple(shape)
    return np.random.RandomState(draw(st.integers(0, 2**32 - 1))).randint(low, high, shape).astype(dtype)


def shapes(min_dims=0, max_dims=4, low=1, high=5):
    """Shapes of drawn rank. Where low is 0, a quarter of them may have axes of size 0: empty arrays tell little."""
    sizes = lambda least: st.lists(extents(least, high), min_size=min_dims, max_size=max_dims).map(tuple)
    return sizes(low) if low else st.integers(0, 3).flatmap(lambda kind: sizes(0 if kind == 3 else 1))


@st.composite
def options(draw, **strategies):
    """A dictionary of options, each of which is left out half of the time (so that defaults are compared too)."""
    given = {name: draw(st.booleans()) for name in strategies}
    return {name: draw(strategy) for name, strategy in strategies.items() if given[name]}


@st.composite
def mostly(draw, **strategies):
    """A dictionary of options, few of which are left out: many a mistake shows only where several meet."""
    return {key: draw(strategy) for key, strategy in strategies.items() if draw(st.sampled_from([True] * 3 + [False]))}

"""What all laws are written with: registering, computing values and gradients, and comparing."""

from collections import defaultdict

import numpy as np

import minitorch_edu as mt

from ..record import TIGHT, Call, Record, cotangent, make

__all__ = [
    "LAWS",
    "finite",
    "floats",
    "gradients",
    "holds",
    "law",
    "random_like",
    "replaced",
    "same",
    "value",
    "without",
]

LAWS = defaultdict(list)
EPS = float(np.finfo(np.float64).eps)


def law(*names):
    """Register a function(record, call), which raises AssertionError, as a law of the records of these names."""

    def register(function):
        for name in names:
            LAWS[name].append(function)
        return function

    return register


# ------------------------------------------------------------------------------------------------ calls


def floats(call):
    """The float arrays of a call."""
    return [array for array in call.arrays() if array.dtype.kind == "f"]


def finite(call):
    """Whether all numbers are: inf - inf obeys no law."""
    return all(np.isfinite(array).all() for array in floats(call))


def replaced(call, place, array):
    """The call with another array in the place of one of its float arrays."""
    count = iter(range(len(call.arrays())))
    return call.map(lambda a: a if a.dtype.kind != "f" or next(count) != place else np.asarray(array))


def changed(call, *arrays):
    """The call with these arrays as its first arguments."""
    return Call(*map(np.asarray, arrays), *call.args[len(arrays) :], **call.kwargs)


def without(call, *names):
    """The call without these options."""
    return Call(*call.args, **{key: value for key, value in call.kwargs.items() if key not in names})


def random_like(array, seed=11):
    """Normal numbers as large as those of an array."""
    return np.asarray(np.random.RandomState(seed).standard_normal(array.shape) * np.abs(array).max(initial=1e-30))


# ------------------------------------------------------------------------------------------------ computing


def first(result):
    """A function's only result, or the first of several."""
    return result[0] if isinstance(result, (tuple, list)) else result


def apply(record, call):
    """The first result for a call with tensors among its arguments; inplace=True would only write over them."""
    call = without(call, "inplace").map(lambda a: mt.from_numpy(a.copy()) if a.ndim else make(a, mt))
    if isinstance(call.kwargs.get("dtype"), str):
        call.kwargs["dtype"] = getattr(mt, call.kwargs["dtype"])
    mt.manual_seed(1)
    return first(record.resolve("minitorch_edu")(*call.args, **call.kwargs))


def value(record, call):
    """The first result of a call, an array."""
    return apply(record, call).detach().numpy().copy()


def gradients(record, call):
    """(y, dy, [<dy, y> differentiated by each float array of the call that may be]) with a drawn dy."""
    leaves = []

    def leaf(array):
        tensor = make(array, mt)
        if array.dtype.kind == "f":
            leaves.append(tensor.requires_grad_())
        return tensor

    y = apply(record, call.map(leaf, but=(*record.constant, *record.mutates)))
    assert y.requires_grad, f"{record.name}: the result has no gradient\n{record.again(call)}"
    dy = cotangent(0, tuple(y.shape))
    y.backward(make(dy, mt))
    found = [np.zeros(tuple(x.shape)) if x.grad is None else x.grad.numpy().copy() for x in leaves]
    return y.detach().numpy().copy(), dy, found


# ------------------------------------------------------------------------------------------------ comparing


def same(record, call, what, got, expected, size=None):
    """Different unless two arrays are equal up to TIGHT roundings of numbers of this size.

    size: how large the numbers were that the results were computed from, if not as the largest result; 0: exactly.
    """
    got, expected = np.asarray(got, float), np.asarray(expected, float)
    assert got.shape == expected.shape, (
        f"{record.name}: {what}: shapes {got.shape} and {expected.shape}\n{record.again(call)}"
    )
    if size is None:
        size = np.abs(expected[np.isfinite(expected)]).max(initial=0)
    with np.errstate(all="ignore"):
        equal = (got == expected) | (np.isnan(got) & np.isnan(expected))
        near = np.abs(got - expected) <= TIGHT * EPS * np.asarray(size)
    if not (equal | near).all():
        raise Record.report(record, call, what, got, expected, f"more than rounding (numbers up to {np.max(size):.3g})")


def holds(record, call, what, truth):
    """AssertionError unless all are true."""
    assert np.all(truth), f"{record.name}: {what}\n{record.again(call)}"

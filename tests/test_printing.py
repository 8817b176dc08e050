"""A tensor prints as torch's tensor of the same numbers does, character by character."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minitorch_edu as mt
from minitorch_edu.printing import get_printoptions, set_printoptions

DTYPES = ("float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool")
SPECIAL = [0.0, -0.0, np.inf, -np.inf, np.nan, 1e-4, 9.99e-5, 1e8, 1.0001e8, 0.5, 999.99996, 1e-45]


@pytest.fixture(autouse=True)
def default_options():
    yield
    both(profile="default")


def both(**options):
    """Set the same options in torch and here."""
    torch.set_printoptions(**options)
    set_printoptions(**options)


def twins(array, requires_grad=False):
    """Our tensor and torch's with the numbers of an array."""
    pair = [library.from_numpy(array.copy()) for library in (mt, torch)]
    return [tensor.requires_grad_() for tensor in pair] if requires_grad else pair


SHAPES = st.lists(st.integers(0, 7), max_size=4)


@st.composite
def arrays(draw, shapes=SHAPES):
    """Numbers of one or of several magnitudes, also whole ones, also special ones, of any type and shape."""
    shape, dtype = tuple(draw(shapes)), draw(st.sampled_from(DTYPES))
    random = np.random.RandomState(draw(st.integers(0, 2**32 - 1)))
    magnitude = draw(st.integers(-30, 30))
    spread = draw(st.sampled_from([0, 1, 3, 10]))
    x = random.standard_normal(shape) * 10.0 ** (magnitude + random.uniform(-spread, spread, shape))
    if draw(st.booleans()):
        x = np.round(x)
    if draw(st.booleans()):
        x = np.where(random.rand(*shape) < draw(st.sampled_from([0.1, 0.5, 1])), random.choice(SPECIAL, shape), x)
    if dtype.startswith("float"):
        with np.errstate(over="ignore", under="ignore"):
            return np.asarray(x).astype(dtype)
    if dtype == "bool":
        return np.asarray(x > 0)
    limits = np.iinfo(dtype)
    x = np.clip(np.nan_to_num(np.asarray(x, dtype=float)), max(limits.min, -(2.0**62)), min(limits.max, 2.0**62))
    return np.asarray(x).astype(dtype)


OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "precision": st.integers(0, 9),
        "threshold": st.sampled_from([0, 5, 30, 1000, float("inf")]),
        "edgeitems": st.integers(0, 4),
        "linewidth": st.sampled_from([10, 40, 80, 200]),
        "profile": st.sampled_from(["default", "short", "full"]),
        "sci_mode": st.sampled_from([None, True, False]),
    },
)


@given(arrays(), st.booleans())
def test_prints_as_torch(array, requires_grad):
    ours, torchs = twins(array, requires_grad and array.dtype.kind == "f")
    assert repr(ours) == repr(torchs)
    assert str(ours) == str(torchs)


@given(arrays(), OPTIONS)
def test_options_act_as_in_torch(array, options):
    both(profile="default")
    both(**options)
    ours, torchs = twins(array)
    assert repr(ours) == repr(torchs)


@given(arrays(st.sampled_from([(1001,), (1000,), (999,), (40, 30), (2, 600), (600, 2), (7, 1, 150), (3, 7, 8, 9)])))
def test_large_tensors_are_summarized_as_in_torch(array):
    ours, torchs = twins(array)
    assert repr(ours) == repr(torchs)


@pytest.mark.parametrize("numbers", [
    [1, 1000], [1, 1001], [0.5, 500], [0.5, 500.4], [1e8], [1.0000001e8], [1e8, 0.5e6], [99999999.5], [0.5, -1e8],
    [1e-4], [9.999e-5], [1e-4, 0], [5e-324], [5e-324, 1e308], [0.0, np.nan], [-0.0], [1.0, np.inf], [np.nan, 12345.0],
    [0.0] * 40,
])  # fmt: skip
def test_the_borders_of_the_rules(numbers):
    for dtype in (np.float64, np.float32):
        with np.errstate(all="ignore"):
            ours, torchs = twins(np.array(numbers).astype(dtype))
        assert repr(ours) == repr(torchs)


@pytest.mark.parametrize("shape", [(1000,), (1001,), (10, 100), (6, 200), (7, 200), (200, 6), (200, 7), (2, 6, 7, 12)])
def test_the_borders_of_a_summary(shape):
    ours, torchs = twins(np.arange(np.prod(shape)).reshape(shape))
    assert repr(ours) == repr(torchs)


@pytest.mark.parametrize("count", range(1, 24))
def test_where_a_note_goes_to_a_new_line(count):
    for array in (np.ones(count, np.float32), np.ones((2, count)), np.full(count, 100, np.int8)):
        ours, torchs = twins(array, array.dtype.kind == "f")
        assert repr(ours) == repr(torchs)
        if array.dtype.kind == "f":
            assert repr(ours * 1) == repr(torchs * 1)


@given(arrays(st.just(())), st.sampled_from(["", ".3f", "10.2e", "g", ">12", "d", "03", "s"]))
def test_a_single_number_takes_a_format(array, spec):
    ours, torchs = twins(array)
    try:
        expected = format(torchs, spec)
    except ValueError as error:
        with pytest.raises(ValueError, match="format code"):
            format(ours, spec)
        assert "format code" in str(error)
    else:
        assert format(ours, spec) == expected


def test_several_numbers_take_no_format():
    ours, torchs = twins(np.ones(2, np.float32))
    for tensor in (ours, torchs):
        assert f"{tensor}" == "tensor([1., 1.])"
        with pytest.raises(TypeError, match="unsupported format string passed to Tensor.__format__"):
            format(tensor, ".3f")


@pytest.mark.parametrize("compute", [
    lambda x: x + 1, lambda x: x * x, lambda x: -x, lambda x: x.sum(), lambda x: x.exp(), lambda x: x.reshape(-1),
    lambda x: x.mean(), lambda x: (x / 3).detach(), lambda x: x.double() / 3,
])  # fmt: skip
def test_the_name_of_the_graphs_node_is_shown(compute):
    ours, torchs = twins(np.arange(6, dtype=np.float32).reshape(2, 3), requires_grad=True)
    assert repr(compute(ours)) == repr(compute(torchs))


@pytest.mark.parametrize("shape", [(2, 3), (0,), (0, 4), (40, 40)])
def test_a_parameter_says_so(shape):
    ours, torchs = mt.nn.Parameter(mt.ones(shape)), torch.nn.Parameter(torch.ones(shape))
    assert repr(ours) == repr(torchs)


def test_options_can_be_read_and_put_back():
    both(precision=2, sci_mode=True)
    options = get_printoptions()
    assert options == torch._tensor_str.get_printoptions()
    both(profile="full")
    set_printoptions(**options)
    assert get_printoptions() == options


def test_an_unknown_profile_is_an_error():
    with pytest.raises(ValueError, match="profile.*'ful'"):
        set_printoptions(profile="ful")

"""A tensor prints as torch's of the same numbers, character by character, and so do modules; errors have its words."""

import re
import warnings
from collections import OrderedDict

import numpy as np
import pytest
import torch
from hypothesis import given, settings
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


# ------------------------------------------------------------------------------------------------ other things


def said(library, expression):
    """What an expression prints, or raises: (the type, the message)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(eval(expression, {"torch": library, "np": np}))
        except Exception as error:
            return type(error), str(error)


def assert_same(expression):
    """What it prints is torch's, or what it raises is of torch's type."""
    ours, theirs = said(mt, expression), said(torch, expression)
    same = ours == theirs if isinstance(theirs, str) else ours[0] is theirs[0]
    assert same, f"{expression}\n ours: {ours}\ntorch: {theirs}"


SIZE = st.lists(st.integers(0, 9), max_size=3).map(lambda sizes: f"torch.Size({sizes})")
SIZES = st.one_of(
    st.builds("{0} + {1}".format, SIZE, SIZE | st.sampled_from(["(1, 2)", "[1]", "3"])),
    st.builds("{1} + {0}".format, SIZE, st.sampled_from(["(1, 2)", "[1]", "3"])),
    st.builds("({0} * {1}, {1} * {0})".format, SIZE, st.sampled_from(["0", "2", "True", "1.5"])),
    st.builds("{0}[{1}:{2}]".format, SIZE, st.integers(-3, 3), st.integers(-3, 3)),
    st.builds("str({0}), {0}.numel(), {0} == {1}, [{0}]".format, SIZE, SIZE),
    st.sampled_from(["[1.5]", "['a']", "[True]", "5", "[torch.tensor(2)]"]).map("torch.Size({})".format),
)


@given(SIZES)
def test_sizes_print_as_torchs(expression):
    assert_same(expression)


@pytest.mark.parametrize("name", [*DTYPES, "float", "double", "long", "int", "short"])
def test_types_print_as_torchs(name):
    for form in ("{0}", "str({0})", "[{0}]", "f'{{{0}}}'", "torch.finfo({0})", "str(torch.iinfo({0}))"):
        assert_same(form.format(f"torch.{name}"))


@pytest.mark.parametrize(
    "place", ["cpu", "cuda", "meta", "cpu:0", "cuda:1", "cuda:01", "cuda:-1", "cuda:a", "cuda:", ""]
)
def test_devices_print_as_torchs(place):
    for form in ("torch.device({0!r})", "str(torch.device({0!r}))", "torch.device({0!r}, 1)"):
        assert_same(form.format(place))


def test_recording_prints_as_torchs():
    assert_same("torch.set_grad_enabled(True)")


LAYERS = st.sampled_from([
    "nn.ReLU()", "nn.Linear(2, 3)", "nn.Linear(2, 3, bias=False)", "nn.Conv2d(1, 2, 3, padding=1)", "nn.Flatten()",
    "nn.BatchNorm1d(4, eps=1e-3)", "nn.Dropout(0.25, inplace=True)", "nn.Module()", "Said('a')", "Said('a\\nb')",
    "nn.ParameterList()", "nn.ParameterList([torch.ones(2), torch.zeros(3, 1)])", "nn.LeakyReLU(0.2)",
    "nn.ParameterDict({'w': torch.ones(2), 'n': 3})", "nn.ParameterList([nn.Parameter(torch.ones(())), 'x', None])",
])  # fmt: skip
NAMES = st.text("abxy_", min_size=1, max_size=3)


def holders(inner):
    """Code of modules that hold modules; often the same one several times in a row."""
    row = st.lists(st.tuples(inner, st.integers(1, 4)), max_size=4).map(
        lambda runs: ", ".join(code for code, times in runs for _ in range(times))
    )
    named = st.dictionaries(NAMES, inner, max_size=3).map(
        lambda items: "{" + ", ".join(f"{name!r}: {code}" for name, code in items.items()) + "}"
    )
    kinds = st.sampled_from(["nn.Sequential({})", "nn.ModuleList([{}])"])
    return st.one_of(
        st.builds(str.format, kinds, row),
        st.builds(str.format, st.sampled_from(["nn.ModuleDict({})", "nn.Sequential(OrderedDict({}))"]), named),
        st.builds("Said({!r}, {})".format, st.sampled_from(["", "width=3", "a\nb"]), named),
    )


@given(st.recursive(LAYERS, holders, max_leaves=8))
def test_modules_inside_each_other_print_as_torchs(code):
    texts = []
    for library in (mt, torch):

        class Said(library.nn.Module):
            def __init__(self, text, children=()):
                super().__init__()
                self.text = text
                for name in children:
                    self.add_module(name, children[name])

            def extra_repr(self):
                return self.text

        module = eval(code, {"nn": library.nn, "torch": library, "Said": Said, "OrderedDict": OrderedDict})
        texts.append((repr(module), str(module), f"{module}"))
    assert texts[0] == texts[1]


# ------------------------------------------------------------------------------------------------ errors

SLIPS = """
torch.nn.Linear({a}, 2)(torch.ones({b}, {c})) | torch.nn.Linear({a}, 2)(torch.ones({b}, 2, {c}))
torch.nn.Sequential(torch.nn.Linear({a}, {b}), torch.nn.Linear({c}, 2))(torch.ones(2, {a}))
torch.nn.Conv2d({a}, 2, 3)(torch.ones(1, {b}, 5, 5)) | torch.nn.Conv2d(2, 2, {c})(torch.ones(1, 2, {a}, {b}))
torch.nn.Conv1d({a}, 2, 3)(torch.ones(1, {b}, 5)) | torch.nn.Conv2d(1, 1, 3)(torch.ones({a}, {b}))
torch.nn.Conv2d({a}, {b}, 3, groups={c}) | torch.nn.Conv2d(1, 1, 3, stride={a}, padding='same')
torch.nn.BatchNorm2d({a})(torch.ones(2, {b}, 3, 3)) | torch.nn.BatchNorm2d({a})(torch.ones(2, {b}))
torch.nn.BatchNorm1d({a})(torch.ones(1, {a})) | torch.nn.LayerNorm({a})(torch.ones(2, {b}))
torch.nn.GroupNorm({a}, {b}) | torch.nn.Dropout({a} + 0.5) | torch.nn.Softmax({a})(torch.ones(2))
torch.ones({a}, {b}) @ torch.ones({c}, 2) | torch.ones({a}) @ torch.ones({b}) | torch.ones(2, {a}) @ torch.ones({b})
torch.ones(2, 2, {a}) @ torch.ones({b}, {a}, 2) | torch.bmm(torch.ones({a}, 2, {b}), torch.ones({c}, {b}, 2))
torch.einsum('ij,jk', torch.ones(2, {a}), torch.ones({b}, 2)) | torch.ones({a}, {b}) + torch.ones({c})
torch.ones({a}).add_(torch.ones(2, {a})) | torch.ones({a}, {b}) * torch.ones({c}, 1, {a}) | torch.ones({a}).item()
torch.tensor([{a}]).add_(1.5) | torch.tensor([True]) - torch.tensor([True]) | -torch.tensor([True])
torch.tensor([{a}]).mean() | torch.tensor([{a}]).requires_grad_() | float(torch.ones({a})) | bool(torch.ones({a}))
torch.ones({a}, requires_grad=True).add_(1) | torch.ones({a}, requires_grad=True)[:1].mul_(2)
(torch.ones({a}, requires_grad=True) * 2).backward() | torch.ones({a}).sum().backward()
torch.ones({a}, requires_grad=True).sum().backward(torch.ones({b})) | torch.ones({a}, requires_grad=True).numpy()
[y.backward() for y in [torch.ones({a}, requires_grad=True).exp().sum()] * 2]
torch.autograd.grad(torch.ones(1, requires_grad=True).sum(), torch.ones({a}, requires_grad=True))
torch.autograd.grad(torch.ones({a}).sum(), torch.ones(1)) | torch.ones({a}).retain_grad()
torch.ones({a}, {b}).view({c}) | torch.ones({a}, {b}).reshape(-1, {c}) | torch.ones(3, 2).t().view(6)
torch.ones({a}, {b}).transpose(0, {c}) | torch.ones({a}).sum({b}) | torch.ones({a}, {b}).expand({c}, {c})
torch.cat([torch.ones(2, {a}), torch.ones(2, {b})]) | torch.stack([torch.ones({a}), torch.ones({b})])
torch.cat([torch.ones(2), torch.ones({a}, {b})]) | torch.ones({a})[{b}] | torch.ones({a}, 2)[:, {b}]
torch.ones({a})[0, 0] | torch.ones({a}).squeeze({b}) | torch.ones({a}, 2).permute(0, 0) | torch.tensor([[1, 2], [3]])
torch.nn.CrossEntropyLoss()(torch.ones({a}, 3), torch.zeros({b}).long())
torch.nn.CrossEntropyLoss()(torch.ones(2, {a}), torch.tensor([0, {b}]))
torch.nn.CrossEntropyLoss()(torch.ones({a}, 3), torch.zeros({a}))
torch.nn.CrossEntropyLoss()(torch.ones({a}, 3), torch.zeros({a}).int())
torch.nn.CrossEntropyLoss(torch.ones({a}))(torch.ones(2, {b}), torch.tensor([0, 0]))
torch.nn.MSELoss()(torch.ones(2, {a}), torch.ones(2, {b})) | torch.nn.L1Loss()(torch.ones({a}), torch.ones({b}))
torch.nn.BCELoss()(torch.ones({a}), torch.ones({b})) | torch.nn.BCELoss()(torch.ones({a}), torch.ones({a}).long())
torch.nn.BCEWithLogitsLoss()(torch.ones({a}), torch.ones({b}))
torch.nn.MSELoss(reduction='avg')(torch.ones(1), torch.ones(1)) | torch.topk(torch.ones({a}), {b})
torch.exp({a}) | torch.nn.functional.relu({a}) | torch.max({a}) | torch.from_numpy([{a}])
torch.nn.Linear({a}, 2).load_state_dict(torch.nn.Linear({b}, 2).state_dict())
torch.nn.Linear(1, 1).load_state_dict(torch.nn.ReLU().state_dict()) | torch.nn.Linear({a})
torch.optim.SGD([], lr=0.1) | torch.optim.SGD([torch.ones({a})], lr=-{a}) | torch.optim.SGD(torch.ones({a}), lr=0.1)
torch.optim.Adam([torch.ones(1)], betas=({a}.0, 0.9)) | torch.optim.SGD([torch.ones(1)], nesterov=True)
torch.optim.SGD([torch.ones(1, requires_grad=True) * 2], lr=0.1) | torch.optim.SGD([{a}])
torch.utils.data.TensorDataset(torch.ones({a}), torch.ones({b})) | torch.utils.data.random_split(range({a}), [{b}])
list(torch.utils.data.DataLoader([torch.ones({a}), torch.ones({b})], batch_size=2))
list(torch.utils.data.DataLoader([None, None], batch_size=2)) | torch.utils.data.ConcatDataset([])
"""
LOADER = {
    "batch_size": [0, -1, None, 2], "shuffle": [True, False, None, 1], "num_workers": [-1, 0], "timeout": [-1, 0],
    "sampler": ["range(2)", "torch.utils.data.SequentialSampler(range(2))"], "drop_last": [True, False],
    "batch_sampler": ["[[0, 1]]"], "prefetch_factor": [2], "persistent_workers": [True, False],
}  # fmt: skip


@st.composite
def wrong_loaders(draw):
    names = draw(st.lists(st.sampled_from(sorted(LOADER)), min_size=1, max_size=3, unique=True))
    chosen = ", ".join(f"{name}={draw(st.sampled_from(LOADER[name]))}" for name in names)
    return f"torch.utils.data.DataLoader(range(3), {chosen}) and None"


def words(message):
    return set(re.findall(r"\w+", message.lower()))


def assert_said(expression):
    """Ours raises torch's error, in whose message no word of torch's is missing; it may say more."""
    ours, theirs = said(mt, expression), said(torch, expression)
    if isinstance(theirs, str):
        assert isinstance(ours, str), f"{expression}: {ours}; torch raises nothing"
    else:
        missing = [] if isinstance(ours, str) else sorted(words(theirs[1]) - words(ours[1]))
        assert ours[0] is theirs[0] and not missing, f"{expression}: {missing}\n ours: {ours}\ntorch: {theirs}"


@settings(max_examples=settings().max_examples // 4)
@given(*[st.integers(1, 4)] * 3)
def test_the_usual_slips_raise_torchs_errors(a, b, c):
    for line in SLIPS.strip().splitlines():
        for expression in line.split(" | "):
            assert_said(expression.format(a=a, b=b, c=c))


@given(wrong_loaders())
def test_loaders_refuse_what_torchs_refuse(expression):
    assert_said(expression)

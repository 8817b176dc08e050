"""Random numbers beyond the catalogue: fixed vectors, seeds, states, large sizes, exact arithmetic, gradients."""

import copy
import os
import pickle
import subprocess
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import minitorch_edu as mt
from minitorch_edu import rounding
from minitorch_edu.nn import init

EDGE_SEEDS = [0, 1, -1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**63, 2**64 - 1, -(2**63)]


def bits(tensor):
    """Numbers as hex patterns."""
    array = tensor.numpy()
    return " ".join(format(n, "x") for n in array.view(f"u{array.itemsize}").ravel().tolist())


def same(ours, theirs):
    assert ours.numpy().dtype == theirs.numpy().dtype
    assert ours.numpy().tobytes() == theirs.numpy().tobytes()


def same_state():
    assert np.array_equal(mt.get_rng_state().numpy(), torch.get_rng_state().numpy())


# ------------------------------------------------------------------------------------------------ vectors

VECTORS = {
    "rand(4)": "3efe1558 3f44aa2f 3db533a8 3e073300",
    "rand(2, dtype=float64)": "3fef0aac97c4aa2f 3fe6a675d821ccc0",
    "empty(4).uniform_(-.1, .1)": "ba444333 3d5bba30 bda88f45 bd96b867",
    "randn(3)": "3fc53f5c be963c50 c00b7149",
    "randn(3, dtype=float64)": "3ff8a7eb8902be3a bfd2c78a087c6fea c0016e2920a70ee5",
    "randn(20)[:8]": "bf901b85 bf93808a be804bd6 bede255d 3f194d8b bfc70d5b beaec6ca 3fed2f4e",
    "randn(20)[16:]": "3f6e8c30 3fa12737 4000519a 3d5c1b3a",
    "randn(16, dtype=float64)[:2]": "c0027bb92e9262dc bfd7e35794939460",
}
LISTS = {
    "randint(0, 10, (8,))": [4, 9, 3, 0, 3, 9, 7, 3],
    "randint(-5, 7, (8,))": [3, -2, 0, -5, 2, -2, 2, 2],
    "randint(0, 2**40, (3,))": [741280623151, 506137267392, 291447657211],
    "randperm(10)": [4, 1, 7, 5, 3, 9, 0, 8, 6, 2],
    "empty(12).bernoulli_(.3)": [0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1],
    "bernoulli(full((12,), .3))": [0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0],
}


@pytest.mark.parametrize("call", VECTORS | LISTS)
def test_vectors(call):
    """What torch 2.13.0 gives on a processor with AVX2: holds whatever torch is installed, or none."""
    mt.manual_seed(0)
    result = eval(call, vars(mt).copy())
    assert (bits(result) if call in VECTORS else result.tolist()) == (VECTORS | LISTS)[call]


# ------------------------------------------------------------------------------------------------ seeds and states


@pytest.mark.parametrize("seed", EDGE_SEEDS)
def test_edge_seeds(seed):
    assert mt.manual_seed(seed) is mt.default_generator
    torch.manual_seed(seed)
    assert mt.initial_seed() == torch.initial_seed()
    same_state()
    same(mt.rand(700), torch.rand(700))
    same_state()


def test_seed_arguments():
    mt.manual_seed("3"), torch.manual_seed("3")
    same(mt.rand(3), torch.rand(3))
    for seed in (2**64, -(2**63) - 1):
        with pytest.raises(ValueError, match="Overflow when unpacking long long"):
            mt.manual_seed(seed)
    with pytest.raises(RuntimeError, match="expected a long, but got float"):
        mt.Generator().manual_seed(3.5)
    with pytest.raises(TypeError, match="must be Generator, not int"):
        mt.rand(3, generator=3)
    with pytest.raises(RuntimeError, match="CPU only"):
        mt.Generator("cuda")


def test_a_fresh_generator_is_torchs():
    same(mt.rand(5, generator=mt.Generator()), torch.rand(5, generator=torch.Generator()))
    assert mt.Generator().initial_seed() == torch.Generator().initial_seed()
    assert mt.Generator().device == mt.device("cpu")


def test_seed_is_unpredictable():
    first = mt.seed()
    assert mt.initial_seed() == first != mt.seed()
    code = "import minitorch_edu as mt; print(mt.initial_seed(), mt.rand(1).item())"
    assert len({subprocess.run([sys.executable, "-c", code], capture_output=True).stdout for _ in range(2)}) == 2


@pytest.mark.parametrize("words", [0, 1, 623, 624, 625, 1300])
@pytest.mark.parametrize("normals", [0, 1, 2])
def test_states_travel_both_ways(words, normals):
    mt.manual_seed(5), torch.manual_seed(6)
    mt.rand(words), mt.randn(normals)
    torch.set_rng_state(torch.from_numpy(mt.get_rng_state().numpy()))
    same(mt.randn(3), torch.randn(3))
    same(mt.rand(650), torch.rand(650))
    same_state()
    torch.rand(words), torch.randn(normals)
    mt.set_rng_state(mt.from_numpy(torch.get_rng_state().numpy()))
    assert mt.initial_seed() == torch.initial_seed()
    same(mt.randn(3), torch.randn(3))
    same_state()


def test_states_that_are_none():
    generator = mt.Generator()
    with pytest.raises(TypeError, match="expected a torch.ByteTensor, but got list"):
        generator.set_state([1])
    with pytest.raises(TypeError, match="must be a torch.ByteTensor"):
        generator.set_state(mt.zeros(5056))
    with pytest.raises(RuntimeError, match="size 5056 .* 3"):
        generator.set_state(mt.zeros(3, dtype=mt.uint8))
    with pytest.raises(RuntimeError, match="Invalid mt19937 state"):
        generator.set_state(mt.zeros(5056, dtype=mt.uint8))


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, mt.Generator.clone_state, lambda g: pickle.loads(pickle.dumps(g))]
)
def test_copies_go_on_from_the_same_place(duplicate):
    generator = mt.Generator().manual_seed(-3)
    mt.randn(7, generator=generator)
    other = duplicate(generator)
    assert other.initial_seed() == 2**64 - 3
    same(mt.randn(20, generator=other), mt.randn(20, generator=generator))
    mt.rand(1, generator=other)
    assert not np.array_equal(other.get_state().numpy(), generator.get_state().numpy())


def test_importing_does_not_load_numpy_random():
    """It would take longer than the rest of the import."""
    code = "import minitorch_edu, sys; sys.exit('numpy.random' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# ------------------------------------------------------------------------------------------------ large sizes

LARGE = {
    "rand": lambda torch, n: torch.rand(n),
    "uniform_ as of weights": lambda torch, n: torch.empty(n).uniform_(-1 / 28, 1 / 28),
    "uniform_ far from 0": lambda torch, n: torch.empty(n).uniform_(0.7, 0.7001),
    "uniform_ with one small bound": lambda torch, n: torch.empty(n).uniform_(-1e-4, 0.7),
    "uniform_ in float64": lambda torch, n: torch.empty(n, dtype=torch.float64).uniform_(-0.1, 0.3),
    "randn": lambda torch, n: torch.randn(n),
    "normal_": lambda torch, n: torch.empty(n).normal_(-0.3, 0.02),
    "normal_ in float64": lambda torch, n: torch.empty(n, dtype=torch.float64).normal_(-0.3, 0.02),
    "randint": lambda torch, n: torch.randint(-3, 100, (n,)),
    "randint of 64 bits": lambda torch, n: torch.randint(-(2**62), 2**62, (n,)),
    "bernoulli_": lambda torch, n: torch.empty(n).bernoulli_(0.9),
    "randperm": lambda torch, n: torch.randperm(n),
    "exponential_": lambda torch, n: torch.empty(n).exponential_(3),
}


@pytest.mark.parametrize("name", LARGE)
def test_large(name):
    """Several pieces of numbers, the last one incomplete."""
    mt.manual_seed(11), torch.manual_seed(11)
    same(LARGE[name](mt, 3 * 2**16 + 21), LARGE[name](torch, 3 * 2**16 + 21))
    same_state()


# ------------------------------------------------------------------------------------------------ exact arithmetic


def float32s(low=-50, high=50):
    """float32 numbers of 24 random bits, or of few, around 2**low to 2**high."""
    return st.builds(
        lambda m, e: float(np.float32(m * 2.0**e)),
        st.one_of(st.integers(-(2**24), 2**24), st.sampled_from([-3, -1, 0, 1, 2, 5, 2**23 + 1])),
        st.integers(low, high),
    )


def rounded(x, digits=24):
    """A Fraction rounded to so many binary digits, ties to even."""
    if x == 0:
        return 0.0
    e = abs(x.numerator).bit_length() - x.denominator.bit_length() - digits - 1
    while abs(x) / Fraction(2) ** e >= 2**digits:
        e += 1
    return float(round(x / Fraction(2) ** e) * Fraction(2) ** e)


@given(float32s(), float32s(), float32s(-100, 100))
def test_fma32_rounds_once(x, y, z):
    assert rounding.fma32(np.array([x]), y, z) == rounded(Fraction(x) * Fraction(y) + Fraction(z))


# k = 3 and these bounds lead to half way between two float32, less 2**-90, which float64 does not see.
LOW, HIGH, HALF_WAY = np.float32([-(2.0**-90), 1 + 2.0**-23, 3 * 2.0**-24])


def test_fma32_at_a_tie():
    exact = rounded(Fraction(float(HALF_WAY)) * Fraction(float(HIGH)) + Fraction(float(LOW)))
    assert np.float32(float(HALF_WAY) * float(HIGH) + float(LOW)) != exact
    assert rounding.fma32(np.array([HALF_WAY]), HIGH, LOW)[0] == exact


def test_uniform_at_a_tie(monkeypatch):
    monkeypatch.setattr(mt.Generator, "bits24", lambda self, count: np.full(count, 3, np.uint32))
    exact = rounded(Fraction(float(HALF_WAY)) * Fraction(float(HIGH)) + Fraction(float(LOW)))
    assert mt.empty(1).uniform_(float(LOW), float(HIGH)).item() == exact


def test_fma64_at_a_tie():
    """x * y = 2**-53 - 2**-107; from 1 + 2**-52 that is just less than half of the way up."""
    x, y, z = 2.0**-53 * (1 + 2.0**-27), 1 - 2.0**-27, 1 + 2.0**-52
    assert x * y + z != float(Fraction(x) * Fraction(y) + Fraction(z)) == rounding.fma64(np.array([x]), y, z)[0]


@given(st.floats(-(2.0**60), 2.0**60, allow_subnormal=False), st.floats(-1e6, 1e6), st.floats(-(2.0**80), 2.0**80))
def test_fma64_rounds_once(x, y, z):
    exact = Fraction(x) * Fraction(y) + Fraction(z)
    if abs(exact) < 2.0**-900 or min(filter(None, map(abs, (x, y, x * y))), default=1) < 2.0**-400:
        return  # near the end of the exponents, where no random number lies
    assert rounding.fma64(np.array([x]), y, z) == float(exact)


def test_fma64_of_large_numbers():
    assert rounding.fma64(np.array([0.5]), 1e308, -4e307) == float(Fraction(0.5) * Fraction(1e308) - Fraction(4e307))


def test_cephes_functions_need_no_look_at_ties(monkeypatch):
    """Every argument that a 24-bit random number gives, or every 64th: the plain multiply-adds are exact enough."""
    step = 1 if os.environ.get("HYPOTHESIS_PROFILE") == "nightly" else 64
    exact = lambda x, y, z: rounding.fma32(np.asarray(x, np.float32), np.asarray(y, np.float32), np.float64(z))
    for start in range(0, 2**24, 2**16 * step):
        u = np.arange(start, start + 2**16 * step, step).astype(np.float32) * np.float32(2.0**-24)
        results = []
        for multiply_add in (rounding._fma, exact):
            with monkeypatch.context() as patch:
                patch.setattr(rounding, "_fma", multiply_add)
                results.append((rounding.log32(1 - u), *rounding.sin_cos32(u * np.float32(2 * np.pi))))
        for plain, checked in zip(*results):
            assert plain.tobytes() == checked.tobytes()


# ------------------------------------------------------------------------------------------------ in place

IN_PLACE = {
    "uniform_": ("UniformBackward0", ()), "normal_": ("NormalBackward0", ()), "random_": ("RandomBackward2", ()),
    "bernoulli_": ("BernoulliBackward2", ()), "exponential_": ("ExponentialBackward0", ()),
    "geometric_": ("GeometricBackward0", (0.5,)), "cauchy_": ("CauchyBackward0", ()),
    "log_normal_": ("LogNormalBackward0", ()),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_draws_and_the_graph(name):
    node, arguments = IN_PLACE[name]
    leaf = mt.ones(3, requires_grad=True)
    mt.manual_seed(0)
    before = mt.get_rng_state().numpy()
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        getattr(leaf, name)(*arguments)
    assert np.array_equal(mt.get_rng_state().numpy(), before), "it drew before it refused"
    with mt.no_grad():
        assert getattr(leaf, name)(*arguments) is leaf and leaf.is_leaf

    x = mt.ones(3, requires_grad=True)
    y = x * 2
    assert getattr(y, name)(*arguments).grad_fn.name() == node
    (y * 5).sum().backward()
    assert x.grad.tolist() == [0, 0, 0]

    x = mt.ones(4, requires_grad=True)
    y = x * 2
    getattr(y[1:3], name)(*arguments)  # only what was drawn anew forgets where it came from
    y.sum().backward()
    assert x.grad.tolist() == [2, 0, 0, 2]

    x = mt.ones(3, requires_grad=True)
    other = mt.ones(3)
    product = x * other
    getattr(other, name)(*arguments)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        product.sum().backward()

    with pytest.raises(RuntimeError, match="more than one element of the written-to tensor"):
        getattr(mt.ones(3, 1).expand(3, 4), name)(*arguments)


def test_means_and_probabilities_get_no_gradient():
    for draw, name in (
        (lambda p: mt.bernoulli(p), "BernoulliBackward0"),
        (lambda p: mt.ones(3).bernoulli_(p), "BernoulliBackward1"),
        (lambda p: mt.normal(p), "NormalBackward1"),
        (lambda p: mt.normal(0.5, p), "NormalBackward2"),
        (lambda p: mt.normal(p, p), "NormalBackward3"),
    ):
        p = mt.full((3,), 0.5, requires_grad=True)
        result = draw(p)
        assert result.grad_fn.name() == name
        result.sum().backward()
        assert p.grad.tolist() == [0, 0, 0]


def test_requires_grad_of_new_tensors():
    yes = {"requires_grad": True}
    for tensor in (mt.rand(2, **yes), mt.randn_like(mt.ones(2), **yes), mt.normal(0.0, 1.0, (2,), **yes),
                   mt.randperm(3, dtype=float, **yes)):  # fmt: skip
        assert tensor.requires_grad and tensor.is_leaf
    with pytest.raises(RuntimeError, match="floating point"):
        mt.randint(5, (2,), requires_grad=True)
    with pytest.raises(RuntimeError, match="CPU only"):
        mt.rand(2, device="cuda")


@pytest.mark.filterwarnings("ignore:.*out of bounds")
def test_forms_of_arguments():
    calls = [
        lambda t: t.rand(size=(2, 3)), lambda t: t.randn([2, 3]), lambda t: t.rand(()), lambda t: t.randn(0),
        lambda t: t.randint(high=5, size=(2,)), lambda t: t.randint(low=2, high=5, size=[4]),
        lambda t: t.randint(2, high=5, size=(4,)), lambda t: t.randint_like(t.zeros(4), low=2, high=5),
        lambda t: t.normal(mean=1.0, std=2.0, size=(3,)), lambda t: t.zeros(3).random_(to=5),
        lambda t: t.ones(4).multinomial(num_samples=2, replacement=True), lambda t: t.full((4,), 0.5).bernoulli(),
        lambda t: t.zeros(3, dtype=t.int64).random_(-(2**63), None),
        lambda t: t.ones(5).multinomial(1, True), lambda t: t.randint(-(2**30) - 3, 2**25, (50,), dtype=t.float32),
        lambda t: t.randint(t.tensor(7), (3,)), lambda t: t.zeros(2).normal_(t.tensor(3.0), 0),
    ]  # fmt: skip
    for call in calls:
        mt.manual_seed(3), torch.manual_seed(3)
        same(call(mt), call(torch))
        same_state()


# ------------------------------------------------------------------------------------------------ initial weights


def test_gains():
    for name in (
        "linear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
        "sigmoid tanh relu leaky_relu selu"
    ).split():
        assert init.calculate_gain(name) == torch.nn.init.calculate_gain(name)
    assert init.calculate_gain("leaky_relu", 3) == torch.nn.init.calculate_gain("leaky_relu", 3)
    for wrong in (True, "0.1"):
        with pytest.raises(ValueError, match=f"negative_slope {wrong} not a valid number"):
            init.calculate_gain("leaky_relu", wrong)
    with pytest.raises(ValueError, match="Unsupported nonlinearity gelu"):
        init.calculate_gain("gelu")


def test_init_is_not_recorded():
    for name in ("ones_", "zeros_", "xavier_uniform_", "kaiming_normal_", "orthogonal_", "trunc_normal_", "eye_"):
        leaf = mt.ones(3, 4, requires_grad=True)
        version = leaf._version
        assert getattr(init, name)(leaf) is leaf
        assert leaf.is_leaf and leaf.requires_grad and leaf._version > version


def test_init_warnings():
    with pytest.warns(UserWarning, match="mean is more than 2 std") as caught:
        init.trunc_normal_(mt.empty(3), mean=9.0, a=5.0, b=6.5)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="zero-element tensors is a no-op") as caught:
        init.kaiming_uniform_(mt.empty(0, 3))
    assert caught[0].filename == __file__
    with pytest.warns(FutureWarning, match="deprecated in favor of `nn.init.xavier_uniform_`") as caught:
        init.xavier_uniform(mt.empty(2, 3))
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=r"out of bounds \[-16777216, 16777216\]") as caught:
        mt.randint(2**25, (2,), dtype=mt.float32)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match="out of bounds") as caught:
        mt.zeros(2).random_(2**25)
    assert caught[0].filename == __file__


def test_sparse_columns():
    weight = init.sparse_(mt.empty(10, 4), sparsity=0.25)
    assert (weight == 0).sum(0).tolist() == [3, 3, 3, 3]


def test_orthogonal_columns():
    for shape in ((5, 3), (3, 5), (4, 2, 3)):
        weight = init.orthogonal_(mt.empty(*shape), gain=2).numpy().reshape(shape[0], -1)
        product = weight @ weight.T if shape[0] < weight.shape[1] else weight.T @ weight
        np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-5)

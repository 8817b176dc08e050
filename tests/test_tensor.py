"""Tensors as Python and NumPy see them: what expressions give, and what they raise, beside torch."""

import itertools
import math
import os
import statistics
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch

import minitorch_edu as mt

DTYPES = ["float32", "float64", "int64", "int32", "int16", "int8", "uint8", "bool"]


def names(library):
    """What the expressions below talk about."""
    tensor = library.tensor
    return {
        "torch": library,
        "np": np,
        "f": tensor([1.5, -2.0]),
        "d": tensor([1.5, -2.0], dtype=library.float64),
        "i": tensor([3, -4]),
        "u": tensor([200, 7], dtype=library.uint8),
        "b": tensor([True, False]),
        "m": library.arange(6.0).reshape(2, 3),
        "s": tensor(2.5),
        "n": tensor(3),
        "x": tensor([1.0, 2.0], requires_grad=True),
        "e": tensor([]),
    }


def outcome(library, expression):
    """What an expression gives, in a form that both libraries share; the type of what it raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return plain(eval(expression, names(library)))
        except Exception as error:
            return type(error).__name__


def plain(thing):
    if hasattr(thing, "detach"):
        return str(thing.dtype), tuple(thing.shape), thing.requires_grad, repr(thing.tolist())
    if isinstance(thing, np.ndarray):
        return "array", thing.dtype, thing.tolist()
    if isinstance(thing, (list, tuple)):
        return [plain(item) for item in thing]
    return type(thing).__name__, repr(thing).replace("minitorch_edu", "torch")


FROM_DATA = """
torch.tensor(1) | torch.tensor(1.5) | torch.tensor(True) | torch.tensor([1, 2.5]) | torch.tensor([1, True])
torch.tensor([]) | torch.tensor([[], []]) | torch.tensor([[1, 2], [3, 4]]) | torch.tensor(((1, 2), [3, 4]))
torch.tensor(range(3)) | torch.tensor(np.float64(1)) | torch.tensor([np.float64(1)])
torch.tensor([np.float32(1), 2]) | torch.tensor([np.int32(1), 2]) | torch.tensor([np.int8(1)])
torch.tensor(np.arange(3)) | torch.tensor(np.arange(3.0)) | torch.tensor([s, 2])
torch.tensor([np.array([1.0, 2]), np.array([3.0, 4])]) | torch.tensor(f) | torch.tensor(x) | torch.tensor([f, f])
torch.tensor([[1, 2], [3]]) | torch.tensor([[1, 2], 3]) | torch.tensor([1, [2]]) | torch.tensor([[[1], [2]], [[3]]])
torch.tensor("abc") | torch.tensor(["a"]) | torch.tensor(None) | torch.tensor([None]) | torch.tensor({})
torch.tensor(2**63) | torch.tensor(np.array(["a"])) | torch.tensor([1.7], dtype=torch.int64)
torch.tensor([300], dtype=torch.uint8) | torch.tensor([-1], dtype=torch.uint8) | torch.tensor([1.5], dtype=float)
torch.tensor([-128, 127], dtype=torch.int8) | torch.tensor([-129, 0], dtype=torch.int8)
torch.tensor([0, 128], dtype=torch.int8) | torch.tensor([m[:1, :1], 2])
torch.tensor([-255, 255], dtype=torch.uint8) | torch.tensor([-256], dtype=torch.uint8)
torch.tensor(np.array(["1"]), dtype=float) | torch.tensor([0, 2], dtype=bool) | torch.tensor(1, requires_grad=True)
torch.tensor([1.0], requires_grad=True) | torch.tensor(5, dtype=torch.float64)
torch.as_tensor([1.0, 2]) | torch.as_tensor(f, dtype=torch.float64)
torch.as_tensor(np.arange(2)) | torch.from_numpy([1]) | torch.from_numpy(np.float32(1))
torch.from_numpy(np.array(["a"])) is None | torch.from_numpy(np.zeros((2, 0)))
torch.from_numpy(np.arange(3)[::-1]) | torch.as_tensor(np.ones((2, 3))[:, ::-1]) | torch.tensor(np.arange(3)[::-1])
torch.from_numpy(np.arange(3)[::-1].copy()) | torch.from_numpy(np.zeros((0, 2))[::-1])
torch.tensor([np.arange(2)[::-1]])
torch.Tensor([1, 2]) | torch.Tensor(2, 3).shape | torch.Tensor().shape
torch.zeros(2, 3) | torch.zeros((2,)) | torch.zeros([]) | torch.zeros(2, dtype=int) | torch.zeros(2, -1)
torch.zeros(2.0) | torch.zeros(2, "a") | torch.ones(0, 3) | torch.ones(n, 1) | torch.full((2,), 1)
torch.full((2,), True) | torch.full((2,), 1.5) | torch.full(2, 1.5) | torch.full((2,), s) | torch.zeros_like(i)
torch.ones_like(i, dtype=torch.float32) | torch.full_like(i, 2.5) | torch.zeros_like([1])
torch.empty_like(m).shape | torch.empty(2, 3, dtype=torch.int8).dtype | torch.ones_like(x) | torch.eye(2, 3)
torch.arange(3) | torch.arange(3.0) | torch.arange(1, 2, 0.25) | torch.arange(5, 0, -2) | torch.arange(True)
torch.arange(n) | torch.arange(0, 3, 0) | torch.arange(3, 0) | torch.arange(0, 1, 0.1).shape
torch.linspace(0, 1, 5) | torch.linspace(0, 1, 1) | torch.linspace(0, 1, 0) | torch.linspace(0, 1, -1)
torch.linspace(0, 10, 5, dtype=torch.int64) | torch.linspace(s, x[1], 3)
f.new_tensor([1, 2]) | i.new_zeros(2, 3) | f.new_ones((2,))
f.new_full((2,), 3) | i.new_empty(2).dtype | torch.zeros(2, dtype=torch.float99) | torch.zeros(2, colour="red")
"""

OPERATORS = """
f + i | i + f | f + 1 | 1 + f | i + 1.5 | u + 300 | u * -1 | u + 1.5 | b + b | b + 1 | b * True | b * 2.5 | f - f
2 - f | 2.5 - i | b - b | 1 - b | -b | -u | +f | abs(i) | i / 2 | 2 / f | i // 2 | i // -2 | f // 0 | i // 0 | i % 3
i % 0 | 7 % i | f % 1 | i ** 2 | i ** 0 | i ** -1 | i ** n | 2 ** f | 2.5 ** i | i ** 0.5 | b ** 2 | b ** b | b % b
f ** None | i ** torch.tensor([-1, -1]) | torch.tensor([-1, 1, 2]) ** torch.tensor([-3, -2, -1]) | f @ f | m @ m.T
f @ 2 | 2 @ f | m @ f | f @ i | i @ i | f == f | f == 1.5 | 1.5 == f | f == None | f == "a" | f == [1, 2]
f != None | f < 1 | 1 < f | f < "a" | f < None | f >= i | u == 300 | u == -56 | u < 2.5 | b < b
torch.tensor([0.1]) == 0.1 | torch.tensor([2**24 + 1]) == float(2**24) | ~b | ~i | ~f | b & b | b & True | i & 3
3 & i | i & f | i | b ^ b | i ^ 2 | f + "a" | f + [1, 2] | f + None | f * (1, 2) | divmod(f, 2) | f + torch.ones(3)
m + torch.ones(2, 1) | s + i | n + u | s + d | n + f | torch.tensor(True) + u | n * s
torch.tensor(1.0, dtype=torch.float64) + f | f + np.float64(2) | np.float64(2) * f | np.float32(2) * i
i * np.float64(2) | i + np.int64(2) | np.int64(2) - i | f + np.array([1.0, 2]) | f - np.array([1, 2])
f == np.array([1.5, 0]) | np.array([1.5, 0]) == f | x + np.array([1.0, 2]) | np.array([1.0, 2]) * f
f < np.array([1.0, 2]) | np.exp(s - s) | np.exp(x) | np.asarray(f) | np.asarray(x) | np.array(i)
np.asarray(f, dtype=np.float64) | np.float32(2) ** i
"""

FUNCTIONS = """
torch.add(i, i, alpha=2) | torch.add(i, i, alpha=2.5) | torch.add(i, 2.5, alpha=2) | torch.add(2, f)
torch.sub(b, 1) | torch.rsub(f, 1) | torch.mul(2, f) | torch.div(i, 2, rounding_mode="trunc")
torch.div(i, 2, rounding_mode="floor") | torch.div(i, 2, rounding_mode="up") | torch.maximum(i, f)
torch.maximum(i, 2) | torch.exp(b * 0) | torch.exp(2.0) | torch.exp([1.0]) | torch.exp(np.ones(2)) | torch.abs(b)
torch.abs(u) | torch.neg(u) | torch.sign(b) | torch.sqrt(torch.tensor([4, 9])) | torch.square(i) | torch.square(b)
torch.reciprocal(torch.tensor([2])) | torch.floor(i) | torch.floor(b) | torch.round(f)
torch.round(torch.tensor([0.5, 1.5, 2.5])) | torch.trunc(f) | torch.clamp(i, 0.5) | torch.clamp(i, max=1)
torch.clamp(i) | torch.clamp(b, 0, 1) | torch.clamp(b, False) | torch.clip(f, 0) | torch.isnan(i)
torch.isinf(f / 0) | torch.isfinite(f / 0) | torch.where(b, 1, 2) | torch.where(b, 1.0, f) | torch.where(b, i, f)
torch.where(b) | torch.where(i, f, f) | torch.where(b, 1, 2.0) | torch.lerp(f, f, 0.5) | torch.lerp(f, d, 0.5)
torch.lerp(i, i, 0.5) | torch.lerp(f / 0, f, 0.5) | torch.nn.functional.relu6(u)
torch.nn.functional.cross_entropy(f * 0, n * 0, label_smoothing=1) | torch.where(b, f)
torch.nn.functional.cross_entropy(m, m, ignore_index=-1)
torch.isclose(i, f) | torch.isclose(i, i) | torch.allclose(f, d) | torch.equal(f, f)
torch.equal(f, d) | torch.equal(f, m) | torch.equal(f, 1) | torch.logical_and(f, i) | torch.logical_and(f, 1)
torch.logical_not(i) | torch.bitwise_not(f) | torch.bitwise_and(i, 3) | torch.remainder(i, 2.5)
torch.remainder(5, i) | torch.fmod(i, 3) | torch.fmod(i, 0) | torch.fmod(f, 0).isnan() | torch.pow(2, i + 4)
torch.mm(f, f) | torch.bmm(m, m) | torch.mm(m, m) | torch.mv(m, f) | torch.dot(m, f) | torch.outer(f, m)
torch.einsum("ij,kj->ik", m, m) | f.fill_(torch.tensor([1.0, 2])) | f.fill_(2) | i.fill_(2.5) | u.fill_(7)
u.add_(i) | u.mul_(i.to(torch.int8)) | b.add_(i) | i.add_(2.5) | i.add_(f) | i.div_(2) | i.mul_(2)
f.add_(torch.ones(3, 2)) | f.cumsum_(0, dtype=torch.float64) | f.cumprod_(0, dtype=torch.float32)
f.add_(d) | f.eq_(f) | u.add_(300)
b.add_(1) | b.mul_(b) | f.copy_(i) | i.copy_(f) | f.copy_(m) | f.zero_() | f.clamp_(0, 1) | f.relu_()
f.exp_().round() | i.exp_() | i.pow_(2) | f.sqrt_().isnan() | s.add_(1) | s.add_(f)
torch.softmax(m, 1).sum().round() | m.softmax(-1, dtype=torch.float64).dtype | torch.relu(f) | torch.is_tensor(1)
torch.result_type(f, 2) | torch.result_type(i, 2.0) | torch.can_cast(torch.float32, torch.int32) | torch.numel(m)
torch.promote_types(torch.uint8, torch.int8) | torch.finfo(torch.float32).eps | torch.iinfo(torch.int8).min
torch.finfo(torch.float64).max | torch.iinfo(torch.uint8).max | torch.is_floating_point(i)
torch.get_default_dtype() | torch.max(f, keepdim=True) | f.min(keepdim=False) | torch.max(f, f, keepdim=True)
torch.median(f, keepdim=True) | torch.max(f, 0, keepdim=True)[0] | torch.median(f, 0, True)[1]
torch.cat([f, 3]) | torch.cat(f)
"""

BEYOND = """
u.fill_(300) | u.fill_(-1) | u.fill_(-255) | u.fill_(-256) | u.fill_(300.5) | i.to(torch.int8).fill_(-128)
i.to(torch.int8).fill_(-129) | f.fill_(1e300) | f.fill_(float("inf")) | i.fill_(float("nan")) | u.__setitem__(0, 300)
u.__setitem__(0, -1) or u | torch.full((2,), -1, dtype=torch.uint8) | torch.full((2,), 300, dtype=torch.uint8)
torch.full((2,), float("nan"), dtype=torch.int64) | torch.full_like(u, 300) | u.new_full((2,), 300)
u.masked_fill(b, 300) | u.masked_fill(b, -1) | u.masked_fill(b, 1.5) | torch.where(b, u, 300) | torch.where(b, u, -1)
torch.where(b, u, 1.5) | u.clamp(max=300) | u.clamp(min=-3) | u.clamp(0.5, 2) | torch.add(u, u, alpha=-1)
torch.sub(u, u, alpha=2) | u.scatter(0, n - n + torch.tensor([0]), 300) | u.scatter(0, torch.tensor([0]), -1)
u.index_add(0, torch.tensor([0]), u[:1], alpha=-1) | torch.nn.functional.pad(u, (1, 0), value=300)
u + 300 | u < 300 | u == -1 | u * -1
"""

METHODS = """
m.size() | m.size(0) | m.size(-1) | m.size(5) | s.size(0) | m.shape | m.shape[1:] | m.shape.numel() | m.dim()
m.ndim | m.numel() | m.nelement() | len(m) | len(s) | m.stride() | m.T.stride() | m.stride(0) | m.element_size()
m.itemsize | m.nbytes | m.is_contiguous() | m.T.is_contiguous() | m.T.contiguous().stride() | m.is_cuda | m.device
m.is_floating_point() | m.dtype | m.type() | i.type() | b.type() | m.type(torch.int64) | m.type_as(i) | m.T | m.mT
f.mT | f.T | torch.ones(2, 3, 4).T.shape | s.item() | n.item() | m.item() | f[0].item() | m.tolist() | s.tolist()
b.tolist() | f.numpy() | x.numpy() | x.numpy(force=True) | int(s) | float(n) | float(f) | int(f) | bool(s) | bool(f)
bool(e) | bool(n == 3) | range(n) | range(s) | [1, 2, 3, 4][n] | list(f) | list(s) | tuple(m) | 1.5 in f | 7 in f
"a" in f | reversed(f) | f.to(torch.float64) | f.to("cpu") | f.to(i) | f.to("cpu", torch.int64)
f.to(device="cpu", dtype=torch.float64) | f.to(float) | f.to(torch.float32) is f | f.to("float64")
f.to(non_blocking=True) is f | f.to(copy=True) is f | f.float() is f | f.double() | f.int() | f.long() | f.short()
f.bool() | f.cpu() is f | f.contiguous() is f | +f is f | x.double().requires_grad | x.long().requires_grad
x.clone().requires_grad | x.detach().requires_grad | x.is_leaf | (x * 2).is_leaf | x.where(b, 0.0) | f.where(b, i)
x.data.requires_grad | f"{s}" | f"{s:.3f}" | f"{n:>5}" | f"{f:.2f}" | str(f) | repr(b) | f"{f}" | format(x)
hash(f) == hash(f) | f.is_leaf | f.foo | f.fft() | x.grad | x.grad_fn | x.requires_grad_(False) | f.requires_grad_()
i.requires_grad_() | m.unbind() | m.nonexistent_method | f.add | torch.nope | torch.float16x | f.__array__()
f.index | torch.device("cpu") == m.device | torch.device("cuda:1") | torch.device("cuda", 1).index
torch.device("gpu") | torch.Size([2, 3]) + (4,) | (4,) + torch.Size([2]) | 2 * torch.Size([2]) | torch.Size([2]) * 2
torch.Size([2]) == (2,) | m[[None, 0]] | m[[..., 0]] | f.flatten() is f | m.flatten(1) is m | m.flatten(-1, 1) is m
m.flatten() | s.flatten() | x.flatten() is x | f.flatten(0, 5) | f.broadcast_to(2, *f.shape) | m.broadcast_to(3)
torch.broadcast_to(s, (2, 2)) | torch.cuda.manual_seed(1) | torch.cuda.manual_seed_all(1) | torch.cuda.empty_cache()
torch.finfo(torch.float32) | torch.finfo(torch.float64) | torch.iinfo(torch.int8)
"""


def expressions(text):
    return [part.strip() for line in text.strip().splitlines() for part in line.split(" | ") if part.strip()]


# torch keeps these as they are; ours answer differently, and say so.
DIFFERENT = {"f.index", "f.add"}


@pytest.mark.parametrize("expression", expressions(FROM_DATA + OPERATORS + FUNCTIONS + BEYOND + METHODS))
def test_an_expression_gives_what_torch_gives(expression):
    if expression in DIFFERENT:
        return
    assert outcome(mt, expression) == outcome(torch, expression)


@pytest.mark.parametrize(("a", "b"), list(itertools.product(DTYPES, DTYPES)))
def test_promotion_of_tensors(a, b):
    """Every pair of types, with and without axes, in result_type and in the operators that promote."""
    for one, other in itertools.product(([1, 1], 1), repeat=2):
        both = []
        for library in (mt, torch):
            x = library.tensor(one, dtype=getattr(library, a))
            y = library.tensor(other, dtype=getattr(library, b))
            found = [library.result_type(x, y), (x + y).dtype, (x * y).dtype, (x / y).dtype, (x == y).dtype]
            found += [library.maximum(x, y).dtype, library.where(x == y, x, y).dtype]
            found += [x.clone().copy_(y.sum()).dtype, library.can_cast(x.dtype, y.dtype)]
            found += [library.promote_types(x.dtype, y.dtype)]
            both.append(list(map(str, found)))
        assert both[0] == both[1]


@pytest.mark.parametrize("a", DTYPES)
def test_promotion_with_numbers_and_of_functions(a):
    for one, number in itertools.product(([1, 1], 1), (True, 2, 2.5, np.float64(2), np.int32(2), np.float32(2))):
        both = []
        for library in (mt, torch):
            x = library.tensor(one, dtype=getattr(library, a))
            found = [library.result_type(x, number), (x + number).dtype, (number * x).dtype, (x / number).dtype]
            both.append(list(map(str, found)))
        assert both[0] == both[1]
    for name in "exp log log2 log10 log1p expm1 sqrt rsqrt reciprocal sin cos tan tanh sinh cosh sigmoid erf".split():
        ours, theirs = (getattr(lib, name)(lib.tensor([1, 1], dtype=getattr(lib, a))) for lib in (mt, torch))
        assert str(ours.dtype) == str(theirs.dtype), name
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-6)


def test_grad_fn_has_torchs_name():
    made = []
    for library in (mt, torch):
        x, y = (library.tensor([0.25, 0.5], requires_grad=True) for _ in "xy")
        unary = "neg exp log log2 log10 log1p expm1 sqrt rsqrt square reciprocal abs sign sin cos tan tanh sinh cosh "
        unary += "sigmoid erf round floor ceil trunc clone double relu"
        results = [getattr(x, name)() for name in unary.split()]
        results += [
            x + y,
            x + 1,
            1 - x,
            x - y,
            x * 2,
            x / y,
            2 / x,
            x // 2,
            x % 2,
            x % y,
            x.fmod(2),
            x.fmod(y),
            x**2,
            x**y,
        ]
        results += [2**x, library.maximum(x, y), x.minimum(y), library.where(x > 0, x, y), library.lerp(x, y, 0.5)]
        results += [x.lerp(y, y), x.clamp(0), x.clamp(max=y), x.div(y, rounding_mode="floor"), x.T, x @ y]
        results += [library.outer(x, y), x[None] @ y[:, None], library.ones(2, 2) @ x, library.ones(1, 2, 2) @ x]
        results += [library.bmm(library.ones(1, 2, 2), x.view(1, 2, 1)), x.clone().fill_(2), x.clone().zero_()]
        results += [x.clone().copy_(y), x.clone().add_(1), library.addmm(x, library.ones(1, 2), library.ones(2, 2) * y)]
        made.append([repr(result).split("grad_fn=")[-1] for result in results])
    assert made[0] == made[1]


def test_special_values_raise_no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        x = mt.tensor([0.0, -1.0, math.inf, math.nan], requires_grad=True)
        for y in (1 / x, x.log(), x.sqrt(), x.exp(), x / 0, x // 0, x % 0, x**0.5, x.reciprocal(), x * math.inf):
            if "NotImplemented" not in repr(y):
                y.sum().backward(retain_graph=True)


@pytest.mark.parametrize(("call", "words"), [
    (lambda: mt.zeros(2).cuda(), ["cuda", "CPU only", "torch itself"]),
    (lambda: mt.zeros(2).to("cuda:0"), ["cuda:0", "CPU only", "torch itself"]),
    (lambda: mt.zeros(2, device="cuda"), ["cuda", "CPU only"]),
    (lambda: mt.zeros(2).fft, ["Tensor", "'fft'"]),
    (lambda: mt.fft, ["minitorch_edu", "'fft'"]),
    (lambda: mt.cuda.Stream, ["'Stream'"]),
    (lambda: mt.zeros(2, dtype="complex64"), ["complex64", "float32, float64"]),
    (lambda: mt.zeros(2) + mt.zeros(3), ["add()", "size of tensor a (2)", "tensor b (3)", "[2] and [3]"]),
    (lambda: mt.exp(np.ones(2)), ["exp()", "'input'", "must be Tensor, not ndarray"]),
    (lambda: mt.zeros(2).add_(mt.zeros(2, 2)), ["add_()", "[2]", "[2, 2]"]),
    (lambda: mt.isnan("a"), ["isnan()", "'input' (position 1)", "must be Tensor, not str"]),
    (lambda: mt.tensor([[1, 2], [3]]), ["length 2 at dim 1 (got 1)"]),
    (lambda: mt.cat([mt.zeros(2)], along=0), ["cat()", "'along'"]),
    (lambda: mt.nn.functional.interpolate, ["nn.functional", "'interpolate'", "if torch has it"]),
    (lambda: mt.utils.data.Dataloader, ["'Dataloader'", "is it 'DataLoader'?"]),
    (lambda: mt.cat([mt.zeros(2), 3]), ["cat()", "element 1", "int"]),
    (lambda: mt.max(mt.zeros(2), keepdim=True), ["max()", "keepdim", "dim"]),
    (lambda: mt.zeros(2, dtype=mt.uint8).fill_(300), ["300", "uint8", "overflow"]),
])  # fmt: skip
def test_an_error_names_what_it_is_about(call, words):
    with pytest.raises((RuntimeError, TypeError, ValueError, AttributeError)) as caught:
        call()
    assert all(word in str(caught.value) for word in words), caught.value


def test_every_public_name_is_torchs():
    ours = {name for name in mt.__all__ if not hasattr(torch, name)}
    assert ours == {"get_printoptions"}  # torch has it under torch._tensor_str
    methods = {name for name in dir(mt.Tensor) if name[0] != "_" and not hasattr(torch.Tensor, name)}
    assert methods == set()
    assert all(getattr(mt, name) is not None for name in mt.__all__)


@pytest.mark.parametrize("create", [
    lambda **where: mt.tensor(1.0, **where), lambda **where: mt.as_tensor(mt.ones(1), **where),
    lambda **where: mt.empty(1, **where), lambda **where: mt.zeros(1, **where), lambda **where: mt.ones(1, **where),
    lambda **where: mt.full((1,), 2.0, **where), lambda **where: mt.empty_like(mt.ones(1), **where),
    lambda **where: mt.arange(3, **where), lambda **where: mt.linspace(0, 1, 3, **where),
    lambda **where: mt.eye(2, **where),
])  # fmt: skip
def test_what_creates_a_tensor_knows_the_cpu_only(create):
    assert create(device="cpu").device == mt.device("cpu")
    with pytest.raises(RuntimeError, match="CPU only"):
        create(device="cuda")


def test_cuda_is_not_available():
    assert mt.cuda.is_available() is False and mt.cuda.device_count() == 0


# ------------------------------------------------------------------------------------------------ import

BLOCKED = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision", "PIL", "tqdm", "matplotlib"):
            raise ImportError(f"{name} is blocked")
sys.meta_path.insert(0, Blocked())
"""


def python(code, **environment):
    root = os.path.dirname(os.path.dirname(os.path.abspath(mt.__file__)))
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    run = subprocess.run([sys.executable, "-c", code], cwd=root, env=env | environment, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_nothing_but_numpy_is_needed():
    python(BLOCKED + """
import minitorch_edu as torch
from minitorch_edu import nn, optim
from minitorch_edu.utils.data import DataLoader, TensorDataset
import minitorch_edu.vision
net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 36, 10))
optimizer = optim.SGD(net.parameters(), lr=0.1)
for x, y in DataLoader(TensorDataset(torch.randn(8, 3, 8, 8), torch.randint(10, (8,))), batch_size=4, shuffle=True):
    optimizer.zero_grad()
    nn.CrossEntropyLoss()(net(x), y).backward()
    optimizer.step()
print(net, x)
""")  # fmt: skip


def test_import_is_quick(tmp_path):
    """At most 1.3 times as long as `import numpy`: the median of runs that alternate, in processor time."""
    code = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"
    cache = {"PYTHONPYCACHEPREFIX": str(tmp_path)}
    seconds = [[float(python(code.format(name), **cache)) for name in ("numpy", "minitorch_edu")] for _ in range(12)]
    ratios = [ours / numpy for numpy, ours in seconds[1:]]  # the first run compiles
    assert statistics.median(ratios) < 1.3, ratios


AXES = (
    lambda torch, x: x.sum(axis=0), lambda torch, x: x.argmax(axis=1), lambda torch, x: x.max(axis=1)[1],
    lambda torch, x: x.sum(1, keepdims=True), lambda torch, x: x.mean(axis=(0, 1), keepdims=True),
    lambda torch, x: torch.cat([x, x], axis=1), lambda torch, x: torch.stack([x, x], axis=1),
    lambda torch, x: x.softmax(axis=0), lambda torch, x: x.unsqueeze(axis=0), lambda torch, x: x.median(axis=0)[0],
    lambda torch, x: torch.var_mean(x, axis=0)[1], lambda torch, x: x.cumsum(axis=0),
    # What is refused, since a second axis may be meant:
    lambda torch, x: x.sum(0, 1), lambda torch, x: x.mean(0, 1), lambda torch, x: x.argmax(0, 1),
    lambda torch, x: x.max(0, 1), lambda torch, x: x.sum(0, keepdims=1),
)  # fmt: skip


@pytest.mark.parametrize("call", AXES)
def test_numpys_names_of_axes(call):
    """axis and keepdims, which torch takes too; and a keepdim that is a number, which it refuses."""

    def outcome(torch):
        try:
            return call(torch, torch.arange(6.0).reshape(2, 3)).tolist()
        except TypeError as error:
            return str(error)

    ours, theirs = outcome(mt), outcome(torch)
    if isinstance(ours, list):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    else:
        assert "argument 'keepdim' (position 2) must be bool, not int" in ours and "must be bool" in theirs

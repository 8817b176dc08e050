"""The engine, case by case, side by side with torch.

A test with the argument `torch` runs twice, with torch and with minitorch_edu in its place: both must pass.
"""

import copy
import gc
import importlib
import pickle
import time
import weakref

import numpy as np
import pytest
import torch as real_torch

import minitorch_edu as mt


@pytest.fixture(params=["torch", "minitorch_edu"])
def torch(request):
    return importlib.import_module(request.param)


# ------------------------------------------------------------------------------------------------ overwritten values


def leaf(torch, *numbers):
    return torch.tensor(numbers or (1.0, 2.0), requires_grad=True)


def spoil_other(torch, x):
    w = x.detach() * 1
    y = x * w
    w.add_(1)
    return y


def spoil_view_of_other(torch, x):
    w = (x.detach() * 1).view(1, 2)
    y = x * w
    w[0, 0] = 5.0
    return y


def spoil_result(torch, x):
    y = x.exp()
    y.mul_(2)
    return y


def spoil_result_through_view(torch, x):
    y = x.sigmoid()
    y[0].zero_()
    return y


def spoil_through_detach(torch, x):
    y = x.tanh()
    y.detach().zero_()
    return y


def spoil_base_of_view(torch, x):
    base = x * 1
    y = base[:1].square()
    base.add_(1)
    return y


def spoil_by_augmented_assignment(torch, x):
    h = x * 1
    y = h * h
    h += 1
    return y


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_other,
        spoil_view_of_other,
        spoil_result,
        spoil_result_through_view,
        spoil_through_detach,
        spoil_base_of_view,
        spoil_by_augmented_assignment,
    ],
)
def test_backward_through_an_overwritten_value_raises(torch, spoil):
    y = spoil(torch, leaf(torch))
    with pytest.raises(RuntimeError, match="modified by an inplace operation.*is at version 1; expected version 0"):
        y.sum().backward()


def spoil_batches(torch, x):
    layer = torch.nn.BatchNorm1d(2)
    layer.num_batches_tracked.data = layer.num_batches_tracked.detach().double()
    y = x.double() * layer.num_batches_tracked
    layer(torch.arange(6.0).reshape(3, 2))
    return y


def spoil_running_mean(torch, x):
    mean, var = torch.zeros(2), torch.ones(2)
    y = x * mean
    torch.nn.functional.instance_norm(torch.arange(6.0).reshape(1, 2, 3), mean, var)
    return y


def spoil_gradient(torch, x):
    layer = torch.nn.Linear(1, 1)
    layer.weight.grad = torch.ones(1, 1)
    y = x * layer.weight.grad
    layer.zero_grad(set_to_none=False)
    return y


@pytest.mark.parametrize("spoil", [spoil_batches, spoil_running_mean, spoil_gradient])
def test_layers_count_their_writes(torch, spoil):
    y = spoil(torch, leaf(torch))
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def harmless_add(torch, x):
    h = x * 1
    y = h + 1  # add needs neither operand
    h.mul_(3)
    return y


def harmless_data(torch, x):
    w = x.detach() * 1
    y = x * w
    w.data.add_(0)  # not counted
    return y


def harmless_before(torch, x):
    h = x * 1
    h.mul_(3)
    return h * h


def harmless_in_place_of_itself(torch, x):
    h = x * 1
    return h.sin_().square_()


@pytest.mark.parametrize("use", [harmless_add, harmless_data, harmless_before, harmless_in_place_of_itself])
def test_writes_that_no_gradient_minds(use):
    found = []
    for library in (real_torch, mt):
        x = leaf(library)
        use(library, x).sum().backward()
        found.append(x.grad.numpy())
    np.testing.assert_allclose(*found, rtol=1e-6)


@pytest.mark.parametrize("write", ["x.add_(1)", "x[0] = 1", "x[:1].zero_()", "x.view(-1).mul_(2)"])
def test_a_leaf_that_requires_a_gradient_is_not_written_to(torch, write):
    x = leaf(torch)
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad is being used in an in-place operation"):
        exec(write, {"x": x})
    with torch.no_grad():
        exec(write, {"x": x})
    assert x.is_leaf and x.requires_grad


def test_a_leaf_becomes_computed_when_a_gradient_is_written_into_it(torch):
    x, w = torch.zeros(3), leaf(torch)
    x[1:] = w
    assert not x.is_leaf
    assert "CopySlices" in repr(x)
    (x * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    assert w.grad.tolist() == [2.0, 3.0]


def test_an_expanded_tensor_is_not_written_to(torch):
    with pytest.raises(RuntimeError, match="single memory location"):
        torch.zeros(1, 2).expand(3, 2).add_(1)


# ------------------------------------------------------------------------------------------------ views


def test_views_share_memory_and_history(torch):
    x = leaf(torch, 1.0, 2.0, 3.0, 4.0)
    base = x * 2
    row = base.view(2, 2)[1]
    row.mul_(10)
    assert base.tolist() == [2.0, 4.0, 60.0, 80.0]
    base.add_(1)
    assert row.tolist() == [61.0, 81.0]
    row.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 20.0, 20.0]


def test_what_shares_memory_and_what_does_not(torch):
    x = torch.arange(6.0).reshape(2, 3)
    for view in (
        x.t(),
        x[0],
        x.view(-1),
        x.detach(),
        x.data,
        x.unsqueeze(0),
        x.expand(2, 2, 3),
        x.contiguous(),
        x.float(),
    ):
        assert view.data_ptr() == x.data_ptr()
    for other in (
        x.clone(),
        x + 0,
        x[[0, 1]],
        x.double().float(),
        x.t().contiguous(),
        x.relu(),
        x.to(torch.float32, copy=True),
    ):
        assert other.data_ptr() != x.data_ptr()
    array = np.zeros(3)
    tensor = torch.from_numpy(array)
    tensor[0] = 1
    array[1] = 2
    assert tensor.tolist() == [1, 2, 0] == array.tolist() == tensor.numpy().tolist()


def test_a_view_made_before_its_base_was_replaced_looks_again(torch):
    x = leaf(torch)
    base = torch.zeros(2)
    view = base[1:]
    assert not view.requires_grad
    base.copy_(x)
    assert view.requires_grad
    (view * 3).sum().backward()
    assert x.grad.tolist() == [0.0, 3.0]


# ------------------------------------------------------------------------------------------------ backward


def test_gradients_accumulate_over_uses_and_over_calls(torch):
    x = leaf(torch)
    (x * x + x).sum().backward()
    assert x.grad.tolist() == [3.0, 5.0]
    first = x.grad
    x.sum().backward()
    assert first is x.grad and first.tolist() == [4.0, 6.0]


def given(torch, x):
    g = torch.ones(2)
    return x + 0, g, [g]


def given_and_viewed(torch, x):
    g = torch.ones(1, 2)
    return x.view(1, 2), g, [g]


def also_anothers(torch, x):
    other = leaf(torch)
    return (x + other) * 1, torch.ones(2), lambda: [other.grad]


def kept_by_a_hook(torch, x):
    kept = []
    x.register_hook(lambda g: kept.append(g))
    return x * 2, torch.ones(2), kept


def kept_where_it_was_computed(torch, x):
    y = x + 0
    y.retain_grad()
    return y * 2, torch.ones(2), lambda: [y.grad]


@pytest.mark.parametrize("others", [given, given_and_viewed, also_anothers, kept_by_a_hook, kept_where_it_was_computed])
def test_the_gradient_is_no_alias(torch, others):
    if torch is real_torch and others is given_and_viewed:
        pytest.skip("torch's own .grad shares memory with the given gradient, if only a view lies between them")
    x = leaf(torch)
    y, g, elsewhere = others(torch, x)
    y.backward(g)
    elsewhere = elsewhere if isinstance(elsewhere, list) else elsewhere()
    before = [tensor.tolist() for tensor in elsewhere]
    x.grad.add_(5)
    assert elsewhere and [tensor.tolist() for tensor in elsewhere] == before


KEPT = np.ones((2, 3))


@pytest.mark.parametrize(
    "made, taken",
    [
        (lambda g: g * 2, True),
        (lambda g: np.asfortranarray(g), False),  # .grad lies in memory as x does
        (lambda g: (g.reshape(-1) * 2).reshape(2, 3), True),  # a view of all of it
        (lambda g: np.ones((4, 3))[:2], False),  # a view of some of it would hold the rest, too
        (lambda g: np.broadcast_to(g[:1], (2, 3)), False),
        (lambda g: KEPT, False),
        (lambda g: KEPT.reshape(-1).reshape(2, 3), False),
        (lambda g: np.frombuffer(bytearray(48)).reshape(2, 3), False),
    ],
)
def test_a_gradient_that_nobody_else_holds_is_not_copied(made, taken):
    arrays = []

    def gradient(g):
        result = made(g)
        arrays.append(weakref.ref(result))
        return result

    identity = mt.autograd.op(lambda input: (input + 0, {"input": gradient}), name="IdentityBackward0")
    x = mt.zeros(2, 3, dtype=mt.float64, requires_grad=True)
    identity(x).backward(mt.ones(2, 3, dtype=mt.float64))
    assert (arrays[0]() is x.grad.array) == taken


def test_a_second_backward_raises_unless_the_graph_is_retained(torch):
    x = leaf(torch)
    y = (x * x).exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward()


@pytest.mark.parametrize(
    "function",
    [
        "x + 1",
        "-x",
        "x.sum()",
        "x.view(-1)",
        "x.t()",
        "x * 2",
        "x.exp()",
        "x.abs()",
        "x.clamp(0)",
        "x / 2",
        "2 / x",
        "x ** 2",
        "x.clone()",
        "x.sum().exp()",
        "x.T",
        "x @ x",
        "x.mean()",
        "torch.cat([x, x])",
        "x[0]",
    ],
)
def test_what_may_be_differentiated_twice(function):
    """A graph that holds no values is not freed: torch and we let the same ones be used again."""
    raised = []
    for library in (real_torch, mt):
        x = leaf(library)
        y = eval(function, {"x": x, "torch": library})
        y.backward(library.ones_like(y))
        try:
            y.backward(library.ones_like(y))
            raised.append(False)
        except RuntimeError:
            raised.append(True)
    assert raised[0] == raised[1]


def test_no_gradient_is_made_from_nothing(torch):
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        torch.ones(1).backward()
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar outputs"):
        leaf(torch).backward()
    with pytest.raises(RuntimeError, match="shape"):
        leaf(torch).backward(torch.ones(3))
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1, 2]).requires_grad_()
    with pytest.raises(RuntimeError, match="floating point"):
        torch.tensor([1, 2], requires_grad=True)
    with pytest.raises(RuntimeError, match="leaf variables"):
        (leaf(torch) * 1).requires_grad_(False)
    with pytest.raises(RuntimeError, match="detach"):
        leaf(torch).numpy()
    with pytest.raises(RuntimeError, match="floor_divide is not implemented"):
        (leaf(torch) // 2).sum().backward()


def test_create_graph_is_refused():
    with pytest.raises(NotImplementedError, match="create_graph"):
        leaf(mt).sum().backward(create_graph=True)
    with pytest.raises(NotImplementedError, match="create_graph"):
        mt.autograd.grad(leaf(mt).sum(), [leaf(mt)], create_graph=True)


def test_backward_to_some_inputs_only(torch):
    x, w = leaf(torch), leaf(torch)
    h = x * w
    h.sum().backward(inputs=[w, h])
    assert x.grad is None and w.grad.tolist() == [1.0, 2.0] and h.grad.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="cannot be empty"):
        x.sum().backward(inputs=[])


def test_backward_of_several_tensors(torch):
    x = leaf(torch)
    torch.autograd.backward([x.sum(), x * 2], [None, torch.ones(2)])
    assert x.grad.tolist() == [3.0, 3.0]


def test_grad(torch):
    x, w, unused = leaf(torch), leaf(torch), leaf(torch)
    h = x * w
    y = (h * h).sum()
    dx, dh = torch.autograd.grad(y, [x, h], retain_graph=True)
    assert dx.tolist() == [2.0, 16.0] and dh.tolist() == [2.0, 8.0] and x.grad is None
    assert torch.autograd.grad(y, [x, unused], allow_unused=True)[1] is None
    with pytest.raises(RuntimeError, match="not have been used in the graph"):
        torch.autograd.grad((x * x).sum(), unused)
    with pytest.raises(RuntimeError, match="does not require grad"):
        torch.autograd.grad(x.sum(), torch.ones(2))
    (g,) = torch.autograd.grad(x * 2, x, grad_outputs=torch.tensor([1.0, 10.0]))
    assert g.tolist() == [2.0, 20.0]


def test_gradients_of_scalars_are_tensors_like_any(torch):
    x = torch.tensor(3.0, requires_grad=True)
    seen = []
    x.register_hook(lambda g: seen.append(g.view(1).tolist()))
    (g,) = torch.autograd.grad(x * x + x, x)
    assert seen == [[7.0]] and g.numpy().shape == () and g[None].tolist() == [7.0]


def test_integers_and_detached_tensors_get_no_gradient(torch):
    x = leaf(torch)
    assert not (x > 1).requires_grad
    assert not x.detach().requires_grad
    assert not x.argmax().requires_grad
    assert not (x * 1).long().requires_grad
    assert x.double().requires_grad


def test_a_gradient_has_its_inputs_type_and_shape(torch):
    x = torch.ones(1, 3, requires_grad=True)
    w = torch.ones(2, 1, dtype=torch.float64, requires_grad=True)
    y = x * w * torch.ones(4, 2, 3, dtype=torch.float64)
    y.sum().backward()
    assert (x.grad.dtype, x.grad.shape) == (torch.float32, (1, 3))
    assert (w.grad.dtype, w.grad.shape) == (torch.float64, (2, 1))
    assert x.grad.tolist() == [[8.0] * 3] and w.grad.tolist() == [[12.0]] * 2


# ------------------------------------------------------------------------------------------------ hooks


def test_hooks_see_and_replace_gradients(torch):
    x = leaf(torch)
    h = x * 3
    seen = []
    looking = h.register_hook(lambda g: seen.append(g.tolist()))
    doubling = h.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g + 1)
    h.sum().backward(retain_graph=True)
    assert seen == [[1.0, 1.0]] and x.grad.tolist() == [7.0, 7.0]
    looking.remove()
    doubling.remove()
    x.grad = None
    h.sum().backward()
    assert len(seen) == 1 and x.grad.tolist() == [4.0, 4.0]
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        torch.ones(1).register_hook(print)


def test_a_hook_sees_the_whole_gradient_once(torch):
    x = leaf(torch)
    h = x * 1
    seen = []
    h.register_hook(lambda g: seen.append(g.tolist()))
    (h * 2 + h * h).sum().backward()
    assert seen == [[4.0, 6.0]]


def test_a_hook_stays_with_the_value_it_was_registered_on(torch):
    x = leaf(torch)
    h = x * 1
    seen = []
    h.register_hook(lambda g: seen.append(("before", g.tolist())))
    h.mul_(10)
    h.register_hook(lambda g: seen.append(("after", g.tolist())))
    h.sum().backward()
    assert seen == [("after", [1.0, 1.0]), ("before", [10.0, 10.0])]


def test_retain_grad(torch):
    x = leaf(torch)
    h = x * 2
    h.retain_grad()
    h.retain_grad()
    assert h.retains_grad and not x.retains_grad
    (h * h).sum().backward(retain_graph=True)
    assert h.grad.tolist() == [4.0, 8.0]
    (h * 1).sum().backward()
    assert h.grad.tolist() == [5.0, 9.0]


def test_the_retained_gradient_is_that_of_the_newest_value(torch):
    x = leaf(torch)
    h = x * 2
    view = h[:1]
    h.retain_grad()
    view.retain_grad()
    h.mul_(3)
    h.register_hook(lambda g: g * 10)
    (h.sum() + view.sum()).backward()
    assert h.grad.tolist() == [20.0, 10.0] and view.grad.tolist() == [1.0] and x.grad.tolist() == [120.0, 60.0]


@pytest.mark.parametrize(("spoil", "error", "words"), [
    (lambda torch, x: setattr(x, "grad", 3), TypeError, "assigned grad .* type int"),
    (lambda torch, x: setattr(x, "grad", torch.ones(3)), RuntimeError, "assign a gradient of s"),
    (lambda torch, x: setattr(x, "grad", torch.ones(2).double()), RuntimeError, "assign a gradient .* dtype"),
    (lambda torch, x: setattr(x, "grad", x), RuntimeError, "its own grad"),
    (lambda torch, x: setattr(x, "data", torch.ones(2).long()), RuntimeError, "data set to a tensor that requires"),
    (lambda torch, x: x.register_hook(lambda g: 3), TypeError, "hook.* returned '?int"),
    (lambda torch, x: x.register_hook(lambda g: torch.ones(3)), RuntimeError, "hook .* has changed the size"),
])  # fmt: skip
def test_what_cannot_be_a_gradient(torch, spoil, error, words):
    x = leaf(torch)
    with pytest.raises(error, match=words):
        spoil(torch, x)
        x.sum().backward()


# ------------------------------------------------------------------------------------------------ when to record


def test_grad_mode(torch):
    x = leaf(torch)

    @torch.no_grad()
    def without(depth=2):
        return without(depth - 1) if depth else x * 2

    @torch.no_grad
    def without_brackets():
        return x * 2

    @torch.enable_grad()
    def with_gradient():
        return x * 2

    @torch.set_grad_enabled(False)
    def switched_off():
        return x * 2

    assert torch.is_grad_enabled()
    assert not without().requires_grad and not without_brackets().requires_grad and not switched_off().requires_grad
    with torch.no_grad():
        assert not torch.is_grad_enabled() and with_gradient().requires_grad and not (x * 2).requires_grad
        with torch.set_grad_enabled(True):
            assert (x * 2).requires_grad
        assert not torch.is_grad_enabled()
    with torch.inference_mode():
        assert not (x * 2).requires_grad
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    assert with_gradient.__name__ == "with_gradient"


def test_grad_mode_of_a_generator(torch):
    """Its own code runs in the mode, the caller's between its values does not."""

    @torch.no_grad()
    def generator():
        sent = yield torch.is_grad_enabled()
        try:
            yield sent, torch.is_grad_enabled()
        except KeyError:
            yield "caught", torch.is_grad_enabled()
        try:
            yield
        finally:
            closed.append(torch.is_grad_enabled())

    closed, running = [], generator()
    assert next(running) is False and torch.is_grad_enabled()
    assert running.send(3) == (3, False) and running.throw(KeyError()) == ("caught", False)
    next(running)
    running.close()
    assert closed == [False] and torch.is_grad_enabled()
    assert list(torch.set_grad_enabled(False)(generator)())[0] is False and torch.is_grad_enabled()


def test_grad_mode_by_name(torch):
    with torch.inference_mode(mode=True):
        assert not torch.is_grad_enabled()
    with torch.set_grad_enabled(mode=False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_threads_record_each_for_itself():
    import threading

    found = []
    with mt.no_grad():
        thread = threading.Thread(target=lambda: found.append(mt.is_grad_enabled()))
        thread.start()
        thread.join()
    assert found == [True]


# ------------------------------------------------------------------------------------------------ copies


def test_deepcopy(torch):
    x = leaf(torch)
    (x * x).sum().backward()
    y, again = copy.deepcopy([x, x])
    assert y is again and y is not x
    assert y.requires_grad and y.is_leaf and y.tolist() == x.tolist() and y.grad.tolist() == x.grad.tolist()
    y.grad.zero_()
    with torch.no_grad():
        y.zero_()
    assert x.tolist() == [1.0, 2.0] and x.grad.tolist() == [2.0, 4.0]
    with pytest.raises(RuntimeError, match="graph leaves"):
        copy.deepcopy(x * 2)


def test_pickle(torch):
    x = leaf(torch)
    y = pickle.loads(pickle.dumps(x))
    assert y.requires_grad and y.tolist() == x.tolist() and y.dtype == x.dtype


def test_dtypes_and_sizes_come_back_from_copies_as_they_are():
    for thing in (mt.float32, mt.bool, mt.Size([2, 3]), mt.device("cpu")):
        assert copy.deepcopy(thing) == thing == pickle.loads(pickle.dumps(thing))
    assert copy.deepcopy(mt.int64) is mt.int64


# ------------------------------------------------------------------------------------------------ depth


@pytest.mark.parametrize("step", ["y + 1", "y * y0", "y.view(1)", "y0.view(1).mul_(1)"])
def test_a_chain_of_100_000_operators(step):
    """Neither building, nor differentiating, nor freeing a deep graph recurses."""
    x = mt.ones(1, requires_grad=True)
    began = time.process_time()
    y0 = y = x * 1
    code = compile(step, step, "eval")
    for _ in range(100_000):
        y = eval(code, {"y": y, "y0": y0})
    y.backward()
    assert x.grad.shape == (1,)
    del y, y0
    gc.collect()
    assert time.process_time() - began < 60


def test_a_deep_graph_is_freed_without_backward():
    y = mt.ones(1, requires_grad=True)
    for _ in range(100_000):
        y = y * y
    del y
    gc.collect()


def test_a_graph_is_freed_when_its_last_tensor_goes():
    """No cycles: reference counts alone free what a step has made."""
    x = mt.ones(100, requires_grad=True)
    gc.collect()
    gc.disable()
    try:
        for _ in range(3):
            h = (x * x).exp() + 1
            h[0].mul_(2)
            h.register_hook(lambda g: g * 1)
            h.sum().backward()
        del h
        assert gc.collect() == 0
    finally:
        gc.enable()

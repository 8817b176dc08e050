"""What calls cost at least: flops beside those that torch counts, bytes beside the sizes of torch's tensors."""

import math

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from reference import find
from reference.costs import ELEMENTWISE, MEANS, UPDATES, A, S, cost, named
from reference.record import Call, Op, cotangent
from reference.sizes import SIZES, typical

pytestmark = pytest.mark.filterwarnings("ignore")  # torch's, of what is deprecated

OPERATORS = [name for name in SIZES if type(find(name)) is Op]
COUNTED = [name for name in OPERATORS if name.startswith("conv") or name in ("linear", "matmul", "mm", "bmm")]


def on_meta(record, call):
    """(inputs, those with gradients, results) of torch, of which only the shapes are computed."""
    inputs = []

    def tensor(array):
        dtype = torch.float32 if array.dtype.kind == "f" else getattr(torch, array.dtype.name)
        inputs.append(torch.empty(array.shape, dtype=dtype, device="meta"))
        return inputs[-1]

    drawn = call.map(tensor)
    constants = {id(drawn.kwargs[key]) for key in (*record.constant, *record.mutates) if key in drawn.kwargs}
    leaves = [leaf for leaf in inputs if leaf.is_floating_point() and id(leaf) not in constants]
    for leaf in leaves:
        leaf.requires_grad_()
    results = record.resolve("torch")(*drawn.args, **drawn.kwargs)
    return inputs, leaves, list(results) if isinstance(results, (tuple, list)) else [results]


@pytest.mark.parametrize("name", COUNTED)
def test_flops_are_those_that_torch_counts(name):
    for call in typical(name):
        counter = {phase: FlopCounterMode(display=False) for phase in ("forward", "backward")}
        with counter["forward"]:
            _, _, (result,) = on_meta(find(name), call)
        with counter["backward"]:
            result.backward(torch.empty_like(result))
        counted = {phase: mode.get_total_flops() for phase, mode in counter.items()}
        assert counted == cost(name, call).flops, f"{name} of {[a.shape for a in call.arrays()]}"


# What they leave unread: rows (or everything) of which only the shape, or a chosen number, matters.
PARTLY = ("flatten", "zeros_like", "ones_like", "nll_loss", "gather", "index_select", "one_hot")
DETACHED = ("floor_divide",)  # has no gradient, though shapes alone pretend it has


@pytest.mark.parametrize("name", [name for name in OPERATORS if name not in PARTLY])
def test_bytes_are_those_of_inputs_outputs_and_gradients(name):
    nbytes = lambda tensors: sum(tensor.numel() * tensor.element_size() for tensor in tensors)
    record = find(name)
    for call in typical(name):
        inputs, leaves, results = on_meta(record, call)
        running = [tensor for tensor in inputs if not tensor.requires_grad and tensor.is_floating_point()]
        found = cost(name, call).bytes
        assert found["forward"] == nbytes(inputs) + nbytes(results) + nbytes(running), f"{name}, forward"
        results = [result for result in results if result.requires_grad and name not in DETACHED]
        least = nbytes(results) + nbytes(leaves) if results else 0
        assert least <= found["backward"] <= least + nbytes(inputs) + nbytes(results), f"{name}, backward"


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_formulas_that_are_counted_are_right(name):
    """Evaluated, they give torch's values and gradients."""
    if name in ("zeros_like", "ones_like"):
        return
    record = find(name)
    call = typical(name)[0].map(lambda array: array[:1, :40])
    scope = {key: getattr(np, key) for key in dir(np)} | {"erf": np.vectorize(math.erf), "S": S, "A": A}
    scope |= named(name, call.arrays())

    def evaluate(formula):
        *assignments, last = formula.split(";")
        exec(";".join(assignments).replace("; ", ";"), scope)
        return eval(last.strip(), scope)

    truth, (value, *gradients) = record.torchs(call, np.float64), ELEMENTWISE[name]
    scope["y"] = evaluate(value).mean() if name in MEANS else evaluate(value)
    scope["g"] = cotangent(0, truth["value 0"].shape)
    scope["c"] = scope["g"] / call.arrays()[0].size
    np.testing.assert_allclose(scope["y"], truth["value 0"], rtol=1e-9, err_msg=f"{name}: {value}")
    assert len(gradients) == sum(what.startswith("gradient") for what in truth), f"{name}: gradients of {list(truth)}"
    for i, formula in enumerate(gradients):
        found = evaluate(formula)
        scope.setdefault("dx", found)
        expected = truth[f"gradient of input {i}"]
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-14, err_msg=f"{name}, gradient {i}: {formula}")


@pytest.mark.parametrize("name", UPDATES)
def test_updates_that_are_counted_are_right(name):
    """Three steps of the formula, beside torch's optimizer."""
    (training,) = typical(name)
    options = {"lr": 1e-3 if "Adam" in name else 0.01, "eps": 1e-10 if name == "Adagrad" else 1e-8, "alpha": 0.99}
    options |= {"beta1": 0.9, "beta2": 0.999, "decay": 0.01, "sqrt": np.sqrt, **training.options.kwargs}
    p, g = training.groups[0][0][0], training.steps[0][0][0]
    scope = options | dict.fromkeys("vms", np.zeros_like(p)) | {"p": p, "g": g}
    for t in (1, 2, 3):
        exec(UPDATES[name](**training.options.kwargs), scope | {"t": t}, scope)
    expected = find(name).path_of("torch", training, np.float64)[0][-1]
    np.testing.assert_allclose(scope["p"], expected, rtol=1e-9, err_msg=name)


def test_examples_by_hand():
    """A layer of the tutorial's network; the step of Adam, of 13 operations on p, g, m, v."""
    x, w, b = np.zeros((64, 32, 16, 16)), np.zeros((32, 32, 5, 5)), np.zeros(32)
    found = cost("conv2d", Call(x, w, b, padding=2))
    assert found.flops["forward"] == 2 * 64 * 32 * 16 * 16 * 32 * 5 * 5 == found.flops["backward"] / 2
    assert found.bytes == {
        "forward": 4 * (x.size + w.size + 32 + x.size),
        "backward": 4 * (x.size + (x.size + w.size) + (x.size + w.size + 32)),
    }
    assert found.of("forward+backward") == (3 * found.flops["forward"], sum(found.bytes.values()))
    (training,) = typical("Adam")
    n = sum(parameter.size for parameter in training.groups[0][0])
    assert cost("Adam", training).of("forward") == (13 * n, 7 * 4 * n)


def test_nothing_of_typical_size_is_without_cost():
    transforms = {name for name in SIZES if type(find(name)).__module__ == "reference.picture"}
    missing = [name for name in set(SIZES) - transforms if cost(name, SIZES[name][0]()) is None]
    assert not missing

"""`bench train`: parts that are those of the step, sides that agree, other libraries that compute the same."""

import argparse

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import libraries, train
from benchmarks.race import Work, race
from benchmarks.step import Step
from minitorch_edu import threads
from minitorch_edu.cli import main

BATCH = 3


@pytest.mark.parametrize("library", train.SIDES.values())
def test_the_parts_are_those_of_the_step(library):
    """Their loss and their gradients are the step's, and all layers and phases are there."""
    parts, step = train.Split(library, BATCH), Step(library, BATCH).values()
    found = parts.values()
    assert found["loss, forward 0"] == pytest.approx(step.pop("loss"), rel=1e-6)
    gradients = [found[f"{layer}, weight gradient {i}"] for layer in WITH_WEIGHTS for i in range(2)]
    for (name, expected), got in zip(step.items(), gradients, strict=True):
        train.distance(f"{library}: the gradient of {name}", got, expected, bound=30)
    layers = (*train.LAYERS, "loss")
    assert set(parts.parts) == {
        *(f"{layer}, forward" for layer in layers),
        *(f"{layer}, input gradient" for layer in layers if layer != "conv1"),
        *(f"{layer}, weight gradient" for layer in WITH_WEIGHTS),
        "all layers, update",
    }


WITH_WEIGHTS = ("conv1", "conv2", "conv3", "linear1", "linear2")


def test_each_gradient_is_taken_alone():
    """The graph of an input gradient leads to the input only, that of a weight gradient to the weights only."""
    parts = train.Split("minitorch_edu", BATCH).parts
    for layer in WITH_WEIGHTS:
        for phase, leads in (("input gradient", 1), ("weight gradient", 2)):
            if (part := parts.get(f"{layer}, {phase}")) is not None:
                output, inputs = part.args
                assert len(inputs) == len(output.grad_fn.next_functions) == leads, f"{layer}, {phase}"


def test_products_are_counted_as_torch_counts_them():
    step = Step("torch", BATCH)
    with FlopCounterMode(display=False) as counter:
        step.step()
    counted = [count for part, (count, _) in train.least(BATCH).items() if part.split(",")[0] in WITH_WEIGHTS]
    assert sum(counted) == counter.get_total_flops()


def test_sides_that_differ_are_refused():
    expected = np.array([1, 100], np.float32)
    assert train.distance("a", expected, expected, 0) == 0
    with pytest.raises(AssertionError, match="ours: loss is 8.39e.04 roundings from torch's, allowed are 200"):
        train.distance("ours: loss", expected + 1, expected, 200)
    with pytest.raises(AssertionError, match="is nan roundings"):
        train.distance("ours: loss", expected * np.nan, expected, 200)


@pytest.mark.parametrize(
    "library, count", [("minitorch_edu", threads.get_num_threads), ("torch", torch.get_num_threads)]
)
def test_a_step_has_its_own_number_of_threads(library, count, request):
    request.addfinalizer(lambda: (threads.set_num_threads(1), torch.set_num_threads(1)))
    work = train.Threads(library, 1, count=2)
    torch.set_num_threads(1), threads.set_num_threads(1)  # as the timer does
    work.step()
    assert count() == 2


@pytest.mark.parametrize("whole", [False, True])
def test_an_epoch_is_the_same_in_both(whole):
    ours, theirs = (train.Epoch(library, 70, whole, batch=32).values()["losses"] for library in train.SIDES.values())
    assert len(ours) == 3
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def test_a_line_and_how_far_from_it():
    assert train.line([1, 2, 3], [5, 7, 9]) == pytest.approx((2, 3, 0))
    assert train.line([0, 1, 2, 3], [1, -1, -1, 1])[2] == pytest.approx(1)


def test_parts_race_one_after_the_other():
    works = train.both("Split", batch=1)
    parts = ["step", "loss, forward"]
    found = race(works, "torch", rounds=5, seconds=0.01, pause=0, threads=1, patience=1, parts=parts)
    assert list(found) == parts
    step, loss = (found[part]["seconds"] for part in parts)
    for side in train.SIDES:
        assert len(loss[side]["rounds"]) == 5 and loss[side]["median"] < step[side]["median"], side


def at_once(works, against, check, parts=None, **how):
    """In place of a race: everything runs once, and takes as many seconds as there are sides before it, plus one."""
    built = {name: work.build() for name, work in works.items()}
    check({name: {what: np.asarray(a) for what, a in one.values().items()} for name, one in built.items()})
    for one in built.values():
        one.step()
    spread = lambda value: {"median": value, "low": value, "high": value, "quartiles": [value] * 2}
    outcome = {
        "seconds": {name: spread(i + 1.0) for i, name in enumerate(works)},
        "ratios": {name: spread(0.5) for name in works if name != against},
        "control": spread(1.0),
        "memory_mib": dict.fromkeys(works, 7.0),
        "foreign": [0.0],
    }
    return dict.fromkeys(parts, outcome) if parts else outcome


def run(monkeypatch, **chosen):
    monkeypatch.setattr(train, "race", at_once)
    options = {"rounds": 5, "seconds": 0.01, "threads": 2, "scaling": False, "others": False}
    return list(train.bench(argparse.Namespace(**options | chosen)))


def test_tables_of_the_step_and_of_epochs(monkeypatch, capsys):
    monkeypatch.setattr(train, "BATCHES", (BATCH,))
    monkeypatch.setattr(train, "epochs", lambda options, real=train.epochs: real(options, pictures=70))
    entries = run(monkeypatch)
    printed = capsys.readouterr().out
    parts = train.Split("torch", 1).parts
    assert [(one["case"], one["phase"]) for one in entries] == [
        *((f"batch 3, {part.split(', ')[0]}", part.split(", ")[1]) for part in parts),
        ("batch 3", "step"),
        ("an epoch of 70 pictures, batch 64", "data set, ToTensor, DataLoader"),
        ("an epoch of 70 pictures, batch 64", "whole batches from an array"),
    ]
    sums = [line.split()[-2:] for line in printed.splitlines() if line.startswith("  sum  ")]
    assert sums[-1] == [f"{len(parts)}00.0%"] * 2  # here a part takes as long as the step
    assert "whole step" in printed and "ours      70  torch      35" in printed  # 70 pictures in 1 s and in 2 s


def test_tables_of_growing_batches_and_threads(monkeypatch, capsys):
    monkeypatch.setattr(train, "GROWING", (1, 2))
    entries = run(monkeypatch, scaling=True)
    torch.set_num_threads(1), threads.set_num_threads(1)
    printed = capsys.readouterr().out
    assert [one["phase"] for one in entries[2:]] == ["ours: 2 threads against 1", "torch: 2 threads against 1"]
    assert "ours: time a picture varies by 100%; memory is" in printed and "+ 7.0 MiB" in printed
    assert "torch, batch 64: 1000.0 ms on 2 threads, 2000.0 ms on one: 2.00 (2.00 - 2.00) times as fast" in printed


def test_a_library_that_is_not_installed_is_named(monkeypatch, capsys):
    monkeypatch.setattr(libraries, "LIBRARIES", {"nowhere_to_be_found": None})
    (entry,) = run(monkeypatch, others=True)
    assert set(entry["race"]["seconds"]) == set(train.SIDES)
    assert "nowhere_to_be_found is left out: nowhere_to_be_found is not installed: pip" in capsys.readouterr().out


def test_scaling_and_others_are_of_training():
    with pytest.raises(SystemExit, match="bench train --scaling"):
        main(["bench", "relu", "--scaling"])


@pytest.mark.parametrize("name", libraries.LIBRARIES)
def test_other_libraries_compute_the_same(name):
    """The losses of four steps, each from the weights that the one before left."""
    if lacking := libraries.missing(name):
        pytest.skip(lacking)
    step, other = Step("torch", BATCH).step, Work("benchmarks.libraries", "build", library=name, batch=BATCH).build()
    for i in range(4):
        train.distance(f"{name}: loss {i}", other.values()["loss"], np.float32(step().item()), bound=10)

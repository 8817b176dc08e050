"""On a GPU: a step captured as a CUDA graph is the step that is called, and the plain loop's.

`make test-gpu` runs these. Nobody has a GPU for `make test`, so the machine at hand has to say why they are skipped.
"""

import contextlib
import dataclasses
import os
import re

import pytest
import torch

import minitorch_edu as mt
from minitorch_edu.cli import main
from minitorch_edu.training import fast, loop
from minitorch_edu.training.checkpoint import Training
from minitorch_edu.training.recipe import RECIPES
from minitorch_edu.vision.datasets import Shapes10

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason=f"no GPU: {fast._why_no_cuda(torch)}")

SHAPES = Shapes10(size=810)
SMALL = {name: dataclasses.replace(RECIPES[name], batch_size=16, epochs=2) for name in ("tutorial", "quick", "strong")}


@pytest.fixture(autouse=True)
def deterministic(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


def train(recipe, name, captured=True, **options):
    """A training of 102 steps from seed 0, one of two batches in each epoch being smaller."""
    engine = fast.choose(torch, "cuda", name=name, **options)
    engine.captured = captured
    training = engine.Training(torch, SMALL[recipe], SHAPES)
    while training.epoch < training.recipe.epochs:
        for result in engine.train_epoch(training):
            training.count(*result)
        training.end_epoch()
    return training


def apart(a, b):
    """The largest |a - b| / |b| over all parameters, and whose it is."""
    pairs = zip(a.net.state_dict().items(), b.net.state_dict().values())
    return max((((p.double() - q).norm() / q.double().norm().clamp(min=1e-12)).item(), name) for (name, p), q in pairs)


@pytest.mark.parametrize("recipe", SMALL)
def test_a_captured_step_is_the_step_that_is_called(recipe):
    """102 steps, bit for bit."""
    captured, called = train(recipe, "graph"), train(recipe, "graph", captured=False)
    assert len(captured.machine.graphs) == 2 and not called.machine.graphs
    worst, name = apart(captured, called)
    assert worst == 0, f"{name}: apart {worst:.1e}"
    assert torch.equal(captured.state_dict()["random"], called.state_dict()["random"])


@pytest.mark.parametrize("recipe", SMALL)
def test_both_engines_have_the_same_parameters_after_a_hundred_steps(recipe):
    """The rates of the graph's optimizer are float32, the plain loop's float64: so they may be a rounding apart."""
    worst, name = apart(train(recipe, "graph"), train(recipe, "eager"))
    assert worst <= 1e-5, f"{name}: apart {worst:.1e}"


@pytest.mark.parametrize("recipe", SMALL)
def test_the_first_losses_are_those_of_the_cpu(recipe, monkeypatch):
    """Five steps with the same pictures, moved and mirrored alike: each recipe within 1e-3, as NumPy and torch are."""
    monkeypatch.setattr(fast, "REPORT", 1)
    engine = fast.choose(torch, "cuda")
    on_gpu = engine.train_epoch(engine.Training(torch, SMALL[recipe], SHAPES))
    on_cpu = loop.train_epoch(Training(torch, SMALL[recipe], SHAPES))
    for step, ((loss, _, count), (expected, _, expected_count)) in enumerate(zip(on_gpu, on_cpu), 1):
        assert count == expected_count and loss == pytest.approx(expected, rel=1e-3), f"step {step}"
        if step == 5:
            break


@pytest.mark.parametrize("options", [{"precision": "tf32"}, {"precision": "bf16"}, {"compiled": True}], ids=str)
def test_other_ways_of_computing_learn_the_same(options):
    losses = []
    for chosen in ({}, options):
        training = train("tutorial", "graph", **chosen)
        loader = training.pictures(SHAPES).loader(16)
        [(loss, _, _)] = training.engine.evaluate(torch, training.net, loader)
        losses.append(loss)
    assert losses[1] == pytest.approx(losses[0], rel=2e-2)


def test_nothing_waits_between_reports():
    """torch is told to refuse what waits for the GPU."""
    engine = fast.choose(torch, "cuda")
    training = engine.Training(torch, SMALL["strong"], SHAPES)
    steps = engine.train_epoch(training)
    training.count(*next(steps))  # what is captured, is captured
    machine, size = training.machine, 16
    torch.cuda.set_sync_debug_mode("error")
    try:
        machine.at.zero_()
        for _ in range(20):
            machine._set_rates()
            machine(size, size)
            training.scheduler.step()
    finally:
        torch.cuda.set_sync_debug_mode("default")


def test_a_run_on_a_gpu_goes_on_anywhere(tmp_path, capsys):
    common = ["train", "--data", "shapes10", "--pictures", "200", "--recipe", "strong", "--epochs", "2"]
    assert main([*common, "--backend", "torch", "--out", str(tmp_path / "gpu")]) == 0
    assert re.search(r"on cuda:0 \(.+\), fp32, engine graph", capsys.readouterr().out)
    saved = torch.load(tmp_path / "gpu" / "epoch-01.pt", weights_only=True)
    assert all(value.device.type == "cpu" for value in saved["net"].values())
    for words in (["--backend", "torch", "--device", "cpu"], ["--backend", "numpy"]):
        out = tmp_path / words[-1]
        assert main(["train", "--resume", str(tmp_path / "gpu" / "epoch-01.pt"), *words, "--out", str(out)]) == 0
        with contextlib.closing(open(out / "history.csv")) as file:
            assert len(file.readlines()) == 3
    mt.load(os.path.join(tmp_path, "gpu", "epoch-02.pt"))

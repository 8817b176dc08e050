"""On a GPU: a step captured as a CUDA graph is the step that is called, and the plain loop's.

`make test-gpu` runs these. Nobody has a GPU for `make test`, so the machine at hand has to say why they are skipped.
"""

import contextlib
import dataclasses
import itertools
import os
import re

import pytest
import torch

import minitorch_edu as mt
from benchmarks import gpu
from minitorch_edu.cli import main
from minitorch_edu.training import fast, loop
from minitorch_edu.training.checkpoint import Training
from minitorch_edu.training.recipe import RECIPES, make_net
from minitorch_edu.vision.datasets import Shapes10

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason=f"no GPU: {fast.why_no_cuda(torch)}")

SHAPES = Shapes10(size=810)
SMALL = {name: dataclasses.replace(RECIPES[name], batch_size=16, epochs=2) for name in ("tutorial", "quick", "strong")}


@pytest.fixture(autouse=True)
def deterministic(monkeypatch):
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)


def rounded_rates(optimizer):
    """Let each step compute with rates in float32, as those in a graph are."""
    rates = {}

    def before(optimizer, args, kwargs):
        for number, group in enumerate(optimizer.param_groups):
            rates[number], group["lr"] = group["lr"], torch.tensor(group["lr"], dtype=torch.float32).item()

    def after(optimizer, args, kwargs):
        for number, group in enumerate(optimizer.param_groups):
            group["lr"] = rates[number]

    optimizer.register_step_pre_hook(before)
    optimizer.register_step_post_hook(after)


def train(recipe, name, captured=True, **options):
    """A training of 102 steps from seed 0, the last batch of each epoch being smaller."""
    engine = fast.choose(torch, "cuda", name=name, **options)
    engine.captured = captured
    training = engine.Training(torch, SMALL[recipe], SHAPES)
    if name == "eager":
        rounded_rates(training.optimizer)
    return finish(training)


def finish(training):
    """Train for what is left of two epochs."""
    engine = training.engine
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
@pytest.mark.parametrize("other", ["called", "eager"])
def test_a_captured_step_is_the_one_that_is_called_and_the_plain_loops(recipe, other):
    """102 steps: bit for bit, if torch repeats its own; else within 1e-5, or 10 times what it is apart from itself."""
    captured = train(recipe, "graph")
    called, again = (train(recipe, *(["graph", False] if other == "called" else ["eager"])) for _ in range(2))
    assert len(captured.machine.graphs) == 2 and (other == "eager" or not called.machine.graphs)
    (worst, name), (own, _) = apart(captured, called), apart(again, called)
    assert worst <= (max(1e-5, 10 * own) if own else 0), f"{name}: apart {worst:.1e}; torch from itself {own:.1e}"
    assert torch.equal(captured.state_dict()["random"], called.state_dict()["random"])


@pytest.mark.parametrize("recipe", SMALL)
def test_what_was_stopped_goes_on_as_if_it_had_not_been(recipe, monkeypatch):
    """Within the second epoch: bit for bit, if torch repeats its own; else as above."""
    monkeypatch.setattr(fast, "REPORT", 7)
    whole, again = (train(recipe, "graph") for _ in range(2))
    first = fast.choose(torch, "cuda").Training(torch, SMALL[recipe], SHAPES)
    for result in first.engine.train_epoch(first):
        first.count(*result)
    first.end_epoch()
    for result in first.engine.train_epoch(first):
        first.count(*result)
        if first.step == 21:
            break
    saved = first.state_dict()
    torch.rand(5)  # somebody else draws
    second = fast.choose(torch, "cuda").Training(torch, SMALL[recipe], SHAPES, seed=1)
    second.load_state_dict(saved)
    (worst, name), (own, _) = apart(finish(second), whole), apart(again, whole)
    assert worst <= (max(1e-5, 10 * own) if own else 0), f"{name}: apart {worst:.1e}; torch from itself {own:.1e}"


@pytest.mark.parametrize("fastest", [False, True])
@pytest.mark.parametrize("recipe", SMALL)
def test_the_first_losses_are_those_of_the_cpu(recipe, fastest, monkeypatch):
    """Five steps with the same pictures, moved and mirrored alike: each recipe within 1e-3, as NumPy and torch are.

    Also with the kernels that cuDNN finds to be fastest, as in `train`.
    """
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", not fastest)
    monkeypatch.setattr(fast, "REPORT", 1)
    engine, curves = fast.choose(torch, "cuda"), []
    for train_epoch, begin in ((engine.train_epoch, engine.Training), (loop.train_epoch, Training)):
        curves.append(list(itertools.islice(train_epoch(begin(torch, SMALL[recipe], SHAPES)), 5)))
    for step, ((loss, _, count), (expected, _, expected_count)) in enumerate(zip(*curves, strict=True), 1):
        assert count == expected_count and loss == pytest.approx(expected, rel=1e-3), f"step {step}"


@pytest.mark.parametrize(
    ("options", "near"), [({"precision": "tf32"}, 1e-2), ({"precision": "bf16"}, 3e-2), ({"compiled": True}, 1e-3)]
)
def test_other_ways_of_computing_learn_the_same(options, near, monkeypatch):
    """20 losses on the same four batches: they fall, near those of fp32, but in another precision not the same."""
    monkeypatch.setattr(fast, "REPORT", 1)
    recipe = dataclasses.replace(RECIPES["shapes10"], batch_size=16, epochs=5)
    curves = []
    for chosen in ({}, options):
        training = fast.choose(torch, "cuda", name="graph", **chosen).Training(torch, recipe, Shapes10(size=64))
        curves.append([])
        for _ in range(recipe.epochs):
            for loss, hits, pictures in training.engine.train_epoch(training):
                training.count(loss, hits, pictures)
                curves[-1].append(loss)
            training.end_epoch()
    plain, others = curves
    assert others == pytest.approx(plain, rel=near) and (others != plain or "compiled" in options)
    assert len(others) == 20 and sum(others[-4:]) < sum(others[:4]) - 0.02


@pytest.mark.parametrize("recipe", SMALL)
def test_an_evaluation_is_that_of_the_cpu(recipe):
    training = train(recipe, "graph")
    [(loss, hits, count)] = training.engine.evaluate(torch, training.net, training.pictures(SHAPES).loader(16))
    net = make_net(SMALL[recipe], torch.nn)
    net.load_state_dict(training.state_dict()["net"])
    results = list(loop.evaluate(torch, net, Training.pictures(training, SHAPES).loader(len(SHAPES))))
    assert [(loss, hits, count)] == [(pytest.approx(loss, rel=1e-4), pytest.approx(hits, abs=2), count)
                                     for loss, hits, count in results]  # fmt: skip


def test_a_graph_is_one_launch_of_many_kernels():
    recipe = dataclasses.replace(RECIPES["tutorial"], batch_size=16)
    eager, graph = (
        gpu.launches(torch, gpu.make(torch, way, "cuda", "fp32", recipe, SHAPES)) for way in ("eager", "graph")
    )
    if None in graph:
        pytest.skip("nobody may read this GPU's counters")
    assert graph[0] < 5 < 20 < eager[0] and graph[1] > 20


@pytest.mark.parametrize("captured", [True, False])
def test_nothing_waits_between_reports(captured):
    """torch is told to refuse what waits for the GPU; also in a step that is called, of which nothing is captured."""
    engine = fast.choose(torch, "cuda")
    engine.captured = captured
    training = engine.Training(torch, SMALL["strong"], SHAPES)
    steps = engine.train_epoch(training)
    training.count(*next(steps))  # what is to be captured, is
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


@pytest.mark.parametrize("options", [[], ["--precision", "bf16"], ["--compile"], ["--engine", "eager"]], ids=str)
def test_a_run_on_a_gpu_leaves_everything(options, tmp_path):
    common = ["train", "--data", "shapes10", "--pictures", "200", "--epochs", "1", "--backend", "torch"]
    assert main([*common, *options, "--out", str(tmp_path / "run")]) == 0
    pictures = {"confusion.png", "curves.png", "filters.png", "mistakes.png"}
    assert set(os.listdir(tmp_path / "run")) == {"epoch-01.pt", "history.csv"} | pictures


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

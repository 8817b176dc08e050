"""The fast path computes the plain loop's training; bit for bit on the CPU, where its step is called, not captured."""

import contextlib
import dataclasses
import io
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import minitorch_edu as mt
from minitorch_edu.cli import main
from minitorch_edu.training import fast, graph, loop
from minitorch_edu.training.checkpoint import Training
from minitorch_edu.training.recipe import RECIPES
from minitorch_edu.training.several import Group
from minitorch_edu.vision.datasets import Shapes10
from reference.data import write_pictures

SHAPES = Shapes10(size=202)
aten = torch.ops.aten
SMALL = {name: dataclasses.replace(RECIPES[name], batch_size=4, epochs=2) for name in ("tutorial", "quick", "strong")}


def begin(engine, recipe):
    """(engine, training) from seed 0."""
    engine = fast.choose(torch, "cpu", name=engine)
    return engine, engine.Training(torch, SMALL[recipe], SHAPES)


def finish(engine, training):
    """Train as long as the recipe says, without evaluation; `curve` has the loss, hits and pictures of each epoch."""
    training.curve = []
    while training.epoch < training.recipe.epochs:
        for result in engine.train_epoch(training):
            training.count(*result)
        training.curve += training.sums
        training.end_epoch()
    return training


def numbers(state, name=""):
    """{path of keys: number, string or array} of a state_dict."""
    items = state.items() if isinstance(state, dict) else enumerate(state) if isinstance(state, (list, tuple)) else None
    if items is None:
        return {name: np.asarray(state)}
    return {path: value for key, part in items for path, value in numbers(part, f"{name}/{key}").items()}


def same(got, expected):
    """Two states are the same, bit for bit."""
    got, expected = numbers(got), numbers(expected)
    for name, value in expected.items():
        if not name.endswith("/seconds"):
            worst = f", apart {np.abs(value - got[name]).max(initial=0)}" if value.dtype.kind == "f" else ""
            assert np.array_equal(got[name], value), f"{name}{worst}"
    assert got.keys() == expected.keys()


@pytest.mark.parametrize("recipe", SMALL)
def test_both_engines_have_the_same_parameters_after_a_hundred_steps(recipe):
    plain = finish(loop, Training(torch, SMALL[recipe], SHAPES))
    fast_one = finish(*begin("graph", recipe))
    assert 2 * len(plain.loader) == 102 and len(SHAPES) % 4
    same(fast_one.state_dict(), plain.state_dict())
    assert fast_one.curve == pytest.approx(plain.curve, rel=1e-9)


def test_what_runs_before_a_capture_is_undone(monkeypatch):
    """With a stand-in for CUDA, whose graphs call the step again: its warm-up must leave no trace."""

    class Graph:
        def replay(self):
            [size] = [size for size, graph in machine.graphs.items() if graph is self]
            replayed.append(size)
            machine.run(size, size)

    stream = SimpleNamespace(wait_stream=lambda other: None)
    for name, stand_in in {"CUDAGraph": Graph, "current_stream": lambda: stream, "stream": contextlib.nullcontext,
                           "graph": lambda graph, stream: contextlib.nullcontext()}.items():  # fmt: skip
        monkeypatch.setattr(torch.cuda, name, stand_in)
    monkeypatch.setattr(graph, "_aside", lambda torch: stream)
    plain = finish(*begin("eager", "strong"))
    engine, training = begin("graph", "strong")
    engine.captured, machine, replayed = True, training.machine, []
    same(finish(engine, training).state_dict(), plain.state_dict())
    assert training.curve == pytest.approx(plain.curve, rel=1e-9)
    assert replayed == ([4] * 50 + [2]) * 2


class AsOnCuda(TorchDispatchMode):
    """On the CPU, but it refuses what on CUDA would wait for the GPU or make a tensor that does not lie there."""

    WAITS = [aten._local_scalar_dense, aten.nonzero, aten.masked_select, aten.equal, aten.lift_fresh]

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        assert function.overloadpacket not in self.WAITS, f"{function} waits for the GPU"
        if function.overloadpacket in (aten.index, aten.index_put, aten.index_put_):
            assert all(x is None or x.dtype != torch.bool for x in args[1]), f"{function} waits for a count"
        value = function(*args, **kwargs)
        assert not getattr(value, "is_meta", False), f"{function} does not say where the tensor shall lie"
        return value


@pytest.mark.parametrize("recipe", SMALL)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_step_has_nothing_for_which_a_gpu_would_wait(recipe, precision):
    engine = fast.choose(torch, "cpu", precision, name="graph")
    training = engine.Training(torch, SMALL[recipe], SHAPES)
    for group in training.optimizer.param_groups:  # as on CUDA
        group.update(fused=True, foreach=False)
    training.net.train()
    training.machine._draw()
    with torch.device("meta"), AsOnCuda():  # so what says nothing else is made on "meta"
        training.machine.run(4, 4)


@pytest.mark.parametrize("second", ["eager", "graph"])
def test_what_one_engine_began_another_ends(second):
    expected = finish(*begin("eager", "strong")).state_dict()
    engine, training = begin("graph", "strong")
    engine.report = 7
    for result in engine.train_epoch(training):
        training.count(*result)
        if training.step == 21:
            break
    file = io.BytesIO()
    torch.save(training.state_dict(), file)
    torch.rand(5)  # somebody else draws
    file.seek(0)
    engine, training = begin(second, "strong")
    training.load_state_dict(torch.load(file, weights_only=True))
    same(finish(engine, training).state_dict(), expected)
    file.seek(0)
    ours = Training(mt, SMALL["strong"], SHAPES)
    ours.load_state_dict(mt.load(file))
    assert ours.step == 21


def test_evaluation_in_large_batches_counts_every_picture_once(monkeypatch):
    monkeypatch.setattr(fast, "LARGE", 100)
    engine, training = begin("graph", "strong")
    finish(engine, training)
    [(loss, hits, count)] = engine.evaluate(torch, training.net, training.pictures(SHAPES).loader(4))
    results = list(loop.evaluate(torch, training.net, Training.pictures(training, SHAPES).loader(50)))
    assert (hits, count) == (sum(hits for _, hits, _ in results), 202)
    assert loss == pytest.approx(sum(loss * n for loss, _, n in results) / 202, rel=1e-5)


def test_bfloat16_is_near():
    losses = []
    for precision in ("fp32", "bf16"):
        engine = fast.choose(torch, "cpu", precision, name="graph")
        training = engine.Training(torch, SMALL["tutorial"], SHAPES)
        [(loss, _, _), *_] = engine.train_epoch(training)
        losses.append(loss)
        assert all(p.dtype == torch.float32 for p in training.net.parameters())
    assert losses[0] != losses[1] and losses[0] == pytest.approx(losses[1], rel=1e-2), losses


def test_the_parts_of_a_batch_are_the_batch():
    for count in (64, 50, 3, 1):
        groups = [Group({"RANK": str(rank), "WORLD_SIZE": "4"}) for rank in range(4)]
        parts = [group.part(torch.arange(count)) for group in groups]
        assert torch.cat(parts).tolist() == list(range(count))
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


@pytest.mark.parametrize("options", [{"precision": "bf16"}, {"compiled": True}], ids=str)
def test_the_pictures_at_the_end_are_of_a_network_by_itself(options, tmp_path, monkeypatch):
    """One that still computed on the engine's device, or in its precision, could not look at pictures on the CPU."""
    seen = []
    monkeypatch.setattr(loop, "leave_pictures", lambda torch, net, *others: seen.append(net))
    monkeypatch.setattr(torch, "compile", lambda function, **_: function)
    engine = fast.choose(torch, "cpu", name="graph", **options)
    trained, _ = loop.fit(torch, dataclasses.replace(SMALL["tutorial"], epochs=1), SHAPES, SHAPES, out=tmp_path,
                          engine=engine)  # fmt: skip
    assert "forward" in vars(trained) and "forward" not in vars(seen[0])
    same(seen[0].state_dict(), trained.state_dict())


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_the_command_says_where_it_computes(tmp_path, capsys):
    write_pictures(tmp_path)
    options = ["--data", "cifar10", "--data-root", str(tmp_path), "--epochs", "1", "--engine", "graph"]
    assert main(["train", "--backend", "torch", *options, "--out", str(tmp_path / "run")]) == 0
    assert "backend torch on cpu, fp32, engine graph, seed 0" in capsys.readouterr().out
    pictures = {"confusion.png", "curves.png", "filters.png", "mistakes.png"}
    assert set(os.listdir(tmp_path / "run")) == {"epoch-01.pt", "history.csv"} | pictures


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ("--backend numpy --device cuda", "--device cuda needs --backend torch"),
        ("--precision bf16", "--precision bf16 needs --backend torch"),
        ("--precision tf32", "--precision tf32 needs --backend torch"),
        ("--compile", "--compile needs --backend torch"),
        ("--engine graph", "--engine graph needs --backend torch"),
        ("--backend torch --device cpu --precision tf32", "on the CPU there are fp32 and bf16"),
    ],
)
def test_what_cannot_be_together_is_refused(options, words, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["train", "--data", "shapes10", "--pictures", "20", *options.split()])
    assert words in str(stopped.value.code)


@pytest.mark.parametrize(
    ("processes", "options", "words"),
    [
        ("2", "", "training in 2 processes needs --backend torch"),
        ("2", "--backend torch --engine eager", "--engine eager is for one process"),
        ("2", "--backend torch --compile", "--compile is for one process"),
    ],
)
def test_what_several_processes_cannot_do_is_refused(processes, options, words, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", processes)
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(SystemExit) as stopped:
        main(["train", "--data", "shapes10", "--pictures", "20", *options.split()])
    assert words in str(stopped.value.code)


def test_one_of_several_processes_that_nobody_started(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(SystemExit, match="no MASTER_ADDR.*start them with torchrun"):
        main(["train", "--backend", "torch", "--device", "cpu", "--data", "shapes10", "--pictures", "20"])


@pytest.mark.parametrize(
    ("built", "said"),
    [
        (None, "is built without CUDA"),
        ("12.8", "for CUDA 12.8 says: no driver"),
    ],
)
def test_why_there_is_no_cuda(built, said, monkeypatch):
    def init():
        raise RuntimeError("no driver\nmore")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "init", init)
    monkeypatch.setattr(torch.version, "cuda", built)
    with pytest.raises(SystemExit) as stopped:
        main(["train", "--backend", "torch", "--device", "cuda"])
    assert said in stopped.value.code and "--device cuda" in stopped.value.code


def test_the_fast_path_is_imported_without_torch():
    code = "import sys; import minitorch_edu.training.fast; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)

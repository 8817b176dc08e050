"""`train --tensorboard`: what is written is what happened, for both backends, and the training is the same with it."""

import csv
import os
import sys

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

import minitorch_edu as mt
from minitorch_edu.cli import main
from minitorch_edu.models import cifar_quick
from minitorch_edu.training import loop
from minitorch_edu.training.board import Board
from reference.data import write_pictures

BOTH = pytest.mark.parametrize("backend", ["numpy", "torch"])


@pytest.fixture(autouse=True)
def without_pictures(monkeypatch):
    """Runs do not draw the pictures of their end, which takes longer than they do."""
    monkeypatch.setattr(loop, "leave_pictures", lambda *arguments: None)


def train(folder, *options):
    """Two epochs on a CIFAR-10 of 20 pictures, in batches of 8; returns the folder and the rows of history.csv."""
    if not (folder / "cifar-10-batches-py").exists():
        write_pictures(folder)
    out = folder / f"run{len(os.listdir(folder))}"
    assert main(["train", "--data", "cifar10", "--data-root", str(folder), "--out", str(out), "--epochs", "2",
                 "--batch-size", "8", *options]) == 0  # fmt: skip
    with open(out / "history.csv") as file:
        return out, list(csv.DictReader(file))


@BOTH
def test_what_is_written_is_what_happened(backend, tmp_path, capsys):
    out, rows = train(tmp_path, "--backend", backend, "--tensorboard")
    assert f"to watch: tensorboard --logdir {out}" in capsys.readouterr().out
    events = EventAccumulator(str(out), {"histograms": 0}).Reload()
    steps = events.Scalars("loss/step")
    assert [event.step for event in steps] == [1, 2, 3, 4, 5, 6]
    for epoch, row in enumerate(rows):
        for what in ("loss", "accuracy"):
            taken = [event.value for event in events.Scalars(f"{what}/step")][3 * epoch : 3 * epoch + 3]
            mean = np.dot(taken, [8, 8, 4]) / 20
            assert mean == pytest.approx(float(row[f"train_{what}"]), rel=1e-6), f"{what} of epoch {epoch + 1}"
            for part in ("train", "test"):
                event = events.Scalars(f"{what}/{part}")[epoch]
                assert (event.step, event.value) == (epoch + 1, np.float32(row[f"{part}_{what}"])), f"{what}/{part}"
    saved = torch.load(out / "epoch-02.pt", weights_only=True)["net"]
    assert sorted(events.Tags()["histograms"]) == sorted(saved)
    for name, weights in saved.items():
        last = events.Histograms(name)[-1]
        found = (last.step, last.histogram_value.num, last.histogram_value.sum)
        assert found == (2, weights.numel(), pytest.approx(weights.double().sum().item(), rel=1e-9)), name
    scopes = {node.name.rpartition("/")[0] for node in events.Graph().node}
    assert {"Sequential/Conv2d[0]", "Sequential/MaxPool2d[5]", "Sequential/Linear[8]"} <= scopes


@BOTH
def test_the_training_is_the_same_with_it_and_without(backend, tmp_path):
    folder = tmp_path / "events"
    (_, one), (_, other) = (
        train(tmp_path, "--backend", backend, *more) for more in ([], ["--tensorboard", str(folder)])
    )
    for row in (*one, *other):
        del row["seconds"]
    assert one == other
    assert EventAccumulator(str(folder)).Reload().Scalars("loss/test")


def test_weights_that_have_no_place_are_left_out(tmp_path):
    net = torch.nn.Linear(2, 2)
    with torch.no_grad():
        net.weight.copy_(torch.tensor([[float("nan"), float("inf")], [1e30, 0.5]]))
        net.bias.fill_(float("nan"))
    row = dict.fromkeys(("train_loss", "train_accuracy", "test_loss", "test_accuracy"), float("nan"))
    with Board(tmp_path, cifar_quick(mt.nn)) as board:
        board.end_epoch(net, {"epoch": 1, **row})
    events = EventAccumulator(str(tmp_path)).Reload()
    assert events.Tags()["histograms"] == ["weight"]
    assert events.Histograms("weight")[0].histogram_value.num == 1
    assert np.isnan(events.Scalars("loss/test")[0].value)


def test_steps_go_on_where_they_were(tmp_path):
    with Board(tmp_path, cifar_quick(mt.nn)) as board:
        assert list(board.steps([(2.0, 3, 4)], batch_size=4, done=40)) == [(2.0, 3, 4)]
    [event] = EventAccumulator(str(tmp_path)).Reload().Scalars("accuracy/step")
    assert (event.step, event.value) == (41, 0.75)


def test_without_tensorboard_it_says_what_to_install(tmp_path, monkeypatch):
    for name in list(sys.modules):
        if name.startswith(("minitorch_edu.utils.tensorboard", "minitorch_edu.training.board")):
            monkeypatch.delitem(sys.modules, name)
        elif name.split(".")[0] == "tensorboard":
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(SystemExit, match="needs the package tensorboard .* pip install tensorboard"):
        main(["train", "--data", "shapes10", "--out", str(tmp_path / "run"), "--tensorboard"])
    assert not (tmp_path / "run").exists()

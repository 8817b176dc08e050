"""Ctrl-C, then `train --resume`: the run ends where it would have ended, bit for bit, or in the other library."""

import errno
import os
import re
import signal

import numpy as np
import pytest

import minitorch_edu as mt
from minitorch_edu import commands
from minitorch_edu.cli import main
from minitorch_edu.training import loop
from minitorch_edu.training.checkpoint import Training
from reference.data import write_pictures


@pytest.fixture
def interrupt(monkeypatch):
    """interrupt("step", 4): let Ctrl-C come in the 4th step from now on, or test batch if it is "test"."""
    left = {}

    def count_down(what):
        left[what] = left.get(what, 0) - 1
        if left[what] == 0:
            signal.raise_signal(signal.SIGINT)

    count, evaluate = Training.count, loop.evaluate

    def counted(training, *result):
        count(training, *result)
        count_down("step")

    def evaluated(*arguments):
        for result in evaluate(*arguments):
            count_down("test")
            yield result

    monkeypatch.setattr(Training, "count", counted)
    monkeypatch.setattr(loop, "evaluate", evaluated)
    return left.__setitem__


@pytest.fixture
def train(tmp_path):
    """`train` on 20 pictures in 3 epochs of 3 steps; --out is a name."""
    write_pictures(tmp_path)

    def run(out, *options, backend="numpy", recipe="strong"):
        return main(["train", "--data", "cifar10", "--data-root", str(tmp_path), "--out", str(tmp_path / out),
                     "--backend", backend, "--recipe", recipe, "--epochs", "3", "--batch-size", "8", "--seed", "7",
                     *options])  # fmt: skip

    return run


def flat(saved, name=""):
    """{path of keys: array or value} of a checkpoint, without what may differ: times, and what is private."""
    if isinstance(saved, dict):
        items = saved.items()
    elif isinstance(saved, (list, tuple)):
        items = enumerate(saved)
    else:
        return {name: saved.numpy() if isinstance(saved, mt.Tensor) else saved}
    found = {}
    for key, value in items:
        if key not in ("seconds", "notes") and not str(key).startswith("_"):  # each library has its own
            found |= flat(value, f"{name}/{key}")
    return found


def compare(path, expected_path, same):
    got, expected = (flat(mt.load(p)) for p in (path, expected_path))
    assert got.keys() == expected.keys()
    for name, value in expected.items():
        if not same(got[name], value):
            a, b = np.asarray(got[name], np.float64), np.asarray(value, np.float64)
            apart = np.abs(a - b).max() if a.shape == b.shape else f"shapes {a.shape}, {b.shape}"
            pytest.fail(f"{os.path.basename(path)}{name} is not that of a run without a stop: apart by {apart}")


def bit_for_bit(a, b):
    return np.asarray(a).tobytes() == np.asarray(b).tobytes()


@pytest.mark.parametrize("backend, recipe", [("numpy", "strong"), ("torch", "strong"), ("torch", "quick")])
def test_an_interrupted_run_ends_bit_for_bit_alike(backend, recipe, train, interrupt, tmp_path, capsys):
    assert train("whole", backend=backend, recipe=recipe) == 0
    capsys.readouterr()

    interrupt("step", 2)  # within the first epoch
    assert train("parts", backend=backend, recipe=recipe) == 130
    stopped = tmp_path / "parts" / "stopped.pt"
    assert re.search(f"stopped; to go on: .* train --resume {tmp_path / 'parts'}\n", capsys.readouterr().err)
    assert sorted(os.listdir(tmp_path / "parts")) == ["stopped.pt"]

    for what, number in (("step", 4), ("test", 1)):  # the last step of the second epoch; its evaluation, then
        interrupt(what, number)
        mt.rand(3)  # what else is drawn in between
        assert main(["train", "--resume", str(tmp_path / "parts")]) == 130
    assert sorted(os.listdir(tmp_path / "parts")) == ["curves.png", "epoch-01.pt", "history.csv", "stopped.pt"]
    assert main(["train", "--resume", str(stopped)]) == 0

    assert sorted(os.listdir(tmp_path / "parts")) == sorted(os.listdir(tmp_path / "whole"))
    for name in ("epoch-01.pt", "epoch-02.pt", "epoch-03.pt"):
        compare(tmp_path / "parts" / name, tmp_path / "whole" / name, bit_for_bit)


@pytest.mark.parametrize("first, second", [("numpy", "torch"), ("torch", "numpy")])
def test_a_run_goes_on_in_the_other_library(first, second, train, interrupt, tmp_path):
    """Nine steps with momentum: numbers agree to 1e-3 of the largest, and all that is drawn is equal.

    On the tutorial's network and few pictures: after ReLU or batch norm a rounding decides more.
    """

    def alike(a, b):
        a, b = np.asarray(a), np.asarray(b)
        if a.dtype.kind != "f":
            return bit_for_bit(a, b)
        return a.shape == b.shape and np.abs(a - b).max() <= 1e-3 * np.abs(b).max()

    assert train("whole", "--momentum", "0.9", backend=second, recipe="tutorial") == 0
    interrupt("step", 5)
    assert train("parts", "--momentum", "0.9", backend=first, recipe="tutorial") == 130
    assert main(["train", "--resume", str(tmp_path / "parts"), "--backend", second]) == 0
    compare(tmp_path / "parts" / "epoch-03.pt", tmp_path / "whole" / "epoch-03.pt", alike)


def test_the_command_to_go_on_has_the_options_that_no_checkpoint_holds(train, interrupt, capsys):
    interrupt("step", 2)
    assert train("run", "--engine", "graph", "--device", "cpu", "--tensorboard", backend="torch") == 130
    assert re.search(r" train --resume \S+run --device cpu --engine graph --tensorboard\n",
                     capsys.readouterr().err)  # fmt: skip


def test_a_stop_does_not_wait_for_an_evaluation(train, interrupt, monkeypatch, tmp_path):
    monkeypatch.setattr(loop, "evaluate", lambda *arguments: pytest.fail("it is evaluated"))
    interrupt("step", 3)  # the last of the epoch
    assert train("run") == 130
    assert os.listdir(tmp_path / "run") == ["stopped.pt"]


def test_a_second_interruption_does_not_wait(train, monkeypatch, capfd):
    def twice(training, *result):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Training, "count", twice)
    assert train("out") == 130
    said = capfd.readouterr().err
    assert "stopping after this step, with a checkpoint; Ctrl-C once more: at once, without" in said
    assert said.endswith("minitorch-edu: stopped\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_interruption_while_the_pictures_are_drawn_changes_nothing(train, monkeypatch, tmp_path):
    draw = loop.leave_pictures

    def interrupted(*arguments):
        signal.raise_signal(signal.SIGINT)
        draw(*arguments)

    monkeypatch.setattr(loop, "leave_pictures", interrupted)
    assert train("run") == 0
    assert {"confusion.png", "mistakes.png", "filters.png", "epoch-03.pt"} <= set(os.listdir(tmp_path / "run"))


def test_a_full_disk_leaves_a_run_that_can_go_on(train, monkeypatch, tmp_path):
    save, saved = mt.save, []

    def full(checkpoint, path):
        saved.append(path)
        if len(saved) == 2:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        save(checkpoint, path)

    monkeypatch.setattr(mt, "save", full)
    with pytest.raises(SystemExit, match=f"No space left on device: '{tmp_path / 'run' / 'epoch-02.pt'}'"):
        train("run")
    assert sorted(os.listdir(tmp_path / "run")) == ["curves.png", "epoch-01.pt", "history.csv"]
    assert main(["train", "--resume", str(tmp_path / "run")]) == 0
    assert train("whole") == 0
    compare(tmp_path / "run" / "epoch-03.pt", tmp_path / "whole" / "epoch-03.pt", bit_for_bit)


def test_what_the_run_began_with_may_be_said_again(train, interrupt, tmp_path):
    interrupt("step", 2)
    assert train("run", "--precision", "bf16", backend="torch") == 130
    again = ["train", "--resume", str(tmp_path / "run"), "--seed", "7", "--epochs", "3", "--recipe", "strong"]
    with pytest.raises(SystemExit, match="--precision bf16 needs --backend torch"):
        main([*again, "--backend", "numpy"])
    assert main([*again, "--backend", "numpy", "--precision", "fp32"]) == 0


def test_a_new_folder_is_made_at_once(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert [commands._new_folder("runs/a") for _ in range(3)] == ["runs/a", "runs/a-2", "runs/a-3"]
    assert sorted(os.listdir("runs")) == ["a", "a-2", "a-3"]  # so that no other run takes it


def test_what_cannot_go_on_is_explained(train, interrupt, tmp_path):
    def refused(*arguments):
        with pytest.raises(SystemExit) as stopped:
            main(["train", "--resume", *map(str, arguments)])
        return stopped.value.code

    run = tmp_path / "run"
    interrupt("step", 4)
    assert train("run") == 130
    assert "with what the run began with, lr 0.1: leave out --lr" in refused(run, "--lr", "0.5")
    assert "leave out --seed" in refused(run, "--seed", "0")  # which is the usual one, but not this run's
    assert "leave out --data" in refused(run, "--data", "auto")
    assert refused("") == 2
    assert "leave out --pictures" in refused(run, "--pictures", "5")
    assert f"has got further, to {run / 'stopped.pt'}" in refused(run / "epoch-01.pt")
    assert main(["train", "--resume", str(run / "epoch-01.pt"), "--out", str(tmp_path / "again")]) == 0
    left = ["confusion.png", "curves.png", "epoch-02.pt", "epoch-03.pt", "filters.png", "history.csv", "mistakes.png"]
    assert sorted(os.listdir(tmp_path / "again")) == left
    assert "holds an earlier run (epoch-02.pt)" in refused(run, "--out", tmp_path / "again")
    assert sorted(os.listdir(tmp_path / "again")) == left
    assert "all 3 epochs are done" in refused(tmp_path / "again", "--out", tmp_path / "third")
    assert not (tmp_path / "third").exists()
    assert main(["train", "--resume", str(tmp_path / "again")]) == 0  # draws its pictures once more
    (tmp_path / "other").mkdir()
    assert "holds no checkpoint" in refused(tmp_path / "other")
    assert "no-such-file.pt" in refused(tmp_path / "no-such-file.pt")
    mt.save({"net": {}, "classes": []}, tmp_path / "old.pt")
    assert "holds no training that can go on" in refused(tmp_path / "old.pt", "--out", run)
    write_pictures(tmp_path / "other")
    folder = tmp_path / "other" / "cifar-10-batches-py"
    os.replace(folder / "data_batch_1", folder / "spare")
    os.replace(folder / "data_batch_2", folder / "data_batch_1")
    os.replace(folder / "spare", folder / "data_batch_2")
    assert "the pictures are not those" in refused(run, "--data-root", tmp_path / "other")

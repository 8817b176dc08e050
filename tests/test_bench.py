"""`minitorch-edu bench`: sides that compute something else are refused, and a verdict needs more than noise."""

import argparse
import copy
import functools
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import ops, results
from benchmarks.ceilings import attainable, ceilings
from benchmarks.others import OTHERS
from minitorch_edu.cli import main, parser


def values(name, phase, case=0):
    """What both sides compute."""
    return {side: ops.build(library, name, case, phase).values() for side, library in SIDES.items()}


SIDES = {"ours": "minitorch_edu", "torch": "torch"}
BOTH = "forward+backward"
KINDS = [("relu", "forward"), ("prelu", BOTH), ("dropout", BOTH), ("sort", BOTH),
         ("instance_norm", "forward"), ("Adam", "step"), ("randperm", "draw"), ("ToTensor", "transform"),
         ("initial-weights", "run"), ("tiny-backward", "run")]  # fmt: skip


@pytest.mark.parametrize("name, phase", KINDS)
def test_sides_that_differ_are_not_timed(name, phase):
    record, call = (None, None) if name in OTHERS else ops.subject(name, 0)
    both = values(name, phase)
    assert all(error < 16 for error in ops.equal(name, record, call, both).values()), name
    what = list(both["torch"])[-1]  # the last gradient, if there are any
    both["ours"][what] = both["ours"][what] + np.ones((), both["ours"][what].dtype)
    with pytest.raises(AssertionError, match=f"{name}: {what} of ours is off by .* roundings"):
        ops.equal(name, record, call, both)


def test_gradients_and_running_statistics_are_compared():
    """Those after one call, not after the one before it that told the shape of its value."""
    both, gradients = values("batch_norm", BOTH), {f"gradient of input {i}" for i in range(3)}
    ops.equal("batch_norm", *ops.subject("batch_norm", 0), both)
    for found in both.values():
        assert found.keys() == {"value 0", "running_mean afterwards", "running_var afterwards"} | gradients


def test_every_step_computes_the_same():
    """Gradients do not grow from step to step."""
    timed = ops.build("minitorch_edu", "mul", 0, "forward+backward")
    first = timed.values()["gradient of input 0"].copy()
    timed.step()
    np.testing.assert_array_equal(timed.inputs[0].grad.numpy(), first)


def test_a_race_becomes_an_entry(tmp_path, capsys, monkeypatch):
    """With its table, its file, and a comparison of the file with itself."""
    monkeypatch.setattr(ops, "race", functools.partial(ops.race, patience=1, pause=0))
    monkeypatch.setattr(results, "ceilings", lambda threads: {"gemm": 50.0 * threads, "copy": 20.0})
    path = str(tmp_path / "new" / "run.json")
    arguments = ["bench", "TINY-backward", "--rounds", "5", "--seconds", "0.01", "--threads", "1", "--json", path]
    assert main(arguments) == 0
    run = results.read(path)
    assert run["threads"] == 1 and run["ceilings"]["gemm"] == run["ceilings"]["by_threads"]["1"]["gemm"] == 50
    (entry,) = run["entries"]
    assert [entry[key] for key in ("kind", "name", "phase", "ulps")] == [
        "op",
        "tiny-backward",
        "run",
        dict.fromkeys(SIDES, 0),
    ]
    printed = capsys.readouterr().out
    assert all(word in printed for word in ("tiny-backward: (a * b)", "torch again", "1 threads each", "GFLOP/s"))
    assert main(["bench", "--compare", path, path]) == 0
    assert "0 faster, 0 slower, 1 no difference shown" in capsys.readouterr().out


def made(median, low, high, control=1.0):
    """A run with one entry whose ratio is this."""
    race = {"ratios": {"ours": {"median": median, "low": low, "high": high}}, "control": {"median": control}}
    entry = {"kind": "op", "name": "relu", "case": "64", "phase": "forward", "race": race}
    kept = {"conditions": {"machine": "A", "versions": {"torch": "2"}}, "threads": 2, "ceilings": {"by_threads": {}}}
    return kept | {"entries": [entry]}


CHANGES = [((2, 1.9, 2.1), (1, 0.9, 1.1), "faster", 0), ((1, 0.9, 1.1), (2, 1.9, 2.1), "slower", 1),
           ((1, 0.9, 1.1), (1.1, 1, 1.2), "no difference shown", 0),
           ((1, 0.9, 1.1), (2, 1.9, 2.1, 1 / 1.8), "no difference shown", 0)]  # fmt: skip


@pytest.mark.parametrize("before, after, expected, status", CHANGES)
def test_verdicts_know_noise(before, after, expected, status, tmp_path, capsys):
    """Intervals that overlap show nothing, nor do those of a race whose control is far from 1."""
    for name, numbers in (("a", before), ("b", after)):
        results.written(str(tmp_path / name), made(*numbers))
    assert main(["bench", "--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == status
    assert f"  {expected}\n" in capsys.readouterr().out


def test_comparison_names_what_is_not_the_same(tmp_path, capsys):
    old, new = made(1, 0.9, 1.1), copy.deepcopy(made(1, 0.9, 1.1))
    new["conditions"]["versions"]["torch"], new["entries"][0]["name"] = "3", "exp"
    for name, run in (("a", old), ("b", new)):
        results.written(str(tmp_path / name), run)
    assert main(["bench", "--compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    printed = capsys.readouterr().out
    assert "torch: 2 -> 3" in printed and "b: exp 64 forward" in printed and "a: relu 64 forward" in printed


def test_ceilings_of_a_machine():
    found = ceilings(1, n=64, mib=1, tries=2)
    assert found.keys() == {"gemm", "copy"} and min(found.values()) > 0
    assert attainable(4e9, 1e9, {"gemm": 2, "copy": 1}) == (2, "gemm")
    assert attainable(1e9, 1e9, {"gemm": 2, "copy": 1}) == (1, "copy")


MISTAKES = [("bench relux", "no call of typical size for 'relux'; similar: relu"), ("bench train relu", "by itself"),
            ("bench relu --algorithms", "bench conv2d --algorithms"), ("bench conv2d --file a.py", "--algorithms"),
            ("bench --compare nowhere.json nowhere.json", "nowhere.json")]  # fmt: skip


@pytest.mark.parametrize("line, said", MISTAKES)
def test_mistakes_are_named(line, said, monkeypatch):
    monkeypatch.setattr(results, "measured", lambda *_: {"gemm": 1, "copy": 1})
    with pytest.raises(SystemExit) as stopped:
        main(line.split())
    assert said in str(stopped.value)


def test_what_a_run_without_names_does():
    options = parser().parse_args(["bench"])
    assert isinstance(options, argparse.Namespace) and options.name == [] and options.rounds >= 5
    assert set(ops.DEFAULT) <= set(ops.names())
    for word in ("conv2d", "max_pool2d", "batch_norm", "layer_norm", "cross_entropy", "linear", "adam-10m", "sgd-10m"):
        assert word in ops.DEFAULT


def test_a_reader_who_has_seen_enough_gets_no_traceback():
    command = [sys.executable, "-m", "minitorch_edu", "bench", "--list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()  # what torch has to say about its surroundings may be there
        assert process.wait() == 1


@pytest.mark.parametrize(
    "words, reason",
    [
        (["relus"], "no call of typical size for 'relus'; similar: relu"),
        (["conv2d", "--algorithms", "--file", "nothing.py"], "there is no file nothing.py"),
        (["relu", "--json", "/proc/nowhere/run.json"], "/proc/nowhere"),
    ],
)
def test_what_cannot_be_raced_is_said_before_anything_is_measured(words, reason, monkeypatch, capsys):
    monkeypatch.setattr(results, "ceilings", None)
    with pytest.raises(SystemExit, match=reason):
        main(["bench", *words])

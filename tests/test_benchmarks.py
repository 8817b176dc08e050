"""The benchmarks measure what they say: sides that agree, ratios with their spread, and nothing left running."""

import json

import numpy as np
import pytest

from benchmarks import gpu, loops
from benchmarks.race import Work, interval, race
from minitorch_edu.cli import main
from reference.data import write_pictures


def test_interval_of_the_median():
    """The coverage of the k-th smallest and largest of 9 is 1 - 2 (1 + 9) / 512 = 96.1 % for k = 2."""
    assert interval([9, 1, 5, 3, 7, 2, 8, 4, 6]) == (2, 8)
    assert interval([3, 1, 2, 5, 4]) == (1, 5)  # of 5 not even the extremes reach 95 %
    random = np.random.default_rng(0)
    caught = [low <= 0 <= high for low, high in (interval(random.normal(size=9)) for _ in range(2000))]
    assert 0.95 < np.mean(caught) < 0.975


def test_a_step_of_both_libraries_is_raced():
    def check(values):
        ours, theirs = values["ours"], values["torch"]
        for name in theirs:
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-3, atol=1e-5, err_msg=name)

    sides = {"ours": "minitorch_edu", "torch": "torch"}
    runners = {name: Work("benchmarks.step", "Step", library=library, batch=4) for name, library in sides.items()}
    outcome = race(runners, "torch", rounds=5, seconds=0.01, pause=0, threads=1, patience=1, check=check)
    assert set(outcome["seconds"]) == {"ours", "torch", "torch again"} and set(outcome["ratios"]) == {"ours"}
    for result in (outcome["ratios"]["ours"], outcome["control"]):
        assert 0 < result["low"] <= result["median"] <= result["high"] and len(result["rounds"]) == 5
    assert outcome["memory_mib"]["ours"] <= 1.5 * outcome["memory_mib"]["torch"]


def test_runners_that_fail_are_named():
    with pytest.raises(RuntimeError, match="'torch' failed: ModuleNotFoundError: No module named 'torchh'"):
        race({"torch": Work("benchmarks.step", "Step", library="torchh")}, "torch")


def test_no_round_too_few():
    with pytest.raises(ValueError, match="at least 5, got 4"):
        race({}, "torch", rounds=4)


def test_the_bench_of_gpus_runs_on_the_cpu(tmp_path, capsys):
    write_pictures(tmp_path)
    written = tmp_path / "found.json"
    status = main(
        ["bench", "gpu", "--device", "cpu", "--data", "cifar10", "--data-root", str(tmp_path), "--epochs", "2",
         "--ways", "tutorial", "eager", "graph", "--batches", "8", "--matmul", "64", "--recipes", "strong",
         "--recipe-epochs", "1", "--seeds", "2", "--json", str(written)]
    )  # fmt: skip
    found = json.loads(written.read_text())
    assert status == 0
    rows = [(row["way"], row["precision"], row["batch"], len(row["epochs_s"])) for row in found["steps"]]
    assert rows == [(way, precision, 8, 2) for precision in ("fp32", "bf16") for way in ("tutorial", "eager", "graph")]
    assert all(row["pictures_per_s"] > 0 and row["launches_per_step"] is None for row in found["steps"])
    assert [(row["recipe"], len(row["runs"])) for row in found["recipes"]] == [("strong", 2)] * 2
    said = capsys.readouterr().out
    assert "torch: " in said and "gpu: " in said and said.count("strong") == 2 and "never" in said


def test_the_ways_of_the_bench_take_the_same_first_steps(tmp_path):
    """Order and pictures: the tutorial's script has no advantage but that it draws like ours."""
    import torch

    from minitorch_edu.training.recipe import RECIPES
    from minitorch_edu.vision.datasets import Shapes10

    weights = []
    for way in ("tutorial", "eager", "graph"):
        runner = gpu.make(torch, way, "cpu", "fp32", RECIPES["tutorial"], Shapes10(size=200))
        for _ in runner.steps():
            pass
        net = runner.net if way == "tutorial" else runner.training.net
        weights.append(torch.cat([p.detach().flatten() for p in net.parameters()]))
    for other in weights[1:]:
        torch.testing.assert_close(other, weights[0], rtol=1e-4, atol=1e-6)


def test_a_bare_loop_has_the_losses_of_train():
    options = {"recipe": "quick", "batch": 8, "size": 20}
    found = []
    for kind, chosen in ((loops.Bare, {}), (loops.Train, {}), (loops.Train, {"engine": "graph"})):
        runner = kind(**options, **chosen)
        found.append([runner.values()["loss"] for _ in range(7)])
    assert found[0] == found[1] == found[2]

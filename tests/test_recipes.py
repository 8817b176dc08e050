"""The recipes: what they are made of, and that both libraries compute the same by them, step for step."""

import dataclasses
import functools
import re

import numpy as np
import pytest
import torch
from PIL import Image

import minitorch_edu as mt
from minitorch_edu import models
from minitorch_edu.cli import main
from minitorch_edu.training import parity
from minitorch_edu.training.augmentation import augment, draw
from minitorch_edu.training.checkpoint import Training
from minitorch_edu.training.data import PIXELS
from minitorch_edu.training.loop import train_epoch
from minitorch_edu.training.recipe import RECIPES, make_net, make_optimizer, make_scheduler
from minitorch_edu.vision.datasets import Shapes10
from reference.data import write_pictures

SHAPES = Shapes10(size=400)
SMALL = {name: dataclasses.replace(RECIPES[name], batch_size=4) for name in ("tutorial", "quick", "strong")}


@pytest.mark.parametrize("name, count", [("tutorial", 145578), ("quick", 145578), ("strong", 184138)])
def test_a_network_has_so_many_parameters(name, count):
    for library in (mt, torch):
        net = make_net(RECIPES[name], library.nn)
        assert sum(p.numel() for p in net.parameters()) == count <= 200_000
        assert [type(layer).__name__ for layer in net if hasattr(layer, "weight") and layer.weight.ndim > 1] == [
            "Conv2d", "Conv2d", "Conv2d", "Linear", "Linear"]  # fmt: skip


@pytest.mark.parametrize("name", models.__all__)
def test_networks_start_bit_for_bit_alike(name):
    nets = []
    for library in (mt, torch):
        library.manual_seed(3)
        nets.append(getattr(models, name)(library.nn))
    for (key, p), (_, q) in zip(nets[0].named_parameters(), nets[1].named_parameters(), strict=True):
        assert np.array_equal(p.detach().numpy(), q.detach().numpy()), key


def test_quick_is_what_caffe_published():
    """The numbers of examples/cifar10/cifar10_quick_solver.prototxt and cifar10_quick_solver_lr1.prototxt."""
    recipe, pictures = RECIPES["quick"], 50000
    steps = recipe.epochs * pictures // recipe.batch_size
    assert steps == 5000
    net = make_net(recipe, mt.nn)
    optimizer = make_optimizer(recipe, mt, net)
    scheduler = make_scheduler(recipe, mt, optimizer, steps)
    weights, biases = optimizer.param_groups
    assert all((group["momentum"], group["weight_decay"]) == (0.9, 0.004) for group in (weights, biases))
    assert len(weights["params"]) == len(biases["params"]) == 5
    optimizer.step()
    for step in range(steps):
        rate = 0.001 if step < 4000 else 0.0001
        assert (weights["lr"], biases["lr"]) == pytest.approx((rate, 2 * rate)), step
        scheduler.step()
    # A mean over the edge: 16 pixels in windows of 3, 2 apart, are 8 windows, of which the last has 2.
    assert net[5](mt.arange(256.0).reshape(1, 1, 16, 16))[0, 0, 7].tolist()[6:] == [
        15 * 16 - 8 + 13,
        15 * 16 - 8 + 14.5,
    ]


def test_the_learning_rate_of_strong_is_one_cycle():
    recipe = RECIPES["strong"]
    optimizer = make_optimizer(recipe, mt, make_net(recipe, mt.nn))
    scheduler = make_scheduler(recipe, mt, optimizer, steps=100)
    optimizer.step()
    rates = []
    for _ in range(100):
        rates += scheduler.get_last_lr()
        scheduler.step()
    assert max(rates) == recipe.lr == rates[19]
    assert rates[:20] == sorted(rates[:20]) and rates[19:] == sorted(rates[19:], reverse=True)
    assert rates[-1] < 1e-5


@pytest.mark.parametrize("count", [1, 7, 64])
def test_augmentation_is_the_same_in_both_libraries(count):
    pictures, seen = np.random.default_rng(0).random((count, 3, 32, 32), np.float32), []
    for library in (mt, torch):
        library.manual_seed(5)
        drawn = draw(library, count, flips=True, shift=4)
        seen.append((augment(library, library.from_numpy(pictures), *drawn).numpy(), library.rand(2).numpy()))
    for ours, torchs in zip(*seen):
        assert np.array_equal(ours, torchs)


def test_augmentation_moves_and_mirrors():
    """Beside NumPy's own padding, picture by picture; and all that can be drawn is drawn."""
    count, shift = 300, 2
    pictures = np.random.default_rng(0).random((count, 3, 6, 5), np.float32)
    mt.manual_seed(0)
    mirrored, moved = draw(mt, count, flips=True, shift=shift)
    seen = augment(mt, mt.from_numpy(pictures), mirrored, moved).numpy()
    for picture, got, mirror, down, right in zip(
        pictures, seen, mirrored.flatten().tolist(), *moved.flatten(1).tolist()
    ):
        padded = np.pad(picture, ((0, 0), (shift, shift), (shift, shift)), mode="reflect")
        expected = padded[:, shift - down : shift - down + 6, shift - right : shift - right + 5]
        assert np.array_equal(got, expected[..., ::-1] if mirror else expected), (mirror, down, right)
    drawn = {(mirror, *place) for mirror, place in zip(mirrored.flatten().tolist(), moved[..., 0].T.tolist())}
    assert len(drawn) == 2 * 5 * 5


def test_pixels():
    images = np.random.default_rng(0).integers(0, 256, (50, 32, 32, 3), np.uint8)
    mean, std = PIXELS["standard"](images)
    numbers = (images - mean) / std
    np.testing.assert_allclose(numbers.mean((0, 1, 2)), 0, atol=1e-9)
    np.testing.assert_allclose(numbers.std((0, 1, 2)), 1, atol=1e-9)
    mean, std = PIXELS["mean_image"](images)
    assert mean.shape == (32, 32, 3) and std == 1
    np.testing.assert_allclose((images - mean).mean(0), 0, atol=1e-9)


@pytest.mark.parametrize("name", SMALL)
def test_steps_are_torchs(name, capsys):
    """40 steps in batches of 4, each from the same numbers: every loss to 1e-5, everything else as parity says.

    `minitorch-edu parity --recipe NAME --steps 200` does it with whole batches.
    """
    ours, theirs = (parity.Watched(library, SMALL[name], SHAPES) for library in (mt, torch))
    assert parity.parity(ours, theirs, 40, tolerance=1e-5, every=40) is None
    assert "step 40: loss" in capsys.readouterr().out


@pytest.mark.parametrize("name", SMALL)
def test_two_hundred_free_steps_are_torchs_in_float64(name, capsys):
    """Nothing but float32's roundings, by which torch parts from itself too, is between ours and torch."""
    assert parity.free(torch, SMALL[name], SHAPES, 200, tolerance=1e-9, every=200, dtype="float64") is None
    said = re.findall(r"step 200: .* so far (\S+), of torch from itself (\S+)", capsys.readouterr().out)
    [(apart, usual)] = said
    assert float(apart) <= 1e-9 and float(usual) <= 1e-9, said


def test_parity_finds_a_wrong_layer(capsys):
    """Each wrong layer is named, by what is wrong about it."""

    class Leaky(mt.nn.ReLU):
        def forward(self, x):
            return mt.nn.functional.leaky_relu(x, 0.01)

    class Detached(mt.nn.ReLU):  # right forward, wrong backward
        def forward(self, x):
            y = super().forward(x)
            return y + 0.5 * (x - x.detach())

    def found(place, wrong):
        ours, theirs = (parity.Watched(library, SMALL["strong"], SHAPES) for library in (mt, torch))
        wrong(ours.training.net[place], ours.training)
        return parity.parity(ours, theirs, 3)

    assert found(7, lambda layer, _: setattr(layer, "__class__", Leaky)).startswith("output of 7 (ReLU), in step 1")
    said = found(7, lambda layer, _: setattr(layer, "__class__", Detached))
    assert said.startswith("gradient of the output of 6 (BatchNorm2d), in step 1")  # what layer 7 hands down
    assert found(6, lambda layer, _: setattr(layer, "momentum", 0.2)).startswith(
        "6.running_mean after the step, in step 1"
    )
    assert found(2, lambda layer, _: setattr(layer, "eps", 0.1)).startswith("output of 2 (BatchNorm2d), in step 1")

    def slower(layer, training):
        training.optimizer.param_groups[0]["nesterov"] = False

    assert found(0, slower).startswith("0.weight after the step, in step 1")
    assert "8 (Conv2d)" in capsys.readouterr().out


def test_parity_command(tmp_path, capsys, monkeypatch):
    write_pictures(tmp_path)
    command = ["parity", "--data", "cifar10", "--data-root", str(tmp_path), "--recipe", "quick", "--steps", "3",
               "--batch-size", "8"]  # fmt: skip
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "recipe quick: epochs 10, batch_size 8, lr 0.001" in said and "the same in 3 steps" in said
    assert main([*command, "--free"]) == 0
    assert "of torch from itself" in capsys.readouterr().out
    wrong = functools.partial(mt.nn.functional.cross_entropy, reduction="sum")
    monkeypatch.setattr(mt.nn.functional, "cross_entropy", wrong)
    assert main(command) == 1
    assert "departs first: loss, in step 1: differs by 7.0e+00, more than 0.001" in capsys.readouterr().out
    assert main([*command, "--free"]) == 1


@pytest.mark.parametrize("name", ["tutorial", "quick", "strong"])
def test_predict_reads_the_recipes_checkpoint(name, tmp_path, capsys):
    run = tmp_path / "run"
    write_pictures(tmp_path)
    assert main(["train", "--data", "cifar10", "--data-root", str(tmp_path), "--epochs", "1", "--recipe", name,
                 "--batch-size", "20", "--out", str(run)]) == 0  # fmt: skip
    Image.fromarray(SHAPES.data[0]).save(tmp_path / "picture.png")
    capsys.readouterr()
    assert main(["predict", str(run / "epoch-01.pt"), str(tmp_path / "picture.png")]) == 0
    said = capsys.readouterr().out

    saved = torch.load(run / "epoch-01.pt")
    training = Training(torch, RECIPES[name], SHAPES)
    training.net.load_state_dict(saved["net"])
    training.mean, training.std = saved["mean"].numpy(), saved["std"].numpy()
    picture, _ = training.pictures(SHAPES).__getitems__([0])
    scores = torch.softmax(training.net.eval()(picture), 1)[0]
    assert f"{saved['classes'][scores.argmax()]} ({scores.max():.1%})" in said


@pytest.mark.parametrize("lr", [0.1, 1e30])
def test_losses_that_are_no_numbers_depart(lr, monkeypatch):
    """Also where torch's is none either: with 1e30 both leave all numbers."""
    if lr < 1:
        monkeypatch.setattr(mt.nn.functional, "cross_entropy", lambda scores, labels, **_: (scores * np.nan).sum())
    recipe = dataclasses.replace(SMALL["tutorial"], lr=lr)
    assert "differs by inf" in parity.free(torch, recipe, SHAPES, 5)


def test_label_smoothing_is_used():
    losses = []
    for smoothing in (0.0, 0.3):
        recipe = dataclasses.replace(SMALL["tutorial"], label_smoothing=smoothing)
        losses.append([loss for loss, _, _ in train_epoch(Training(mt, recipe, Shapes10(size=4)))])
    assert losses[0] != losses[1]

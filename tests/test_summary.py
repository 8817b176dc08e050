"""`summary`: FLOPs as torch counts them, forward and backward; shapes, parameters and memory of either library."""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

import minitorch_edu as mt
from minitorch_edu import models
from minitorch_edu.cli import main
from minitorch_edu.training.recipe import RECIPES, make_net
from minitorch_edu.training.summary import layers, table

CASES = {
    **{name: (getattr(models, name), (3, 32, 32)) for name in models.__all__},
    "conv2d, all options": (
        lambda nn: nn.Sequential(nn.Conv2d(4, 6, (3, 2), stride=(2, 1), padding=1, dilation=2)), (4, 9, 11)),
    "conv2d in groups": (
        lambda nn: nn.Sequential(nn.Conv2d(4, 6, 3, groups=2), nn.Conv2d(6, 6, 3, groups=6)), (4, 9, 9)),
    "conv1d": (lambda nn: nn.Sequential(nn.Conv1d(3, 5, 4), nn.ReLU(), nn.Conv1d(5, 2, 3, bias=False)), (3, 20)),
    "conv3d": (lambda nn: nn.Sequential(nn.Conv3d(2, 3, 2), nn.Conv3d(3, 1, 2)), (2, 5, 6, 7)),
    "linear in rows": (lambda nn: nn.Sequential(nn.Linear(7, 5), nn.Linear(5, 2, bias=False)), (4, 7)),
    "one layer": (lambda nn: nn.Linear(7, 5), (7,)),
    "nested": (lambda nn: nn.Sequential(nn.Sequential(nn.Linear(7, 5), nn.Sigmoid()), nn.Linear(5, 2)), (7,)),
    "frozen": (lambda nn: nn.Sequential(nn.Linear(7, 5).requires_grad_(False), nn.Linear(5, 2)), (7,)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_flops_are_those_that_torch_counts(name):
    build, shape = CASES[name]
    found = layers(torch, net := build(torch.nn), shape)
    pictures = torch.zeros(2, *shape)  # of one alone, batch norm has no variance
    with FlopCounterMode(display=False) as counter:
        net(pictures)
    assert 2 * sum(layer.flops for layer in found) == counter.get_total_flops()
    if name == "conv2d in groups":  # torch counts the weights' gradient `groups` times, pytorch/pytorch#183405
        first, second = found
        assert (first.training_flops, second.training_flops) == (2 * first.flops, 3 * second.flops)
        return
    with FlopCounterMode(display=False) as counter:
        net(pictures).sum().backward()
    assert 2 * sum(layer.training_flops for layer in found) == counter.get_total_flops()


@pytest.mark.parametrize("name", CASES)
def test_both_libraries_have_one_table(name):
    build, shape = CASES[name]
    ours, theirs = layers(mt, build(mt.nn), shape), layers(torch, net := build(torch.nn), shape)
    assert ours == theirs and len(ours) > 0
    assert sum(layer.parameters for layer in ours) == sum(parameter.numel() for parameter in net.parameters())
    assert ours[-1].shape == tuple(net.eval()(torch.zeros(1, *shape)).shape[1:])


def test_each_layer_of_the_tutorials_network():
    found = layers(mt, models.cifar_quick(mt.nn))
    assert [(layer.name, layer.kind, layer.shape) for layer in found] == [
        ("0", "Conv2d", (32, 32, 32)), ("1", "MaxPool2d", (32, 16, 16)), ("2", "Conv2d", (32, 16, 16)),
        ("3", "MaxPool2d", (32, 8, 8)), ("4", "Conv2d", (64, 8, 8)), ("5", "MaxPool2d", (64, 4, 4)),
        ("6", "Flatten", (1024,)), ("7", "Linear", (64,)), ("8", "Linear", (10,))]  # fmt: skip
    with FlopCounterMode(display=False) as counter:
        models.cifar_quick(torch.nn)(torch.zeros(1, 3, 32, 32))
    counted = counter.get_flop_counts()
    for layer in found:
        assert layer.flops == sum(counted.get(f"Sequential.{layer.name}", {}).values()), f"layer {layer.name}"
        own_memory = layer.kind != "Flatten"  # a view of its input
        assert layer.memory == 4 * np.prod(layer.shape) * own_memory, f"layer {layer.name}"


@pytest.mark.parametrize("library", [mt, torch], ids=["numpy", "torch"])
def test_the_network_is_left_as_it_was(library):
    net = library.nn.Sequential(library.nn.Conv2d(3, 4, 5), library.nn.BatchNorm2d(4), library.nn.Dropout())
    net[1].eval()
    before, random = {name: value.clone() for name, value in net.state_dict().items()}, library.get_rng_state()
    assert layers(library, net)[-1].memory == 0  # dropout passes on what it is given
    assert [module.training for module in net.modules()] == [True, True, False, True]
    assert all(parameter.grad is None for parameter in net.parameters())
    assert (library.get_rng_state() == random).all()
    for name, value in net.state_dict().items():
        assert (value == before[name]).all(), name
    count = len(layers(library, net))
    assert count == len(layers(library, net)) == 3  # no hook of the first time still notes


def test_the_table_adds_up():
    lines = list(table(layers(mt, models.cifar_quick(mt.nn))))
    assert len({len(line) for line in lines[:-1]}) == 1, "the columns are not below each other"
    assert lines[-2].split() == ["total", "145,578", "24,708,352", "225,576"]
    assert lines[-1].startswith("forward and backward: 69,209,856 FLOPs")


@pytest.mark.parametrize("arguments", [[], *(["--recipe", name] for name in RECIPES)], ids=" ".join)
def test_the_command(arguments, capsys):
    assert main(["summary", *arguments]) == 0
    net = make_net(RECIPES[arguments[-1] if arguments else "tutorial"], mt.nn)
    assert capsys.readouterr().out.splitlines() == list(table(layers(mt, net)))


def test_the_command_on_a_checkpoint(tmp_path, capsys):
    path = str(tmp_path / "net.pt")
    torch.save({"net": models.cifar_quick(torch.nn).state_dict(), "classes": ["a"] * 10}, path)
    assert main(["summary", "--checkpoint", path]) == 0
    assert capsys.readouterr().out.splitlines() == list(table(layers(mt, models.cifar_quick(mt.nn))))
    with pytest.raises(SystemExit, match="no-such-file.pt"):
        main(["summary", "--checkpoint", "no-such-file.pt"])
    with pytest.raises(SystemExit):
        main(["summary", "--checkpoint", path, "--recipe", "tutorial"])
    assert "not allowed with argument" in capsys.readouterr().err

"""A training that stops in one library and goes on in the other, from a file, stays on the curve of torch alone."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

import minitorch_edu as mt
from minitorch_edu.vision.datasets import Shapes10

BEFORE, AFTER = 3, 3  # epochs of 13 steps, the last with 8 pictures
SHAPES = Shapes10(train=True, size=200)

RECIPES = {
    "SGD with momentum, StepLR": (
        lambda optim, weights: optim.SGD(weights, lr=0.05, momentum=0.9, weight_decay=1e-3),
        lambda rules, optimizer: rules.StepLR(optimizer, step_size=17, gamma=0.5),
    ),
    "SGD with momentum, OneCycleLR": (
        lambda optim, weights: optim.SGD(weights, lr=0.01, momentum=0.9, nesterov=True),
        lambda rules, optimizer: rules.OneCycleLR(optimizer, max_lr=0.1, total_steps=13 * (BEFORE + AFTER)),
    ),
    "Adam, CosineAnnealingLR": (
        lambda optim, weights: optim.Adam(weights, lr=3e-3, weight_decay=1e-4),
        lambda rules, optimizer: rules.CosineAnnealingLR(optimizer, T_max=60),
    ),
    "AdamW, MultiStepLR": (
        lambda optim, weights: optim.AdamW(weights, lr=3e-3, amsgrad=True),
        lambda rules, optimizer: rules.MultiStepLR(optimizer, milestones=[20, 45, 60], gamma=0.3),
    ),
}


def start(library, recipe, seed):
    """All that a training needs, as it is before the first step."""
    library.manual_seed(seed)
    nn = library.nn
    net = nn.Sequential(
        nn.Conv2d(3, 8, 5, stride=2, padding=2, bias=False),  # (N, 3, 32, 32) -> (N, 8, 16, 16)
        nn.BatchNorm2d(8),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (N, 8, 8, 8)
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(8 * 8 * 8, 10),
    ).double()
    make_optimizer, make_scheduler = RECIPES[recipe]
    optimizer = make_optimizer(library.optim, net.parameters())
    pictures = library.from_numpy(SHAPES.data.transpose(0, 3, 1, 2).astype(np.float64) / 255)
    labels, numbers = library.tensor(SHAPES.targets), library.arange(len(SHAPES))
    data = library.utils.data.TensorDataset(pictures, labels, numbers)
    return SimpleNamespace(
        net=net,
        optimizer=optimizer,
        scheduler=make_scheduler(library.optim.lr_scheduler, optimizer),
        loader=library.utils.data.DataLoader(data, batch_size=16, shuffle=True),
        epoch=0,
    )


def train(library, training, epochs):
    """What there is to see of each step: (loss, learning rate, numbers of the pictures in the batch)."""
    seen = []
    training.net.train()
    for _ in range(epochs):
        for pictures, labels, numbers in training.loader:
            loss = library.nn.functional.cross_entropy(training.net(pictures), labels)
            training.optimizer.zero_grad()
            loss.backward()
            training.optimizer.step()
            seen.append((loss.item(), training.optimizer.param_groups[0]["lr"], numbers.tolist()))
            training.scheduler.step()
        training.epoch += 1
    return seen


def stop(library, training, path):
    library.save(
        {
            "net": training.net.state_dict(),
            "optimizer": training.optimizer.state_dict(),
            "scheduler": training.scheduler.state_dict(),
            "epoch": training.epoch,
            "random": library.get_rng_state(),
        },
        path,
    )


def go_on(library, recipe, path):
    """The training from the file, in a new process as it were: with other weights and another seed to begin with."""
    training = start(library, recipe, seed=99)
    saved = library.load(path)
    training.net.load_state_dict(saved["net"])
    training.optimizer.load_state_dict(saved["optimizer"])
    training.scheduler.load_state_dict(saved["scheduler"])
    training.epoch = saved["epoch"]
    library.set_rng_state(saved["random"])
    return training


def alone(recipe):
    """torch's own training without a stop, and its generator's state at the end."""
    training = start(torch, recipe, seed=5)
    return train(torch, training, BEFORE + AFTER), torch.get_rng_state().tolist()


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("first, second", [(torch, mt), (mt, torch)], ids=["torch, then ours", "ours, then torch"])
def test_a_training_goes_on_in_the_other_library(first, second, recipe, tmp_path):
    """The losses agree to 1e-9 of themselves, computed in float64.

    In float32 ReLU and max pooling choose otherwise now and then, between numbers that are equal but for rounding, and
    losses part, in torch alone as well. What is not computed is equal: the order of the pictures, the learning rates,
    the epoch, the generator.
    """
    training = start(first, recipe, seed=5)
    seen = train(first, training, BEFORE)
    stop(first, training, tmp_path / "stopped.pt")
    training = go_on(second, recipe, tmp_path / "stopped.pt")
    seen += train(second, training, AFTER)

    expected, generator = alone(recipe)
    losses, rates, batches = zip(*seen)
    torchs_losses, torchs_rates, torchs_batches = zip(*expected)
    assert batches == torchs_batches
    assert rates == torchs_rates
    assert training.epoch == BEFORE + AFTER
    assert second.get_rng_state().tolist() == generator
    errors = np.abs(np.array(losses) / torchs_losses - 1)
    worst = errors.argmax()
    assert errors[worst] <= 1e-9, (
        f"step {worst + 1} of {len(errors)}, stopped after {len(errors) // 2}: "
        f"loss {losses[worst]}, torch alone {torchs_losses[worst]}, relative {errors[worst]:.1e}"
    )

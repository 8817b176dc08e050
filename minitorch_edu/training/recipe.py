"""What a training is, apart from the data and the seed."""

import dataclasses
from dataclasses import dataclass

from .. import models

__all__ = ["RECIPES", "Recipe", "make_net", "make_optimizer", "make_scheduler"]


@dataclass(frozen=True)
class Recipe:
    """A network, and how it is trained by stochastic gradient descent. str() leaves out what is not used.

    >>> from minitorch_edu.training.recipe import Recipe
    >>> print(Recipe(epochs=5, flips=True))
    epochs 5, batch_size 64, lr 0.01, momentum 0.0, weight_decay 0.0, flips True
    """

    epochs: int = 20  # how often every picture is seen
    batch_size: int = 64  # pictures per step
    lr: float = 0.01  # learning rate: how far a step goes along the gradient
    momentum: float = 0.0  # how much of the last step is taken again
    weight_decay: float = 0.0  # how much of each weight is added to its gradient
    nesterov: bool = False  # the gradient, as it will be where momentum leads to
    bias_lr: float = 1.0  # biases (all that has one axis) go so many times as far
    schedule: str = "constant"  # how the learning rate goes on: one of SCHEDULES
    label_smoothing: float = 0.0  # how much of the certainty of a label is shared out over all classes
    flips: bool = False  # show half of the pictures, drawn anew each time, as in a mirror
    shift: int = 0  # move each picture by up to so many pixels, drawn anew each time
    pixels: str = "unit"  # what numbers the pixels are: one of training.data.PIXELS
    model: str = "cifar_quick"  # one of the networks in `models`

    def __str__(self):
        always = {"epochs", "batch_size", "lr", "momentum", "weight_decay"}
        values = [(f, getattr(self, f.name)) for f in dataclasses.fields(self)]
        return ", ".join(f"{f.name} {value}" for f, value in values if f.name in always or value != f.default)


RECIPES = {
    # As the tutorial has it: plain SGD on the network without activations.
    "tutorial": Recipe(),
    # As Caffe has it, https://github.com/BVLC/caffe/tree/master/examples/cifar10: cifar10_quick_solver.prototxt, then
    # cifar10_quick_solver_lr1.prototxt, whose learning rate is a tenth, from iteration 4000 to 5000. Caffe reads the
    # pictures in one order; here it is a new one each epoch.
    "quick": Recipe(epochs=10, batch_size=100, lr=0.001, momentum=0.9, weight_decay=0.004, bias_lr=2.0,
                    schedule="drop", pixels="mean_image", model="caffe_quick"),
    # As far as these layers get.
    "strong": Recipe(epochs=40, batch_size=128, lr=0.1, momentum=0.9, weight_decay=0.0005, nesterov=True,
                     schedule="one_cycle", label_smoothing=0.1, flips=True, shift=4, pixels="standard",
                     model="cifar_strong"),
    "shapes10": Recipe(epochs=2, lr=0.008, momentum=0.9),
}  # fmt: skip

# The learning rate from step to step: (torch.optim.lr_scheduler, the optimizer, the number of steps) -> a scheduler.
SCHEDULES = {
    "constant": lambda rules, optimizer, steps: rules.ConstantLR(optimizer, factor=1.0),
    # A tenth for the last fifth.
    "drop": lambda rules, optimizer, steps: rules.MultiStepLR(optimizer, milestones=[steps * 4 // 5], gamma=0.1),
    # Up from lr / 25 to lr in the first fifth, then down to nearly 0 (Smith & Topin 2018, arXiv:1708.07120).
    "one_cycle": lambda rules, optimizer, steps: rules.OneCycleLR(
        optimizer,
        max_lr=[group["lr"] for group in optimizer.param_groups],
        total_steps=max(steps, 10),  # a cycle has two sides
        pct_start=0.2,
        cycle_momentum=False,
    ),
}


def make_net(recipe, nn):
    """The recipe's network, built from an nn namespace. LookupError if there is no such network.

    >>> from minitorch_edu.training.recipe import RECIPES, make_net
    >>> make_net(RECIPES["tutorial"], nn)[-1]
    Linear(in_features=64, out_features=10, bias=True)
    """
    if recipe.model not in models.__all__:
        raise LookupError(f"there is no network {recipe.model!r}, only {', '.join(models.__all__)}")
    return getattr(models, recipe.model)(nn)


def make_optimizer(recipe, torch, net):
    """SGD over the parameters; in two groups, if the biases have another learning rate.

    >>> from minitorch_edu.training.recipe import RECIPES, make_optimizer
    >>> optimizer = make_optimizer(RECIPES["quick"], torch, nn.Linear(2, 3))
    >>> [(group["lr"], [tuple(p.shape) for p in group["params"]]) for group in optimizer.param_groups]
    [(0.001, [(3, 2)]), (0.002, [(3,)])]
    """
    groups = parameters = list(net.parameters())
    if recipe.bias_lr != 1:
        weights = {"params": [p for p in parameters if p.ndim > 1]}
        biases = {"params": [p for p in parameters if p.ndim == 1], "lr": recipe.lr * recipe.bias_lr}
        groups = [weights, biases]
    nesterov = recipe.nesterov and recipe.momentum > 0
    return torch.optim.SGD(
        groups, recipe.lr, momentum=recipe.momentum, weight_decay=recipe.weight_decay, nesterov=nesterov
    )


def make_scheduler(recipe, torch, optimizer, steps):
    """The learning rates of a training of so many steps; step() it after each step of the optimizer.

    LookupError if there is no such schedule.

    >>> from minitorch_edu.training.recipe import Recipe, make_scheduler
    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = make_scheduler(Recipe(schedule="drop"), torch, optimizer, steps=5)
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.0, 1.0, 1.0, 0.1]
    """
    if recipe.schedule not in SCHEDULES:
        raise LookupError(f"there is no schedule {recipe.schedule!r}, only {', '.join(SCHEDULES)}")
    return SCHEDULES[recipe.schedule](torch.optim.lr_scheduler, optimizer, steps)

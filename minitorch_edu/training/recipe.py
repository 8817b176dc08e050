"""What a training is, apart from the data and the seed."""

from dataclasses import dataclass

__all__ = ["RECIPES", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """The numbers of a training run by stochastic gradient descent.

    >>> from minitorch_edu.training.recipe import Recipe
    >>> Recipe(epochs=5)
    Recipe(epochs=5, batch_size=64, lr=0.01, momentum=0.0, weight_decay=0.0)
    """

    epochs: int = 20  # how often every picture is seen
    batch_size: int = 64  # pictures per step
    lr: float = 0.01  # learning rate: how far a step goes along the gradient
    momentum: float = 0.0  # how much of the last step is taken again
    weight_decay: float = 0.0  # how much of each weight is added to its gradient


RECIPES = {
    "tutorial": Recipe(),  # as the tutorial has it: plain SGD on the network without activations
    "shapes10": Recipe(epochs=2, lr=0.008, momentum=0.9),
}

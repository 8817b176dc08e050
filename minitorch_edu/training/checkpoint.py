"""A training that can be stopped at any step, kept in a file, and gone on with as if it had not been stopped."""

import dataclasses
import os
import re
import zlib

import numpy as np

from .data import PIXELS, Pictures
from .recipe import Recipe, make_net, make_optimizer, make_scheduler
from .report import write_whole

__all__ = ["STOPPED", "Training", "added", "latest", "means", "recipe_of", "save", "scale_of"]

STOPPED = "stopped.pt"  # the checkpoint of a run that was interrupted within an epoch
NOTHING = (0.0, 0, 0)  # loss, hits and pictures, added up


def added(sums, loss, hits, pictures):
    """The sums with one more batch, of which the mean loss is known.

    >>> from minitorch_edu.training.checkpoint import NOTHING, added
    >>> added(added(NOTHING, 2.0, 1, 4), 1.0, 2, 2)
    (10.0, 3, 6)
    """
    return sums[0] + loss * pictures, sums[1] + hits, sums[2] + pictures


def means(sums):
    """(loss, accuracy) over all pictures.

    >>> from minitorch_edu.training.checkpoint import means
    >>> means((10.0, 3, 4))
    (2.5, 0.75)
    """
    return sums[0] / sums[2], sums[1] / sums[2]


class Training:
    """Everything that a training goes on from.

    net, optimizer, scheduler; loader: the pictures; mean, std: what makes numbers of them; epoch: how many are done;
    step: how many of the next one are done; sums: loss, hits and pictures in them; seconds: what they took.

    >>> from minitorch_edu.training.checkpoint import Training
    >>> from minitorch_edu.training.recipe import Recipe
    >>> training = Training(torch, Recipe(batch_size=4), datasets.Shapes10(size=10), seed=0)
    >>> batches = training.batches()  # those that the epoch still has
    >>> [(len(labels), labels) for pictures, labels in batches]
    [(4, tensor([9, 2, 0, 4])), (4, tensor([7, 5, 4, 3])), (2, tensor([8, 8]))]
    """

    def __init__(self, torch, recipe, train_set, seed=0):
        torch.manual_seed(seed)
        self.torch, self.recipe, self.seed = torch, recipe, seed
        self.net = make_net(recipe, torch.nn)
        self.optimizer = make_optimizer(recipe, torch, self.net)
        self.mean, self.std = (np.asarray(x, np.float32) for x in PIXELS[recipe.pixels](train_set.data))
        self.loader = self.pictures(train_set).loader(recipe.batch_size, shuffle=True)
        self.scheduler = make_scheduler(recipe, torch, self.optimizer, recipe.epochs * len(self.loader))
        self.classes, self.data = list(train_set.classes), zlib.crc32(np.ascontiguousarray(train_set.data))
        self.epoch = self.step = 0
        self.sums, self.seconds = NOTHING, 0.0
        self.epoch_random = torch.get_rng_state()  # before the first batch of the epoch was drawn

    def pictures(self, data_set):
        """The pictures of a data set, as this training's network wants them."""
        return Pictures(self.torch, data_set.data, data_set.targets, self.mean, self.std)

    def batches(self):
        """What is left of the epoch. The batches before are drawn again, as the order of the pictures is drawn once."""
        now = self.torch.get_rng_state()
        if self.step == 0:
            self.epoch_random = now
        self.torch.set_rng_state(self.epoch_random)
        batches = iter(self.loader)
        for _ in range(self.step):
            next(batches)
        if self.step:
            self.torch.set_rng_state(now)
        return batches

    def count(self, loss, hits, pictures):
        """Note a step."""
        self.sums = added(self.sums, loss, hits, pictures)
        self.step += 1

    def end_epoch(self):
        """Note the end of an epoch."""
        self.epoch, self.step, self.sums, self.seconds = self.epoch + 1, 0, NOTHING, 0.0

    def state_dict(self):
        """All of it in tensors, numbers and strings, which both libraries can write and read."""
        return {
            "net": self.net.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "scheduler": self.scheduler.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
            "sums": self.sums,
            "seconds": self.seconds,
            "random": self.torch.get_rng_state(),
            "epoch_random": self.epoch_random,
            "recipe": dataclasses.asdict(self.recipe),
            "seed": self.seed,
            "classes": self.classes,
            "data": self.data,
            "mean": self.torch.from_numpy(self.mean),
            "std": self.torch.from_numpy(self.std),
        }

    def load_state_dict(self, saved):
        """Be where the training was that wrote `saved`. RuntimeError if it has other pictures."""
        if saved["data"] != self.data:
            raise RuntimeError("the pictures are not those with which the training began")
        self.net.load_state_dict(saved["net"])
        self.optimizer.load_state_dict(saved["optimizer"])
        self.scheduler.load_state_dict(saved["scheduler"])
        self.epoch, self.step, self.sums, self.seconds = (saved[key] for key in ("epoch", "step", "sums", "seconds"))
        self.epoch_random = saved["epoch_random"]
        self.torch.set_rng_state(saved["random"])


def recipe_of(saved):
    """The recipe of a checkpoint; the tutorial's, if it is from before recipes were written down.

    >>> from minitorch_edu.training.checkpoint import recipe_of
    >>> print(recipe_of({"recipe": {"epochs": 3}}))
    epochs 3, batch_size 64, lr 0.01, momentum 0.0, weight_decay 0.0
    """
    try:
        return Recipe(**saved.get("recipe", {}))
    except TypeError as error:
        raise RuntimeError(f"the checkpoint has a recipe of another version: {error}") from None


def scale_of(saved):
    """(mean, std) of a checkpoint's pixels, as arrays.

    >>> from minitorch_edu.training.checkpoint import scale_of
    >>> scale_of({"mean": torch.zeros(3), "std": torch.ones(3)})
    (array([0., 0., 0.], dtype=float32), array([1., 1., 1.], dtype=float32))
    """
    return (saved["mean"].numpy(), saved["std"].numpy()) if "mean" in saved else PIXELS["unit"](None)


def latest(path):
    """The checkpoint that is furthest on in a folder; a path that is a file is returned. OSError if there is none.

    >>> from minitorch_edu.training.checkpoint import latest
    >>> for name in ("epoch-09.pt", "epoch-10.pt"):
    ...     torch.save({}, name)
    >>> latest(".")
    './epoch-10.pt'
    """
    if not os.path.isdir(path):
        return path
    names = os.listdir(path)
    epochs = {int(found[1]): name for name in names if (found := re.fullmatch(r"epoch-(\d+)\.pt", name))}
    if STOPPED not in names and not epochs:
        raise FileNotFoundError(f"{path} holds no checkpoint: neither {STOPPED} nor epoch-NN.pt")
    return os.path.join(path, STOPPED if STOPPED in names else epochs[max(epochs)])


def save(torch, checkpoint, path):
    """Write a checkpoint so that the file is either whole or not there.

    >>> from minitorch_edu.training.checkpoint import save
    >>> save(torch, {"epoch": 3}, "epoch-03.pt")
    >>> torch.load("epoch-03.pt")
    {'epoch': 3}
    """
    write_whole(path, lambda partial: torch.save(checkpoint, partial))

"""ReduceLROnPlateau: a smaller learning rate when a measured number no longer improves.

Twin:  torch.optim.lr_scheduler.ReduceLROnPlateau
"""

import math
import warnings

from ..optimizer import scalar
from .scheduler import LRScheduler, lrs_of, need_optimizer, set_lr

__all__ = ["ReduceLROnPlateau"]


class ReduceLROnPlateau(LRScheduler):
    """Multiply lr by factor, down to min_lr, after more than `patience` steps in a row without improvement.

    An improvement on the best so far is less ("min") or more ("max") than it by `threshold`, a part of the best ("rel")
    or a number ("abs"). After a reduction, `cooldown` steps are not counted. Changes of lr up to eps are not made.

    Raises ValueError for an unknown mode, a factor of 1 or more, or a list min_lr of the wrong length.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in (3.0, 2.0, 2.0, 2.5, 1.0):  # twice, which is more than once, no better than 2
    ...     optimizer.step()
    ...     scheduler.step(loss)
    ...     rates += scheduler.get_last_lr()
    >>> rates
    [1.0, 1.0, 1.0, 0.5, 0.5]
    """

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
                 cooldown=0, min_lr=0, eps=1e-8):  # fmt: skip
        if factor >= 1:
            raise ValueError(f"Factor should be < 1.0. Got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        self.optimizer = need_optimizer(optimizer)
        groups = len(optimizer.param_groups)
        several = isinstance(min_lr, (list, tuple))
        if several and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.default_min_lr = None if several else min_lr
        self.min_lrs = list(min_lr) if several else [min_lr] * groups
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = self.num_bad_epochs = self.last_epoch = 0
        self._last_lr = lrs_of(optimizer)

    def step(self, metrics, epoch=None):
        """Take note of the number (or 0-d tensor) measured, and reduce the learning rates if it is time."""
        if epoch is not None:
            warnings.warn("The epoch parameter in `scheduler.step()` is deprecated.", stacklevel=2)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        measured = float(scalar(metrics))
        self.num_bad_epochs += 1
        if self.is_better(measured, self.best):
            self.best, self.num_bad_epochs = measured, 0
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = lrs_of(self.optimizer)

    @property
    def in_cooldown(self):
        return self.cooldown_counter > 0

    def is_better(self, measured, best):
        """Whether the number improves on the best so far by more than the threshold.

        >>> scheduler = lr_scheduler.ReduceLROnPlateau(optim.SGD([torch.zeros(1)]), threshold=0.1)
        >>> scheduler.is_better(1.9, best=2.0), scheduler.is_better(1.7, best=2.0)  # less than 1.8 is wanted
        (False, True)
        """
        sign = -1 if self.mode == "min" else 1
        margin = self.threshold * sign
        goal = best * (1 + margin) if self.threshold_mode == "rel" else best + margin
        return sign * measured > sign * goal

    def _reduce(self):
        groups = self.optimizer.param_groups
        if len(self.min_lrs) != len(groups):  # a group was added
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the optimizer ({len(groups)}) differs from the number of min_lrs "
                    f"({len(self.min_lrs)}): set scheduler.min_lrs when you add a group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        for group, least in zip(groups, self.min_lrs):
            lr = float(scalar(group["lr"]))
            reduced = max(lr * self.factor, least)
            if lr - reduced > self.eps:
                set_lr(group, reduced)

"""Schedules with a formula: lr at step t of the training, from the initial one.

Twin:  torch.optim.lr_scheduler
"""

import bisect
import collections
import math
import types

from .scheduler import LRScheduler

__all__ = ["ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "StepLR"]


class LambdaLR(LRScheduler):
    """lr = initial * lr_lambda(t); lr_lambda is one function, or a list with one for each group.

    Only callable objects are kept in a checkpoint, not functions. Raises ValueError for a list of another length.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: 1 / 2**t)
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer, lr_lambda, last_epoch=-1):
        count = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * count
        if len(self.lr_lambdas) != count:
            raise ValueError(f"Expected {count} lr_lambdas, but got {len(self.lr_lambdas)}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        return [initial * factor(self.last_epoch) for initial, factor in zip(self.base_lrs, self.lr_lambdas)]

    def state_dict(self):
        kept = [None if isinstance(f, types.FunctionType) else f.__dict__.copy() for f in self.lr_lambdas]
        return super().state_dict() | {"lr_lambdas": kept}

    def load_state_dict(self, state_dict):
        for function, kept in zip(self.lr_lambdas, state_dict["lr_lambdas"]):
            if kept is not None:
                function.__dict__.update(kept)
        super().load_state_dict(state_dict | {"lr_lambdas": self.lr_lambdas})


class StepLR(LRScheduler):
    """lr = initial * gamma^(t // step_size): times gamma every step_size steps.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer, step_size, gamma=0.1, last_epoch=-1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        return lr * self.gamma if self.last_epoch and self.last_epoch % self.step_size == 0 else lr

    def closed_form(self, initial):
        return initial * self.gamma ** (self.last_epoch // self.step_size)


class MultiStepLR(LRScheduler):
    """lr = initial * gamma^(the number of milestones up to t): times gamma at each milestone.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.MultiStepLR(optimizer, milestones=[1, 4], gamma=0.5)
    >>> for _ in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer, milestones, gamma=0.1, last_epoch=-1):
        self.milestones, self.gamma = collections.Counter(milestones), gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        return lr * self.gamma ** self.milestones[self.last_epoch]

    def closed_form(self, initial):
        return initial * self.gamma ** bisect.bisect_right(sorted(self.milestones.elements()), self.last_epoch)


class ConstantLR(LRScheduler):
    """lr = initial * factor while t < total_iters, then initial. Raises ValueError for a factor outside 0..1.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(self, optimizer, factor=1 / 3, total_iters=5, last_epoch=-1):
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1. Got {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        if self.last_epoch == 0:
            return lr * self.factor
        return lr * (1 / self.factor) if self.last_epoch == self.total_iters else lr

    def closed_form(self, initial):
        return initial * (self.factor if self.last_epoch < self.total_iters else 1)


class LinearLR(LRScheduler):
    """lr = initial * factor, where factor goes evenly from start_factor to end_factor in total_iters steps, then stays.

    Raises ValueError unless 0 < start_factor <= 1 and 0 <= end_factor <= 1.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5, last_epoch=-1):
        if not 0 < start_factor <= 1:
            raise ValueError(
                "Starting multiplicative factor expected to be greater than 0 and less or equal to 1. "
                f"Got {start_factor}"
            )
        if not 0 <= end_factor <= 1:
            raise ValueError(f"Ending multiplicative factor expected to be between 0 and 1. Got {end_factor}")
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        if self.last_epoch == 0:
            return lr * self.start_factor
        if self._is_initial or self.last_epoch > self.total_iters:
            return lr
        rise = self.end_factor - self.start_factor
        return lr * (1 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise))

    def closed_form(self, initial):
        rise, done = self.end_factor - self.start_factor, min(self.total_iters, self.last_epoch)
        return initial * (self.start_factor + rise * done / self.total_iters)


class ExponentialLR(LRScheduler):
    """lr = initial * gamma^t.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer, gamma, last_epoch=-1):
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        return lr if self._is_initial else lr * self.gamma

    def closed_form(self, initial):
        return initial * self.gamma**self.last_epoch


class CosineAnnealingLR(LRScheduler):
    """lr = eta_min + (initial - eta_min) (1 + cos(pi t / T_max)) / 2: down in T_max steps, then up again.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], lr=1.0), []
    >>> scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=3)
    >>> for _ in range(5):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> [round(rate, 6) for rate in rates]
    [1.0, 0.75, 0.25, 0.0, 0.25]

    Paper: Loshchilov & Hutter (2017), SGDR, equation 5, https://arxiv.org/abs/1608.03983
    """

    def __init__(self, optimizer, T_max, eta_min=0.0, last_epoch=-1):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer, last_epoch)

    def next_lr(self, lr, initial):
        t, angle = self.last_epoch, math.pi / self.T_max
        if self._is_initial:
            return lr
        if (t - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom there is no ratio to the step before
            if initial is None:
                raise self._late_group()
            return lr + (initial - self.eta_min) * (1 - math.cos(angle)) / 2
        ratio = (1 + math.cos(math.pi * t / self.T_max)) / (1 + math.cos(math.pi * (t - 1) / self.T_max))
        return ratio * (lr - self.eta_min) + self.eta_min

    def closed_form(self, initial):
        return self.eta_min + (initial - self.eta_min) * (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2

"""What all learning rate schedulers share: when they step, what they write into the optimizer, and checkpoints.

A rule is given in two forms, of which a subclass writes the first and, where there is one, the second:

    next_lr(lr, initial)        the rate at step t = self.last_epoch, from the one before; schedulers chain through it
    closed_form(initial)        the rate at step t from the one that training began with

Twin:  torch.optim.lr_scheduler.LRScheduler
"""

import copy
import itertools
import warnings

from ...autograd import Tensor
from ..optimizer import Optimizer, scalar

__all__ = ["LRScheduler"]


class LRScheduler:
    """The base of schedulers. Making one makes its step number 0; after that, call step() after the optimizer's.

    last_epoch: the number of the last step when training is resumed; the groups must then know their "initial_lr".
    Raises TypeError for what is no optimizer, KeyError for a group without "initial_lr".

    >>> class Halving(lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [initial / 2**self.last_epoch for initial in self.base_lrs]
    >>> optimizer = optim.SGD([torch.zeros(1)], lr=1.0)
    >>> scheduler = Halving(optimizer)
    >>> for _ in range(3):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.last_epoch, scheduler.get_last_lr()
    (3, [0.125])
    """

    def __init__(self, optimizer, last_epoch=-1):
        self.optimizer = need_optimizer(optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copy.deepcopy(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0: load the optimizer's state_dict first, or leave last_epoch at -1"
                )
        self.base_lrs = [scalar(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self):
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def step(self, epoch=None):
        """Set the learning rates of the next step; call it after optimizer.step(), else it warns.

        epoch: go to this step instead, by the closed form if the rule has one (deprecated, as in torch).

        >>> optimizer = optim.SGD([torch.zeros(1)], lr=1.0)
        >>> scheduler = lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> optimizer.step()  # with lr 1
        >>> scheduler.step()
        >>> optimizer.param_groups[0]["lr"]
        0.5
        """
        if self._step_count == 1 and not self.optimizer._stepped:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite "
                "order: `optimizer.step()` before `lr_scheduler.step()`. Failure to do this will result in skipping "
                "the first value of the learning rate schedule.",
                stacklevel=2,
            )
        if epoch is not None:
            warnings.warn(
                "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. "
                "Please use `scheduler.step()` to step the scheduler.",
                stacklevel=2,
            )
        self._step_count += 1
        self._update_lr(epoch)

    def _update_lr(self, epoch=None):
        """Go to the next step, or to step `epoch`."""
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        lrs = self.get_lr() if epoch is None or self.closed_form is None else map(self.closed_form, self.base_lrs)
        lrs, groups = list(lrs), self.optimizer.param_groups
        if len(lrs) != len(groups):
            raise self._late_group()
        for group, lr in zip(groups, lrs):
            set_lr(group, lr)
        self._last_lr = lrs_of(self.optimizer)

    def get_lr(self):
        """The learning rates that the groups should have at step `last_epoch`."""
        rates = [scalar(group["lr"]) for group in self.optimizer.param_groups]
        return [self.next_lr(lr, initial) for lr, initial in itertools.zip_longest(rates, self.base_lrs)]

    def _late_group(self):
        """The error for a group that the optimizer got later, where the rule needs its initial learning rate."""
        return ValueError(
            f"{type(self).__name__}: the optimizer has {len(self.optimizer.param_groups)} groups of parameters, but "
            f"had {len(self.base_lrs)} when the scheduler was made; make another one after add_param_group()"
        )

    def next_lr(self, lr, initial):
        """The learning rate of a group at step `last_epoch`, from the one before; initial: None of a later group."""
        raise NotImplementedError

    closed_form = None

    def get_last_lr(self):
        """The learning rates that were set last, one for each group.

        >>> groups = [{"params": [torch.zeros(1)], "lr": 1.0}, {"params": [torch.zeros(1)], "lr": 8.0}]
        >>> lr_scheduler.ConstantLR(optim.SGD(groups), factor=0.5).get_last_lr()
        [0.5, 4.0]
        """
        return self._last_lr

    def state_dict(self):
        """All that the scheduler knows, without the optimizer.

        >>> scheduler = lr_scheduler.ExponentialLR(optim.SGD([torch.zeros(1)], lr=1.0), gamma=0.5)
        >>> kept = scheduler.state_dict()
        >>> [kept[name] for name in ("gamma", "base_lrs", "last_epoch")]
        [0.5, [1.0], 0]
        """
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict):
        """Continue from a `state_dict()`; load the optimizer's too, which keeps the rates themselves.

        >>> optimizer = optim.SGD([torch.zeros(1)], lr=1.0)
        >>> scheduler = lr_scheduler.StepLR(optimizer, step_size=30)
        >>> scheduler.load_state_dict({"last_epoch": 29})  # as at the end of epoch 29
        >>> optimizer.step()
        >>> scheduler.step()
        >>> scheduler.last_epoch, optimizer.param_groups[0]["lr"]
        (30, 0.1)
        """
        self.__dict__.update(state_dict)


def need_optimizer(optimizer):
    """The optimizer; TypeError if it is none."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def set_lr(group, lr):
    """Write a learning rate into a group; a tensor is written into."""
    if isinstance(group["lr"], Tensor):
        group["lr"].array[...] = scalar(lr)
    else:
        group["lr"] = lr


def lrs_of(optimizer):
    """The learning rates of the groups, as they are now."""
    return [copy.deepcopy(group["lr"]) for group in optimizer.param_groups]


def per_group(optimizer, name, value):
    """A list with one value for each group; ValueError if a list has another length."""
    count = len(optimizer.param_groups)
    if isinstance(value, (list, tuple)) and len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups. "
            f"{name} has {len(value)} values, param_groups has {count}."
        )
    return list(value) if isinstance(value, (list, tuple)) else [value] * count

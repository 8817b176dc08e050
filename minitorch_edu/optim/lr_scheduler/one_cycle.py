"""OneCycleLR: one rise to a large learning rate, one long fall; the momentum goes the other way.

Paper: Smith & Topin (2018), Super-convergence, https://arxiv.org/abs/1708.07120
Twin:  torch.optim.lr_scheduler.OneCycleLR
"""

import math

from .scheduler import LRScheduler, need_optimizer, per_group

__all__ = ["OneCycleLR"]


class OneCycleLR(LRScheduler):
    """From max_lr / div_factor up to max_lr in the first pct_start of the steps, then down to start / final_div_factor.

    total_steps, or epochs * steps_per_epoch, is the length of the cycle; one step per batch. three_phase: down to the
    start first, as long as it went up, and only then to the end. anneal_strategy: "cos" or "linear". cycle_momentum:
    momentum, or beta1 of Adam, goes from max_momentum to base_momentum and back.

    Raises ValueError for a cycle without length, options out of range, and a step beyond the end.

    >>> optimizer, rates = optim.SGD([torch.zeros(1)], momentum=0.9), []
    >>> shape = {"pct_start": 0.5, "div_factor": 2, "final_div_factor": 2, "anneal_strategy": "linear"}
    >>> scheduler = lr_scheduler.OneCycleLR(optimizer, max_lr=8.0, total_steps=6, **shape)
    >>> for _ in range(6):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [4.0, 6.0, 8.0, 6.0, 4.0, 2.0]
    """

    def __init__(self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
                 anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,
                 final_div_factor=1e4, three_phase=False, last_epoch=-1):  # fmt: skip
        need_optimizer(optimizer)
        lengths = {"total_steps": total_steps}
        if total_steps is None:
            lengths = {"epochs": epochs, "steps_per_epoch": steps_per_epoch}
            if None in lengths.values():
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        for name, length in lengths.items():
            if not isinstance(length, int) or length <= 0:
                raise ValueError(f"Expected positive integer {name}, but got {length}")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps = math.prod(lengths.values())
        top, end = pct_start * self.total_steps - 1, self.total_steps - 1
        if three_phase:
            corners = [(top, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
                       (2 * pct_start * self.total_steps - 2, "max_lr", "initial_lr", "base_momentum", "max_momentum"),
                       (end, "initial_lr", "min_lr", "max_momentum", "max_momentum")]  # fmt: skip
        else:
            corners = [(top, "initial_lr", "max_lr", "max_momentum", "base_momentum"),
                       (end, "max_lr", "min_lr", "base_momentum", "max_momentum")]  # fmt: skip
        names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        self._schedule_phases = [dict(zip(names, corner)) for corner in corners]
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        if cycle_momentum:
            self.use_beta1 = "betas" in optimizer.defaults
            if not self.use_beta1 and "momentum" not in optimizer.defaults:
                raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        if last_epoch == -1:
            self._start(optimizer, max_lr, base_momentum, max_momentum, div_factor, final_div_factor)
        super().__init__(optimizer, last_epoch)

    def _start(self, optimizer, max_lr, base_momentum, max_momentum, div_factor, final_div_factor):
        """Write the corners of the cycle into the groups, where checkpoints keep them."""
        for group, lr in zip(optimizer.param_groups, per_group(optimizer, "max_lr", max_lr)):
            group["initial_lr"], group["max_lr"] = lr / div_factor, lr
            group["min_lr"] = group["initial_lr"] / final_div_factor
        if self.cycle_momentum:
            highs = per_group(optimizer, "max_momentum", max_momentum)
            lows = per_group(optimizer, "base_momentum", base_momentum)
            for group, high, low in zip(optimizer.param_groups, highs, lows):
                group["max_momentum"], group["base_momentum"] = high, low
                self._set_momentum(group, high)

    def _set_momentum(self, group, momentum):
        if self.use_beta1:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum

    def get_lr(self):
        t, start = self.last_epoch, 0.0
        if t > self.total_steps:
            raise ValueError(f"Tried to step {t} times. The specified number of total steps is {self.total_steps}")
        for phase in self._schedule_phases:
            if t <= phase["end_step"] or phase is self._schedule_phases[-1]:
                break
            start = phase["end_step"]
        done = (t - start) / (phase["end_step"] - start)  # the part of this phase that has passed
        if self.cycle_momentum:
            for group in self.optimizer.param_groups:
                self._set_momentum(group, self._between(group, phase["start_momentum"], phase["end_momentum"], done))
        return [self._between(group, phase["start_lr"], phase["end_lr"], done) for group in self.optimizer.param_groups]

    def _between(self, group, start, end, done):
        start, end = group[start], group[end]
        if self._anneal_func_type == "linear":
            return (end - start) * done + start
        return end + (start - end) / 2 * (math.cos(math.pi * done) + 1)

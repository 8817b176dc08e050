"""Wrong versions of the learning rate schedulers."""

import bisect
import math

from minitorch_edu.optim.lr_scheduler import ReduceLROnPlateau

from . import wrong


class Scheduler:
    """Sets the rate of each group, at first (t = 0) and after each step, from the initial and from the last one."""

    def __init__(self, optimizer):
        self.groups, self.t = optimizer.param_groups, 0
        self.initial = [float(group["lr"]) for group in self.groups]
        self.set()

    def step(self):
        self.t += 1
        self.set()

    def set(self):
        for group, initial in zip(self.groups, self.initial):
            group["lr"] = self.rate(initial, float(group["lr"]))


# ---------------------------------------------------------------------------------------------------- in steps


@wrong("StepLR", source="https://github.com/open-edge-platform/physical-ai-studio/pull/407")
class GammaIsARate(Scheduler):
    """gamma is taken for the learning rate after the first drop, and counted again at each: it is a factor."""

    def __init__(self, optimizer, step_size, gamma=0.1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def rate(self, initial, lr):
        drops = self.t // self.step_size
        return self.gamma**drops if drops else initial


@wrong("MultiStepLR", source="https://github.com/huggingface/pytorch-image-models/pull/2753")
class OneEpochEarly(Scheduler):
    """Each decay comes one step early: the milestones up to t count, not those up to t + 1."""

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones, self.gamma = sorted(milestones), gamma
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return initial * self.gamma ** bisect.bisect_right(self.milestones, self.t + 1)


@wrong("MultiStepLR", source="https://github.com/yaodongyu/TRADES/issues/11")
class OneDecayOnly(Scheduler):
    """After the first milestone no other is reached, as in `if t >= first: .. elif t >= second: ..`: all count."""

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones, self.gamma = milestones, gamma
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return initial * self.gamma if any(self.t >= milestone for milestone in self.milestones) else initial


@wrong("ExponentialLR", source="https://github.com/tracel-ai/burn/pull/2337")
class FirstValueSkipped(Scheduler):
    """The first step is made with the second value: at t = 0 the learning rate is the initial one."""

    def __init__(self, optimizer, gamma):
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return initial * self.gamma ** (self.t + 1)


@wrong("ExponentialLR", source="https://github.com/horovod/horovod/pull/3135")
class FactorWithoutPower(Scheduler):
    """Every later step has initial * gamma: it is initial * gamma^t."""

    def __init__(self, optimizer, gamma):
        self.gamma = gamma
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return initial * self.gamma if self.t else initial


@wrong("ExponentialLR", source="https://github.com/zhutmost/lsq-net/issues/24")
class NeverSet(Scheduler):
    """The learning rate is computed and not written into the groups of the optimizer."""

    def __init__(self, optimizer, gamma):
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return lr


@wrong("LambdaLR", source="https://github.com/yuhuixu1993/PC-DARTS/issues/33")
class FactorOfTheLastRate(Scheduler):
    """The last learning rate is multiplied, so that the factors pile up: it is the initial one."""

    def __init__(self, optimizer, lr_lambda):
        self.factors = lr_lambda if isinstance(lr_lambda, list) else [lr_lambda] * len(optimizer.param_groups)
        super().__init__(optimizer)

    def set(self):
        for group, factor in zip(self.groups, self.factors):
            group["lr"] = float(group["lr"]) * factor(self.t)


# ------------------------------------------------------------------------------------------------- along curves


@wrong("LinearLR", source="https://github.com/Oneflow-Inc/libai/issues/37")
class EndsOneStepShort(Scheduler):
    """The way ends one step before the end: after total_iters steps the factor is end_factor."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5):
        self.start, self.end, self.total = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return initial * (self.start + (self.end - self.start) * min(self.t, self.total - 1) / self.total)


@wrong("LinearLR", source="https://github.com/nerfstudio-project/nerfstudio/issues/1998")
class TowardsTheFactor(Scheduler):
    """The way leads from start_factor * initial to end_factor itself: both are factors of the initial rate."""

    def __init__(self, optimizer, start_factor=1.0 / 3, end_factor=1.0, total_iters=5):
        self.start, self.end, self.total = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def rate(self, initial, lr):
        first = initial * self.start
        return first + (self.end - first) * min(self.t, self.total) / self.total


@wrong("CosineAnnealingLR", source="https://github.com/ml-explore/mlx/pull/1138")
class BoundedFromBelow(Scheduler):
    """The curve falls to 0 and is cut off at eta_min: it is the curve from the initial rate to eta_min."""

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.length, self.least = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return max(initial * (1 + math.cos(math.pi * self.t / self.length)) / 2, self.least) if self.t else initial


@wrong("CosineAnnealingLR", source="https://github.com/pytorch/pytorch/issues/4648")
class DividesWholeNumbers(Scheduler):
    """t / T_max is rounded down, so that the rate jumps from the initial one to eta_min: it is a fraction."""

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.length, self.least = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return self.least + (initial - self.least) * (1 + math.cos(math.pi * (self.t // self.length))) / 2


@wrong("CosineAnnealingLR", source="https://discuss.pytorch.org/t/cosine-learning-rate-decay/145276")
class RestartsAfterTheEnd(Scheduler):
    """After T_max steps the curve starts again at the top: it rises again as it fell."""

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.length, self.least = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, initial, lr):
        place = self.t % self.length / self.length
        return self.least + (initial - self.least) * (1 + math.cos(math.pi * place)) / 2


@wrong("CosineAnnealingLR", source="https://github.com/bethgelab/foolbox/issues/595")
class AmplitudeOfTheLastRate(Scheduler):
    """The amplitude is that of the last learning rate: it is that of the initial one."""

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.length, self.least = T_max, eta_min
        super().__init__(optimizer)

    def rate(self, initial, lr):
        return self.least + (lr - self.least) * (1 + math.cos(math.pi * self.t / self.length)) / 2


@wrong("OneCycleLR", source="https://github.com/ooples/AiDotNet.Tensors/pull/349")
class FinalOfTheMaximum(Scheduler):
    """The cycle ends at max_lr / final_div_factor: it is the first rate, max_lr / div_factor, that is divided."""

    def __init__(self, optimizer, max_lr, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4,
                 cycle_momentum=True):  # fmt: skip
        self.most = max_lr if isinstance(max_lr, list) else [max_lr] * len(optimizer.param_groups)
        self.top, self.last = pct_start * total_steps - 1, total_steps - 1
        self.first, self.final, self.moves = div_factor, final_div_factor, cycle_momentum
        super().__init__(optimizer)

    def set(self):
        along = lambda start, end, part: end + (start - end) * (1 + math.cos(math.pi * part)) / 2
        rising, part = self.t <= self.top, self.t / self.top if self.top else 1.0
        if not rising:
            part = (self.t - self.top) / (self.last - self.top)
        for group, most in zip(self.groups, self.most):
            low = most / self.first if rising else most / self.final
            group["lr"] = along(low, most, part) if rising else along(most, low, part)
            if self.moves:
                value = along(0.95, 0.85, part) if rising else along(0.85, 0.95, part)
                if "betas" in group:
                    group["betas"] = (value, *group["betas"][1:])
                else:
                    group["momentum"] = value


# ---------------------------------------------------------------------------------------------------- on a plateau


@wrong("ReduceLROnPlateau", source="https://github.com/paiml/aprender/pull/2135")
class OneEpochLessPatient(ReduceLROnPlateau):
    """The rate falls after `patience` bad epochs: that many are borne, and it falls after one more."""

    def __init__(self, optimizer, patience=10, **options):
        super().__init__(optimizer, patience=patience - 1, **options)


@wrong("ReduceLROnPlateau", source="https://github.com/nitrain/nitrain/issues/23")
class Impatient(ReduceLROnPlateau):
    """patience is never used: the rate falls in the first bad epoch."""

    def __init__(self, optimizer, patience=10, **options):
        super().__init__(optimizer, patience=0, **options)


@wrong("ReduceLROnPlateau", source="https://github.com/keras-team/keras/issues/3991")
class GoesOnFalling(ReduceLROnPlateau):
    """The count of bad epochs goes on after a reduction, so that the next follows at once: it starts at 0 again."""

    def _reduce(self):
        super()._reduce()
        self.bad = self.num_bad_epochs

    def step(self, metrics, epoch=None):
        self.bad = None
        super().step(metrics, epoch)
        self.num_bad_epochs = self.num_bad_epochs if self.bad is None else self.bad


@wrong("ReduceLROnPlateau", source="https://github.com/sooftware/pytorch-lr-scheduler/issues/4")
class BestIsTheLast(ReduceLROnPlateau):
    """Every number is compared with the one before: it is compared with the best so far."""

    def step(self, metrics, epoch=None):
        super().step(metrics, epoch)
        self.best = float(metrics)


@wrong("ReduceLROnPlateau", source="https://github.com/allenai/allennlp/pull/4173")
class AlwaysRelative(ReduceLROnPlateau):
    """threshold_mode is not passed on: with "abs" the threshold is no part of the best, but added to it."""

    def __init__(self, optimizer, threshold_mode="rel", **options):
        super().__init__(optimizer, **options)

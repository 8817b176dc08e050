"""The laws of layers, optimizers, schedulers and transforms."""

import copy

import numpy as np

import minitorch_edu as mt

from ..optimizer import moved
from ..record import make
from .law import first, holds, law, same

BATCH_NORM = ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d")
DROPOUT = ("Dropout", "Dropout1d", "Dropout2d", "Dropout3d")
OPTIMIZERS = ("SGD", "Adagrad", "RMSprop", "Adam", "AdamW")


# ------------------------------------------------------------------------------------------------ layers


def built(record, use, train):
    """The layer in float64, in training or evaluation."""
    layer = record.build(mt, use.options, np.float64).to(mt.float64)
    layer.train(train)
    return layer


def output(layer, step, x):
    """What the layer makes of a step with x as the first input."""
    step = step.map(lambda a: make(a, mt))
    mt.manual_seed(1)
    return first(layer(make(x, mt).clone(), *step.args[1:], **step.kwargs)).detach().numpy().copy()


@law("Linear", "ReLU", "GELU", "ELU", *(f"{kind}{n}d" for n in (1, 2, 3) for kind in
     ("Conv", "ConvTranspose", "MaxPool", "AvgPool", "BatchNorm", "InstanceNorm")), "GroupNorm")  # fmt: skip
def permutes_with_the_batch(record, use):
    """layer(x[order]) = layer(x)[order] for the first axis of x, the batch; also where its statistics are used."""
    step = use.steps[0]
    x, name = step.args[0], record.name
    axes = int(name[-2]) if name[-1] == "d" else 0
    needed = {"Linear": 2}.get(name, axes + 2 if "Conv" in name or "Instance" in name else 1)
    if x.ndim < needed:
        return  # no batch
    order = np.random.RandomState(4).permutation(len(x))
    y, permuted = (output(built(record, use, use.train), step, input) for input in (x, x[order]))
    same(record, use, "the result of the permuted batch", permuted, y[order])


@law(*DROPOUT)
def keeps_everything_in_evaluation(record, use):
    """layer.eval(); layer(x) = x."""
    step = use.steps[0]
    x = step.args[0]
    same(record, use, "evaluation", output(built(record, use, False), step, x), x, 0)


@law(*BATCH_NORM, "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
def learns_nothing_in_evaluation(record, use):
    """layer.eval(); layer(x) leaves the running statistics as they are."""
    layer = built(record, use, False)
    before = {name: buffer.numpy().copy() for name, buffer in layer.named_buffers()}
    for step in use.steps:
        output(layer, step, step.args[0])
    for name, buffer in layer.named_buffers():
        same(record, use, name, buffer.numpy(), before[name], 0)


@law(*BATCH_NORM)
def keeps_running_statistics(record, use):
    """running = (1 - m) running + m batch, for the mean and the variance with n - 1; m = 1 / steps if there is none."""
    layer = built(record, use, True)
    if not use.options.kwargs.get("track_running_stats", True):
        return
    mean, variance = 0.0, 1.0
    m = use.options.kwargs.get("momentum", 0.1)
    for i, step in enumerate(use.steps):
        x = step.args[0]
        output(layer, step, x)
        lanes = np.moveaxis(x, 1, 0).reshape(x.shape[1], -1)
        share = 1 / (i + 1) if m is None else m
        mean = (1 - share) * mean + share * lanes.mean(1)
        variance = (1 - share) * variance + share * lanes.var(1, ddof=1)
    buffers = {name: buffer.numpy() for name, buffer in layer.named_buffers()}
    same(record, use, "running_mean", buffers["running_mean"], mean, 1 + np.abs(mean).max())
    same(record, use, "running_var", buffers["running_var"], variance)


# ------------------------------------------------------------------------------------------------ optimizers


def trained(record, values, steps, options):
    """The values of the parameters after steps with these gradients: a list with an array (or None) for each."""
    parameters = [mt.from_numpy(value.copy()).requires_grad_() for value in values]
    optimizer = record.resolve("minitorch_edu")(parameters, **moved(options, mt))
    for gradients in steps:
        for p, gradient in zip(parameters, gradients):
            p.grad = None if gradient is None else mt.from_numpy(gradient.copy())
        optimizer.step()
    return [p.detach().numpy().copy() for p in parameters]


def parts(training):
    """(parameters, gradients of each step, options) of a training, with all parameters in one group."""
    values = [value for members, _ in training.groups for value in members]
    return values, [gradients for gradients, _ in training.steps], training.options.kwargs


@law(*OPTIMIZERS)
def each_parameter_goes_its_own_way(record, training):
    """A parameter optimized alone goes where it goes among others."""
    values, steps, options = parts(training)
    together = trained(record, values, steps, options)
    for j in {0, len(values) - 1}:
        alone = trained(record, [values[j]], [[gradients[j]] for gradients in steps], options)
        same(record, training, f"parameter {j} beside itself alone", together[j], alone[0])


@law(*OPTIMIZERS)
def rests_without_gradients(record, training):
    """A parameter whose gradient is None stays where it is, whatever its weight decay."""
    values, steps, options = parts(training)
    found = trained(record, values, [[None] * len(values) for _ in steps], options)
    for j, value in enumerate(values):
        same(record, training, f"parameter {j}", found[j], value, 0)


def first_step(record, training):
    """[(gradient, move)] of a first step from 0, without weight decay; a gradient of None is taken as ones."""
    values, (gradients, *_), options = parts(training)
    gradients = [np.ones(value.shape) if g is None else g for value, g in zip(values, gradients)]
    options = {key: value for key, value in options.items() if key != "weight_decay"}
    if record.name == "AdamW":  # which decays by itself
        options["weight_decay"] = 0
    zeros = [np.zeros(value.shape) for value in values]
    return list(zip(gradients, trained(record, zeros, [gradients], options)))


def rate(training, default):
    """The learning rate, signed for minimizing."""
    options = training.options.kwargs
    return float(options.get("lr", default)) * (-1 if options.get("maximize") else 1)


@law("SGD")
def first_step_is_along_the_gradient(record, training):
    """The first step is -lr g, with Nesterov's momentum -lr (1 + momentum) g, before weight decay."""
    options = training.options.kwargs
    ahead = 1 + options["momentum"] if options.get("nesterov") else 1
    for g, move in first_step(record, training):
        same(record, training, "the first step", move, -rate(training, 1e-3) * ahead * g)


@law("Adagrad", "RMSprop", "Adam", "AdamW")
def first_step_is_downhill_and_bounded(record, training):
    """0 <= -step * sign(g) <= lr (RMSprop: lr / sqrt(1 - alpha)), before weight decay."""
    options = training.options.kwargs
    lr = rate(training, {"Adagrad": 1e-2, "RMSprop": 1e-2}.get(record.name, 1e-3))
    if record.name == "RMSprop":
        lr /= np.sqrt(1 - options.get("alpha", 0.99))
        if options.get("centered"):
            lr /= np.sqrt(options.get("alpha", 0.99))
    for g, move in first_step(record, training):
        down = -move * np.sign(g) * np.sign(lr or 1)
        holds(record, training, f"the first step goes uphill: {move} for the gradient {g}", down >= 0)
        holds(record, training, f"a step beyond {abs(lr)}: {move}", down <= abs(lr) * (1 + 1e-9))


@law("Adam", "AdamW")
def first_step_does_not_know_the_gradients_size(record, training):
    """The first step is -lr sign(g) where |g| is far above eps: nearer than eps / |g|."""
    options, lr = training.options.kwargs, rate(training, 1e-3)
    for g, move in first_step(record, training):
        eps = options.get("eps", 1e-8)
        with np.errstate(divide="ignore"):
            allowed = abs(lr) * np.where(g == 0, 0, eps / np.abs(g) + 1e-9)
        near = np.abs(move + lr * np.sign(g)) <= allowed
        holds(record, training, f"the first step is {move} for the gradient {g}", near)


@law("AdamW")
def decays_without_a_gradient(record, training):
    """With gradients of 0 every step multiplies the parameter by 1 - lr * weight_decay."""
    values, steps, options = parts(training)
    factor = 1 - abs(rate(training, 1e-3)) * options.get("weight_decay", 1e-2)
    found = trained(record, values, [[np.zeros(value.shape) for value in values] for _ in steps], options)
    for j, value in enumerate(values):
        same(record, training, f"parameter {j}", found[j], value * factor ** len(steps))


# ------------------------------------------------------------------------------------------------ schedulers


def rates(record, schedule, factor):
    """The learning rates after each step of a schedule that starts with those of SGD times a factor."""
    groups = [{"params": [mt.from_numpy(np.ones(1))], "lr": factor * lr} for lr in schedule.lrs]
    optimizer = mt.optim.SGD(groups)
    scheduler = record.resolve("minitorch_edu")(optimizer=optimizer, **copy.deepcopy(schedule.options.kwargs))
    found = [[group["lr"] for group in optimizer.param_groups]]
    for metric in schedule.metrics:
        optimizer.step()
        scheduler.step(*metric)
        found.append([group["lr"] for group in optimizer.param_groups])
    return np.array(found, float)


@law("LambdaLR", "ConstantLR", "LinearLR", "StepLR", "MultiStepLR", "ExponentialLR")
def is_proportional_to_the_first_rate(record, schedule):
    """Twice the learning rate at the start is twice the learning rate at every step."""
    same(record, schedule, "the rates", rates(record, schedule, 2.0), 2 * rates(record, schedule, 1.0), 0)


# ------------------------------------------------------------------------------------------------ transforms


def pixels(picture):
    """The numbers of a picture of any kind."""
    return picture.numpy() if hasattr(picture, "numpy") else np.array(picture)


@law("functional.hflip", "functional.vflip")
def undoes_itself(record, applied):
    """f(f(picture)) = picture, and f turns its numbers round along one axis."""
    flip, picture = record.resolve("minitorch_edu"), applied.picture.make(mt)
    axis = (-1 if record.name == "functional.hflip" else -2) if applied.picture.kind == "tensor" else None
    axis = (1 if record.name == "functional.hflip" else 0) if axis is None else axis
    once = flip(picture)
    same(record, applied, "f(f(picture))", pixels(flip(once)), pixels(picture), 0)
    same(record, applied, "f(picture)", pixels(once), np.flip(pixels(picture), axis), 0)


@law("functional.center_crop")
def crops_once(record, applied):
    """f(f(picture)) = f(picture), and its size is the one asked for."""
    crop, picture = record.resolve("minitorch_edu"), applied.picture.make(mt)
    (size,) = applied.options.args
    once = crop(picture, size)
    height, width = [size] * 2 if isinstance(size, int) else [*size] * 2 if len(size) == 1 else size
    shape = pixels(once).shape
    found = shape[-2:] if applied.picture.kind == "tensor" else shape[:2]
    holds(record, applied, f"size {found}, not {(height, width)}", tuple(found) == (height, width))
    same(record, applied, "f(f(picture))", pixels(crop(once, size)), pixels(once), 0)


@law("RandomHorizontalFlip", "RandomVerticalFlip")
def flips_or_does_not(record, applied):
    """The result is the picture or the flipped picture; with p = 0 the picture, with p = 1 the flipped one."""
    picture, p = applied.picture.make(mt), applied.options.kwargs.get("p", 0.5)
    mt.manual_seed(applied.seed)
    got, x = (pixels(a) for a in (record.resolve("minitorch_edu")(p=p)(picture), picture))
    horizontal = record.name == "RandomHorizontalFlip"
    axis = (-1 if horizontal else -2) if applied.picture.kind == "tensor" else (1 if horizontal else 0)
    allowed = [x] * (p < 1) + [np.flip(x, axis)] * (p > 0)
    holds(record, applied, "neither the picture nor its mirror image", any(np.array_equal(got, a) for a in allowed))


@law("functional.rotate-nearest", "functional.rotate")
def comes_back_after_a_turn(record, applied):
    """Turned by 0 degrees, or four times by 90 if it is a square, a picture is what it was."""
    rotate, picture = record.resolve("minitorch_edu"), applied.picture.make(mt)
    x = pixels(picture)
    same(record, applied, "turned by 0", pixels(rotate(picture, 0)), x, 0)
    height, width = x.shape[-2:] if applied.picture.kind == "tensor" else x.shape[:2]
    if height == width:
        for _ in range(4):
            picture = rotate(picture, 90)
        same(record, applied, "turned by 90 four times", pixels(picture), x, 0)


@law("functional.rgb_to_grayscale")
def grey_stays_grey(record, applied):
    """The grey version of a grey version is itself; in three channels it is three times that."""
    grey, picture = record.resolve("minitorch_edu"), applied.picture.make(mt)
    once, threefold = grey(picture), pixels(grey(picture, 3))
    same(record, applied, "f(f(picture))", pixels(grey(once)), pixels(once), 0)
    channels = threefold if applied.picture.kind == "tensor" else np.moveaxis(threefold, -1, -3)
    same(record, applied, "three channels", channels, np.broadcast_to(pixels(once), channels.shape), 0)


@law("functional.adjust_brightness", "functional.adjust_contrast", "functional.adjust_saturation")
def factor_one_changes_nothing(record, applied):
    """f(picture, 1) = picture."""
    picture = applied.picture.make(mt)
    lost = applied.picture.array.dtype.kind in "iu" and applied.picture.array.max(initial=0) > 2**24  # in float32
    if applied.picture.kind == "P" or lost:  # PIL refuses a palette
        return
    same(record, applied, "factor 1", pixels(record.resolve("minitorch_edu")(picture, 1)), pixels(picture), 0)

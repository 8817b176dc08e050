"""Negative log-likelihood: minus the log-probability that the model gives to each sample's class.

    loss[n] = -weight[target[n]] * input[n, target[n]],     "mean" divides by the sum of these weights

Samples whose target is ignore_index count nothing, neither above nor below.

Twin:  torch.nn.functional.nll_loss
"""

import numpy as np

from ..autograd import op
from ..dtypes import as_dtype, type_name
from .checks import need_float
from .losses import chosen_reduction, no_gradient, reduced

__all__ = ["nll_loss"]


def node_name(value, input, *others, **options):
    """torch's name of the Node: where there are trailing axes, it sees them as two, and the losses not added up so."""
    if input.ndim < 3:
        return "NllLossBackward0"
    return "ViewBackward0" if np.ndim(value) and input.ndim != 4 else "NllLoss2DBackward0"


@op(name=node_name)
def nll_loss(input, target, weight=None, size_average=None, ignore_index=-100, reduce=None, reduction="mean"):
    """Minus the target's entry of input, a table of log-probabilities.

    input (N, C) or (N, C, d1, ..) or (C,); target (N,) or (N, d1, ..) or (), int64 or uint8; weight (C,)
    -> scalar, or shaped like target with reduction="none". Raises as cross_entropy.

    >>> logs = torch.tensor([[-1., -2.], [-3., -4.]])
    >>> F.nll_loss(logs, torch.tensor([0, 1])), F.nll_loss(logs, torch.tensor([0, -100]))
    (tensor(2.5000), tensor(1.))
    """
    reduction = chosen_reduction(reduction, size_average, reduce)
    need_float("nll_loss", input=input)
    axis = class_axis("nll_loss", input)
    index, kept, share = class_shares("nll_loss", input, target, weight, ignore_index)  # (N, 1, d1, ..)
    terms = np.where(kept, -share * np.take_along_axis(input, index, axis), share).squeeze(axis)  # (N, d1, ..)
    value, factor = reduced(terms, reduction, share.sum())
    shape, dtype = input.shape, input.dtype

    def grad_input(g):
        grad = np.zeros(shape, dtype)  # (N, C, d1, ..)
        np.put_along_axis(grad, index, np.where(kept, -share * for_classes(g * factor, axis), 0), axis)
        return grad

    return value, {"input": grad_input, "weight": no_gradient("nll_loss", "weight")}


def class_axis(function, input):
    """The axis of the classes: 1, or 0 where there is no other; ValueError if there is none."""
    if input.ndim == 0:
        raise ValueError(f"Expected 1 or more dimensions (got 0): the input of {function}() has an axis of classes")
    return min(input.ndim - 1, 1)


def class_shares(function, input, target, weight, ignore_index):
    """Return (index of each sample's class, whether the sample is kept, how much it counts).

    The arrays (N, 1, d1, ..) or (1,) stand ready for input (N, C, d1, ..) or (C,). A sample counts as much as the
    weight of its class, or 0 if it is ignored; the index is then 0.

    Raises ValueError or RuntimeError if the arguments do not fit, IndexError for a target outside the classes.
    """
    axis = class_axis(function, input)
    expected = input.shape[:axis] + input.shape[axis + 1 :]
    hint = (
        f"{function}(): input {list(input.shape)} has its {input.shape[axis]} classes on axis {axis}, so expected "
        f"target {list(expected)}, got {list(target.shape)}"
    )
    if axis == 0 and target.size == 1:
        target = target.reshape(())
    if axis == 0 and target.ndim:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {target.size}. {hint}")
    batch = target.shape[0] if target.ndim else 0
    if expected and batch != expected[0]:
        raise ValueError(f"Expected input batch_size ({expected[0]}) to match target batch_size ({batch}). {hint}")
    if target.shape != expected:
        raise RuntimeError(f"Expected target size {list(expected)}, got {list(target.shape)}. {hint}")
    if target.dtype not in (np.int64, np.uint8):
        raise RuntimeError(
            f"{function}(): expected target dtype to be Long or Byte, but got {type_name(target.dtype)}: a "
            f"{as_dtype(target.dtype)} target of shape {list(target.shape)} beside an input of shape "
            f"{list(input.shape)} holds class indices; use target.long()"
        )
    classes = input.shape[axis]
    check_weight(function, weight, classes)
    if weight is not None and weight.dtype != input.dtype:
        raise RuntimeError(
            f"{function}(): expected weight of input's dtype {as_dtype(input.dtype)}, but found "
            f"{as_dtype(weight.dtype)}; use weight.to(input.dtype)"
        )
    kept = target != ignore_index
    outside = kept & ((target < 0) | (target >= classes))
    if outside.any():
        place = tuple(int(i) for i in np.argwhere(outside)[0])
        raise IndexError(
            f"Target {target[place]} is out of bounds. {function}(): target{list(place)} is {target[place]}, but input "
            f"{list(input.shape)} has {classes} classes, 0 to {classes - 1}; ignore_index={ignore_index} is ignored"
        )
    index = np.expand_dims(np.where(kept, target, 0).astype(np.int64), axis)  # (N, 1, d1, ..)
    kept = np.expand_dims(kept, axis)
    share = kept.astype(input.dtype) if weight is None else np.where(kept, weight[index], weight.dtype.type(0))
    return index, kept, share


def check_weight(function, weight, classes):
    """RuntimeError unless there is one weight for each class."""
    if weight is not None and weight.shape != (classes,):
        raise RuntimeError(
            f"{function}(): weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )


def along(weight, axis, ndim):
    """One number per class (C,) as an array (1, C, 1, ..) that broadcasts along the axis of the classes."""
    return weight.reshape([-1 if i == axis else 1 for i in range(ndim)])


def for_classes(g, axis):
    """The gradient of each sample's loss (N, d1, ..) with the axis of the classes (N, 1, d1, ..); a scalar as it is."""
    return np.expand_dims(g, axis) if np.ndim(g) else g

"""What torch itself does wrong, and why some calls are therefore not drawn.

Each function needs nothing but torch, is True while the installed torch has the fault, and says what would be right and
which issue upstream tells of it. Where calls are left out, a comment names the function: `# faults.empty_windows`.
"""

import contextlib
import math
import warnings

import torch
from torch import nn
from torch.nn import functional as F

__all__ = ["FAULTS"]

FAULTS = []


def fault(*records, alone=False):
    """Register a fault, for which calls are left out of these records. alone: it may bring the process down."""

    def register(function):
        function.records, function.alone = records, alone
        FAULTS.append(function)
        return function

    return register


def refused(function):
    """Whether it raises a RuntimeError."""
    try:
        function()
    except RuntimeError:
        return True
    return False


def leaf(*numbers, **options):
    """A tensor of these numbers that asks for a gradient."""
    return torch.tensor(numbers, requires_grad=True, **options)


# ------------------------------------------------------------------------------------------------ functions


@fault("elu", "selu", "celu", "hardtanh", "relu6")
def nan_by_place():
    """The gradient at nan depends on the place in memory: what is computed in blocks differs from what is left over.

    It should be the same everywhere. https://github.com/pytorch/pytorch/issues/195075
    """

    def differs(function):
        x = leaf(*[math.nan] * 17, dtype=torch.float64)
        function(x).sum().backward()
        return len({str(number) for number in x.grad.tolist()}) > 1

    return all(map(differs, (F.elu, F.selu, F.celu, F.hardtanh, F.relu6)))


@fault("celu", "CELU")
def celu_in_single():
    """In float64, celu's gradient knows 1 / alpha in float32 only: exp(x / alpha) is 3e-9 off for alpha=0.3.

    It should be as exact as elu's. No upstream issue found.
    """
    x = leaf(-1.0, dtype=torch.float64)
    F.celu(x, 0.3).backward(torch.ones_like(x))
    return abs(x.grad.item() - math.exp(-1 / 0.3)) > 1e-12


@fault("pow")
def roots_of_infinity():
    """pow(-inf, 0.5) and pow(-inf, -0.5) are nan, as sqrt and rsqrt are; with a tensor as exponent they are inf and 0.

    C and NumPy have inf and 0. No upstream issue found; of -0.0, with the same cause:
    https://github.com/pytorch/pytorch/issues/127163
    """
    x = torch.tensor([-math.inf])
    return all(torch.pow(x, n).isnan() and not torch.pow(x, torch.tensor([n])).isnan() for n in (0.5, -0.5))


@fault("max_pool1d", "max_pool2d", "max_pool3d", alone=True)
def empty_windows():
    """A window that has no place of the input, only padding, names a place outside; backward writes there.

    Such windows, which dilation makes, should be refused, or have no gradient.
    https://github.com/pytorch/pytorch/issues/114216
    """
    x = torch.ones(1, 64, 1, 1, requires_grad=True)
    with contextlib.suppress(RuntimeError):
        y, places = F.max_pool2d(x, 2, stride=1, padding=1, dilation=2, return_indices=True)
        y.sum().backward()
        return bool((places > 0).all() and x.grad.any())
    return False


@fault("avg_pool3d")
def small_volumes():
    """avg_pool3d refuses an input smaller than the kernel whatever the padding; avg_pool1d and avg_pool2d do not.

    No upstream issue found.
    """
    assert F.avg_pool2d(torch.ones(1, 1, 2, 2), 3, padding=1).shape == (1, 1, 1, 1)
    return refused(lambda: F.avg_pool3d(torch.ones(1, 1, 2, 2, 2), 3, padding=1))


@fault("group_norm")
def bias_without_weight():
    """group_norm of a bias without a weight cannot be differentiated by the bias: "tensor does not have a device".

    The gradient is the sum of the result's, as beside a weight. No upstream issue found.
    """
    x, bias = torch.ones(2, 4, 3), torch.zeros(4, requires_grad=True)
    return refused(lambda: F.group_norm(x, 2, None, bias).sum().backward())


@fault("batch_norm")
def ambiguous_strides():
    """The gradients of batch_norm are wrong where channels lie last, but axes of one place have other strides.

    Strides of axes of one place should not count. The same inputs once had wrong values; only those were mended:
    https://github.com/pytorch/pytorch/issues/63224
    """
    numbers, g = torch.tensor([[[[1.0, 2.0]], [[3.0, 5.0]]]]), torch.tensor([[[[1.0, -2.0]], [[0.5, 3.0]]]])
    gradients = []
    for strides in ((4, 2, 2, 1), (1, 1, 2, 2)):
        x = torch.empty_strided((1, 2, 1, 2), strides).copy_(numbers).requires_grad_()
        F.batch_norm(x, None, None, training=True, eps=0.5).backward(g)
        gradients.append(x.grad)
    return not torch.allclose(*gradients)


@fault("linear")
def row_of_weights():
    """A bias beside a single row of weights, which the documentation allows, is refused for inputs of two axes.

    Others may have it. https://github.com/pytorch/pytorch/issues/188891
    """
    row, bias = torch.ones(3), torch.ones(())
    assert F.linear(torch.ones(2, 2, 3), row, bias).shape == (2, 2)
    return refused(lambda: F.linear(torch.ones(2, 3), row, bias))


@fault("nll_loss", "cross_entropy")
def bytes_with_axes():
    """Classes may be given as bytes, but not where there are axes behind the classes.

    https://github.com/pytorch/pytorch/issues/45540
    """
    classes = torch.zeros(1, dtype=torch.uint8)
    assert F.nll_loss(torch.zeros(1, 2), classes) == 0
    return refused(lambda: F.nll_loss(torch.zeros(1, 2, 3), classes.expand(1, 3)))


@fault("cross_entropy")
def bytes_smoothed():
    """Classes may be given as bytes, with weights and with label_smoothing, but not with both.

    https://github.com/pytorch/pytorch/issues/45540
    """
    x, classes, weight = torch.zeros(2, 3), torch.zeros(2, dtype=torch.uint8), torch.ones(3)
    assert F.cross_entropy(x, classes, weight) and F.cross_entropy(x, classes, label_smoothing=0.1)
    return refused(lambda: F.cross_entropy(x, classes, weight, label_smoothing=0.1))


@fault("nll_loss")
def strided_scores():
    """nll_loss cannot be differentiated by scores of four axes that are not contiguous; by others it can.

    https://github.com/pytorch/pytorch/issues/175084
    """
    x, classes = torch.zeros(5, 4, 3, 2, requires_grad=True), torch.zeros(2, 4, 5, dtype=torch.int64)
    return refused(lambda: F.nll_loss(x.permute(3, 2, 1, 0), classes).backward())


@fault("var", "std", "var_mean", "std_mean")
def correction_beyond_count():
    """A variance of fewer numbers than the correction is inf; its gradient is another with dim=None than with dim=0.

    One variance should have one gradient. No upstream issue found; of the value:
    https://github.com/pytorch/pytorch/issues/109186
    """
    gradients = []
    for dim in (None, 0):
        x = leaf(1.0, 2.0, 4.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.var(x, dim, correction=4).backward()
        gradients.append(x.grad)
    return not torch.allclose(*gradients, equal_nan=True)


@fault("var_mean", "std_mean")
def mean_beside_variance():
    """The mean that var_mean and std_mean give of numbers with an inf before others is nan; mean gives inf.

    No upstream issue found.
    """
    x = torch.tensor([1.0, math.inf, 2.0])
    return bool(x.mean().isinf() and torch.var_mean(x)[1].isnan() and torch.std_mean(x)[1].isnan())


@fault("scatter", "scatter_add")
def part_of_src():
    """Where src is larger than the index, which is documented, the gradient of src has the shape of the index.

    It should be 0 for the part that is left out. https://github.com/pytorch/pytorch/issues/27614
    """
    src, index = torch.ones(2, 3, requires_grad=True), torch.tensor([[3, 1]])
    x = torch.zeros(2, 4)
    return all(refused(lambda f=f: f(1, index, src).sum().backward()) for f in (x.scatter, x.scatter_add))


@fault("take_along_dim")
def strided_take():
    """take_along_dim without dim, which flattens, refuses inputs that are not contiguous.

    No upstream issue found.
    """
    return refused(lambda: torch.take_along_dim(torch.ones(2, 3).t(), torch.tensor([5])))


@fault("eq in other forms", "ne in other forms", "lt in other forms", "le in other forms", "gt in other forms",
       "ge in other forms")  # fmt: skip
def comparison_into_integers():
    """A comparison written into integers asks for a gradient if the other operand does, and stops backward.

    "INTERNAL ASSERT FAILED": integers should have no gradient. https://github.com/pytorch/pytorch/issues/77515
    """
    result = torch.zeros(1, dtype=torch.int64).eq_(torch.ones(1, requires_grad=True))
    try:
        result.backward(torch.ones_like(result))
    except RuntimeError as error:
        return "INTERNAL ASSERT FAILED" in str(error)
    return False


@fault("logical_and in other forms", "logical_or in other forms", "logical_xor in other forms",
       "logical_not in other forms")  # fmt: skip
def logical_in_place():
    """logical_not_ and its like leave the gradient of what they overwrite as if nothing had been written.

    It should be 0. https://github.com/pytorch/pytorch/issues/69714
    """
    x = leaf(2.0, 0.0)
    (x * 1).logical_not_().sum().backward()
    return bool(x.grad.any())


@fault("cumsum in other forms", "cumprod in other forms")
def bools_accumulated():
    """cumsum_ and cumprod_ refuse a tensor of bools, but not one without axes.

    It should refuse both, or none. No upstream issue found.
    """
    written = lambda x: [lambda: x.clone().cumsum_(0), lambda: x.clone().cumprod_(0)]
    flat, single = torch.ones(3, dtype=torch.bool), torch.tensor(True)
    return all(map(refused, written(flat))) and not any(map(refused, written(single)))


# ------------------------------------------------------------------------------------------------ the rest


@fault("module lists")
def insertion_anywhere():
    """ModuleList.insert at a negative place raises KeyError half way; past the end it leaves names with gaps.

    It should insert as a list does, and as Sequential does. No upstream issue found.
    """
    right = []
    for place in (-1, 5):
        layers, kinds = nn.ModuleList([nn.ReLU(), nn.Tanh()]), ["ReLU", "Tanh"]
        kinds.insert(place, "GELU")
        with contextlib.suppress(KeyError):
            layers.insert(place, nn.GELU())
        right.append([(name, type(child).__name__) for name, child in layers.named_children()] == [*zip("012", kinds)])
    return not any(right)


@fault("nn.utils.parameters_to_vector")
def strided_parameters():
    """parameters_to_vector refuses parameters that are not contiguous; vector_to_parameters takes them.

    No upstream issue found.
    """
    return refused(lambda: nn.utils.parameters_to_vector([torch.ones(2, 3).t()]))


@fault("nn.init.orthogonal_")
def strided_weights():
    """orthogonal_ refuses weights of more than two axes that are not contiguous; the other functions take them.

    No upstream issue found.
    """
    return refused(lambda: nn.init.orthogonal_(torch.ones(2, 3, 4).permute(2, 1, 0)))


@fault("OneCycleLR")
def phase_of_no_step():
    """OneCycleLR divides by 0 where a phase has no step, as with total_steps=10 and pct_start=0.1.

    It should go on to the next phase. https://github.com/pytorch/pytorch/issues/168044 tells of it.
    """
    optimizer = torch.optim.SGD([torch.ones(1)], lr=0.1)
    try:
        torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=10, pct_start=0.1)
    except ZeroDivisionError:
        return True
    return False


@fault("Resize", "functional.resize-bilinear-antialias", "functional.resize-bicubic-antialias")
def one_wide():
    """Antialiased interpolation to a picture of one column repeats the first row downwards.

    It should interpolate the rows too. No upstream issue found.
    """
    x = torch.arange(6.0).reshape(1, 1, 6, 1)
    made = [F.interpolate(x, (3, 1), mode=mode, antialias=True).flatten() for mode in ("bilinear", "bicubic")]
    return all(bool(y[0] == y[2]) for y in made)


@fault("functional.crop")
def crop_outside():
    """A crop that ends left of a tensor, or above it, is larger than was asked for; of a PIL image it is not.

    No upstream issue found; of the other two sides, where it is mended: https://github.com/pytorch/vision/issues/6613
    """
    from .torchvision import torchvision

    crop, x = torchvision.transforms.functional.crop, torch.zeros(1, 4, 5)
    assert crop(x, 0, 7, 3, 3).shape == (1, 3, 3)
    return crop(x, 0, -6, 3, 3).shape != (1, 3, 3) and crop(x, -6, 0, 3, 3).shape != (1, 3, 3)

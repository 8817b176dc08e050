"""Wrong versions of the normalizations and of the linear map."""

import minitorch_edu as mt
import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong


def column(a, input):
    """(C,) -> (C, 1, ...), which broadcasts against input (N, C, ...)."""
    return a.reshape(-1, *(1,) * (input.ndim - 2))


def affine(x_hat, weight, bias):
    """x_hat (N, C, ...) times weight (C,), plus bias (C,)."""
    y = x_hat if weight is None else x_hat * column(weight, x_hat)
    return y if bias is None else y + column(bias, x_hat)


def places(input):
    """The axes that batch normalization reduces: all but the channels'."""
    return (0, *range(2, input.ndim))


def move(input, running_mean, running_var, momentum):
    """Move the running statistics as training does."""
    if running_mean is not None:
        with mt.no_grad():
            F.batch_norm(input, running_mean, running_var, training=True, momentum=momentum)


# ------------------------------------------------------------------------------------------- batch normalization


@wrong("batch_norm", source="https://github.com/tenstorrent/tt-metal/pull/55440")
def remembers_the_biased_variance(input, running_mean, running_var, weight=None, bias=None, training=False,
                                  momentum=0.1, eps=1e-5):  # fmt: skip
    """Remembers the biased variance: the running variance moves towards the one that is divided by m - 1."""
    before = None if running_var is None else running_var.clone()
    y = F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    if training and before is not None and input.numel():
        biased = input.detach().var(places(input), unbiased=False)
        running_var.copy_((1 - momentum) * before + momentum * biased)
    return y


@wrong("batch_norm", source="https://github.com/pytorch/pytorch/issues/3122")
def normalizes_by_the_unbiased_variance(input, running_mean, running_var, weight=None, bias=None, training=False,
                                        momentum=0.1, eps=1e-5):  # fmt: skip
    """Normalizes by the unbiased variance: the batch's own is divided by m, only the remembered one by m - 1."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    move(input, running_mean, running_var, momentum)
    centred = input - input.mean(places(input), keepdim=True)
    return affine(centred / (input.var(places(input), keepdim=True) + eps).sqrt(), weight, bias)


@wrong("batch_norm", source="https://github.com/d2l-ai/d2l-en/pull/2213")
def inverts_momentum(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    """Keeps `momentum` of the old statistics: it is the share of the new ones."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, 1 - momentum, eps)


@wrong("batch_norm", source="https://github.com/paiml/aprender/pull/2166")
def forgets_the_running_statistics(input, running_mean, running_var, weight=None, bias=None, training=False,
                                   momentum=0.1, eps=1e-5):  # fmt: skip
    """Never moves the running statistics: training moves them towards the batch's."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, training, 0.0, eps)


@wrong("batch_norm", source="https://github.com/jax-ml/jax/issues/139")
def evaluates_with_the_batch(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1,
                             eps=1e-5):  # fmt: skip
    """Normalizes with the batch's statistics in evaluation too: there the running ones take their place."""
    if training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, True, momentum, eps)
    centred = input - input.mean(places(input), keepdim=True)
    return affine(centred / ((centred * centred).mean(places(input), keepdim=True) + eps).sqrt(), weight, bias)


@wrong("batch_norm", source="https://github.com/Nico-Curti/NumPyNet/issues/7")
def averages_over_the_batch_only(input, running_mean, running_var, weight=None, bias=None, training=False,
                                 momentum=0.1, eps=1e-5):  # fmt: skip
    """Has a mean and a variance for every place of a channel: they are those of all its places together."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    move(input, running_mean, running_var, momentum)
    centred = input - input.mean(0, keepdim=True)
    return affine(centred / ((centred * centred).mean(0, keepdim=True) + eps).sqrt(), weight, bias)


@wrong("batch_norm", source="https://github.com/Tencent/ncnn/pull/311")
def adds_eps_to_the_deviation(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1,
                              eps=1e-5):  # fmt: skip
    """Divides by sqrt(var) + eps: eps belongs under the root, sqrt(var + eps)."""
    if training:
        move(input, running_mean, running_var, momentum)
        centred = input - input.mean(places(input), keepdim=True)
        return affine(centred / ((centred * centred).mean(places(input), keepdim=True).sqrt() + eps), weight, bias)
    centred = input - column(running_mean, input)
    return affine(centred / (column(running_var, input).sqrt() + eps), weight, bias)


@wrong("batch_norm", source="https://github.com/jax-ml/jax/issues/442")
def squares_instead_of_the_root(input, running_mean, running_var, weight=None, bias=None, training=False,
                                momentum=0.1, eps=1e-5):  # fmt: skip
    """Divides by (var + eps)^2: it is the square root."""
    if not training:
        centred = input - column(running_mean, input)
        return affine(centred / (column(running_var, input) + eps) ** 2, weight, bias)
    move(input, running_mean, running_var, momentum)
    centred = input - input.mean(places(input), keepdim=True)
    return affine(centred / ((centred * centred).mean(places(input), keepdim=True) + eps) ** 2, weight, bias)


@wrong("batch_norm", source="https://github.com/tenstorrent/tt-metal/issues/45968")
def subtracts_squares(input, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1,
                      eps=1e-5):  # fmt: skip
    """Computes the variance as mean(x^2) - mean(x)^2, which loses its digits where the mean is large."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    move(input, running_mean, running_var, momentum)
    mean = input.mean(places(input), keepdim=True)
    var = (input * input).mean(places(input), keepdim=True) - mean * mean
    return affine((input - mean) / (var + eps).sqrt(), weight, bias)


@wrong("batch_norm", source="https://github.com/facebookresearch/CrypTen/pull/143")
def takes_the_statistics_for_constants(input, running_mean, running_var, weight=None, bias=None, training=False,
                                       momentum=0.1, eps=1e-5):  # fmt: skip
    """Takes mean and variance for constants in the gradient: in training every x moves them."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    move(input, running_mean, running_var, momentum)
    mean = input.detach().mean(places(input))
    var = input.detach().var(places(input), unbiased=False)
    return F.batch_norm(input, mean, var, weight, bias, eps=eps)


@wrong("batch_norm", source="https://github.com/abhiskk/ladder/issues/2")
def takes_the_variance_for_constant(input, running_mean, running_var, weight=None, bias=None, training=False,
                                    momentum=0.1, eps=1e-5):  # fmt: skip
    """Takes the variance for a constant in the gradient, but not the mean: in training every x moves both."""
    if not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, eps=eps)
    move(input, running_mean, running_var, momentum)
    centred = input - input.mean(places(input), keepdim=True)
    var = input.detach().var(places(input), unbiased=False, keepdim=True)
    return affine(centred / (var + eps).sqrt(), weight, bias)


@wrong("batch_norm", source="https://github.com/denizyuret/Knet.jl/issues/288")
@op
def forgets_the_weight_on_the_way_back(input, running_mean, running_var, weight=None, bias=None, training=False,
                                       momentum=0.1, eps=1e-5):  # fmt: skip
    """Leaves the weight out of the input's gradient: dL/dx_hat is g * weight."""
    y, gradients = F.batch_norm.__wrapped__(input, running_mean, running_var, weight, bias, training, momentum, eps)
    _, plain = F.batch_norm.__wrapped__(input, running_mean, running_var, training=training, momentum=0, eps=eps)
    return y, gradients | {"input": plain["input"]}


@wrong("batch_norm", source="https://github.com/pytorch/xla/issues/913")
def differentiates_evaluation_as_training(input, running_mean, running_var, weight=None, bias=None, training=False,
                                          momentum=0.1, eps=1e-5):  # fmt: skip
    """Has the gradient of training in evaluation too: there mean and variance are constants, and no x moves them."""
    if training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, True, momentum, eps)
    x_hat = F.batch_norm(input.detach(), running_mean, running_var, eps=eps)
    inv_std = 1 / (column(running_var, input) + eps).sqrt()
    moving = input - input.mean(places(input), keepdim=True)
    moving = (moving - x_hat * (moving * x_hat).mean(places(input), keepdim=True)) * inv_std
    return affine(x_hat + (moving - moving.detach()), weight, bias)


@wrong("batch_norm", source="https://github.com/tensorflow/tensorflow/issues/14676")
@op
def multiplies_by_the_deviation(input, running_mean, running_var, weight=None, bias=None, training=False,
                                momentum=0.1, eps=1e-5):  # fmt: skip
    """Multiplies by sqrt(var + eps) in the weight's gradient: it is the sum of g * x_hat, so divides by it."""
    y, gradients = F.batch_norm.__wrapped__(input, running_mean, running_var, weight, bias, training, momentum, eps)
    axes = (0, *range(2, input.ndim))
    var = input.var(axes) if training else running_var
    return y, gradients | {"weight": lambda g: gradients["weight"](g) * (var + eps)}


# ------------------------------------------------------------------------------------- layers, groups, instances


def normalize_over(input, axes, eps):
    """input less its mean over the axes, divided by sqrt(var + eps)."""
    centred = input - input.mean(axes, keepdim=True)
    return centred / ((centred * centred).mean(axes, keepdim=True) + eps).sqrt()


def scale(x_hat, weight, bias):
    """x_hat * weight + bias."""
    y = x_hat if weight is None else x_hat * weight
    return y if bias is None else y + bias


def last(normalized_shape):
    """The axes of layer normalization."""
    return tuple(range(-len(normalized_shape), 0))


@wrong("layer_norm", source="https://github.com/allenai/allennlp/pull/953")
def divides_by_one_less(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalizes by the unbiased variance: layer normalization divides by the number of features, not by one less."""
    centred = input - input.mean(last(normalized_shape), keepdim=True)
    return scale(centred / (input.var(last(normalized_shape), keepdim=True) + eps).sqrt(), weight, bias)


@wrong("layer_norm", source="https://github.com/microsoft/CNTK/issues/3816")
def adds_eps_to_the_root(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Divides by sqrt(var) + eps: eps belongs under the root, sqrt(var + eps)."""
    std = input.var(last(normalized_shape), unbiased=False, keepdim=True).sqrt()
    return scale((input - input.mean(last(normalized_shape), keepdim=True)) / (std + eps), weight, bias)


@wrong("layer_norm", source="https://github.com/codertimo/BERT-pytorch/issues/30")
def divides_by_std_plus_eps(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Divides by x.std() + eps: std is unbiased, where the biased variance is meant, and eps belongs under the root."""
    std = input.std(last(normalized_shape), keepdim=True)
    return scale((input - input.mean(last(normalized_shape), keepdim=True)) / (std + eps), weight, bias)


@wrong("layer_norm", source="https://github.com/tracel-ai/burn/issues/5607")
def subtracts_the_squares(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Computes the variance as mean(x^2) - mean(x)^2, which loses its digits where the mean is large."""
    mean = input.mean(last(normalized_shape), keepdim=True)
    var = (input * input).mean(last(normalized_shape), keepdim=True) - mean * mean
    return scale((input - mean) / (var + eps).sqrt(), weight, bias)


@wrong("layer_norm", source="https://github.com/tensorflow/tensorflow/issues/39942")
def normalizes_the_last_axis(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalizes over the last axis alone: it is over all axes in normalized_shape together."""
    return scale(normalize_over(input, -1, eps), weight, bias)


@wrong("layer_norm", source="https://github.com/tensorpack/tensorpack/issues/1482")
def normalizes_the_whole_sample(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalizes over all axes but the first: it is over those in normalized_shape."""
    axes = tuple(range(min(1, input.ndim - len(normalized_shape)), input.ndim))
    return scale(normalize_over(input, axes, eps), weight, bias)


@wrong("layer_norm", source="https://github.com/Kyubyong/transformer/issues/40")
def normalizes_over_the_batch(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Normalizes every feature over the samples, as batch normalization does: it is every sample over its features."""
    samples = input.unsqueeze(0)
    axes = tuple(range(samples.ndim - len(normalized_shape)))
    return scale(normalize_over(samples, axes, eps).squeeze(0), weight, bias)


@wrong("layer_norm", source="https://github.com/tenstorrent/tt-metal/pull/53215")
def subtracts_the_mean_twice(input, normalized_shape, weight=None, bias=None, eps=1e-5):
    """Subtracts mean(g) twice in the gradient: it is (g - mean(g) - x_hat * mean(g * x_hat)) / std."""
    axes = last(normalized_shape)
    std = (input.detach().var(axes, unbiased=False, keepdim=True) + eps).sqrt()
    again = (input.mean(axes, keepdim=True) / std).expand(input.shape)
    return scale(normalize_over(input, axes, eps) - (again - again.detach()), weight, bias)


@wrong("group_norm", source="https://github.com/tensorflow/addons/issues/751")
def reshapes_with_channels_last(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Cuts (N, ..., C) into groups by a reshape: the channels have to stand before the places first."""
    x = input.movedim(1, -1)
    x_hat = normalize_over(x.reshape(len(x), num_groups, -1), -1, eps).reshape(x.shape).movedim(-1, 1)
    return affine(x_hat, weight, bias)


@wrong("group_norm", source="https://github.com/brainpy/BrainPy/issues/765")
def normalizes_all_groups_together(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Normalizes over all groups together: each has its own mean and variance."""
    return F.group_norm(input, 1, weight, bias, eps)


@wrong("group_norm", source="https://github.com/taokong/group_normalization/issues/1")
def adds_eps_outside(input, num_groups, weight=None, bias=None, eps=1e-5):
    """Divides by sqrt(var) + eps: eps belongs under the root, sqrt(var + eps)."""
    x = input.reshape(len(input), num_groups, -1)
    x_hat = (x - x.mean(-1, keepdim=True)) / (x.var(-1, unbiased=False, keepdim=True).sqrt() + eps)
    return affine(x_hat.reshape(input.shape), weight, bias)


@wrong("instance_norm", source="https://github.com/sonos/tract/pull/2863")
def normalizes_over_all_samples(input, running_mean=None, running_var=None, weight=None, bias=None,
                                use_input_stats=True, momentum=0.1, eps=1e-5):  # fmt: skip
    """Has one mean and variance for all samples, as batch normalization: each sample has its own."""
    return F.batch_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)


@wrong("instance_norm", source="https://github.com/LBANN/lbann/pull/2024")
def divides_by_one_place_less(input, running_mean=None, running_var=None, weight=None, bias=None,
                              use_input_stats=True, momentum=0.1, eps=1e-5):  # fmt: skip
    """Normalizes by the unbiased variance: it is divided by the number of places, not by one less."""
    y = F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    if not use_input_stats:
        return y
    axes = tuple(range(2, input.ndim))
    centred = input - input.mean(axes, keepdim=True)
    return affine(centred / (input.var(axes, keepdim=True) + eps).sqrt(), weight, bias)


@wrong("instance_norm", source="https://github.com/kakaobrain/trident/pull/125")
def remembers_the_biased_variances(input, running_mean=None, running_var=None, weight=None, bias=None,
                                   use_input_stats=True, momentum=0.1, eps=1e-5):  # fmt: skip
    """Remembers the biased variance: the running variance moves towards the one that is divided by one less."""
    before = None if running_var is None else running_var.clone()
    y = F.instance_norm(input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps)
    if use_input_stats and before is not None:
        biased = input.detach().var(tuple(range(2, input.ndim)), unbiased=False).mean(0)
        running_var.copy_((1 - momentum) * before + momentum * biased)
    return y


@wrong("rms_norm", source="https://github.com/keras-team/keras/pull/22393")
def takes_the_variance_for_the_square(input, normalized_shape, weight=None, eps=None):
    """Divides by the standard deviation: it is the root of mean(x^2), and no mean is subtracted."""
    eps = mt.finfo(input.dtype).eps if eps is None else eps
    var = input.var(last(normalized_shape), unbiased=False, keepdim=True)
    return scale(input / (var + eps).sqrt(), weight, None)


@wrong("rms_norm", source="https://github.com/allenai/OLMo/issues/281")
def adds_eps_to_the_rms(input, normalized_shape, weight=None, eps=None):
    """Divides by sqrt(mean(x^2)) + eps: eps belongs under the root."""
    eps = mt.finfo(input.dtype).eps if eps is None else eps
    rms = (input * input).mean(last(normalized_shape), keepdim=True).sqrt()
    return scale(input / (rms + eps), weight, None)


@wrong("normalize", source="https://github.com/amdegroot/ssd.pytorch/blob/master/layers/modules/l2norm.py")
def adds_eps_to_the_norm(input, p=2.0, dim=1, eps=1e-12):
    """Divides by norm + eps: it is the larger of the two."""
    return input / (input.norm(p, dim, keepdim=True) + eps)


@wrong("normalize", source="https://github.com/PaddlePaddle/Paddle/pull/11348")
def adds_eps_under_the_root(input, p=2.0, dim=1, eps=1e-12):
    """Divides by the root of the sum of squares plus eps: it is the larger of norm and eps."""
    if p != 2:
        return F.normalize(input, p, dim, eps)
    return input / ((input * input).sum(dim, keepdim=True) + eps).sqrt()


@wrong("normalize", source="https://github.com/pytorch/pytorch/issues/3264")
def differentiates_the_root_of_0(input, p=2.0, dim=1, eps=1e-12):
    """Takes the norm as a root of a sum, whose slope at 0 is infinite: vectors of zeros get the gradient nan."""
    norm = (input.abs() ** p).sum(dim, keepdim=True) ** (1 / p)
    return input / norm.clamp(min=eps)


# ------------------------------------------------------------------------------------------------ the linear map


@wrong("linear", source="https://github.com/pytorch/pytorch/issues/139598")
def multiplies_by_the_weight(input, weight, bias=None):
    """Multiplies by the weight where it is square: it is (out, in), so x meets its transpose."""
    square = weight.ndim == 2 and weight.shape[0] == weight.shape[1]
    return F.linear(input, weight.T if square else weight, bias)


@wrong("linear", source="https://github.com/kvfrans/notes/issues/5")
@op
def averages_the_bias_gradient(input, weight, bias=None):
    """Divides the bias' gradient by the number of samples: it is the sum over them."""
    y, gradients = F.linear.__wrapped__(input, weight, bias)
    samples = max(1, y.size // max(1, weight.size // max(1, weight.shape[-1])))
    return y, gradients | {"bias": lambda g: gradients["bias"](g) / samples}


@wrong("linear", source="https://github.com/rasbt/stat453-deep-learning-ss21/issues/5")
@op
def sums_the_bias_gradient_over_everything(input, weight, bias=None):
    """Sums the bias' gradient over the outputs too: each output's bias has a gradient of its own."""
    y, gradients = F.linear.__wrapped__(input, weight, bias)
    return y, gradients | {"bias": lambda g: gradients["bias"](g) * 0 + g.sum()}


@wrong("linear", source="https://github.com/hunkim/DeepLearningZeroToAll/issues/173")
@op
def averages_the_weight_gradient(input, weight, bias=None):
    """Divides the weight's gradient by the number of samples: it is the sum over them."""
    y, gradients = F.linear.__wrapped__(input, weight, bias)
    samples = max(1, input.size // max(1, input.shape[-1]))
    return y, gradients | {"weight": lambda g: gradients["weight"](g) / samples}

"""Wrong versions of the activations, softmax and dropout."""

import numpy as np

import minitorch_edu as mt
import minitorch_edu.nn.functional as F
from minitorch_edu.autograd import op

from . import wrong

# ------------------------------------------------------------------------------------------------ straight pieces


@wrong("relu", source="https://github.com/tensorflow/playground/issues/19")
@op
def slope_1_at_0(input):
    """The slope at 0 is 1: it is taken as 0, the slope on the left."""
    return np.maximum(input, 0), {"input": lambda g: g * (input >= 0)}


@wrong("relu", source="https://github.com/deeplearning4j/nd4j/issues/271")
@op
def gradient_not_masked(input):
    """The gradient passes everywhere: where x <= 0 it is 0."""
    return np.maximum(input, 0), {"input": lambda g: g}


@wrong("leaky_relu", source="https://github.com/BrainJS/brain.js/issues/560")
def slope_on_the_wrong_side(input, negative_slope=0.01):
    """The slope stands on the positive side, and 0 on the other: it is x where x > 0, else negative_slope * x."""
    return mt.where(input > 0, negative_slope * input, 0.0 * input)


@wrong("leaky_relu", source="https://github.com/tflearn/tflearn/pull/784")
def nothing_leaks(input, negative_slope=0.01):
    """The negative numbers are already gone when they are multiplied: relu comes before the leak."""
    x = F.relu(input)
    return mt.where(x > 0, x, negative_slope * x)


@wrong("leaky_relu", source="https://github.com/deeplearning4j/deeplearning4j/issues/8178")
@op
def gradient_with_slope_001(input, negative_slope=0.01):
    """The gradient does not know negative_slope, and uses 0.01."""
    return np.where(input > 0, input, negative_slope * input), {"input": lambda g: g * np.where(input > 0, 1, 0.01)}


@wrong("leaky_relu", source="https://github.com/chainer/chainer/pull/5898")
@op
def sign_of_the_output(input, negative_slope=0.01):
    """The gradient asks for the sign of the output, which is 0, not negative, where negative_slope is 0."""
    y = np.where(input >= 0, input, negative_slope * input)
    return y, {"input": lambda g: g * np.where(y >= 0, 1, negative_slope)}


# ------------------------------------------------------------------------------------------------ smooth


@wrong("elu", source="https://github.com/mlpack/mlpack/pull/1540")
@op
def gradient_from_the_output_twice(input, alpha=1.0):
    """The derivative is taken at the output: alpha e^x is y + alpha where y = elu(x), not elu(y) + alpha."""
    elu = lambda x: np.where(x > 0, x, alpha * np.expm1(x))
    y = elu(input)
    return y, {"input": lambda g: g * np.where(input > 0, 1, elu(y) + alpha)}


@wrong("gelu", source="https://github.com/chelsea0x3b/dfdx/issues/804")
def always_tanh(input, approximate="none"):
    """This is the approximation by tanh: gelu is exact, x (1 + erf(x / sqrt(2))) / 2, unless told otherwise."""
    return F.gelu(input, approximate="tanh")


@wrong("gelu", source="https://github.com/ROCm/AMDMIGraphX/pull/1810")
def sigmoid_of_1702_x(input):
    """This is the approximation x sigmoid(1.702 x): gelu is exact, x (1 + erf(x / sqrt(2))) / 2."""
    return input * mt.sigmoid(1.702 * input)


@wrong("softplus", source="https://github.com/tracel-ai/burn/issues/5373")
def overflows(input, beta=1.0):
    """The exponential overflows: beyond the threshold softplus is x itself."""
    return mt.log(1 + mt.exp(beta * input)) / beta


@wrong("softplus", source="https://github.com/rushter/MLAlgorithms/pull/30")
def overflows_below(input, beta=1.0):
    """x + log(1 + 1 / e^x) divides by 0 where x is far below 0: log(1 + e^x) is safe there."""
    z = beta * input
    return (z + mt.log(1 + 1 / mt.exp(z))) / beta


@wrong("logsigmoid", source="https://github.com/Oneflow-Inc/oneflow/pull/2956")
def logarithm_of_a_rounded_sigmoid(input):
    """The sigmoid is rounded to 0 before its logarithm is taken: it is min(x, 0) - log(1 + e^-|x|)."""
    return mt.log(mt.sigmoid(input))


@wrong("sigmoid", source="https://github.com/davidrmiller/neural2d/issues/40")
@op
def derivative_at_the_output(input):
    """The derivative s (1 - s) is computed with s = sigmoid(y), of the output y: s is the output itself."""
    sigmoid = lambda x: 1 / (1 + np.exp(-x))
    y = sigmoid(input)
    return y, {"input": lambda g: g * sigmoid(y) * (1 - sigmoid(y))}


@wrong("sigmoid", source="https://github.com/kyle8998/Sudo-Productivity/issues/3")
@op
def derivative_with_the_input(input):
    """The derivative is x (1 - x): it is y (1 - y), with the output y."""
    return 1 / (1 + np.exp(-input)), {"input": lambda g: g * input * (1 - input)}


@wrong("sigmoid", source="https://github.com/jeshraghian/snntorch/pull/433")
@op
def derivative_overflows(input):
    """The derivative e^-x / (1 + e^-x)^2 is inf / inf where x is far below 0: it is y (1 - y)."""
    decay = np.exp(-input)
    return 1 / (1 + decay), {"input": lambda g: g * decay / (1 + decay) ** 2}


@wrong("tanh", source="https://github.com/davidrmiller/neural2d/issues/40")
@op
def tanh_of_the_output(input):
    """The derivative is computed with tanh(y), of the output y: it is 1 - y^2."""
    y = np.tanh(input)
    return y, {"input": lambda g: g * (1 - np.tanh(y) ** 2)}


@wrong("tanh", source="https://github.com/gy910210/neural-network-from-scratch/issues/2")
@op
def derivative_of_the_tangent(input):
    """The derivative is 1 + y^2, that of the tangent: it is 1 - y^2."""
    y = np.tanh(input)
    return y, {"input": lambda g: g * (1 + y * y)}


# ------------------------------------------------------------------------------------------------ softmax


@wrong("softmax", source="https://github.com/numenta/nupic-legacy/pull/3818")
def without_the_shift(input, dim, dtype=None):
    """The exponentials overflow: subtract the largest number first, which changes nothing else."""
    e = mt.exp(input if dtype is None else input.to(dtype))
    return e / e.sum(dim, keepdim=True)


@wrong("softmax", source="https://github.com/perone/euclidesdb/issues/2")
def along_axis_0(input, dim, dtype=None):
    """The exponentials are divided by their sum along axis 0, whatever dim is."""
    return F.softmax(input, 0, dtype=dtype)


@wrong("softmax", source="https://github.com/deeplearning4j/nd4j/issues/44")
def sum_of_everything(input, dim, dtype=None):
    """The exponentials are divided by the sum of all of them: it is their sum along the axis dim."""
    x = input if dtype is None else input.to(dtype)
    return F.softmax(x.flatten(), 0).reshape(x.shape) if x.numel() else x


@wrong("softmax", source="https://shusei-e.github.io/deep%20learning/softmax_without_overflow/")
def one_shift_for_all(input, dim, dtype=None):
    """The largest number of the whole input is subtracted, and rows far below it become 0 / 0: each has its own."""
    x = input if dtype is None else input.to(dtype)
    e = mt.exp(x - x.detach().max()) if x.numel() else x
    return e / e.sum(dim, keepdim=True)


@wrong("softmax", source="https://github.com/deeplearning4j/libnd4j/issues/440")
@op
def gradient_of_the_diagonal(input, dim, dtype=None):
    """The gradient is g y (1 - y), the diagonal of the Jacobian: it is y (g - sum(g y)), for y_i depends on all x_j."""
    y, _ = F.softmax.__wrapped__(input, dim, dtype=dtype)
    return y, {"input": lambda g: g * y * (1 - y)}


@wrong("log_softmax", source="https://github.com/deeplearning4j/nd4j/issues/2822")
def logarithm_of_the_softmax(input, dim, dtype=None):
    """The softmax is rounded to 0 before its logarithm is taken: it is x - log(sum(e^x))."""
    return mt.log(F.softmax(input, dim, dtype=dtype))


@wrong("log_softmax", source="https://github.com/tenstorrent/tt-metal/pull/10001")
def sum_overflows(input, dim, dtype=None):
    """The exponentials overflow: subtract the largest number first, which changes nothing else."""
    x = input if dtype is None else input.to(dtype)
    return x - mt.log(mt.exp(x).sum(dim, keepdim=True))


@wrong("log_softmax", source="https://github.com/mlpack/mlpack/pull/3469")
@op
def gradient_of_one_row(input, dim, dtype=None):
    """The gradient is g - y, as if every row of g added up to 1: it is g - y sum(g), with y = softmax(x)."""
    value, _ = F.log_softmax.__wrapped__(input, dim, dtype=dtype)
    return value, {"input": lambda g: g - np.exp(value)}


# ------------------------------------------------------------------------------------------------ dropout


@wrong("dropout", source="https://github.com/rbgirshick/py-faster-rcnn/issues/211")
def not_rescaled(input, p=0.5, training=True):
    """What is kept is not divided by 1 - p, so that the mean shrinks."""
    return F.dropout(input, p, training) * (1 - p if training else 1)


@wrong("dropout", source="https://github.com/lmjohns3/theanets/pull/123")
def divided_by_p(input, p=0.5, training=True):
    """What is kept is divided by p, the share that is dropped: it is divided by 1 - p."""
    return F.dropout(input, p, training) * ((1 - p) / p if training and p else 1)


@wrong("dropout", source="https://github.com/clab/dynet/issues/186")
def rescaled_in_evaluation_too(input, p=0.5, training=True):
    """The input is multiplied by 1 - p in evaluation: what training keeps is divided by it already."""
    return F.dropout(input, p, True) if training else input * (1 - p)


@wrong("dropout", source="https://github.com/pytorch/pytorch/issues/26338")
def active_in_evaluation(input, p=0.5, training=True):
    """Numbers are dropped in evaluation too: training=False returns the input."""
    return F.dropout(input, p, True)


@wrong("dropout", source="https://github.com/v-iashin/CS231n/pull/8")
def p_is_kept(input, p=0.5, training=True):
    """p is taken as the share that is kept: it is the share that is dropped."""
    return F.dropout(input, 1 - p, training)


@wrong("dropout", source="https://github.com/ddbourgin/numpy-ml/issues/94")
def gradient_without_the_mask(input, p=0.5, training=True):
    """The gradient passes where numbers were dropped: it is multiplied by the mask, as the input was."""
    y = F.dropout(input.detach(), p, training)
    return y + (input - input.detach()) / (1 - p if training and p < 1 else 1)

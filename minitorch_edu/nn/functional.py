"""The operators under torch's names, each from the file that explains it.

Twin:  https://docs.pytorch.org/docs/stable/nn.functional.html
"""
# ruff: noqa: F401

from ..names import only
from ..ops.activation import (
    celu,
    elu,
    gelu,
    hardtanh,
    leaky_relu,
    logsigmoid,
    prelu,
    relu,
    relu6,
    selu,
    silu,
    softplus,
)
from ..ops.adaptive_pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_max_pool1d, adaptive_max_pool2d
from ..ops.avg_pool import avg_pool1d, avg_pool2d, avg_pool3d
from ..ops.batch_norm import batch_norm
from ..ops.conv import conv1d, conv2d, conv3d
from ..ops.conv_transpose import conv_transpose1d, conv_transpose2d, conv_transpose3d
from ..ops.cross_entropy import cross_entropy
from ..ops.dropout import dropout, dropout1d, dropout2d, dropout3d
from ..ops.elementwise import sigmoid, tanh
from ..ops.fold import fold, unfold
from ..ops.group_norm import group_norm
from ..ops.instance_norm import instance_norm
from ..ops.layer_norm import layer_norm
from ..ops.linear import linear
from ..ops.losses import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    smooth_l1_loss,
)
from ..ops.max_pool import max_pool1d, max_pool2d, max_pool3d
from ..ops.nll_loss import nll_loss
from ..ops.normalize import normalize
from ..ops.one_hot import one_hot
from ..ops.pad import pad
from ..ops.rms_norm import rms_norm
from ..ops.softmax import log_softmax, softmax, softmin

__all__ = [name for name in globals() if name[0] != "_" and name != "only"]

__getattr__, __dir__ = only(__name__, __all__)

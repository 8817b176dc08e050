"""Activations as layers: the options of nn.functional's activations, kept. Only PReLU has something to learn.

Twin:  https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
"""

import warnings

from . import functional as F
from .module import Module
from .parameter import blank

__all__ = ["CELU", "ELU", "GELU", "Hardtanh", "LeakyReLU", "LogSigmoid", "LogSoftmax", "PReLU", "ReLU", "ReLU6", "SELU",
           "Sigmoid", "SiLU", "Softmax", "Softmax2d", "Softmin", "Softplus", "Tanh"]  # fmt: skip


class Sigmoid(Module):
    """1 / (1 + exp(-x)), elementwise.

    >>> nn.Sigmoid()(torch.tensor([-2.0, 0.0, 2.0]))
    tensor([0.1192, 0.5000, 0.8808])
    """

    def forward(self, input):
        return F.sigmoid(input)


class LogSigmoid(Module):
    """log(sigmoid(x)), elementwise.

    >>> nn.LogSigmoid()(torch.tensor([-100.0, 0.0]))
    tensor([-100.0000,   -0.6931])
    """

    def forward(self, input):
        return F.logsigmoid(input)


class Tanh(Module):
    """tanh(x), elementwise.

    >>> nn.Tanh()(torch.tensor([-2.0, 0.0, 2.0]))
    tensor([-0.9640,  0.0000,  0.9640])
    """

    def forward(self, input):
        return F.tanh(input)


class _Inplace(Module):
    """inplace=True leaves the result in the input's memory."""

    operator = None

    def __init__(self, inplace=False):
        super().__init__()
        self.inplace = inplace

    def forward(self, input):
        return self.operator(input, inplace=self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class ReLU(_Inplace):
    """max(x, 0), elementwise.

    >>> relu = nn.ReLU(inplace=True)
    >>> x = torch.tensor([-2.0, 2.0])
    >>> relu(x)
    tensor([0., 2.])
    >>> x
    tensor([0., 2.])
    """

    operator = staticmethod(F.relu)


class SELU(_Inplace):
    """scale * (x if x > 0 else alpha * (exp(x) - 1)), elementwise.

    >>> nn.SELU()(torch.tensor([-2.0, 2.0]))
    tensor([-1.5202,  2.1014])
    """

    operator = staticmethod(F.selu)


class SiLU(_Inplace):
    """x * sigmoid(x), elementwise.

    >>> nn.SiLU()(torch.tensor([-2.0, 2.0]))
    tensor([-0.2384,  1.7616])
    """

    operator = staticmethod(F.silu)


class LeakyReLU(_Inplace):
    """x if x > 0 else negative_slope * x, elementwise.

    >>> nn.LeakyReLU(0.1)(torch.tensor([-2.0, 2.0]))
    tensor([-0.2000,  2.0000])
    """

    def __init__(self, negative_slope=0.01, inplace=False):
        super().__init__(inplace)
        self.negative_slope = negative_slope

    def forward(self, input):
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self):
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class ELU(_Inplace):
    """x if x > 0 else alpha * (exp(x) - 1), elementwise.

    >>> nn.ELU(alpha=3.0)(torch.tensor([-100.0, -1.0, 2.0]))
    tensor([-3.0000, -1.8964,  2.0000])
    """

    def __init__(self, alpha=1.0, inplace=False):
        super().__init__(inplace)
        self.alpha = alpha

    def forward(self, input):
        return F.elu(input, self.alpha, self.inplace)

    def extra_repr(self):
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(ELU):
    """x if x > 0 else alpha * (exp(x / alpha) - 1), elementwise.

    >>> nn.CELU(alpha=3.0)(torch.tensor([-100.0, -1.0, 2.0]))
    tensor([-3.0000, -0.8504,  2.0000])
    """

    def forward(self, input):
        return F.celu(input, self.alpha, self.inplace)


class Hardtanh(_Inplace):
    """x cut to min_val .. max_val, elementwise.

    >>> nn.Hardtanh(-1.0, 2.0)(torch.tensor([-3.0, 0.5, 3.0]))
    tensor([-1.0000,  0.5000,  2.0000])
    """

    def __init__(self, min_val=-1.0, max_val=1.0, inplace=False, min_value=None, max_value=None):
        super().__init__(inplace)
        for old, new, value in (("min_value", "min_val", min_value), ("max_value", "max_val", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{old}` is deprecated and renamed to `{new}`", FutureWarning, stacklevel=2
                )
        self.min_val = min_val if min_value is None else min_value
        self.max_val = max_val if max_value is None else max_value
        if not self.max_val > self.min_val:
            raise AssertionError(f"max_val ({self.max_val}) must be greater than min_val ({self.min_val})")

    def forward(self, input):
        return F.hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self):
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class ReLU6(Hardtanh):
    """x cut to 0 .. 6, elementwise.

    >>> nn.ReLU6()(torch.tensor([-1.0, 5.0, 7.0]))
    tensor([0., 5., 6.])
    """

    def __init__(self, inplace=False):
        super().__init__(0.0, 6.0, inplace)

    def forward(self, input):
        return F.relu6(input, self.inplace)

    def extra_repr(self):
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """x * Phi(x), Phi the normal distribution function; approximate="tanh" for its usual approximation.

    >>> nn.GELU()(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1587,  0.0000,  0.8413])
    >>> nn.GELU(approximate="tanh")(torch.tensor([-1.0, 0.0, 1.0]))
    tensor([-0.1588,  0.0000,  0.8412])
    """

    def __init__(self, approximate="none"):
        super().__init__()
        self.approximate = approximate

    def forward(self, input):
        return F.gelu(input, approximate=self.approximate)

    def extra_repr(self):
        return f"approximate={self.approximate!r}"


class Softplus(Module):
    """log(1 + exp(beta * x)) / beta, elementwise; x itself where beta * x > threshold.

    >>> nn.Softplus()(torch.tensor([-1.0, 0.0, 25.0]))
    tensor([ 0.3133,  0.6931, 25.0000])
    """

    def __init__(self, beta=1.0, threshold=20.0):
        super().__init__()
        self.beta, self.threshold = beta, threshold

    def forward(self, input):
        return F.softplus(input, self.beta, self.threshold)

    def extra_repr(self):
        return f"beta={self.beta}, threshold={self.threshold}"


class PReLU(Module):
    """x if x > 0 else weight * x, with one learned weight, or one per channel (N, C, *).

    >>> prelu = nn.PReLU()
    >>> prelu.weight
    Parameter containing:
    tensor([0.2500], requires_grad=True)
    >>> prelu(torch.tensor([-4.0, 4.0])).tolist()
    [-1.0, 4.0]
    """

    def __init__(self, num_parameters=1, init=0.25, device=None, dtype=None):
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = blank(num_parameters, device=device, dtype=dtype)
        self.reset_parameters()

    def reset_parameters(self):
        """Set every weight to `init`."""
        self.weight.array[...] = self.init

    def forward(self, input):
        return F.prelu(input, self.weight)

    def extra_repr(self):
        return f"num_parameters={self.num_parameters}"


class Softmax(Module):
    """exp(x) / sum of exp(x) along axis `dim`: positive numbers that add up to 1.

    >>> nn.Softmax(dim=1)(torch.tensor([[1.0, 3.0], [2.0, 2.0]]).log())
    tensor([[0.2500, 0.7500],
            [0.5000, 0.5000]])
    """

    operator = staticmethod(F.softmax)

    def __init__(self, dim=None):
        super().__init__()
        self.dim = dim

    def forward(self, input):
        return self.operator(input, self.dim, _stacklevel=5)

    def extra_repr(self):
        return f"dim={self.dim}"


class LogSoftmax(Softmax):
    """log(softmax(x)) along axis `dim`.

    >>> nn.LogSoftmax(dim=1)(torch.tensor([[5.0, 5.0], [1000.0, 0.0]]))
    tensor([[-6.9315e-01, -6.9315e-01],
            [ 0.0000e+00, -1.0000e+03]])
    """

    operator = staticmethod(F.log_softmax)


class Softmin(Softmax):
    """softmax(-x) along axis `dim`.

    >>> nn.Softmin(dim=1)(torch.tensor([[1.0, 3.0], [2.0, 2.0]]).log())
    tensor([[0.7500, 0.2500],
            [0.5000, 0.5000]])
    """

    operator = staticmethod(F.softmin)


class Softmax2d(Module):
    """The softmax over the channels at every place of (N, C, H, W) or (C, H, W).

    >>> nn.Softmax2d()(torch.tensor([[[1.0, 2.0]], [[3.0, 2.0]]]).log())
    tensor([[[0.2500, 0.5000]],
    <BLANKLINE>
            [[0.7500, 0.5000]]])
    """

    def forward(self, input):
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)

"""Linear, y = x @ weight.T + bias, as a layer.

Both are drawn from U(-b, b) with b = 1 / sqrt(in_features): the weight first, then the bias.

Twin:  torch.nn.Linear
"""

import math

from . import functional as F
from . import init
from .module import Module
from .parameter import blank

__all__ = ["Linear"]


class Linear(Module):
    """input (*, in_features) -> (*, out_features); weight (out_features, in_features), bias (out_features,).

    >>> layer = nn.Linear(2, 1)
    >>> layer.load_state_dict({"weight": torch.tensor([[1.0, 10.0]]), "bias": torch.tensor([0.5])})
    <All keys matched successfully>
    >>> layer(torch.tensor([[2.0, 3.0]]))
    tensor([[32.5000]], grad_fn=<AddmmBackward0>)
    """

    def __init__(self, in_features, out_features, bias=True, device=None, dtype=None):
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight = blank(out_features, in_features, device=device, dtype=dtype)
        if bias:
            self.bias = blank(out_features, device=device, dtype=dtype)
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self):
        """Draw weight and bias anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input):
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self):
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"

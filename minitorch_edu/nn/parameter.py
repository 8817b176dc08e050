"""Parameter: a tensor that a Module counts as its own and that asks for its gradient.

Twin:  torch.nn.parameter
"""

from ..autograd import Tensor, settled
from ..ops.creation import empty

__all__ = ["Parameter", "blank"]


class Parameter(Tensor):
    """A leaf over the memory of `data` that requires a gradient; assigned to a Module's attribute, it is registered.

    TypeError if data is no tensor; RuntimeError if it holds integers and requires_grad is not False.

    >>> layer = nn.Module()
    >>> layer.scale = nn.Parameter(torch.tensor([1.0, 2.0]))
    >>> list(layer.parameters())
    [Parameter containing:
    tensor([1., 2.], requires_grad=True)]
    """

    def __init__(self, data=None, requires_grad=True):
        if data is None:
            data = blank(0)
        if not isinstance(data, Tensor):
            raise TypeError(
                f"Parameter(): argument 'data' must be Tensor, not {type(data).__name__}; use Parameter(tensor(...))"
            )
        self.array, self._writes = settled(data), data._writes
        self.requires_grad_(requires_grad)

    def __deepcopy__(self, memo):
        if id(self) not in memo:
            out = memo[id(self)] = type(self).__new__(type(self))
            out.array, out._requires_grad = self.array.copy(order="K"), self._requires_grad
        return memo[id(self)]

    def __repr__(self):
        return "Parameter containing:\n" + super().__repr__()


def blank(*shape, device=None, dtype=None):
    """A Parameter of this shape with arbitrary numbers: what a layer makes before `reset_parameters` fills it."""
    return Parameter(empty(shape, device=device, dtype=dtype))

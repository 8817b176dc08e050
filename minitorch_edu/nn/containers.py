"""Modules that hold modules or parameters: in a row, in a list, in a dictionary. And three that only pass on.

Twin:  https://docs.pytorch.org/docs/stable/nn.html#containers
"""

import operator
from collections import OrderedDict

from ..autograd import Tensor
from .module import Module, typename
from .parameter import Parameter

__all__ = ["Flatten", "Identity", "ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential",
           "Unflatten"]  # fmt: skip


class _Row(Module):
    """Children named "0", "1", ...: what Sequential and ModuleList share."""

    def _key(self, index):
        index, length = operator.index(index), len(self)
        if not -length <= index < length:
            raise IndexError(f"index {index} is out of range")
        return list(self._modules)[index]

    def _number(self, modules):
        self.__dict__["_modules"] = {str(i): module for i, module in enumerate(modules)}

    def __len__(self):
        return len(self._modules)

    def __iter__(self):
        return iter(self._modules.values())

    def __setitem__(self, index, module):
        setattr(self, self._key(index), module)

    def __delitem__(self, index):
        for key in list(self._modules)[index] if isinstance(index, slice) else [self._key(index)]:
            delattr(self, key)
        self._number(list(self))

    def append(self, module):
        """Add a module at the end; returns self."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules):
        """Add modules at the end; returns self."""
        if not hasattr(modules, "__iter__"):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, but got {type(modules).__name__}"
            )
        for module in list(modules):
            self.append(module)
        return self

    __iadd__ = extend

    def pop(self, index):
        """Take out and return the module (or the slice) at this index."""
        module = self[index]
        del self[index]
        return module


class Sequential(_Row):
    """Each module's output is the next one's input: Sequential(a, b)(x) = b(a(x)).

    Takes modules, or one OrderedDict of names and modules. Indexing gives a module, slicing a Sequential.

    >>> net = nn.Sequential(nn.Flatten(), nn.Linear(12, 2), nn.ReLU())
    >>> net(torch.zeros(1, 3, 2, 2)).shape
    torch.Size([1, 2])
    >>> net[:2]
    Sequential(
      (0): Flatten(start_dim=1, end_dim=-1)
      (1): Linear(in_features=12, out_features=2, bias=True)
    )
    """

    def __init__(self, *args):
        super().__init__()
        named = args[0] if len(args) == 1 and isinstance(args[0], OrderedDict) else dict(enumerate(args))
        for name, module in named.items():
            self.add_module(name if isinstance(name, str) else str(name), module)

    def forward(self, input):
        for module in self:
            input = module(input)
        return input

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._key(index)]

    def insert(self, index, module):
        """Put a module before the one at this index; returns self."""
        if not isinstance(module, Module):
            raise AssertionError(f"module should be of type: {Module}")
        if not -len(self) <= index <= len(self):
            raise IndexError(f"Index out of range: {index}")
        modules = list(self)
        modules.insert(index, module)
        self._number(modules)
        return self

    def _check_other(self, other):
        if not isinstance(other, Sequential):
            raise ValueError(f"add operator supports only objects of Sequential class, but {type(other)} is given.")

    def __add__(self, other):
        self._check_other(other)
        return Sequential(*self, *other)

    def __iadd__(self, other):
        self._check_other(other)
        return self.extend(other)

    def __mul__(self, times):
        if not isinstance(times, int):
            raise TypeError(f"unsupported operand type(s) for *: {type(self)} and {type(times)}")
        if times <= 0:
            raise ValueError(f"Non-positive multiplication factor {times} for {type(self)}")
        return Sequential(*list(self) * times)

    __rmul__ = __mul__


class ModuleList(_Row):
    """A list of modules that Module's methods see; it has no forward of its own.

    >>> layers = nn.ModuleList(nn.Linear(4, 4) for _ in range(3)).append(nn.ReLU())
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=4, out_features=4, bias=True)
      (3): ReLU()
    )
    >>> len(list(layers.parameters()))
    6
    """

    def __init__(self, modules=None):
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._modules[self._key(index)]

    def insert(self, index, module):
        """Put a module before the one at this index."""
        modules = list(self)
        modules.insert(index, module)
        self._number(modules)

    def __add__(self, other):
        return ModuleList([*self, *other])

    def __repr__(self):  # equal neighbours are printed once
        groups = []
        for i, text in enumerate(map(repr, self)):
            if groups and groups[-1][1] == text:
                groups[-1][2] = i
            else:
                groups.append([i, text, i])
        lines = [
            f"\n({first}): {text}" if first == last else f"\n({first}-{last}): {last - first + 1} x {text}"
            for first, text, last in groups
        ]
        inside = "".join(lines).replace("\n", "\n  ") + "\n" if lines else ""
        return f"{self._get_name()}({inside})"


def _pairs(what, entries):
    """The (key, value) pairs of a mapping or of an iterable of pairs; TypeError or ValueError if it is neither."""
    if hasattr(entries, "items"):
        return list(entries.items())
    if not hasattr(entries, "__iter__"):
        raise TypeError(
            f"{what}.update should be called with an iterable of key/value pairs, but got {type(entries).__name__}"
        )
    pairs = []
    for i, pair in enumerate(entries):
        if not hasattr(pair, "__iter__"):
            raise TypeError(f"{what} update sequence element #{i} should be Iterable; is {type(pair).__name__}")
        pairs.append(tuple(pair))
        if len(pairs[-1]) != 2:
            raise ValueError(f"{what} update sequence element #{i} has length {len(pairs[-1])}; 2 is required")
    return pairs


class _Dict(Module):
    """Entries by name, in the order of their insertion: what ModuleDict and ParameterDict share."""

    def __init__(self, entries=None):
        super().__init__()
        if entries is not None:
            self.update(entries)

    def __len__(self):
        return len(self.keys())

    def __iter__(self):
        return iter(self.keys())

    def __contains__(self, key):
        return key in self.keys()

    def items(self):
        """The (name, entry) pairs."""
        return {key: self[key] for key in self.keys()}.items()

    def values(self):
        """The entries."""
        return dict(self.items()).values()

    def update(self, entries):
        """Set the entries of a mapping, or of an iterable of (name, entry) pairs."""
        for key, entry in _pairs(type(self).__name__, entries):
            self[key] = entry

    def pop(self, key):
        """Take out and return the entry with this name."""
        entry = self[key]
        del self[key]
        return entry

    def clear(self):
        """Take out all entries."""
        for key in list(self):
            del self[key]


class ModuleDict(_Dict):
    """A dictionary of modules that Module's methods see; it has no forward of its own.

    >>> acts = nn.ModuleDict({"relu": nn.ReLU(), "tanh": nn.Tanh()})
    >>> list(acts), acts["tanh"]
    (['relu', 'tanh'], Tanh())
    """

    def keys(self):
        """The names."""
        return self._modules.keys()

    def __getitem__(self, key):
        return self._modules[key]

    def __setitem__(self, key, module):
        self.add_module(key, module)

    def __delitem__(self, key):
        del self._modules[key]


def _as_parameter(value):
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _describe(entries, kind_of):
    """The lines that a ParameterList or ParameterDict prints, one per entry."""
    lines = []
    for key, entry in entries:
        if isinstance(entry, Tensor):
            name = "Parameter" if isinstance(entry, Parameter) else "Tensor"
            what = f"{name} containing: [{kind_of(entry)} of size {'x'.join(map(str, entry.shape))}]"
        else:
            what = f"Object of type: {type(entry).__name__}"
        lines.append(f"  ({key}): {what}")
    return "\n".join(lines)


class ParameterList(Module):
    """A list of Parameters (tensors become Parameters; other values are kept as they are).

    >>> scales = nn.ParameterList([torch.ones(2), torch.zeros(3)])
    >>> scales
    ParameterList(
        (0): Parameter containing: [torch.float32 of size 2]
        (1): Parameter containing: [torch.float32 of size 3]
    )
    >>> [p.requires_grad for p in scales.parameters()]
    [True, True]
    """

    def __init__(self, values=None):
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _key(self, index):
        index = operator.index(index)
        if not -self._size <= index < self._size:
            raise IndexError(f"index {index} is out of range")
        return str(index % self._size)

    def __len__(self):
        return self._size

    def __iter__(self):
        return (self[i] for i in range(self._size))

    def __getitem__(self, index):
        if isinstance(index, slice):
            return type(self)([self[i] for i in range(*index.indices(self._size))])
        return getattr(self, self._key(index))

    def __setitem__(self, index, value):
        setattr(self, self._key(index), _as_parameter(value))

    def append(self, value):
        """Add a value at the end; returns self."""
        self._size += 1
        self[-1] = value
        return self

    def extend(self, values):
        """Add values at the end; returns self."""
        if isinstance(values, Tensor) or not hasattr(values, "__iter__"):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    __iadd__ = extend

    def extra_repr(self):
        return _describe(enumerate(self), lambda p: p.dtype)

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(_Dict):
    """A dictionary of Parameters (tensors become Parameters; other values are kept as they are).

    >>> scales = nn.ParameterDict({"a": torch.ones(2)})
    >>> scales["b"] = torch.zeros(3)
    >>> list(scales), list(scales.state_dict())
    (['a', 'b'], ['a', 'b'])
    """

    def __init__(self, parameters=None):
        self.__dict__["_keys"] = {}
        super().__init__(parameters)

    def update(self, parameters):
        """Set the entries of a mapping (those of a plain dict in the order of their names), or of an iterable."""
        super().update(dict(sorted(parameters.items())) if type(parameters) is dict else parameters)

    def keys(self):
        """The names."""
        return self._keys.keys()

    def __getitem__(self, key):
        return getattr(self, key)

    def __setitem__(self, key, value):
        self._keys[key] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key):
        del self._keys[key]
        delattr(self, key)

    def get(self, key, default=None):
        """The entry with this name, or `default`."""
        return self[key] if key in self else default

    def extra_repr(self):
        return _describe(self.items(), typename)

    def __call__(self, *args, **kwargs):
        raise RuntimeError("ParameterDict should not be called.")


class Identity(Module):
    """y = x, whatever it is constructed with.

    >>> nn.Identity(64, unused=True)(torch.tensor([1, 2]))
    tensor([1, 2])
    """

    def __init__(self, *args, **kwargs):
        super().__init__()

    def forward(self, input):
        return input


class Flatten(Module):
    """Axes start_dim .. end_dim become one: (N, C, H, W) -> (N, C*H*W) with the defaults.

    >>> nn.Flatten()(torch.zeros(2, 3, 4, 4)).shape
    torch.Size([2, 48])
    >>> nn.Flatten(0, 1)(torch.zeros(2, 3, 4, 4)).shape
    torch.Size([6, 4, 4])
    """

    def __init__(self, start_dim=1, end_dim=-1):
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input):
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self):
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Axis `dim` becomes several, whose sizes are `unflattened_size` (one of which may be -1).

    >>> nn.Unflatten(1, (3, -1))(torch.zeros(2, 12)).shape
    torch.Size([2, 3, 4])
    """

    def __init__(self, dim, unflattened_size):
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten(): minitorch_edu has no named axes; dim must be int, not {type(dim).__name__}")
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size must be a tuple of ints, but found type {type(unflattened_size).__name__}"
            )
        for i, size in enumerate(unflattened_size):
            if not isinstance(size, int):
                raise TypeError(
                    "unflattened_size must be tuple of ints, but found element of type "
                    f"{type(size).__name__} at pos {i}"
                )
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input):
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self):
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"

"""The state of a module as a dictionary: what a checkpoint holds.

Part of `Module`. Keys, their order, shapes and types are torch's, so a saved dictionary travels both ways.

Twin:  torch.nn.Module.state_dict, torch.nn.Module.load_state_dict
"""

from collections import OrderedDict, namedtuple

from ..autograd import Tensor
from .parameter import Parameter

__all__ = ["StateDict"]


class _IncompatibleKeys(namedtuple("IncompatibleKeys", ("missing_keys", "unexpected_keys"))):
    """What load_state_dict returns: the names that one side has and the other has not."""

    __slots__ = ()

    def __repr__(self):
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()

    __str__ = __repr__


class StateDict:
    """What a Module does to be saved and loaded."""

    _version = 1  # of the layout of its state_dict

    def state_dict(self, *, destination=None, prefix="", keep_vars=False):
        """The parameters and persistent buffers by dotted name, in torch's order, over the memory of the module.

        >>> net = nn.Sequential(nn.Linear(4, 2), nn.ReLU())
        >>> {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
        {'0.weight': (2, 4), '0.bias': (2,)}
        """
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = {"version": self._version}
        for name, tensor in self._own_state().items():
            destination[prefix + name] = tensor if keep_vars else tensor.detach()
        if hasattr(self, "get_extra_state"):
            destination[prefix + "_extra_state"] = self.get_extra_state()
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        return destination

    def _own_state(self):
        buffers = {name: b for name, b in self._buffers.items() if name not in self._non_persistent_buffers_set}
        return {name: tensor for name, tensor in (self._parameters | buffers).items() if tensor is not None}

    def load_state_dict(self, state_dict, strict=True, assign=False):
        """Copy the tensors of `state_dict` into the module's (or make them the module's, if assign).

        RuntimeError that lists every key that is missing or unexpected (if strict) or of another shape.
        Returns the missing and the unexpected keys.

        >>> layer = nn.PReLU()
        >>> layer.load_state_dict({"weight": torch.tensor([0.5])})
        <All keys matched successfully>
        >>> layer.load_state_dict({}, strict=False)
        _IncompatibleKeys(missing_keys=['weight'], unexpected_keys=[])
        >>> layer.weight.tolist()
        [0.5]
        """
        if not hasattr(state_dict, "keys"):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        missing, unexpected, errors = [], [], []
        versions = getattr(state_dict, "_metadata", None) or {}
        state_dict = OrderedDict(state_dict)

        def load(module, prefix):
            version = versions.get(prefix[:-1], {}).get("version")
            module._load_own(state_dict, prefix, version, assign, missing, errors)
            known = {*module._own_state(), *(["_extra_state"] if hasattr(module, "set_extra_state") else [])}
            for key in state_dict:
                name, dot, _ = key[len(prefix) :].partition(".")
                if key.startswith(prefix) and name not in (module._modules if dot else known):
                    unexpected.append(key)
            for name, child in module._modules.items():
                if child is not None:
                    load(child, f"{prefix}{name}.")

        load(self, "")
        if strict and unexpected:
            errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
        if strict and missing:
            errors.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        if errors:
            lines = "\n\t".join(errors)
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t{lines}")
        return _IncompatibleKeys(missing, unexpected)

    def _load_own(self, state_dict, prefix, version, assign, missing, errors):
        """Load what is directly this module's; add to the lists what went wrong."""
        for name, tensor in self._own_state().items():
            key = prefix + name
            if key not in state_dict:
                missing.append(key)
                continue
            loaded = state_dict[key]
            if not isinstance(loaded, Tensor):
                errors.append(
                    f'While copying the parameter named "{key}", expected torch.Tensor or Tensor-like object from '
                    f"checkpoint but received {type(loaded)}"
                )
            elif loaded.shape != tensor.shape:
                errors.append(
                    f"size mismatch for {key}: copying a param with shape {loaded.shape} from checkpoint, "
                    f"the shape in current model is {tensor.shape}."
                )
            elif assign:
                is_parameter = isinstance(tensor, Parameter)
                setattr(self, name, Parameter(loaded.detach(), tensor.requires_grad) if is_parameter else loaded)
            else:
                tensor.array[...] = loaded.array
                tensor._writes[0] += 1
        if hasattr(self, "set_extra_state"):
            if prefix + "_extra_state" in state_dict:
                self.set_extra_state(state_dict[prefix + "_extra_state"])
            else:
                missing.append(prefix + "_extra_state")


def _quoted(keys):
    return ", ".join(f'"{key}"' for key in keys)

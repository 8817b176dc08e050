"""Module: what owns parameters, buffers and other modules, and computes something with them.

Three registries, `_parameters`, `_buffers` and `_modules`, hold what was assigned to attributes, by name and in order.
Everything else here walks the tree that they make: naming what is in it, moving it, saving it, loading it, printing it.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html
"""

from collections import OrderedDict
from types import FunctionType

from ..autograd import RemovableHandle, Tensor, no_grad
from ..dtypes import as_device, as_dtype, dtype, type_name
from .parameter import Parameter
from .state import StateDict
from .tree import Tree

__all__ = ["Module"]

_ADVICE = {
    "register_full_backward_hook": "register a hook on the layer's output or input: Tensor.register_hook",
    "register_full_backward_pre_hook": "register a hook on the layer's output: Tensor.register_hook",
    "register_backward_hook": "register a hook on the layer's output or input: Tensor.register_hook",
    "half": "its floating types are float32 and float64",
    "bfloat16": "its floating types are float32 and float64",
    "compile": "the NumPy kernels run as they are written",
    "share_memory": "its tensors live in one process",
    "to_empty": "there is no device without memory",
    "register_state_dict_pre_hook": "change the dictionary that state_dict() returns",
    "register_state_dict_post_hook": "change the dictionary that state_dict() returns",
    "register_load_state_dict_pre_hook": "change the dictionary before load_state_dict()",
    "register_load_state_dict_post_hook": "look at what load_state_dict() returns",
    "set_submodule": "assign to the attribute of the parent: net.get_submodule(parent).name = module",
}  # what torch's Module has and ours has not


class Module(Tree, StateDict):
    """The base class of every layer and network.

    >>> class Net(nn.Module):
    ...     def __init__(self):
    ...         super().__init__()  # makes the registries
    ...         self.fc = nn.Linear(4, 2)  # goes into _modules["fc"]
    ...     def forward(self, x):  # net(x) calls the hooks and this
    ...         return self.fc(x).relu()
    >>> net = Net()
    >>> net
    Net(
      (fc): Linear(in_features=4, out_features=2, bias=True)
    )
    >>> net(torch.zeros(3, 4)).shape
    torch.Size([3, 2])
    """

    def __init_subclass__(cls):
        """A layer of ours that inherits __init__ gets its own: Python's errors then name Conv2d, and not _ConvNd."""
        super().__init_subclass__()
        if "__init__" not in vars(cls) and cls.__module__.startswith(__package__):
            old = cls.__init__
            own = FunctionType(old.__code__, old.__globals__, "__init__", old.__defaults__, old.__closure__)
            own.__kwdefaults__, own.__qualname__ = old.__kwdefaults__, f"{cls.__name__}.__init__"
            cls.__init__ = own

    def __init__(self, *args, **kwargs):
        where = f"{type(self).__name__}.__init__()"
        if kwargs:
            raise TypeError(f"{where} got an unexpected keyword argument '{next(iter(kwargs))}'")
        if args:
            raise TypeError(f"{where} takes 1 positional argument but {len(args) + 1} were given")
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _non_persistent_buffers_set=set(),
            _modules={},
            _forward_pre_hooks=OrderedDict(),
            _forward_hooks=OrderedDict(),
        )

    def forward(self, *input):
        """What the module computes; every subclass says it.

        >>> class Double(nn.Module):
        ...     def forward(self, x):
        ...         return 2 * x
        >>> Double()(3)
        6
        """
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args, **kwargs):
        for hook, with_kwargs in tuple(self._forward_pre_hooks.values()):
            changed = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if changed is not None and with_kwargs:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {changed}."
                    )
                args, kwargs = changed
            elif changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
        result = self.forward(*args, **kwargs)
        for hook, with_kwargs in tuple(self._forward_hooks.values()):
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            result = result if changed is None else changed
        return result

    def register_forward_pre_hook(self, hook, *, prepend=False, with_kwargs=False):
        """Before each forward, call hook(module, args) (or with kwargs too); what it returns replaces them.

        >>> layer = nn.Identity()
        >>> handle = layer.register_forward_pre_hook(lambda module, args: args[0] * 2)
        >>> layer(3)
        6
        >>> handle.remove()
        >>> layer(3)
        3
        """
        return _register_hook(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(self, hook, *, prepend=False, with_kwargs=False, always_call=False):
        """After each forward, call hook(module, args, output); what it returns, unless None, replaces the output.

        >>> layer = nn.Linear(4, 2)
        >>> handle = layer.register_forward_hook(lambda module, args, output: print(output.shape))
        >>> y = layer(torch.zeros(3, 4))
        torch.Size([3, 2])
        """
        if always_call:
            raise NotImplementedError(
                "register_forward_hook(): minitorch_edu has no always_call=True (a hook run although forward failed)"
            )
        return _register_hook(self._forward_hooks, (hook, with_kwargs), prepend)

    # ------------------------------------------------------------------------------------------ the registries

    def register_parameter(self, name, param):
        """Make `param` (a Parameter, or None for "none here") the attribute `name`; KeyError if the name is taken.

        >>> net = nn.Module()
        >>> net.register_parameter("scale", nn.Parameter(torch.ones(2)))
        >>> net.scale
        Parameter containing:
        tensor([1., 1.], requires_grad=True)
        """
        _check_name(self, "parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' (torch.nn.Parameter or None required)"
            )
        if param is not None and not param.is_leaf:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. To "
                f"express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name, tensor, persistent=True):
        """Make `tensor` (or None) the attribute `name`: saved with the module, if persistent, but not trained.

        >>> net = nn.Module()
        >>> net.register_buffer("mean", torch.tensor([1.0]))
        >>> net.mean, list(net.state_dict()), list(net.parameters())
        (tensor([1.]), ['mean'], [])
        """
        _check_name(self, "buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' (torch Tensor or None required)"
            )
        self._buffers[name] = tensor
        (self._non_persistent_buffers_set.discard if persistent else self._non_persistent_buffers_set.add)(name)

    def add_module(self, name, module):
        """Make `module` (or None) the child `name`.

        >>> net = nn.Module()
        >>> net.add_module("act", nn.ReLU())
        >>> net.act
        ReLU()
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        _check_name(self, "module", name, "_modules")
        self._modules[name] = module

    def register_module(self, name, module):
        """Another name of `add_module`.

        >>> net = nn.Module()
        >>> net.register_module("act", nn.ReLU())
        >>> net.act
        ReLU()
        """
        self.add_module(name, module)

    def __setattr__(self, name, value):
        # A Parameter or Module goes into its registry whatever had the name; a registered name stays in its registry.
        own = self.__dict__
        for what, registry, kind, taken in _REGISTRIES:
            if isinstance(value, kind):
                if registry not in own:
                    raise AttributeError(
                        f"cannot assign {what} before Module.__init__() call; begin __init__ with super().__init__()"
                    )
                for other in (own, *(own[r] for _, r, *_ in _REGISTRIES if r != registry)):
                    other.pop(name, None)
                own["_non_persistent_buffers_set"].discard(name)
                break
            if name in own.get(registry, ()):
                if value is not None and not isinstance(value, taken):
                    raise TypeError(f"cannot assign '{typename(value)}' as {_EXPECTED[registry].format(name)}")
                break
        else:
            return object.__setattr__(self, name, value)
        if kind is Parameter and value is not None:
            self.register_parameter(name, value)
        else:
            own[registry][name] = value

    def __getattr__(self, name):  # called only for what is no ordinary attribute
        for _, registry, *_ in _REGISTRIES:
            entries = self.__dict__.get(registry, ())
            if name in entries:
                return entries[name]
        advice = f": minitorch_edu has none; {_ADVICE[name]}" if name in _ADVICE else ""
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'{advice}")

    def __delattr__(self, name):
        for _, registry, *_ in _REGISTRIES:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self):
        names = {*dir(type(self)), *self.__dict__, *self._parameters, *self._modules, *self._buffers}
        return sorted(name for name in names if not name[0].isdigit())

    # ------------------------------------------------------------------------------------------ changing all of it

    def apply(self, fn):
        """Call fn(module) for every module below and then for this one; returns self.

        >>> net = nn.Sequential(nn.Linear(4, 2), nn.ReLU()).apply(lambda module: print(type(module).__name__))
        Linear
        ReLU
        Sequential
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def train(self, mode=True):
        """Set `training`, which dropout and batch norm ask, here and below; returns self.

        >>> net = nn.Sequential(nn.Dropout())
        >>> net.train(False)[0].training, net.train()[0].training
        (False, True)
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self):
        """The same as train(False).

        >>> nn.Dropout().eval()(torch.ones(3))
        tensor([1., 1., 1.])
        """
        return self.train(False)

    def requires_grad_(self, requires_grad=True):
        """Ask, or no longer ask, for the gradient of every parameter; returns self.

        >>> nn.PReLU().requires_grad_(False).weight
        Parameter containing:
        tensor([0.2500])
        """
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none=True):
        """Forget the gradient of every parameter, or set it to zeros.

        >>> layer = nn.PReLU()
        >>> layer(torch.tensor([-3.0])).backward()
        >>> layer.weight.grad
        tensor([-3.])
        >>> layer.zero_grad()
        >>> layer.weight.grad is None
        True
        """
        for parameter in self.parameters():
            if set_to_none or parameter.grad is None:
                parameter.grad = None
            else:
                parameter.grad.zero_()

    def _apply(self, fn):
        """Replace the numbers of every parameter, its gradient and every buffer by fn(tensor)."""
        for module in self.children():
            module._apply(fn)
        with no_grad():
            for parameter in self._parameters.values():
                if parameter is not None:
                    parameter.data = fn(parameter)
                    if parameter.grad is not None:
                        parameter.grad.data = fn(parameter.grad)
            for name, buffer in self._buffers.items():
                if buffer is not None:
                    self._buffers[name] = fn(buffer)
        return self

    def to(self, *args, **kwargs):
        """to(device), to(dtype) or to(tensor): convert every floating point parameter and buffer; returns self.

        >>> nn.Linear(4, 2).to(torch.float64).weight.dtype
        torch.float64
        """
        wanted = {key: kwargs.pop(key, None) for key in ("device", "dtype")}
        for argument in args:
            if isinstance(argument, Tensor):
                wanted.update(device=argument.device, dtype=argument.dtype)
            elif isinstance(argument, dtype):
                wanted["dtype"] = argument
            elif not isinstance(argument, (bool, type(None))):  # non_blocking, copy: nothing to wait for
                wanted["device"] = argument
        unknown = kwargs.keys() - {"non_blocking", "copy"}
        if unknown:
            raise TypeError(f"to(): minitorch_edu has no argument '{min(unknown)}'")
        as_device(wanted["device"])
        if wanted["dtype"] is None:
            return self
        return self._cast(as_dtype(wanted["dtype"]))

    def _cast(self, kind):
        if not kind.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={kind}")
        return self._apply(lambda t: t.to(kind) if t.dtype.is_floating_point else t)

    def float(self):
        """Make every floating point parameter and buffer float32.

        >>> nn.Linear(4, 2).double().float().weight.dtype
        torch.float32
        """
        return self.to(as_dtype("float32"))

    def double(self):
        """Make every floating point parameter and buffer float64.

        >>> norm = nn.BatchNorm1d(2).double()
        >>> norm.running_mean.dtype, norm.num_batches_tracked.dtype
        (torch.float64, torch.int64)
        """
        return self.to(as_dtype("float64"))

    def type(self, dst_type):
        """Make every parameter and buffer, integers too, of this type.

        >>> norm = nn.BatchNorm1d(2).type(torch.float64)
        >>> norm.running_mean.dtype, norm.num_batches_tracked.dtype
        (torch.float64, torch.float64)
        """
        return self._apply(lambda t: t.to(as_dtype(dst_type)))

    def cpu(self):
        """The module itself: everything is on the CPU.

        >>> nn.Linear(4, 2).cpu().weight.device
        device(type='cpu')
        """
        return self

    def cuda(self, device=None):
        """RuntimeError that shows the way to CUDA.

        >>> net = nn.Linear(4, 2)
        >>> net = net.cuda() if torch.cuda.is_available() else net
        """
        return self.to("cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device)

    # ------------------------------------------------------------------------------------------ printing

    def _get_name(self):
        return type(self).__name__

    def extra_repr(self):
        """What is printed of the module itself, between the parentheses.

        >>> class Scale(nn.Module):
        ...     def extra_repr(self):
        ...         return "factor=2"
        >>> Scale()
        Scale(factor=2)
        """
        return ""

    def __repr__(self):
        lines = self.extra_repr().split("\n") if self.extra_repr() else []
        if len(lines) == 1 and not self._modules:
            return f"{self._get_name()}({lines[0]})"
        lines += [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        inside = "".join(f"\n  {line}" for line in lines) + "\n" if lines else ""
        return f"{self._get_name()}({inside})"


_REGISTRIES = (
    ("parameters", "_parameters", Parameter, ()),
    ("module", "_modules", Module, ()),
    ("buffer", "_buffers", (), Tensor),
)  # what it is called, where it is, the values that go there, the values that a name registered there may take besides

_EXPECTED = {
    "_parameters": "parameter '{}' (torch.nn.Parameter or None expected)",
    "_modules": "child module '{}' (torch.nn.Module or None expected)",
    "_buffers": "buffer '{}' (torch.nn.Buffer, torch.Tensor or None expected)",
}


def _check_name(module, what, name, registry):
    """The error that torch raises for a name that cannot be registered."""
    if registry not in module.__dict__:
        raise AttributeError(
            f"cannot assign {what} before Module.__init__() call; begin __init__ with super().__init__()"
        )
    if not isinstance(name, str):
        raise TypeError(f"{what} name should be a string. Got {typename(name)}")
    if "." in name:
        raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
    if name == "":
        raise KeyError(f'{what} name can\'t be empty string ""')
    if hasattr(module, name) and name not in module.__dict__[registry]:
        raise KeyError(f"attribute '{name}' already exists")


def _register_hook(hooks, entry, prepend):
    handle = RemovableHandle(hooks, entry)
    if prepend:
        hooks.move_to_end(handle.key, last=False)
    return handle


def typename(thing):
    """What torch's messages call the type of a thing."""
    if isinstance(thing, Tensor):
        return f"torch.{type_name(thing.array.dtype)}Tensor"
    kind = thing if isinstance(thing, type) else type(thing)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"

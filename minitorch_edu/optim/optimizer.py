"""What all optimizers share: parameter groups, state, checkpoints, and the walk over the parameters.

An optimizer is a class with a `step`, which makes one update of every parameter that has a gradient:

    in_blocks((partial(self._update, group), p, p.grad) for group, p in self.with_gradient())

    def _update(self, group, theta, g):
        theta -= group["lr"] * g

`param_groups` is a list of dictionaries, each with "params" and its options; `state` keeps what the updates remember
of each parameter.

Twin:  torch.optim.Optimizer
"""

import collections
import copy
import functools
import warnings

import numpy as np

from ..autograd import RemovableHandle, Tensor, enable_grad, no_grad, wrap
from ..graph import owner
from ..threads import blocks, share

__all__ = ["Optimizer"]

BLOCK = 2**18  # numbers; what an update reads and writes of a block stays in the cache from one line to the next


class Optimizer:
    """The base of all optimizers: params are tensors, (name, tensor) pairs, or dictionaries that make groups.

    defaults: {option: value} for the groups that do not say otherwise. Raises TypeError for a single tensor, ValueError
    if there are no parameters.

    >>> first, second = nn.Linear(2, 2), nn.Linear(2, 1)
    >>> groups = [{"params": first.parameters(), "lr": 0.5}, {"params": second.parameters()}]
    >>> optimizer = optim.SGD(groups, lr=0.1)
    >>> [(group["lr"], len(group["params"])) for group in optimizer.param_groups]
    [(0.5, 2), (0.1, 2)]
    """

    def __init__(self, params, defaults):
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"{params.type()}; use [tensor]"
            )
        self.defaults = defaults
        self.state = collections.defaultdict(dict)
        self.param_groups = []
        self._pre_hooks, self._post_hooks = {}, {}
        self._stepped = False  # whether step() was ever called: schedulers ask
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def __init_subclass__(cls):
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)

    def __repr__(self):
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            options = [f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params"]
            text += f"\nParameter Group {i}\n" + "".join(options)
        return text + ")"

    # The update

    def step(self, closure=None):
        """Update every parameter that has a gradient; return closure(), the loss, if there is one.

        >>> x, unused = torch.tensor([3.0], requires_grad=True), torch.tensor([3.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> optim.SGD([x, unused], lr=0.5).step()  # 3 - 0.5 * 6
        >>> x, unused
        (tensor([0.], requires_grad=True), tensor([3.], requires_grad=True))
        """
        raise NotImplementedError

    def evaluate(self, closure):
        """The loss that the closure computes anew, with its gradients; None without a closure.

        >>> sgd = optim.SGD([torch.ones(1, requires_grad=True)])
        >>> sgd.evaluate(lambda: 0.5), sgd.evaluate(None)
        (0.5, None)
        """
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def with_gradient(self):
        """Yield (group, parameter) for each parameter with a gradient, and note that the parameter is written to.

        RuntimeError for one that is expanded, so that some of its elements lie at one place.

        >>> weight, frozen = torch.ones(2, requires_grad=True), torch.ones(2)
        >>> weight.sum().backward()
        >>> with torch.no_grad():  # as in a step
        ...     print([(group["lr"], p is weight) for group, p in optim.SGD([weight, frozen], lr=0.1).with_gradient()])
        [(0.1, True)]
        """
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    p._check_writable()
                    yield group, p
                    p._writes[0] += 1

    def zero_grad(self, set_to_none=True):
        """Forget all gradients, or fill them with zeros.

        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> optimizer = optim.SGD([x])
        >>> (x * x).sum().backward()
        >>> (x * x).sum().backward()  # backward adds
        >>> x.grad
        tensor([12.])
        >>> optimizer.zero_grad()
        >>> print(x.grad)
        None
        """
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    p.grad = None
                elif p.grad is not None:
                    p.grad.zero_()

    def register_step_pre_hook(self, hook):
        """Call hook(optimizer, args, kwargs) before each step; it may return other (args, kwargs).

        >>> optimizer = optim.SGD([torch.ones(1, requires_grad=True)])
        >>> handle = optimizer.register_step_pre_hook(lambda optimizer, args, kwargs: print("before the step"))
        >>> optimizer.step()
        before the step
        >>> handle.remove()
        """
        return RemovableHandle(self._pre_hooks, hook)

    def register_step_post_hook(self, hook):
        """Call hook(optimizer, args, kwargs) after each step.

        >>> optimizer = optim.SGD([torch.ones(1, requires_grad=True)])
        >>> handle = optimizer.register_step_post_hook(lambda optimizer, args, kwargs: print("after the step"))
        >>> optimizer.step()
        after the step
        >>> handle.remove()
        """
        return RemovableHandle(self._post_hooks, hook)

    # Groups

    def add_param_group(self, param_group):
        """Add {"params": tensors, option: value, ..}; options that are left out are the optimizer's defaults.

        Raises TypeError or ValueError for what cannot be optimized, ValueError for a parameter that is there already.

        >>> optimizer = optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1, momentum=0.9)
        >>> optimizer.add_param_group({"params": nn.Linear(2, 1).parameters(), "lr": 0.5})
        >>> [(group["lr"], group["momentum"]) for group in optimizer.param_groups]
        [(0.1, 0.9), (0.5, 0.9)]
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets "
                "will change between runs. Please use a list instead."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        names = [param[0] for param in params if isinstance(param, tuple)]
        if names and len(names) != len(params):
            raise ValueError("all optimizer params should be with/without names. Some param names are missing")
        if names:
            param_group["param_names"], params = names, [tensor for _, tensor in params]
        param_group["params"] = params
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
        if len(set(params)) != len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters", stacklevel=4)
        for group in self.param_groups:
            if bool(names) != ("param_names" in group):
                raise ValueError(
                    "all optimizer param groups should be with/without names. cannot add param group "
                    f"{'with' if names else 'without'} names to the optimizer"
                )
            if not set(params).isdisjoint(group["params"]):
                raise ValueError("some parameters appear in more than one parameter group")
        for name, default in self.defaults.items():
            param_group.setdefault(name, default)
        self.param_groups.append(param_group)

    # Checkpoints

    def state_dict(self):
        """{"state": {number of the parameter: what is remembered of it}, "param_groups": [options and numbers]}.

        >>> x = torch.tensor([3.0], requires_grad=True)
        >>> optimizer = optim.SGD([x], lr=0.5, momentum=0.9)
        >>> x.grad = torch.tensor([6.0])
        >>> optimizer.step()
        >>> kept = optimizer.state_dict()
        >>> kept["state"]
        {0: {'momentum_buffer': tensor([6.])}}
        >>> [kept["param_groups"][0][option] for option in ("params", "lr", "momentum")]
        [[0], 0.5, 0.9]
        """
        number = {p: i for i, p in enumerate(p for group in self.param_groups for p in group["params"])}
        groups = []
        for group in self.param_groups:
            options = {key: option for key, option in group.items() if key != "params"}
            groups.append(options | {"params": [number[p] for p in group["params"]]})
        return {"state": {number.get(p, p): state for p, state in self.state.items()}, "param_groups": groups}

    def load_state_dict(self, state_dict):
        """Continue from a `state_dict()`, of this library or of torch; what is loaded is copied.

        ValueError if the numbers of groups or of their parameters differ.

        >>> x = torch.ones(1, requires_grad=True)
        >>> optimizer = optim.SGD([x], lr=0.5)
        >>> optimizer.load_state_dict(optim.SGD([x], lr=0.1).state_dict())
        >>> optimizer.param_groups[0]["lr"]
        0.1
        """
        saved = copy.deepcopy(state_dict["param_groups"])
        if len(saved) != len(self.param_groups):
            raise ValueError(
                "loaded state dict has a different number of parameter groups: "
                f"{len(saved)}, but the optimizer has {len(self.param_groups)}"
            )
        owner = {}
        for i, (group, ours) in enumerate(zip(saved, self.param_groups)):
            if len(group["params"]) != len(ours["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group: "
                    f"group {i} has {len(group['params'])} parameters, but the optimizer's has {len(ours['params'])}"
                )
            owner.update(zip(group["params"], ours["params"]))
            group["params"] = ours["params"]
            for name in ours:
                if name in self.defaults or name == "param_names":
                    group.setdefault(name, ours[name])
        self.state = collections.defaultdict(dict)
        for key, remembered in state_dict["state"].items():
            p = owner.get(key, key)
            self.state[p] = {name: _loaded(name, value, p) for name, value in remembered.items()}
        self.param_groups = saved


def _with_hooks(step):
    """A `step` that calls the hooks before and after, and records no gradients."""

    @functools.wraps(step)
    def call(self, *args, **kwargs):
        for hook in list(self._pre_hooks.values()):
            (_, *args), kwargs = hook(self, (self, *args), kwargs) or ((self, *args), kwargs)
        self._stepped = True
        with no_grad(), np.errstate(all="ignore"):
            loss = step(self, *args, **kwargs)
        for hook in list(self._post_hooks.values()):
            hook(self, (self, *args), kwargs)
        return loss

    return call


def _loaded(name, value, p):
    """A copy of one remembered value: a tensor in its parameter's dtype, but the number of steps always in float32."""
    if name == "step":
        return wrap(np.array(scalar(value), np.float32))
    return wrap(value.array.astype(p.array.dtype, order="K")) if isinstance(value, Tensor) else copy.deepcopy(value)


# ------------------------------------------------------------------------------------- what the updates are made of


def in_blocks(updates):
    """Of each (update, *tensors), tensors of one shape, call update(*arrays) with matching pieces of them: all pieces.

    The lines of an update are elementwise, so one may do them all on the first piece before the second is touched: the
    intermediate results then never leave the processor's cache, and each tensor goes through memory only once. Each
    thread has pieces of its own. In place of a tensor there may be None: it comes as it is.
    """
    all_arrays = [(update, [t if t is None else t.array for t in tensors]) for update, *tensors in updates]
    memory = [id(owner(array)) for _, arrays in all_arrays for array in arrays[:2]]  # of parameters and gradients
    apart = len(set(memory)) == len(memory)
    flat, total = [], 0
    for update, arrays in all_arrays:
        if apart and all(array is None or array.flags.c_contiguous for array in arrays):
            flat.append((update, [array if array is None else array.reshape(-1) for array in arrays]))
            total += arrays[0].size
        else:  # in other orders of memory, or where one is a view of another: one after the other
            update(*arrays)

    def compute(part):  # a slice of all numbers
        end = 0
        for update, arrays in flat:
            begin, end = end, end + arrays[0].size
            here = slice(max(part.start, begin) - begin, min(part.stop, end) - begin)
            for piece in blocks(here, BLOCK):
                update(*(array if array is None else array[piece] for array in arrays))

    share(compute, total, total)


def advance(state):
    """Count one more step of a parameter; the count t is kept in a 0-d float32 tensor, as torch keeps it."""
    state["step"].array[...] += 1
    return state["step"].array.item()


def scalar(value):
    """A Python number, also for a tensor of one element."""
    return value.array.item() if isinstance(value, Tensor) else value


def check_options(optimizer, lr, **options):
    """ValueError unless the learning rate, and each option given by its name in the message, is 0 or more."""
    if isinstance(lr, Tensor) and lr.array.size != 1:
        raise ValueError(f"Tensor lr must be 1-element, got {list(lr.shape)}; {type(optimizer).__name__}()")
    for name, value in ({"learning rate": lr} | options).items():
        if not scalar(value) >= 0:
            raise ValueError(f"Invalid {name}: {value}")


def one_implementation(optimizer, **options):
    """NotImplementedError if one of torch's options that choose between implementations is switched on."""
    for name, value in options.items():
        if value:
            raise NotImplementedError(
                f"{type(optimizer).__name__}({name}=True): minitorch_edu has one implementation of each optimizer, "
                f"without {name}; leave the option out"
            )

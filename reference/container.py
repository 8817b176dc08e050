"""Modules that hold modules and parameters, what is done to all parameters at once, and the base classes."""

import importlib

import numpy as np
from hypothesis import strategies as st

from .draw import arrays, options, shapes
from .program import program
from .record import Call, Illegal, Op
from .reduce import numbers
from .shape import unflattens

RECORDS = []

# Layers by what makes them, given nn.
MADE = {"relu": "ReLU()", "tanh": "Tanh()", "linear": "Linear(2, 2)", "norm": "BatchNorm1d(2)"}
ONE = st.sampled_from(sorted(MADE))
SOME = st.lists(ONE, max_size=3)
AT = st.integers(-3, 3)
KEY = st.sampled_from(["a", "b", "c", "keys"])


def layer(nn, name):
    return eval(f"nn.{MADE[name]}", {"nn": nn})


def row(nn, names):
    return [layer(nn, name) for name in names]


def attempt(function):
    """What a function returns, or the type of its error."""
    try:
        return function()
    except (TypeError, ValueError, IndexError, KeyError, AttributeError, RuntimeError) as error:
        return type(error).__name__


def seen(module):
    """What a container shows from outside."""
    return repr(module), len(module), list(module.state_dict()), [type(child).__name__ for child in module.children()]


# What is done to the containers: {name: (what is done, strategies of its arguments)}.
ROWS = {
    "append": (lambda nn, it, name: it.append(layer(nn, name)) is it, (ONE,)),
    "extend": (lambda nn, it, names: it.extend(row(nn, names)) is it, (SOME,)),
    "insert": (lambda nn, it, at, name: it.insert(at, layer(nn, name)) is it, (AT, ONE)),
    "pop": (lambda nn, it, at: repr(it.pop(at)), (AT,)),
    "get": (lambda nn, it, at: repr(it[at]), (AT,)),
    "cut": (lambda nn, it, a, b: repr(it[a:b]), (AT, AT)),
    "put": (lambda nn, it, at, name: it.__setitem__(at, layer(nn, name)), (AT, ONE)),
    "remove": (lambda nn, it, at: it.__delitem__(at), (AT,)),
    "add": (lambda nn, it, names: repr(it + type(it)(*row(nn, names))), (SOME,)),
}
IN_A_LIST = ROWS | {  # faults.insertion_anywhere
    "insert": (lambda nn, it, at, name: it.insert(min(at, len(it)), layer(nn, name)) is it, (st.integers(0, 3), ONE)),
}
NAMED = {
    "put": (lambda make, it, key, name: it.__setitem__(key, make(name)), (KEY, ONE)),
    "get": (lambda make, it, key: it[key], (KEY,)),
    "remove": (lambda make, it, key: it.__delitem__(key), (KEY,)),
    "pop": (lambda make, it, key: it.pop(key), (KEY,)),
    "in": (lambda make, it, key: key in it, (KEY,)),
    "update": (lambda make, it, more: it.update({key: make(name) for key, name in more.items()}),
               (st.dictionaries(KEY, ONE, max_size=2),)),
    "clear": (lambda make, it: it.clear(), ()),
}  # fmt: skip


@st.composite
def doings(draw, table, first):
    """A container's first content, and what is done to it."""
    done = draw(st.lists(st.sampled_from(sorted(table)), max_size=4))
    return Call(draw(first), [(name, *(draw(argument) for argument in table[name][1])) for name in done])


def carried_out(table, library, container, done):
    return [attempt(lambda: table[name][0](library, container, *arguments)) for name, *arguments in done]  # noqa: B023


@program(RECORDS, doings(IN_A_LIST, SOME), "nn.ModuleList")
def module_lists(torch, names, done):
    container = torch.nn.ModuleList(row(torch.nn, names))
    return carried_out(IN_A_LIST, torch.nn, container, done), seen(container)


@program(RECORDS, doings(ROWS, SOME), "nn.Sequential", "nn.Module")
def sequentials(torch, names, done):
    container = torch.nn.Sequential(*row(torch.nn, names))
    found = carried_out(ROWS, torch.nn, container, done)
    return found, seen(container), attempt(lambda: container(torch.ones(3, 2)).shape)


@program(RECORDS, doings(NAMED, st.dictionaries(KEY, ONE, max_size=3)), "nn.ModuleDict")
def module_dicts(torch, names, done):
    make = lambda name: layer(torch.nn, name)
    container = torch.nn.ModuleDict({key: make(name) for key, name in names.items() if key != "keys"})
    found = [repr(one) for one in carried_out(NAMED, make, container, done)]
    return found, seen(container), list(container.keys())


@program(RECORDS, doings(NAMED, st.dictionaries(KEY, ONE, max_size=3)), "nn.ParameterDict")
def parameter_dicts(torch, names, done):
    make = lambda name: torch.nn.Parameter(torch.full((len(name),), 2.0))
    container = torch.nn.ParameterDict({key: make(name) for key, name in names.items() if key != "keys"})
    found = carried_out(NAMED, make, container, done)
    return found, repr(container), dict(container.state_dict()), list(container.keys()), container.get("a")


@program(RECORDS, st.builds(Call, st.lists(arrays(shapes(0, 2, 0, 3)), max_size=3), arrays(shapes(0, 1)), AT),
         "nn.ParameterList", "nn.Parameter")  # fmt: skip
def parameter_lists(torch, values, more, at):
    container = torch.nn.ParameterList(values)
    container.append(torch.nn.Parameter(more, requires_grad=False)).extend([more])
    return repr(container), list(container), attempt(lambda: container[at]), dict(container.state_dict())


@program(RECORDS, st.builds(Call, numbers(shapes(0, 2, 0, 3)), st.booleans()), "nn.Parameter")
def parameters(torch, data, requires_grad):
    made = torch.nn.Parameter(data, requires_grad=requires_grad)
    kinds = isinstance(made, torch.Tensor), made.is_leaf, made.data_ptr() == data.data_ptr()
    return made, repr(made), kinds, type(made.detach()).__name__


@program(RECORDS, st.builds(Call, arrays((2, 3), ("ties",)), st.booleans(), st.booleans(),
                            st.sampled_from(["float32", "float64"])), "nn.Module")  # fmt: skip
def modules(torch, input, persistent, training, dtype):
    class Scaled(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.full((3,), 2.0))
            self.register_buffer("count", torch.zeros(1), persistent=persistent)
            self.inner = torch.nn.Tanh()
            self.nothing = None

        def forward(self, input, times=1):
            self.count += 1
            return input * self.scale * times

    module, calls = Scaled().train(training).to(getattr(torch, dtype)), []
    handle = module.register_forward_hook(lambda module, args, output: calls.append(type(args).__name__) or output + 1)
    output = module(input.to(module.scale.dtype), times=2)
    handle.remove()
    module(input).sum().backward()
    described = repr(module), list(module.state_dict()), module.training, module.inner.training
    named = [list(dict(part)) for part in (module.named_parameters(), module.named_buffers(), module.named_modules())]
    gradient = module.scale.grad.clone()
    module.zero_grad()
    left = module.scale.grad is None, module.requires_grad_(False).scale.requires_grad
    loaded = module.load_state_dict({"scale": torch.ones(3)}, strict=False)
    return output, calls, described, named, gradient, left, tuple(loaded), module.scale, module.count


@program(RECORDS, unflattens(), "nn.Unflatten",
         illegal=(Illegal(Call(np.ones((2, 4)), 1, (3, 2)), RuntimeError, ("unflatten",)),))  # fmt: skip
def unflattening(torch, input, dim, size):
    module = torch.nn.Unflatten(dim, tuple(size))
    return repr(module), module(input)


# ------------------------------------------------------------------------------------------------ the base classes


@program(RECORDS, st.builds(Call, st.lists(st.sampled_from([0.1, 1.0, 0.5]), min_size=1, max_size=3),
                            st.integers(0, 4)), "optim.Optimizer", "optim.lr_scheduler.LRScheduler")  # fmt: skip
def written_by_a_user(torch, rates, steps):
    class Descent(torch.optim.Optimizer):
        def __init__(self, params, lr=1.0):
            super().__init__(params, {"lr": lr})

        def step(self):
            with torch.no_grad():
                for group in self.param_groups:
                    for p in group["params"]:
                        p.sub_(p.grad, alpha=group["lr"])
                        self.state[p]["steps"] = self.state[p].get("steps", 0) + 1

    class Halved(torch.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base * 0.5**self.last_epoch for base in self.base_lrs]

    parameters = [torch.ones(2, requires_grad=True) for _ in rates]
    optimizer = Descent([{"params": [p], "lr": lr} for p, lr in zip(parameters, rates)])
    scheduler, found = Halved(optimizer), []
    for _ in range(steps):
        optimizer.zero_grad()
        sum((p * p).sum() for p in parameters).backward()
        optimizer.step()
        scheduler.step()
        found.append(([p.detach().clone() for p in parameters], scheduler.get_last_lr()))
    return found, repr(optimizer), optimizer.state_dict(), scheduler.last_epoch, scheduler.base_lrs


# ------------------------------------------------------------------------------------------------ nn.utils


def library(tensor):
    return importlib.import_module(type(tensor).__module__.split(".")[0])


def with_gradients(*gradients):
    """Parameters that have these gradients, and one that has none."""
    torch = library(gradients[0])
    parameters = [torch.zeros_like(g).requires_grad_() for g in gradients]
    for p, g in zip(parameters, gradients):
        p.grad = g.clone()
    return torch.nn.utils, [*parameters, torch.zeros(2, requires_grad=True)]


def clipped_norm(*gradients, max_norm, **options):
    utils, parameters = with_gradients(*gradients)
    total = utils.clip_grad_norm_(parameters, max_norm, **options)
    return total, *[p.grad for p in parameters[:-1]]


def clipped_value(*gradients, clip_value):
    utils, parameters = with_gradients(*gradients)
    utils.clip_grad_value_(parameters, clip_value)
    return [p.grad for p in parameters[:-1]]


def total_norm(*tensors, **options):
    return library(tensors[0]).nn.utils.get_total_norm(tensors, **options)


def one_vector(*tensors):
    return library(tensors[0]).nn.utils.parameters_to_vector(tensors)


def of_one_vector(*tensors):
    """Tensors of these shapes, filled with 0, 1, 2, ..."""
    torch = library(tensors[0])
    others = [tensor.detach().clone() for tensor in tensors]
    vector = torch.arange(sum(tensor.numel() for tensor in tensors), dtype=tensors[0].dtype)
    torch.nn.utils.vector_to_parameters(vector, others)
    return others


@st.composite
def several(draw, kinds=("normal", "ties", "strided"), low=0, **chosen):
    tensors = draw(st.lists(arrays(shapes(0, 3, low, 3), kinds), min_size=1, max_size=3))
    return Call(*tensors, **draw(st.fixed_dictionaries(chosen)))


ANY_NORM = options(norm_type=st.sampled_from([1.0, 2.0, 2, 2.5]), error_if_nonfinite=st.booleans())
MOST = options(norm_type=st.sampled_from([float("inf"), float("-inf")]), error_if_nonfinite=st.booleans())
BOUND = {"max_norm": st.sampled_from([0.5, 1, 100.0])}
PLAIN = ("normal", "ties")  # faults.strided_parameters
X, BAD = np.ones(3), np.array([1.0, np.inf])
NONFINITE = (Illegal(Call(BAD, error_if_nonfinite=True), RuntimeError, ("total norm of order 2.0", "non-finite")),)


def utility(name, calls, both, illegal=(), **more):
    return Op(f"nn.utils.{name}", calls, both=both, covers=(f"nn.utils.{name}",), illegal=illegal, **more)


def with_options(calls, chosen):
    return st.builds(lambda call, more: Call(*call.args, **call.kwargs, **more), calls, chosen)


def with_norms(**chosen):
    """Tensors with the options of a norm; nothing has no largest number."""
    return with_options(several(**chosen), ANY_NORM) | with_options(several(low=1, **chosen), MOST)


RECORDS += [
    utility("clip_grad_norm_", with_norms(**BOUND), clipped_norm, gradients=False, illegal=(
        Illegal(Call(BAD, max_norm=1.0, error_if_nonfinite=True), RuntimeError, ("non-finite",)),
        Illegal(Call(X, max_norm=1.0, foreach=True), NotImplementedError, ("foreach",)))),
    utility("clip_grad_value_", several(clip_value=st.sampled_from([0.5, 1, 100.0])), clipped_value, gradients=False),
    utility("get_total_norm", with_norms(), total_norm, NONFINITE, gradients=False),
    utility("parameters_to_vector", several(PLAIN), one_vector),
    utility("vector_to_parameters", several(), of_one_vector, gradients=False),
]  # fmt: skip

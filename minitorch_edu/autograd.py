"""Reverse-mode differentiation: the op decorator, backward and grad. Nothing here knows any operator.

An operator is a NumPy function that returns its value and, for each input, the function that carries a gradient back:

    @op
    def mul(input, other):
        return input * other, {"input": lambda g: g * other, "other": lambda g: g * input}

`op` makes it a function of tensors. If an input requires a gradient, the output remembers a Node of the graph
(graph.py): the gradient functions, and for each the place that its result goes to. `backward` walks through the nodes.

What an operator needs again for its gradient is what its gradient functions close over, and nothing else: freeing the
functions frees the memory, and their arrays are the ones that must not be overwritten in the meantime.

Twin:   https://docs.pytorch.org/docs/stable/autograd.html
"""

import functools
import itertools
import sys

import numpy as np

from .grad_mode import enable_grad, grad_mode, inference_mode, is_grad_enabled, no_grad, set_grad_enabled
from .graph import Node, RemovableHandle, owner, propagate, record
from .tensor import Tensor, bare, computed, settled, show, wrap

__all__ = ["Node", "RemovableHandle", "Tensor", "backward", "bare", "broadcast_error", "enable_grad", "grad",
           "inference_mode", "inplace", "is_grad_enabled", "no_grad", "op", "record", "renamed", "set_grad_enabled",
           "settled", "torchs_names", "wrap"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ operators


def op(function=None, *, name=None, view=False, memory="preserve"):
    """Make a function of tensors from a NumPy function that returns (value, {input's name: gradient function}).

    name: what torch calls the Node, if not the function's own name in capitals; or a function that tells it from the
    value and the arguments, for torch numbers the forms of a function (SumBackward0, SumBackward1). view: the value may
    be a view of the first input; if it is the very array, the result is the very tensor. A value may be a (named)
    tuple: its first entry is differentiable, the others (indices) are not. An input may be a list of tensors: its entry
    is then a list of gradient functions. An entry may be None. memory: how torch's result lies, "preserve" (as the
    inputs do), "contiguous", or "channels_last" (contiguous, unless an input has its channels last).

    >>> @torch.autograd.op
    ... def twice(input):
    ...     return 2 * input, {"input": lambda g: 2 * g}
    >>> twice(torch.tensor([1., 2.], requires_grad=True))
    tensor([2., 4.], grad_fn=<TwiceBackward0>)
    """
    if function is None:
        return functools.partial(op, name=name, view=view, memory=memory)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    public = function.__name__.strip("_").removesuffix("_all").removesuffix("_along")  # of a half: _max_all is max
    position = {name: i for i, name in enumerate(names)}
    keepdim = position.get("keepdim")
    name = name or "".join(map(str.title, function.__name__.split("_"))) + "Backward0"

    @functools.wraps(function)
    def call(*args, **kwargs):
        if not kwargs.keys() <= position.keys():
            kwargs = torchs_names(kwargs, position)
        if keepdim is not None:
            _check_keepdim(public, args[keepdim] if keepdim < len(args) else kwargs.get("keepdim"), keepdim)
        if view and isinstance(first := args[0] if args else kwargs.get(names[0]), Tensor):
            settled(first)
        try:
            arrays = [a.array if isinstance(a, Tensor) else _no_array(a) for a in args]
            options = {key: bare(argument) for key, argument in kwargs.items()} if kwargs else kwargs
            with np.errstate(all="ignore"):  # inf and nan are values, as in torch
                value, gradients = function(*arrays, **options)
        except (AttributeError, TypeError) as error:
            raise _argument_error(public, names, args, error) from error
        except ValueError as error:
            raise _shape_error(public, arrays, error) from error
        several = isinstance(value, tuple)
        outputs = [wrap(np.asarray(entry)) for entry in value] if several else [wrap(np.asarray(value))]
        out = outputs[0]
        if view:
            if value is first.array:
                return first
            if owner(out.array) is owner(first.array):
                rest = options if args else {key: options[key] for key in options if key != names[0]}
                show(first, out, lambda array: function(array, *arrays[1:], **rest)[0])
        elif not all(output.array.flags.c_contiguous for output in outputs):
            _loosen(outputs, (*args, *kwargs.values()), memory)
        if gradients and grad_mode.enabled and out.array.dtype.kind == "f":
            tensors, functions = [], []
            for key, gradient in gradients.items():
                place = position[key]
                argument = args[place] if place < len(args) else kwargs.get(key)
                if isinstance(argument, Tensor):
                    tensors.append(argument)
                    functions.append(gradient)
                elif isinstance(argument, (list, tuple)):
                    tensors.extend(argument)
                    functions.extend(gradient)
            label = name(value, *arrays, **options) if callable(name) else name
            out._node = record(label, out.array, tensors, functions, out._writes)
        if not several:
            return out
        return type(value)._make(outputs) if hasattr(value, "_make") else tuple(outputs)

    return call


def torchs_names(kwargs, names):
    """Arguments by name where NumPy's names axis and keepdims stand for dim and keepdim, as torch lets them.

    >>> torch.autograd.torchs_names({"axis": 1}, ("input", "dim"))
    {'dim': 1}
    """
    also = {"axis": "dim", "keepdims": "keepdim"}
    return {
        also[key] if also.get(key) in names and key not in names and also[key] not in kwargs else key: kwargs[key]
        for key in kwargs
    }


def _check_keepdim(name, keepdim, position):
    """TypeError for a number, which is easily meant as a second axis: sum(x, 0, 1)."""
    if not isinstance(keepdim, (bool, np.bool_, type(None))):
        kind = type(keepdim).__name__
        raise TypeError(f"{name}(): argument 'keepdim' (position {position}) must be bool, not {kind}")


def _loosen(outputs, arguments, memory):
    """Mark what is not contiguous as `_loose`, unless torch's would not be contiguous either; memory: see `op`."""
    for argument in arguments if memory != "contiguous" else ():
        for tensor in argument if isinstance(argument, (list, tuple)) else [argument]:
            if isinstance(tensor, Tensor) and not (tensor._loose or tensor.array.flags.c_contiguous):
                if memory == "preserve" or _has_channels_last(tensor.array):
                    return
    for output in outputs:
        output._loose = not output.array.flags.c_contiguous


def _has_channels_last(array):
    return array.ndim in (4, 5) and np.moveaxis(array, 1, -1).flags.c_contiguous


def renamed(tensor, name):
    """The tensor, with the Node that computed it called by another name.

    >>> torch.autograd.renamed(torch.ones(1, requires_grad=True) * 2, "DoubleBackward0")
    tensor([2.], grad_fn=<DoubleBackward0>)
    """
    if tensor._node is not None:
        tensor._node._name = name
    return tensor


def inplace(function):
    """The in-place form of an operator: mul becomes mul_, which leaves its result in its first argument.

    >>> x = torch.tensor([1, 2])
    >>> torch.autograd.inplace(torch.neg)(x) is x, x
    (True, tensor([-1, -2]))
    """

    @functools.wraps(function)
    def call(self, *args, **kwargs):
        result = function(self, *args, **kwargs)
        if kwargs.get("dtype") is not None and result.dtype is not self.dtype:
            raise RuntimeError(f"{call.__name__}(): dtype={result.dtype} is not that of self, which is {self.dtype}")
        if result._node is not None and any(version is self._writes for _, version, *_ in result._node.saved):
            before = wrap(self.array.copy(order="K"))  # the gradient needs what is about to be overwritten
            before._node = self.grad_fn
            result = function(before, *args, **kwargs)
        return self._overwrite(result, call.__name__)

    call.__name__ = call.__qualname__ = function.__name__ + "_"
    call.__doc__ = f"In-place form of `{function.__name__}`: the result takes the place of self."
    return call


def _no_array(argument):
    """What an operator gets for an argument that is no tensor; TypeError for an array, which has no history."""
    if isinstance(argument, np.ndarray):
        raise TypeError("use from_numpy(array)")
    return bare(argument)


def _argument_error(name, names, args, error):
    """A TypeError in torch's words if an argument that must be a tensor is something else; `error` otherwise."""
    message = str(error)
    if "keyword argument" in message:
        return error  # Python names it
    for position, argument in enumerate(args):
        kind = type(argument).__name__
        unfit = isinstance(argument, np.ndarray) or f"'{kind}' object has no attribute" in message
        if unfit or (position == 0 and not isinstance(argument, (Tensor, int, float, list, tuple))):
            return TypeError(
                f"{name}(): argument '{names[position]}' (position {position + 1}) must be Tensor, not {kind}"
            )
    return type(error)(message if message.startswith(name) else f"{name}(): {message}")


def _shape_error(name, arrays, error):
    """A RuntimeError in torch's words if two shapes do not broadcast; `error` otherwise."""
    shapes = [array.shape for array in arrays if isinstance(array, np.ndarray)]
    fits = not str(error).startswith("operands could not be broadcast")
    return error if fits else broadcast_error(name, *shapes) or error


def broadcast_error(name, *shapes):
    """The RuntimeError that says where shapes do not broadcast; None if they do.

    >>> error = torch.autograd.broadcast_error("add", (2, 3), (2,))
    >>> print(str(error).partition(": got")[0])
    add(): The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 1
    """
    for a, b in itertools.combinations(shapes, 2):
        for back in range(1, 1 + min(len(a), len(b))):
            if a[-back] != b[-back] and 1 not in (a[-back], b[-back]):
                return RuntimeError(
                    f"{name}(): The size of tensor a ({a[-back]}) must match the size of tensor b ({b[-back]}) at "
                    f"non-singleton dimension {max(len(a), len(b)) - back}: got shapes {list(a)} and {list(b)}"
                )
    return None


# ------------------------------------------------------------------------------------------------ backward


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, inputs=None):
    """Add dL/d(leaf) to the `.grad` of the leaves (or of `inputs` only) that the tensors were computed from.

    grad_tensors: dL/d(tensor), shaped like each tensor; may be left out for scalars. RuntimeError if there is nothing
    to differentiate, if a saved value was overwritten, or if the graph was freed (retain_graph=False) before.

    >>> x = torch.tensor([1., 2.], requires_grad=True)
    >>> torch.autograd.backward(x * x, torch.tensor([1., 10.]))
    >>> x.grad
    tensor([ 2., 40.])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    _no_double_backward(create_graph)
    inputs = [inputs] if isinstance(inputs, Tensor) else inputs
    if inputs is not None and len(inputs) == 0:
        raise RuntimeError("backward(): 'inputs' argument to backward() cannot be empty.")
    wanted = {tensor.grad_fn: tensor for tensor in inputs or () if not tensor.is_leaf}
    roots = _roots(tensors, grad_tensors, "gradient=")
    with no_grad(), np.errstate(all="ignore"):
        results = propagate(roots, retain_graph, wanted)
        while results:
            target, g = results.popitem()
            tensor = wanted.get(target, target)
            if not tensor.requires_grad or (inputs is not None and not any(tensor is one for one in inputs)):
                continue  # frozen since it was used, or not asked for
            if tensor.grad is None:  # g itself, if nobody else can see it
                taken = g.strides == tensor.array.strides and _references(g) in _ALONE
                tensor.grad = wrap(g if taken else np.empty_like(tensor.array))
                if not taken:
                    tensor.grad.array[...] = g
            else:
                tensor.grad.array += g
                tensor.grad._writes[0] += 1


def _backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
    """Add dL/d(leaf) to the `.grad` of every leaf that this tensor L was computed from (see `autograd.backward`).

    >>> x = torch.tensor([1., 2.], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """
    backward(self, gradient, retain_graph, create_graph, inputs)


Tensor.backward = _backward


def _references(g):
    """How many refer to a writeable array, and to the memory's owner (another one, if g is a view of all of it).

    Whoever could see a change of g - a tensor, a closure, a view, a hook's list - refers to one of the two.
    """
    memory = g if g.base is None else g.base
    if type(memory) is np.ndarray and memory.base is None and memory.size == g.size and g.flags.writeable:
        return memory is g, sys.getrefcount(g), sys.getrefcount(memory)
    return None


def _references_of_local_names():
    array, view = np.empty(1), np.empty(1)[:]
    return _references(array), _references(view)


_ALONE = _references_of_local_names()  # counts of an array that a local name alone refers to: Pythons count differently


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None, *,
         materialize_grads=False):  # fmt: skip
    """Return dL/d(input) for each input, without touching any `.grad`.

    RuntimeError if an input was not used, unless allow_unused: its gradient is then None; or materialize_grads: zeros.

    >>> x = torch.tensor(3., requires_grad=True)
    >>> torch.autograd.grad(x * x, x), x.grad
    ((tensor(6.),), None)

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    _no_double_backward(create_graph)
    if materialize_grads and allow_unused is False:
        raise ValueError("Expected allow_unused to be True or not passed when materialize_grads=True, but got: "
                         "allow_unused=False.")  # fmt: skip
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    roots = _roots(outputs, grad_outputs, "grad_outputs=")
    for tensor in inputs:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keys = [tensor.grad_fn or tensor for tensor in inputs]
    with no_grad(), np.errstate(all="ignore"):
        results = propagate(roots, retain_graph, set(keys))
    unused = next((i for i, key in enumerate(keys) if key not in results), None)
    if unused is not None and not (allow_unused or materialize_grads):
        raise RuntimeError(
            f"The differentiated Tensor at index {unused} appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    if materialize_grads:
        results = {key: np.zeros_like(tensor.array) for key, tensor in zip(keys, inputs)} | results
    return tuple(computed(results[key]) if key in results else None for key in keys)


def _roots(tensors, gradients, what):
    """Pair the outputs with their gradients; a scalar's is 1 if not given."""
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    gradients = [gradients] if isinstance(gradients, Tensor) else gradients
    gradients = [None] * len(tensors) if gradients is None else list(gradients)
    if len(gradients) != len(tensors):
        raise RuntimeError(f"{what}: got {len(tensors)} tensors and {len(gradients)} gradients")
    roots = []
    for i, (tensor, gradient) in enumerate(zip(tensors, gradients)):
        array = tensor.array
        if not tensor.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if gradient is None:
            if array.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs; this one has shape {list(array.shape)}: "
                    f"sum() it, or give {what}"
                )
            gradient = np.ones(array.shape, array.dtype)
        elif not isinstance(gradient, Tensor):
            raise TypeError(f"{what}: gradients can be either Tensors or None, but got {type(gradient).__name__}")
        elif gradient.shape != tensor.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {gradient.shape} and output[{i}] has a shape of "
                f"{tensor.shape}."
            )
        else:
            gradient = np.asarray(gradient.array, array.dtype)
        roots.append((tensor, gradient))
    return roots


def _no_double_backward(create_graph):
    if create_graph:
        raise NotImplementedError("create_graph=True: minitorch_edu differentiates once; its gradients have no graph")

"""Tensor and reverse-mode differentiation. Nothing here knows any operator.

An operator is a NumPy function that returns its value and, for each input, the function that carries a gradient back:

    @op
    def mul(input, other):
        return input * other, {"input": lambda g: g * other, "other": lambda g: g * input}

`op` makes it a function of tensors. If an input requires a gradient, the output remembers a Node: the gradient
functions, and for each the place that its result goes to. `backward` visits the nodes from the newest to the oldest.
A node is always younger than what it was computed from, so when its turn comes its gradient is complete:

    dL/dx = sum over the uses y of x of  (dy/dx)^T dL/dy

What an operator needs again for its gradient is what its gradient functions close over, and nothing else: freeing the
functions frees the memory, and their arrays are the ones that must not be overwritten in the meantime.

Source: Griewank & Walther, Evaluating Derivatives (2nd ed., 2008), chapter 3.
Twin:   https://docs.pytorch.org/docs/stable/notes/autograd.html
"""

import contextlib
import functools
import heapq
import itertools
import threading
import types

import numpy as np

from . import dtypes

__all__ = ["Tensor", "backward", "enable_grad", "grad", "inference_mode", "is_grad_enabled", "no_grad", "set_grad_enabled"]  # fmt: skip

# ------------------------------------------------------------------------------------------------ when to record


class _GradMode(threading.local):
    enabled = True


grad_mode = _GradMode()


def is_grad_enabled():
    """Whether operators are being recorded for backward."""
    return grad_mode.enabled


class set_grad_enabled(contextlib.ContextDecorator):
    """Switch recording on or off, at once and until the end of the `with` block if used as one."""

    def __init__(self, mode):
        self.mode, self.before = bool(mode), grad_mode.enabled
        grad_mode.enabled = self.mode

    def __enter__(self):
        pass

    def __exit__(self, *exception):
        grad_mode.enabled = self.before


class no_grad(contextlib.ContextDecorator):
    """A block, or a function, in which no operator is recorded: `with no_grad():` or `@no_grad()`."""

    enabled = False

    def __enter__(self):
        self.before, grad_mode.enabled = grad_mode.enabled, self.enabled

    def __exit__(self, *exception):
        grad_mode.enabled = self.before

    def _recreate_cm(self):  # a decorated function may call itself
        return type(self)()


class enable_grad(no_grad):
    """A block, or a function, in which operators are recorded although a `no_grad` surrounds it."""

    enabled = True


class inference_mode(no_grad):
    """As `no_grad`; its tensors may be used in later gradients all the same."""

    def __init__(self, mode=True):
        self.enabled = not mode

    def _recreate_cm(self):
        return type(self)(not self.enabled)


# ---------------------------------------------------------------------------------------------------- tensors


class Tensor:
    """An n-dimensional array that remembers how it was computed.

    `Tensor(...)` itself is torch's old constructor: float32 from data, or of the given sizes with arbitrary numbers.
    Use `tensor(data)`, which keeps the type of its data. The numbers are in `.array`, a NumPy array.
    """

    grad = None  # dL/d(self) after backward, if self is a leaf
    _node = None  # the Node that computed self; None for a leaf
    _hooks = None
    _base = _view = _seen = (
        None  # of a view: whose memory it shows, array -> view, and the base's Node it was made from
    )
    __array_priority__ = 1000  # ndarray * Tensor is the Tensor's to answer

    def __new__(cls, *data, **kwargs):
        self = object.__new__(cls)
        self._requires_grad = False
        self._version = [0]  # the number of writes so far; one list for all tensors over the same memory
        return self

    def __init__(self, *data):
        if all(isinstance(n, int) for n in data):
            self.array = np.empty(data, np.float32)
        elif len(data) == 1:
            self.array = np.array(bare(data[0]), np.float32)
        else:
            raise TypeError("Tensor(): expected sizes or one sequence of data; use tensor([...])")

    @property
    def shape(self):
        return dtypes.Size(self.array.shape)

    @property
    def dtype(self):
        return dtypes.as_dtype(self.array.dtype)

    @property
    def device(self):
        return dtypes.cpu

    @property
    def ndim(self):
        return self.array.ndim

    # Its place in the graph

    @property
    def grad_fn(self):
        """The Node that computed this tensor; None for a leaf."""
        if self._base is not None and self._base.grad_fn is not self._seen:
            self._look_again()
        return self._node

    @property
    def is_leaf(self):
        return self.grad_fn is None

    @property
    def requires_grad(self):
        return self._requires_grad or self.grad_fn is not None

    @requires_grad.setter
    def requires_grad(self, requires_grad):
        self.requires_grad_(requires_grad)

    def requires_grad_(self, requires_grad=True):
        """Ask, or no longer ask, for the gradient of a leaf; RuntimeError for integers and for computed tensors."""
        if requires_grad and self.array.dtype.kind != "f":
            raise RuntimeError(f"only Tensors of floating point dtype can require gradients, this one has {self.dtype}")
        if not self.is_leaf and not requires_grad:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable "
                "in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
            )
        self._requires_grad = bool(requires_grad) and self.is_leaf
        return self

    def detach(self):
        """The same numbers in the same memory, as a leaf that requires no gradient."""
        out = wrap(self.array)
        out._version = self._version
        return out

    def detach_(self):
        """Forget how this tensor was computed."""
        if self._base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        self._node, self._requires_grad = None, False
        return self

    @property
    def data(self):
        """The same numbers in the same memory; writes through it go unnoticed by the check for overwritten values."""
        return wrap(self.array)

    @data.setter
    def data(self, other):
        self.array = other.array

    def backward(self, gradient=None, retain_graph=None, create_graph=False, inputs=None):
        """Add dL/d(leaf) to the `.grad` of every leaf that this tensor L was computed from (see `autograd.backward`)."""
        backward(self, gradient, retain_graph, create_graph, inputs)

    def register_hook(self, hook):
        """Call hook(gradient) when backward knows this tensor's; what it returns, unless None, replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._hooks is None:
            self._hooks = {}
        if self._node is not None:
            self._node.hooks = self._hooks
        return RemovableHandle(self._hooks, hook)

    def retain_grad(self):
        """Keep the gradient of a computed tensor in its `.grad` too."""

        def keep(gradient):
            self.grad = gradient.detach() if self.grad is None else wrap(self.grad.array + gradient.array)

        if not self.is_leaf:
            self.register_hook(keep)

    # Writing into its memory

    def _overwrite(self, result, name):
        """Give self the numbers, and the history, of `result`: the end of every in-place operation."""
        if result.shape != self.shape:
            raise RuntimeError(
                f"{name}(): output with shape {list(self.shape)} doesn't match the broadcast shape {list(result.shape)}"
            )
        if not np.can_cast(result.array.dtype, self.array.dtype, "same_kind"):
            raise RuntimeError(f"result type {result.dtype} can't be cast to the desired output type {self.dtype}")
        self._write(None, result)
        return self

    def _write(self, region, source):
        """Write tensor `source` into self.array[region], or into all of self if region is None.

        Let L be a function of the memory's new content. Then dL/d(source) is the region's part of dL/d(content), and
        dL/d(old content) is the rest of it. A view tells its base, and looks again when it is next asked.
        """
        base = self if self._base is None else self._base
        if grad_mode.enabled and base._requires_grad:
            what = "a leaf Variable" if base is self else "a view of a leaf Variable"
            raise RuntimeError(f"{what} that requires grad is being used in an in-place operation.")
        node = source.grad_fn
        if region is not None or base is not self:
            node = _record("CopySlices", base.array, *_slice_gradients(base, self._view, region, source))
        if any(step == 0 and n > 1 for step, n in zip(self.array.strides, self.array.shape)):
            raise RuntimeError(
                "unsupported operation: more than one element of the written-to tensor refers to a single memory "
                "location. Please clone() the tensor before performing the operation."
            )
        self.array[... if region is None else region] = source.array
        self._version[0] += 1
        if grad_mode.enabled:
            base._node = node

    def _look_again(self):
        """Its base was computed anew since this view was made: be a view of what the base is now."""
        base, view = self._base, self._view

        def grad_base(g):
            places = np.empty_like(base.array, dtype=np.intp)  # in the memory layout that the view was made from
            places[...] = np.arange(places.size).reshape(places.shape)
            whole = np.zeros(places.shape, g.dtype)
            np.add.at(whole.reshape(-1), view(places).ravel(), g.ravel())  # an expanded view shows a place repeatedly
            return whole

        self._seen = base.grad_fn
        self._node = _record("AsStridedBackward0", self.array, [base], [grad_base])

    # As Python and NumPy see it

    def __hash__(self):
        return id(self)

    def __array__(self, dtype=None, copy=None):
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __reduce__(self):
        return _rebuild, (type(self), self.array, self._requires_grad)

    def __deepcopy__(self, memo):
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment. "
                "Use .detach() to copy a computed one."
            )
        out = memo[id(self)] = _rebuild(type(self), self.array.copy(order="K"), self._requires_grad)
        out.grad = None if self.grad is None else wrap(self.grad.array.copy(order="K"))
        return out


def wrap(array, requires_grad=False):
    """The tensor over an array, without a copy. Every tensor of the library comes from here."""
    self = Tensor.__new__(Tensor)
    self.array = array
    if requires_grad:
        self.requires_grad_()
    return self


def _rebuild(kind, array, requires_grad):
    self = kind.__new__(kind)
    self.array, self._requires_grad = array, requires_grad
    return self


def _slice_gradients(base, view, region, source):
    region = ... if region is None else region
    view = view or (lambda whole: whole)

    def grad_base(g):
        rest = np.empty_like(base.array)
        rest[...] = g
        view(rest)[region] = 0
        return rest

    def grad_source(g):
        content = np.empty_like(base.array)
        content[...] = g
        return view(content)[region]

    return [base, source], [grad_base, grad_source]


# ------------------------------------------------------------------------------------------------ operators


def op(function=None, *, name=None, view=False):
    """Make a function of tensors from a NumPy function that returns (value, {input's name: gradient function}).

    name: what torch calls the Node, if not the function's own name in capitals; or a function that tells it from the
    value and the arguments, for torch numbers the forms of a function (SumBackward0, SumBackward1). view: the value may
    be a view of the first input. A value may be a (named) tuple: its first entry is differentiable, the others
    (indices) are not. An input may be a list of tensors: its entry is then a list of gradient functions. An entry may
    be None.
    """
    if function is None:
        return functools.partial(op, name=name, view=view)
    code = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    node_name = name or "".join(map(str.title, function.__name__.split("_"))) + "Backward0"

    @functools.wraps(function)
    def call(*args, **kwargs):
        bare_args = [bare(argument) for argument in args]
        bare_kwargs = {key: bare(argument) for key, argument in kwargs.items()} if kwargs else kwargs
        try:
            with np.errstate(all="ignore"):  # inf and nan are values, as in torch
                value, gradients = function(*bare_args, **bare_kwargs)
        except (AttributeError, TypeError) as error:
            raise _argument_error(function.__name__, names, args, kwargs, error) from error
        if isinstance(value, tuple):
            outputs = [wrap(np.asarray(entry)) for entry in value]
        else:
            outputs = [wrap(np.asarray(value))]
        out = outputs[0]
        inputs = dict(zip(names, args), **kwargs)
        if view and _owner(out.array) is _owner(inputs[names[0]].array):
            rest = bare_args[1:]
            _show(inputs[names[0]], out, lambda array: function(array, *rest, **bare_kwargs)[0])
        if gradients and grad_mode.enabled and out.array.dtype.kind == "f":
            tensors, functions = [], []
            for key, gradient in gradients.items():
                argument = inputs.get(key)
                if isinstance(argument, Tensor):
                    tensors.append(argument)
                    functions.append(gradient)
                elif isinstance(argument, (list, tuple)):
                    tensors.extend(argument)
                    functions.extend(gradient)
            label = node_name(value, *bare_args, **bare_kwargs) if callable(node_name) else node_name
            out._node = _record(label, out.array, tensors, functions, out._version)
        if not isinstance(value, tuple):
            return out
        return type(value)._make(outputs) if hasattr(value, "_make") else tuple(outputs)

    return call


def inplace(function):
    """The in-place form of an operator: mul becomes mul_, which leaves its result in its first argument."""

    @functools.wraps(function)
    def call(self, *args, **kwargs):
        return self._overwrite(function(self, *args, **kwargs), call.__name__)

    call.__name__ = call.__qualname__ = function.__name__ + "_"
    call.__doc__ = f"In-place form of `{function.__name__}`: the result takes the place of self."
    return call


def bare(argument):
    """The arrays of tensors, also inside lists and tuples; Python numbers for NumPy's; anything else as it is."""
    if isinstance(argument, Tensor):
        return argument.array
    if isinstance(argument, (list, tuple)):
        return (
            type(argument)(map(bare, argument))
            if any(isinstance(a, (Tensor, np.generic)) for a in argument)
            else argument
        )
    if isinstance(argument, np.generic):
        return argument.item()
    return argument


def _argument_error(name, names, args, kwargs, error):
    """A TypeError in torch's words if an argument that must be a tensor is something else; `error` otherwise."""
    for position, argument in enumerate(args):
        if isinstance(argument, np.ndarray) or (position == 0 and not isinstance(argument, (Tensor, int, float))):
            return TypeError(
                f"{name}(): argument '{names[position]}' (position {position + 1}) must be Tensor, "
                f"not {type(argument).__name__}"
            )
    message = str(error)
    return type(error)(message if message.startswith(name) else f"{name}(): {message}")


def _owner(array):
    """The array that owns the memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def _show(tensor, out, view):
    """Make `out` a view of `tensor`: `view` turns the array of the one into the array of the other."""
    out._version = tensor._version
    out._base = tensor if tensor._base is None else tensor._base
    inner = tensor._view
    out._view = view if inner is None else lambda array: view(inner(array))
    out._seen = out._base.grad_fn


# ------------------------------------------------------------------------------------------------ the graph


class Node:
    """One recorded operator.

    edges: for each input that requires a gradient, (where it goes: the input's Node, or the leaf itself; its shape; its
    dtype; the gradient function). saved: the arrays that the gradient functions hold and somebody could overwrite, each
    with its version list, its version then, and the name of the Node that it came from.
    """

    __slots__ = ("_name", "edges", "freed", "holds", "hooks", "saved", "sequence")
    _count = itertools.count()

    def __init__(self, name, edges, holds, saved):
        self._name, self.edges, self.holds, self.saved = name, edges, holds, saved
        self.freed, self.hooks, self.sequence = False, None, next(Node._count)

    def name(self):
        return self._name

    @property
    def next_functions(self):
        return tuple((target, 0) for target, *_ in self.edges)

    def __repr__(self):
        return f"<{self._name} object at {id(self):#x}>"

    def __lt__(self, other):  # the youngest comes first
        return self.sequence > other.sequence

    def check(self):
        """RuntimeError if what the gradient functions need is gone or was overwritten."""
        if self.freed:
            raise RuntimeError(
                "Trying to backward through the graph a second time (or directly access saved tensors after they have "
                "already been freed). Saved intermediate values of the graph are freed when you call .backward() or "
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time."
            )
        for array, version, expected, source in self.saved:
            if version[0] != expected:
                kind = _TYPE_NAMES.get(array.dtype.name, array.dtype.name)
                origin = f", which is output 0 of {source}," if source else ""
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"[torch.{kind} {list(array.shape)}]{origin} is at version {version[0]}; expected version "
                    f"{expected} instead. Hint: {self._name} needs it; write into a clone(), or use the form that is "
                    "not in-place."
                )

    def free(self):
        """Let go of the arrays that the gradient functions hold."""
        if self.holds:
            self.freed, self.saved = True, ()
            self.edges = [(target, shape, dtype, None) for target, shape, dtype, _ in self.edges]


_TYPE_NAMES = {"float32": "FloatTensor", "float64": "DoubleTensor", "int64": "LongTensor", "int32": "IntTensor",
               "int16": "ShortTensor", "int8": "CharTensor", "uint8": "ByteTensor", "bool": "BoolTensor"}  # fmt: skip


def _record(name, value, tensors, functions, version=None):
    """The Node of an operator with that value, or None if nothing needs it."""
    if not grad_mode.enabled:
        return None
    edges, owners = [], {id(_owner(value)): (version, name)} if version else {}
    for tensor, function in zip(tensors, functions):
        node = tensor.grad_fn
        owners.setdefault(id(_owner(tensor.array)), (tensor._version, node and node.name()))
        if function is not None and (node is not None or tensor._requires_grad):
            edges.append((tensor if node is None else node, tensor.array.shape, tensor.array.dtype, function))
    if not edges:
        return None
    held = [array for *_, function in edges for array in _captured(function)]
    saved = []
    for array in held:
        version, source = owners.get(id(_owner(array)), (None, None))
        if version is not None:
            saved.append((array, version, version[0], source))
    return Node(name, edges, bool(held), saved)


def _captured(function):
    """The arrays that a gradient function closes over, also through functions that it calls."""
    for cell in function.__closure__ or ():
        content = cell.cell_contents
        if isinstance(content, np.ndarray):
            yield content
        elif isinstance(content, (list, tuple)):
            yield from (item for item in content if isinstance(item, np.ndarray))
        elif isinstance(content, types.FunctionType) and content is not function:
            yield from _captured(content)


class RemovableHandle:
    """What registers a hook returns; `remove()` takes the hook away again."""

    def __init__(self, hooks, hook):
        self.hooks, self.key = hooks, max(hooks, default=-1) + 1
        hooks[self.key] = hook

    def remove(self):
        self.hooks.pop(self.key, None)


# ------------------------------------------------------------------------------------------------ backward


def _propagate(roots, retain_graph, wanted=()):
    """Carry gradients from the roots to the leaves.

    roots: (tensor, dL/d(tensor)) pairs. Returns {leaf, or wanted Node: its gradient as an array}.
    """
    totals, queue, results = {}, [], {}

    def receive(target, g):
        if target in totals:
            totals[target] = totals[target] + g
        else:
            totals[target] = g
            if isinstance(target, Node):
                heapq.heappush(queue, target)

    for tensor, g in roots:
        receive(tensor.grad_fn or tensor, g)
    with no_grad(), np.errstate(all="ignore"):
        while queue:
            node = heapq.heappop(queue)
            g = _apply_hooks(node.hooks, totals.pop(node))
            if node in wanted:
                results[node] = g
            node.check()
            for target, shape, dtype, gradient in node.edges:
                receive(target, _conform(gradient(g), shape, dtype, node))
            if not retain_graph:
                node.free()
        for leaf, g in totals.items():
            results[leaf] = _apply_hooks(leaf._hooks, g)
    return results


def _conform(g, shape, dtype, node):
    """Give a gradient its input's dtype and shape: where the input was broadcast, its uses are summed."""
    g = np.asarray(g, dtype)
    if g.shape != shape:
        lead = g.ndim - len(shape)
        if lead < 0 or any(n != m and m != 1 for n, m in zip(g.shape[lead:], shape)):
            raise RuntimeError(
                f"{node.name()} returned an invalid gradient: got shape {list(g.shape)} for an input of {list(shape)}"
            )
        stretched = tuple(lead + i for i, n in enumerate(shape) if n == 1)
        g = g.sum(axis=(*range(lead), *stretched)).reshape(shape)
    return g


def _apply_hooks(hooks, g):
    for hook in list((hooks or {}).values()):
        replaced = hook(wrap(g))
        g = g if replaced is None else replaced.array
    return g


def _roots(tensors, gradients, what):
    """Pair the outputs with their gradients; a scalar's is 1 if not given."""
    tensors = [tensors] if isinstance(tensors, Tensor) else list(tensors)
    if gradients is None or isinstance(gradients, Tensor):
        gradients = [gradients] * len(tensors)
    roots = []
    for i, (tensor, gradient) in enumerate(zip(tensors, gradients)):
        if not tensor.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
        if gradient is None:
            if tensor.array.size != 1:
                raise RuntimeError(
                    f"grad can be implicitly created only for scalar outputs; this one has shape {list(tensor.shape)}: "
                    f"sum() it, or give {what}"
                )
            gradient = wrap(np.ones_like(tensor.array))
        elif gradient.shape != tensor.shape:
            raise RuntimeError(
                f"Mismatch in shape: grad_output[{i}] has a shape of {gradient.shape} and output[{i}] has a shape of "
                f"{tensor.shape}."
            )
        roots.append((tensor, np.asarray(gradient.array, tensor.array.dtype)))
    return roots


def _no_double_backward(create_graph):
    if create_graph:
        raise NotImplementedError("create_graph=True: minitorch_edu differentiates once; its gradients have no graph")


def backward(tensors, grad_tensors=None, retain_graph=None, create_graph=False, inputs=None):
    """Add dL/d(leaf) to the `.grad` of the leaves (or of `inputs` only) that the tensors were computed from.

    grad_tensors: dL/d(tensor), shaped like each tensor; may be left out for scalars. RuntimeError if there is nothing to
    differentiate, if a saved value was overwritten, or if the graph was freed (retain_graph=False) by an earlier call.

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.autograd.backward.html
    """
    _no_double_backward(create_graph)
    inputs = [inputs] if isinstance(inputs, Tensor) else inputs
    wanted = {tensor.grad_fn: tensor for tensor in inputs or () if not tensor.is_leaf}
    for target, g in _propagate(_roots(tensors, grad_tensors, "gradient="), retain_graph, wanted).items():
        tensor = wanted.get(target, target)
        if inputs is None or any(tensor is one for one in inputs):
            if tensor.grad is None:
                tensor.grad = wrap(g.copy(order="K"))
            else:
                tensor.grad.array += g
                tensor.grad._version[0] += 1


def grad(outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False, allow_unused=None):
    """Return dL/d(input) for each input, without touching any `.grad`.

    RuntimeError if an input was not used, unless allow_unused; its gradient is then None.

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.autograd.grad.html
    """
    _no_double_backward(create_graph)
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    for tensor in inputs:
        if not tensor.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    keys = [tensor.grad_fn or tensor for tensor in inputs]
    results = _propagate(_roots(outputs, grad_outputs, "grad_outputs="), retain_graph, set(keys))
    if not allow_unused and any(key not in results for key in keys):
        raise RuntimeError(
            "One of the differentiated Tensors appears to not have been used in the graph. "
            "Set allow_unused=True if this is the desired behavior."
        )
    return tuple(wrap(results[key]) if key in results else None for key in keys)

"""The graph of what was computed, and the walk through it from the result to the leaves.

A Node is one recorded operator. It knows where the gradients of its inputs go, and the function that carries each of
them there. The walk visits the nodes from the youngest to the oldest. A node is always younger than what it was
computed from, so when its turn comes its own gradient is complete:

    dL/dx = sum over the uses y of x of  (dy/dx)^T dL/dy

Source: Griewank & Walther, Evaluating Derivatives (2nd ed., 2008), chapter 3.
Twin:   https://docs.pytorch.org/docs/stable/notes/autograd.html
"""

import heapq
import itertools
import types

import numpy as np

from .dtypes import type_name

__all__ = ["Node", "RemovableHandle", "owner", "propagate", "record"]


class Node:
    """One recorded operator.

    edges: for each input that requires a gradient, (where it goes: the input's Node, or the leaf itself; its shape; its
    dtype; the gradient function). saved: the arrays that the gradient functions hold and somebody could overwrite, each
    with its version list, its version then, and the name of the Node that it came from. keep: what else wants to know
    the gradient (see `Tensor.retain_grad`).

    >>> x = torch.tensor(3., requires_grad=True)
    >>> node = (2 * x).exp().grad_fn
    >>> node.name(), node.next_functions[0][0].name()
    ('ExpBackward0', 'MulBackward0')
    """

    __slots__ = ("_hooks", "_name", "edges", "freed", "holds", "keep", "saved", "sequence")
    _count = itertools.count()

    def __init__(self, name, edges, holds, saved):
        self._name, self.edges, self.holds, self.saved = name, edges, holds, saved
        self.freed, self._hooks, self.keep, self.sequence = False, None, None, next(Node._count)

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
                "autograd.grad(). Specify retain_graph=True if you need to backward through the graph a second time "
                "or if you need to access saved tensors after calling backward."
            )
        for array, version, expected, source in self.saved:
            if version[0] != expected:
                origin = f", which is output 0 of {source}," if source else ""
                raise RuntimeError(
                    "one of the variables needed for gradient computation has been modified by an inplace operation: "
                    f"[torch.{type_name(array.dtype)}Tensor {list(array.shape)}]{origin} is at version {version[0]}; "
                    f"expected version {expected} instead. Hint: {self._name} needs it; write into a clone(), or use "
                    "the form that is not in-place."
                )

    def free(self):
        """Let go of the arrays that the gradient functions hold."""
        if self.holds:
            self.freed, self.saved = True, ()
            self.edges = [(target, shape, dtype, None) for target, shape, dtype, _ in self.edges]


def record(name, value, tensors, functions, version=None):
    """The Node of an operator, or None if no input's gradient is wanted.

    name, value, version: the operator's, and its value's array and version list. tensors, functions: the inputs and
    their gradient functions.

    >>> x, y = torch.ones(2, requires_grad=True), np.full(2, 3)
    >>> torch.autograd.record("TripleBackward0", y, [x], [lambda g: 3 * g]).name()
    'TripleBackward0'
    """
    edges, held = [], []
    for tensor, function in zip(tensors, functions):
        node = tensor.grad_fn if tensor._base is not None else tensor._node
        if function is not None and (node is not None or tensor._requires_grad):
            array = tensor.array
            edges.append((tensor if node is None else node, array.shape, array.dtype, function))
            _collect(function, held)
    if not edges:
        return None
    return Node(name, edges, bool(held), _saved(name, value, version, tensors, held) if held else ())


def _collect(function, held):
    """Append to `held` the arrays that a gradient function closes over, also through functions that it calls."""
    for cell in getattr(function, "__closure__", None) or ():
        content = cell.cell_contents
        if isinstance(content, (np.ndarray, np.generic)):
            held.append(content)
        elif isinstance(content, (list, tuple)):
            held.extend([item for item in content if isinstance(item, np.ndarray)])
        elif isinstance(content, types.FunctionType) and content is not function:
            _collect(content, held)


def _saved(name, value, version, tensors, held):
    """Those of the arrays that lie in the memory of an input or of the value, with what tells whether it changed."""
    memory = [(owner(tensor.array), tensor._writes, tensor._node) for tensor in tensors]
    own = owner(value) if version else None
    saved = []
    for array in held:
        where = owner(array)
        if where is own:
            saved.append((array, version, version[0], name))
            continue
        for place, count, node in memory:
            if where is place:
                saved.append((array, count, count[0], node and node._name))
                break
    return saved


def owner(array):
    """The array that owns the memory."""
    base = array.base
    while isinstance(base, np.ndarray):
        array, base = base, base.base
    return array


class RemovableHandle:
    """What registers a hook returns; `remove()` takes the hook away again.

    >>> x = torch.tensor(1., requires_grad=True)
    >>> handle = x.register_hook(print)
    >>> (2 * x).backward()
    tensor(2.)
    >>> handle.remove()
    >>> (2 * x).backward()  # prints nothing
    """

    def __init__(self, hooks, hook):
        self.hooks, self.key = hooks, max(hooks, default=-1) + 1
        hooks[self.key] = hook

    def remove(self):
        self.hooks.pop(self.key, None)

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.remove()


def propagate(roots, retain_graph, wanted=()):
    """Carry gradients from the roots to the leaves.

    roots: (tensor, dL/d(tensor)) pairs. Returns {leaf, or wanted Node: its gradient as an array}.
    """
    totals, queue, results = {}, [], {}

    def receive(target, g):
        if target in totals:
            totals[target] = np.asarray(totals[target] + g)  # a sum of 0-d arrays is none
        else:
            totals[target] = g
            if type(target) is Node:
                heapq.heappush(queue, target)

    for tensor, g in roots:
        receive(tensor.grad_fn or tensor, g)
    while queue:
        node = heapq.heappop(queue)
        g = totals.pop(node)
        if node._hooks:
            g = _apply_hooks(node._hooks, g)
        if node.keep is not None:
            node.keep(g)
        if node in wanted:
            results[node] = g
        node.check()
        for target, shape, dtype, gradient in node.edges:
            part = gradient(g)
            if type(part) is not np.ndarray or part.dtype is not dtype or part.shape != shape:
                part = _conform(part, shape, dtype, node)
            receive(target, part)
        if not retain_graph:
            node.free()
    for leaf, g in totals.items():
        results[leaf] = _apply_hooks(leaf._hooks, g) if leaf._hooks else g
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
    for hook in list(hooks.values()):
        replaced = hook(g)
        g = g if replaced is None else replaced
    return g

"""Wrong versions of backward."""

import minitorch_edu as mt

from . import wrong


@wrong("gradient accumulation", source="https://github.com/callummcdougall/ARENA_2.0/pull/18")
def last_use_wins(tensor, gradient, retain_graph=None):
    """The gradient of each use of a tensor overwrites that of the one before: they are added up."""
    waiting = [(tensor.grad_fn, gradient.numpy())]
    while waiting:
        node, g = waiting.pop()
        if isinstance(node, mt.Tensor):
            node.grad = mt.tensor(g)
        else:
            waiting += [(target, function(g)) for target, _, _, function in node.edges]


@wrong("gradient accumulation", source="https://github.com/karpathy/micrograd/pull/102")
def second_overwrites_first(tensor, gradient, retain_graph=None):
    """A second backward overwrites the gradients of the first: it adds to them, until they are set to zero."""
    waiting = [tensor.grad_fn]
    while waiting:
        node = waiting.pop()
        if isinstance(node, mt.Tensor):
            node.grad = None
        else:
            waiting += [target for target, _ in node.next_functions]
    mt.autograd.backward(tensor, gradient, retain_graph)

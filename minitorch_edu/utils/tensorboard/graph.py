"""The network as TensorBoard's graph page shows it, drawn from the tape of one forward pass.

Every operator left a Node on the tape (graph.py of the library), which knows what it was computed from. So the picture
is the walk that backward takes, from the outputs to the inputs and parameters:

    Node of the tape       a node named after the operator, in the scope of the module that was running
    parameter              a node in the scope of the module that owns it
    edge                   the shape of the tensor that goes along it

Which module was running is told by the clock: Nodes are numbered as they are made, and a hook before and after each
module's forward notes the number. A scope is named like torch's, Type[attribute], inside that of the module around it:
Net/Sequential[features]/Conv2d[0]. What leaves no Node is not drawn: integers, buffers, whatever runs under no_grad.

Format: tensorboard/compat/proto/graph.proto and node_def.proto of https://github.com/tensorflow/tensorboard
"""

import bisect
import contextlib
import re

from tensorboard.compat.proto.attr_value_pb2 import AttrValue
from tensorboard.compat.proto.graph_pb2 import GraphDef
from tensorboard.compat.proto.node_def_pb2 import NodeDef
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto
from tensorboard.compat.proto.versions_pb2 import VersionDef

from ...autograd import Node, Tensor, enable_grad
from ...nn import Module

__all__ = ["graph_def"]


def graph_def(model, input_to_model, use_strict_trace=True):
    """The GraphDef of model(*input_to_model), run once in evaluation.

    input_to_model: a tensor, or a tuple or list of them. use_strict_trace: a list or dictionary in what the model
    returns is refused, as in torch. RuntimeError for that, for an output that is no tensor, and if the tape is empty.
    """
    inputs = _check(model, input_to_model)
    scopes = _scopes(model)
    with _as_it_was(model), enable_grad():
        for parameter in model.parameters():
            if parameter.dtype.is_floating_point:
                parameter.requires_grad_(True)
        model.eval()
        inputs = [_recorded(tensor) for tensor in inputs]
        places = {tensor.grad_fn: f"input/input.{i}" for i, tensor in enumerate(inputs, 1) if tensor.requires_grad}
        with _clock(scopes) as scope_at:
            outputs = list(_tensors(model(*inputs), use_strict_trace))
    if not any(tensor.requires_grad for tensor in outputs):
        raise RuntimeError(
            "add_graph(): nothing was recorded on the way from the inputs and parameters to the outputs; inputs of "
            "floating point are needed, and no inference_mode(), no_grad() or detach() on the way"
        )
    for module, scope in scopes.items():
        places.update((parameter, f"{scope}/{name}") for name, parameter in module.named_parameters(recurse=False))
    return GraphDef(node=_nodes(places, outputs, scope_at), versions=VersionDef(producer=22))


def _check(model, input_to_model):
    """The inputs as a sequence; TypeError for a wrong model or input."""
    if not isinstance(model, Module):
        kind = f"{type(model).__module__}.{type(model).__qualname__}"
        raise TypeError(f"add_graph(): model must be a minitorch_edu.nn.Module, not {kind}")
    inputs = [input_to_model] if isinstance(input_to_model, Tensor) else input_to_model
    if not isinstance(inputs, (tuple, list)):
        raise TypeError(
            f"add_graph(): input_to_model must be a Tensor or a tuple of Tensors, not {type(inputs).__name__}; give an "
            "example of what the model is called with, such as torch.rand(1, 3, 32, 32)"
        )
    for i, tensor in enumerate(inputs):
        if not isinstance(tensor, Tensor):
            raise TypeError(f"add_graph(): input_to_model[{i}] must be a Tensor, not {type(tensor).__name__}")
    return inputs


def _scopes(model):
    """{module: its scope}, for the model and every module below."""
    scopes = {}
    for path, module in model.named_modules():
        parent, _, name = path.rpartition(".")
        scopes[module] = type(module).__name__
        if path:
            name = re.sub(r"[^\w.-]", "_", name)  # a slash would begin another scope
            scopes[module] = f"{scopes[model.get_submodule(parent)]}/{scopes[module]}[{name}]"
    return scopes


@contextlib.contextmanager
def _as_it_was(model):
    """Afterwards, training and requires_grad are for every module and parameter what they were before."""
    training = {module: module.training for module in model.modules()}
    required = {parameter: parameter.requires_grad for parameter in model.parameters()}
    try:
        yield
    finally:
        for module, mode in training.items():
            module.training = mode
        for parameter, mode in required.items():
            parameter.requires_grad_(mode)


def _recorded(tensor):
    """A copy whose Node stands for the input on the tape; being no leaf, it may be written into."""
    return tensor.detach().requires_grad_().clone() if tensor.dtype.is_floating_point else tensor


def _now():
    """A number between those of the Nodes that have been made and those that will be."""
    return Node("", (), False, ()).sequence


@contextlib.contextmanager
def _clock(scopes):
    """While modules run in the block, note when; gives a function from a Node's number to the scope it was made in."""
    times, places, running = [], [], []

    def note():
        times.append(_now())
        places.append(scopes[running[-1][0]] if running else "")

    def enter(module, args):
        running.append((module, _now()))
        note()

    def leave(module, args, output):
        _, entered = running[-1]
        if isinstance(output, Tensor) and output.requires_grad:
            if output.is_leaf or output.grad_fn.sequence < entered:  # it was there before, as dropout's in evaluation
                output = output.view(output.shape)  # a Node to show the module by
                output.grad_fn._name = type(module).__name__
        running.pop()
        note()
        return output

    handles = []
    try:
        for module in scopes:
            handles += [module.register_forward_pre_hook(enter, prepend=True), module.register_forward_hook(leave)]
        yield lambda number: places[bisect.bisect(times, number) - 1]
    finally:
        for handle in handles:
            handle.remove()


def _tensors(value, strict):
    """The tensors in what the model returned."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, dict)) and strict:
        raise RuntimeError(
            f"add_graph(): the model returned a {type(value).__name__}; return a tuple, or give use_strict_trace=False"
        )
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _tensors(item, strict)
    else:
        raise RuntimeError(f"add_graph(): the model returned a {type(value).__name__} where a Tensor was expected")


def _nodes(places, outputs, scope_at):
    """A NodeDef for every input, parameter, operator and output, in the order in which they were used.

    places: {an input's Node, or a parameter: its name}.
    """
    shapes, pending = {}, [(tensor.grad_fn or tensor, tensor.shape) for tensor in outputs if tensor.requires_grad]
    while pending:
        source, shape = pending.pop()
        if source not in shapes:
            shapes[source] = shape
            if isinstance(source, Node) and source not in places:
                pending += [(target, shape) for target, shape, *_ in source.edges]

    nodes, names, taken = [], {}, {}

    def draw(source, name, op, inputs=()):
        taken[name] = count = taken.get(name, -1) + 1
        names[source] = f"{name}_{count}" if count else name
        nodes.append(_node(names[source], op, inputs, shapes[source]))

    for node in sorted((source for source in shapes if isinstance(source, Node)), reverse=True):  # the oldest first
        if node in places:
            draw(node, places[node], "IO Node")
            continue
        scope = scope_at(node.sequence)
        for target, *_ in node.edges:
            if target not in names:  # a leaf
                known = target in places
                draw(target, places[target] if known else f"{scope}/tensor", "Parameter" if known else "Tensor")
        op = re.sub(r"Backward\d*$", "", node.name())
        draw(node, f"{scope}/{op}", op, [names[target] for target, *_ in node.edges])
    for i, tensor in enumerate(outputs, 1):
        if tensor.requires_grad:
            source = tensor.grad_fn or tensor
            nodes.append(_node(f"output/output.{i}", "IO Node", [names[source]], tensor.shape))
    return nodes


def _node(name, op, inputs, shape):
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=size) for size in shape])
    shapes = AttrValue(list=AttrValue.ListValue(shape=[shape]))
    return NodeDef(name=name, op=op, input=inputs, attr={"_output_shapes": shapes})

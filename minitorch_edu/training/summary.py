"""The layers of a network: what they put out, what they hold, what they cost. Told by hooks, during one run.

A FLOP is an addition or a multiplication: a multiplication whose product is added to a sum is two. Counted are the
convolutions and linear layers without their biases, as torch.utils.flop_counter does; all else is small beside them.

    forward     each number of the output is a sum of products, one for each weight of the filter that makes it
    backward    as many again for the gradient of the weights, and as many for the gradient of the layer's input, which
                nobody asks for before the first layer
"""

from dataclasses import dataclass

__all__ = ["Layer", "layers", "table"]


@dataclass(frozen=True)
class Layer:
    """What one layer does with one picture.

    >>> from minitorch_edu.training.summary import layers
    >>> layers(torch, nn.Flatten())[0]
    Layer(name='', kind='Flatten', shape=(3072,), parameters=0, flops=0, training_flops=0, memory=0)
    """

    name: str  # as in state_dict()
    kind: str
    shape: tuple  # of the output, without the batch
    parameters: int
    flops: int  # forward
    training_flops: int  # forward and backward
    memory: int  # bytes of the output; 0 if it is its input's memory


def layers(torch, net, shape=(3, 32, 32)):
    """A Layer for every module without modules in it, in the order in which they run; torch: the library of `net`.

    shape: of one picture. It is run in evaluation, and the network is left as it was.

    >>> from minitorch_edu.training.summary import layers
    >>> [layer] = layers(torch, nn.Conv2d(3, 8, 5), (3, 32, 32))
    >>> layer.shape, layer.parameters, layer.flops == 2 * (8 * 28 * 28) * (3 * 5 * 5)
    ((8, 28, 28), 608, True)
    """
    counted = (torch.nn.Conv1d, torch.nn.Conv2d, torch.nn.Conv3d, torch.nn.Linear)
    found, handles = [], []

    def watch(name):
        def note(module, args, output):
            flops = backward = 0
            if isinstance(module, counted):
                flops = 2 * output.numel() * module.weight[0].numel()
                backward = flops * (module.weight.requires_grad + args[0].requires_grad)
            own = output.data_ptr() != args[0].data_ptr()
            parameters = sum(parameter.numel() for parameter in module.parameters())
            found.append(Layer(name, type(module).__name__, tuple(output.shape[1:]), parameters,
                               flops, flops + backward, output.numel() * output.element_size() * own))  # fmt: skip

        return note

    training = {module: module.training for module in net.modules()}
    try:
        for name, module in net.named_modules():
            if not list(module.children()):
                handles.append(module.register_forward_hook(watch(name)))
        with torch.enable_grad():  # the tensors then know whether a gradient is wanted
            net.eval()(torch.zeros(1, *shape))
    finally:
        for handle in handles:
            handle.remove()
        for module, mode in training.items():
            module.training = mode
    return found


def table(found):
    """The lines of a table of Layers, with the sums below.

    >>> from minitorch_edu.training.summary import layers, table
    >>> print("\\n".join(table(layers(torch, nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU())))))
    layer  kind    output shape  parameters    FLOPs  bytes put out
    0      Conv2d  (8, 28, 28)          608  940,800         25,088
    1      ReLU    (8, 28, 28)            0        0         25,088
    total                               608  940,800         50,176
    forward and backward: 1,881,600 FLOPs (a multiplication and an addition are two)
    """
    numbers = ("parameters", "flops", "memory")
    rows = [("layer", "kind", "output shape", "parameters", "FLOPs", "bytes put out")]
    for layer in found:
        rows.append((layer.name, layer.kind, f"({', '.join(map(str, layer.shape))})",
                     *(f"{getattr(layer, what):,}" for what in numbers)))  # fmt: skip
    rows.append(("total", "", "", *(f"{sum(getattr(layer, what) for layer in found):,}" for what in numbers)))
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = (f"{cell:{'<' if i < 3 else '>'}{width}}" for i, (cell, width) in enumerate(zip(row, widths)))
        yield "  ".join(cells)
    training = sum(layer.training_flops for layer in found)
    yield f"forward and backward: {training:,} FLOPs (a multiplication and an addition are two)"

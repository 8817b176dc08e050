"""Convolution (cross-correlation, as in every deep-learning library) over one, two or three spatial axes.

    y[n, f, o] = bias[f] + sum over c, k of  weight[f, c, k] * x[n, c, o * stride + k * dilation - padding]

With several groups, the channels and the filters are split alike and each group convolves on its own. `conv2d_loops`
is this formula and nothing else; what runs is im2col: the windows of a block of pictures are written out as the rows of
a matrix (M, K), and one product with the weights (K, F) does all the sums. M = pictures * outputs, K = C*KH*KW. A block
is a few pictures, so that its matrix stays in the processor's cache.

The map from x to y is linear, and so is the one from weight to y. A gradient is the transposed map:

    correlate         y  from x and weight    convolution
    spread            x  from y and weight    its transpose: y, zeros between its elements, with the kernel flipped
    correlate_weight  dw from x and y         what each weight met: windows(x)^T y

A transposed convolution is the same three, with x and y changing places (conv_transpose.py).

Source: Dumoulin & Visin, A guide to convolution arithmetic for deep learning (2016), https://arxiv.org/abs/1603.07285;
        Chellapilla, Puri & Simard, High performance convolutional neural networks (2006), section 2 (im2col).
Twin:   torch.nn.functional.conv1d, conv2d, conv3d
"""

import math

import numpy as np

from ..autograd import op
from ..threads import share
from .matmul import multiply, sum_rows
from .windows import channels_first, channels_last, output_sizes, pad, per_axis, windows, with_batch

__all__ = ["conv1d", "conv2d", "conv2d_loops", "conv3d"]

BLOCK = 2**19  # elements of an im2col block: 2 MiB in float32
FEW = 16  # channels of a group: with fewer, the products of `_met_by_places` are too thin to be worth it


# Below, arrays are channels-last: x (N, *in, C), y (N, *out, F), weight (*kernel, C/G, F) for G groups. x and y may lie
# in memory in another order: each thread lays out the pictures that it works on.


def _blocks(x, kernel, stride, dilation, groups):
    """im2col by blocks of pictures: yields (which pictures, their windows as matrices (G, M, K/G))."""
    view = windows(x, kernel, stride, dilation)  # (N, *out, *kernel, C)
    view = view.reshape(*view.shape[:-1], groups, view.shape[-1] // groups)  # (N, *out, *kernel, G, C/G)
    view = np.moveaxis(view, -2, 0)  # (G, N, *out, *kernel, C/G)
    many = max(1, BLOCK // max(1, view[:, :1].size))
    buffer = np.empty((groups, min(many, len(x)), *view.shape[2:]), x.dtype)
    length = math.prod(view.shape[2 + len(kernel) :])  # K/G
    for start in range(0, len(x), many):
        pictures = slice(start, start + many)
        block = buffer[:, : len(x[pictures])]
        np.copyto(block, view[:, pictures])
        yield pictures, block.reshape(groups, -1, length)


def _laid_out(x, pads):
    """x with its padding, the channels of a pixel together in memory, so that windows are copied in long runs."""
    return pad(np.ascontiguousarray(x), pads)


def _by_group(a, groups):
    """(pictures, *places, F) -> the matrices (G, pictures * places, F/G), a view of the same memory."""
    return a.reshape(-1, groups, a.shape[-1] // groups).swapaxes(0, 1)


def correlate(x, weight, stride, pads, dilation, groups, bias=None):
    """Convolve x (N, *in, C) with weight (*kernel, C/G, F) -> y (N, *out, F)."""
    padded = tuple(n + left + right for n, (left, right) in zip(x.shape[1:-1], pads))
    return _convolve(lambda part: _laid_out(x[part], pads), len(x), padded, weight, stride, dilation, groups, bias)


def _convolve(padded, count, sizes, weight, stride, dilation, groups, bias=None):
    """Convolve pictures that padded(part) yields, (pictures, *sizes, C), for each slice of range(count)."""
    kernel = weight.shape[:-2]
    out = tuple((n - d * (k - 1) - 1) // s + 1 for n, k, s, d in zip(sizes, kernel, stride, dilation))
    y = np.empty((count, *out, weight.shape[-1]), weight.dtype)
    matrix = _by_group(weight, groups)  # (G, K/G, F/G)

    def compute(part):
        for pictures, rows in _blocks(padded(part), kernel, stride, dilation, groups):
            target = y[part][pictures]
            multiply(rows, matrix, out=_by_group(target, groups))  # (G, M, K/G) @ (G, K/G, F/G)
            if bias is not None:
                target += bias

    share(compute, count, y.size * math.prod(kernel))
    return y


def spread(y, weight, sizes, stride, pads, dilation, groups):
    """The transpose of x -> correlate(x, weight): y (N, *out, F) -> x (N, *sizes, C).

    Every y[o] is spread over its window o * stride + k * dilation, times weight[k]. Seen from an x[i]: it gathers, over
    k, from the places i - k * dilation of y widened by the stride. That is a convolution with the flipped kernel.
    """
    *kernel, _, filters = weight.shape
    reach = tuple(d * (k - 1) for k, d in zip(kernel, dilation))
    wide = tuple(n + r for n, r in zip(sizes, reach))
    to, source = [], []
    for o, n, s, r, (left, _) in zip(y.shape[1:-1], wide, stride, reach, pads):
        first = max(0, -((r - left) // s))  # the first y whose place, r - left + o * s, is not cut off
        last = min(o, (n - 1 - (r - left)) // s + 1)
        to.append(slice(r - left + first * s, max(0, r - left + (last - 1) * s + 1), s))
        source.append(slice(first, max(first, last)))

    def widened(part):
        places = np.zeros((len(y[part]), *wide, filters), y.dtype)
        places[:, *to] = y[part][:, *source]
        return places

    flipped = np.flip(weight, tuple(range(len(kernel))))  # (*kernel, C/G, F)
    flipped = flipped.reshape(*kernel, -1, groups, filters // groups)  # (*kernel, C/G, G, F/G)
    flipped = np.moveaxis(flipped, -1, -3).swapaxes(-1, -2)  # (*kernel, F/G, G, C/G)
    flipped = flipped.reshape(*kernel, filters // groups, -1)  # (*kernel, F/G, C)
    return _convolve(widened, len(y), wide, flipped, (1,) * len(kernel), dilation, groups)


def correlate_weight(x, y, kernel, stride, pads, dilation, groups):
    """The transpose of weight -> correlate(x, weight): x (N, *in, C), y (N, *out, F) -> weight (*kernel, C/G, F)."""
    per_group = x.shape[-1] // groups
    compute = _met_by_windows if per_group < FEW else _met_by_places
    parts = share(
        lambda part: compute(x[part], y[part], kernel, stride, pads, dilation, groups),
        len(x),
        y.size * math.prod(kernel),
    )  # each (*kernel, G, C/G, F/G)
    return np.moveaxis(sum(parts), -3, -2).reshape(*kernel, per_group, y.shape[-1])


def _met_by_windows(x, y, kernel, stride, pads, dilation, groups):
    """x (N, *in, C), y (N, *out, F) -> (*kernel, G, C/G, F/G): im2col again, the windows' transpose times y."""
    total = np.zeros((groups, math.prod(kernel) * (x.shape[-1] // groups), y.shape[-1] // groups), x.dtype)
    for pictures, rows in _blocks(_laid_out(x, pads), kernel, stride, dilation, groups):
        total += rows.swapaxes(1, 2) @ _by_group(y[pictures], groups)  # (G, K/G, M) @ (G, M, F/G)
    return np.moveaxis(total.reshape(groups, *kernel, -1, y.shape[-1] // groups), 0, -3)


def _met_by_places(x, y, kernel, stride, pads, dilation, groups):
    """As `_met_by_windows`, which is the one to read, but faster: without writing windows out, and without the padding.

    With the pictures beside the channels in memory, (*in, N, C), all that weight[k] met along a row of the output is
    one matrix, whatever the k: a product for each row and each k. A block has so few pictures that BLAS multiplies
    them where they lie.
    """
    *_, width, filters = y.shape
    total = np.zeros((*kernel, groups, x.shape[-1] // groups, filters // groups), x.dtype)
    block = max(1, 10**6 // (width * x.shape[-1] * filters // groups))
    for start in range(0, len(x), block):
        pixels = np.ascontiguousarray(np.moveaxis(x[start : start + block], 0, -2))  # (*in, n, C)
        above = np.ascontiguousarray(np.moveaxis(y[start : start + block], 0, -2))  # (*out, n, F)
        for k in np.ndindex(*kernel):
            met, where = [], []  # x[met] lies under weight[k] when the output is at `where`, a slice for each axis
            for i, n, o, s, (left, _), d in zip(k, x.shape[1:], y.shape[1:], stride, pads, dilation):
                shift = i * d - left
                first, last = max(0, -(shift // s)), min(o, (n - 1 - shift) // s + 1)
                where.append(slice(first, max(first, last)))
                met.append(slice(first * s + shift, max(0, (last - 1) * s + shift + 1), s))
            rows = [_rows(a[*places], groups) for a, places in ((pixels, met), (above, where))]
            total[k] += (rows[0].swapaxes(2, 3) @ rows[1]).sum(1)  # (G, R, C/G, OW * n) @ (G, R, OW * n, F/G)
    return total


def _rows(a, groups):
    """(*outer, OW, n, C) -> (G, R, OW * n, C/G), R the product of the outer extents."""
    *outer, width, n, channels = a.shape
    return a.reshape(math.prod(outer), width * n, groups, channels // groups).transpose(2, 0, 1, 3)


def sum_places(g):
    """g (N, *out, F) -> (F,)"""
    return sum_rows(g.reshape(-1, g.shape[-1]))


# Above, the three maps on channels-last arrays. Below, torch's functions on (N, C, *in).


def weight_last(weight):
    """(F, C/G, *kernel) -> (*kernel, C/G, F), contiguous."""
    return np.ascontiguousarray(np.moveaxis(weight, (1, 0), (-2, -1)))


def check_parts(name, input, weight, bias, groups, channels, filters):
    """RuntimeError unless input has `channels` channels, there are `filters` biases, and all are of one dtype."""
    shapes = f"weight of size {list(weight.shape)}, expected input {list(input.shape)}"
    if groups < 1 or weight.shape[0] % groups:
        raise RuntimeError(
            f"{name}(): Given groups={groups}, expected weight's first axis {weight.shape[0]} to be divisible by it"
        )
    if input.shape[1] != channels:
        raise RuntimeError(
            f"{name}(): Given groups={groups}, {shapes} to have {channels} channels, but got {input.shape[1]} channels "
            "instead"
        )
    if bias is not None and bias.shape != (filters,):
        raise RuntimeError(f"{name}(): expected bias of shape [{filters}] for {shapes}, got {list(bias.shape)}")
    for what, array in (("weight", weight), ("bias", bias)):
        if array is not None and array.dtype != input.dtype:
            raise RuntimeError(
                f"{name}(): Input type ({input.dtype}) and {what} type ({array.dtype}) should be the same; "
                f"convert one of them with .to(dtype)"
            )


def _pads(name, padding, kernel, stride, dilation):
    """torch's padding as (left, right) for each axis."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError(f"{name}(): padding='same' is not supported for strided convolutions (stride={stride})")
        total = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return tuple((n // 2, n - n // 2) for n in total)
    if isinstance(padding, str):
        raise RuntimeError(f"{name}(): Invalid padding string {padding!r}, should be 'same' or 'valid'")
    return tuple((p, p) for p in per_axis(name, "padding", padding, len(kernel), 0))


def _conv(name, axes, input, weight, bias, stride, padding, dilation, groups):
    if weight.ndim != axes + 2:
        raise RuntimeError(
            f"{name}(): expected weight of {axes + 2} axes (F, C/groups, *kernel), got {list(weight.shape)}"
        )
    stride, dilation = per_axis(name, "stride", stride, axes, 1), per_axis(name, "dilation", dilation, axes, 1)
    batch, alone = with_batch(name, input, axes)
    check_parts(name, batch, weight, bias, groups, weight.shape[1] * groups, weight.shape[0])
    kernel, sizes = weight.shape[2:], batch.shape[2:]
    pads = _pads(name, padding, kernel, stride, dilation)
    output_sizes(name, sizes, kernel, stride, pads, dilation)

    x = channels_last(batch)  # (N, *in, C)
    y = correlate(x, weight_last(weight), stride, pads, dilation, groups, bias)  # (N, *out, F)

    # Below, g = dL/dy, (N, F, *out).
    def last(g):
        return channels_last(g[None] if alone else g)

    def grad_input(g):
        dx = spread(last(g), weight_last(weight), sizes, stride, pads, dilation, groups)  # (N, *in, C)
        return channels_first(dx, alone)

    def grad_weight(g):
        dw = correlate_weight(x, last(g), kernel, stride, pads, dilation, groups)  # (*kernel, C/G, F)
        return np.moveaxis(dw, (-1, -2), (0, 1))

    def grad_bias(g):
        return sum_places(last(g))

    return channels_first(y, alone), {"input": grad_input, "weight": grad_weight, "bias": grad_bias}


def node_name(y, input, weight, *others, **options):
    """torch makes a batch of a picture that is alone, and takes it out again."""
    return "ConvolutionBackward0" if input.ndim == weight.ndim else "SqueezeBackward1"


@op(name=node_name, memory="channels_last")
def conv1d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve input (N, C, L) with weight (F, C/groups, K) -> (N, F, OL); as `conv2d`, along one axis.

    >>> F.conv1d(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([[[1.0, 10.0]]]))  # 1 + 20, 2 + 30
    tensor([[[21., 32.]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv1d.html
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


@op(name=node_name, memory="channels_last")
def conv2d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve input (N, C, H, W) or (C, H, W) with weight (F, C/groups, KH, KW), add bias (F,) -> (N, F, OH, OW).

    stride, dilation, padding: an int or one per axis, in pixels; padding may be 'valid', or 'same' (OH = H, stride 1).
    OH = floor((H + 2 * padding - dilation * (KH - 1) - 1) / stride) + 1.
    Raises RuntimeError if shapes or dtypes do not fit together or the kernel is larger than the padded input.

    >>> x = torch.arange(9.0).reshape(1, 1, 3, 3)
    >>> F.conv2d(x, torch.ones(1, 1, 2, 2))  # 0 + 1 + 3 + 4 and so on
    tensor([[[[ 8., 12.],
              [20., 24.]]]])
    >>> F.conv2d(x, torch.ones(1, 1, 1, 1), stride=2)
    tensor([[[[0., 2.],
              [6., 8.]]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv2d.html
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


@op(name=node_name, memory="channels_last")
def conv3d(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """Convolve input (N, C, D, H, W) with weight (F, C/groups, KD, KH, KW) -> (N, F, OD, OH, OW); as `conv2d`.

    >>> F.conv3d(torch.ones(1, 1, 2, 2, 3), torch.ones(1, 1, 2, 2, 2))
    tensor([[[[[8., 8.]]]]])

    Twin: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.conv3d.html
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


@op(name="ConvolutionBackward0", memory="channels_last")
def conv2d_loops(input, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    """`conv2d` by its definition: seven loops, and the same seven in the gradients. To read, and to check `conv2d`.

    input (N, C, H, W); padding in numbers; nothing is checked.
    """
    stride, padding, dilation = ((v, v) if isinstance(v, int) else v for v in (stride, padding, dilation))
    (N, C, H, W), (F, _, KH, KW) = input.shape, weight.shape
    OH = (H + 2 * padding[0] - dilation[0] * (KH - 1) - 1) // stride[0] + 1
    OW = (W + 2 * padding[1] - dilation[1] * (KW - 1) - 1) // stride[1] + 1

    def products():
        """The index of x, of weight and of y for every product in the sum of the definition."""
        for n, f, oh, ow in np.ndindex(N, F, OH, OW):
            group = f // (F // groups)
            for c, kh, kw in np.ndindex(C // groups, KH, KW):
                h = oh * stride[0] + kh * dilation[0] - padding[0]
                w = ow * stride[1] + kw * dilation[1] - padding[1]
                if 0 <= h < H and 0 <= w < W:  # the padding is zero
                    yield (n, group * (C // groups) + c, h, w), (f, c, kh, kw), (n, f, oh, ow)

    y = np.zeros((N, F, OH, OW), input.dtype)
    for at_x, at_w, at_y in products():
        y[at_y] += input[at_x] * weight[at_w]
    if bias is not None:
        y += bias[:, None, None]

    def grad_input(g):
        dx = np.zeros((N, C, H, W), g.dtype)
        for at_x, at_w, at_y in products():
            dx[at_x] += g[at_y] * weight[at_w]
        return dx

    def grad_weight(g):
        dw = np.zeros((F, C // groups, KH, KW), g.dtype)
        for at_x, at_w, at_y in products():
            dw[at_w] += g[at_y] * input[at_x]
        return dw

    def grad_bias(g):
        return g.sum((0, 2, 3))

    return y, {"input": grad_input, "weight": grad_weight, "bias": grad_bias}

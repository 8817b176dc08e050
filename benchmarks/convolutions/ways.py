"""The ways to convolve, each on a screen, as plain functions of NumPy arrays:

    conv(x (N, C, H, W), weight (F, C, KH, KW), bias (F,) = None, stride=1, padding=0) -> y (N, F, OH, OW)

    y[n, f, oh, ow] = bias[f] + sum over c, kh, kw of  weight[f, c, kh, kw] * x[n, c, oh*s + kh - p, ow*s + kw - p]

Forward only. The gradients of this map are convolutions too, and most ways carry over to them; of the two that compute
in another domain, FFT and Winograd, torch and this library need no gradient, and there is none here.

Below, P = N * OH * OW is the number of places, and the definition's cost is 2 * P * F * C * KH * KW FLOPs. Memory is
what a way needs beside x, weight and y, in numbers of the array's dtype. WAYS has them all, with the calls each takes.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

import minitorch_edu
from minitorch_edu.ops.conv import conv2d_loops
from minitorch_edu.ops.matmul import multiply

__all__ = ["WAYS", "Way", "outputs"]


def outputs(size, kernel, stride, padding):
    """The number of windows along an axis."""
    return (size + 2 * padding - kernel) // stride + 1


def padded(x, padding):
    """x with zeros around its pictures."""
    return np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding))) if padding else x


def channels_last(a):
    """(N, C, H, W) -> (N, H, W, C), contiguous: the channels of a pixel lie together."""
    return np.ascontiguousarray(a.transpose(0, 2, 3, 1))


def with_bias(y, bias):
    return y if bias is None else y + bias[:, None, None]


def loops(x, weight, bias=None, stride=1, padding=0):
    """The definition: seven loops, one product each.

    Cost:   2 * P * F * C * KH * KW FLOPs, one Python statement for each pair of them; no memory.
    Source: minitorch_edu/ops/conv.py, conv2d_loops
    """
    arrays = [None if a is None else minitorch_edu.from_numpy(a) for a in (x, weight, bias)]
    return conv2d_loops(*arrays, stride=stride, padding=padding).numpy()


def im2col(x, weight, bias=None, stride=1, padding=0):
    """Write out all windows as the columns of a matrix; then one product does all the sums.

        columns[(c, kh, kw), (n, oh, ow)] = x[n, c, oh*s + kh - p, ow*s + kw - p]
        y = weight (F, C*KH*KW) @ columns (C*KH*KW, P)

    Idea:   nothing multiplies as fast as BLAS, and the windows make a matrix of what it can multiply.
    Cost:   the definition's FLOPs; memory C*KH*KW * P, every pixel KH*KW times.
    Source: Chellapilla, Puri & Simard (2006), High performance convolutional neural networks, section 2
            https://inria.hal.science/inria-00112631
    """
    F, C, KH, KW = weight.shape
    windows = sliding_window_view(padded(x, padding), (KH, KW), (2, 3))[:, :, ::stride, ::stride]
    N, _, OH, OW, _, _ = windows.shape
    columns = windows.transpose(1, 4, 5, 0, 2, 3).reshape(C * KH * KW, N * OH * OW)  # this copies
    y = (weight.reshape(F, -1) @ columns).reshape(F, N, OH, OW)
    return with_bias(y.swapaxes(0, 1), bias)


def blocked(x, weight, bias=None, stride=1, padding=0):
    """What `minitorch_edu` runs: im2col by blocks that stay in the processor's cache, channels last, threads.

    Idea:   a matrix as large as im2col's is read and written from far away; a few pictures' stay near.
    Cost:   the definition's FLOPs; memory 2**19 numbers for each thread, and x and weight with their channels last.
    Source: minitorch_edu/ops/conv.py, correlate
    """
    arrays = [None if a is None else minitorch_edu.from_numpy(a) for a in (x, weight, bias)]
    return minitorch_edu.nn.functional.conv2d(*arrays, stride=stride, padding=padding).numpy()


def shifted(x, weight, bias=None, stride=1, padding=0):
    """One product for each place in the kernel, of the pictures shifted to it, and their sum.

        y = sum over kh, kw of  x[:, kh - p :: s, kw - p :: s] (P, C) @ weight[kh, kw] (C, F)

    Idea:   a kernel of 1 x 1 is a product as it stands, and a kernel is a sum of such.
    Cost:   the definition's FLOPs; memory P * F; y is read and written KH*KW times, which hurts where C is small.
    Source: Vasudevan, Anderson & Gregg (2017), https://arxiv.org/abs/1704.04428 (kn2row; here what it shifts is x)
    """
    F, C, KH, KW = weight.shape
    OH, OW = (outputs(n, k, stride, padding) for n, k in zip(x.shape[2:], (KH, KW)))
    pictures = channels_last(padded(x, padding))
    matrices = np.ascontiguousarray(weight.transpose(2, 3, 1, 0))  # (KH, KW, C, F)
    y = np.zeros((len(x), OH, OW, F), x.dtype)
    product = np.empty_like(y)
    for kh, kw in np.ndindex(KH, KW):
        seen = pictures[:, kh : kh + (OH - 1) * stride + 1 : stride, kw : kw + (OW - 1) * stride + 1 : stride]
        y += np.matmul(seen, matrices[kh, kw], out=product)  # (N, OH, OW, C) @ (C, F)
    return with_bias(y.transpose(0, 3, 1, 2), bias)


def mec(x, weight, bias=None, stride=1, padding=0):
    """Unfold along one axis only: the windows along the other then lie in memory already, and overlap there.

        strips[n, oh, (w, kh, c)] = x[n, oh*s + kh - p, w, c]
        y[:, :, ow] = strips[:, :, from w = ow*s - p, as many as KW] (N*OH, KW*KH*C) @ weight (KW*KH*C, F)

    Idea:   BLAS takes a matrix whose rows lie far apart, so a window that lies in one piece needs no copy. At the left
            and right border the window is cut off: what would be a product with padding is not computed.
    Cost:   the definition's FLOPs, less those of the padding left and right; memory KH * C * N*OH*W, KW times less
            than im2col.
    Source: Cho & Brand (2017), https://arxiv.org/abs/1706.06873, algorithm 2 (which unfolds along the width)
    """
    (N, C, H, W), (F, _, KH, KW) = x.shape, weight.shape
    OH, OW = outputs(H, KH, stride, padding), outputs(W, KW, stride, padding)
    pictures = channels_last(np.pad(x, ((0, 0), (0, 0), (padding, padding), (0, 0))))
    strips = np.empty((N, OH, W, KH, C), x.dtype)
    for kh in range(KH):
        strips[:, :, :, kh] = pictures[:, kh : kh + (OH - 1) * stride + 1 : stride]
    strips = strips.reshape(N * OH, W, KH * C)
    matrix = np.ascontiguousarray(weight.transpose(3, 2, 1, 0)).reshape(KW, KH * C, F)
    y = np.zeros((N * OH, OW, F), x.dtype)
    for ow in range(OW):
        start = ow * stride - padding
        left, right = max(start, 0), min(start + KW, W)  # the window, cut off where the picture ends
        if left < right:
            rows = strips[:, left:right].reshape(N * OH, -1, copy=False)
            multiply(rows, matrix[left - start : right - start].reshape(-1, F), y[:, ow])
    return with_bias(y.reshape(N, OH, OW, F).transpose(0, 3, 1, 2), bias)


def fft(x, weight, bias=None, stride=1, padding=0):
    """Fourier's transform turns a convolution into products, frequency by frequency.

        y[n, f] = irfft2(sum over c of  rfft2(x[n, c]) * conj(rfft2(weight[f, c])))

    Idea:   in frequencies, the size of the kernel does not matter. The transform takes pictures for periodic: the
            outputs whose window goes round the edge are thrown away, and so are those between the strides.
    Cost:   with S = (H + 2p) * (W + 2p) numbers in a picture: N*C + F*C + N*F transforms of 2.5 * S * log2(S) FLOPs,
            and 8 * S/2 * N * F * C for the products; memory about S * (N*C + F*C + N*F) twice, F*C kernels as large as
            pictures among it. The error grows with the largest number of the picture, not of the window.
    Source: Mathieu, Henaff & LeCun (2013), https://arxiv.org/abs/1312.5851
    """
    x = padded(x, padding)
    OH, OW = (n - k + 1 for n, k in zip(x.shape[2:], weight.shape[2:]))
    pictures = np.fft.rfft2(x).transpose(2, 3, 0, 1)  # (frequencies, frequencies, N, C)
    kernels = np.fft.rfft2(weight, x.shape[2:]).conj().transpose(2, 3, 1, 0)  # (.., .., C, F)
    y = np.fft.irfft2((pictures @ kernels).transpose(2, 3, 0, 1), x.shape[2:])
    return with_bias(y[:, :, :OH:stride, :OW:stride], bias)


def winograd(x, weight, bias=None, stride=1, padding=0):
    """F(2x2, 3x3): 2 x 2 outputs of a 3 x 3 kernel from 16 multiplications instead of 36.

        Y = A^T [(G g G^T) * (B^T d B)] A        d a 4 x 4 tile of the picture, g the kernel, * element by element

    Idea:   two polynomials are multiplied by their values at a few points (0, 1, -1 and infinity); finding the values
            is adding and subtracting. Over all tiles, channels and filters, the 16 products are 16 matrix products.
    Cost:   2 * 16/4 * P * F * C FLOPs in the products, 2.25 times fewer than the definition's; and the transforms, here
            256 a tile and channel, 96 a tile and filter, for a few pictures at a time, which stay in the cache. Memory
            a place of these, 3 * 16/4 * C + 2 * 16/4 * F. Larger tiles would save more and cost accuracy.
    Source: Lavin & Gray (2016), https://arxiv.org/abs/1509.09308, equations 7 and 8 and algorithm 1
    """
    if weight.shape[2:] != (3, 3) or stride != 1:
        raise ValueError(f"winograd(): takes 3 x 3 kernels at stride 1, not {weight.shape[2:]} at {stride}")
    (N, C, H, W), F = x.shape, len(weight)
    OH, OW = outputs(H, 3, 1, padding), outputs(W, 3, 1, padding)
    high, wide = -(-OH // 2), -(-OW // 2)  # tiles; the last may reach beyond the picture
    pictures = np.zeros((N, 2 * high + 2, 2 * wide + 2, C), x.dtype)
    pictures[:, padding : padding + H, padding : padding + W] = x.transpose(0, 2, 3, 1)
    B, G, A = (matrix.astype(x.dtype) for matrix in (BT.T, GT.T, AT.T))

    U = both_sides(G, weight.transpose(2, 3, 1, 0).reshape(3, 3, -1)).reshape(4, 4, C, F)  # G g G^T
    y = np.empty((N, high, 2, wide, 2, F), x.dtype)
    for start in range(0, N, BLOCK):
        block = pictures[start : start + BLOCK]
        d = np.stack([block[:, i : i + 2 * high : 2, j : j + 2 * wide : 2] for i, j in np.ndindex(4, 4)])
        V = both_sides(B.T, d.reshape(4, 4, -1)).reshape(4, 4, -1, C)  # B^T d B
        Y = both_sides(A.T, (V @ U).reshape(4, 4, -1)).reshape(2, 2, len(block), high, wide, F)
        y[start : start + BLOCK] = Y.transpose(2, 3, 0, 4, 1, 5)
    y = y.reshape(N, 2 * high, 2 * wide, F).transpose(0, 3, 1, 2)
    return with_bias(y[:, :, :OH, :OW], bias)


BLOCK = 4  # pictures
BT = np.array([[1, 0, -1, 0], [0, 1, 1, 0], [0, -1, 1, 0], [0, 1, 0, -1]])
GT = np.array([[1, 0.5, 0.5, 0], [0, 0.5, -0.5, 0], [0, 0.5, 0.5, 1]])
AT = np.array([[1, 1, 1, 0], [0, 1, -1, -1]])


def both_sides(m, a):
    """m @ a[:, :, i] @ m^T for every i of a (rows, columns, many)."""
    return np.tensordot(m, m @ a, 1)  # m @ a works on the columns, tensordot on the rows


def torch(x, weight, bias=None, stride=1, padding=0):
    """torch.nn.functional.conv2d: oneDNN's kernels, compiled while they are used for the sizes at hand."""
    import torch

    arrays = [None if a is None else torch.from_numpy(a) for a in (x, weight, bias)]
    with torch.no_grad():
        return torch.nn.functional.conv2d(*arrays, stride=stride, padding=padding).numpy()


# FLOPs of a call at stride 1, from shapes (N, C, H, W) and (F, C, KH, KW) and the padding.


def flops(x, weight, padding):
    """The definition's, products with padding included."""
    (N, _, H, W), (F, C, KH, KW) = x, weight
    return 2 * N * outputs(H, KH, 1, padding) * outputs(W, KW, 1, padding) * F * C * KH * KW


def mec_flops(x, weight, padding):
    (N, _, H, W), (F, C, KH, KW) = x, weight
    met = sum(max(0, min(o - padding + KW, W) - max(o - padding, 0)) for o in range(outputs(W, KW, 1, padding)))
    return 2 * N * outputs(H, KH, 1, padding) * met * F * C * KH


def fft_flops(x, weight, padding):
    (N, C, H, W), F = x, weight[0]
    high, wide = H + 2 * padding, W + 2 * padding
    transforms = (N * C + F * C + N * F) * 2.5 * high * wide * math.log2(high * wide)
    return int(transforms) + 8 * high * (wide // 2 + 1) * N * F * C


def winograd_flops(x, weight, padding):
    (N, C, H, W), F = x, weight[0]
    tiles = N * math.prod(-(-outputs(n, 3, 1, padding) // 2) for n in (H, W))
    return tiles * (2 * 16 * C * F + 256 * C + 96 * F)


def everywhere(kernel, stride):
    return True


@dataclass(frozen=True)
class Way:
    """A way to convolve. applies(kernel, stride): whether it can; flops: what it spends, as `flops` above."""

    name: str
    conv: Callable
    applies: Callable = everywhere
    flops: Callable = flops


WAYS = {
    way.name: way
    for way in (
        Way("loops", loops),
        Way("im2col", im2col),
        Way("minitorch_edu", blocked),
        Way("shifted", shifted),
        Way("mec", mec, flops=mec_flops),
        Way("fft", fft, flops=fft_flops),
        Way("winograd", winograd, lambda kernel, stride: kernel == (3, 3) and stride == 1, winograd_flops),
        Way("torch", torch),
    )
}

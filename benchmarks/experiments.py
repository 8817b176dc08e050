"""Ideas to make our convolution faster, each tried beside what there is. What came of them is told in NOTES.md.

    OMP_NUM_THREADS=1 python -m benchmarks.experiments

One thread; the time is the least of many repetitions, in seconds of the processor, so that other processes hardly
matter. Arrays are channels-last, as inside minitorch_edu/ops/conv.py: x (N, H, W, C), weight (K, K, C, F), stride 1.
"""

import time

import numpy as np

from minitorch_edu.ops.conv import correlate, correlate_weight, spread
from minitorch_edu.ops.matmul import multiply
from minitorch_edu.ops.windows import pad, windows

__all__ = ["forward_im2col", "forward_mec", "input_mec", "weight_mec", "weight_pixels"]

CASES = ((64, 32, 16, 32, 5), (64, 32, 8, 64, 5), (64, 3, 32, 32, 5), (16, 64, 56, 64, 3))  # N, C, H = W, F, K


def forward_im2col(x, weight, padding, block=2**19):
    """As now, but a block's product is of so few rows at a time that OpenBLAS does not repack them."""
    K, _, C, F = weight.shape
    view = windows(pad(x, ((padding, padding),) * 2), (K, K), (1, 1), (1, 1))  # (N, OH, OW, K, K, C)
    y = np.empty((*view.shape[:3], F), x.dtype)
    many = max(1, block // view[0].size)
    for start in range(0, len(x), many):
        rows = np.ascontiguousarray(view[start : start + many]).reshape(-1, K * K * C)
        multiply(rows, weight.reshape(-1, F), y[start : start + many].reshape(-1, F))
    return y


def strips(x, K, padding, pictures):
    """Unfolded along the height, (pictures * OH, W, K * C), block after block in the same memory: (which, strips).

    What padding is above and below stays zero in it.
    """
    N, H, W, C = x.shape
    OH = H + 2 * padding - K + 1
    buffer = np.zeros((min(pictures, N), OH, W, K, C), x.dtype)
    for start in range(0, N, pictures):
        block = x[start : start + pictures]
        for kh in range(K):
            top = kh - padding  # out[oh] sees x[oh + top]
            rows = slice(max(0, -top), min(OH, H - top))
            buffer[: len(block), rows, :, kh] = block[:, rows.start + top : rows.stop + top]
        yield slice(start, start + pictures), buffer[: len(block)].reshape(-1, W, K * C)


def columns(W, K, padding):
    """For each output column: (itself, its window's columns, the kernel's columns that meet them)."""
    for ow in range(W + 2 * padding - K + 1):
        left, right = max(ow - padding, 0), min(ow - padding + K, W)
        yield ow, slice(left, right), slice(left - ow + padding, right - ow + padding)


def forward_mec(x, weight, padding, product=multiply, pictures=8):
    """Unfold along the height only; the windows along the width lie in one piece, and overlap."""
    (N, H, W, C), (K, _, _, F) = x.shape, weight.shape
    OH, OW = (n + 2 * padding - K + 1 for n in (H, W))
    matrix = np.ascontiguousarray(weight.swapaxes(0, 1)).reshape(K, K * C, F)  # (kw, (kh, c), F)
    y = np.empty((N, OH, OW, F), x.dtype)
    for block, rows in strips(x, K, padding, pictures):
        target = y[block].reshape(-1, OW, F)
        for ow, seen, met in columns(W, K, padding):
            product(rows[:, seen].reshape(len(rows), -1, copy=False), matrix[met].reshape(-1, F), out=target[:, ow])
    return y


def input_mec(g, weight, padding):
    """The gradient of x: the convolution of g with the flipped kernel."""
    return forward_mec(g, np.ascontiguousarray(weight[::-1, ::-1].swapaxes(2, 3)), len(weight) - 1 - padding)


def weight_mec(x, g, K, padding, pictures=8):
    """The gradient of the weight from the same strips: windows^T @ g, column by column."""
    C, F = x.shape[-1], g.shape[-1]
    total = np.zeros((K, K * C, F), x.dtype)
    for block, rows in strips(x, K, padding, pictures):
        part = g[block].reshape(len(rows), -1, F)
        for ow, seen, met in columns(x.shape[2], K, padding):
            window = rows[:, seen].reshape(len(rows), -1, copy=False)
            total[met] += (window.T @ part[:, ow]).reshape(-1, K * C, F)
    return total.reshape(K, K, C, F).swapaxes(0, 1)


def weight_pixels(x, g, K, padding):
    """Pixels outermost, pictures next to the channels: (H, W, N, C). Nothing is unfolded.

    Then what a weight met along one row of the output is one matrix, (OW * N, C), for any shift: a product for each
    output row and place in the kernel, of what lies inside the picture only. So few pictures at a time that OpenBLAS
    does not repack.
    """
    (_, H, W, C), (_, OH, OW, F) = x.shape, g.shape
    pictures = min(max(1, 10**6 // (W * C * F)), 32)
    total = np.zeros((K, K, C, F), x.dtype)
    for start in range(0, len(x), pictures):
        part = slice(start, start + pictures)
        n = len(x[part])
        pixels = np.ascontiguousarray(x[part].transpose(1, 2, 0, 3)).reshape(H, W * n, C)
        above = np.ascontiguousarray(g[part].transpose(1, 2, 0, 3)).reshape(OH, OW * n, F)
        for i, j in np.ndindex(K, K):
            top, left = i - padding, j - padding  # x[oh + top, ow + left] meets g[oh, ow]
            rows = slice(max(0, -top), min(OH, H - top))
            begin, stop = max(0, -left) * n, min(OW, W - left) * n
            met = pixels[rows.start + top : rows.stop + top, begin + left * n : stop + left * n]
            total[i, j] += (met.swapaxes(1, 2) @ above[rows, begin:stop]).sum(0)  # (rows, C, F)
    return total


def least(function, seconds=1.0):
    """The least seconds of the processor that a call took."""
    taken, end = [], time.perf_counter() + seconds
    while time.perf_counter() < end or len(taken) < 5:
        start = time.process_time()
        function()
        taken.append(time.process_time() - start)
    return min(taken)


def main():
    random = np.random.default_rng(0)
    normal = lambda *shape: random.standard_normal(shape, np.float32)
    print("product (M, 800) @ (800, 32), one thread")
    weight = normal(800, 32)
    for M in (16, 32, 39, 40, 64, 256, 1024, 4096, 16384):
        a, out = normal(M, 800), np.empty((M, 32), np.float32)
        repeat = max(1, 4096 // M)
        took = least(lambda a=a, out=out, n=repeat: [np.matmul(a, weight, out=out) for _ in range(n)], 0.5)
        print(f"    M {M:6}: {repeat * 2 * M * 800 * 32 / took / 1e9:6.1f} GFLOP/s")
    for case in CASES:
        race_ideas(*case, normal)


def race_ideas(N, C, H, F, K, normal):
    """Time every idea at one case, and print it."""
    x, weight, g, p = normal(N, H, H, C), normal(K, K, C, F), normal(N, H, H, F), K // 2
    one, pads = (1, 1), ((p, p), (p, p))
    ideas = {
        "forward": {
            "now": lambda x, w, g: correlate(x, w, one, pads, one, 1),
            "im2col, small products": lambda x, w, g: forward_im2col(x, w, p),
            "MEC, large products": lambda x, w, g: forward_mec(x, w, p, np.matmul),
            "MEC, small products": lambda x, w, g: forward_mec(x, w, p),
        },
        "input gradient": {
            "now": lambda x, w, g: spread(g, w, (H, H), one, pads, one, 1),
            "MEC, small products": lambda x, w, g: input_mec(g, w, p),
        },
        "weight gradient": {
            "now": lambda x, w, g: correlate_weight(x, g, (K, K), one, pads, one, 1),
            "MEC": lambda x, w, g: weight_mec(x, g, K, p),
            "pixels outermost": lambda x, w, g: weight_pixels(x, g, K, p),
        },
    }
    print(f"x ({N}, {C}, {H}, {H}), weight ({F}, {C}, {K}, {K}), padding {p}")
    for phase, functions in ideas.items():
        truth = functions["now"](*(a.astype(np.float64) for a in (x, weight, g)))
        for name, function in functions.items():
            error = np.abs(function(x, weight, g) - truth).max() / np.abs(truth).max() / np.finfo(np.float32).eps
            took = least(lambda f=function: f(x, weight, g))
            print(f"    {phase:16}{name:26}{1e3 * took:7.2f} ms{error:7.1f} ulp")


if __name__ == "__main__":
    main()

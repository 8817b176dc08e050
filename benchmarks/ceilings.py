"""What the machine can do at most: multiply matrices, and copy memory; every other speed is a share of these.

Both are the best of a few tries, in a process of its own with the same number of threads as everything that is raced.
The matrices are multiplied by both NumPy's BLAS and torch's, and the faster one counts: the ceiling belongs to the
machine, not to a library.

    ceilings(threads=2)  ->  {"gemm": 190.2, "copy": 21.4}    GFLOP/s in float32, GB/s

Source: STREAM (J. McCalpin), https://www.cs.virginia.edu/stream/ref.html: arrays at least four times as large as the
caches; a copy of n bytes moves 2 n. The two ceilings of a roof: Williams, Waterman, Patterson (2009),
https://doi.org/10.1145/1498765.1498785
"""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from .race import pinned

__all__ = ["attainable", "ceilings"]


def ceilings(threads, device="cpu", n=3000, mib=256, tries=7):
    """{"gemm": GFLOP/s of products of float32 matrices (n, n), "copy": GB/s of copies of so many MiB}."""
    with pinned(threads), ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(_measure, threads, device, n, mib, tries).result()


def _measure(threads, device, n, mib, tries):
    import numpy as np
    import torch
    from torch.utils.benchmark import Timer

    torch.set_num_threads(threads)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    a, b, c = (torch.rand(n, n, device=device) for _ in range(3))
    works = {"gemm": [lambda: torch.mm(a, b, out=c)], "copy": []}
    if device == "cpu":
        x, y, z = (matrix.numpy() for matrix in (a, b, c))
        works["gemm"].append(lambda: np.matmul(x, y, out=z))
    source = torch.ones(mib * 2**18, device=device)
    target = torch.zeros_like(source)
    works["copy"].append(lambda: target.copy_(source))
    amounts = {"gemm": 2 * n**3, "copy": 2 * mib * 2**20}
    found = {}
    for name, steps in works.items():
        timers = [Timer("step()", globals={"step": step}, num_threads=threads) for step in steps]
        seconds = min(timer.timeit(1).mean for timer in timers for _ in range(tries))
        found[name] = amounts[name] / seconds / 1e9
    return found


def attainable(flops, traffic, ceilings):
    """Under the roof: (the least seconds for so many operations and bytes, which ceiling it is)."""
    return max((flops / ceilings["gemm"] / 1e9, "gemm"), (traffic / ceilings["copy"] / 1e9, "copy"))

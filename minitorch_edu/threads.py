"""The processor's cores, shared out.

BLAS multiplies matrices on all cores, but NumPy copies, adds and compares on one. So an operator cuts what it computes
into one part for each thread (pictures of the batch, rows of a product) and does the whole work of a part on one core,
BLAS included: it is held to one thread meanwhile, since two kinds of threads on the same cores only disturb each other.

    share(lambda part: np.multiply(x[part], 2, out=y[part]), len(x), x.size)

The number of parts does not depend on how busy the machine is, so neither does any rounding.

Twin:  https://docs.pytorch.org/docs/stable/generated/torch.set_num_threads.html
"""

import contextvars
import functools
import itertools
import os
import threading

from . import memory

__all__ = ["blocks", "cores", "get_num_threads", "multiplies_in_place", "set_num_threads", "share"]

LEAST = 2**15  # so many numbers, at least, make a part: fewer are done before another thread has woken up
AVX512 = {"SkylakeX", "Cooperlake", "SapphireRapids"}  # OpenBLAS's names of its kernels

_busy = threading.Lock()  # held while the threads are at work
_count = None


def get_num_threads():
    """How many threads an operator uses: OMP_NUM_THREADS if that is set, else as many as there are cores.

    >>> torch.get_num_threads() >= 1
    True
    """
    global _count
    if _count is None:
        _count = int(os.environ.get("OMP_NUM_THREADS") or cores())
    return _count


def cores():
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def set_num_threads(n):
    """Use n threads from now on. RuntimeError unless n is a positive int.

    >>> before = torch.get_num_threads()
    >>> torch.set_num_threads(1)
    >>> torch.get_num_threads()
    1
    >>> torch.set_num_threads(before)
    """
    global _count
    if not isinstance(n, int) or isinstance(n, bool):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(n).__name__}")
    if n < 1:
        raise RuntimeError("set_num_threads expects a positive integer")
    _count = n


def share(function, count, size):
    """[function(part) for each part of range(count)], a slice, every part in a thread of its own.

    size: how many numbers all parts together compute (of numbers that are only added up, an eighth); few are not cut
    up, since waking a thread takes its time. Nothing is without the package threadpoolctl, which holds BLAS to one
    thread.
    """
    memory.keep()
    threads, blas = get_num_threads(), _blas()
    parts = max(1, min(threads, count, size // LEAST)) if blas else 1
    edges = [count * i // parts for i in range(parts + 1)]
    first, *others = [slice(*pair) for pair in itertools.pairwise(edges)]
    if blas is None or parts == 1 < threads:
        return [function(first)]
    with blas.limit(limits=1):
        if not others or not _busy.acquire(blocking=False):  # who comes while the threads are at work does it alone
            return [function(part) for part in (first, *others)]
        try:
            # A thread has a copy of the context, so that np.errstate holds there too.
            running = [_pool(threads).submit(contextvars.copy_context().run, function, part) for part in others]
            return [function(first), *(thread.result() for thread in running)]
        finally:
            _busy.release()


def blocks(part, length):
    """A slice, in slices of so many: what is computed of one stays in the cache while the next step reads it."""
    return (slice(start, min(start + length, part.stop)) for start in range(part.start, part.stop, length))


@functools.cache
def _blas():
    """What can hold NumPy's BLAS to one thread; None where threadpoolctl is not installed."""
    try:
        from threadpoolctl import ThreadpoolController
    except ImportError:
        return None
    return ThreadpoolController().select(user_api="blas")


@functools.cache
def multiplies_in_place():
    """Whether NumPy's BLAS has kernels that multiply small matrices where they lie: OpenBLAS has them for AVX-512."""
    blas = _blas()
    return blas is not None and any(library.get("architecture") in AVX512 for library in blas.info())


@functools.lru_cache(1)
def _pool(threads):
    from concurrent.futures import ThreadPoolExecutor

    return ThreadPoolExecutor(threads - 1, "minitorch_edu")  # the calling thread works too


def _after_fork():
    """A forked process has none of its parent's threads."""
    global _busy
    _busy = threading.Lock()
    _pool.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

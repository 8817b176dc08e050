"""Memory that is kept: a training step asks for the same tens of megabytes again and again.

glibc gives large freed arrays back to the system, and the system hands them out again page by page, each page filled
with zeros first: a fifth of the time of the tutorial's training step (benchmarks/NOTES.md). `keep` tells glibc not to.
Whoever has set one of glibc's MALLOC_... variables is left alone, and so is every other C library.

Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
"""

import functools
import os

__all__ = ["keep"]

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3  # glibc's numbers of the two settings


@functools.cache
def keep():
    """Let freed memory stay with this process: up to a gigabyte at the end of its heap, in arrays of up to 32 MiB."""
    import ctypes
    import platform

    if platform.libc_ver()[0] != "glibc" or any(name.startswith("MALLOC_") for name in os.environ):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return mallopt(M_TRIM_THRESHOLD, 2**30) == 1 and mallopt(M_MMAP_THRESHOLD, 2**25) == 1

"""Keep memory that computations free for the next ones, and return it to the system in a longer pause."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

import numpy as np

# Bytes of a block whose freeing raises glibc's limits as far as they go by themselves, to 32 and 64 MB.
RAISING = (32 << 20) - (64 << 10)


@cache
def keep_freed_memory() -> None:
    """Let the C library keep up to 64 MB of freed memory in this process.

    A decoder allocates and frees arrays of a few MB all the time. By default glibc returns them to the system, which
    has to provide and clear their pages again. Its limits follow the largest block that was freed so far ("dynamic mmap
    threshold" in mallopt(3)), so freeing a large one is enough; its pages are never touched. Other C libraries and
    limits set by the environment (MALLOC_TRIM_THRESHOLD_) are not affected.
    """
    np.empty(RAISING, np.uint8)


def return_freed_memory() -> bool:
    """Return memory that was freed to the system; return whether the C library can do that.

    Small blocks that are still in use lie between large ones that were freed, and keep glibc from returning these by
    itself (`malloc_trim(3)`). It takes some 10 ms, and the next computation about as long as without
    `keep_freed_memory`, so it is for pauses. Other C libraries than glibc do nothing.
    """
    if sys.platform != "linux":
        return False
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is None:
        return False
    trim(ctypes.c_size_t(0))
    return True

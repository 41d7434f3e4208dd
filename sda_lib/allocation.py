"""Keep memory that computations free for the next ones, and return it to the system when nothing is computed."""

from __future__ import annotations

import contextlib
import ctypes
import gc
from functools import cache

import numpy as np

# Parameter of glibc's mallopt: how many pools (arenas) there are for all threads.
M_ARENA_MAX = -8
# Bytes of a block whose freeing raises glibc's limits as far as they go by themselves, to 32 and 64 MB.
RAISING = (32 << 20) - (64 << 10)


@cache
def keep_freed_memory() -> None:
    """Let the C library keep up to 64 MB of freed memory in this process, in one pool for all threads.

    A decoder allocates and frees arrays of a few MB all the time. By default glibc returns them to the system, which
    has to provide and clear their pages again. Its limits follow the largest block that was freed so far ("dynamic mmap
    threshold" in mallopt(3)), so freeing a large one is enough; its pages are never touched. Other C libraries and
    limits set by the environment (MALLOC_TRIM_THRESHOLD_) are not affected.

    New threads get pools of their own by default, each of which keeps as much, and `release_freed_memory` does not
    reach their ends. Every thread that works in the background for a moment would so add tens of MB to a page.
    """
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
    np.empty(RAISING, np.uint8)


def release_freed_memory() -> None:
    """Return all memory to the system that was freed and kept, where the C library can do that.

    What is computed next takes up to a few hundredths of a second longer.
    """
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)

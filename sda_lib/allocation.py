"""Keep memory that computations free for the next ones, instead of returning it to the system in between."""

from __future__ import annotations

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

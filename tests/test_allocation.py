"""Arrays that are freed and needed again cost no pages of the system."""

import platform
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sda_lib.allocation import keep_freed_memory, release_freed_memory
from sda_lib.model.model import SdaModel

ROUNDS, ARRAYS, SIZE = 20, 20, 1 << 20
COUNT = f"""
import resource
import numpy as np
def use():
    return [np.ones({SIZE}, np.uint8) for _ in range({ARRAYS})] and None
use()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range({ROUNDS}):
    use()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(first):
    """Pages that the system provides while the same arrays are made and freed over and over."""
    done = subprocess.run([sys.executable, "-c", first + COUNT], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the limits of glibc")
def test_freed_memory_is_kept():
    pages = ROUNDS * ARRAYS * SIZE // 4096
    assert page_faults("") > pages / 2
    assert page_faults("from sda_lib.allocation import keep_freed_memory\nkeep_freed_memory()") < pages / 100


def test_a_model_that_is_loaded_keeps_freed_memory(tiny_model_path):
    keep_freed_memory.cache_clear()
    SdaModel.load(tiny_model_path)
    assert keep_freed_memory.cache_info().currsize == 1


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells how much memory is in use")
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries decide for themselves")
def test_kept_memory_is_returned():
    keep_freed_memory()
    arrays = [np.ones(SIZE // 16, np.uint8) for _ in range(600)]
    last = np.ones(SIZE // 16, np.uint8)  # keeps the arrays below it from being returned by themselves
    del arrays
    before = resident()
    release_freed_memory()
    assert resident() < before - 20 * SIZE
    assert last.all()


def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

"""Arrays that are freed and needed again cost no pages of the system."""

import platform
import subprocess
import sys

import pytest

from sda_lib.allocation import keep_freed_memory
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


FREEING = """
import psutil
import numpy as np
from sda_lib.allocation import release_freed_memory
size = lambda: psutil.Process().memory_full_info().uss
blocks = [np.ones(5000) for _ in range(5000)]
blocks = blocks[::100]
before = size()
release_freed_memory()
print(before - size())
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc")
def test_freed_memory_between_blocks_in_use_is_returned():
    out = subprocess.run([sys.executable, "-c", FREEING], capture_output=True, text=True, check=True).stdout
    assert int(out) > 100_000_000


THREADS = """
import threading
import numpy as np
import psutil
from sda_lib.allocation import RAISING, keep_freed_memory, release_freed_memory
before = psutil.Process().memory_full_info().uss
def use(waiting, done):
    blocks = [np.ones(5000) for _ in range(1000)]
    del blocks
    waiting.wait()
    done.wait()
waiting, done = threading.Barrier(9), threading.Barrier(9)
threads = [threading.Thread(target=use, args=(waiting, done)) for _ in range(8)]
for thread in threads:
    thread.start()
waiting.wait()
release_freed_memory()
print(psutil.Process().memory_full_info().uss - before)
done.wait()
for thread in threads:
    thread.join()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc")
def test_threads_share_one_pool_whose_free_memory_is_returned():
    def kept(first):
        code = THREADS.replace("before =", f"{first}\nbefore =", 1)
        return int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)

    limits_alone = "np.empty(RAISING, np.uint8)"
    assert kept("keep_freed_memory()") < kept(limits_alone) / 4

"""Locks are released after use, and those who only read the holder's name don't refuse anyone."""

import os
import sys
import threading
import time

import pytest

from sda_lib.errors import SdaError
from sda_lib.runs import locks


def test_the_lock_is_free_after_use_even_after_an_error(tmp_path):
    out = tmp_path / "x.sda"
    with pytest.raises(ZeroDivisionError), locks.training_into(out):
        raise ZeroDivisionError
    with locks.training_into(out):
        pass
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no shared locks")
def test_a_process_that_reads_the_holder_for_long_refuses_nobody(tmp_path):
    out = tmp_path / "x.sda"
    reading = os.open(locks.lock_path(out), os.O_RDWR | os.O_CREAT)
    assert locks._try_lock(reading, shared=True)
    waiting = threading.Timer(40 * 0.02, os.close, [reading])
    waiting.start()
    begun = time.monotonic()
    with locks.training_into(out):
        assert time.monotonic() - begun > locks.HOLDER_TRIES * 0.02
        assert locks.holder(out) == f"process {os.getpid()}"
        with pytest.raises(SdaError, match="is being trained already"), locks.training_into(out):
            pass
    waiting.join()

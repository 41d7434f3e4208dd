"""Locks are released after use."""

import pytest

from sda_lib.runs import locks


def test_the_lock_is_free_after_use_even_after_an_error(tmp_path):
    out = tmp_path / "x.sda"
    with pytest.raises(ZeroDivisionError), locks.training_into(out):
        raise ZeroDivisionError
    with locks.training_into(out):
        pass
    assert list(tmp_path.iterdir()) == []

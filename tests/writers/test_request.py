"""Requests of writers."""

import pytest

from sda_lib.errors import SdaError
from sda_lib.writers.request import Request


def test_a_request_needs_a_frame():
    with pytest.raises(SdaError, match="at least one frame"):
        Request(0)

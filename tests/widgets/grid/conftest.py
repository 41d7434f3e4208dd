"""The grid of the first sound; `acts.py`, which the tests share, becomes importable."""

import sys
from pathlib import Path

import pytest

from sda_widgets.grid.code_grid import CodeGrid

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def grid(session):
    return CodeGrid(session, session.sound)

"""Files that scripts/fuzz.py begins with are valid, so that mutations of them reach what is behind the header."""

import random
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import fuzz_readers


@pytest.mark.parametrize("name", fuzz_readers.TARGETS)
def test_every_reader_has_valid_seeds(name, tmp_path):
    target = fuzz_readers.TARGETS[name]
    seeds = target.seeds(tmp_path)
    assert seeds
    for path in seeds:
        target.header(path)
        target.read(path)


@pytest.mark.parametrize("name", ["sound", "media", "defaults", "json codes"])
def test_mutations_depend_on_the_seed_alone(name, tmp_path):
    target = fuzz_readers.TARGETS[name]
    data = target.seeds(tmp_path)[0].read_bytes()
    first, second = (target.mutate(data, random.Random(7)) for _ in range(2))
    assert first == second

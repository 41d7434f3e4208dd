"""The starter writes sounds before anything was trained, and says what it is made of."""

import pytest

from sda_lib.training.starter import COUNT, FOLDER, NAME, make_starter
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def starter(tmp_path_factory):
    return make_starter(tmp_path_factory.mktemp("starter") / f"{NAME}.sda")


def test_it_writes_sounds(starter):
    clip = generate(starter, GenerateOptions(seconds=1.0)).clip
    assert clip.seconds == pytest.approx(1.0, abs=0.1)
    assert abs(clip.samples).max() > 0.01


def test_its_header_names_procedural_sounds(starter):
    assert starter.name == NAME
    assert starter.header["corpus"]["folder"] == FOLDER
    assert starter.header["corpus"]["files"] == COUNT
    assert starter.header["choice"]["base"]["name"] == "long-mono"


def test_the_same_seed_gives_the_same_model(starter, tmp_path):
    assert make_starter(tmp_path / "again.sda").fingerprints == starter.fingerprints

"""The starter writes sounds before anything was trained, and says what it is made of."""

import pytest

from sda_lib.analysis.features import Spectra, summary
from sda_lib.training.starter import COUNT, FOLDER, NAME, make_starter, starter_in_steps, starter_sliders
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


def test_it_has_sliders_that_move_its_sounds(starter):
    codes = generate(starter, GenerateOptions(seconds=1.0)).codes
    brighter = starter.decode(starter.moved(codes, {"brightness": 2.0}))
    bright = [summary(Spectra.of(one))["brightness"] for one in (starter.decode(codes), brighter)]
    assert bright[1] > bright[0] + 100


def test_sliders_that_are_shipped_are_of_this_version():
    assert {"brightness", "warmth", "loudness"} <= {card.name for card in starter_sliders().shown}


def test_ending_it_early_leaves_no_file(tmp_path):
    steps = starter_in_steps(tmp_path / "models" / "starter.sda")
    shares = [next(steps).share for _ in range(3)]
    assert shares == sorted(shares)
    steps.close()
    assert list((tmp_path / "models").iterdir()) == []

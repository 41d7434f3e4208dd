"""Files of version 0.1, from before the modules moved: they open, and give the sounds that they gave then.

tests/data/earlier was made by that code: a model with sliders (three steps of training), a session (two edits and a
slider), codes, a run's folder, a tagged WAV, and what the session and the codes gave as WAV.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.model.model import SdaModel
from sda_lib.runs.run import Run

EARLIER = Path(__file__).parent / "data" / "earlier"
pytestmark = pytest.mark.slow


@pytest.fixture
def library(tmp_path):
    """A folder of models, as `sda` finds them by name."""
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(EARLIER / "before.sda", tmp_path / "data/models")
    return tmp_path / "data/models"


def difference(one, other):
    """Largest difference of two files of 16 bits or more, in steps of 16 bits: processors round differently."""
    samples = [soundfile.read(path, dtype="float64")[0] for path in (one, other)]
    return np.abs(samples[0] - samples[1]).max() * 2**15


def test_a_model_opens_with_all_its_parts():
    model = SdaModel.load(EARLIER / "before.sda")
    assert (model.name, model.levels, len(model.memory.pieces)) == ("before", 6, 3)
    assert "warmth" in [card.name for card in model.sliders.shown]


def test_a_session_is_rendered_as_it_was(ok, library):
    ok("render", EARLIER / "session.json", "-o", "session.wav")
    assert difference("session.wav", EARLIER / "session.wav") <= 1


def test_a_tagged_file_is_rendered_from_its_tags(ok, library):
    ok("render", EARLIER / "tagged.wav", "-o", "tagged.wav")
    assert difference("tagged.wav", EARLIER / "tagged.wav") <= 1


def test_codes_are_decoded_as_they_were(ok, library):
    ok("decode", EARLIER / "pluck.codes.npz", "-m", "before", "-o", "pluck.wav")
    assert difference("pluck.wav", EARLIER / "pluck_decoded.wav") <= 1


def test_a_run_is_listed_with_its_curve(ok, library):
    shutil.copytree(EARLIER / "run", library.parent / "runs/20261129-064909-before")
    assert "finished" in ok("runs")
    run = Run(library.parent / "runs/20261129-064909-before")
    assert [event.kind for event in run.events()[0]].count("done") == 1
    assert run.recipe.train.steps == 3

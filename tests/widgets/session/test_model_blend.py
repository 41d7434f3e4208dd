"""One sound of two models."""

import numpy as np
import pytest
import soundfile

import sda_lib
from sda_widgets.session.session import Session


@pytest.fixture
def other(session):
    return session.library.duplicate(session.model_path)


def test_a_blend_is_made_played_and_written(session, other, finished):
    session.model_blend.make(other, 0.25, sda_lib.GenerateOptions(0.5, seed=3))
    finished(session.model_blend)
    assert session.message == ""
    clip = session.model_blend.clip
    assert clip.seconds == pytest.approx(0.5, abs=0.06)
    assert session.preview is not None
    alone = sda_lib.blend([session.model, session.model], sda_lib.GenerateOptions(0.5, seed=3), [1.0, 0.0])
    assert np.allclose(clip.samples, alone.samples, atol=1e-4)  # both models are the same
    path = session.model_blend.write(suffix=".flac")
    assert soundfile.info(path).duration == pytest.approx(clip.seconds, abs=1e-3)
    assert session.exports.path == path


def test_nothing_is_written_before_there_is_a_blend(places):
    session = Session(places)
    session.model_blend.write()
    assert "press Blend and listen" in session.message
    session.model_blend.make(places.models / "none.sda", 0.5, sda_lib.GenerateOptions(0.5))
    assert "No model is open" in session.message

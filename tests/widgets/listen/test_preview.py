"""The short preview: a clip becomes a message with its samples as bytes."""

import numpy as np
import pytest
from traitlets import Any, HasTraits

from sda_lib import AudioClip, SdaModel
from sda_lib.maps.corpus_map import recording_clip
from sda_widgets.listen.pcm import pcm16
from sda_widgets.listen.preview import Preview

HOSTILE = "<img src=x onerror=alert(1)>"


class FakeSession(HasTraits):
    """A session of which only the preview is used."""

    preview = Any(None, allow_none=True)
    preview_note = Any("")


@pytest.fixture
def session():
    return FakeSession()


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture
def sent(monkeypatch):
    sent = []
    monkeypatch.setattr(Preview, "send", lambda _self, message, buffers=(): sent.append((message, buffers)))
    return sent


def test_a_preview_is_sent_as_bytes(session, model, sent):
    Preview(session)
    session.preview = recording_clip(model, 1)
    session.preview = recording_clip(model, 1)  # the same sound is played again
    session.preview = None
    clip = recording_clip(model, 1)
    played = {"kind": "play", "name": clip.name, "channels": 1, "rate": 48000}
    assert [message for message, _ in sent] == [played, played, {"kind": "stop"}]
    assert sent[0][1] == [pcm16(clip.samples)]


def test_a_preview_in_stereo_is_interleaved_and_clipped(session, sent):
    Preview(session)
    session.preview = AudioClip(np.array([[0, 0.5, 2], [-2, 0, 1]], np.float32), 44100, HOSTILE)
    ((message, buffers),) = sent
    assert (message["channels"], message["rate"]) == (2, 44100)
    assert np.frombuffer(buffers[0], "<i2").tolist() == [0, -32767, 16384, 0, 32767, 32767]


def test_a_lower_gain_is_told(session, sent):
    Preview(session)
    session.preview_note = "Played at -10.9 dB to stay below full scale"
    session.preview = AudioClip(np.zeros((1, 10), np.float32), 44100)
    assert sent[0][0]["note"] == session.preview_note

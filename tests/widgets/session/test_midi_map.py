"""The MIDI map, kept for later pages."""

import pytest

from sda_lib.errors import SdaError
from sda_widgets.session.session import Session

pytestmark = pytest.mark.slow


@pytest.fixture
def session(slider_session):
    return slider_session


def test_unwritable_map_is_an_error(session, monkeypatch):
    monkeypatch.setattr(
        "sda_widgets.session.midi_map.write_atomically", lambda *_: (_ for _ in ()).throw(SdaError("No space left."))
    )
    session.midi.assign("warmth", "0:21")
    assert session.message == "No space left."
    assert session.midi.knobs == {"warmth": "0:21"}


def test_map_is_kept_for_later_pages(session):
    session.midi.assign("warmth", "0:21")
    session.midi.assign("loudness", "0:21")  # a knob moves one slider
    assert session.midi.knobs == {"loudness": "0:21"}
    assert Session(session.places).midi.knobs == {"loudness": "0:21"}
    session.places.midi_map.write_text("[1, 2")
    assert Session(session.places).midi.knobs == {}

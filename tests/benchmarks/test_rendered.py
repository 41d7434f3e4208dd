"""Scores are MIDI files that declare what they hold; every corpus' notes lie inside of their spacing."""

import shutil

import numpy as np
import pytest
import rendered
from rendered import SOUNDFONT, Note, midi, variable_length


@pytest.mark.parametrize(
    ("value", "coded"), [(0, "00"), (127, "7f"), (128, "8100"), (2400, "9260"), (200000, "8c9a40")]
)
def test_midi_times(value, coded):
    assert variable_length(value).hex() == coded


def test_midi_file_declares_what_it_holds():
    notes = [Note(str(key), 5, (key, key + 7), 100, 300, 400) for key in range(40, 60)]
    data = midi(notes, 1000)
    assert data[:4] == b"MThd"
    assert data[14:18] == b"MTrk"
    assert int.from_bytes(data[18:22], "big") == len(data) - 22
    assert data.count(bytes([0xC0, 5])) == len(notes)


@pytest.mark.parametrize("corpus", ["notes", "piano", "pads"])
def test_every_corpus_is_held_and_kept_within_its_spacing(corpus, monkeypatch):
    spaced = []

    def played(notes, spacing, **_):
        spaced.extend((note, spacing) for note in notes)
        return iter(())

    monkeypatch.setattr(rendered, "played", played)
    assert not list(getattr(rendered, corpus)())
    assert 20 < len(spaced) < 150
    assert len({note.name for note, _ in spaced}) == len(spaced)
    for note, spacing in spaced:
        assert 0 < note.held < spacing
        assert note.kept < spacing
        assert all(0 <= key < 128 for key in note.keys)


@pytest.mark.skipif(
    shutil.which("fluidsynth") is None or not SOUNDFONT.exists(), reason="needs fluidsynth and its sound font"
)
def test_notes_are_cut_where_they_begin():
    first, second = (samples for _, samples in rendered.played([Note("a", 0, (60,), 100, 300, 400)] * 2, 1000))
    assert first.shape == second.shape == (2, round(0.4 * rendered.RATE))
    assert np.abs(first).max() > 0.01
    assert np.abs(second).max() == pytest.approx(np.abs(first).max(), rel=0.2)

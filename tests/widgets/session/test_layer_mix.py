"""Layers on the page: sounds that are exported, placed, played together and written as one."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.mixing.mix_tags import read_mix


def test_the_current_sound_and_an_exported_one_become_one(session, tiny_corpus):
    first = session.exports.write(session.sound)
    session.layers.add(first)
    session.layers.add_sound(session.sound)
    assert session.message == ""
    session.layers.change(1, at=0.5, gain=-6.0, pan=0.5)
    session.layers.preview()
    assert session.preview.channels == 2
    assert session.preview.seconds == pytest.approx(session.sound.clip.seconds + 0.5, abs=0.01)
    session.layers.write()
    path = session.exports.path
    one, other = read_mix(path).layers
    assert (one.at, other.at, other.gain, other.pan) == (0.0, 0.5, -6.0, 0.5)
    assert one.made is not None
    assert other.made is not None
    assert np.abs(read_clip(path).samples).max() > 0.01


def test_layers_are_muted_and_removed(session):
    session.layers.add_sound(session.sound)
    session.layers.change(0, mute=True)
    session.layers.preview()
    assert "Every layer is muted" in session.message
    session.layers.remove(0)
    assert session.layers.places == ()
    session.layers.write()
    assert "There are no layers yet" in session.message


def test_files_outside_the_folders_are_refused(session, tmp_path):
    session.layers.add(tmp_path / "../elsewhere.wav")
    assert session.message
    assert session.layers.places == ()

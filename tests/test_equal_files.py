"""Equal contents make equal files of every kind that SDA writes, whatever the time, but for fields that state it."""

import os
import time

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.batch.manifest import update_manifest
from sda_lib.codec.codes import save_codes
from sda_lib.export.finish import Delivery
from sda_lib.export.instruments import InstrumentSettings, write_instrument
from sda_lib.export.write import write_clip
from sda_lib.sessions.history import History, SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sessions.session_file import save_session
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.options import GenerateOptions

SOUND = AudioClip(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 24000)).astype(np.float32), 48000)


@pytest.fixture
def later(monkeypatch):
    """Let every second writing take place three days later."""
    now = time.time
    return lambda: monkeypatch.setattr(time, "time", lambda: now() + 3 * 86400)


def contents(folder):
    """Return the bytes of all files in and below a folder by name."""
    return {path.relative_to(folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _codes(folder, model, codes):
    save_codes(codes, folder / "a.codes.npz")
    save_codes(codes, folder / "a.codes.json")


def _session(folder, model, codes):
    history = History.begin(SoundState(codes, SliderSettings(codes)), "new", GenerateOptions(1.0))
    save_session(folder / "a.sdasession", model, history, Playback(), "a")


def _manifest(folder, model, codes):
    update_manifest(folder, [{"file": "a.wav", "seed": 1, "level": 0.5}, {"file": "b.wav", "seed": 2}])


def _instrument(folder, model, codes):
    for name in ("a", "b"):
        write_clip(SOUND, folder / f"{name}.wav", Delivery(24), {})
    write_instrument(sorted(folder.glob("*.wav")), folder / "out", InstrumentSettings("kit"))


def _sounds(folder, model, codes):
    for depth in (16, 24, 32):
        write_clip(SOUND, folder / f"{depth}.wav", Delivery(depth), {"seed": 1, "title": "a"})
    for suffix in ("flac", "ogg", "opus", "mp3"):
        write_clip(SOUND, folder / f"a.{suffix}", Delivery(24), {"seed": 1, "title": "a"})


def _model(folder, model, codes):
    model.save(folder / "a.sda")


@pytest.mark.parametrize("write", [_codes, _session, _manifest, _instrument, _sounds, _model])
def test_equal_contents_make_equal_files(plain, rain, tmp_path, write, later):
    found = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(folder, plain, rain)
        found.append(contents(folder))
        later()
    assert found[0]
    assert found[0] == found[1]


def test_a_sound_can_still_be_read(plain, rain, tmp_path):
    _sounds(tmp_path, plain, rain)
    assert {read_clip(path).channels for path in tmp_path.iterdir()} == {2}


def test_equal_sounds_make_equal_archives(tmp_path):
    """Whatever the dates of the files in it."""
    exporting = pytest.importorskip("sda_widgets.session.exporting")
    path = write_clip(SOUND, tmp_path / "a.wav", Delivery(24), {})
    found = []
    for when in (1e9, 1.5e9):
        os.utime(path, (when, when))
        found.append(exporting.archive((path,), tmp_path))
    assert found[0] == found[1]

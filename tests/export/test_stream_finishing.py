"""Long sounds are finished block by block as short ones are as a whole."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.tags import read_tags
from sda_lib.errors import SdaError
from sda_lib.export import finishing, stream_finishing, write
from sda_lib.export.finish import Delivery, Effects, Finish, Space
from sda_lib.export.finishing import write_finished, write_finished_stream

RATE, DEEP = 48000, Delivery(bit_depth=32)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Sounds of more than a tenth of a second are long, and their parts are small."""
    monkeypatch.setattr(finishing, "HELD_SECONDS", 0.1)
    monkeypatch.setattr(stream_finishing, "PART_SAMPLES", 8192)


def sound(channels):
    """Noise that swells and ends in silence, with clicks."""
    count = RATE + 777
    noise = np.random.default_rng(0).standard_normal((channels, count)) * np.linspace(0.01, 0.2, count)
    noise[:, ::9000] += 0.5
    noise[:, :3000] = noise[:, -5000:] = 0
    return AudioClip(noise, RATE, "noise")


def stream_of(clip, size=5000):
    def blocks():
        for first in range(0, clip.length, size):
            yield AudioClip(clip.samples[:, first : first + size], clip.sample_rate)

    return write.Stream(blocks, clip.length, clip.sample_rate, clip.channels)


EFFECTS = [
    Effects(highpass=200.0), Effects(lowpass=3000.0, tilt=4.0), Effects(drive=12.0), Effects(compress=20.0),
    Effects(echo=0.1), Effects(reverb=0.5, room=0.3), Effects(limit=9.0), Effects(drive=6.0, echo=0.05, limit=3.0),
]  # fmt: skip
PLACES = [Space(mode="mono"), Space(mode="stereo", width=1.7, pan=-0.3), Space(mode="stereo", width=0.2)]


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(
    "finish",
    [
        *(Finish(effects=one, delivery=DEEP) for one in EFFECTS),
        *(Finish(space=one, delivery=DEEP) for one in PLACES),
        Finish(trim=40.0, delivery=DEEP),
        Finish(effects=Effects(echo=0.1, reverb=0.2), space=PLACES[1], trim=50.0, delivery=Delivery(32, lufs=-30)),
    ],
    ids=lambda finish: str(finish.to_plain()),
)
def test_a_long_sound_is_finished_as_a_short_one(tmp_path, channels, finish):
    if not finish.effects.is_off:
        pytest.importorskip("pedalboard")
    clip = sound(channels)
    whole = read_clip(write_finished(clip, tmp_path / "whole.wav", finish))
    found = read_clip(write_finished_stream(stream_of(clip), tmp_path / "streamed.wav", finish))
    assert found.samples.shape == whole.samples.shape
    assert np.abs(found.samples - whole.samples).max() < 2e-5
    assert whole.peak > 0.01
    ours, theirs = read_tags(tmp_path / "whole.wav"), read_tags(tmp_path / "streamed.wav")
    assert {name: ours.get(name) for name in ("correlation", "mono_loss")} == {
        name: theirs.get(name) for name in ("correlation", "mono_loss")
    }
    assert sorted(path.name for path in tmp_path.iterdir()) == ["streamed.wav", "whole.wav"]


def test_what_needs_the_whole_sound_is_refused_where_it_is_too_long(tmp_path, monkeypatch):
    monkeypatch.setattr(finishing, "MOST_HELD", RATE // 2)
    for finish in (Finish(loop="whole"), Finish(space=Space(mode="binaural"))):
        with pytest.raises(SdaError, match="parts of it"):
            write_finished_stream(stream_of(sound(1)), tmp_path / "x.wav", finish)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_reported(tmp_path, full_disk):
    pytest.importorskip("pedalboard")
    with full_disk(), pytest.raises(SdaError, match="File too large"):
        write_finished_stream(stream_of(sound(1)), tmp_path / "x.wav", Finish(effects=Effects(echo=0.2)))
    assert not list(tmp_path.iterdir())

"""Effects: each has its measurable effect on real sound, and none when it is off."""

import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.errors import SdaError
from sda_lib.export import effects as module
from sda_lib.export.effects import insert_effects, master_effects, why_no_effects
from sda_lib.export.finish import Effects, effects_of
from sda_lib.fields import options_of

DEMO = Path(__file__).parents[2] / "data/demo"


@pytest.fixture(scope="module")
def drum():
    return read_clip(DEMO / "tabla_ghe3.flac").with_channels(1)


def through(clip, **amounts):
    chosen = Effects(**amounts)
    return master_effects(insert_effects(clip, chosen), chosen)


def level(samples):
    return 10 * np.log10(np.square(samples, dtype=np.float64).mean() + 1e-20)


def band(clip, low, high):
    """Return the level between two frequencies in dB."""
    power = np.square(np.abs(np.fft.rfft(clip.samples.mean(0))))
    hertz = np.fft.rfftfreq(clip.length, 1 / clip.sample_rate)
    return 10 * np.log10(power[(hertz >= low) & (hertz < high)].sum() + 1e-20)


def test_effects_that_are_off_change_nothing(drum):
    assert through(drum) is drum
    assert through(drum, room=0.5) is drum  # a room's size without a share of it
    assert Effects().is_off
    assert Effects().tail == 0


def test_filters_and_tilt_move_the_spectrum(drum):
    assert band(through(drum, highpass=1000), 20, 300) < band(drum, 20, 300) - 15
    assert band(through(drum, highpass=1000), 4000, 9000) == pytest.approx(band(drum, 4000, 9000), abs=1)
    assert band(through(drum, lowpass=1000), 4000, 9000) < band(drum, 4000, 9000) - 15
    assert band(through(drum, lowpass=20_000), 20, 9000) == pytest.approx(band(drum, 20, 9000), abs=1)
    bright, dark = through(drum, tilt=8), through(drum, tilt=-8)
    assert band(bright, 4000, 9000) - band(bright, 50, 200) > band(drum, 4000, 9000) - band(drum, 50, 200) + 6
    assert band(dark, 4000, 9000) - band(dark, 50, 200) < band(drum, 4000, 9000) - band(drum, 50, 200) - 6


def test_drive_adds_partials_at_an_unchanged_level():
    tone = AudioClip(0.2 * np.sin(2 * np.pi * 440 * np.arange(48000) / 48000)[None], 48000)
    driven = through(tone, drive=20)
    assert level(driven.samples) == pytest.approx(level(tone.samples), abs=0.1)
    assert band(driven, 1300, 1340) > band(tone, 1300, 1340) + 40


def test_compressor_and_limiter_reduce_the_dynamic_range(drum):
    def spread(clip):
        frames = clip.samples[0][: clip.length // 960 * 960].reshape(-1, 960)
        return np.ptp(np.percentile([level(one) for one in frames], [10, 95]))

    assert spread(through(drum, compress=24)) < spread(drum) - 4
    limited = through(drum, limit=12)
    assert level(limited.samples) > level(drum.samples) + 4
    assert limited.peak <= drum.peak * 1.01


def test_echo_and_reverb_have_a_decaying_tail(drum):
    echoed = through(drum, echo=0.25)
    assert echoed.seconds == pytest.approx(drum.seconds + Effects(echo=0.25).tail, abs=1e-3)
    place = round(0.25 * drum.sample_rate)
    left = echoed.samples[0, : drum.length] - drum.samples[0]
    assert np.corrcoef(left[place:], drum.samples[0, : drum.length - place])[0, 1] > 0.9
    for chosen in ({"echo": 0.25}, {"reverb": 0.5, "room": 0.8}, {"reverb": 1, "room": 1}):
        end = through(drum, **chosen).samples[:, -480:]
        assert np.abs(end).max() < 10**-3
    wet = through(drum, reverb=0.6, room=0.6)
    assert level(wet.samples[0, drum.length : drum.length + 4800]) > -60


def test_stereo_stays_stereo_and_a_chain_is_the_same_every_time():
    clip = read_clip(DEMO / "ambi_choir.flac").with_channels(2)
    one, again = (through(clip, tilt=3, echo=0.1, reverb=0.4, room=0.4, limit=3) for _ in range(2))
    assert one.channels == 2
    assert np.array_equal(one.samples, again.samples)


def test_every_effect_changes_sound_and_stays_finite(drum):
    for name, one in options_of(Effects).items():
        for value in {one.low, one.high} - {0}:
            chosen = through(drum, **{name: value, **({"reverb": 0.5} if name == "room" else {})})
            assert np.isfinite(chosen.samples).all()
            assert chosen.length != drum.length or not np.array_equal(chosen.samples, drum.samples)


def test_invalid_effects_are_refused(drum, monkeypatch):
    with pytest.raises(SdaError, match="no effect 'chorus'; there are highpass"):
        effects_of({"chorus": 1})
    for name, one in options_of(Effects).items():
        for value in (one.high * 2, one.low - 1, float("nan")):
            with pytest.raises(SdaError, match=f"effect {name} must be from"):
                effects_of({name: value})
    with pytest.raises(SdaError, match="at least 20 Hz"):
        Effects(lowpass=3)
    four = dataclasses.replace(drum, samples=np.repeat(drum.samples, 4, 0))
    with pytest.raises(SdaError, match="turn them off for ambisonics"):
        master_effects(four, Effects(reverb=0.2))
    monkeypatch.setattr(module.importlib.util, "find_spec", lambda name: None)
    assert "pip install" in why_no_effects()
    with pytest.raises(SdaError, match="pip install"):
        insert_effects(drum, Effects(tilt=1))
    assert insert_effects(drum, Effects()) is drum
    assert "pedalboard" in sys.modules

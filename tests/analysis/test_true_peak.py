"""True peaks of blocks against the meter, and the gain that keeps sounds below full scale."""

import numpy as np
import pytest

from sda_lib.analysis.true_peak import (
    BLOCK,
    CONTEXT,
    BlockPeaks,
    TruePeakMeter,
    below_full_scale,
    guard_db,
    guard_note,
)  # fmt: skip
from sda_lib.audio.clip import AudioClip, read_clip

RATE = 48000


def metered(samples, rate=RATE):
    meter = TruePeakMeter(rate, len(samples))
    meter.add(samples)
    return meter.peak


def steady(seconds, amplitude):
    """A sine whose samples miss its crests by 3 dB all the time."""
    return (amplitude * np.sin(np.pi / 2 * np.arange(int(seconds * RATE)) + np.pi / 4))[None].astype(np.float32)


def test_peaks_between_samples_are_found_in_every_block():
    sine = steady(1.0, 1.2)
    assert np.abs(sine).max() < 0.85
    peaks = BlockPeaks(sine, RATE)
    assert peaks.peak == pytest.approx(1.2, rel=0.05)  # its edges overshoot
    assert peaks.peak == pytest.approx(metered(sine), rel=0.05)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("length", [1, 100, BLOCK, 3 * BLOCK + 17])
def test_blocks_find_what_the_meter_finds(channels, length):
    noise = np.random.default_rng(length).normal(0, 0.7, (channels, length)).astype(np.float32)
    assert BlockPeaks(noise, RATE).peak == pytest.approx(metered(noise), rel=1e-3)


def test_a_recording_far_above_full_scale(pytestconfig):
    clip = read_clip(pytestconfig.rootpath / "data/demo/perc_snap.flac")
    loud = clip.samples * np.float32(3.5 / clip.peak)
    assert BlockPeaks(loud, clip.sample_rate).peak == pytest.approx(metered(loud, clip.sample_rate), rel=1e-3)


@pytest.mark.parametrize("first", [0, 5, BLOCK - CONTEXT, BLOCK - 1, BLOCK, 2 * BLOCK + 5])
def test_an_update_equals_a_new_measurement(first):
    before = np.random.default_rng(1).normal(0, 0.5, (2, 4 * BLOCK - 100)).astype(np.float32)
    after = before.copy()
    after[:, first : first + 40] *= 6
    peaks = BlockPeaks(before, RATE)
    copied = peaks.copy()
    copied.update(after, first, first + 40)
    assert copied.peak == BlockPeaks(after, RATE).peak > peaks.peak
    copied.update(before, first, first + 40)
    assert copied.peak == peaks.peak
    copied.update(before, 0, 0)  # nothing changed
    assert copied.peak == peaks.peak


def test_a_quiet_sound_is_not_oversampled(monkeypatch):
    monkeypatch.setattr(BlockPeaks, "_true_peak", None)
    assert BlockPeaks(steady(1.0, 0.6), RATE).peak == pytest.approx(0.6 * np.sqrt(0.5), rel=1e-3)


def test_the_gain_is_a_tenth_of_a_decibel_at_least_what_is_needed():
    assert guard_db(0.0) == guard_db(0.7) == guard_db(1.0) == guard_db(1.0005) == 0
    assert guard_db(3.5) == -10.9
    assert guard_db(10.0) == -20.0
    for peak in np.geomspace(1.002, 50, 200):
        gain = guard_db(float(peak))
        assert peak * 10 ** (gain / 20) <= 1.0006
        assert guard_db(float(peak)) > -20 * np.log10(peak) - 0.1
        assert round(10 * gain) == pytest.approx(10 * gain)


def test_sounds_that_are_compared_get_one_gain():
    quiet, loud = (AudioClip(steady(0.1, amplitude), RATE) for amplitude in (0.5, 4.0))
    assert below_full_scale([quiet]) == ([quiet], 0.0)
    (one, other), gain_db = below_full_scale([quiet, loud])
    assert -12.7 < gain_db < -12.0
    assert other.peak / one.peak == pytest.approx(8, rel=1e-3)
    assert metered(other.samples) <= 1.001


def test_sounds_that_are_played_softer_need_less():
    between = AudioClip(steady(0.1, 1.2), RATE)  # no sample exceeds full scale
    assert below_full_scale([between])[1] < -1
    assert below_full_scale([between], 0.7) == ([between], 0.0)
    loud = AudioClip(steady(0.1, 4.0), RATE)
    assert below_full_scale([loud], 0.5)[1] == guard_db(loud.peak)


def test_the_note():
    assert guard_note(0.0) == ""
    assert guard_note(-10.9) == "Played at -10.9 dB to stay below full scale"
    assert guard_note(-1.0, "Both play") == "Both play at -1.0 dB to stay below full scale"

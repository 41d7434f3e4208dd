"""The limiter holds the true peak, leaves what is below it alone, and does the same to any part of a sound."""

import numpy as np
import pytest

from sda_lib.analysis.loudness import measure_loudness
from sda_lib.audio.clip import AudioClip
from sda_lib.export import limiter
from sda_lib.export.limiter import REACH, limited

RATE = 48000


def whole(clip, ceiling, size=4096):
    return np.concatenate([one.samples for one in limited([clip], ceiling, size)], 1)


@pytest.fixture(params=[1, 2], ids=["mono", "stereo"])
def loud(request):
    """Two seconds of noise with bursts of up to 6 dB over full scale."""
    noise = np.random.default_rng(0).standard_normal((request.param, 2 * RATE)) * 0.15
    for at in (0, 20_000, 20_500, 60_000, 2 * RATE - 500):
        noise[:, at : at + 400] *= 3.4
    return AudioClip(noise, RATE, "loud")


@pytest.mark.parametrize("ceiling", [1.0, 10 ** (-0.1 / 20), 0.7])
def test_the_true_peak_stays_under_the_ceiling(loud, ceiling):
    assert measure_loudness(loud).true_peak > 1.3
    found = AudioClip(whole(loud, ceiling), RATE)
    assert found.length == loud.length
    assert 0.8 * ceiling < measure_loudness(found).true_peak <= ceiling


def test_what_is_far_from_peaks_stays_as_it_is(loud):
    found = whole(loud, 1.0)
    same = (found == loud.samples).all(0)
    assert same[30_000:50_000].all()
    assert not same[60_000:60_400].any()
    quiet = AudioClip(loud.samples[:, 30_000:40_000] * np.float32(0.5), RATE)
    assert np.array_equal(whole(quiet, 1.0), quiet.samples)


@pytest.mark.parametrize("size", [1000, 4096, 1 << 18])
def test_it_does_not_depend_on_how_the_sound_is_divided(loud, size):
    wanted = whole(loud, 1.0)
    blocks = [AudioClip(part, RATE) for part in np.array_split(loud.samples, 7, axis=1)]
    assert np.array_equal(np.concatenate([one.samples for one in limited(blocks, 1.0, size)], 1), wanted)
    for first, end in ((20_100, 21_000), (59_000, 60_200)):
        around = AudioClip(loud.samples[:, first - REACH : end + REACH], RATE)
        assert np.array_equal(whole(around, 1.0, size)[:, REACH:-REACH], wanted[:, first:end])


def test_levels_between_samples_count():
    """A sine at a quarter of the rate whose samples miss its tops by 3 dB."""
    tone = np.sin(np.pi / 2 * np.arange(RATE) + np.pi / 4)[None]
    assert np.abs(tone).max() == pytest.approx(0.7071, abs=1e-4)
    assert limiter.levels(tone.astype(np.float32))[1000:-1000].max() == pytest.approx(1.0, abs=0.01)

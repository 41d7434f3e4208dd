"""Loops: found where a sound sustains, continuous at their seams, and read from files by other programs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from wavinfo import WavInfoReader

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.tags import Loop, read_loop
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery
from sda_lib.export.loop_quality import measure_seam, whole_clip_loop
from sda_lib.export.loops import crossfade_loop, loop_points, seamless, with_sustain_loop
from sda_lib.export.write import write_clip

RATE = 44100
DEMO = Path(__file__).parents[2] / "data/demo"
SUSTAINED = ("ambi_drone", "ambi_glass_rub", "ambi_dark_woosh", "guit_e_slide", "guit_e_fifths", "vinyl_rewind")


def tone(hertz=220.0, seconds=1.5, channels=1):
    time = np.arange(int(seconds * RATE)) / RATE
    partials = sum(np.sin(2 * np.pi * hertz * k * time + k) / k for k in range(1, 6))
    attack = np.minimum(time / 0.3, 1)
    return AudioClip(np.stack([0.2 * attack * partials] * channels), RATE, "tone")


def noise(seconds=1.0, channels=2):
    return AudioClip(np.random.default_rng(1).normal(0, 0.1, (channels, int(seconds * RATE))), RATE, "noise")


def played(clip, loop, times=3):
    """Return what a sampler plays: the sound to the loop's end, then `times` repeats of the loop."""
    body = clip.samples[:, loop.first : loop.last + 1]
    return np.concatenate([clip.samples[:, : loop.last + 1], *[body] * times], axis=1)


@pytest.mark.parametrize("hertz", [110.0, 222.3, 987.0])
def test_a_tone_loops_in_whole_periods_after_its_attack(hertz):
    clip = tone(hertz)
    new, loop = with_sustain_loop(clip)
    length, period = loop.last + 1 - loop.first, RATE / hertz
    assert loop.first >= 0.25 * RATE
    assert length >= 0.2 * RATE
    assert abs(length / period - round(length / period)) * period < 1
    found = measure_seam(new, loop)
    assert found.jump < 3
    # Repeated often, it is the tone and nothing else: the strongest partial is far above the level between two
    body = np.tile(new.samples[0, loop.first : loop.last + 1], 8)[: 2 * RATE]
    spectrum = np.abs(np.fft.rfft(body * np.blackman(len(body))))
    between = spectrum[int(1.4 * hertz * 2) : int(1.6 * hertz * 2)].max()
    assert 20 * np.log10(between / spectrum.max()) < -40


@pytest.mark.parametrize("name", SUSTAINED)
def test_demo_sounds_loop_and_other_programs_find_the_points(name, tmp_path):
    clip = read_clip(DEMO / f"{name}.flac")
    new, loop = with_sustain_loop(clip)
    path = write_clip(new, tmp_path / "loop.wav", Delivery(loop=loop, root=62))
    [read] = WavInfoReader(str(path)).smpl.sample_loops
    assert (read.start, read.end) == (loop.first, loop.last)
    assert read_loop(path) == loop
    back = read_clip(path)
    found = measure_seam(back, loop)
    assert found.jump < 3
    assert found.flux < 1.5
    anywhere = measure_seam(clip, Loop(round(0.3 * clip.length), round(0.8 * clip.length)))
    assert anywhere.jump > 2 * found.jump
    assert anywhere.flux > 1.5 * found.flux
    # Outside of the fade nothing was touched
    fade = round(0.05 * clip.sample_rate)
    assert np.array_equal(new.samples[:, : loop.last + 1 - fade], clip.samples[:, : loop.last + 1 - fade])
    assert np.array_equal(new.samples[:, loop.last + 1 :], clip.samples[:, loop.last + 1 :])


def test_the_loops_end_is_the_sound_before_its_beginning():
    clip, loop = noise(), Loop(9000, 30000)
    new = crossfade_loop(clip, loop, 0.1)
    assert np.allclose(new.samples[:, loop.last], clip.samples[:, loop.first - 1], atol=1e-7)
    played_loop = played(new, loop)
    around = played_loop[:, loop.last - 200 : loop.last + 200]
    assert np.abs(np.diff(around, 2)).max() < 2 * np.abs(np.diff(clip.samples, 2)).max()
    assert crossfade_loop(clip, Loop(0, 30000)) is clip  # there is nothing before the beginning


@pytest.mark.parametrize("clip", [noise(), tone(channels=2), tone()], ids=["noise", "stereo tone", "mono tone"])
def test_a_whole_loop_is_shorter_by_the_fade_and_otherwise_unchanged(clip):
    new, fade = seamless(clip, 0.2), round(0.2 * RATE)
    assert new.samples.shape == (clip.channels, clip.length - fade)
    assert np.array_equal(new.samples[:, fade:], clip.samples[:, fade:-fade])
    # At the seam it continues as the sound did there
    join = np.concatenate([new.samples[:, -1:], new.samples[:, :1]], axis=1)
    assert np.allclose(join, clip.samples[:, clip.length - fade - 1 : clip.length - fade + 1], atol=1e-3)


def test_crossfades_keep_the_power_of_noise_and_the_wave_of_periodic_sounds():
    new = seamless(noise(4.0, 1), 1.0).samples[0]
    level = 20 * np.log10([part.std() for part in new[:RATE].reshape(10, -1)])
    assert np.ptp(level) < 0.6  # linear fades would lose 3 dB half-way
    time = np.arange(2 * RATE) / RATE
    steady = AudioClip(0.5 * np.sin(2 * np.pi * 100 * time), RATE)
    assert np.allclose(seamless(steady, 0.5).samples, steady.samples[:, : round(1.5 * RATE)], atol=1e-5)


def test_seam_measures_rise_for_clicks_and_for_changes_of_spectrum():
    clip = seamless(noise(), 0.1)
    good = measure_seam(clip, whole_clip_loop(clip))
    assert good.jump < 4
    assert good.flux < 1.5
    samples = clip.samples.copy()
    samples[:, -1] += 1
    assert measure_seam(replace(clip, samples=samples), whole_clip_loop(clip)).jump > 2 * good.jump
    dull = clip.samples.copy()
    dull[:, -len(dull[0]) // 2 :] = np.apply_along_axis(
        lambda row: np.convolve(row, np.ones(40) / 10, "same"), 1, dull[:, -len(dull[0]) // 2 :]
    )
    assert measure_seam(replace(clip, samples=dull), whole_clip_loop(clip)).flux > 1.5 * good.flux


def test_short_and_silent_sounds_are_refused():
    short, silent = read_clip(DEMO / "elec_beep.flac"), AudioClip(np.zeros((1, RATE)), RATE, "nothing")
    with pytest.raises(SdaError, match=r"A loop needs 0\.32 s, but elec_beep has 0\.11 s"):
        loop_points(short)
    assert loop_points(short, 0.02, 0.005).last < short.length
    for act in (loop_points, seamless):
        with pytest.raises(SdaError, match="nothing is silent"):
            act(silent)
    with pytest.raises(SdaError, match=r"at most 0.50 s long, not 0.6"):
        seamless(noise(), 0.6)
    with pytest.raises(SdaError, match="at most as long as the shortest loop"):
        loop_points(noise(), 0.01, 0.1)
    with pytest.raises(SdaError, match=r"is outside noise \(44100 samples\)"):
        measure_seam(noise(), Loop(3, 44100))
    with pytest.raises(SdaError, match="has no seam"):
        measure_seam(silent, whole_clip_loop(silent))


def test_files_without_a_loop_have_none(tmp_path):
    assert read_loop(write_clip(tone(), tmp_path / "plain.wav")) is None
    assert read_loop(write_clip(tone(), tmp_path / "plain.flac")) is None
    (tmp_path / "broken.wav").write_bytes(b"RIFF\0\0\0\0WAVEsmpl\xff\xff\0\0abc")
    assert read_loop(tmp_path / "broken.wav") is None

"""Corpora made from packages: quiet passages are found, silences are made of them, beats are cut exactly."""

import numpy as np
import packaged
import pytest
import soundfile

RATE = 22050


def noise(seconds, level, seed=0):
    return np.float32(level * np.random.default_rng(seed).standard_normal(round(seconds * RATE)))


def test_the_quietest_passage_is_found():
    sound = np.concatenate([noise(0.5, 0.2), noise(0.3, 0.001), noise(0.5, 0.1)])
    quiet = packaged.quietest(sound, RATE)
    assert len(quiet) == round(packaged.QUIET_SECONDS * RATE)
    assert np.sqrt(np.mean(quiet**2)) == pytest.approx(0.001, rel=0.1)


@pytest.mark.parametrize("sound", [noise(1.0, 0.2), np.zeros(RATE, np.float32), noise(0.05, 0.1)])
def test_sounds_without_a_quiet_passage_have_none(sound):
    assert packaged.quietest(sound, RATE) is None


def test_silence_has_the_level_of_the_passage_and_no_gap():
    made = packaged.silence(noise(0.12, 0.001), 3 * RATE, np.random.default_rng(1))
    assert len(made) == 3 * RATE
    assert made.dtype == np.float32
    blocks = np.sqrt(np.square(made[: len(made) // 500 * 500].reshape(-1, 500)).mean(1))
    assert 0.0003 < blocks.min() < blocks.max() < 0.002


def test_parts_are_spliced_without_a_step():
    parts = [np.full(RATE, value, np.float32) for value in (0.0, 0.5, 0.0)]
    whole = packaged.spliced(parts, RATE)
    assert len(whole) == 3 * RATE - 2 * round(packaged.SPLICE * RATE)
    assert np.abs(np.diff(whole)).max() < 0.02


def test_loops_are_cut_into_beats_that_make_the_loop_again(tmp_path):
    folder = tmp_path / "samples" / "beats"
    folder.mkdir(parents=True)
    loop = noise(2.8, 0.1)
    soundfile.write(folder / "beat.ogg", loop, RATE)
    beats = list(packaged.loops(tmp_path))
    assert [name for name, _, _ in beats] == [f"beat_{number:02}" for number in range(8)]
    assert sum(samples.shape[1] for _, samples, _ in beats) == len(loop)


def test_field_recordings_lie_between_silences_and_copies_are_left_out(tmp_path):
    folder = tmp_path / "stamps" / "animals"
    folder.mkdir(parents=True)
    sound = np.concatenate([noise(0.5, 0.2), noise(0.5, 0.001)])
    for name in ("cat.wav", "copy.wav", "cat_desc.wav"):
        soundfile.write(folder / name, sound, RATE, subtype="FLOAT")
    soundfile.write(folder / "loud.wav", noise(1.0, 0.2), RATE)
    ((name, samples, rate),) = packaged.field(tmp_path)
    assert (name, rate) == ("cat", RATE)
    assert samples.shape[1] > (1 + packaged.BEFORE[0] + packaged.AFTER[0] - 0.1) * RATE
    assert np.abs(samples[:, : round(0.2 * RATE)]).max() < 0.01

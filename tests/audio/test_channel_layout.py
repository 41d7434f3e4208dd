"""Files of more than two channels are mixed by what their channels are."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio.channel_layout import HALF, SPEAKERS, layout_of, of_speakers
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.export.write import write_clip

RATE = 22050


def channels(count, seconds=0.4):
    """Noise that differs by channel."""
    return np.random.default_rng(count).uniform(-0.3, 0.3, (int(seconds * RATE), count)).astype(np.float32)


def test_surround_is_mixed_as_itu_recommends(tmp_path):
    samples = channels(6)
    for name, how in (("a.wav", {"format": "WAVEX"}), ("b.flac", {}), ("c.wav", {})):
        soundfile.write(tmp_path / name, samples, RATE, subtype="PCM_24", **how)
        left, right, center, _, back_left, back_right = samples.T
        wanted = np.stack([left + HALF * (center + back_left), right + HALF * (center + back_right)]) / (1 + 2 * HALF)
        np.testing.assert_allclose(read_clip(tmp_path / name).samples, wanted, atol=1e-5)
        assert layout_of(tmp_path / name, 6).remark == "5.1, mixed to stereo"


def test_every_order_of_speakers_keeps_left_left_and_cannot_clip(tmp_path):
    for count in range(3, 9):
        soundfile.write(tmp_path / "a.flac", channels(count), RATE)
        layout = layout_of(tmp_path / "a.flac", count)
        assert layout.mix.shape == (2, count)
        assert layout.mix.sum(1).max() <= 1 + 1e-9
        assert layout.mix[0, 0] > layout.mix[1, 0]
    assert of_speakers(list(SPEAKERS)).mix.shape == (2, 18)


def test_unknown_channels_are_mixed_to_mono_with_a_remark(tmp_path):
    soundfile.write(tmp_path / "four.wav", channels(4), RATE, subtype="PCM_24")
    np.testing.assert_allclose(read_clip(tmp_path / "four.wav").samples[0], channels(4).mean(1), atol=1e-5)
    assert Corpus.from_folder(tmp_path).items[0].remarks == ("4 channels of unknown layout, mixed to mono",)


def test_channels_that_cancel_each_other_are_named(tmp_path):
    one = channels(1)
    soundfile.write(tmp_path / "opposed.wav", np.hstack([one, -one]), RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "none.wav", np.hstack([one, -one, one, -one]), RATE, subtype="PCM_24")
    corpus = Corpus.from_folder(tmp_path)
    assert corpus.items[0].remarks == ("its two channels cancel each other in mono",)
    assert [skip.reason for skip in corpus.skipped] == ["It is silent when its 4 channels are mixed."]


def test_b_format_gives_its_omnidirectional_channel(tmp_path):
    soundfile.write(tmp_path / "field.amb", channels(4), RATE, format="WAVEX", subtype="PCM_24")
    np.testing.assert_allclose(read_clip(tmp_path / "field.amb").samples, channels(4).T[:1], atol=1e-6)


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".ogg"])
def test_ambisonics_of_sda_come_back_with_four_channels(tmp_path, suffix):
    path = write_clip(AudioClip(channels(4).T, 48000), tmp_path / f"a{suffix}")
    clip = read_clip(path)
    assert clip.channels == 4
    if suffix != ".ogg":
        np.testing.assert_allclose(clip.samples, channels(4).T, atol=1e-6)
    np.testing.assert_array_equal(clip.with_channels(1).samples, clip.samples[:1])
    assert clip.with_channels(2).channels == 2

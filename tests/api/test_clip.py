"""Sounds of every kind become clips, and clips become files."""

import numpy as np
import pytest
import soundfile
import torch

import sda_lib
from sda_lib.api.clip import AudioClip, clip_of
from sda_lib.audio import clip as core
from sda_lib.errors import SdaError

TONE = np.sin(np.arange(4800) * 0.05).astype(np.float32)
STEREO = np.stack([TONE, -TONE])


@pytest.mark.parametrize("samples", [STEREO, STEREO.T, torch.tensor(STEREO), torch.tensor(STEREO, requires_grad=True)])
def test_arrays_of_librosa_soundfile_and_torchaudio_become_clips(samples):
    clip = AudioClip.from_array(samples, 48000, "tone")
    assert (clip.channels, clip.length, clip.sample_rate) == (2, 4800, 48000)
    assert np.array_equal(clip.numpy(), STEREO)


@pytest.mark.parametrize(("values", "kind"), [([0, 2**14, -(2**15)], np.int16), ([128, 192, 0], np.uint8)])
def test_whole_numbers_are_scaled(values, kind):
    assert AudioClip.from_array(np.array(values, kind), 8000).numpy()[0].tolist() == [0, 0.5, -1]


@pytest.mark.parametrize(("samples", "rate"), [(np.array(["loud"]), 8000), (TONE * 1j, 8000), (TONE, 0)])
def test_what_is_no_sound_is_refused(samples, rate):
    with pytest.raises(SdaError, match="real numbers"):
        AudioClip.from_array(samples, rate)


def test_a_sound_is_a_clip_a_path_or_samples_with_their_rate(tmp_path):
    path = clip_of((TONE, 44100)).save(tmp_path / "tone.wav")
    assert clip_of(path).seconds == clip_of(str(path)).seconds == 4800 / 44100
    assert isinstance(clip_of(core.AudioClip(STEREO, 8000)), AudioClip)
    with pytest.raises(SdaError, match="not a list"):
        clip_of([0.0, 1.0])


def test_what_is_saved_is_read_back(tmp_path):
    clip = AudioClip.from_array(0.5 * STEREO, 48000)
    path = clip.save(tmp_path / "tone.flac")
    assert soundfile.info(path).channels == 2
    assert np.abs(sda_lib.read_clip(path).samples - clip.samples).max() < 1e-4


def test_it_is_shown_in_one_line_without_samples():
    assert repr(AudioClip(STEREO, 48000, "tone")) == "AudioClip('tone', 0.10 s, 2 ch, 48000 Hz)"


def test_changed_clips_stay_of_the_class():
    assert isinstance(AudioClip(STEREO, 48000).resampled(8000).cut(10), AudioClip)


def test_it_shows_and_plays_itself(checked_html):
    html = checked_html(AudioClip.from_array(0.5 * STEREO, 48000, "<tone>")._repr_html_())
    assert "<audio" in html
    assert "<tone>" not in html


def test_settings_of_the_export_are_keywords(tmp_path):
    path = AudioClip.from_array(0.5 * TONE, 48000).save(tmp_path / "left.wav", space="binaural", place=(90, 0))
    left, right = sda_lib.read_clip(path).samples
    assert np.square(left).sum() > 2 * np.square(right).sum()

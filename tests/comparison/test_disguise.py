"""Sounds that only listening tells apart."""

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.comparison.disguise import disguised
from sda_lib.comparison.loudness_match import Level


def test_only_the_sound_differs(tiny_corpus):
    clips = [read_clip(tiny_corpus / f"{name}.wav") for name in ("pluck", "rain", "sweep")]
    stereo = AudioClip(0.1 * np.repeat(clips[0].resampled(48000).samples, 2, axis=0), 48000, "quiet")
    found = disguised([*clips, stereo, AudioClip(np.repeat(clips[1].samples, 4, axis=0), 44100, "ambient")])
    assert len({(one.samples.shape, one.sample_rate, one.name) for one in found}) == 1
    seconds = (*(clip.seconds for clip in clips), clips[0].seconds, clips[1].seconds)
    levels = [Level.of(one.cut(int(48000 * end))).loudness() for one, end in zip(found, seconds, strict=True)]
    assert levels == pytest.approx([levels[0]] * 5, abs=0.1)
    assert max(one.peak for one in found) <= 1
    assert np.corrcoef(found[0].samples[0], found[3].samples[0])[0, 1] > 0.999

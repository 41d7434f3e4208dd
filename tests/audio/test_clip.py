"""Samples of clips are read-only."""

import dataclasses

import numpy as np

from sda_lib.audio.clip import AudioClip


def test_a_clip_shares_read_only_arrays_and_copies_others():
    own = np.zeros((1, 8), np.float32)
    clip = AudioClip(own, 48000)
    own[:] = 1
    assert not clip.samples.any()
    view = own[:, :4]
    view.setflags(write=False)
    shown = AudioClip(view, 48000)
    own[:] = 2
    assert (shown.samples == 1).all(), "a read-only view of something that can still change"
    assert dataclasses.replace(clip, samples=clip.samples[:, 2:6]).samples.base is clip.samples
    own.setflags(write=False)
    assert AudioClip(own, 48000).samples is own


def test_a_part_is_spliced_in_as_far_as_the_sound_reaches():
    clip, part = AudioClip(np.zeros((1, 10)), 8000, "rain"), AudioClip(np.ones((1, 4)), 8000)
    assert clip.spliced(part, 3).samples.tolist() == [[0, 0, 0, 1, 1, 1, 1, 0, 0, 0]]
    assert clip.spliced(part, 8).samples.tolist() == [[0, 0, 0, 0, 0, 0, 0, 0, 1, 1]]
    assert clip.spliced(part, 8).name == "rain"
    assert not clip.samples.any()

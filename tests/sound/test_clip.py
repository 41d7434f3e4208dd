"""Clips hold samples that nobody changes."""

import dataclasses

import numpy as np

from sda_lib.sound.clip import AudioClip


def test_a_clip_shares_what_nobody_can_write_to_and_copies_everything_else():
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

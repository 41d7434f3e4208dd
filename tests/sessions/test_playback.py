"""Playback of a moved sound: an early version around the playhead, then the whole bit for bit."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib import GenerateOptions, SdaModel, SliderSettings, generate, moved_codes, moved_latents
from sda_lib.sessions.playback import EARLY, render_in_parts


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def codes(model):
    return generate(model, GenerateOptions(4.0, seed=3)).codes


@pytest.fixture(scope="module")
def moved(model, codes):
    """The sound moved by the loudness slider, not quantized."""
    return moved_latents(model, SliderSettings(codes).moved({"loudness": 2.0}))


@pytest.mark.parametrize("at", [0.0, 1.3, 4.0])
def test_the_playhead_comes_first_and_the_whole_equals_the_moved_sound(model, codes, moved, at):
    before, after = model.decode(codes), model.decode(moved)
    early, whole = render_in_parts(model, moved, before, at=at)
    assert np.array_equal(whole.samples, after.samples)
    early_frames = round(EARLY * model.frame_rate)
    first = min(int(at * model.frame_rate), moved.frames - early_frames) * model.hop
    new = slice(first, first + early_frames * model.hop)
    assert np.allclose(early.samples[:, new], after.samples[:, new], atol=1e-4)
    assert not np.allclose(early.samples[:, new], before.samples[:, new], atol=1e-2)
    assert np.array_equal(early.samples[:, : new.start], before.samples[:, : new.start])
    assert np.array_equal(early.samples[:, new.stop :], before.samples[:, new.stop :])


def test_only_changed_frames_are_decoded_again(model, codes):
    before = model.decode(codes)
    part = moved_codes(model, SliderSettings(codes, {"loudness": 2.0}, frames=(20, 26)))
    changed_frames, sound = model.changed_frames(part, codes), model.latents(model.embed(part), part.samples)
    clips = list(render_in_parts(model, sound, before, changed_frames, at=3.0))
    assert np.array_equal(clips[-1].samples, model.decode(part).samples)
    assert all(
        np.array_equal(
            one.samples[:, changed_frames[1] * model.hop :], before.samples[:, changed_frames[1] * model.hop :]
        )
        for one in clips
    )
    assert list(render_in_parts(model, sound, before, (0, 0))) == [before]


def test_short_sounds_other_lengths_and_sounds_that_are_not_played_come_as_a_whole(model, codes, moved):
    short = generate(model, GenerateOptions(0.8, seed=3)).codes
    louder = moved_latents(model, SliderSettings(short).moved({"loudness": 2.0}))
    cases = ((louder, model.decode(short), 0.0), (moved, model.decode(short), 0.0), (moved, None, 0.0))
    for sound, before, at in (*cases, (moved, model.decode(codes), None)):
        (whole,) = render_in_parts(model, sound, before, at=at)
        assert np.array_equal(whole.samples, model.decode(sound).samples)


def test_parts_of_a_placed_sound_come_where_they_play(model, codes):
    sound = replace(codes, length=None, lead=900, gain=0.5, rate=1.5)
    before = model.decode(sound)
    latents = moved_latents(model, SliderSettings(sound).moved({"loudness": 2.0}))
    early, whole = render_in_parts(model, latents, before, at=1.0)
    assert np.array_equal(whole.samples, model.decode(latents).samples)
    changed = np.flatnonzero((early.samples != before.samples).any(0)) / model.sample_rate
    assert changed[0] <= 1.0 <= changed[-1]
    new = slice(round(changed[0] * model.sample_rate), round(changed[-1] * model.sample_rate))
    assert np.allclose(early.samples[:, new], whole.samples[:, new], atol=1e-3)

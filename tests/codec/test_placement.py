"""Arithmetic between frames, samples and seconds, and the files that hold lead, gain and rate."""

import dataclasses

import numpy as np
import pytest

from sda_lib.codec.codes import Codes, load_codes, save_codes
from sda_lib.codec.placement import SLOWEST, mixed_placement, natural_length
from sda_lib.errors import SdaError

HOP, RATE = 100, 1000


def sound_of(frames=5, length=None, **placement):
    return Codes(np.zeros((2, frames), np.int64), 4, HOP, RATE, length, **placement)


def test_without_lead_and_rate_frames_are_as_long_as_the_hop():
    sound = sound_of(length=430)
    assert (sound.samples, sound.natural_length, sound.seconds, sound.frame_rate) == (430, 430, 0.43, 10.0)
    assert [sound.sample_of(frame) for frame in range(6)] == [0, 100, 200, 300, 400, 430]
    assert (sound.seconds_of(2), sound.frame_of(0.25), sound.whole_frames) == (0.2, 2.5, 4)


def test_a_lead_shortens_the_first_frame():
    sound = sound_of(length=400, lead=30)
    assert (sound.samples, sound.unused, sound.whole_frames) == (400, 70, 4)
    assert [sound.sample_of(frame) for frame in range(6)] == [0, 70, 170, 270, 370, 400]
    assert sound.seconds_of(np.arange(3)).tolist() == pytest.approx([0.0, 0.07, 0.17])
    assert sound.frame_of(0.07) == pytest.approx(1.0)
    assert sound_of(lead=30).samples == 470


@pytest.mark.parametrize("rate", [0.25, 0.5, 0.9438743126816935, 1.5, 3.999])
@pytest.mark.parametrize("lead", [0, 1, 99])
def test_frames_share_the_samples_of_a_sound_at_any_rate(rate, lead):
    sound = sound_of(length=450 - lead, lead=lead, rate=rate)
    starts = [sound.sample_of(frame) for frame in range(sound.frames + 1)]
    assert starts[0] == 0
    assert starts[-1] == sound.samples == int(np.ceil((450 - lead) / rate))
    for sample in range(sound.samples):
        frame = int(np.searchsorted(starts, sample, side="right")) - 1
        assert frame == int((lead + sample * rate) // HOP)
    assert sound.frame_rate == pytest.approx(10 * rate)
    assert sound.frame_of(sound.seconds_of(3)) == pytest.approx(3)


def test_a_length_at_a_rate_is_found_again():
    for rate in (1.0, 1.0594630943592953, 1.5, 4.0):
        for samples in (1, 999, 48000):
            length = natural_length(samples, rate)
            assert sound_of(-(-length // HOP), length, rate=rate).samples == samples


@pytest.mark.parametrize(
    ("placement", "what"),
    [
        ({"lead": HOP}, "lead"),
        ({"lead": -1}, "lead"),
        ({"fraction": 1.0}, "fraction"),
        ({"gain": 0.0}, "gain"),
        ({"gain": float("nan")}, "gain"),
        ({"gain": -101.0}, "gain"),
        ({"rate": float("inf")}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": 0.2}, "rate"),
        ({"lead": 10, "length": 495}, "can't hold"),
        ({"lead": 10, "length": 390}, "can't hold"),
        ({"lead": 99, "length": 0, "frames": 1}, "can't hold"),
    ],
)
def test_impossible_placements_are_refused(placement, what):
    with pytest.raises(SdaError, match=what):
        sound_of(**placement)


@pytest.mark.parametrize("suffix", [".npz", ".json"])
def test_code_files_hold_lead_gain_and_rate(tmp_path, suffix):
    sound = sound_of(length=420, lead=17, fraction=0.25, gain=-0.5, rate=SLOWEST)
    found = load_codes(save_codes(sound, tmp_path / f"one{suffix}"))
    assert found.is_same(sound)
    assert (found.lead, found.fraction, found.gain, found.rate) == (17, 0.25, -0.5, SLOWEST)
    plain = save_codes(sound_of(), tmp_path / f"plain{suffix}")
    assert b"lead" not in plain.read_bytes()
    assert load_codes(plain).placement == {}


def test_sounds_of_another_placement_differ():
    sound = sound_of(length=420)
    for change in ({"lead": 3}, {"gain": -1.0}, {"rate": 1.1}, {"length": 421}):
        assert not dataclasses.replace(sound, **change).is_same(sound)


def test_other_grids_keep_what_is_cut_off_at_both_ends():
    sound = sound_of(length=440, lead=20, gain=2.0)
    shorter = sound.with_frames(sound.indices[:, :2])
    assert (shorter.lead, shorter.unused, shorter.samples, shorter.gain) == (20, 40, 140, 2.0)
    assert sound.with_indices(sound.indices).samples == 440
    assert sound.with_indices(sound.indices[:, :2]).samples == 180
    late = sound_of(length=350, lead=70)
    assert late.with_frames(late.indices[:, :1]).samples == 20  # nothing would be left after the lead


def test_a_mixture_lies_between_gains_and_rates():
    one, other = sound_of(gain=-1.0, rate=2.0), sound_of(gain=4.0, rate=0.5)
    assert mixed_placement(one, other, 0.5) == pytest.approx({"gain": -2.0, "rate": 1.0})
    assert mixed_placement(one, one, 0.3) == {"gain": -1.0, "rate": 2.0}

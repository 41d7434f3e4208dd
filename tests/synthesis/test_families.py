"""Every family of procedural sounds."""

import numpy as np
import pytest

from sda_lib.analysis.pitch import pitch_of
from sda_lib.audio.clip import AudioClip
from sda_lib.synthesis import struck, tones, voices
from sda_lib.synthesis.draw import Draw
from sda_lib.synthesis.families import FAMILIES
from sda_lib.synthesis.music import INSTRUMENTS


@pytest.mark.parametrize("name", FAMILIES)
@pytest.mark.parametrize(("rate", "seconds"), [(8000, 0.02), (22050, 0.05), (44100, 0.05), (48000, 0.7), (22050, 10)])
def test_sounds_of_any_rate_and_length_are_finite_and_not_silent(name, rate, seconds):
    for seed in range(1 if seconds > 1 else 3):
        length = round(seconds * rate)
        sound = FAMILIES[name].make(Draw((seed,), rate, length))
        assert sound.shape == (length,)
        assert np.isfinite(sound).all()
        assert 1e-6 < np.abs(sound).max() < 1e4


@pytest.mark.parametrize("name", FAMILIES)
def test_a_sound_depends_on_its_seed_alone(name):
    first, again, other = (FAMILIES[name].make(Draw((seed,), 22050, 8000)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("name", sorted(FAMILIES.keys() - {"analog", "beep", "bird", "fm", "sweep", "waveshaping"}))
def test_takes_of_one_sound_differ_in_detail(name):
    """Those left out may have no noise and no random phases: they are in the middle of a stereo sound."""
    pairs = ([FAMILIES[name].make(Draw((seed,), 22050, 9000, take)) for take in (0, 1)] for seed in range(6))
    assert not all(np.array_equal(*takes) for takes in pairs)


def test_every_family_says_its_method_in_a_sentence_and_has_its_name():
    for name, family in FAMILIES.items():
        assert name.isidentifier()
        assert family.about.endswith(".")
        assert "\n" not in family.about
        assert 40 < len(family.about) < 120
    assert len({family.about for family in FAMILIES.values()}) == len(FAMILIES) >= 40


@pytest.mark.parametrize(
    "play", [tones.organ, tones.strings, tones.brass, tones.flute, struck.pluck, struck.piano, voices.choir]
)
def test_instruments_play_the_note_they_are_given(play):
    """A note or an octave of it: an organ may have no other footage, and brightness decides what is heard."""
    found = [pitch_of(AudioClip(play(Draw((seed,), 44100, 44100), 220.0), 44100)) for seed in range(6)]
    notes = np.array([pitch.note for pitch in found if pitch.is_tone])
    assert len(notes) >= 3
    away = (notes - 57 + 6) % 12 - 6
    assert np.median(np.abs(away)) < 0.35


def test_every_instrument_takes_any_note():
    for play in INSTRUMENTS:
        for hertz in (20.0, 5000.0, 15_000.0):
            assert np.abs(play(Draw((1,), 22050, 5000), hertz)).max() > 1e-4


def flatness(sound):
    power = np.abs(np.fft.rfft(sound)) ** 2 + 1e-12
    return np.exp(np.log(power).mean()) / power.mean()


def test_noise_is_flatter_than_tones():
    def middle(name):
        return np.median([flatness(FAMILIES[name].make(Draw((seed,), 22050, 11_025))) for seed in range(8)])

    assert min(middle(name) for name in ("burst", "crackle", "clatter")) > 10 * max(
        map(middle, ("beep", "bell", "organ"))
    )

"""Onsets are found in magnitudes alone, and restored where they are; nothing else changes."""

import dataclasses

import numpy as np
import pytest
import torch

from benchmarks.realism import attack
from sda_lib.audio.clip import read_clip
from sda_lib.codec import transients as transients_module
from sda_lib.codec.codec import Codec
from sda_lib.codec.phase import griffin_lim, propagated_phase
from sda_lib.codec.stft import Spectral, log_magnitude, modulus
from sda_lib.codec.transients import MOST_MISSING, ONSET_SHARE, STEADY_SHARE, STRESS, TransientRestoration, rms_level
from sda_lib.config import AudioConfig, CodecConfig

RATE, STEP = 48000, 256
SPECTRAL = Spectral(RATE, 1024, STEP, 80)


def attacks():
    return TransientRestoration(1024, STEP)


def sizes(samples):
    return modulus(SPECTRAL.stft(torch.tensor(samples).float().reshape(1, -1)[:, : len(samples) // STEP * STEP]))


def struck_noise(*places, length=STEP * 200, decay=3000.0, background=1e-4):
    """Bursts of noise that decay from these samples on."""
    noise = np.random.default_rng(0).normal(0, 0.2, length)
    time = np.arange(length) - np.array(places)[:, None]
    return noise * (background + np.where(time >= 0, np.exp(-np.maximum(time, 0) / decay), 0).sum(0))


def found(samples, first=1):
    """Return the samples of the onsets found; `first` is 0 for the beginning of a sound."""
    transients = attacks().find(rms_level(sizes(samples)), first)
    places = torch.arange(len(transients.offset)) * STEP + STEP // 2 - 512 + transients.offset
    return sorted(set(places[transients.aligned].tolist()))


@pytest.mark.parametrize("place", [5000, 5100, 5210])
@pytest.mark.parametrize("decay", [100.0, 1000.0, 8000.0])
def test_an_onset_is_found_within_three_milliseconds(place, decay):
    (one,) = found(struck_noise(place, decay=decay, background=1e-3))
    assert abs(one - place) < 0.003 * RATE


def test_every_onset_is_found_in_its_place():
    places = [6000, 14000, 30010]
    assert np.abs(np.array(found(struck_noise(*places, decay=1500))) - places).max() < 0.003 * RATE


def test_steady_sounds_and_swells_have_no_onset():
    time = np.arange(STEP * 120) / RATE
    tone = 0.3 * np.sin(2 * np.pi * 330 * time)
    noise = np.random.default_rng(1).normal(0, 0.1, len(time))
    swell = noise * np.linspace(0.01, 1, len(time))
    for samples in (tone, noise, swell):
        assert found(samples[STEP * 10 :]) == []
    assert found(np.zeros(STEP * 40), 0) == []


@pytest.mark.parametrize("name", ["ambi_drone", "guit_e_slide"])
def test_sustained_recordings_have_an_onset_at_most_at_the_beginning(name):
    places = found(read_clip(f"data/demo/{name}.flac").with_channels(1).resampled(RATE).samples[0], 0)
    assert all(place < 0.1 * RATE for place in places)


def test_a_recorded_drum_has_its_onset_at_the_beginning():
    samples = read_clip("data/demo/elec_hi_snare.flac").with_channels(1).resampled(RATE).samples[0]
    (first, *_) = found(samples, 0)
    assert 0 <= first < 0.005 * RATE
    later = found(np.concatenate([np.zeros(10000, np.float32), samples]))
    assert abs(later[0] - 10000) < 0.005 * RATE


def test_an_onset_depends_on_its_surroundings_only():
    one, magnitudes = attacks(), sizes(struck_noise(10000, 25000))
    whole = one.find(rms_level(magnitudes), 1)
    for first, end in [(20, 70), (37, 61), (90, 130)]:
        part = one.find(rms_level(magnitudes[..., first - one.reach : end + one.reach]), 1 + first - one.reach)
        inside, outside = part[one.reach : one.reach + end - first], whole[first:end]
        assert inside.aligned.equal(outside.aligned)
        assert inside.seen.equal(outside.seen)
        assert inside.angles(inside.aligned, 1, 513).equal(outside.angles(outside.aligned, 1, 513))
    assert whole.aligned[20:70].any()


def test_phases_without_dispersion_are_those_of_a_click(monkeypatch):
    monkeypatch.setattr(transients_module, "DISPERSION", (0.0, 0.0))
    click = np.zeros(STEP * 40)
    click[5000] = 1.0
    magnitudes = sizes(click)
    transients = attacks().find(rms_level(magnitudes), 1)
    phase = torch.ones_like(magnitudes, dtype=torch.complex64)
    angles = transients.angles(transients.aligned, 1, 513).transpose(-1, -2)
    phase[..., transients.aligned] = torch.polar(torch.ones_like(angles), angles)
    restored = griffin_lim(SPECTRAL, magnitudes, phase, 2)[0]
    assert abs(int(restored.abs().argmax()) - 5000) < 0.003 * RATE
    assert restored.abs().max() > 0.5


def test_a_recorded_attack_is_steeper_than_without():
    """Use true magnitudes after silence, so that only the position and the phases are unknown."""
    samples = read_clip("data/demo/elec_hi_snare.flac").with_channels(1).resampled(RATE).samples[0]
    samples = np.concatenate([np.zeros(STEP * 21 + 77, np.float32), samples])
    magnitudes = sizes(samples)
    transients = attacks().find(rms_level(magnitudes), 1)
    given = transients.aligned, transients.angles(transients.aligned, 1, 513)
    rises = [
        attack(
            griffin_lim(SPECTRAL, magnitudes, propagated_phase(SPECTRAL, magnitudes.log10(), 1, 32, one), 2)[0], [4200]
        )
        for one in (None, given)
    ]
    assert rises[1] > 1.1 * rises[0]


def test_without_given_angles_propagation_is_plain():
    levels = sizes(struck_noise(10000)).log10()
    none = torch.zeros(levels.shape[-1], dtype=torch.bool)
    plain = propagated_phase(SPECTRAL, levels, 5, 32)
    assert propagated_phase(SPECTRAL, levels, 5, 32, (none, torch.zeros(1, 0, 513))).equal(plain)


def test_given_angles_are_kept_and_their_segment_alone_changes():
    levels = sizes(struck_noise(10000)).log10()
    fixed = torch.zeros(levels.shape[-1], dtype=torch.bool)
    fixed[[72, 73]] = True
    angles = torch.linspace(-3, 3, 2 * 513).reshape(1, 2, 513)
    plain, phase = (propagated_phase(SPECTRAL, levels, 0, 32, one) for one in (None, (fixed, angles)))
    assert torch.allclose(phase[..., fixed].angle(), angles.transpose(1, 2), atol=1e-4)
    moved = (plain != phase).flatten(0, 1).any(0).nonzero()[:, 0]
    assert moved.min() >= 64
    assert moved.max() < 96


def test_missing_level_is_measured_and_put_back():
    truth = log_magnitude(SPECTRAL.stft(torch.tensor(struck_noise(10000)).float()[None]))
    one = attacks()
    one.fit([truth - 0.05], [truth])
    assert float(one.missing) == pytest.approx(0.05, abs=1e-3)
    transients = one.find(rms_level(torch.pow(10.0, truth)), 1)
    level_boost = one.level_boost(transients)
    assert level_boost[transients.seen].unique().tolist() == pytest.approx([0.05 * ONSET_SHARE + STRESS], abs=1e-3)
    assert level_boost[~transients.seen].unique().tolist() == pytest.approx([0.05 * STEADY_SHARE], abs=1e-3)
    for off, kept in ((-1.0, MOST_MISSING), (1.0, 0.0)):
        one.fit([truth + off], [truth])
        assert float(one.missing) == pytest.approx(kept)


def test_both_channels_have_onsets_together():
    samples = torch.tensor(struck_noise(10000)).float()
    codec = Codec(AudioConfig(channels=2), dataclasses.replace(CodecConfig(), width=8))
    transients = codec.attacks.find(rms_level(modulus(codec.spectral.stft(torch.stack([samples, 0.3 * samples])))), 1)
    assert transients.aligned.any()
    assert transients.angles(transients.aligned, 2, 513).shape == (2, int(transients.aligned.sum()), 513)

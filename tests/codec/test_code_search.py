"""Codes found by decoding are closer to sounds that the model does not know."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec import code_search
from sda_lib.codec.bottlenecks import zeroed
from sda_lib.codec.code_search import closer_codes, nearest_codes
from sda_lib.codec.losses import TrueSpectra, magnitude_loss, mel_distance
from sda_lib.model.model import SdaModel

UNKNOWN = ("elec_bell", "tabla_ghe5", "vinyl_scratch", "perc_swash")


@pytest.fixture(scope="module", params=["trained", "linear"])
def model(request, tiny_model_path):
    """A trained model, and one whose networks add nothing, as in closed form."""
    model = SdaModel.load(tiny_model_path)
    if request.param == "linear":
        for network in (model.codec.encoder, model.codec.decoder):
            zeroed(network.end)
        assert model.codec.is_linear
    return model


@pytest.fixture(scope="module")
def unknown(pytestconfig):
    """Second-long beginnings of sounds of the demo."""
    clips = [read_clip(pytestconfig.rootpath / f"data/demo/{name}.flac") for name in UNKNOWN]
    return [replace(clip, samples=clip.samples[:, : clip.sample_rate]) for clip in clips]


def window_of(model, clip):
    (window,) = model.codec.encode([model._samples(clip)])
    return window


def codes_by(search, model, window):
    """The codes [level, n] that a search finds of a window, its parts joined."""
    return torch.cat([codes for _latent, codes in search(model.codec, window)], 1)


def decoded_distance(model, window, codes):
    """How far the spectra of codes [level, frame] are from those of a window."""
    with torch.no_grad():
        found = model.codec.log_magnitudes(model.codec.bottleneck.embed(codes)[None])
    return float(magnitude_loss(model.codec.spectral, found, window.magnitudes[None]))


def test_spectra_are_closer_for_every_sound(model, unknown):
    for clip in unknown:
        window = window_of(model, clip)
        near, closer = (codes_by(search, model, window) for search in (nearest_codes, closer_codes))
        assert closer.shape == near.shape
        assert decoded_distance(model, window, closer) < 0.97 * decoded_distance(model, window, near)


def test_sounds_are_closer(model, unknown):
    def mean(effort):
        return np.mean([mel_distance(one, model.decode(model.encode(one, effort), 0.0)) for one in unknown])

    assert mean("thorough") < 0.98 * mean("quick")


def test_distances_of_spectra_are_those_of_the_training_loss(model, unknown):
    window = window_of(model, unknown[0])
    with torch.no_grad():
        decoded = model.codec.log_magnitudes(window.latent[None])
    truth = TrueSpectra.of(model.codec.spectral, window.magnitudes)
    wanted = magnitude_loss(model.codec.spectral, decoded, window.magnitudes[None])
    assert float(truth.distances(decoded, 1.0).mean()) == pytest.approx(float(wanted), rel=1e-5)


def test_each_part_is_closer_and_borders_are_no_worse(model, unknown, monkeypatch):
    """Parts of a few frames: as close as all frames at once, nearly."""
    window = window_of(model, unknown[2])
    whole = decoded_distance(model, window, codes_by(closer_codes, model, window))
    monkeypatch.setattr(code_search, "PART_FRAMES", 5)
    parts = decoded_distance(model, window, codes_by(closer_codes, model, window))
    assert parts < 0.5 * (whole + decoded_distance(model, window, codes_by(nearest_codes, model, window)))
    assert [codes.shape[1] for _, codes in closer_codes(model.codec, window)][:-1] == [5] * ((window.end - 1) // 5)


def test_context_keeps_its_codes_and_codes_are_those_of_own_frames(model, unknown):
    window = window_of(model, unknown[0])
    inner = replace(window, first=3, end=len(window.with_context) - 2)
    parts = list(closer_codes(model.codec, inner))
    assert sum(codes.shape[1] for _, codes in parts) == inner.end - inner.first
    assert torch.equal(torch.cat([latent for latent, _ in parts]), inner.latent)


@pytest.mark.parametrize("length", [1, 700, 48000])
def test_silence_and_very_short_sounds_have_codes(model, length):
    for samples in (np.zeros((1, length), np.float32), np.full((1, length), 0.3, np.float32)):
        codes = model.encode(AudioClip(samples, model.sample_rate), "thorough")
        assert codes.frames == -(-length // model.hop)
        assert np.isfinite(model.decode(codes, 0.0).samples).all()


def test_the_search_repeats(model, unknown):
    first, second = (model.encode(unknown[1], "thorough").indices for _ in range(2))
    assert np.array_equal(first, second)

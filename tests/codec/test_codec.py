"""The codec's parts: block layout, the closed form, long sounds in windows."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch

from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec import codec as codec_module
from sda_lib.codec import codes as codes_module
from sda_lib.codec.codec import HEADROOM, Codec, ConvNeXtBlock, with_context
from sda_lib.codec.codes import Codes, level_names, load_codes, numbered_levels, range_of_names, save_codes
from sda_lib.codec.linear_fit import principal_components, solve_ridge
from sda_lib.codec.rvq import FITTING_BEAM
from sda_lib.codec.stft import log_magnitude, modulus
from sda_lib.codec.transients import rms_level
from sda_lib.config import AudioConfig, CodecConfig
from sda_lib.editing.registry import edit
from sda_lib.errors import SdaError
from sda_lib.model import model as bundle
from sda_lib.model.model import SdaModel

CONFIG = CodecConfig(levels=6, codebook_size=32, width=16)


def tone(channels=2, frames=12):
    time = torch.arange(frames * CONFIG.hop) / 48000
    chirp = torch.sin(2 * np.pi * (200 * time + 900 * time**2)) * 0.3
    return torch.stack([chirp, chirp.flip(0)])[:channels]


def fitted(channels):
    codec = Codec(AudioConfig(channels=channels), CONFIG)
    spectra = codec.spectral.stft(tone(channels))
    features = codec.features(codec.spectral.log_mel(modulus(spectra)))
    codec.fit_linear([features], [codec.blocks(log_magnitude(spectra))])
    return codec, spectra, features


@pytest.mark.parametrize("channels", [1, 2])
def test_blocks_hold_the_spectra_of_their_frame(channels):
    codec = Codec(AudioConfig(channels=channels), CONFIG)
    rows = torch.arange(channels * 5 * 3 * codec.ratio).float().reshape(channels, 5, 3 * codec.ratio)
    blocks = codec.blocks(rows)
    assert blocks.shape == (3, channels * 5 * codec.ratio)
    second = rows[:, :, codec.ratio : 2 * codec.ratio]
    assert blocks[1].equal(second.flatten())
    assert codec.blocks(rows[None])[0].equal(blocks)


@pytest.mark.parametrize("channels", [1, 2])
def test_closed_form_learns_the_magnitudes(channels):
    codec, spectra, features = fitted(channels)
    latent = codec.quantize(codec.latent(features[None])).latent
    with torch.no_grad():
        error = (codec.log_magnitudes(latent)[0] - log_magnitude(spectra)).abs().mean()
    spread = (log_magnitude(spectra) - log_magnitude(spectra).mean()).abs().mean()
    assert error < 0.25 * spread


def test_the_decoder_is_fitted_to_codes_of_a_narrow_beam():
    """A wider one is for the codes that come back."""
    found = {}
    for beam in (1, FITTING_BEAM, 16):
        codec = Codec(AudioConfig(channels=1), replace(CONFIG, beam=beam))
        spectra = codec.spectral.stft(tone(1, 200))
        features = codec.features(codec.spectral.log_mel(modulus(spectra)))
        found[beam] = codec, *codec.fit_linear([features], [codec.blocks(log_magnitude(spectra))])
    (narrow, latent, codes), (wide, _, better) = found[FITTING_BEAM], found[16]
    assert narrow.bottleneck.codebooks.equal(wide.bottleneck.codebooks)
    assert narrow.ridge.equal(wide.ridge)
    assert not found[1][0].ridge.equal(narrow.ridge)
    assert better.equal(wide.quantize(latent[None]).indices[0])
    assert codes.equal(wide.quantize(latent[None], FITTING_BEAM).indices[0])
    errors = [(wide.bottleneck.embed(one) - latent).square().mean() for one in (codes, better)]
    assert errors[1] < errors[0]


def test_the_side_signal_counts_less():
    codec = Codec(AudioConfig(channels=2), CONFIG)
    mid, side = codec.features(torch.ones(2, CONFIG.bands, codec.ratio)).reshape(2, -1)
    assert mid.eq(1).all()
    assert side.eq(side[0]).all()
    assert 0 < side[0] < 0.5


@pytest.mark.parametrize("batch", [1, 3])
def test_a_block_mixes_time_by_its_layer(batch):
    torch.manual_seed(0)
    block, sound = ConvNeXtBlock(16, 7), torch.randn(batch, 20, 16)
    plain = block.norm(block.mix_time(sound.transpose(1, 2)).transpose(1, 2))
    wanted = sound + block.contract(torch.nn.functional.gelu(block.expand(plain)))
    assert torch.allclose(block(sound), wanted, atol=1e-5)
    changed = sound.clone()
    changed[:, 10] += 1
    assert (block(changed) != block(sound)).any(-1).nonzero()[:, 1].unique().tolist() == list(range(7, 14))


@pytest.mark.parametrize("channels", [1, 2])
def test_the_network_is_added_bin_by_bin(channels):
    codec, _, features = fitted(channels)
    latent = codec.latent(features[None])
    with torch.no_grad():
        linear = codec.log_magnitudes(latent)
        codec.decoder.end.bias.copy_(torch.arange(float(channels * 513)))
        codec.decoder.end.weight[0, 0] = 1e-30
        added = codec.log_magnitudes(latent) - linear
    expected = torch.arange(float(channels * 513)).reshape(1, channels, 513, 1).expand_as(added)
    assert torch.allclose(added, expected, atol=1e-3)


def test_networks_start_at_zero():
    codec, _, features = fitted(1)
    latent = codec.latent(features[None])
    assert codec.is_linear
    with torch.no_grad():
        assert codec.encoder(features[None]).eq(0).all()
        assert codec.decoder(latent).eq(0).all()


def test_components_are_orthonormal_and_missing_ones_zero():
    centered = torch.randn(5, 40)
    found = principal_components(centered - centered.mean(0), 8)
    gram = found.T @ found
    assert torch.allclose(gram[:5, :5], torch.eye(5), atol=1e-4)
    assert found[:, 5:].eq(0).all()


@pytest.mark.parametrize("frames", [1, 3, 30, 400])
def test_components_are_optimal_and_repeatable(frames):
    rows = torch.randn(frames, 60) @ torch.diag(torch.linspace(1, 0.1, 60))
    centered = rows - rows.mean(0)
    found = principal_components(centered, 8)
    most = np.square(np.linalg.svd(centered.numpy(), compute_uv=False)[:8]).sum()
    assert found.shape == (60, 8)
    assert float((centered @ found).square().sum()) == pytest.approx(most, rel=1e-3, abs=1e-9)
    assert principal_components(centered, 8).equal(found)


def test_ridge_recovers_a_linear_map():
    x = torch.randn(1, 8000, 4)
    weights = torch.randn(13, 7)
    inputs = with_context(x)[0]
    assert torch.allclose(solve_ridge([inputs], [inputs @ weights]), weights, atol=0.02)


def test_ridge_shrinks_with_few_frames():
    x, weights = torch.randn(1, 8000, 4), torch.randn(13, 7)
    sizes = []
    for count in (40, 8000):
        inputs = with_context(x[:, :count])[0]
        sizes.append(solve_ridge([inputs], [inputs @ weights])[:-1].norm())
    assert sizes[0] < 0.95 * sizes[1]


def test_excess_is_above_the_corpus_maximum():
    codec, spectra, _ = fitted(1)
    assert codec.excess(rms_level(modulus(spectra))).eq(0).all()
    tenfold = codec.excess(rms_level(10 * modulus(spectra)))
    assert float(tenfold.max()) == pytest.approx(1 - HEADROOM, abs=1e-3)


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def medley(tiny_corpus):
    """All sounds of the corpus one after the other, four times, with an end that fills no frame."""
    clips = [read_clip(path) for path in sorted(tiny_corpus.glob("*.wav"))]
    samples = np.concatenate([clip.samples for clip in clips] * 4, axis=1)
    return AudioClip(samples[:, :-123], clips[0].sample_rate, "medley").resampled(48000)


def small_windows(monkeypatch):
    monkeypatch.setattr(codec_module, "WINDOW_FRAMES", 40)


def test_codes_do_not_depend_on_the_windows(model, medley, monkeypatch):
    whole = model.encode(medley, "quick")
    assert whole.frames > 3 * 40
    small_windows(monkeypatch)
    assert np.array_equal(model.encode(medley, "quick").indices, whole.indices)
    cuts = [medley.samples[:, first : first + 7777] for first in range(0, medley.length, 7777)]
    streamed = model.encode_stream(cuts, "quick")
    assert np.array_equal(streamed.indices, whole.indices)
    assert streamed.length == whole.length == medley.length


def test_a_file_read_in_blocks_gives_the_codes_of_its_clip(model, medley, tmp_path):
    soundfile.write(tmp_path / "m.wav", medley.samples.T, 44100)
    streamed = model.encode_stream(read_blocks(tmp_path / "m.wav", model.sample_rate, model.recipe.audio.channels))
    whole = model.encode(read_clip(tmp_path / "m.wav"))
    assert np.array_equal(streamed.indices, whole.indices)
    assert streamed.length == whole.length


@pytest.mark.parametrize("quality", ["play", "export"])
@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_blocks_are_the_decoding_to_the_last_bit(model, medley, monkeypatch, amount, quality):
    codes = model.encode(medley)
    monkeypatch.setattr(bundle, "BLOCK_FRAMES", 60)
    blocks = [block.samples for block in model.decode_blocks(codes, amount, quality)]
    assert len(blocks) > 3
    whole = model.decode(codes, amount, quality)
    assert whole.length == medley.length
    assert np.array_equal(np.concatenate(blocks, axis=1), whole.samples)


@pytest.mark.parametrize("length", [1, 2047, 2048, 2049, 30_000])
def test_lengths_are_exact(model, length):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, length), 48000))
    assert codes.frames == -(-length // model.hop)
    assert model.decode(codes).length == model.decode(codes, 0.0).length == length
    assert sum(block.length for block in model.decode_blocks(codes)) == length


@pytest.mark.parametrize("suffix", ["npz", "json"])
def test_the_length_survives_edits_and_files(model, suffix, tmp_path):
    codes = model.encode(AudioClip(np.random.default_rng(0).normal(0, 0.1, 20_000), 48000))
    changed = edit(codes, "randomize", seed=1, frames=(2, 4))
    assert changed.length == 20_000
    assert load_codes(save_codes(changed, tmp_path / f"x.{suffix}")).length == 20_000
    assert changed.with_indices(changed.indices[:, :3]).length is None
    again = model.redecode(changed, codes, model.decode(codes))
    assert again.length == 20_000
    assert np.array_equal(again.samples, model.decode(changed).samples)


def test_no_samples_are_no_sound(model):
    with pytest.raises(SdaError, match="no samples"):
        model.encode_stream([])


def test_levels_are_called_by_their_names_and_arguments_by_both():
    names = level_names(12)
    assert range_of_names(names, 0, 1) == "Structure 1"
    assert range_of_names(names, 0, 4) == "Structure 1 to Timbre 1"
    assert numbered_levels(12) == "0 (Structure 1) to 11 (Detail 3)"
    assert numbered_levels(1, ["Hull"]) == "0 (Hull)"


def test_codes_of_hours_take_two_bytes_each_in_a_file(tmp_path, monkeypatch):
    indices = np.random.default_rng(0).integers(0, 256, (4, 500))
    sound = Codes(indices, 256, 512, 48000)
    usual = save_codes(sound, tmp_path / "usual.npz")
    monkeypatch.setattr(codes_module, "LARGEST", 8000)
    large = save_codes(sound, tmp_path / "large.npz")
    assert large.stat().st_size <= usual.stat().st_size
    for path in (usual, large):
        with np.load(path) as table:
            assert table["indices"].dtype == (np.uint16 if path is large else np.int64)
    assert load_codes(large).is_same(sound)
    monkeypatch.setattr(codes_module, "MOST_INDICES", 1999)
    with pytest.raises(SdaError, match="save it in parts"):
        save_codes(sound, tmp_path / "too_large.npz")
    with pytest.raises(SdaError, match="not a code file"):
        load_codes(large)

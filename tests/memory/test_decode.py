"""Sound is made in tiles: windows, edits and long sounds agree to the last bit."""

import copy
import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.codec.bottlenecks import zeroed
from sda_lib.codec.losses import si_sdr
from sda_lib.editing.registry import edit
from sda_lib.errors import SdaError
from sda_lib.memory import decode
from sda_lib.memory.decode import Span, synthesize
from sda_lib.memory.joints import own_frames
from sda_lib.model.model import SdaModel

AMOUNTS = (0.0, 0.5, 1.0)


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def codes(model, tiny_corpus):
    """The corpus' sounds one after the other, long enough for several tiles, with a random part."""
    clips = [read_clip(path).with_channels(1) for path in sorted(tiny_corpus.glob("*.wav"))]
    samples = np.concatenate([clip.samples for clip in clips] * 3, 1)
    return edit(model.encode(AudioClip(samples, clips[0].sample_rate)), "randomize", seed=4, frames=(60, 90))


@pytest.mark.parametrize("amount", AMOUNTS)
def test_a_window_equals_that_part_of_the_whole(model, codes, amount):
    whole = model.decode(codes, amount).samples
    tile = decode.TILE_SAMPLES // model.hop
    for first, end in [(0, 1), (3, 7), (tile - 2, tile + 2), (tile, 2 * tile), (codes.frames - 1, codes.frames)]:
        window = model.decode_window(codes, first, end, amount)
        assert np.array_equal(window.samples, whole[:, first * codes.hop : end * codes.hop])
    assert codes.frames > 2 * tile


@pytest.mark.parametrize("quality", decode.QUALITIES)
@pytest.mark.parametrize("amount", [0.0, 1.0])
def test_redecoding_is_decoding_to_the_last_bit(model, codes, amount, quality):
    before = model.decode(codes, amount, quality)
    tile = decode.TILE_SAMPLES // model.hop
    for first in (0, tile - 1, tile + 11, codes.frames - 1):
        changed = edit(codes, "randomize", seed=first, frames=(first, first + 1))
        whole = model.decode(changed, amount, quality)
        assert np.array_equal(model.redecode(changed, codes, before, amount, quality).samples, whole.samples)
        assert not np.array_equal(whole.samples, before.samples)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_tiles_leave_no_seam(model, codes, amount, monkeypatch):
    tiled = model.decode(codes, amount)
    monkeypatch.setattr(decode, "TILE_SAMPLES", 1 << 30)
    whole = model.decode(codes, amount)
    # Rounding is carried along by phases without weight, so sounds are compared by ear's measure, not bit by bit.
    assert si_sdr(whole, tiled) > 40
    at = np.arange(1, codes.frames // 40) * 40 * codes.hop
    assert np.abs(whole.samples - tiled.samples)[:, at].max() < 1e-2


def test_memory_does_not_grow_with_the_sound(model, codes, monkeypatch):
    """No step sees more than a tile and its surroundings."""
    seen = []
    plain = decode.griffin_lim

    def watched(spectral, magnitudes, *rest):
        seen.append(magnitudes.shape[-1])
        return plain(spectral, magnitudes, *rest)

    monkeypatch.setattr(decode, "griffin_lim", watched)
    for amount in (0.0, 1.0):
        model.decode(codes, amount)
    longest = decode.TILE_SAMPLES // model.hop + 2 * model.reach(0.0)
    assert len(seen) > 4
    assert max(seen) <= longest * model.codec.ratio


def test_sources_cover_every_frame(model, codes):
    _, match = model.decode_with_sources(codes)
    latent = model.codec.bottleneck.embed(torch.tensor(codes.indices))
    assert len(match.grain) == len(match.distance) == codes.frames
    assert (match.grain == model.memory.match(latent).grain).float().mean() > 0.98
    _, match = synthesize(model.codec, model.memory, latent, 1.0, first=5, end=9)
    assert len(match.grain) == 4


@pytest.mark.parametrize("amount", [0.0, 1.0])
@pytest.mark.parametrize("hop", [256, 1024, 4096])
def test_other_ratios_keep_edits_within_their_reach(amount, hop, model, tiny_corpus):
    """Of spectra to a code frame, from one to more than an anchor apart."""
    from sda_lib.codec.codec import Codec
    from sda_lib.codec.stft import log_magnitude, modulus
    from sda_lib.memory.grains import Memory
    from sda_lib.memory.pieces import Piece

    recipe = model.recipe.override(codec__hop=hop, codec__levels=4)
    codec = Codec(recipe.audio, recipe.codec).eval()
    sound = torch.tensor(read_clip(tiny_corpus / "pluck.wav").samples)[:, : 4096 * 10]
    spectra = codec.spectral.stft(sound)
    features = codec.features(codec.spectral.log_mel(modulus(spectra)))
    codec.fit_linear([features], [codec.blocks(log_magnitude(spectra))])
    latents = codec.latent(features[None]).detach()
    memory = Memory(codec, [Piece("pluck", 0.0, sound, latents[0], codec.quantize(latents).indices[0])])
    frames = 3 * decode.TILE_SAMPLES // hop // 2
    generator = torch.Generator().manual_seed(0)
    latent = codec.bottleneck.embed(torch.randint(recipe.codec.codebook_size, (4, frames), generator=generator))
    changed, middle = latent.clone(), frames // 2
    changed[middle] += 1
    before, after = (synthesize(codec, memory, one, amount)[0] for one in (latent, changed))
    differs = (before != after).any(0).nonzero()[:, 0] // hop
    reach = decode.reach(codec, amount > 0)
    assert middle - reach <= differs.min() <= middle <= differs.max() <= middle + reach
    window = synthesize(codec, memory, latent, amount, first=middle, end=middle + 2)[0]
    assert window.equal(before[:, middle * hop : (middle + 2) * hop])


@pytest.mark.parametrize("amount", AMOUNTS)
def test_decode_early_equals_decode_up_to_rounding(model, codes, amount):
    whole, sound = model.decode(codes, amount).samples, model.latents(model.embed(codes), codes.samples)
    tile = decode.TILE_SAMPLES // model.hop
    for first, end in [(0, 9), (tile - 4, tile + 5), (codes.frames - 9, codes.frames)]:
        early = model.decode_early(sound, first, end, amount).samples
        there = whole[:, first * codes.hop : end * codes.hop]
        assert early.shape == there.shape
        assert np.abs(early - there).max() < 1e-4 * np.abs(there).max()


def test_export_is_another_rendering_of_the_same_sound(model, codes):
    play, export = (model.decode(codes, 0.0, quality) for quality in decode.QUALITIES)
    assert play.length == export.length
    assert not np.array_equal(play.samples, export.samples)


def test_invalid_frames_and_qualities_are_refused(model, codes):
    for first, end in [(-1, 3), (4, 4), (0, codes.frames + 1)]:
        with pytest.raises(SdaError, match="are not in codes"):
            model.decode_window(codes, first, end)
    with pytest.raises(SdaError, match="no quality 'best'"):
        model.decode(codes, quality="best")
    with pytest.raises(SdaError, match="another model"):
        model.decode_window(dataclasses.replace(codes, hop=512, length=None), 0, 1)


def test_spans():
    assert Span(3, 5).wider(4, 8) == Span(0, 8)
    assert Span(3, 5).slice_in(Span(1, 9), 8) == slice(16, 32)
    assert Span(13, 33).onto(8, 100) == Span(8, 40)
    assert Span(8, 40).onto(8, 100) == Span(8, 40)
    assert Span(13, 33).onto(8, 36) == Span(8, 36)
    assert Span(8, 40).over(8).times(8) == Span(8, 40)


def test_a_recording_is_played_back_exactly(model):
    """Frames that are all grains in their order need no spectra; an edited part is decoded as usual."""
    memory = model.memory
    longest = max(range(len(memory.pieces)), key=lambda one: memory.pieces[one].frames)
    piece = memory.pieces[longest]
    latent = model.codec.bottleneck.embed(piece.codes)
    samples, match = decode.synthesize(model.codec, memory, latent, 1.0)
    assert own_frames(match).all()
    assert samples.equal(decode.left_right(piece.samples))
    almost, _ = decode.synthesize(model.codec, memory, latent, 0.999)
    assert not almost.equal(samples)
    assert float((almost - samples).abs().max()) < 0.05
    changed = latent.clone()
    changed[len(latent) // 2] += 3 * memory.unit
    edited, match = decode.synthesize(model.codec, memory, changed, 1.0)
    assert not own_frames(match).all()
    assert not edited.equal(samples)


def test_phases_continue_from_known_ones(model):
    """Half of the spectra of a steady tone are known: they are kept, and the next ones continue the tone."""
    codec, ratio, frames = model.codec, model.codec.ratio, 16
    tone = 0.3 * torch.sin(2 * np.pi * 0.0213 * torch.arange(frames * model.hop))[None]
    spectra = codec.spectral.stft(tone)
    sizes, count = spectra.abs().clamp_min(1e-4), spectra.shape[-1]
    known = torch.polar(torch.ones_like(sizes), spectra.angle())
    end = decode.ANCHOR_SPACING + 4  # right after an anchor, so that it is long until the next one
    own = torch.arange(count) < end
    whole = Span(0, frames).times(ratio)
    nothing = codec.attacks.find(torch.full((count,), -3.0), 1)
    made = decode._phases(codec, sizes.log10(), whole, whole, nothing, (own, known))
    assert made[..., own].equal(known[..., own])
    peak, after = int(sizes.mean((0, 2)).argmax()), slice(end, end + 2)
    assert (made / known)[0, peak, after].angle().abs().max() < 0.3
    without_grains = decode._phases(codec, sizes.log10(), whole, whole, nothing, None)
    assert (without_grains / known)[0, peak, after].angle().abs().max() > 0.3
    assert decode._phases(codec, sizes.log10(), whole, whole, nothing, (own | True, known)) is known


def test_a_sound_begins_without_a_click_and_a_recording_as_it_does(model, codes):
    wild = edit(codes, "randomize", seed=1, frames=(0, 1))
    for amount in (0.0, 1.0):
        begins = np.abs(model.decode(wild, amount).samples[:, :2]).max()
        assert begins < 0.1 * np.abs(model.decode(wild, amount).samples[:, : model.hop]).max()
    piece = model.memory.pieces[0]
    latent = model.codec.bottleneck.embed(piece.codes)
    samples, _ = synthesize(model.codec, model.memory, latent, 1.0)
    assert samples[:, :64].equal(decode.left_right(piece.samples)[:, :64])


@pytest.mark.parametrize(("level", "is_silent"), [(-4.5, True), (-3.0, False)])
def test_inaudible_levels_are_silence(model, codes, level, is_silent):
    """Magnitudes of -116 and -86 dBFS RMS in all bins."""
    codec = copy.deepcopy(model.codec)
    zeroed(codec.decoder.end)
    codec.ridge.zero_()
    codec.ridge[-1] = level
    samples = synthesize(codec, None, model.embed(codes), 0.0)[0]
    peak = float(samples.abs().max())
    assert peak < 2**-24 if is_silent else 1e-5 < peak < 1e-2

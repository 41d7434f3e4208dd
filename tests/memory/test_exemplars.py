"""Detail of recordings for the decoder alone: what is added, where it comes from, and what a stripped model lacks."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
import torch
from safetensors.numpy import load_file

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.editing.registry import edit
from sda_lib.memory import decode, exemplars
from sda_lib.memory.decode import Span, magnitudes
from sda_lib.memory.exemplars import RUN, STEP, Detail, Exemplars
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return with_detail(SdaModel.load(tiny_model_path), 0.7)


@pytest.fixture(scope="module")
def codes(model, tiny_corpus):
    """The corpus' sounds one after the other, long enough for several tiles, with a random part."""
    clips = [read_clip(path).with_channels(1) for path in sorted(tiny_corpus.glob("*.wav"))]
    return several_tiles(model, clips)


def several_tiles(model, clips):
    samples = np.concatenate([clip.samples for clip in clips] * 3, 1)
    return edit(model.encode(AudioClip(samples, clips[0].sample_rate)), "randomize", seed=4, frames=(60, 90))


@pytest.fixture(scope="module")
def stereo_clips(tiny_corpus):
    """Pairs of the corpus' sounds, one left and the other right."""
    clips = [read_clip(path).with_channels(1) for path in sorted(tiny_corpus.glob("*.wav"))]
    rows = [clip.samples[:, : min(clip.length for clip in clips)] for clip in clips]
    pairs = zip(rows, rows[1:] + rows[:1], strict=True)
    return [replace(clip, samples=np.concatenate(pair)) for clip, pair in zip(clips, pairs, strict=True)]


@pytest.fixture(scope="module")
def stereo_model(stereo_clips, tiny_recipe, tmp_path_factory):
    """A model of pairs of sounds in mid and side, in closed form."""
    folder = tmp_path_factory.mktemp("stereo")
    for number, clip in enumerate(stereo_clips):
        soundfile.write(folder / f"{number}.wav", clip.samples.T, clip.sample_rate)
    recipe = tiny_recipe.override(audio__channels=2, train__steps=0)
    list(learn(Corpus.from_folder(folder), recipe, folder / "stereo.sda", "stereo"))
    return with_detail(SdaModel.load(folder / "stereo.sda"), 0.7)


def with_detail(model, scale):
    return replace(model, recipe=model.recipe.override(memory__detail=scale))


def recording(memory, number):
    return (memory.grain_recording == number).nonzero()[:, 0]


@pytest.mark.parametrize("amount", [0.0, 0.5])
@pytest.mark.parametrize("quality", decode.QUALITIES)
def test_windows_and_edits_are_bit_identical(model, codes, amount, quality):
    check_windows_and_edits(model, codes, amount, quality)


@pytest.mark.slow
@pytest.mark.parametrize("amount", [0.0, 0.5])
def test_windows_and_edits_are_bit_identical_in_stereo(stereo_model, stereo_clips, amount):
    codes = several_tiles(stereo_model, stereo_clips)
    check_windows_and_edits(stereo_model, codes, amount, "play")
    plain = with_detail(stereo_model, 0.0).decode(codes, amount).samples
    detailed = stereo_model.decode(codes, amount).samples
    assert all((plain[channel] != detailed[channel]).any() for channel in range(2))


def check_windows_and_edits(model, codes, amount, quality):
    """Windows and edits of several tiles give the samples of the whole sound, to the last bit."""
    whole, tile = model.decode(codes, amount, quality), decode.TILE_SAMPLES // model.hop
    for first, end in [(0, 1), (3, 7), (tile - 2, tile + 2), (codes.frames - 1, codes.frames)]:
        window = model.decode_window(codes, first, end, amount, quality)
        assert np.array_equal(window.samples, whole.samples[:, first * codes.hop : end * codes.hop])
    for first in (0, tile - 1, tile + 11, codes.frames - 1):
        changed = edit(codes, "randomize", seed=first, frames=(first, first + 1))
        again = model.decode(changed, amount, quality)
        assert np.array_equal(model.redecode(changed, codes, whole, amount, quality).samples, again.samples)
        assert not np.array_equal(again.samples, whole.samples)


@pytest.mark.parametrize("amount", [0.0, 0.5])
def test_the_reach_covers_every_change(model, codes, amount):
    latent = model.embed(codes)
    before = model.synth(latent, amount).samples
    for middle in range(40, 40 + RUN + 1):
        changed = latent.clone()
        changed[middle] += 2 * model.memory.unit
        differs = (model.synth(changed, amount).samples != before).any(0).nonzero()[0] // model.hop
        assert middle - model.reach(amount) <= differs.min() <= middle
        assert middle <= differs.max() <= middle + model.reach(amount)


def test_stereo(model, tiny_corpus):
    """A pluck in mid and rain in side: its residuals are those of both."""
    from sda_lib.codec.codec import Codec
    from sda_lib.codec.stft import log_magnitude

    recipe = model.recipe.override(audio__channels=2)
    codec = Codec(recipe.audio, recipe.codec).eval()
    length = 20 * recipe.codec.hop
    names = ("pluck", "rain")
    sound = torch.cat([torch.tensor(read_clip(tiny_corpus / f"{name}.wav").samples)[:, :length] for name in names])
    spectra = codec.spectral.stft(sound)
    features = codec.features(codec.spectral.log_mel(spectra.abs()))
    codec.fit_linear([features], [codec.blocks(log_magnitude(spectra))])
    latent = codec.latent(features[None]).detach()
    memory = Memory(codec, [Piece("both", 0.0, sound, latent[0], codec.quantize(latent).indices[0])])
    detail = Exemplars(memory, 0.7).detail(memory.keys, 0, len(memory))
    assert detail.residual.shape == (2, codec.spectral.bins, len(memory) * codec.ratio)
    assert torch.isfinite(decode.synthesize(codec, memory, memory.keys, 0.0, exemplars=Exemplars(memory, 0.7))[0]).all()


def test_at_its_own_grains_the_detail_is_what_the_codec_misses(model):
    """A recording's own frames get its own residuals: decoded and detail are its magnitudes."""
    memory, found = model.memory, Exemplars(model.memory, 0.7)
    own = recording(memory, 1)
    latent = memory.keys[own]
    detail = found.detail(latent, 0, len(own))
    levels, _ = magnitudes(model.codec, latent, Span(0, len(own)))
    missing = (memory.grains(own, with_decoded=False).recorded - levels).clamp(-127 * STEP, 127 * STEP)
    assert detail.trust.min() > 0.99
    assert (detail.residual - missing).abs().max() <= 0.51 * STEP


def test_detail_comes_in_runs_of_nearest_grains(model):
    memory, found = model.memory, Exemplars(model.memory, 0.7)
    latent = memory.codec.texture.smooth(memory.keys[recording(memory, 0)])
    start, grain = found._runs(latent, 0, None)
    for frame in range(len(latent)):
        assert 0 <= frame - int(start[frame]) < RUN
        squared = (found._keys - latent[start[frame]]).square().sum(1)
        assert int(grain[frame]) in squared.topk(2, largest=False).indices


def test_a_held_frame_does_not_repeat_one_grain(model):
    latent = model.memory.keys[10:11].expand(4 * RUN, -1)
    _, grain = Exemplars(model.memory, 0.7)._runs(latent, 0, None)
    first, second = grain[0], grain[RUN]
    assert first != second
    assert grain.tolist() == 2 * (RUN * [int(first)] + RUN * [int(second)])


def test_banned_grains_begin_no_run(model):
    memory, found = model.memory, Exemplars(model.memory, 0.7)
    latent = memory.keys[recording(memory, 0)]
    _, grain = found._runs(latent, 0, lambda starts: memory.grain_recording[starts] == 0)
    assert (memory.grain_recording[grain] != 0).all()


def test_far_frames_keep_their_noise(model):
    found = Exemplars(model.memory, 0.7)
    detail = found.detail(model.memory.keys[:8] + 20 * model.memory.unit, 0, 8)
    noise = torch.randn(detail.residual.shape)
    assert detail.trust.max() < 1e-6
    assert torch.allclose(detail.with_noise(noise), noise, atol=1e-4)


def test_detail_and_noise_share_the_power():
    detail = Detail(torch.ones(1, 5, 8), torch.tensor([0.0, 0.6]))
    assert detail.with_noise(torch.ones(1, 5, 8))[0, 0].tolist() == pytest.approx([1.0] * 4 + [1.4] * 4)


def test_few_residuals_are_kept_and_made_again_alike(model, monkeypatch):
    latent, plenty = model.memory.keys, Exemplars(model.memory, 0.7)
    monkeypatch.setattr(exemplars, "KEPT", 2)
    scarce = Exemplars(model.memory, 0.7)
    for _ in range(2):
        assert scarce.detail(latent, 0, 40).residual.equal(plenty.detail(latent, 0, 40).residual)
    assert len(scarce._kept) == 2


def test_source_1_and_models_without_a_choice_sound_as_before(model, codes):
    off, unset = with_detail(model, 0.0), with_detail(model, None)
    assert off._exemplars is None
    assert unset._exemplars is None
    assert np.array_equal(model.decode(codes, 1.0).samples, off.decode(codes, 1.0).samples)
    assert not np.array_equal(model.decode(codes, 0.0).samples, off.decode(codes, 0.0).samples)
    assert off.fingerprints != model.fingerprints
    alone = decode.synthesize(model.codec, None, model.embed(codes), 0.0)[0].numpy()
    assert np.array_equal(off.decode(codes, 0.0).samples, alone[:, : codes.samples])


def test_a_model_without_recordings_holds_no_exemplar(model, codes, tmp_path):
    """Its file has not one tensor of the memory, and its sound is that of the codec alone."""
    shared = model.without_memory()
    path = shared.save(tmp_path / "shared.sda")
    assert not [name for name in load_file(path) if name.startswith("memory.") or "detail" in name]
    opened = SdaModel.load(path)
    assert opened._exemplars is None
    assert np.array_equal(opened.decode(codes, 0.0).samples, with_detail(model, 0.0).decode(codes, 0.0).samples)


def test_a_file_keeps_the_detail(model, codes, tmp_path):
    opened = SdaModel.load(model.save(tmp_path / "with.sda"))
    assert opened.recipe.memory.detail == 0.7
    assert np.array_equal(opened.decode(codes, 0.0).samples, model.decode(codes, 0.0).samples)

"""Parts of own recordings are recognized, and come back at Source 1; other sounds are encoded as before."""

import dataclasses

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.memory import recognize
from sda_lib.memory.recognize import Excerpt, Recognizer
from sda_lib.model.model import SdaModel


@pytest.fixture(scope="module")
def model(slider_model_path):
    return SdaModel.load(slider_model_path)


@pytest.fixture(scope="module")
def recordings(model, pytestconfig):
    """The model's own recordings of half a second or more, at its rate."""
    names = {piece.name for piece in model.memory.pieces}
    paths = sorted(path for path in (pytestconfig.rootpath / "data/demo").iterdir() if path.stem in names)
    clips = [read_clip(path).resampled(model.sample_rate).with_channels(model.recipe.audio.channels) for path in paths]
    return [clip for clip in clips if clip.length > model.sample_rate // 2]


def ratio(wanted, found):
    """The ratio in dB of samples to their difference from others."""
    return 10 * np.log10(np.square(wanted).sum() / (np.square(wanted - found).sum() + 1e-20))


@pytest.mark.parametrize(("start", "gain"), [(0.0, 1.0), (0.1237, 1.0), (0.05, -1.0), (0.2, 0.1), (0.2, 10.0)], ids=str)
def test_a_cut_of_a_recording_comes_back(model, recordings, start, gain):
    for clip in recordings:
        first = round(start * model.sample_rate)
        cut = dataclasses.replace(clip, samples=clip.samples[:, first : first + 12345] * np.float32(gain))
        codes = model.encode(cut)
        assert ratio(cut.samples, model.decode(codes).samples) > 40, clip.name
        found = model.excerpt(codes)
        assert found.file == clip.name
        assert found.start == pytest.approx(start, abs=1e-4)
        assert found.gain == pytest.approx(gain, rel=1e-3)
        assert found.seconds == pytest.approx(12345 / model.sample_rate)


def test_200_milliseconds_are_enough(model, recordings):
    clip = max(recordings, key=lambda one: one.length)
    part = clip.samples[:, 5001 : 5001 + round(0.2 * model.sample_rate)] * np.float32(-0.5)
    assert ratio(part, model.decode(model.encode_stream([part])).samples) > 40


def test_a_file_of_another_rate_is_found_between_two_samples(model, recordings, pytestconfig):
    """A cut of the file at its own 44.1 kHz does not begin at a sample of the model's 48 kHz."""
    clip = read_clip(pytestconfig.rootpath / f"data/demo/{recordings[0].name}.flac")
    assert clip.sample_rate != model.sample_rate
    first = 4001
    cut = dataclasses.replace(clip, samples=clip.samples[:, first : first + 15000])
    codes = model.encode(cut)
    assert codes.fraction == pytest.approx(first * model.sample_rate / clip.sample_rate % 1, abs=1e-3)
    wanted, found = cut.resampled(model.sample_rate).samples, model.decode(codes).samples
    inside = slice(300, -300)  # at its ends, the cut was resampled without what surrounds it
    assert ratio(wanted[:, inside], found[:, inside]) > 50


def test_a_whole_recording_keeps_its_codes(model, recordings):
    for clip in recordings:
        codes = model.encode(clip)
        assert codes.placement == {}
        assert codes.samples == clip.length
        grains = model.memory.match(model.embed(codes)).grain
        assert np.array_equal(codes.indices, model.memory.codes[:, grains].numpy())


def test_blocks_and_long_sounds_give_the_same_codes(model, recordings, monkeypatch):
    clip = max(recordings, key=lambda one: one.length)
    samples = clip.samples[:, 777:]
    whole = model.encode_stream([samples])
    monkeypatch.setattr(recognize, "HELD_SECONDS", 0.25)
    blocks = [samples[:, first : first + 3000] for first in range(0, samples.shape[1], 3000)]
    assert model.encode_stream(blocks).is_same(whole)
    assert whole.placement["lead"] == 777 % model.hop
    changed = samples.copy()
    changed[:, -4000:] = np.random.default_rng(0).normal(0, 0.1, changed[:, -4000:].shape)
    blocks = [changed[:, first : first + 3000] for first in range(0, samples.shape[1], 3000)]
    assert model.encode_stream(blocks).placement == {}


def test_other_sounds_are_not_recognized(model, recordings):
    random = np.random.default_rng(0)
    noise = random.normal(0, 0.1, (model.recipe.audio.channels, 48000)).astype(np.float32)
    tone = np.sin(np.arange(48000) * 0.03).astype(np.float32)[None].repeat(len(noise), 0)
    mixture = recordings[0].samples[:, 1000:25000] + noise[:, : recordings[0].samples[:, 1000:25000].shape[1]]
    joined = np.concatenate([recordings[0].samples[:, 1000:20000], recordings[1].samples[:, 500:20000]], 1)
    for samples in (noise, tone, mixture, joined, np.zeros_like(noise), noise[:, :5000], noise[:, :1]):
        codes = model.encode_stream([samples])
        assert codes.placement == {}
        assert codes.samples == samples.shape[1]
        assert model.excerpt(codes) is None or not samples.any()


def test_searching_does_not_change_what_is_found_of_a_patchwork(model, recordings):
    """Whole frames of own recordings one after another are recognized frame by frame, as before."""
    hop = model.hop
    parts = [clip.samples[:, : 8 * hop] for clip in recordings[:2]]
    codes = model.encode_stream([np.concatenate(parts, 1)])
    own = [model.encode(clip).indices[:, 2:6] for clip in recordings[:2]]
    assert np.array_equal(codes.indices[:, 2:6], own[0])
    assert np.array_equal(codes.indices[:, 10:14], own[1])


def test_an_empty_sound_has_no_place(model):
    assert Recognizer(model._excerpt_search).result() is None


def test_an_edited_excerpt_is_none(model, recordings):
    codes = model.encode_stream([recordings[0].samples[:, 3000:20000]])
    assert model.excerpt(codes) is not None
    indices = codes.indices.copy()
    indices[:, 3] = (indices[:, 3] + 1) % codes.codebook_size
    assert model.excerpt(codes.with_indices(indices)) is None
    assert model.without_memory().excerpt(codes) is None


def test_excerpts_in_words():
    assert str(Excerpt("rain_03", 12.4, 2.0)) == "rain_03 from 12.40 s, 2.00 s"
    assert str(Excerpt("rain_03", 0.0, 0.5, -0.5)) == "rain_03 from 0.00 s, 0.50 s (gain −6.0 dB, inverted)"
    assert str(Excerpt("rain_03", 0.0, 0.5, -1.0)) == "rain_03 from 0.00 s, 0.50 s (inverted)"
    assert str(Excerpt("rain_03", 0.0, 0.5, 2.0)) == "rain_03 from 0.00 s, 0.50 s (gain +6.0 dB)"


def test_clips_of_other_channels_are_found(model, recordings):
    clip = recordings[0]
    other = AudioClip(clip.with_channels(3 - clip.channels).samples[:, 1000:20000], clip.sample_rate)
    if clip.channels == 1:
        assert model.excerpt(model.encode(other)).file == clip.name

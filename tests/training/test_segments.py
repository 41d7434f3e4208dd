"""Sounds in sixteen bits, their split, and segments whose spectra are those of the whole recording."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio import sample_cache
from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.codec import Codec
from sda_lib.codec.stft import log_magnitude, mid_side
from sda_lib.config import AudioConfig, CodecConfig, Recipe
from sda_lib.errors import SdaError
from sda_lib.training.segments import CorpusSound, Segments, learned_spans, split, trimmed

RATE = 48000


def sounds_of(count, seconds=1.0, channels=1):
    noise = np.random.default_rng(0)
    clips = (noise.normal(0, 0.1, (channels, int(seconds * RATE))) for _ in range(count))
    return tuple(CorpusSound.of(AudioClip(samples, RATE, f"n{k}")) for k, samples in enumerate(clips))


def test_quiet_sounds_keep_their_bits():
    clip = AudioClip(np.random.default_rng(0).normal(0, 1e-4, (2, 1000)), RATE)
    assert np.abs(CorpusSound.of(clip).clip.samples - clip.samples).max() < 2e-5 * clip.peak


@pytest.mark.parametrize(
    ("count", "share", "held"), [(5, 1 / 6, 1), (12, 1 / 6, 3), (60, 1 / 12, 5), (6, 0.0, 1), (6, 1.0, 5)]
)
def test_split_by_file(count, share, held):
    sounds = sounds_of(count, 0.01)
    train, held_out = split(sounds, share, seed=3)
    assert len(held_out) == held
    assert sorted(sound.name for sound in train + held_out) == sorted(sound.name for sound in sounds)
    assert [s.name for s in split(sounds, share, seed=3)[1]] == [s.name for s in held_out]


def test_split_changes_with_the_seed():
    sounds = sounds_of(12, 0.01)
    assert len({tuple(s.name for s in split(sounds, 1 / 6, seed)[1]) for seed in range(8)}) > 1


@pytest.mark.parametrize("count", [1, 2, 4])
def test_split_by_time_keeps_the_end_of_each(count):
    sounds = sounds_of(count)
    train, held_out = split(sounds, 0.25, seed=0)
    assert len(train) == len(held_out) == count
    for sound, early, late in zip(sounds, train, held_out, strict=True):
        assert late.seconds == pytest.approx(0.25, abs=1e-3)
        assert np.array_equal(np.concatenate([early.pcm, late.pcm], 1), sound.pcm)


def test_split_of_nothing_is_an_error():
    with pytest.raises(SdaError, match="too little"):
        split((), 0.2, 0)


def test_signal_is_silent_beyond_the_ends():
    (sound,) = sounds_of(1, 0.01, channels=2)
    inside = mid_side(torch.tensor(sound.clip.samples))
    padded = torch.nn.functional.pad(inside, (100, 50))
    assert sound.signal(-100, sound.length + 50).equal(padded)
    assert sound.signal(20, 30).equal(inside[:, 20:30])
    assert not sound.signal(sound.length + 5, sound.length + 15).any()
    assert not sound.signal(-30, -10).any()


def test_segments_are_spectra_of_the_recording():
    """A segment as long as its sound is that sound, up to the gain."""
    (sound,) = sounds_of(1, 8192 / RATE)
    codec = Codec(AudioConfig(), CodecConfig(levels=1, codebook_size=2))
    mel, spectra = Segments(codec, [sound], sound.length).draw(2, torch.Generator().manual_seed(0))
    whole = log_magnitude(codec.spectral.stft(sound.signal(0, sound.length)))
    gains = (log_magnitude(spectra) - whole).flatten(1)
    assert mel.shape == (2, 1, codec.config.bands, 32)
    assert gains.std(1).max() < 1e-3
    assert gains.mean(1).abs().max() < 0.31
    assert abs(float(gains.mean(1).diff())) > 1e-3


def padded(sound, before, behind, channels=1):
    samples = np.pad(sound.clip.samples, ((0, 0), (before, behind)))
    return CorpusSound.of(AudioClip(samples, RATE, sound.name))


def test_silence_at_the_ends_is_left_out_in_whole_frames():
    recipe, (sound, other) = Recipe(), sounds_of(2, 0.5)
    hop = recipe.codec.hop
    silent = padded(sound, 20 * hop + 100, 17 * hop)
    found, same = trimmed((silent, other), recipe)
    assert same is other
    assert learned_spans((silent, other), recipe)[0] == (19, 19 + found.length // hop)
    assert found.signal(hop + 100, hop + 100 + sound.length).allclose(sound.signal(0, sound.length), atol=1e-4)
    assert found.length <= sound.length + 4 * hop


def test_nothing_is_left_out_of_silence_or_without_trim():
    recipe, (sound,) = Recipe(), sounds_of(1, 0.5)
    silent = padded(sound, 49000, 49000)
    assert trimmed((silent,), recipe.override(audio__trim=0))[0] is silent
    zeros = CorpusSound.of(AudioClip(np.zeros((1, 5000)), RATE, "zeros"))
    assert trimmed((zeros, sound), recipe)[0] is zeros


def test_a_weight_of_three_is_drawn_three_times_as_often():
    codec = Codec(AudioConfig(), CodecConfig(width=8))
    light, heavy = sounds_of(2, 0.5)
    segments = Segments(codec, (light, dataclasses.replace(heavy, weight=3.0)), 4096)
    picks = torch.multinomial(segments._weights, 20_000, replacement=True, generator=torch.Generator().manual_seed(0))
    assert float(picks.float().mean()) == pytest.approx(0.75, abs=0.02)


def test_long_corpora_are_mapped_into_memory_and_equal(tiny_corpus, tiny_recipe, monkeypatch, tmp_path):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    corpus = Corpus.from_folder(tiny_corpus)
    in_memory = list(CorpusSound.of_corpus(corpus, tiny_recipe.audio))
    assert not (tmp_path / "cache").exists()
    monkeypatch.setattr(sample_cache, "MOST_IN_MEMORY", corpus.seconds / 2)
    mapped = list(CorpusSound.of_corpus(corpus, tiny_recipe.audio))
    assert len(list((tmp_path / "cache/samples").iterdir())) == len(corpus.items)
    for one, other in zip(in_memory, mapped, strict=True):
        assert (one.name, one.gain, one.weight) == (other.name, other.gain, other.weight)
        assert np.array_equal(one.signal(-100, 5000), other.signal(-100, 5000))

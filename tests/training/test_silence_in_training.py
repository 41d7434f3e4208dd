"""A training on recordings inside silence learns what one without it learns, and keeps the recordings as they are."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.health.diagnose import diagnose
from sda_lib.model.model import SdaModel
from sda_lib.training.prior_data import coded_recordings
from sda_lib.training.train import learn
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

pytestmark = pytest.mark.slow

PADDED = Path(__file__).parents[1] / "data/padded"
BEFORE, BEHIND = 1.5, 2.0
"""Seconds of silence around each of the six one-shots."""


def trained(folder):
    corpus, path = Corpus.from_folder(folder), folder.with_suffix(".sda")
    for _ in learn(corpus, Recipe.for_corpus(corpus).override(train__steps=4, codec__width=16), path, "strokes"):
        pass
    return SdaModel.load(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("strokes")


@pytest.fixture(scope="module")
def bare(folder):
    """A model of the strokes without silence."""
    (folder / "bare").mkdir()
    for path in PADDED.glob("*.flac"):
        samples, rate = soundfile.read(path)
        own = samples[round(BEFORE * rate) : len(samples) - round(BEHIND * rate)]
        soundfile.write(folder / "bare" / path.name, own, rate)
    return trained(folder / "bare")


@pytest.fixture(scope="module")
def model(folder):
    """A model of the strokes inside silence."""
    (folder / "padded").symlink_to(PADDED)
    return trained(folder / "padded")


def levels(clip):
    """The level of every 10 ms in dB."""
    size = clip.sample_rate // 100
    peaks = np.abs(clip.samples).max(0)
    return 20 * np.log10(peaks[: len(peaks) // size * size].reshape(-1, size).max(1) + 1e-9)


def test_capacity_and_figures_are_those_of_the_sounds(model, bare):
    assert model.recipe.codec == bare.recipe.codec
    assert model.metrics["held_out"] == pytest.approx(bare.metrics["held_out"], rel=0.35)
    assert model.memory.unit == pytest.approx(bare.memory.unit, rel=0.35)
    assert model.durations == pytest.approx(bare.durations, abs=0.1)
    frames = sum(one.frames for one in coded_recordings(model))
    assert frames <= 1.5 * sum(one.frames for one in coded_recordings(bare)) + 3 * len(coded_recordings(bare))
    assert model.header["corpus"]["lengths"] == pytest.approx(bare.header["corpus"]["lengths"], abs=0.05)


def test_recordings_come_back_whole_and_in_their_place(model):
    """An attack after silence may get other codes than in the memory; such a recording has no name as an excerpt."""
    clips = Corpus.from_folder(PADDED).clips(model.sample_rate, model.recipe.audio.channels)
    named = 0
    for clip in clips:
        codes = model.encode(clip)
        decoded = model.decode(codes)
        assert decoded.length == clip.length
        assert np.abs(decoded.samples - clip.samples).max() < 1e-3
        if (found := model.excerpt(codes)) is not None:
            assert (found.file, found.start, found.seconds) == (clip.name, 0, pytest.approx(clip.seconds))
            named += 1
    assert named >= len(clips) - 1


def test_silence_of_codes_is_silent(model):
    """The codec alone has codes for it."""
    clip = next(iter(Corpus.from_folder(PADDED).clips(model.sample_rate, model.recipe.audio.channels)))
    assert levels(model.decode(model.encode(clip), 0.0))[: round(100 * (BEFORE - 0.2))].max() < -60


@pytest.mark.parametrize("seconds", ["auto", 1.0, 4.0])
def test_new_sounds_are_strokes(model, bare, seconds):
    """As loud as those of the model without silence, from the beginning on, and no more silent."""
    found, others = (
        [levels(generate(one, GenerateOptions(seconds, seed=seed)).clip) for seed in range(8)] for one in (model, bare)
    )
    for level in found:
        assert level.max() > -12
        assert np.flatnonzero(level > level.max() - 30)[0] <= 8
    silent = [np.mean([np.mean(level < -70) for level in levels_]) for levels_ in (found, others)]
    assert silent[0] <= silent[1] + 0.1
    power = [10 * np.log10(np.mean([np.mean(10 ** (level / 10)) for level in levels_])) for levels_ in (found, others)]
    assert power[0] == pytest.approx(power[1], abs=3)
    if seconds == "auto":
        median, other = (np.median([len(level) for level in levels_]) for levels_ in (found, others))
        assert median == pytest.approx(other, abs=10)


def test_sources_say_where_in_the_file(model):
    take = generate(model, GenerateOptions(1.0, seed=3))
    assert all(BEFORE - 0.1 <= source.seconds <= BEFORE + 0.5 for source in take.sources)


def test_health_judges_the_sounds(model, bare):
    one, other = diagnose(model), diagnose(bare)
    assert one.fidelity.held_out == pytest.approx(other.fidelity.held_out, rel=0.35)

"""Patterns: what follows an event, what stays a texture, and how new sounds of real models begin."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.config import Recipe
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.pattern import PatternWriter
from sda_lib.writers.registry import composer_of, walk_of, writer_of
from sda_lib.writers.request import Request

PADDED = Path(__file__).parents[1] / "data" / "padded"
RATE = 44100
FLOOR = 3e-4
"""Standard deviation of the noise floor of the mixture."""


def _hit(number):
    """A hit of a pitch of its own on a noise floor, in the middle of one second."""
    time, chance = np.arange(RATE) / RATE, np.random.default_rng(number)
    tone = np.sin(2 * np.pi * (120 + 60 * number) * time) + 0.3 * chance.standard_normal(RATE)
    sound = 0.3 * tone * np.exp(-12 * time)
    return np.roll(np.where(time < 0.75, sound, 0), RATE // 4) + FLOOR * chance.standard_normal(RATE)


def _calls(number):
    """Three calls with pauses of a second."""
    chance = np.random.default_rng(100 + number)
    call = 0.2 * chance.standard_normal(RATE // 3) * np.hanning(RATE // 3)
    return np.concatenate([np.concatenate([call, np.zeros(RATE)]) for _ in range(3)]) + FLOOR * chance.standard_normal(
        3 * (RATE + RATE // 3)
    )


def _rain(number):
    return 0.05 * np.random.default_rng(number).standard_normal(6 * RATE)


def _fitted(folder, sounds, name):
    for file, samples in sounds.items():
        soundfile.write(folder / f"{file}.wav", samples, RATE, subtype="PCM_16")
    return _model(Corpus.from_folder(folder), folder / f"{name}.sda")


def _model(corpus, path):
    recipe = Recipe.for_corpus(corpus).override(train__steps=0, codec__width=32)
    for _ in learn(corpus, recipe, path, path.stem):
        pass
    return path


@pytest.fixture(scope="session")
def mixture_path(shared):
    """A model of eight hits, two recordings of calls inside silence, and two of rain."""
    makers = {"hit": (_hit, 8), "calls": (_calls, 2), "rain": (_rain, 2)}
    sounds = {f"{name}{number}": make(number) for name, (make, count) in makers.items() for number in range(count)}
    return shared("mixture", lambda folder: _fitted(folder, sounds, "mixture")) / "mixture.sda"


@pytest.fixture(scope="session")
def padded_path(shared):
    """A model of six one-shots with 1.5 s of digital silence before them and 2 s after."""
    return shared("padded", lambda folder: _model(Corpus.from_folder(PADDED), folder / "padded.sda")) / "padded.sda"


@pytest.fixture(scope="module")
def mixture(mixture_path):
    return SdaModel.load(mixture_path)


@pytest.fixture(scope="module")
def padded(padded_path):
    return SdaModel.load(padded_path)


@dataclass
class Recorder:
    """A writer that keeps its requests and writes the grains from the first one on."""

    model: SdaModel
    requests: list[Request] = field(default_factory=list)

    def write(self, request, generator):
        self.requests.append(request)
        graph = walk_of(self.model).graph
        path = np.minimum((request.first or 0) + np.arange(request.frames), len(graph) - 1)
        return graph.like.with_indices(graph.codes[:, path])

    def fill(self, codes, first, end, request, generator):
        return codes


def written(model, request, seed=0):
    """The codes that a pattern writer writes, and what it requested."""
    recorder = Recorder(model)
    codes = PatternWriter(recorder, walk_of(model), model.parts).write(request, np.random.default_rng(seed))
    return codes, recorder.requests


def number_of(model, name):
    """The number of a recording."""
    return next(n for n, pieces in enumerate(model.memory.recordings) if pieces[0].name.startswith(name))


def frames(model, seconds):
    return round(seconds * model.frame_rate)


def level(clip, seconds=0.02):
    block = round(seconds * clip.sample_rate)
    samples = clip.samples[0].astype(float)
    return 10 * np.log10((samples[: len(samples) // block * block].reshape(-1, block) ** 2).mean(1) + 1e-12)


def test_recordings_are_what_they_are(mixture):
    kinds = {pieces[0].name: bool(mixture.parts.events[n]) for n, pieces in enumerate(mixture.memory.recordings)}
    assert all(event == (not name.startswith("rain")) for name, event in kinds.items())


def test_a_long_sound_that_begins_with_an_event_is_a_pattern(mixture):
    request = Request(frames(mixture, 6.0), recording=number_of(mixture, "hit2"))
    codes, events = written(mixture, request)
    assert codes.frames == request.frames
    assert len(events) >= 4
    assert all(one.ends and one.first in mixture.parts.first for one in events)
    assert all(one.followed for one in events[:-1])
    own = set(np.flatnonzero(mixture.parts.recording == request.recording).tolist())
    assert events[0].first in mixture.parts.first[list(own)]


def test_a_long_sound_that_begins_with_a_texture_is_a_texture(mixture):
    for seed in range(4):
        _, (only,) = written(mixture, Request(frames(mixture, 10.0), recording=number_of(mixture, "rain")), seed)
        assert only.frames == frames(mixture, 10.0)
        assert not only.ends
        assert walk_of(mixture).graph.recording[only.first] == number_of(mixture, "rain")


def test_a_texture_as_long_as_its_recording_is_all_of_it(mixture):
    rain = number_of(mixture, "rain")
    _, (only,) = written(mixture, Request(frames(mixture, 6.0), recording=rain))
    assert only.ends
    assert only.first == mixture.parts.first[mixture.parts.recording == rain][0]


def test_a_short_sound_is_one_event(mixture):
    hit = number_of(mixture, "hit5")
    _, (only,) = written(mixture, Request(frames(mixture, 0.3), recording=hit))
    assert (only.ends, only.quiet_end, only.followed) == (True, True, False)


def test_rests_are_the_quiet_of_the_recordings(mixture):
    """Not digital silence: the floor of the recordings, and as many frames as between the calls."""
    take = generate(mixture, GenerateOptions(8.0, seed=_seed(mixture, "calls")))
    levels = level(take.clip)
    quiet = levels < -50
    assert 0.2 < quiet.mean() < 0.9
    assert np.median(levels[quiet]) == pytest.approx(20 * np.log10(FLOOR), abs=4)
    assert levels[:-2].min() > 20 * np.log10(FLOOR) - 10


def _seed(model, name):
    """A seed with which a sound begins with a recording."""
    number = number_of(model, name)
    return next(seed for seed in range(500) if _begins(model, seed) == number)


def _begins(model, seed):
    from sda_lib.writers.auto_duration import first_recording

    return first_recording(model, GenerateOptions(seed=seed))


def test_the_drawn_recording_begins_the_sound_whatever_its_length(mixture):
    graph = walk_of(mixture).graph
    for seed in range(12):
        for seconds in (0.2, 0.8, 4.0, 10.0):
            request = Request(frames(mixture, seconds), recording=_begins(mixture, seed))
            begun, *_ = composer_of(mixture).stretches(request, np.random.default_rng(seed))
            first = begun[0] if isinstance(begun, np.ndarray) else begun.first
            assert graph.recording[first] == _begins(mixture, seed)


def test_starts_differ(mixture):
    """Over 48 seeds at 4 s, at least .6 of the recordings begin a sound."""
    assert len({_begins(mixture, seed) for seed in range(48)}) >= 0.6 * 12
    sources = {generate(mixture, GenerateOptions(4.0, seed=seed)).sources[0].file for seed in range(24)}
    assert len(sources) >= 0.6 * 12


def test_a_continuation_finishes_the_event_and_goes_on(mixture):
    walk, part = walk_of(mixture), int(np.flatnonzero(mixture.parts.recording == number_of(mixture, "hit3"))[0])
    first, size = int(mixture.parts.first[part]), int(mixture.parts.frames[part])
    before = walk.graph.like.with_indices(walk.graph.codes[:, first : first + size - 4])
    _, (begun, *others) = written(mixture, Request(frames(mixture, 4.0), before=before))
    assert (begun.before is before, begun.frames, begun.ends) == (True, 4, True)
    assert others
    assert all(one.before is None for one in others)


def test_a_continuation_of_rain_is_rain(mixture):
    walk, rain = walk_of(mixture), number_of(mixture, "rain")
    start = int(np.flatnonzero(walk.graph.recording == rain)[20])
    before = walk.graph.like.with_indices(walk.graph.codes[:, start : start + 20])
    _, (only,) = written(mixture, Request(frames(mixture, 4.0), before=before))
    assert only.before is before
    assert only.ends is None


def test_who_says_whether_a_sound_ends_gets_one_walk(mixture):
    for ends in (True, False):
        request = Request(frames(mixture, 6.0), ends=ends)
        assert written(mixture, request)[1] == [request]


def test_density_and_pulse_act(mixture):
    def events(**controls):
        found = [written(mixture, Request(frames(mixture, 8.0), controls=controls), seed)[1] for seed in range(30)]
        return np.mean([len(one) for one in found if len(one) > 1 or one[0].ends])

    assert events(density=1.0) > 1.5 * events(density=0.5) > 1.5 * events(density=0.0)
    assert all("pulse" not in one.controls for one in written(mixture, Request(200, controls={"pulse": 1.0}))[1][1:])


def test_a_contour_chooses_events(mixture):
    """With recordings of different levels, a rising contour takes louder ones later."""
    walk = walk_of(mixture)
    level = np.linspace(-50.0, -10.0, len(mixture.parts.events))
    walk = replace(walk, graph=replace(walk.graph, loudness=level[walk.graph.recording]))
    request = Request(frames(mixture, 12.0), contour=((0.0, 0.0), (1.0, 1.0)))
    rises = []
    for seed in range(12):
        writer = PatternWriter(Recorder(mixture), walk, mixture.parts)
        stretches = writer.stretches(request, np.random.default_rng(seed))
        found = [level[walk.graph.recording[one.first]] for one in stretches if getattr(one, "first", None) is not None]
        if len(found) > 5:
            rises.append(np.mean(found[len(found) // 2 :]) - np.mean(found[: len(found) // 2]))
    assert np.mean(rises) > 5


def test_padded_one_shots_are_never_silent(padded):
    """With 1.5 s of silence before each and 2 s after, sounds were silent or hardly anything else."""
    for seconds in ("auto", 0.2, 1.0, 4.0):
        for seed in range(8):
            levels = level(generate(padded, GenerateOptions(seconds, seed=seed)).clip)
            assert levels.max() > -12
            assert (levels < -70).mean() < 0.4


@pytest.mark.parametrize("writer", ["walk", "prior", "hybrid"])
def test_all_writers_write_patterns(padded, ngram_prior, writer):
    model = padded.with_prior(ngram_prior(padded))
    assert isinstance(composer_of(model, writer), PatternWriter)
    assert composer_of(model, writer).writer is writer_of(model, writer)
    codes = compose_codes(model, GenerateOptions(3.0, seed=1, writer=writer))
    levels = level(model.decode(codes))
    assert codes.samples == 3 * model.sample_rate
    assert (levels < -70).mean() < 0.5


def test_without_recordings_the_writer_is_not_wrapped(padded, ngram_prior):
    bare = replace(padded, memory=None).with_prior(ngram_prior(padded))
    assert composer_of(bare) is writer_of(bare)
    assert compose_codes(bare, GenerateOptions(2.0)).seconds == pytest.approx(2.0)

"""Long sounds are composed block by block; any part of one is made by itself, and is the same."""

import dataclasses
import itertools

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers import long_sound, options
from sda_lib.writers.generate import compose_any, decode_in_blocks, part_of
from sda_lib.writers.long_sound import LongComposer, long_codes
from sda_lib.writers.options import GenerateOptions

RAIN = GenerateOptions(seconds=6.0, novelty=1.0, seed=2, recordings=("rain",))
PLUCKS = GenerateOptions(seconds=6.0, novelty=1.0, seed=2, recordings=("pluck",))


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(autouse=True)
def short(monkeypatch):
    """Sounds from two seconds on are long, and their blocks are short."""
    monkeypatch.setattr(options, "MAX_SECONDS", 2.0)
    monkeypatch.setattr(long_sound, "MAX_SECONDS", 2.0)
    monkeypatch.setattr(long_sound, "BLOCK_SECONDS", 1.5)
    monkeypatch.setattr(long_sound, "CONTEXT_SECONDS", 0.5)
    monkeypatch.setattr(long_sound, "JOINT_SECONDS", 0.2)


def holds_by_parts(model, wanted):
    """Check that parts of a long sound's codes, each made anew, are those of the whole."""
    whole = long_codes(model, wanted).codes()
    assert whole.seconds == wanted.seconds
    for first, end in ((0, 5), (30, 45), (61, 64), (whole.frames - 3, whole.frames)):
        assert np.array_equal(long_codes(model, wanted).part(first, end), whole.indices[:, first:end])
    assert long_codes(model, wanted).part(7, 7).shape == (model.levels, 0)


@pytest.mark.parametrize("wanted", [RAIN, PLUCKS], ids=["texture", "events"])
def test_any_part_of_the_codes_is_made_by_itself(model, wanted):
    holds_by_parts(model, wanted)


@pytest.mark.parametrize("writer", ["prior", "hybrid"])
def test_any_part_is_made_by_itself_by_writers_with_a_prior(model, network_prior, writer):
    holds_by_parts(model.with_prior(network_prior(model)), dataclasses.replace(RAIN, recordings=(), writer=writer))


def test_a_model_without_recordings_joins_its_blocks_too(model, network_prior):
    alone = model.with_prior(network_prior(model)).without_memory()
    holds_by_parts(alone, GenerateOptions(seconds=3.2, seed=1))


def test_the_samples_of_a_part_are_those_of_the_whole(model):
    sound = compose_any(model, RAIN)
    whole = np.concatenate([clip.samples for clip in decode_in_blocks(model, sound, 1.0, "play", faded=True)], 1)
    assert whole.shape[1] == 6 * model.sample_rate
    for seconds in ((0.0, 0.3), (1.4, 1.6), (2.9, 4.7), (5.9, 6.0)):
        first, end = part_of(sound, seconds)
        again = compose_any(model, RAIN)
        clips = decode_in_blocks(model, again, 1.0, "play", faded=True, part=(first, end))
        part = np.concatenate([clip.samples for clip in clips], 1)
        assert np.array_equal(part, whole[:, first:end]), seconds


def test_blocks_differ_from_each_other_and_by_seed(model):
    composer = LongComposer.of(model, RAIN)
    assert composer.is_texture
    blocks = [
        composer.part(number * composer.block, (number + 1) * composer.block) for number in range(composer.blocks)
    ]
    assert len(blocks) == 4
    for one, other in itertools.combinations(blocks, 2):
        assert (one[:, : other.shape[1]] != other[:, : one.shape[1]]).any(0).mean() > 0.5
    other = long_codes(model, dataclasses.replace(RAIN, seed=3))
    assert (other.part(0, other.frames) != long_codes(model, RAIN).part(0, other.frames)).any()


def test_the_end_of_a_texture_block_is_written_to_fit_the_next_one(model):
    composer = LongComposer.of(model, RAIN)
    joint = max(2, round(0.2 * model.frame_rate))
    written, joined = composer._written(0).indices, composer.part(0, composer.block)
    assert np.array_equal(written[:, :-joint], joined[:, :-joint])
    assert (written[:, -joint:] != joined[:, -joint:]).any()


def test_a_sound_of_events_is_a_row_of_patterns(model):
    composer = LongComposer.of(model, PLUCKS)
    assert not composer.is_texture
    assert composer.block >= long_sound.EVENTS * composer.writer.slot(0).frames
    codes = composer.stream.codes()
    assert np.isfinite(model.decode(codes).samples).all()


def test_no_stretch_of_a_recording_is_longer_than_the_longest_run(model, monkeypatch):
    monkeypatch.setattr(long_sound, "LONGEST_RUN", 0.2)
    monkeypatch.setattr(long_sound, "MEAN_RUNS", 0.0)
    composer = LongComposer.of(model, dataclasses.replace(RAIN, novelty=0.0))
    most, graph = composer.request.longest_run, composer.writer.walk.graph
    request = composer.begins(0, composer.block)
    path = composer.writer.writer.path(request, np.random.default_rng(0))
    jumps = np.flatnonzero(np.diff(path, prepend=-9, append=-9) != 1)
    assert len(path) == composer.block
    assert np.diff(jumps).max() <= most < len(graph)


def test_sliders_and_curves_span_the_whole_sound(slider_model_path):
    model = SdaModel.load(slider_model_path)
    plain = GenerateOptions(seconds=4.0, seed=1, novelty=1.0)
    name = model.sliders.shown[0].name
    moved = dataclasses.replace(plain, curves={name: ((0.0, 0.0), (0.5, 0.0), (1.0, 3.0))})
    one, other = (long_codes(model, options).codes().indices for options in (plain, moved))
    differs = (one != other).any(0)
    half = len(differs) // 2
    assert differs[half:].mean() > differs[: half - 1].mean()
    steady = long_codes(model, dataclasses.replace(plain, sliders={name: 2.0})).codes().indices
    assert (steady != one).any()


def test_controls_choose_a_candidate_for_each_block(model):
    wanted = dataclasses.replace(RAIN, recordings=(), controls={"loudness": 1.0}, candidates=2, seconds=3.2)
    whole = long_codes(model, wanted)
    assert np.array_equal(long_codes(model, wanted).part(40, 50), whole.codes().indices[:, 40:50])


def test_varispeed_keeps_the_length(model):
    sound = long_codes(model, dataclasses.replace(RAIN, varispeed=-3.0))
    assert sound.samples == 6 * model.sample_rate
    assert sound.rate < 1


def test_what_needs_the_whole_sound_is_refused(model):
    with pytest.raises(SdaError, match="contour"):
        long_codes(model, dataclasses.replace(RAIN, contour=((0.0, 0.0), (1.0, 1.0))))
    with pytest.raises(SdaError, match="sda generate"):
        compose_any(model, RAIN, given=long_codes(model, RAIN).codes())
    with pytest.raises(SdaError, match="no part of a sound of 6"):
        part_of(long_codes(model, RAIN), (5.0, 7.0))

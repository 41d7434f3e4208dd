"""Operations on a sound: continue, regenerate, vary and morph."""

from dataclasses import replace

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers import operations
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


@pytest.fixture(scope="module")
def pluck(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "pluck.wav"))


def seeded(seed=0):
    return np.random.default_rng(seed)


def test_continue_keeps_the_sound(model, rain):
    longer = operations.continue_sound(writer_of(model, "walk"), rain, Request(25), seeded())
    whole = rain.samples // rain.hop
    assert longer.frames == whole + 25
    assert np.array_equal(longer.indices[:, :whole], rain.indices[:, :whole])


def test_a_continuation_returns_to_the_former_level(model, pluck):
    """The tone ends in silence; the continuation is about as loud as the sound was, not as its last frame."""
    dying = pluck.with_indices(np.concatenate([pluck.indices, np.repeat(pluck.indices[:, -1:], 12, 1)], axis=1))
    longer = operations.continue_sound(writer_of(model, "walk"), dying, Request(60), seeded())
    sound = model.decode(longer).samples
    power = np.square(sound).mean(0)
    before, silence, after = (power[first * 2048 : end * 2048] for first, end in ((0, 20), (30, 38), (60, 98)))
    assert silence.mean() < 0.01 * before.mean()
    assert after.mean() > 0.05 * before.mean()


@pytest.mark.parametrize(("first", "end"), [(5, 6), (5, 12), (0, 8), (20, None), (0, None), (2, 32)])
def test_regenerate_changes_the_region_only(model, rain, first, end):
    end = end or rain.frames
    writer = writer_of(model, "walk")
    regenerated = writer.fill(rain, first, end, Request(), seeded())
    outside = np.r_[0:first, end : rain.frames]
    assert regenerated.samples == rain.samples
    assert np.array_equal(regenerated.indices[:, outside], rain.indices[:, outside])
    assert (regenerated.indices[:, first:end] != rain.indices[:, first:end]).any(0).all()
    again = writer.fill(rain, first, end, Request(), seeded())
    assert np.array_equal(regenerated.indices, again.indices)


def test_seeds_make_variants_above_temperature_0(model, rain):
    def variants(temperature):
        request = Request(temperature=temperature)
        return {
            writer_of(model, "walk").fill(rain, 8, 16, request, seeded(seed)).indices.tobytes() for seed in range(6)
        }

    assert len(variants(0.5)) > 1
    assert len(variants(0.0)) == 1


def test_locked_levels_stay(model, rain):
    request = Request(levels=(2, rain.levels))
    regenerated = writer_of(model, "walk").fill(rain, 4, 20, request, seeded())
    changed = regenerated.indices != rain.indices
    assert not changed[:2].any()
    assert not changed[:, :4].any()
    assert not changed[:, 20:].any()
    assert changed[2:, 4:20].any(0).all()


def test_vary_keeps_the_structure(model, rain):
    other = operations.vary(writer_of(model, "walk"), rain, Request(), seeded())
    assert np.array_equal(other.indices[0], rain.indices[0])
    assert (other.indices[1:] != rain.indices[1:]).any(0).all()


def test_morph_alternates_between_two_sounds(model, rain, pluck):
    blend = operations.morph(model.codec, pluck, rain, Request(60), seeded())
    columns = {column.tobytes(): name for name, one in (("p", pluck), ("r", rain)) for column in one.indices.T.copy()}
    who = "".join(columns[column.tobytes()] for column in blend.indices.T.copy())
    assert len(who) == 60
    assert who.count("rp") + who.count("pr") >= 4
    assert min(who.count("r"), who.count("p")) >= 10


def test_codes_of_other_models_do_not_morph(model, rain):
    other = type(rain)(rain.indices, rain.codebook_size, rain.hop // 2, rain.sample_rate)
    with pytest.raises(SdaError, match="different models"):
        operations.morph(model.codec, rain, other, Request(10), seeded())


def test_a_placed_sound_is_continued_after_its_last_whole_frame(model, rain):
    given = replace(rain, length=rain.samples - 900, lead=900, gain=-0.5, rate=2.0)
    longer = compose_codes(model, GenerateOptions(seconds=0.5), given)
    whole = given.whole_frames
    assert np.array_equal(longer.indices[:, :whole], given.indices[:, :whole])
    assert (longer.lead, longer.gain, longer.rate) == (900, -0.5, 2.0)
    assert longer.natural_length == whole * rain.hop - 900 + model.sample_rate
    part = compose_codes(model, GenerateOptions(regenerate=(0.2, 0.3)), given)
    changed = np.flatnonzero((part.indices != given.indices).any(0))
    assert given.seconds_of(changed[0]) <= 0.2 <= given.seconds_of(changed[0] + 1)
    assert given.seconds_of(changed[-1]) <= 0.3 <= given.seconds_of(changed[-1] + 1)
    assert part.samples == given.samples


def test_placed_sounds_alternate_without_lead(model, rain, pluck):
    loud = replace(pluck, length=None, lead=5, gain=4.0)
    both = compose_codes(model, GenerateOptions(seconds=1.0), rain, loud)
    assert (both.lead, both.gain, both.samples) == (0, 2.0, model.sample_rate)

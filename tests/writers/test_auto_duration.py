"""Durations: `auto` is as long as one of the recordings, the same for the same seed, and files store it."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.tags import read_tags
from sda_lib.batch.batch import Batch, FileNaming, make_sound, manifest_row
from sda_lib.batch.vary import parse_variations
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model import durations
from sda_lib.model.model import SdaModel
from sda_lib.prior.network import Prior, PriorConfig
from sda_lib.sessions import provenance_tags
from sda_lib.writers.auto_duration import as_drawn, first_recording, with_duration
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import generate
from sda_lib.writers.mix_models import blend
from sda_lib.writers.options import AUTO, LONGEST_SECONDS, MIN_SECONDS, GenerateOptions, parse_seconds

RECORDED = (0.9, 1.1, 1.4)
"""Seconds of the tiny corpus' sounds."""


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


def remembering(model, *pieces):
    """The model with a memory of other recordings: (seconds, whether it fades, name, offset in seconds)."""
    made = []
    for seconds, fades, name, offset in pieces:
        time = np.arange(round(seconds * model.sample_rate)) / model.sample_rate
        level = np.exp(-time * 6.5 / seconds) if fades else np.ones(len(time))
        sound = torch.tensor(0.3 * np.sin(2 * np.pi * 300 * time) * level, dtype=torch.float32)[None]
        sound = torch.nn.functional.pad(sound, (0, -len(time) % model.hop))
        codes = torch.zeros((model.levels, sound.shape[-1] // model.hop), dtype=torch.int64)
        made.append(Piece(name, offset, sound, model.codec.bottleneck.embed(codes), codes))
    return dataclasses.replace(model, memory=Memory(model.codec, made))


def test_a_new_sound_is_as_long_as_a_recording(model):
    """To the millisecond: what fills up the last frame of a recording does not count."""
    drawn = {generate(model, GenerateOptions(seed=seed)).options.seconds for seed in range(24)}
    assert drawn == set(RECORDED)


def test_a_drawn_duration_equals_a_given_one(model):
    take = generate(model, GenerateOptions(seed=5))
    assert take.clip.length == round(take.options.seconds * model.sample_rate)
    typed = generate(model, take.options)
    assert np.array_equal(take.clip.samples, typed.clip.samples)
    assert with_duration(model, take.options) is take.options


def test_a_sound_begins_with_the_recording_whose_length_is_drawn(model):
    for seed in range(8):
        recording = first_recording(model, GenerateOptions(seed=seed))
        assert model.parts.seconds[recording] == pytest.approx(
            with_duration(model, GenerateOptions(seed=seed)).seconds, abs=1e-3
        )
        assert first_recording(model, GenerateOptions(4.0, seed=seed)) == recording
    assert first_recording(model, GenerateOptions(controls={"loudness": 0.5})) is None


def test_a_drawn_duration_is_recognized(model):
    drawn = with_duration(model, GenerateOptions(seed=3))
    assert as_drawn(model, drawn) == GenerateOptions(seed=3)
    typed = GenerateOptions(2.5, seed=3)
    assert as_drawn(model, typed) is typed


@pytest.mark.parametrize(
    ("pieces", "counted"),
    [
        ([(9.0, True, "bell", 0.0), (9.0, False, "rain", 0.0)], [9.0, durations.EXCERPT_SECONDS]),
        ([(30.0, True, "wave", 0.0)], [durations.COMPLETE_SECONDS]),
        ([(0.4, False, "cut", 0.0), (0.03, False, "click", 0.0)], [0.4, 0.03]),
        ([(1.0, False, "rain", 0.0), (1.0, False, "rain", 5.0)], [1.0, 1.0]),
    ],
)
def test_decaying_recordings_count_in_full_and_textures_in_part(model, pieces, counted):
    assert remembering(model, *pieces).durations == pytest.approx(counted, abs=1e-3)


def test_pieces_of_one_recording_are_one(model):
    whole = 40 * model.hop / model.sample_rate
    parts = remembering(model, (whole, False, "bell", 0.0), (2.0, True, "bell", whole))
    assert parts.durations == pytest.approx([whole + 2.0], abs=1e-3)


def test_no_sound_is_shorter_than_it_may_be(model):
    clicks = remembering(model, (0.02, False, "click", 0.0))
    assert generate(clicks, GenerateOptions()).clip.seconds == pytest.approx(MIN_SECONDS, abs=1e-3)


def test_controls_in_time_lengthen_the_sound(model):
    for name in ("pulse", "density"):
        assert with_duration(model, GenerateOptions(controls={name: 0.8})).seconds == durations.USUAL_SECONDS
    assert with_duration(model, GenerateOptions(controls={"loudness": 0.8})).seconds in RECORDED


@pytest.mark.parametrize(
    ("corpus", "counted"),
    [
        ({"lengths": [0.2, 0.4, 60.0], "median_seconds": 0.4}, [0.2, 0.4, 4.0]),
        ({"median_seconds": 0.7}, [0.7]),
        ({"lengths": "long", "median_seconds": float("nan")}, [4.0]),
        ({"lengths": [None, True, -1, "2"]}, [4.0]),
        (None, [4.0]),
        ("nothing", [4.0]),
    ],
)
def test_without_recordings_the_header_has_the_durations(model, corpus, counted):
    """A stranger's file may hold anything there."""
    bare = dataclasses.replace(model, memory=None, header={**model.header, "corpus": corpus})
    assert bare.durations.tolist() == counted


def test_a_model_without_recordings_keeps_their_lengths(model):
    bare = model.without_memory()
    assert bare.durations.min() == pytest.approx(min(RECORDED), abs=1e-3)
    assert bare.durations.max() == pytest.approx(max(RECORDED), abs=1e-3)


def test_an_n_gram_holds_the_lengths_of_its_recordings(model):
    """Regardless of the header."""
    known, lengths = torch.zeros((1, 250), dtype=torch.int64), torch.tensor([10, 40, 200])
    prior = Prior(PriorConfig(1, 0, 200, 250, 3), (), torch.zeros(model.codebook_size), (), known, lengths)
    bare = dataclasses.replace(model, memory=None, prior=prior, header={**model.header, "corpus": {}})
    assert bare.durations == pytest.approx([10 / model.frame_rate, 40 / model.frame_rate, 4.0])
    take = generate(bare, GenerateOptions(seed=1))
    assert take.clip.length == round(take.options.seconds * model.sample_rate)


def test_given_sounds_set_the_duration(model):
    rain = generate(model, GenerateOptions(2.5)).codes
    sweep = generate(model, GenerateOptions(0.5)).codes
    longer = generate(model, GenerateOptions(seed=3), given=rain)
    assert longer.options.seconds in RECORDED
    whole = rain.samples // model.hop * model.hop / model.sample_rate
    assert longer.clip.seconds == pytest.approx(whole + longer.options.seconds, abs=1e-3)
    regenerated = generate(model, GenerateOptions(regenerate=(0.5, 1.0)), given=rain)
    assert (regenerated.options.seconds, regenerated.clip.seconds) == (pytest.approx(2.5), pytest.approx(2.5))
    between = compose_codes(model, GenerateOptions(seed=1), rain, sweep)
    assert between.seconds == pytest.approx(1.5, abs=1e-3)
    assert generate(model, GenerateOptions(), codes=sweep).options.seconds == pytest.approx(0.5)


def test_a_file_stores_its_duration_and_is_rendered_again(model, tmp_path):
    batch, naming = Batch(model), FileNaming(tmp_path, "{seed}", "wav", model.name)
    item = naming.item((GenerateOptions(seed=2, quality="export"), Finish()), 0)
    make_sound(batch, item)
    drawn = with_duration(model, item.options).seconds
    assert read_tags(item.path)["seconds"] == str(drawn)
    assert manifest_row(batch, item)["seconds"] == drawn
    read = provenance_tags.read_provenance(item.path)
    assert read.request["seconds"] == drawn
    assert read.key == batch.key(item)
    again = provenance_tags.write_with_provenance(model, read, tmp_path / "again.wav", {})
    assert provenance_tags.read_provenance(again).sound.samples == round(drawn * model.sample_rate)


def test_a_duration_that_varies_is_not_drawn(model, tmp_path):
    naming = FileNaming(tmp_path, "{seed}", "wav", model.name, parse_variations("seconds=0.2:0.3"))
    items = [naming.item((GenerateOptions(), Finish()), index) for index in range(3)]
    assert all(0.2 <= item.options.seconds <= 0.3 for item in items)


def test_a_blend_is_as_long_as_its_first_model_says(model):
    short = remembering(model, (0.25, False, "cut", 0.0))
    assert blend([short, model], GenerateOptions(), [0.5, 0.5]).seconds == pytest.approx(0.25, abs=1e-3)


def test_durations_are_parsed_and_checked():
    assert (parse_seconds("Auto"), parse_seconds("2.5"), GenerateOptions().seconds) == (AUTO, 2.5, AUTO)
    with pytest.raises(SdaError, match="or auto"):
        parse_seconds("long")
    for wrong in (0.0, LONGEST_SECONDS + 1, float("nan"), "long"):
        with pytest.raises(SdaError, match="or auto"):
            GenerateOptions(seconds=wrong)

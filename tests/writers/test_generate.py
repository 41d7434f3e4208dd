"""Takes: durations, seeds, sources and blocks."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.generate import decode_in_blocks, generate
from sda_lib.writers.options import GenerateOptions


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


@pytest.mark.parametrize("seconds", [0.1, 0.777, 3.0])
def test_exact_duration(model, seconds):
    take = generate(model, GenerateOptions(seconds=seconds))
    assert take.clip.length == round(seconds * model.sample_rate)
    assert len(take.sources) == take.codes.frames
    assert take.clip.peak > 1e-3
    assert np.isfinite(take.clip.samples).all()


def test_seed_decides(model):
    first, same, other = (generate(model, GenerateOptions(seconds=1, seed=seed)).clip.samples for seed in (4, 4, 5))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_it_ends_without_a_click(model):
    take = generate(model, GenerateOptions(seconds=0.5))
    assert np.abs(take.clip.samples[:, -4:]).max() < 0.02 * take.clip.peak


def test_given_codes_are_decoded(model, tiny_corpus):
    codes = model.encode(read_clip(tiny_corpus / "sweep.wav"))
    take = generate(model, GenerateOptions(), codes=codes)
    assert take.codes is codes
    assert np.array_equal(take.clip.samples, model.decode(codes).samples)
    assert {source.file for source in take.sources} == {"sweep"}
    assert [round(source.seconds * model.frame_rate) for source in take.sources] == list(range(codes.frames))


def test_sources_hold_the_grain_that_sounds(model):
    """Where a take follows one recording for a while, its samples are that recording's."""
    take = generate(model, GenerateOptions(seconds=0.5, novelty=0.0, seed=1))
    names = [source.file for source in take.sources[1:6]]
    assert len(set(names)) == 1
    piece = next(piece for piece in model.memory.pieces if piece.name == names[0])
    begin = round(take.sources[3].seconds * model.sample_rate)
    theirs = piece.samples[0, begin : begin + model.hop].numpy()
    ours = take.clip.samples[0, 3 * model.hop : 4 * model.hop]
    assert np.corrcoef(theirs, ours)[0, 1] > 0.99


def test_source_amount_changes_the_sound(model):
    loud, without_grains = (generate(model, GenerateOptions(seconds=1, source_amount=amount)) for amount in (1.0, 0.0))
    assert not np.array_equal(loud.clip.samples, without_grains.clip.samples)
    assert without_grains.sources == ()


@pytest.mark.parametrize(
    "options",
    [
        {"seconds": 0.0},
        {"seconds": 21_601},
        {"seconds": float("nan")},
        {"novelty": 1.1},
        {"source_amount": -0.1},
        {"top_k": 0},
        {"seed": -1},
        {"top_p": 1.5},
        {"candidates": -1},
        {"level_temperatures": (0.5, 11)},
    ],
)
def test_impossible_options(options):
    with pytest.raises(SdaError, match=next(iter(options))):
        GenerateOptions(**options)


def test_unknown_writer(model):
    with pytest.raises(SdaError, match="there are walk"):
        generate(model, GenerateOptions(writer="monkey"))


def test_continue(model, rain):
    take = generate(model, GenerateOptions(seconds=1.0), given=rain)
    whole = rain.samples // model.hop * model.hop
    assert take.clip.length == whole + model.sample_rate
    same = whole - (model.reach() + 1) * model.hop
    assert np.abs(take.clip.samples[:, :same] - model.decode(rain).samples[:, :same]).max() < 1e-3


def test_regenerate(model, rain):
    take = generate(model, GenerateOptions(regenerate=(0.5, 0.8)), given=rain)
    changed = np.flatnonzero((take.codes.indices != rain.indices).any(0))
    assert take.clip.length == rain.samples
    assert changed.min() >= int(0.5 * model.frame_rate)
    assert changed.max() < 0.8 * model.frame_rate
    locked = generate(model, GenerateOptions(regenerate=(0.5, 0.8), levels=(2, None)), given=rain)
    assert np.array_equal(locked.codes.indices[:2], rain.indices[:2])
    assert not np.array_equal(locked.codes.indices, rain.indices)


@pytest.mark.parametrize("seconds", [0.1, 3.0, 14.0])
def test_blocks_are_the_take(model, seconds):
    options = GenerateOptions(seconds=seconds, seed=2)
    take = generate(model, options)
    blocks = decode_in_blocks(model, take.codes, options.source_amount, options.quality, True)
    streamed = np.concatenate([one.samples for one in blocks], axis=1)
    assert np.array_equal(streamed, take.clip.samples)

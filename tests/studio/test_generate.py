"""Generation: options that are checked, takes that repeat, sources that are true."""

import numpy as np
import pytest

from sda_lib.errors import SdaError
from sda_lib.models.bundle import SdaModel
from sda_lib.sound.clip import read_clip
from sda_lib.studio.generate import GenerateOptions, generate


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


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


def test_given_codes_are_played(model, tiny_corpus):
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


def test_source_amount_is_heard(model):
    loud, alone = (generate(model, GenerateOptions(seconds=1, source_amount=amount)) for amount in (1.0, 0.0))
    assert not np.array_equal(loud.clip.samples, alone.clip.samples)
    assert alone.sources == ()


@pytest.mark.parametrize(
    "options",
    [
        {"seconds": 0.0},
        {"seconds": 301},
        {"seconds": float("nan")},
        {"novelty": 1.1},
        {"source_amount": -0.1},
        {"top_k": 0},
        {"seed": -1},
    ],
)
def test_impossible_options(options):
    with pytest.raises(SdaError, match=next(iter(options))):
        GenerateOptions(**options)


def test_unknown_writer(model):
    with pytest.raises(SdaError, match="there are walk"):
        generate(model, GenerateOptions(writer="monkey"))

"""Generation: options that are checked, takes that repeat, sources that are true."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.generate import decode_in_blocks, generate
from sda_lib.writers.options import GenerateOptions


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


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


def test_going_on(model, rain):
    take = generate(model, GenerateOptions(seconds=1.0), given=rain)
    whole = rain.samples // model.hop * model.hop
    assert take.clip.length == whole + model.sample_rate
    same = whole - (model.reach() + 1) * model.hop
    assert np.abs(take.clip.samples[:, :same] - model.decode(rain).samples[:, :same]).max() < 1e-3


def test_writing_a_part_anew(model, rain):
    take = generate(model, GenerateOptions(regenerate=(0.5, 0.8)), given=rain)
    changed = np.flatnonzero((take.codes.indices != rain.indices).any(0))
    assert take.clip.length == rain.samples
    assert changed.min() >= int(0.5 * model.frame_rate)
    assert changed.max() < 0.8 * model.frame_rate
    locked = generate(model, GenerateOptions(regenerate=(0.5, 0.8), levels=(2, None)), given=rain)
    assert np.array_equal(locked.codes.indices[:2], rain.indices[:2])
    assert not np.array_equal(locked.codes.indices, rain.indices)


def test_varying(model, rain):
    take = generate(model, GenerateOptions(levels=(1, None)), given=rain)
    assert np.array_equal(take.codes.indices[0], rain.indices[0])
    assert not np.array_equal(take.codes.indices, rain.indices)
    assert take.clip.length == rain.samples


def test_what_can_not_be_written_anew(model, rain):
    with pytest.raises(SdaError, match="--from"):
        generate(model, GenerateOptions(regenerate=(0.1, 0.2)))
    with pytest.raises(SdaError, match="not a stretch"):
        generate(model, GenerateOptions(regenerate=(5.0, 6.0)), given=rain)
    with pytest.raises(SdaError, match="levels 0 to"):
        generate(model, GenerateOptions(levels=(40, None)), given=rain)


def test_contours_shape_what_is_new(model, rain):
    contour = ((0.0, 1.0), (1.0, 0.0))
    with pytest.raises(SdaError, match="to write a part anew"):
        GenerateOptions(regenerate=(0.1, 0.4), contour=contour)
    with pytest.raises(SdaError, match="contour"):
        compose_codes(model, GenerateOptions(contour=contour), rain, rain)
    halves = []
    for seed in range(4):
        whole = compose_codes(model, GenerateOptions(seconds=2.0, seed=seed, contour=contour), rain)
        new = rain.with_indices(whole.indices[:, rain.samples // model.hop :])
        halves.append([half.mean() for half in np.array_split(np.square(model.decode(new).samples).mean(0), 2)])
    first, last = np.mean(halves, axis=0)
    assert first > 4 * last


def test_a_controlled_sound_is_the_most_obedient_of_several(model):
    from sda_lib.writers.compose_codes import measure_controls

    def miss(candidates):
        options = {"controls": {"brightness": 0.9}, "candidates": candidates}
        codes = compose_codes(model, GenerateOptions(seconds=1.0, seed=3, **options))
        return model.ranges.error(measure_controls(model, codes), options["controls"])

    assert miss(6) <= miss(1)


@pytest.mark.parametrize("seconds", [0.1, 3.0, 14.0])
def test_blocks_are_the_take(model, seconds):
    options = GenerateOptions(seconds=seconds, seed=2)
    take = generate(model, options)
    stretches = decode_in_blocks(model, take.codes, options.source_amount, options.quality, True)
    streamed = np.concatenate([one.samples for one in stretches], axis=1)
    assert np.array_equal(streamed, take.clip.samples)

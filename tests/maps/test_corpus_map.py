"""The corpus map: deterministic positions, and recordings as the memory holds them."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import si_sdr
from sda_lib.editing.interpolate import interpolated
from sda_lib.errors import SdaError
from sda_lib.maps.corpus_map import (
    ONSET_SECONDS,
    corpus_map,
    project,
    recording,
    recording_clip,
    recording_name,
    recording_part,
)
from sda_lib.maps.layout import spread_apart
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def in_pieces(model):
    """The same model, every recording in pieces of seven frames, as those of long recordings are."""
    cut = [
        dataclasses.replace(
            piece,
            offset=piece.offset + first * model.hop / model.sample_rate,
            samples=piece.samples[:, first * model.hop : (first + 7) * model.hop],
            latent=piece.latent[first : first + 7],
            codes=piece.codes[:, first : first + 7],
        )
        for piece in model.memory.pieces
        for first in range(0, piece.frames, 7)
    ]
    return dataclasses.replace(model, memory=Memory(model.codec, cut))


def original(model, corpus, number):
    """A recording as the file has it, at the model's rate."""
    name = recording_name(model, number)
    clip = read_clip(next(path for path in corpus.iterdir() if path.name == name or path.stem == name))
    return clip.with_channels(model.recipe.audio.channels).resampled(model.sample_rate)


def test_every_recording_has_its_own_position(model):
    found = corpus_map(model)
    assert len(found) == len(found.names) == 3
    assert found.places.shape == (3, 2)
    assert np.isfinite(found.places).all()
    assert np.abs(found.places).max() == pytest.approx(1.0)
    gaps = np.linalg.norm(found.places[:, None] - found.places[None], axis=-1)[np.triu_indices(3, 1)]
    assert gaps.min() > 0.1
    assert sorted(found.colors) == [0, 0.5, 1]
    by_name = {name.split(".")[0]: color for name, color in zip(found.names, found.colors, strict=True)}
    assert max(by_name, key=by_name.get) == "rain"


def test_the_same_model_has_the_same_map(model, tiny_model_path):
    one, other = corpus_map(model), corpus_map(SdaModel.load(tiny_model_path))
    assert one.names == other.names
    for name in ("places", "colors", "seconds"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_pieces_of_one_recording_are_one(model, in_pieces):
    whole, cut = corpus_map(model), corpus_map(in_pieces)
    assert len(in_pieces.memory.pieces) > 3
    assert cut.names == whole.names
    assert np.allclose(cut.places, whole.places)
    assert np.allclose(cut.seconds, whole.seconds)
    for number in range(3):
        assert np.array_equal(recording(in_pieces, number).indices, recording(model, number).indices)
        assert np.array_equal(recording_clip(in_pieces, number).samples, recording_clip(model, number).samples)


def test_the_name_of_a_later_part_has_its_beginning(in_pieces):
    kept = [piece for number, piece in enumerate(in_pieces.memory.pieces) if number != 1]
    kept[1] = dataclasses.replace(kept[1], offset=61.2)
    model = dataclasses.replace(in_pieces, memory=Memory(in_pieces.codec, kept))
    assert corpus_map(model).names[1] == f"{kept[0].name} from 61 s"


def test_codes_of_a_recording_are_the_recording(model, tiny_corpus):
    for number in range(3):
        truth, codes = original(model, tiny_corpus, number), recording(model, number)
        assert codes.samples == truth.length or not truth.samples[:, codes.samples :].any()
        decoded = model.decode(codes, 1.0)
        assert abs(decoded.length - truth.length) < model.hop
        assert si_sdr(truth, decoded) >= 50
        assert codes.seconds == pytest.approx(corpus_map(model).seconds[number])


def test_two_recordings_can_be_interpolated(model):
    one, other = recording(model, 0), recording(model, 2)
    between = model.decode(interpolated(model, one, other, 0.5))
    assert between.peak > 0
    assert min(one.seconds, other.seconds) < between.seconds < max(one.seconds, other.seconds)


def test_a_preview_is_the_beginning_of_the_recording(model, tiny_corpus):
    for number in range(3):
        truth, clip = original(model, tiny_corpus, number), recording_clip(model, number, 0.4)
        first = int((np.abs(truth.samples).max(0) >= truth.peak * 10 ** (-50 / 20)).argmax())
        assert clip.seconds == pytest.approx(0.4, abs=1e-4)
        assert clip.name == recording_name(model, number)
        assert np.abs(clip.samples - truth.samples[:, first : first + clip.length]).max() < 1e-3
    assert recording_clip(model, 0, 60.0).seconds <= recording(model, 0).seconds


@pytest.mark.parametrize("of", ["model", "in_pieces"])
def test_a_part_of_a_recording_is_played_from_a_second_on(request, of, tiny_corpus):
    one = request.getfixturevalue(of)
    truth, part = original(one, tiny_corpus, 1), recording_part(one, recording_name(one, 1), 0.5, 0.2)
    first = round(0.5 * truth.sample_rate)
    assert part.seconds == pytest.approx(0.2, abs=1e-4)
    assert np.abs(part.samples - truth.samples[:, first : first + part.length]).max() < 1e-3
    for name, begin in ((part.name, 500.0), (part.name, -1.0), ("nothing", 0.0)):
        with pytest.raises(SdaError, match="have no"):
            recording_part(one, name, begin)


def test_a_preview_skips_silence_at_the_beginning(model):
    first, *others = model.memory.pieces
    for frames in (10, int((ONSET_SECONDS + 1) * model.frame_rate)):
        silence = torch.zeros(first.samples.shape[0], frames * model.hop)
        late = dataclasses.replace(
            first,
            samples=torch.cat([silence, first.samples], -1),
            latent=torch.cat([first.latent[:1].expand(frames, -1), first.latent]),
            codes=torch.cat([first.codes[:, :1].expand(-1, frames), first.codes], -1),
        )
        changed = dataclasses.replace(model, memory=Memory(model.codec, [late, *others]))
        clip = recording_clip(changed, 0, 0.3)
        assert clip.seconds == pytest.approx(0.3, abs=1e-4)
        assert (frames == 10) == np.array_equal(clip.samples, recording_clip(model, 0, 0.3).samples)


@pytest.mark.parametrize("call", [corpus_map, lambda m: recording(m, 0), lambda m: recording_clip(m, 0)])
def test_without_recordings_there_is_no_map(model, call):
    bare = model.without_memory()
    with pytest.raises(SdaError, match="without its recordings"):
        call(bare)


@pytest.mark.parametrize("number", [-1, 3])
def test_an_unknown_recording_is_refused(model, number):
    for call in (recording, recording_clip, recording_name):
        with pytest.raises(SdaError, match="0 to 2"):
            call(model, number)


def test_a_continuous_model_has_a_map_but_no_codes(tiny_corpus, tiny_recipe, tmp_path):
    recipe = tiny_recipe.override(train__steps=0, codec__bottleneck="none")
    for _ in learn(Corpus.from_folder(tiny_corpus), recipe, tmp_path / "one.sda", "one"):
        pass
    model = SdaModel.load(tmp_path / "one.sda")
    assert len(corpus_map(model)) == 3
    assert recording_clip(model, 0).peak > 0
    with pytest.raises(SdaError, match="continuous bottleneck"):
        recording(model, 0)


def test_few_or_equal_recordings_have_different_positions():
    rng = np.random.default_rng(0)
    for rows in (rng.normal(size=(1, 6)), rng.normal(size=(2, 6)), np.ones((5, 6)), np.repeat(np.eye(6)[:1], 40, 0)):
        places = spread_apart(project(rows, np.linspace(0, 1, len(rows))))
        assert np.isfinite(places).all()
        assert np.abs(places).max() <= 1
        assert len(np.unique(places.round(6), axis=0)) == len(rows)


def test_brighter_recordings_are_on_the_right():
    rows = np.random.default_rng(1).normal(size=(30, 5)) + np.linspace(0, 9, 30)[:, None]
    assert np.corrcoef(project(rows, np.linspace(0, 1, 30))[:, 0], np.arange(30))[0, 1] > 0.9
    assert np.corrcoef(project(-rows, np.linspace(0, 1, 30))[:, 0], np.arange(30))[0, 1] > 0.9

"""Pieces of recordings: which belong together, and which are kept."""

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.memory.pieces import (
    Piece,
    choose_diverse,
    choose_weighted,
    recording_indices,
    shares_of,
    sounding_grains,
    sounding_span,
)
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def in_pieces(tiny_corpus, tiny_recipe, tmp_path_factory):
    """A model of recordings that are kept in pieces of half a second."""
    path = tmp_path_factory.mktemp("pieces") / "pieces.sda"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sda_lib.training.memory_choice.PIECE_SECONDS", 0.5)
        for _ in learn(Corpus.from_folder(tiny_corpus), tiny_recipe.override(train__steps=0), path, "pieces"):
            pass
    return SdaModel.load(path)


@pytest.mark.parametrize("name", ["pluck", "rain", "sweep"])
def test_a_recording_in_pieces_comes_back_without_seams(in_pieces, tiny_corpus, name):
    assert len(in_pieces.memory.pieces) > 5
    sound = read_clip(tiny_corpus / f"{name}.wav").resampled(48000)
    back = in_pieces.decode(in_pieces.encode(sound)).samples
    error = np.square(back - sound.samples).sum()
    assert 10 * np.log10(np.square(sound.samples).sum() / error) > 60


def test_pieces_that_do_not_follow_one_another_stay_apart(in_pieces):
    memory = in_pieces.memory
    assert memory.recording_index.tolist() == sorted(memory.recording_index.tolist())
    assert len(memory.recording_index.unique()) == 3
    first, *others = memory.pieces
    gap = [first, *others[1:]]
    assert recording_indices(gap, 2048, 48000)[:2] == [0, 1]


def test_diverse_choice():
    rows = torch.tensor([[0.0, 0], [0.1, 0], [10, 0], [10.1, 0], [0, 10]])
    assert choose_diverse(rows, [1] * 5, 10) == [0, 1, 2, 3, 4]
    kept = choose_diverse(rows, [1] * 5, 3)
    assert len(kept) == 3
    assert len({one // 2 for one in kept}) == 3
    assert choose_diverse(rows, [5] * 5, 1) == choose_diverse(rows, [5] * 5, 5)


def _piece(name, offset, *levels):
    """A piece whose frames of 480 samples have these levels in dB."""
    samples = torch.cat([torch.full((1, 480), 10 ** (level / 20)) for level in levels], 1)
    return Piece(name, offset, samples, torch.arange(float(len(levels)))[:, None])


def test_the_silent_ends_of_recordings_are_known_across_pieces():
    """Of the second recording the silence reaches into its second piece; the last one is quiet but no silence."""
    silence = [-100.0] * 60
    pieces = [
        _piece("a", 0.0, 0, -90, 0),
        _piece("b", 0.0, *silence, -20, -80),
        _piece("b", 0.62, -20, *silence),
        _piece("c", 0.0, -62, -64),
    ]
    sounding = sounding_grains(pieces, [0, 1, 1, 2], 480, 48000, 60.0)
    spans = [sounding_span(one) for one in sounding.split([piece.frames for piece in pieces])]
    assert spans == [(0, 3), (60, 62), (0, 1), (0, 2)]
    assert sounding_grains(pieces, [0, 1, 1, 2], 480, 48000, 0.0).all()
    assert sounding_grains([_piece("z", 0.0, -300, -300)], [0], 480, 48000, 60.0).all()


def test_a_part_of_a_piece_keeps_its_place():
    piece = _piece("a", 1.0, 0, -10, -20, -30)
    part = piece.part(1, 3, 480, 48000)
    assert (part.frames, part.offset, part.samples.shape[1]) == (2, pytest.approx(1.01), 960)
    assert part.latent[:, 0].tolist() == [1, 2]
    assert piece.part(0, 4, 480, 48000) is piece


def test_a_weight_of_three_keeps_three_times_as_much():
    """Of two kinds of the same length in all, of which together a half fits."""
    rows = torch.randn(80, 4, generator=torch.Generator().manual_seed(0))
    weights = [1.0, 3.0] * 40
    kept = choose_weighted(rows, [1.0] * 80, 40, weights)
    assert sum(number % 2 for number in kept) == 30
    assert len(kept) == 40
    assert choose_weighted(rows, [1.0] * 80, 40, [2.0] * 80) == choose_diverse(rows, [1.0] * 80, 40)
    assert choose_weighted(rows, [1.0] * 80, 80, weights) == list(range(80))


def test_what_a_heavy_kind_can_not_use_goes_to_the_others():
    shares = {10.0: 10, 2.0: pytest.approx(100 / 3), 1.0: pytest.approx(50 / 3)}
    assert dict(shares_of(60, {1.0: 40, 2.0: 40, 10.0: 10})) == shares
    assert dict(shares_of(500, {1.0: 40, 2.0: 40})) == {2.0: 40, 1.0: 40}

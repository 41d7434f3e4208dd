"""Pieces of recordings: which belong together, and which are kept."""

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.memory.pieces import choose_diverse, recording_indices
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def in_pieces(tiny_corpus, tiny_recipe, tmp_path_factory):
    """A model of recordings that are kept in pieces of half a second."""
    path = tmp_path_factory.mktemp("pieces") / "pieces.sda"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sda_lib.training.snapshot.PIECE_SECONDS", 0.5)
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

"""The memory finds a recording's own grains, keeps to files, and stays inside its budget."""

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.memory.key_table import FAR, REACH, KeyTable
from sda_lib.memory.pieces import choose_diverse, recording_indices
from sda_lib.model.model import SdaModel
from sda_lib.training.train import learn


@pytest.fixture(scope="module")
def memory(tiny_model_path):
    return SdaModel.load(tiny_model_path).memory


def test_own_frames_find_themselves(memory):
    match = memory.match(memory.keys)
    assert match.distance.max() < 1e-2 * memory.unit
    assert match.identity.min() > 0.99
    assert (match.grain == torch.arange(len(memory))).float().mean() > 0.95


def test_a_run_from_the_middle_finds_its_place(memory):
    start = len(memory) // 3
    match = memory.match(memory.keys[start : start + 6])
    assert match.grain.tolist() == list(range(start, start + 6))


def test_foreign_frames_are_not_trusted(memory):
    match = memory.match(memory.keys[:4] + 20 * memory.unit)
    assert match.confidence.max() < 1e-3
    assert match.identity.max() < 1e-3


def test_hard_cuts_keep_their_grains(memory):
    """A patchwork of single frames from different files is still those frames."""
    picks = torch.tensor([3, len(memory) - 4, 8, len(memory) // 2, 12])
    assert memory.match(memory.keys[picks]).distance.max() < 1e-2 * memory.unit


def test_source_names_file_and_place(memory):
    last = len(memory) - 1
    name, seconds = memory.source(last)
    assert name == memory.pieces[-1].name
    assert seconds == pytest.approx((memory.lengths[-1] - 1) * 2048 / 48000, rel=0.6)


def test_grain_windows_are_those_of_the_whole_recording(memory):
    codec, piece = memory.codec, memory.pieces[0]
    frames = memory.lengths[0]
    grains = memory.grains(torch.arange(frames))
    spectra = codec.spectral.stft(piece.samples)
    assert torch.allclose(torch.pow(10, grains.recorded) * grains.phase, spectra, atol=1e-3)


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


@pytest.mark.parametrize("stray", [0.0, 0.3, 1.0, 4.0])
def test_the_search_passes_over_no_better_grain(memory, stray):
    """Rating every frame with every column finds what the search finds that looks at few of them."""
    generator, table = torch.Generator().manual_seed(0), KeyTable.of(memory.keys, memory.piece)
    latent = memory.keys[5:35] + stray * memory.unit * torch.randn(30, memory.keys.shape[1], generator=generator) / 7
    squared, inner = table.squared_distances(latent), len(table.grain)
    frame, column = torch.arange(30).repeat_interleave(inner), torch.arange(inner).repeat(30)
    ratings = table.rated(squared, frame, column, memory.unit)[0].reshape(30, inner)
    ratings[squared[:, REACH:-REACH] >= FAR] = torch.inf
    rated, _, grain = table.best(latent, memory.unit)
    assert torch.equal(rated, ratings.min(1).values)
    assert torch.equal(grain, table.grain[ratings.argmin(1)])


def test_a_loop_finds_its_place_where_it_begins_and_ends():
    """Codes that come again are told from the beginning and the end of a recording, though all that is there fits."""
    once = torch.randn(30, 48, generator=torch.Generator().manual_seed(0))
    twice = torch.cat([once, once])
    grain = KeyTable.of(twice, torch.zeros(60, dtype=torch.long)).best(twice, 1.0)[2]
    assert grain[[0, 29, 30, 59]].tolist() == [0, 29, 30, 59]


def test_a_recording_that_dies_away_is_recognized_to_its_end(model):
    """Rounding moves latents most where nearly nothing is left; frames go on from the grain before, or to the next."""
    memory = model.memory
    piece = int(torch.tensor(memory.lengths).argmax())
    own = (memory.piece == piece).nonzero()[:, 0]
    latent, others = memory.latents[own].clone(), torch.zeros_like(memory.codes[:, own])
    away = torch.randn(latent.shape, generator=torch.Generator().manual_seed(0))
    away = 0.5 * memory.unit * away / away.norm(dim=1, keepdim=True)
    for some in (slice(len(own) // 2, None), slice(0, len(own) // 2), slice(3, -3)):
        moved = latent.clone()
        moved[some] += away[some]
        assert memory.recognized(moved, others).equal(memory.codes[:, own])
    assert not memory.recognized(latent + away, others).any()  # nothing to go on from
    moved = latent + away
    moved[0] = latent[0]
    moved[len(own) // 2] += 4 * away[len(own) // 2]  # another sound: what is behind it is not led on to
    found = memory.recognized(moved, others)
    assert found[:, : len(own) // 2].equal(memory.codes[:, own[: len(own) // 2]])
    assert not found[:, len(own) // 2 :].any()

"""The memory finds a recording's own grains and their sound."""

import pytest
import torch

from sda_lib.model.model import SdaModel


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
    assert torch.allclose(torch.pow(10, grains.recorded) * grains.phase(slice(None)), spectra, atol=1e-3)


def test_samples_of_grains_are_those_of_the_recordings(memory):
    first, hop = memory.lengths[0], memory.codec.config.hop
    samples = memory.samples(torch.tensor([1, first]))
    assert torch.equal(samples[:, 0], memory.pieces[0].samples[:, hop : 2 * hop])
    assert torch.equal(samples[:, 1], memory.pieces[1].samples[:, :hop])
    assert torch.equal(memory.decoded(torch.tensor([1, 2])), memory.grains(torch.tensor([1, 2])).decoded)


def test_a_recording_that_decays_is_recognized_to_its_end(model):
    """Rounding moves latents most where nearly nothing is left; frames next to a recognized one continue it."""
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
    assert not memory.recognized(latent + away, others).any()  # no recognized frame to continue
    moved = latent + away
    moved[0] = latent[0]
    moved[len(own) // 2] += 4 * away[len(own) // 2]  # another sound: what is behind it is not led on to
    found = memory.recognized(moved, others)
    assert found[:, : len(own) // 2].equal(memory.codes[:, own[: len(own) // 2]])
    assert not found[:, len(own) // 2 :].any()


def test_recordings_are_in_memory_once(memory):
    tape = memory.tape.untyped_storage().data_ptr()
    for piece, length in zip(memory.pieces, memory.lengths, strict=True):
        assert piece.samples.untyped_storage().data_ptr() == tape
        assert piece.samples.shape[-1] == length * memory.codec.config.hop
        assert piece.samples.abs().max() > 0

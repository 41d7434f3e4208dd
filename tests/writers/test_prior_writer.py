"""The writer `prior`: lengths, continuations, gaps, ends and contours."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.prior.network import (
    Prior,
    PriorConfig,
)
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


def write(model, frames=20, seed=0, **options):
    return writer_of(model, "prior").write(Request(frames, **options), np.random.default_rng(seed))


def fill(model, codes, first, end, seed=0, **options):
    return writer_of(model, "prior").fill(codes, first, end, Request(**options), np.random.default_rng(seed))


@pytest.mark.parametrize("frames", [1, 2, 150])
@pytest.mark.parametrize("novelty", [0.2, 0.9])
def test_exact_length_and_codes_in_range(model, frames, novelty):
    codes = write(model, frames, novelty=novelty)
    assert codes.indices.shape == (model.levels, frames)
    assert model.decode(codes).length == codes.samples


def test_seed_decides(model):
    assert np.array_equal(write(model, seed=1).indices, write(model, seed=1).indices)
    assert len({write(model, seed=seed).indices.tobytes() for seed in range(5)}) > 1


def test_with_memory_every_column_is_a_grain_and_novelty_jumps_more(model):
    grains = {column.tobytes(): place for place, column in enumerate(model.memory.codes.numpy().T.copy())}

    def jumps(novelty):
        columns = np.concatenate([write(model, 40, seed, novelty=novelty).indices for seed in range(4)], axis=1)
        return np.mean(np.diff([grains[column.tobytes()] for column in columns.T.copy()]) != 1)

    assert jumps(0.0) < jumps(0.5)  # beyond it, noise makes codes that no grain has


def test_without_memory_upper_levels_add_least(plain, network_prior):
    model = plain.with_prior(network_prior(plain)).without_memory()
    codes = write(model, 10)
    books = model.codebooks.vectors
    added = model.codebooks.embed(codes.indices, slice(2, model.levels))
    shortest = sum(book[np.square(book).sum(1).argmin()] for book in books[2:])
    assert (np.linalg.norm(added, axis=1) < 0.6 * np.linalg.norm(shortest)).all()
    assert np.isfinite(model.decode(codes).samples).all()


def test_a_continuation_depends_on_the_codes_before(plain, rain, tiny_corpus, network_prior):
    model = plain.with_prior(network_prior(plain)).without_memory()
    pluck, sweep = (plain.encode(read_clip(tiny_corpus / f"{name}.wav")) for name in ("pluck", "sweep"))
    befores = (None, rain, pluck, sweep, *(write(model, 12, seed=seed) for seed in range(1, 9)))
    after = [write(model, 30, before=before).indices.tobytes() for before in befores]
    assert after[0] not in after[1:]
    assert len(set(after)) > 3


def test_a_sound_that_ends_has_a_quiet_end(plain, network_prior):
    """Loudness rises with the code here, so of a dozen endings one of low codes is chosen."""
    model = plain.with_prior(network_prior(plain)).without_memory()
    loudness = model.prior.loudness.numpy()

    def end(**options):
        loudnesses = [loudness[write(model, 12, seed=seed, **options).indices[0]] for seed in range(8)]
        return np.mean([one[-2:].max() - one.max() for one in loudnesses])

    assert end(ends=True) < end(ends=False) - 2


@pytest.mark.parametrize(("first", "end"), [(0, 4), (5, 12), (20, None), (0, None)])
@pytest.mark.parametrize("levels", [None, (0, 1), (1, 3), (2, None)])
def test_fill_changes_the_given_cells_only(model, rain, first, end, levels):
    end = end or rain.frames
    levels = None if levels is None else (levels[0], levels[1] or model.levels)
    filled = fill(model, rain, first, end, levels=levels)
    changed = np.zeros(rain.indices.shape, bool)
    changed[slice(*levels) if levels else slice(None), first:end] = True
    assert np.array_equal(filled.indices[~changed], rain.indices[~changed])
    assert not np.array_equal(filled.indices, rain.indices)
    assert filled.length == rain.length


def test_the_filling_fits_the_right_side(plain):
    """An n-gram that knows one pattern alone from a to b finds it, though chance goes elsewhere half of the time."""
    levels, size = plain.levels, plain.codebook_size
    patterns = [[0, 1, 1, 2, 2], [0, 3, 3, 4, 4]]
    known = torch.tensor([pattern for pattern in patterns for _ in range(20)]).reshape(1, -1)
    prior = Prior(PriorConfig(1, 0, 5, known.shape[1], 40), (), torch.zeros(size), (), known, torch.full((40,), 5))
    bare = plain.with_prior(prior)
    bare = dataclasses.replace(bare, memory=None)
    for pattern in patterns:
        codes_around = [pattern[0], 5, 5, *pattern[3:]]
        codes = Codes(np.tile(codes_around, (levels, 1)), size, plain.hop, plain.sample_rate)
        found = [fill(bare, codes, 1, 3, seed=seed, levels=(0, 1)).indices[0].tolist() == pattern for seed in range(10)]
        assert sum(found) >= 9


def test_a_prior_follows_a_contour(plain, ngram_prior):
    model = plain.with_prior(ngram_prior(plain))
    writer, contour = writer_of(model, "prior"), ((0.0, 0.0), (1.0, 1.0))
    prior = dataclasses.replace(writer.prior, loudness=torch.linspace(-60, 0, model.codebook_size))
    writer = dataclasses.replace(writer, prior=prior, graph=None)
    rises = []
    for seed in range(4):
        codes = writer.write(Request(60, contour=contour), np.random.default_rng(seed))
        loudness = prior.loudness.numpy()[codes.indices[0]]
        rises.append(loudness[30:].mean() - loudness[:30].mean())
    assert np.mean(rises) > 3


def test_a_model_without_prior_is_refused(plain):
    with pytest.raises(SdaError, match="sda prior"):
        writer_of(plain, "prior")

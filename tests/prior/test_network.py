"""The prior: an n-gram that counts right, networks that step as they were trained, and a writer that keeps its word."""

import dataclasses

import numpy as np
import pytest
import torch

from sda_lib.audio.clip import read_clip
from sda_lib.codec.codes import Codes
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.model.header import HEADER_KEY, read_header
from sda_lib.model.model import SdaModel
from sda_lib.model.tensors import read_tensors, write_tensors
from sda_lib.prior.network import (
    INPUT_WEIGHTS,
    OLD_CONTROLS,
    Prior,
    PriorConfig,
    control_values,
    input_count,
    network_inputs,
    partial_latents,
    prior_shapes,
)
from sda_lib.prior.ngram import BEGIN, NGram, contexts_of, trigram
from sda_lib.prior.sampling_state import log_softmax, sampling_states
from sda_lib.writers.grain_path import GrainPathSearch
from sda_lib.writers.registry import default_writer, writer_of
from sda_lib.writers.request import Request
from sda_lib.writers.sampling import AS_LEARNED, sample_codes


def write(model, frames=20, seed=0, **options):
    return writer_of(model, "prior").write(Request(frames, **options), np.random.default_rng(seed))


def fill(model, codes, first, end, seed=0, **options):
    return writer_of(model, "prior").fill(codes, first, end, Request(**options), np.random.default_rng(seed))


# --- n-gram


def test_ngram_mixes_counts_by_how_many_kinds_were_seen():
    gram = NGram(4, np.array([[0], [0], [0], [1]]), np.array([1, 1, 2, 3]))
    unigram = (np.array([0, 2, 1, 1]) + 3 / 4) / (4 + 3)
    assert gram.probabilities(np.array([3])) == pytest.approx(unigram)  # an unseen context is no context
    assert gram.probabilities(np.array([0])) == pytest.approx((np.array([0, 2, 1, 0]) + 2 * unigram) / 5)
    assert gram.nll(np.array([[0]]), np.array([1]), 0) == pytest.approx(-np.log(unigram[1]))


def test_contexts_are_own_past_at_level_0_and_the_level_below_first_elsewhere():
    indices = np.array([[1, 2, 3], [4, 5, 6]])
    assert contexts_of(indices, 0).tolist() == [[BEGIN, BEGIN], [1, BEGIN], [2, 1]]
    assert contexts_of(indices, 1).tolist() == [[1, BEGIN], [2, 4], [3, 5]]


def test_trigram_tells_a_pattern_better_than_a_unigram():
    sound = np.tile([[0, 1, 0, 2]], (1, 20))
    gram, contexts = trigram([sound], 0, 4), contexts_of(sound, 0)
    assert gram.nll(contexts, sound[0]) < 0.3 * gram.nll(contexts, sound[0], 0)


# --- networks


def test_voice_steps_as_the_network_was_trained(plain, network_prior):
    """Numpy step by step against torch at once, controls and remaining duration included."""
    prior, books = network_prior(plain), plain.codec.bottleneck.codebooks
    codes = np.random.default_rng(0).integers(plain.codebook_size, size=(2, 12))
    controls = control_values({"density": 0.7})
    state = sampling_states(prior, books.numpy())(3)
    stepped = []
    for frame in range(12):
        column = np.repeat(codes[:, frame, None], 3, 1)
        stepped.append([log_softmax(state.logits(level, column[:level], 12 - frame, controls))[1] for level in (0, 1)])
        state.update(column)
    for level in (0, 1):
        before, below = (partial_latents(books.numpy(), codes, n) for n in (level + 1, level))
        before = np.concatenate([before[:1] * 0, before[:-1]])
        heard = network_inputs(before, below, np.arange(12) == 0, np.arange(12, 0, -1), np.tile(controls, (12, 1)))
        last = torch.from_numpy(np.r_[-1, codes[level, :-1]])[None]
        whole = prior.networks[level](torch.from_numpy(heard)[None], books[level], last)[0].log_softmax(1).numpy()
        assert np.abs(whole - np.array(stepped)[:, level]).max() < 1e-3


def test_inputs_say_nothing_where_nothing_is_asked():
    told = network_inputs(np.ones((1, 2)), np.ones((1, 2)), np.array([True]), np.array([0]), control_values({})[None])
    assert told[0, :2].tolist() == [0, 0]  # nothing stands before a beginning
    assert told[0, 5:].tolist() == [0] * (told.shape[1] - 5)


# --- writing


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

    assert jumps(0.0) < jumps(1.0)


def trails(plain, levels):
    books = plain.codec.bottleneck.codebooks.numpy()
    graph = writer_of(plain, "walk").graph
    return graph, GrainPathSearch.of(graph, books, levels), partial_latents(books, graph.codes, levels)


def test_grains_follow_codes_that_a_recording_has(plain):
    """A recording's own codes are played by it; told to avoid it, by others; at any price of jumps by one recording."""
    graph, ways, latents = trails(plain, plain.levels)
    own = graph.codes[:, 5:25]
    assert np.array_equal(graph.codes[:, ways.search(latents[5:25], 0.3)], own)
    others = graph.codes[:, ways.search(latents[5:25], 0.3, avoid=own)]
    assert not (others == own).all(0).any()
    patchwork = latents[np.random.default_rng(0).integers(len(graph), size=20)]
    jumps = [np.count_nonzero(np.diff(ways.search(patchwork, jump)) != 1) for jump in (0.01, 100.0)]
    assert jumps[0] > 10
    assert jumps[1] <= 1


def test_grains_end_with_the_sound_and_quietly(plain):
    graph, ways, latents = trails(plain, 1)
    loudest = int(graph.loudness.argmax())
    steady = np.repeat(latents[loudest : loudest + 1], 12, 0)
    quiet = float(np.quantile(graph.loudness, 0.2))
    ended, not_ended = (ways.search(steady, 0.3, quiet=limit)[-1] for limit in (quiet, None))
    assert graph.loudness[ended] < graph.loudness[not_ended]
    assert graph.remaining[ended] < graph.remaining[not_ended]


def test_without_memory_upper_levels_add_least(plain, network_prior):
    model = plain.with_prior(network_prior(plain)).without_memory()
    codes = write(model, 10)
    sizes = model.codec.bottleneck.codebooks.square().sum(2).numpy()
    for level in range(2, model.levels):
        assert (sizes[level][codes.indices[level]] == sizes[level].min()).all()
    assert np.isfinite(model.decode(codes).samples).all()


def test_goes_on_from_what_stands_before(plain, rain, tiny_corpus, network_prior):
    model = plain.with_prior(network_prior(plain)).without_memory()
    pluck, sweep = (plain.encode(read_clip(tiny_corpus / f"{name}.wav")) for name in ("pluck", "sweep"))
    befores = (None, rain, pluck, sweep, *(write(model, 12, seed=seed) for seed in range(1, 9)))
    after = [write(model, 30, before=before).indices.tobytes() for before in befores]
    assert after[0] not in after[1:]
    assert len(set(after)) > 3


def test_a_sound_that_ends_has_a_quiet_end_by_what_its_codes_sound_like(plain, network_prior):
    """Loudness rises with the code here, so of a dozen endings one of low codes is taken."""
    model = plain.with_prior(network_prior(plain)).without_memory()
    loudness = model.prior.loudness.numpy()

    def end(**options):
        heard = [loudness[write(model, 12, seed=seed, **options).indices[0]] for seed in range(8)]
        return np.mean([one[-2:].max() - one.max() for one in heard])

    assert end(ends=True) < end(ends=False) - 2


@pytest.mark.parametrize(("first", "end"), [(0, 4), (5, 12), (20, None), (0, None)])
@pytest.mark.parametrize("levels", [None, (0, 1), (1, 3), (2, None)])
def test_fill_changes_the_cells_asked_for_alone(model, rain, first, end, levels):
    end = end or rain.frames
    levels = None if levels is None else (levels[0], levels[1] or model.levels)
    filled = fill(model, rain, first, end, levels=levels)
    changed = np.zeros(rain.indices.shape, bool)
    changed[slice(*levels) if levels else slice(None), first:end] = True
    assert np.array_equal(filled.indices[~changed], rain.indices[~changed])
    assert not np.array_equal(filled.indices, rain.indices)
    assert filled.length == rain.length


def test_the_right_side_chooses_the_filling(plain):
    """An n-gram that knows one way alone from a to b finds it, though chance goes elsewhere half of the time."""
    levels, size = plain.levels, plain.codebook_size
    ways = [[0, 1, 1, 2, 2], [0, 3, 3, 4, 4]]
    known = torch.tensor([way for way in ways for _ in range(20)]).reshape(1, -1)
    prior = Prior(PriorConfig(1, 0, 5, known.shape[1], 40), (), torch.zeros(size), (), known, torch.full((40,), 5))
    bare = plain.with_prior(prior)
    bare = dataclasses.replace(bare, memory=None)
    for way in ways:
        standing = [way[0], 5, 5, *way[3:]]
        codes = Codes(np.tile(standing, (levels, 1)), size, plain.hop, plain.sample_rate)
        found = [fill(bare, codes, 1, 3, seed=seed, levels=(0, 1)).indices[0].tolist() == way for seed in range(10)]
        assert sum(found) >= 9


@pytest.mark.parametrize(("top_k", "top_p"), [(1, 1.0), (48, 0.0)])
def test_least_choice_is_the_likeliest(top_k, top_p):
    logits = np.log(np.random.default_rng(0).dirichlet(np.ones(20), 50))
    drawn = sample_codes(logits, Request(top_k=top_k, top_p=top_p), np.random.default_rng(1))
    assert np.array_equal(drawn, logits.argmax(1))


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


def test_middle_temperature_draws_as_the_prior_says():
    shares = np.array([0.6, 0.3, 0.1])
    drawn = sample_codes(np.tile(np.log(shares), (20000, 1)), Request(temperature=AS_LEARNED), np.random.default_rng(0))
    assert np.bincount(drawn) / 20000 == pytest.approx(shares, abs=0.015)
    cold = sample_codes(np.tile(np.log(shares), (20000, 1)), Request(temperature=0.1), np.random.default_rng(0))
    assert np.bincount(cold)[0] / 20000 > 0.95
    few = sample_codes(
        np.tile(np.log(shares), (20000, 1)), Request(temperature=AS_LEARNED, top_p=0.85), np.random.default_rng(0)
    )
    assert set(few.tolist()) == {0, 1}


# --- files


def test_priors_from_before_pitch_are_read_and_do_not_mind_it(plain, network_prior):
    prior, books = network_prior(plain), plain.codec.bottleneck.codebooks
    dim, size, old = books.shape[2], books.shape[1], OLD_CONTROLS
    wanted = input_count(dim, 0)
    kept = [*range(wanted + old), *range(wanted + len(CONTROLS), wanted + len(CONTROLS) + old)]
    tensors = {name: one[:, kept] if name.endswith(INPUT_WEIGHTS) else one for name, one in prior.tensors().items()}
    facts = {name: value for name, value in prior.facts().items() if name != "controls"}
    assert prior_shapes(facts, dim, size) == {name: list(tensor.shape) for name, tensor in tensors.items()}
    read = Prior.of_tensors(facts, tensors, dim, size)
    ours, theirs = (one.networks[0].recur.weight_ih_l0 for one in (read, prior))
    assert torch.equal(ours[:, kept], theirs[:, kept])
    assert ours.abs().sum() == pytest.approx(float(theirs[:, kept].abs().sum()))
    assert read.config == prior.config


def test_no_prior_is_one_sentence_with_the_remedy(plain):
    with pytest.raises(SdaError, match="sda prior"):
        writer_of(plain, "prior")


def test_survives_the_file(model, tmp_path):
    again = SdaModel.load(model.save(tmp_path / "m.sda"))
    assert again.prior.config == model.prior.config
    assert np.array_equal(write(again).indices, write(model).indices)


def test_a_model_given_away_keeps_networks_and_no_codes_of_recordings(plain, tmp_path, network_prior, ngram_prior):
    kept = plain.with_prior(network_prior(plain)).without_memory()
    assert not kept.why_no_writing
    assert write(SdaModel.load(kept.save(tmp_path / "m.sda"))).frames == 20
    gone = plain.with_prior(ngram_prior(plain)).without_memory()
    assert gone.prior is None
    assert gone.why_no_writing
    with pytest.raises(SdaError, match="recordings"):
        writer_of(gone, "walk")


def _spoiled(path, tensors=None, **facts):
    """The file with other tensors, or other facts of its prior."""
    import json

    header, _ = read_header(path)
    header["prior"] |= facts
    write_tensors({**read_tensors(path, "cpu"), **(tensors or {})}, path, {HEADER_KEY: json.dumps(header)})
    return path


@pytest.mark.parametrize("facts", [{"levels": 3}, {"levels": 10**6}, {"width": 17}, {"width": "x"}, {"width": 10**9}])
def test_facts_that_its_tensors_are_not_are_refused(plain, tmp_path, facts, network_prior):
    path = plain.with_prior(network_prior(plain)).save(tmp_path / "m.sda")
    with pytest.raises(SdaError):
        SdaModel.load(_spoiled(path, **facts))


@pytest.mark.parametrize(
    "tensors", [{"prior.known": torch.full((2, 1), 30000, dtype=torch.int16)}, {"prior.loudness": torch.zeros(1)}]
)
def test_tensors_of_another_shape_are_refused(plain, tmp_path, tensors, ngram_prior):
    path = plain.with_prior(ngram_prior(plain)).save(tmp_path / "m.sda")
    with pytest.raises(SdaError, match="recipe calls for"):
        SdaModel.load(_spoiled(path, tensors))


def test_codes_out_of_range_and_numbers_that_are_none_are_refused(plain, tmp_path, network_prior, ngram_prior):
    path = plain.with_prior(ngram_prior(plain)).save(tmp_path / "m.sda")
    known = read_tensors(path, "cpu")["prior.known"]
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(_spoiled(path, {"prior.known": torch.full_like(known, plain.codebook_size)}))
    path = plain.with_prior(network_prior(plain)).save(tmp_path / "n.sda")
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(_spoiled(path, {"prior.loudness": torch.full((plain.codebook_size,), torch.nan)}))


def test_networks_steer_by_default_and_write_where_no_recordings_are(plain, network_prior, ngram_prior):
    with_both = plain.with_prior(network_prior(plain))
    assert default_writer(with_both) == "hybrid"
    assert default_writer(plain) == default_writer(plain.with_prior(ngram_prior(plain))) == "walk"
    alone = with_both.without_memory()
    assert default_writer(alone) == "prior"
    codes = writer_of(alone).write(Request(20), np.random.default_rng(0))
    assert codes.indices.tobytes() == write(alone).indices.tobytes()

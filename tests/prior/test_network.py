"""Priors: network inputs, older files, and files that are damaged."""

import numpy as np
import pytest
import torch

from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.model.header import HEADER_KEY, read_header
from sda_lib.model.model import SdaModel
from sda_lib.model.tensors import read_tensors, write_tensors
from sda_lib.prior.network import (
    INPUT_WEIGHTS,
    OLD_CONTROLS,
    Prior,
    control_values,
    input_count,
    network_inputs,
    prior_shapes,
)
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


def write(model, frames=20, seed=0, **options):
    return writer_of(model, "prior").write(Request(frames, **options), np.random.default_rng(seed))


def test_inputs_are_zero_without_past_and_controls():
    values = network_inputs(np.ones((1, 2)), np.ones((1, 2)), np.array([True]), np.array([0]), control_values({})[None])
    assert values[0, :2].tolist() == [0, 0]  # no previous frame
    assert values[0, 5:].tolist() == [0] * (values.shape[1] - 5)


def test_priors_from_before_pitch_ignore_it(plain, network_prior):
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


def test_save_and_load(model, tmp_path):
    again = SdaModel.load(model.save(tmp_path / "m.sda"))
    assert again.prior.config == model.prior.config
    assert np.array_equal(write(again).indices, write(model).indices)


def test_without_memory_keeps_networks_but_no_codes_of_recordings(plain, tmp_path, network_prior, ngram_prior):
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
def test_headers_that_do_not_fit_the_tensors_are_refused(plain, tmp_path, facts, network_prior):
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


def test_codes_out_of_range_and_nan_are_refused(plain, tmp_path, network_prior, ngram_prior):
    path = plain.with_prior(ngram_prior(plain)).save(tmp_path / "m.sda")
    known = read_tensors(path, "cpu")["prior.known"]
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(_spoiled(path, {"prior.known": torch.full_like(known, plain.codebook_size)}))
    path = plain.with_prior(network_prior(plain)).save(tmp_path / "n.sda")
    with pytest.raises(SdaError, match="damaged"):
        SdaModel.load(_spoiled(path, {"prior.loudness": torch.full((plain.codebook_size,), torch.nan)}))

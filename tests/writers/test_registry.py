"""Registry of writers: the default one."""

import numpy as np

from sda_lib.writers.registry import default_writer, writer_of
from sda_lib.writers.request import Request


def write(model, frames=20, seed=0, **options):
    return writer_of(model, "prior").write(Request(frames, **options), np.random.default_rng(seed))


def test_default_writer(plain, network_prior, ngram_prior):
    with_both = plain.with_prior(network_prior(plain))
    assert default_writer(with_both) == "hybrid"
    assert default_writer(plain) == default_writer(plain.with_prior(ngram_prior(plain))) == "walk"
    without_memory = with_both.without_memory()
    assert default_writer(without_memory) == "prior"
    codes = writer_of(without_memory).write(Request(20), np.random.default_rng(0))
    assert codes.indices.tobytes() == write(without_memory).indices.tobytes()

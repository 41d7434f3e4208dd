"""Infill: gaps are bridged from both sides."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.model.model import SdaModel
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def rain(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "rain.wav"))


@pytest.fixture(scope="module")
def pluck(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "pluck.wav"))


def seeded(seed=0):
    return np.random.default_rng(seed)


def test_infill_fits_better_than_holding(model, rain, pluck):
    """Holes in a decaying tone: bridges are nearer to the tone than the frames before the holes held on."""
    true, bridged, held = model.embed(pluck), 0.0, 0.0
    for first in range(4, pluck.frames - 6, 2):
        hole = slice(first, first + 6)
        filled = writer_of(model, "walk").fill(pluck, hole.start, hole.stop, Request(temperature=0), seeded())
        bridged += (model.embed(filled)[hole] - true[hole]).square().sum()
        held += (true[first - 1] - true[hole]).square().sum()
    assert bridged < 0.95 * held


def test_no_click_at_the_seams(model, rain):
    """The spectra across both seams change no faster than the clip's own do at their 95th percentile."""
    regenerated = writer_of(model, "walk").fill(rain, 10, 17, Request(), seeded())
    sound = model.decode(regenerated)
    spectra = np.abs(
        np.fft.rfft(np.lib.stride_tricks.sliding_window_view(sound.samples[0], 512)[::128] * np.hanning(512), axis=1)
    )
    flux = np.abs(np.diff(np.log10(spectra + 1e-4), axis=0)).mean(1)
    for frame in (10, 17):
        seam = frame * regenerated.hop // 128
        assert np.median(flux[seam - 4 : seam + 4]) <= np.quantile(flux, 0.95)

"""Tracing a sound to its recordings, and measuring how much of it is a copy."""

import dataclasses

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.maps import figures
from sda_lib.model.model import SdaModel
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import SourceSpan, originality, recording_shares, shared_runs, trace


@pytest.fixture(scope="module")
def model(tiny_model_path):
    return SdaModel.load(tiny_model_path)


@pytest.fixture(scope="module")
def sweep(model, tiny_corpus):
    return model.encode(read_clip(tiny_corpus / "sweep.wav"))


def test_a_recording_is_its_own_source(model, sweep):
    (whole,) = trace(model, sweep)
    assert (whole.file, whole.position, whole.begin) == ("sweep", 0.0, 0.0)
    assert whole.end == pytest.approx(sweep.seconds)
    assert whole.distance < 0.05


def test_trace_separates_a_patchwork(model, sweep, tiny_corpus):
    rain = model.encode(read_clip(tiny_corpus / "rain.wav"))
    patched = sweep.with_indices(np.concatenate([sweep.indices[:, 4:12], rain.indices[:, 10:22]], axis=1))
    first, *_, last = trace(model, patched)
    assert (first.file, round(first.position * model.frame_rate)) == ("sweep", 4)
    assert last.file == "rain"
    assert last.end == pytest.approx(20 / model.frame_rate)


def test_passages_of_a_recording_count_together():
    spans = [SourceSpan(0, 1, "a", 0, 0.1), SourceSpan(1, 4, "b", 2, 0.1), SourceSpan(4, 8, "a", 5, 0.1)]
    first, second = recording_shares(spans)
    assert (first.file, first.share, [one.begin for one in first.passages]) == ("a", 5 / 8, [4, 0])
    assert (second.file, second.share) == ("b", 3 / 8)
    assert recording_shares([]) == ()


def test_a_trace_follows_lead_and_rate(model, sweep):
    (whole,) = trace(model, dataclasses.replace(sweep, length=None, lead=480, rate=2.0))
    assert (whole.begin, whole.position) == (0.0, pytest.approx(0.01))
    assert whole.end == pytest.approx((sweep.frames * sweep.hop - 480) / 2 / model.sample_rate, abs=1e-4)


def test_originality_finds_a_copy_and_warns_where_novelty_implies_none(model, sweep):
    own = originality(model, sweep, novelty=1.0)
    assert own.longest == pytest.approx(sweep.frames / sweep.frame_rate)
    assert (own.file, own.share) == ("sweep", 1.0)
    assert own.distance < 0.05
    assert (own.waveform.share, own.waveform.file) == (1.0, "sweep")
    assert originality(model, sweep).warning == ""


def test_originality_accepts_a_new_sound(model, sweep):
    noise = np.random.default_rng(0).integers(0, sweep.codebook_size, sweep.indices.shape)
    own = originality(model, sweep.with_indices(noise))
    assert own.share == 0
    assert own.distance > 0.3
    assert own.waveform.share < 0.2
    assert own.warning == ""


def test_shared_runs_do_not_cross_recordings():
    corpus, file = np.array([1, 2, 3, 4, 5, 6]), np.array([0, 0, 0, 1, 1, 1])
    runs, ends = shared_runs(np.array([2, 3, 4, 5, 9, 1]), corpus, file)
    assert runs.tolist() == [1, 2, 1, 2, 0, 1]
    assert ends[:4].tolist() == [1, 2, 3, 4]


def test_without_memory_nothing_is_traced(model, sweep):
    with pytest.raises(SdaError, match="without its recordings"):
        trace(model.without_memory(), sweep)


def test_the_picture_has_a_row_per_recording(model, sweep, tmp_path):
    figure = figures.provenance_figure(trace(model, sweep), "a sweep")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["sweep"]
    assert figures.save_figure(figure, tmp_path / "trace.png").stat().st_size > 1000


def test_invalid_controls_are_refused():
    with pytest.raises(SdaError, match="from 0 to 1"):
        GenerateOptions(controls={"density": 7})

"""Provenance and originality: a copy is called one and found in its file, something new is not."""

import numpy as np
import pytest

from sda_lib.audio.clip import read_clip
from sda_lib.errors import SdaError
from sda_lib.maps import figures
from sda_lib.model.model import SdaModel
from sda_lib.writers.control_check import ControlCheck, check_controls
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import originality, shared_runs, trace


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


def test_a_patchwork_is_taken_apart(model, sweep, tiny_corpus):
    rain = model.encode(read_clip(tiny_corpus / "rain.wav"))
    patched = sweep.with_indices(np.concatenate([sweep.indices[:, 4:12], rain.indices[:, 10:22]], axis=1))
    first, *_, last = trace(model, patched)
    assert (first.file, round(first.position * model.frame_rate)) == ("sweep", 4)
    assert last.file == "rain"
    assert last.end == pytest.approx(20 / model.frame_rate)


def test_a_copy_is_called_one(model, sweep):
    own = originality(model, sweep)
    assert own.longest == pytest.approx(sweep.frames / sweep.frame_rate)
    assert (own.file, own.share) == ("sweep", 1.0)
    assert own.distance < 0.05
    assert "copies of your recordings" in own.warning
    assert "sweep" in own.warning


def test_something_new_is_not(model, sweep):
    noise = np.random.default_rng(0).integers(0, sweep.codebook_size, sweep.indices.shape)
    own = originality(model, sweep.with_indices(noise))
    assert own.share == 0
    assert own.distance > 0.3
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


@pytest.mark.slow
def test_obedience_hides_what_does_not_act(model, monkeypatch):
    from sda_lib.writers import control_check as module

    monkeypatch.setattr(module, "measure_controls", lambda _model, _codes: dict.fromkeys(module.CONTROLS, 1.0))
    deaf = check_controls(model)
    assert all(one.rho == 0 and one.why_hidden for one in deaf.values())


@pytest.mark.long
@pytest.mark.slow
def test_loudness_and_brightness_act(model):
    found = check_controls(model)
    assert found["loudness"].rho > 0.5
    assert found["brightness"].rho > 0.5
    assert isinstance(found["pulse"], ControlCheck)


def test_controls_are_part_of_the_options():
    with pytest.raises(SdaError, match="from 0 to 1"):
        GenerateOptions(controls={"density": 7})

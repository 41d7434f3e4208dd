"""The process of a run: slider fitting that fails."""

import pytest
from watching import until

from sda_lib.events import Event
from sda_lib.model.model import SdaModel
from sda_lib.runs import worker

pytestmark = pytest.mark.slow


def test_a_run_whose_sliders_fail_is_finished(begin, tmp_path, monkeypatch):
    """It was trained and saved; only the sliders are missing, and the last message reports it."""
    run = begin()
    until(lambda: not run.alive, "the end")
    monkeypatch.setattr("sda_lib.config.Recipe.fits_sliders", True)
    monkeypatch.setattr("sda_lib.sliders.fit.sliders_in_steps", lambda _: 1 / 0)
    last = list(worker.with_sliders(run, Event("done", message="tiny is ready")))[-1]
    assert last.kind == "done"
    assert "no sliders" in last.message
    assert str(run.folder / "log.txt") in last.message
    assert "ZeroDivisionError" in (run.folder / "log.txt").read_text()
    assert SdaModel.load(run.model_path).sliders is None

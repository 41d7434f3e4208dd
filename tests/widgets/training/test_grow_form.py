"""Growing a model on the page."""

import shutil

import pytest

from sda_lib.runs import worker
from sda_lib.runs.job import GrowOptions
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.training.training_view import GROW, TrainingView


@pytest.fixture
def burp(pytestconfig, added):
    """A folder with a sound that the model doesn't know."""
    folder = added / "burps"
    folder.mkdir()
    shutil.copy(pytestconfig.rootpath / "data/demo/misc_burp.flac", folder)
    return folder


def carry_out(run):
    """What the process does that did not come."""
    for _ in worker.carry_out(run):
        pass


def test_grow_the_open_model_by_a_folder(session, launched, burp):
    session.library.refresh()
    window, library = TrainingView(session), ModelChooser(session)
    title, history = session.sound.title, session.sound.history
    window.folder.value = str(burp)
    window.mode.value = GROW
    form = window.grow
    assert (form.model.value, form.name.value) == (str(session.model_path), "tiny-grown")
    form.minutes.value = 0
    form.go.click()
    assert session.message == ""
    ((run, _),) = launched
    assert run.growing == GrowOptions(session.model_path, 0)
    assert run.job.sounds == (burp,)
    assert form.go.disabled
    session.training.grow(GrowOptions(session.model_path), [burp], "tiny-grown")
    assert "being trained already" in session.message
    carry_out(run)
    session.tick()
    assert session.training.state == "finished"
    assert "1 file: 0.1 → 0.1 min of sound" in window.progress.growth.value
    assert "100% at Structure 1" in window.progress.growth.value
    assert (session.sound.title, session.sound.history) == (title, history)  # the current sound is unchanged
    assert library.chooser.value == str(session.model_path)
    assert window.progress.play.layout.display is None
    assert form.name.value == "tiny-grown-2"
    window.progress.play.click()
    assert session.model_path == run.model_path
    assert session.model.header["corpus"]["files"] == 4
    assert "by 1 of them" in library.facts.value
    assert window.progress.play.layout.display == "none"


def test_exported_sounds_are_offered_scanned_and_marked(session, launched):
    session.library.refresh()
    window = TrainingView(session)
    form = window.grow
    window.mode.value = GROW
    form.source.value = "saved"
    assert (form.saved.layout.display, form.nothing.layout.display) == ("none", None)
    session.exports.write(session.sound)
    kept = session.exports.write(session.sound)
    assert form.saved.options[0][0] == kept.name
    assert form.saved.layout.display is None
    form.saved.value = (str(kept),)
    assert "1 of 1" in window.found.value
    session.scan.thread.join(60)
    session.tick()
    assert [row["tags"][0] for row in window.contents.tiles.rows] == ["made by a model"]
    form.go.click()
    assert session.message == ""
    assert launched[0][0].job.sounds == (kept,)
    form.source.value = "folder"
    assert "Made by a model" not in window.found.value


def test_growing_shows_the_error_of_the_library(session, launched, burp, added):
    session.training.grow(GrowOptions(session.model_path), [burp], "tiny")
    assert "A model named tiny already exists" in session.message
    session.training.grow(GrowOptions(session.model_path), [], "more")
    assert "choose some" in session.message
    (added / "empty").mkdir()
    session.training.grow(GrowOptions(session.model_path), [added / "empty"], "more")
    assert "no usable sound" in session.message
    bare = session.model.without_memory().save(session.places.models / "bare.sda")
    session.training.grow(GrowOptions(bare), [burp], "more")
    assert "without its recordings" in session.message
    assert launched == []
    assert session.training.run is None

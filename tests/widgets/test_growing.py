"""Growing in a session and on its page, and trainings that a health check proposes."""

import dataclasses
import os
import shutil

import pytest

from sda_lib.config import DEFAULT_PRESET, PRESETS, Recipe
from sda_lib.growing.report import Growth
from sda_lib.health.fixes import Retraining
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage, worker
from sda_lib.runs.job import GrowOptions, Job
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.health.health_view import HealthView
from sda_widgets.training.growth_report import growth_report
from sda_widgets.training.training_view import GROW, NEW, TrainingView


@pytest.fixture
def launched(monkeypatch):
    """Runs that are begun but whose processes don't come."""
    begun = []
    monkeypatch.setattr(manage, "_launch", lambda run, lock: begun.append((run, os.dup(lock))))
    yield begun
    for _, lock in begun:
        os.close(lock)


@pytest.fixture
def burp(pytestconfig, tmp_path):
    """A folder with a sound that the model doesn't know."""
    folder = tmp_path / "burps"
    folder.mkdir()
    shutil.copy(pytestconfig.rootpath / "data/demo/misc_burp.flac", folder)
    return folder


def carry_out(run):
    """What the process does that did not come."""
    for _ in worker.carry_out(run):
        pass


def test_the_open_model_grows_by_the_folder_and_is_offered_with_a_report(session, launched, burp):
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
    session.training.grow(session.model_path, [burp], "tiny-grown")
    assert "being trained already" in session.message
    carry_out(run)
    session.tick()
    assert session.training.state == "finished"
    assert "1 file: 0.1 → 0.1 min of sound" in window.progress.growth.value
    assert "100% at level 0" in window.progress.growth.value
    assert (session.sound.title, session.sound.history) == (title, history)  # the sound at hand is not touched
    assert library.chooser.value == str(session.model_path)
    assert window.progress.play.layout.display is None
    assert form.name.value == "tiny-grown-2"
    window.progress.play.click()
    assert session.model_path == run.model_path
    assert session.model.header["corpus"]["files"] == 4
    assert "by 1 of them" in library.facts.value
    assert window.progress.play.layout.display == "none"


def test_saved_sounds_are_offered_looked_at_and_marked_as_what_a_model_made(session, launched):
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


def test_growing_refuses_in_the_librarys_own_words(session, launched, burp, tmp_path):
    session.training.grow(session.model_path, [burp], "tiny")
    assert "A model named tiny already exists" in session.message
    session.training.grow(session.model_path, [], "more")
    assert "choose some" in session.message
    (tmp_path / "empty").mkdir()
    session.training.grow(session.model_path, [tmp_path / "empty"], "more")
    assert "no usable sound" in session.message
    bare = session.model.without_memory().save(session.places.models / "bare.sda")
    session.training.grow(bare, [burp], "more")
    assert "without its recordings" in session.message
    assert launched == []
    assert session.training.run is None


def test_a_report_says_in_words_what_the_figures_mean():
    growth = Growth(
        when="2030-01-01", files=3, generated=2, agreement=(0.9, 0.5), codebook_distance=0.02,
        old=(1.0, 1.01), new=(2.0, 1.0), unheard=(1.0, 1.1), minutes=(1.0, 2.0), remembered=2.0,
    )  # fmt: skip
    shown = growth_report(growth)
    for said in ("2 of 3 files", "90% at level 0, 50% or more", "unchanged", "50% closer", "10% farther", "2.0%"):
        assert said in shown
    kept = growth_report(dataclasses.replace(growth, generated=0, agreement=(1.0, 1.0), unheard=(0.0, 0.0)))
    assert "All old codes keep their meaning." in kept
    assert "Made by a model" not in kept
    assert "Held-out" not in kept
    assert "no codes" in growth_report(dataclasses.replace(growth, agreement=()))


def test_a_proposal_fills_the_form_in_and_starts_nothing(session, launched, tiny_corpus, tmp_path):
    folder = shutil.copytree(tiny_corpus, tmp_path / "own")
    window = TrainingView(session)
    window.mode.value = GROW
    window.recipe.fields["codec.kernel"].value = "5"
    session.propose(Retraining(folder, {"codec.levels": "9", "train.minutes": "0.5"}))
    assert (window.mode.value, window.folder.value, window.name.value) == (NEW, str(folder), "tiny-2")
    assert (window.minutes.value, window.preset.value) == (0.5, DEFAULT_PRESET)
    assert window.recipe.changes() == {"codec.levels": "9"}
    assert window.recipe.fold.selected_index == 0
    assert "9 levels" in window.expected.value
    assert "codec.levels = 9, train.minutes = 0.5" in window.proposed.value
    assert launched == []
    window.train.click()
    assert session.message == ""
    assert launched[0][0].recipe.codec.levels == 9
    assert window.proposed.value == ""


def test_without_a_folder_the_form_says_what_is_missing(session):
    window = TrainingView(session)
    before = window.folder.value
    session.propose(Retraining(None, {"train.seed": "<b>1"}))
    assert window.folder.value == before
    assert "choose it above" in window.proposed.value
    assert "<b>1" not in window.proposed.value
    assert window.minutes.value == PRESETS[DEFAULT_PRESET].minutes


@pytest.mark.slow
def test_a_remedy_of_a_known_run_names_its_folder_and_sets_the_training_up(session, tiny_corpus):
    model = SdaModel.load(session.model_path)
    model.usage[-1] = 0
    model.usage[-1, 3] = model.usage[0].sum()
    model.save(session.model_path)
    with manage.create_run(session.places.runs, Job("tiny", (tiny_corpus,), session.model_path, Recipe())):
        pass
    session.open_model(session.model_path)
    health, window = HealthView(session), TrainingView(session)
    session.health.check()
    session.health.thread.join(60)
    item = health.fixes.items[0]
    assert item["command"] == f"sda train {tiny_corpus} --set codec.levels=11"
    health.fixes.receive({"kind": "train", "number": 0})
    assert session.proposal == Retraining(tiny_corpus, {"codec.levels": "11"})
    assert window.recipe.changes() == {"codec.levels": "11"}
    session.propose(None)
    for strange in ({"kind": "train", "number": 99}, {"kind": "train", "number": -1}, {"kind": "train"}, None, 3):
        health.fixes.receive(strange)
    assert session.proposal is None

"""The training tab."""

import shutil
from dataclasses import replace

import pytest

from sda_lib.config import DEFAULT_EFFORT, EFFORTS, Recipe
from sda_lib.file_choice import EVERYTHING
from sda_lib.health.fixes import Retraining
from sda_lib.model.model import SdaModel
from sda_lib.runs import manage
from sda_lib.runs.job import Job
from sda_widgets.files.model_chooser import ModelChooser
from sda_widgets.health.health_view import HealthView
from sda_widgets.session.session import Session
from sda_widgets.training.training_view import GROW, NEW, TrainingView


def test_without_a_model_the_demo_is_offered(places):
    window = TrainingView(Session(places))
    assert window.offer.layout.display != "none"


def test_train_and_export_mention_the_recordings_in_the_model(session):
    card, window = ModelChooser(session), TrainingView(session)
    form = " ".join(part.value for part in window.form.children if hasattr(part, "value") and "<" in str(part.value))
    for shown in (card.facts.value, form):
        assert "recordings" in shown
        assert "sda strip-memory" in shown
    session.open_model(session.model.without_memory().save(session.places.models / "bare.sda"))
    assert "strip-memory" not in card.facts.value
    assert "not included" in card.facts.value


def test_preset_and_minutes_reach_the_run(places, monkeypatch):
    session = Session(places)
    started = []
    monkeypatch.setattr(session.training, "start", lambda *arguments, **changes: started.append((*arguments, changes)))
    window = TrainingView(session)
    assert window.minutes.value == EFFORTS[DEFAULT_EFFORT].minutes
    window.effort.value = "best"
    assert window.minutes.value == EFFORTS["best"].minutes
    window.minutes.value = 3.5
    window.train.click()
    assert started[0][1:] == (3.5, "my sounds", "best", EVERYTHING, {})


def test_the_folder_is_scanned_before_training(places, added):
    session = Session(places)
    window = TrainingView(session)
    assert window.contents not in window.main.children
    folder = added / "mixed"
    shutil.copytree(places.demo, folder)
    (folder / "<b>empty.wav").write_bytes(b"")
    window.folder.value = str(folder)
    assert window.contents in window.main.children
    assert "3, 0.1 min" in window.found.value
    assert "&lt;b&gt;empty.wav" in window.found.value
    window.folder.value = str(added / "nowhere")
    assert "nowhere" in session.message
    assert window.contents not in window.main.children


def test_a_proposal_fills_the_form_in_and_starts_nothing(session, launched, tiny_corpus, added):
    folder = shutil.copytree(tiny_corpus, added / "own")
    window = TrainingView(session)
    window.mode.value = GROW
    window.recipe.fields["codec.kernel"].value = "5"
    session.propose(Retraining(folder, {"codec.levels": "9", "train.minutes": "0.5"}))
    assert (window.mode.value, window.folder.value, window.name.value) == (NEW, str(folder), "tiny-2")
    assert (window.minutes.value, window.effort.value) == (0.5, DEFAULT_EFFORT)
    assert window.recipe.changes() == {"codec.levels": "9"}
    assert window.recipe.fold.expanded
    assert "9 levels" in window.expected.value
    assert "codec.levels = 9, train.minutes = 0.5" in window.proposed.value
    assert launched == []
    window.train.click()
    assert session.message == ""
    assert launched[0][0].recipe.codec.levels == 9
    assert window.proposed.value == ""


def test_without_a_folder_there_is_a_hint(session):
    window = TrainingView(session)
    before = window.folder.value
    session.propose(Retraining(None, {"train.seed": "<b>1"}))
    assert window.folder.value == before
    assert "choose it above" in window.proposed.value
    assert "<b>1" not in window.proposed.value
    assert window.minutes.value == EFFORTS[DEFAULT_EFFORT].minutes


@pytest.mark.slow
def test_a_fix_of_a_known_run_names_its_folder_and_fills_the_form(session, tiny_corpus):
    loaded = SdaModel.load(session.model_path)
    model = replace(loaded, recipe=loaded.recipe.override(codec__own_levels=loaded.levels))
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

"""The form for the recordings that new sounds are made of."""

import shutil

import pytest

from sda_lib import GenerateOptions
from sda_widgets.generate import GenerateForm
from sda_widgets.recordings_form import LACKING, RecordingsForm
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session


@pytest.fixture
def grouped(grouped_model_path, tmp_path):
    data = tmp_path / "data"
    (data / "models").mkdir(parents=True)
    session = Session(Places(data, data))
    session.open_model(shutil.copy(grouped_model_path, data / "models/grouped.sda"))
    return session


def test_categories_and_recordings_are_listed(grouped):
    form = RecordingsForm(grouped)
    labels = [label for label, _ in form.list.options]
    assert labels[:3] == ["high · 4 recordings", "loud · 1 recording", "low · 4 recordings"]
    assert labels[5:] == list(grouped.recordings.offered)
    assert form.strictness.disabled


def test_new_sounds_are_made_of_what_is_selected(grouped):
    form = GenerateForm(grouped)
    form.recordings.list.value = ("low",)
    assert grouped.recordings.names == ("low",)
    assert "4 of 8 recordings chosen" in form.recordings.about.value
    assert form.options == GenerateOptions(recordings=("low",))
    form.generate_button.click()
    assert grouped.message == ""
    match = grouped.model.memory.match(grouped.model.embed(grouped.sound.codes))
    files = {grouped.model.memory.source(int(grain))[0] for grain in match.grain}
    assert all(name.startswith("low") for name in files)
    form.recordings.every.click()
    assert form.options == GenerateOptions()


def test_a_preset_fills_the_form_with_names_that_the_list_lacks(grouped):
    form = GenerateForm(grouped)
    options = GenerateOptions(recordings=("lo*", "high"), strictness=0.4)
    form.fill(options)
    assert form.recordings.list.value == ("lo*", "high")
    assert form.options == options
    form.fill(GenerateOptions())
    assert form.options == GenerateOptions()


def test_a_model_without_recordings_offers_none(grouped):
    form = RecordingsForm(grouped)
    grouped.recordings.choose(["low"])
    grouped.model = grouped.model.without_memory()
    assert LACKING in form.about.value
    assert form.list.layout.display == "none"

"""Categories of the scanned sounds, left out or weighted, and what a training of them learns from."""

import shutil
from pathlib import Path

from sda_lib.file_choice import FilesConfig
from sda_widgets.session.session import Session
from sda_widgets.training.category_list import CategoryList
from sda_widgets.training.training_view import TrainingView


def scanned(places, grouped_corpus, added):
    session, folder = Session(places), added / "grouped"
    shutil.copytree(grouped_corpus, folder)
    session.scan.start(folder)
    return session, folder


def test_categories_are_left_out_and_weighted(places, grouped_corpus, added):
    session, folder = scanned(places, grouped_corpus, added)
    view = CategoryList(session)
    assert list(view.boxes) == ["high", "loud", "low", "low/soft", "noises"]
    assert (len(session.scan.chosen), view.about.value) == (8, "")
    view.boxes["low/soft"].value = False
    view.weights["high"].value = 3.0
    assert session.scan.selection == FilesConfig(exclude=("low/soft",), weights={"high": 3.0})
    assert {item.weight for item in session.scan.chosen.items} == {1.0, 3.0}
    assert "7 sounds are learned from, 1 are left out" in view.about.value
    assert view.weights["low/soft"].disabled
    assert session.scan.files_of(folder) == session.scan.selection
    assert session.scan.files_of(Path("other")) == FilesConfig()


def test_leaving_out_everything_is_answered_and_trains_nothing(places, grouped_corpus, added, launched):
    session, _ = scanned(places, grouped_corpus, added)
    view = CategoryList(session)
    for name in ("low", "high"):
        view.boxes[name].value = False
    assert "Every sound of grouped is left out" in session.message
    assert session.scan.chosen is None
    view.boxes["low"].value = True
    assert len(session.scan.chosen) == 4


def test_a_folder_without_categories_has_no_list(places):
    session = Session(places)
    view = CategoryList(session)
    session.scan.start(places.demo)
    assert view.layout.display == "none"


def test_a_training_learns_from_what_is_chosen(places, grouped_corpus, added, launched):
    session, folder = scanned(places, grouped_corpus, added)
    view = TrainingView(session)
    view.folder.value = str(folder)
    view.categories.boxes["high"].value = False
    view.categories.weights["low/soft"].value = 2.0
    view.train.click()
    assert session.message == ""
    ((run, _),) = launched
    assert run.recipe.files == FilesConfig(exclude=("high",), weights={"low/soft": 2.0})

"""The card of the history."""

import shutil
import time

import pytest

import sda_lib
from sda_lib.analysis.thumbnail import SIZE
from sda_lib.history.entry import HistoryEntry
from sda_widgets.app import workbench
from sda_widgets.history.history_card import NONE_FITS, HistoryCard, row_of
from sda_widgets.session import sound_keeper


@pytest.fixture
def page(places, tiny_model_path, monkeypatch):
    monkeypatch.setattr(sound_keeper, "REST", 0.0)
    places.models.mkdir(parents=True, exist_ok=True)
    shutil.copy(tiny_model_path, places.models / "model.sda")
    page = workbench(places, resumes=True)
    for seed in (5, 6):
        page.session.sound.create.generate(sda_lib.GenerateOptions(0.5, seed=seed))
    yield page
    page.close()


@pytest.fixture
def card(page):
    card, end = HistoryCard(page.session, lambda: (sda_lib.Finish(), ".flac")), time.monotonic() + 20
    while page.session.made.is_expecting and time.monotonic() < end:
        card.heartbeat._handle_custom_msg({"kind": "beat"}, [])
        time.sleep(0.05)
    assert not card.heartbeat.beating
    assert len(card.rows.rows) == 3
    return card


def test_rows_say_what_a_sound_is():
    one = HistoryEntry(7, "edited", 1000.0, "rain", 4.25, "reverse", name="<b>", note="a\nb", starred=True)
    row = row_of(one, bytes(SIZE), 1120.0)
    assert row["detail"] == "edited · 2 minutes ago · 4.2 s · rain"
    assert (row["title"], row["note"], row["starred"]) == ("<b>", "a b", True)
    assert row["image"].startswith("data:image/png")


def test_searches_narrow_the_list(card):
    card.words.value = "seed 6"
    assert [row["title"] for row in card.rows.rows] == ["tiny · seed 6"]
    card.starred.value = True
    assert card.rows.rows == []
    assert NONE_FITS in card.nothing.value
    card.words.value, card.starred.value = "", False
    card.order.value = "oldest"
    assert card.rows.rows[-1]["title"] == "tiny · seed 6"


def test_a_chosen_sound_is_named_noted_and_restored(card, page):
    assert card.of_chosen.layout.display == "none"
    number = card.rows.rows[1]["number"]
    card.rows.receive({"kind": "choose", "value": [number]})
    assert card.of_chosen.layout.display is None
    card.name.value, card.note.value = "<b>Tin", "wet"
    assert page.session.made.store.entry(number).name == "<b>Tin"
    assert card.rows.rows[1]["note"] == "wet"
    card.restore.click()
    assert page.session.sound.title == "<b>Tin"
    card.more.click()
    assert page.session.sound.history.steps[0].action.seconds == 0.5


def test_several_are_exported_and_collected_but_not_named(card, page):
    numbers = [row["number"] for row in card.rows.rows]
    card.rows.receive({"kind": "choose", "value": numbers[:2]})
    assert card.of_one.layout.display == card.restore.layout.display == "none"
    card.export.click()
    page.session.made.thread.join()
    card.heartbeat._handle_custom_msg({"kind": "beat"}, [])
    assert page.session.exports.path.suffix == ".flac"
    card.collect.click()
    assert page.session.place == "learn"
    assert page.session.scan.paths == (str(page.session.made.collected),)
    card.delete.click()
    assert [row["number"] for row in card.rows.rows] == numbers[2:]
    assert "2 sounds deleted" in card.said.value


def test_the_limit_is_shown_and_set(card, page):
    assert card.limit.value == "2GB"
    card.limit.value = "5GB"
    assert page.session.made.limit == 5_000_000_000
    page.session.made.limit_to("3.5GB")
    assert card.limit.value == "3.5GB"
    assert "of 3.5 GB stored" in card.space.value

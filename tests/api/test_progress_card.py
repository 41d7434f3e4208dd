"""The card of a training."""

import pytest
import torch

from sda_lib.api import progress_card
from sda_lib.api.progress_card import ProgressCard, with_terminal_bar
from sda_lib.display.progress import Progress
from sda_lib.events import Event


class Recorder:
    """What stands for the place of a display: it keeps what is shown."""

    def __init__(self):
        self.shown = []

    def show(self, html, plain, update=True):
        self.shown.append((html, plain))


@pytest.fixture
def slots(monkeypatch):
    made = []

    def new_slot(html, plain):
        made.append(Recorder())
        made[-1].show(html, plain)
        return made[-1]

    monkeypatch.setattr(progress_card, "new_slot", new_slot)
    return made


def test_outside_of_a_notebook_nothing_is_shown(tiny_model_path, tiny_corpus):
    card = ProgressCard(Progress("rain"))
    card.show(Event("progress", 1, 2))
    card.audition(tiny_model_path, tiny_corpus, at_once=True)
    assert not card.is_shown


def test_progress_is_drawn_now_and_then_and_news_at_once(slots):
    card = ProgressCard(Progress("rain"))
    for step in range(50):
        card.show(Event("progress", step, 50))
    few = len(slots[0].shown)
    card.show(Event("metrics", 50, 50, {"held_out": 1.0}))
    card.show_end("stopped", "kept")
    assert few < 10
    assert len(slots[0].shown) == few + 2
    assert "kept" in slots[0].shown[-1][0]


def test_auditions_have_a_place_of_their_own_and_change_no_random_numbers(slots, tiny_model_path, tiny_corpus):
    card, state = ProgressCard(Progress("rain")), torch.get_rng_state()
    card.audition(tiny_model_path, tiny_corpus)
    card.audition(tiny_model_path, tiny_corpus)  # too soon
    assert len(slots) == 2
    assert len(slots[1].shown) == 1
    assert slots[1].shown[0][0].count("<audio") == 5  # two held-out sounds with their originals, and a new one
    card.audition(tiny_model_path, tiny_corpus, at_once=True)
    assert len(slots[1].shown) == 2
    assert torch.equal(torch.get_rng_state(), state)


def test_events_pass_where_there_is_no_terminal():
    events = [Event("progress", 1, 2)]
    assert list(with_terminal_bar(iter(events))) == events

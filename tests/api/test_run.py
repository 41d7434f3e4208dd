"""Trainings in the background."""

import threading
import time

import nbformat
import pytest
from nbclient import NotebookClient

import sda_lib
from sda_lib.api import progress_card
from sda_lib.api import run as api_run
from sda_lib.errors import SdaError
from sda_lib.events import Event
from sda_lib.runs import manage

SMALL = {"codec__levels": 2, "codec__codebook_size": 16, "train__steps": 1}


@pytest.mark.slow
def test_a_training_in_the_background_shows_itself_and_gives_its_model(tiny_corpus, checked_html):
    run = sda_lib.train(tiny_corpus, name="rain", background=True, **SMALL)
    assert repr(run).startswith("Run(")
    checked_html(run._repr_html_())
    kinds = []
    assert run.follow(lambda event: kinds.append(event.kind)).levels == 2
    assert kinds[-1] == "done"
    assert run.progress.state == "finished"
    assert run.wait(seconds=0).name == "rain"
    assert sda_lib.Run.find("rain").folder == run.folder
    assert "<svg" in checked_html(run._repr_html_())


@pytest.fixture
def created(tmp_path, tiny_corpus):
    """A run that lives while this context is open, and has died after it."""
    recipe = sda_lib.Recipe.for_corpus(sda_lib.Corpus.from_folder(tiny_corpus))
    return manage.create_run(tmp_path / "runs", manage.Job("rain", (tiny_corpus,), tmp_path / "rain.sda", recipe))


def test_a_run_without_a_model_says_what_is_missing(created):
    with created as (run, _):
        pass
    found = sda_lib.Run.of(run)
    found.stop()
    with pytest.raises(SdaError, match="rain"):
        found.load()


class Slot:
    """What stands for the place of a display: the texts that it has shown."""

    def __init__(self, _html, plain):
        self.shown = [plain]

    def show(self, _html, plain):
        self.shown.append(plain)


@pytest.fixture
def slots(monkeypatch):
    """The places that runs have shown themselves in."""
    made = []
    monkeypatch.setattr(progress_card, "new_slot", lambda *shown: made.append(Slot(*shown)) or made[-1])
    monkeypatch.setattr(api_run, "POLL_SECONDS", 0.01)
    return made


def test_below_a_cell_it_shows_how_far_it_is_until_it_ends(created, slots):
    before = set(threading.enumerate())
    with created as (run, _):
        run.append(Event("metrics", 5, 20, {"held_out": 2.0}))
        run.append(Event("progress", 5, 20, {"seconds_left": 90.0}))
        sda_lib.Run.of(run)._ipython_display_()
        run.append(Event("metrics", 10, 20, {"held_out": 1.5}))
        (thread,) = set(threading.enumerate()) - before
    thread.join(10)
    assert not thread.is_alive()
    (slot,) = slots
    assert slot.shown[0] == "running, step 5 of 20, about 1:30 min left, held-out distance 2.000"
    assert "held-out distance 1.500" in slot.shown[1]
    assert slot.shown[-1].startswith("died")


def test_a_run_that_has_ended_is_shown_once(created, slots):
    with created as (run, _):
        pass
    before = threading.active_count()
    sda_lib.Run.of(run)._ipython_display_()
    assert threading.active_count() == before
    assert [slot.shown for slot in slots] == [["died"]]


def test_without_a_notebook_ipython_shows_the_text(created):
    from IPython.core.formatters import DisplayFormatter

    with created as (run, _):
        pass
    shown, _ = DisplayFormatter().format(sda_lib.Run.of(run))
    assert shown["text/plain"].startswith("Run(")
    assert "sda-view" in shown["text/html"]


@pytest.mark.slow
def test_the_output_of_a_cell_follows_the_run_while_others_run(tiny_corpus, pytestconfig, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(pytestconfig.rootpath))
    options = ", ".join(f"{name}={value}" for name, value in SMALL.items())
    train = f"import sda_lib\nrun = sda_lib.train({str(tiny_corpus)!r}, name='live', background=True, {options})\nrun"
    wait = f"model, _ = run.wait(), __import__('time').sleep({4 * api_run.POLL_SECONDS})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(one) for one in (train, wait)])
    client = NotebookClient(notebook, timeout=120)
    with client.setup_kernel():
        client.execute_cell(notebook.cells[0], 0)
        (first,) = notebook.cells[0].outputs
        assert not first.data["text/plain"].startswith("finished")
        client.execute_cell(notebook.cells[1], 1)
    (last,) = notebook.cells[0].outputs
    assert last.data["text/plain"].startswith("finished")
    assert "live" in last.data["text/html"]
    assert notebook.cells[1].outputs == []


def test_waiting_has_an_end(monkeypatch):
    run = sda_lib.Run("nowhere")
    monkeypatch.setattr(sda_lib.Run, "state", "running")
    monkeypatch.setattr(sda_lib.Run, "name", "rain")
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(SdaError, match="still running"):
        run.wait(seconds=0)

"""Work that goes on after its action: what it says, how it is canceled, and how its errors are said."""

import subprocess
import sys
import threading

import pytest

from sda_lib.errors import SdaError
from sda_lib.work_steps import WorkStep
from sda_widgets.common.work_progress import progress_of
from sda_widgets.session.long_work import LongWork, in_words
from sda_widgets.session.session import Session


@pytest.fixture
def quiet_session(places):
    return Session(places)


@pytest.fixture
def work(quiet_session):
    return LongWork(quiet_session, "It did not work.", "Nothing was made.")


class Held:
    """Steps that wait before each step until they are let go."""

    def __init__(self):
        self.go, self.reached = threading.Event(), threading.Event()

    def steps(self):
        yield WorkStep(0.5, "decoding")
        self.reached.set()
        assert self.go.wait(60)
        yield WorkStep(0.9, "writing")
        return 3


def test_it_says_what_it_does_from_the_first_moment_and_applies_its_result(quiet_session, work, finished):
    held, found = Held(), []
    view = progress_of(work)
    work.start(held.steps(), found.append, "reading")
    assert work.words
    assert quiet_session.is_expecting
    assert held.reached.wait(60)
    assert (work.share, work.words[:10]) == (0.5, "Decoding …")
    assert view.layout.display is None
    held.go.set()
    finished(work)
    assert found == [3]
    assert (work.words, work.share, quiet_session.working, quiet_session.message) == ("", 0.0, 0, "")
    assert view.layout.display == "none"


def test_canceled_work_changes_nothing(quiet_session, work, finished):
    held, found = Held(), []
    view = progress_of(work)
    work.start(held.steps(), found.append, "reading")
    assert held.reached.wait(60)
    view.cancel.click()
    assert (work.is_running, work.words, quiet_session.working) == (False, "", 0)
    assert quiet_session.notice == "Nothing was made."
    held.go.set()
    finished(work)
    assert found == []
    assert quiet_session.message == ""


def test_there_is_one_piece_of_it_at_a_time(work, finished):
    held = Held()
    work.start(held.steps(), lambda _: None, "reading")
    with pytest.raises(SdaError, match="under way already"):
        work.start(held.steps(), lambda _: None, "reading")
    held.go.set()
    finished(work)


def test_what_is_wrong_is_said_as_a_sentence(quiet_session, work, finished):
    def refused():
        yield WorkStep(0.0, "reading")
        raise SdaError("That file is empty; choose another one.")

    work.start(refused(), lambda _: None, "reading")
    finished(work)
    assert quiet_session.message == "That file is empty; choose another one."
    work.start(iter([1 / 2 for _ in range(0)]), lambda _: 1 / 0, "reading")  # its result can't be applied
    finished(work)
    assert quiet_session.message.startswith("It did not work.")


@pytest.mark.parametrize(
    ("share", "seconds", "said"),
    [(0.0, 3, "Trying …"), (0.5, 20, "Trying … about 20 s left"), (0.1, 60, "Trying … about 9 min left")],
)
def test_the_rest_is_told_from_the_time_so_far(share, seconds, said):
    assert in_words("trying", share, seconds) == said


ENDLESS = """
import itertools, sys
from pathlib import Path
from sda_lib.work_steps import WorkStep
from sda_widgets.session.long_work import LongWork
from sda_widgets.session.session import Session
from sda_widgets.session.places import Places
work = LongWork(Session(Places(Path(sys.argv[1]), Path(sys.argv[1]))), "It did not work.", brief=True)
work.start((WorkStep(0.0, "counting") for _ in itertools.count()), print, "counting")
print(work.is_running)
"""


def test_the_program_ends_between_brief_steps(tmp_path):
    done = subprocess.run([sys.executable, "-c", ENDLESS, tmp_path], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")

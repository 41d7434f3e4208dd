"""The control of the page that asked for an act."""

from types import SimpleNamespace

import pytest

from sda_widgets.session import asking
from sda_widgets.session.asking import asking_control


@pytest.fixture
def handling(monkeypatch):
    """A function that lets a kernel handle a message with this content."""

    def handle(**content):
        kernel = SimpleNamespace(get_parent=lambda _channel: {"content": content})
        monkeypatch.setattr(asking, "get_ipython", lambda: SimpleNamespace(kernel=kernel))

    return handle


def test_the_widget_whose_message_is_handled_is_named(handling):
    handling(comm_id="abc", data={})
    assert asking_control() == "abc"


def test_a_cell_of_a_notebook_and_a_program_are_no_control(handling):
    assert asking_control() == ""  # no kernel
    handling(code="1 + 1")
    assert asking_control() == ""


def test_the_message_of_an_act_names_the_control_that_asked(handling, session):
    handling(comm_id="folder")
    session.scan.start("/nowhere")
    assert session.message
    assert session.control == "folder"
    handling(comm_id="other")
    session.library.refresh()
    assert (session.message, session.control) == ("", "other")


def test_work_that_fails_later_is_said_beside_the_control_that_began_it(handling, session, monkeypatch):
    monkeypatch.setattr("sda_widgets.session.model_checks.diagnosis_in_steps", lambda _model: 1 / 0)
    handling(comm_id="check")
    session.health.check()
    handling(comm_id="heartbeat")
    session.health.thread.join(30)
    session.tick()
    assert "health could not be measured" in session.message
    assert session.control == "check"

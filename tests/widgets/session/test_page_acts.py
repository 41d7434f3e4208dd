"""Acts that widgets provide by name: run, refused with a reason, or absent."""

from types import SimpleNamespace

from sda_lib.errors import SdaError
from sda_widgets.session.page_acts import ABSENT


def test_an_act_is_run_or_says_why_it_can_not_be(session):
    done, why = [], [""]
    session.page_acts.provide("stamp", lambda: done.append(1), lambda: why[0])
    session.page_acts.run("stamp")
    assert (done, session.message) == ([1], "")
    why[0] = "There is no ink."
    session.page_acts.run("stamp")
    assert (done, session.message) == ([1], "There is no ink.")


def test_an_absent_act_is_said_to_be_absent(session):
    assert not session.page_acts.has("stamp")
    assert session.page_acts.why_not("stamp") == ABSENT
    session.page_acts.run("stamp")
    assert session.message == ABSENT


def test_errors_become_the_message(session):
    def fail():
        raise SdaError("The stamp is lost.")

    session.page_acts.provide("stamp", fail)
    session.page_acts.run("stamp")
    assert session.message == "The stamp is lost."


def test_a_disabled_button_gives_its_reason(session):
    pressed = []
    made = SimpleNamespace(disabled=False, click=lambda: pressed.append(1))
    session.page_acts.provide_button("press", made, "It is stuck.")
    assert session.page_acts.why_not("press") == ""
    session.page_acts.run("press")
    made.disabled = True
    assert session.page_acts.why_not("press") == "It is stuck."
    session.page_acts.run("press")
    assert (pressed, session.message) == ([1], "It is stuck.")
    session.page_acts.provide_button("press", made, lambda: "It is gone.")
    assert session.page_acts.why_not("press") == "It is gone."

"""Display of a training."""

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.display.progress import Progress, auditions_table, progress_of, progress_view
from sda_lib.events import Event
from sda_lib.training.auditions import Audition

EVENTS = (
    Event("progress", message="reading"),
    Event("metrics", values={"held_out": 2.0}),
    Event("progress", 5, 20, {"loss": 1.0, "seconds_left": 90.0}),
    Event("metrics", 5, 20, {"held_out": 1.5}),
)


def test_events_add_up_to_the_progress():
    found = progress_of("rain", EVENTS)
    assert (found.step, found.of, found.seconds_left, found.share) == (5, 20, 90.0, 0.25)
    assert found.curve == ((0.0, 2.0), (5.0, 1.5))
    assert found.summary == "running, step 5 of 20, about 1:30 min left, held-out distance 1.500"


def test_a_step_that_is_measured_again_replaces_what_followed():
    again = progress_of("rain", (*EVENTS, Event("metrics", 3, 20, {"held_out": 1.7})))
    assert again.curve == ((0.0, 2.0), (3.0, 1.7))


def test_how_it_ended():
    done = progress_of("rain", (*EVENTS, Event("done", 20, 20, message="rain is ready")))
    assert (done.state, done.share, done.message, done.seconds_left) == ("finished", 1.0, "rain is ready", None)
    assert progress_of("rain", EVENTS, "died").state == "died"
    assert Progress("rain").ended("stopped", "kept").summary == "stopped"


def test_a_run_that_waited_or_was_resumed_is_running_once_it_goes_on():
    assert Progress("rain", "queued").after(EVENTS[0]).state == "running"
    assert progress_of("rain", (*EVENTS, Event("failed", message="full disk"), EVENTS[2])).state == "running"


def test_the_card_has_a_bar_and_a_curve(checked_html):
    html = checked_html(progress_view(progress_of("<rain>", EVENTS)))
    assert "width:25.0%" in html
    assert "<polyline" in html
    assert "&lt;rain&gt;" in html
    assert "<polyline" not in progress_view(Progress("rain"))


def test_auditions_have_two_players_where_there_is_an_original(checked_html):
    clip = AudioClip(np.ones(100) * 0.1, 8000)
    table = checked_html(auditions_table([Audition("a", clip, clip, 0.5), Audition("a new sound", clip)]))
    assert table.count("<audio") == 3

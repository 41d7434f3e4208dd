"""Progress of a run in words and curves."""

from sda_lib.config import Recipe
from sda_lib.events import Event
from sda_lib.runs import manage
from sda_widgets.training import curves, run_view


def test_progress_shows_remaining_time_and_gain():
    events = (
        Event("metrics", values={"held_out_start": 1.62, "held_out": 1.62}),
        Event("progress", 10, 40, {"loss": 0.5, "seconds_left": 95.0}),
        Event("metrics", 10, 40, {"held_out": 1.4}),
    )
    step, of, values = run_view.progress(events)
    assert (step, of) == (10, 40)
    shown = run_view.figures(step, of, values, 95.0, "")
    for part in ("10 of 40", "1:35", "1.620 at the start → 1.400 now"):
        assert part in shown
    steps, distances = curves.curve(events, "metrics", "held_out")
    assert (steps.tolist(), distances.tolist()) == ([0, 10], [[1.62, 1.4]])


def test_a_run_says_what_it_does_before_its_first_event(session, tiny_corpus):
    view = run_view.RunView(session)
    job = manage.Job("birds", (tiny_corpus,), session.places.models / "birds.sda", Recipe())
    with manage.create_run(session.places.runs, job) as (run, _):
        session.training.set(run=run, state="running")
        assert run_view.BEGINS in view.figures.value
        session.training.events = (Event("progress", message="reading the sounds"),)
        assert run_view.BEGINS not in view.figures.value
        assert "reading the sounds" in view.figures.value

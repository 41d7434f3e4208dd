"""Progress of a run in words and curves."""

from sda_lib.events import Event
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

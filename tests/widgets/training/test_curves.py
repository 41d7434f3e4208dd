"""Curves of a run."""

from pathlib import Path

import numpy as np

from sda_lib.events import Event
from sda_widgets.training import curves


def test_curves_follow_the_events_and_warn_of_thin_levels():
    shown = curves.Curves()
    events = [Event("levels", values={"use_0": 1.0, "use_1": 0.9, "reachable": 1.0})]
    shown.show(events)
    assert shown.use.layout.visibility == "hidden"
    assert shown.warning.value == ""
    events += [Event("progress", step, 900, {"loss": 1 / step}) for step in range(1, 900)]
    events += [Event("levels", 50, 900, {"use_0": 1.0, "use_1": 0.1, "reachable": 1.0})]
    shown.show(events)
    np.testing.assert_allclose(shown.use.lines.y, [[1.0, 1.0], [0.9, 0.1]])
    assert shown.use.layout.visibility == "inherit"
    assert "Timbre uses 10% of its codes" in shown.warning.value
    assert len(shown.loss.lines.x) <= curves.MOST_POINTS
    assert shown.loss.lines.x[-1] == 899


def test_lines_of_any_number_of_levels_have_colors_of_the_style_sheet():
    chart, steps = curves.Curves().use, np.arange(3.0)
    declared = (Path(curves.__file__).parents[1] / "common/colors.css").read_text()
    for count in (2, 8, 24):
        chart.show(steps, np.ones((count, 3)))
        assert len(chart.lines.colors) == count
        assert all(f"{color[4:-1]}:" in declared for color in chart.lines.colors)

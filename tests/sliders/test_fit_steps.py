"""Steps of a fit: read back from their lines, spread over the time, and drained for the result."""

import pytest

from sda_lib.sliders.fit_steps import FitStep, drained, seconds_left, spread_over


def test_a_line_is_read_back():
    assert FitStep(0.07, "trying warmth").line == "  7%  trying warmth"
    assert FitStep.parse("  7%  trying warmth") == FitStep(0.07, "trying warmth")


@pytest.mark.parametrize("line", ["", "slider  rho", "warmth 7%  more", "%  x", "brightness  0.99  +300 Hz"])
def test_other_lines_are_no_steps(line):
    assert FitStep.parse(line) is None


def test_steps_are_spread_evenly():
    assert [step.share for step in spread_over(["a", "b"], 0.5, 1.0)] == [0.5, 0.75]


def test_a_drained_fit_returns_its_result():
    def fit():
        yield FitStep(0.0, "…")
        return 3

    told = []
    assert drained(fit(), told.append) == 3
    assert told == [FitStep(0.0, "…")]


def test_the_rest_is_told_from_the_time_so_far():
    assert seconds_left(0.01, 3.0) is None
    assert seconds_left(0.25, 10.0) == 30.0

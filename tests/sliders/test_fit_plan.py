"""The plan of a fit of sliders: parts follow each other, and longer sounds take longer to try."""

import pytest

from sda_lib.sliders.fit_plan import FitPlan


@pytest.mark.parametrize("seconds", [2.0, 14.0, 24.0])
def test_parts_follow_each_other(seconds):
    plan = FitPlan.of(seconds)
    parts = [plan.learned, plan.tried, plan.bent, plan.bent_tried, plan.axes, plan.gestures]
    assert parts == sorted(parts)
    assert parts[0] > 0
    assert parts[-1] < 1


def test_longer_sounds_take_longer_to_try():
    short, long = FitPlan.of(3.0), FitPlan.of(24.0)
    assert long.seconds > 2 * short.seconds
    assert long.tried < short.tried  # learning takes the same time for both


def test_it_fits_a_measured_fit():
    """Ten recordings of 14 s took 51 s of one core; parts began at these shares."""
    plan = FitPlan.of(14.0)
    assert plan.seconds == pytest.approx(0.65 * 51, rel=0.1)
    assert (plan.tried, plan.bent, plan.axes) == pytest.approx((0.14, 0.62, 0.86), abs=0.03)

"""Steps of long work: read back from their lines, spread over the time, and drained for the result."""

import pytest

from sda_lib.work_steps import WorkStep, counted, drained, ends_of, part_of, spread_over, time_left


def test_a_line_is_read_back():
    assert WorkStep(0.07, "trying warmth").line == "  7%  trying warmth"
    assert WorkStep.parse("  7%  trying warmth") == WorkStep(0.07, "trying warmth")


@pytest.mark.parametrize("line", ["", "slider  rho", "warmth 7%  more", "%  x", "brightness  0.99  +300 Hz"])
def test_other_lines_are_no_steps(line):
    assert WorkStep.parse(line) is None


def test_steps_are_spread_evenly():
    assert [step.share for step in spread_over(["a", "b"], 0.5, 1.0)] == [0.5, 0.75]


def test_a_drained_fit_returns_its_result():
    def fit():
        yield WorkStep(0.0, "…")
        return 3

    steps = []
    assert drained(fit(), steps.append) == 3
    assert steps == [WorkStep(0.0, "…")]


def test_a_part_of_other_work_takes_its_share_of_the_time():
    def part():
        yield WorkStep(0.0, "a")
        yield WorkStep(0.5, "b")
        return "done"

    steps = []
    assert drained(part_of(part(), 0.5, 1.0), steps.append) == "done"
    assert [step.share for step in steps] == [0.5, 0.75]
    assert [ends_of(number, 2, 0.5) for number in (0, 1)] == [(0.5, 0.75), (0.75, 1.0)]


def test_parts_are_counted():
    def work(parts):
        for _ in range(parts):
            yield
        return "done"

    def shares(parts, count):
        steps = []
        assert drained(counted(work(parts), count, "searching"), steps.append) == "done"
        return [step.share for step in steps]

    assert shares(2, 2) == [0.0, 0.5, 1.0]
    assert shares(3, 2) == [0.0, 0.5, 1.0, 1.0]
    assert shares(0, 0) == [0.0]


@pytest.mark.parametrize(
    ("share", "seconds", "left"),
    [(0.01, 3, ""), (0.5, 20, "about 20 s left"), (0.9, 18, "about 5 s left"), (0.1, 60, "about 9 min left")],
)
def test_the_rest_of_the_time_is_judged_by_the_time_so_far(share, seconds, left):
    assert time_left(share, seconds) == left

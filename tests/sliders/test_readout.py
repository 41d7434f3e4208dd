"""Readouts are in the unit of the slider's feature, or in steps where that is unknown."""

import dataclasses

import pytest

from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.sliders.readout import readout

CARD = SliderCard("brightness", "Hz", 0.9, 300.0, (-2, 2), 10.0, {}, 200.0, 4000.0)
AXIS = dataclasses.replace(CARD, name="axis 1", unit="")


def rising(slope):
    return Response(tuple(500 + slope * step for step in STEPS))


@pytest.mark.parametrize(
    ("slope", "step", "said"),
    [
        (294.0, 1.5, "+441 Hz"),
        (294.0, -1.5, "-441 Hz"),
        (294.0, 0.0, "0"),
        (2.0, 1.0, "+2.0 Hz"),
        (0.2, 1.0, "+0.20 Hz"),
        (0.02, 1.0, "+0.020 Hz"),
        (1111.1, 3.0, "+3330 Hz"),
        (-2.0, 1.0, "-2.0 Hz"),
    ],
)
def test_a_known_response_gives_the_unit(slope, step, said):
    assert readout(CARD, rising(slope), step) == said


def test_without_a_response_and_along_axes_it_is_steps():
    assert readout(CARD, None, 1.25) == "+1.2 steps"
    assert readout(None, rising(1.0), -2.0) == "-2.0 steps"
    assert readout(AXIS, rising(1.0), 1.0) == "+1.0 steps"
    assert readout(CARD, None, 0.0) == "0"

"""Presets with values in every field, and models of different kinds."""

import numpy as np
import pytest

from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.presets.preset import Preset
from sda_lib.writers.options import GenerateOptions


def full_preset(seed: int) -> Preset:
    """A preset with random values, of all digits, in every field that a preset can hold."""
    random = np.random.default_rng(seed)

    def draw(low, high):
        return float(random.uniform(low, high))

    def points(low, high):
        return tuple((time, draw(low, high)) for time in sorted({0.0, draw(0.1, 0.9), 1.0}))

    options = GenerateOptions(
        seconds=draw(0.5, 9) if seed % 2 else "auto",
        writer=("", "walk", "hybrid")[seed % 3],
        source_amount=draw(0, 1), novelty=draw(0, 1), temperature=draw(0, 2), top_k=int(random.integers(1, 60)),
        top_p=draw(0, 1), level_temperatures=(0.0, draw(0, 1), draw(0, 1)),
        controls={"density": draw(0, 1), "pitch": draw(0, 1)}, contour=points(0, 1),
        sliders={"warmth": draw(-4, 4), "axis 2": draw(-4, 4)}, curves={"brightness": points(-4, 4)},
        varispeed=draw(-12, 12), varispeed_spread=draw(0, 12), candidates=int(random.integers(1, 9)),
        recordings=("drums/*", "Füll"), strictness=draw(0, 0.9),
    )  # fmt: skip
    effects = Effects(
        highpass=draw(0, 200), lowpass=draw(2000, 20000), tilt=draw(-12, 12), drive=draw(0, 40), compress=draw(0, 40),
        echo=draw(0.01, 2), reverb=draw(0, 1), room=draw(0, 1), limit=draw(0, 24),
    )  # fmt: skip
    path = tuple((time, draw(-180, 180), draw(-90, 90), draw(0.1, 5)) for time in (0.0, 1.0))
    places = (Place(draw(-180, 180), draw(-90, 90), draw(0.1, 9)), Place(path=path))
    space = Space(("stereo", "binaural", "ambisonics")[seed % 3], draw(0, 2), draw(-1, 1), places[seed % 2])
    delivery = Delivery(
        bit_depth=16, sample_rate=44100, quality=draw(0, 1), kbps=128, ceiling_db=draw(-9, 0), lufs=draw(-40, -9),
        fade_in=draw(0, 1), fade_out=draw(0, 1),
    )  # fmt: skip
    finish = Finish(effects, space, delivery, trim=draw(1, 90), loop=("points", "whole")[seed % 2])
    return Preset(f"Füll {seed}", "Alles, «gesetzt».", options, finish, "0123abcd")


@pytest.fixture
def full():
    return full_preset

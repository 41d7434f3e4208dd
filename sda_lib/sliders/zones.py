"""Zones of a slider: where a sound stays within what the recordings measure (safe), and where it does not."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from sda_lib.directions.directions import STEPS, Response, SliderCard

# Spacing in steps at which a slider's zone is evaluated.
ZONE_SPACING = 0.1
# Width of the warning zone beyond a feature's safe ends, relative to the distance between them.
MARGIN = 0.15


def zone(card: SliderCard, value: float, step: float = 1.0) -> str:
    """Return safe, warning or danger for a sound whose feature is expected to reach `value` at `step`.

    The safe zone is narrowed by the card's error, at most by the margin, in proportion to steps below 1: not at all at
    step 0.
    """
    margin = MARGIN * (card.high - card.low)
    uncertain = min(card.error, margin) * min(1.0, abs(step))
    if card.low + uncertain <= value <= card.high - uncertain:
        return "safe"
    return "warning" if card.low - margin <= value <= card.high + margin else "danger"


def zones(card: SliderCard, response: Response) -> list[tuple[float, float, str]]:
    """Return (first step, end, zone) along a slider for a sound, within its reach; zones are safe, warning and danger.
    Axes and sliders that the sound does not follow are "unknown" throughout."""
    if card.is_axis or not response.is_followed:
        return [(STEPS[0], STEPS[-1], "unknown")]
    low, high = response.followed
    places = np.round(np.arange(low, high + ZONE_SPACING / 2, ZONE_SPACING), 3)
    found: list[tuple[float, float, str]] = []
    for first, end in pairwise(places.tolist()):
        step = (first + end) / 2
        here = zone(card, response.at(step), step)
        if found and found[-1][2] == here:
            first = found.pop()[0]
        found.append((first, end, here))
    return found


def draw_safe_steps(cards: Mapping[str, SliderCard], known: Mapping[str, Response], seed: int) -> dict[str, float]:
    """Draw a random step for each slider from the safe zones of its `known` response; 0 if there is none."""
    generator, found = np.random.default_rng(seed), dict.fromkeys(cards, 0.0)
    for name, card in cards.items():
        safe = [(first, end) for first, end, here in zones(card, known[name]) if here == "safe"]
        if safe:
            widths = np.array([end - first for first, end in safe])
            first, end = safe[generator.choice(len(safe), p=widths / widths.sum())]
            # A zone is known at the middles of its parts; beyond the outermost ones the next zone may begin.
            found[name] = round(float(generator.uniform(first + ZONE_SPACING / 2, end - ZONE_SPACING / 2)), 2)
    return found

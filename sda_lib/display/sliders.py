"""Display of sliders: range, unit and side effect of each, and those that are hidden, with the reason."""

from __future__ import annotations

from sda_lib.analysis.features import FEATURES
from sda_lib.directions.directions import STEPS, SliderCard, SliderSet
from sda_lib.display.markup import counted, details, facts, head, note, number, table, text
from sda_lib.sliders.fit import display_name


def sliders_view(sliders: SliderSet) -> str:
    """Return a table of a model's sliders."""
    named = [card for card in sliders.shown if not card.is_axis]
    rows = [(text(card.name), *map(text, _facts_of(card).values()), _meter(card)) for card in named]
    heads = ("slider", "one step", "in the recordings", "also changes", "followed from −4 to 4")
    listed = table(heads, rows) if rows else note("No slider changes these sounds as its name says.")
    hidden = "".join(note(f"{card.name.capitalize()}: {card.why_hidden}") for card in sliders.cards if card.why_hidden)
    axes = "".join(note(f"{display_name(card)} ({card.share:.0%})") for card in sliders.cards if card.is_axis)
    explained = note("codes.moved(NAME=STEPS) moves a sound.")
    more = details("Hidden sliders", hidden) + details("Directions without a name", axes)
    return head("Sliders", counted(len(named), "slider")) + explained + listed + more


def slider_view(card: SliderCard) -> str:
    """Return the measurements of one slider."""
    feature = FEATURES.get(card.name)
    about = f"{feature.less} to {feature.more}" if feature else ""
    quality = {"rank correlation": f"{card.rho:.2f}"}
    why = note(card.why_hidden)
    return head(display_name(card), about) + facts({**_facts_of(card), **quality}) + _meter(card) + why


def _facts_of(card: SliderCard) -> dict[str, str]:
    """Return the effect of a step, the range in the recordings, and the largest side effect."""
    unit = f" {card.unit}" if card.unit else ""
    other = max(card.side, key=lambda one: abs(card.side[one]))
    return {
        "one step": f"{number(card.slope, signed=True)}{unit}",
        "in the recordings": f"{number(card.low)} to {number(card.high)}{unit}",
        "also changes": f"{other} {card.side[other]:+.0%}".replace("-", "−"),
    }


def _meter(card: SliderCard) -> str:
    """Return the range of steps over which sounds follow, as a bar."""
    wide = STEPS[-1] - STEPS[0]
    left, right = ((end - STEPS[0]) / wide for end in card.reach)
    words = text(f"from {card.reach[0]:g} to {card.reach[1]:g} steps")
    inside = f'<div style="left:{100 * left:.1f}%;width:{100 * (right - left):.1f}%"></div>'
    return f'<div class="sda-meter" role="img" aria-label="{words}" title="{words}">{inside}</div>'

"""Display of takes: the sound, the recordings that it comes from over time, and the options that made it."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence

from sda_lib.colors import source_color
from sda_lib.display.clips import clip_view
from sda_lib.display.markup import counted, details, duration, facts, head, note, table, text
from sda_lib.display.pictures import thumbnail
from sda_lib.display.players import AMONG, player
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.provenance import SourceSpan
from sda_lib.writers.take import Take

# Most recordings that are named below the picture of the sources.
NAMED = 8


def take_view(take: Take) -> str:
    """Return a take's sound, its sources over time and its options."""
    runs = [(name, len(list(group))) for name, group in itertools.groupby(one.file for one in take.sources)]
    options = details("Options", facts(option_words(take.options)))
    return clip_view(take.clip, f"Take, seed {take.options.seed}") + sources_strip(runs) + options


def takes_view(takes: Sequence[Take]) -> str:
    """Return several takes as a table."""
    rows = (
        (
            str(number), str(take.options.seed), duration(take.clip.seconds), thumbnail(take.clip),
            player(take.clip, AMONG, f"take {number}"), text(_main_sources(take)),
        )
        for number, take in enumerate(takes)
    )  # fmt: skip
    return head(counted(len(takes), "take")) + table(("", "seed", "length", "", "", "mostly from"), rows)


def trace_view(spans: Sequence[SourceSpan]) -> str:
    """Return the nearest recordings of a sound over time, as a strip and a table."""
    if not spans:
        return note("There is nothing to trace.")
    strip = sources_strip([(one.file, one.end - one.begin) for one in spans])
    rows = (
        (f"{one.begin:.2f} to {one.end:.2f} s", text(one.file), f"{one.position:.2f} s", f"{one.distance:.2f}")
        for one in spans
    )
    passages = counted(len(spans), "passage")
    explained = note("Distance 0 is the recording itself, 1 as far as another recording's nearest frame.")
    heads = ("time", "recording", "from", "distance")
    return head("Nearest recordings over time", passages) + strip + explained + table(heads, rows, numbers=(2, 3))


def sources_strip(runs: Sequence[tuple[str, float]]) -> str:
    """Return the sources of a sound over time as a strip of colors, with a legend of the most frequent.

    `runs` are names of recordings and how long each follows the other, in any unit.
    """
    if not runs:
        return ""
    total = sum(length for _, length in runs)
    shares = Counter[str]()
    for name, length in runs:
        shares[name] += length / total  # type: ignore[assignment]
    colors = {name: source_color(number) for number, name in enumerate(shares)}
    begins = [0.0, *itertools.accumulate(length / total for _, length in runs)]
    parts = "".join(
        f'<div title="{text(name)}" style="position:absolute;top:0;bottom:0;left:{100 * begin:.3f}%;'
        f'width:{100 * length / total:.3f}%;background:{colors[name]}"></div>'
        for (name, length), begin in zip(runs, begins, strict=False)
    )
    keys = "".join(
        f'<span><span class="sda-key" style="background:{colors[name]}"></span>{text(name)} {share:.0%}</span>'
        for name, share in shares.most_common(NAMED)
    )
    more = f'<span class="sda-quiet">and {len(shares) - NAMED} more</span>' if len(shares) > NAMED else ""
    return (
        f'<div class="sda-area" style="height:12px;border-radius:3px;overflow:hidden">{parts}</div>'
        f'<div class="sda-legend">{keys}{more}</div>'
    )


def option_words(options: GenerateOptions) -> dict[str, object]:
    """Return the options that differ from the defaults, besides length and seed, as text."""
    default = GenerateOptions()
    found: dict[str, object] = {}
    for one in dataclasses.fields(options):
        value = getattr(options, one.name)
        if one.name in ("seconds", "seed", "novelty") or value != getattr(default, one.name):
            found[one.name.replace("_", " ")] = _plain(value)
    return found


def _plain(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(one)}" for name, one in value.items())
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _main_sources(take: Take) -> str:
    """Return the names of the two recordings that most frames come from."""
    return ", ".join(name for name, _ in Counter(one.file for one in take.sources).most_common(2))

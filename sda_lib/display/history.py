"""Display of the history: its newest sounds with their pictures, and how many there are."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import numpy as np

from sda_lib.analysis.thumbnail import picture
from sda_lib.audio.clip import AudioClip
from sda_lib.colors import SOUND_STOPS, color_ramp
from sda_lib.display.markup import counted, duration, head, note, table, text
from sda_lib.display.players import AMONG, player
from sda_lib.display.png import data_url, png
from sda_lib.history.entry import HistoryEntry

STAR = "★"
# Names of spans of time, and seconds of each, the longest first.
SPANS = (("year", 31_557_600), ("month", 2_629_800), ("day", 86_400), ("hour", 3_600), ("minute", 60))
# Levels of a picture that are kept, of 256.
SHADES = 64
HEADS = ("", "", "number", "name", "how it came to be", "model", "length", "made", "")


def history_view(
    entries: Sequence[HistoryEntry], total: int, pictures: Mapping[int, bytes], clips: Mapping[int, AudioClip]
) -> str:
    """Return a table of sounds; `pictures` are thumbnails and `clips` sounds to be played, by number."""
    now = time.time()
    rows = [
        (
            thumbnail_image(pictures.get(one.number, b"")), STAR if one.starred else "", str(one.number), _named(one),
            text(one.kind), text(one.model), duration(one.seconds), text(age(one.made, now)),
            player(clips[one.number], AMONG, one.title) if one.number in clips else "",
        )
        for one in entries
    ]  # fmt: skip
    if not rows:
        return head("History", "no sounds") + note("What you make on the page of `sda studio` is kept here.")
    more = note(f"{total - len(rows)} more; history.search(…) finds them.") if total > len(rows) else ""
    return head("History", counted(total, "sound")) + table(HEADS, rows, numbers=(2,)) + more


def thumbnail_url(data: bytes) -> str:
    """Return a thumbnail of the history as the address of a picture; empty for bytes that are none."""
    pixels = picture(data)
    if pixels is None:
        return ""
    colors = color_ramp(SOUND_STOPS, np.linspace(0, 1, SHADES))
    return data_url("image/png", png(pixels[::-1] // (256 // SHADES), colors))


def thumbnail_image(data: bytes) -> str:
    """Return a thumbnail of the history as an HTML element; empty for bytes that are none."""
    address = thumbnail_url(data)
    return f'<img alt="" width="96" height="24" src="{address}">' if address else ""


def age(made: float, now: float) -> str:
    """Return how long ago something was made, e.g. "3 minutes ago"; both in seconds since 1970."""
    seconds = now - made
    for name, span in SPANS:
        if seconds >= span:
            return f"{counted(int(seconds // span), name)} ago"
    return "just now"


def _named(one: HistoryEntry) -> str:
    return text(one.title) + (note(one.note) if one.note else "")

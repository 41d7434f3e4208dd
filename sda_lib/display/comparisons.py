"""Display of compared sounds: players at equal loudness, spectrograms on one scale, differences and measures."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.compared import ComparedSounds
from sda_lib.comparison.difference import Difference
from sda_lib.comparison.measures import UNITS, Distance
from sda_lib.display.markup import counted, duration, head, heading, note, number, table, text
from sda_lib.display.page import page
from sda_lib.display.pictures import (
    COLUMNS,
    MOST_DIFFERENT,
    difference_image,
    levels_image,
    outline,
    outline_drawing,
    sound_plot,
)
from sda_lib.display.players import AMONG, players_alike
from sda_lib.display.static_page import static_page
from sda_lib.file_names import checked_html_path
from sda_lib.files import write_atomically

# Most bytes of a sound in a report.
IN_REPORT = 4_000_000


def comparison_view(compared: ComparedSounds, most: int = AMONG) -> str:
    """Return compared sounds below each other, each with its player of at most `most` bytes, and their differences."""
    count, match = len(compared.clips), compared.match
    level = f"all at {number(round(match.loudness, 1))} LUFS" if compared.equally_loud else "levels as they are"
    parts = [head(counted(count, "sound"), level if count > len(compared.silent) else ""), sounds_view(compared, most)]
    if count > 1:
        parts += [_differences(compared), heading("Measures"), measures_table(compared)]
    return "".join([*parts, note(remark_on(compared))])


def comparison_page(compared: ComparedSounds, title: str = "Comparison of sounds") -> str:
    """Return compared sounds as a web page that needs nothing else."""
    names = ", ".join(compared.clips)
    body = f"<h1>{text(title)}</h1>{page(comparison_view(compared, IN_REPORT))}"
    return static_page(f"{title}: {names}", body)


def write_comparison(compared: ComparedSounds, path: Path) -> Path:
    """Write compared sounds as a web page. Raises SdaError if the path doesn't end in .html or .htm."""
    return write_atomically(checked_html_path(path), comparison_page(compared).encode())


def blind_view(clips: Mapping[str, AudioClip], most: int = AMONG) -> str:
    """Return players of sounds by label, and nothing else that could tell them apart."""
    rows = ((text(label), one) for label, one in players_alike(clips, most).items())
    return head(counted(len(clips), "sound"), "equally loud, without names") + table(("", ""), rows)


def measures_table(compared: ComparedSounds) -> str:
    """Return the measures of every sound, and how far each is from the first, as a table."""
    rows = (tuple(map(text, row)) for row in measure_rows(compared))
    return table(("", *compared.clips), rows, numbers=range(1, len(compared.clips) + 1))


def measure_rows(compared: ComparedSounds) -> list[tuple[str, ...]]:
    """Return rows of text: the name of a measure with its unit, and its value for every sound."""
    names = list(compared.clips)
    own = [
        (f"{one}, {unit}" if unit else one, *(_cell(compared.measures[name][one], unit) for name in names))
        for one, unit in UNITS.items()
    ]
    return own + _distance_rows(compared.distances, names[0])


def gain_in_words(gain_db: float) -> str:
    """Return a gain, e.g. "+3.2 dB"."""
    return f"{gain_db:+.1f} dB".replace("-", "−").replace("+0.0", "0.0").replace("−0.0", "0.0")


def difference_view(name: str, first: str, found: Difference, far: Distance, seconds: float) -> str:
    """Return the picture of the difference of a sound from the first over some seconds, with what it amounts to."""
    step = found.seconds[1] if len(found.seconds) > 1 else seconds
    frames = max(len(found.seconds), round(seconds / step))
    levels = np.pad(found.levels, ((0, 0), (0, frames - len(found.seconds))))
    picture = difference_image(levels, f"difference between {name} and {first}")
    facts = (f"{found.mean:.1f} dB on average", f"mel distance {far.mel:.2f}", shift_in_words(found.shift))
    return head(f"{name} against {first}", *facts) + sound_plot(picture, frames * step)


def shift_in_words(shift: float) -> str:
    """Return by how much a sound is moved before it is compared; empty for 0."""
    if not shift:
        return ""
    return f"moved by {abs(1000 * shift):.1f} ms, since it comes {'later' if shift > 0 else 'earlier'}"


def sounds_view(compared: ComparedSounds, most: int = AMONG) -> str:
    """Return every sound with its gain, pictures on one scale, and player."""
    clips = compared.matched
    players, loudest = players_alike(clips, most), max(float(one.max()) for one in compared.spectrograms.values())
    length, top = max(clip.seconds for clip in clips.values()), max(clip.peak for clip in clips.values())
    gains = dict(zip(clips, compared.match.gains_db, strict=True))
    views = []
    for name, levels in compared.spectrograms.items():
        gain = "silent" if name in compared.silent else gain_in_words(gains[name])
        facts = (duration(clips[name].seconds), gain)
        picture = levels_image(levels, loudest, f"spectrogram of {name}")
        plot = sound_plot(picture, length, _wave(clips[name], length, top))
        views.append(head(name, *facts) + plot + players[name])
    return "".join(views)


def _wave(clip: AudioClip, seconds: float, top: float) -> str:
    """Return the outline of a clip on the scale of all, as wide as its share of the longest."""
    low, high = outline(clip, max(1, round(COLUMNS * clip.seconds / seconds)))
    low, high = (np.pad(one / max(top, 1e-9), (0, COLUMNS - len(one))) for one in (low, high))
    return outline_drawing(low, high, f"waveform of {clip.name or 'a sound'}")


def _differences(compared: ComparedSounds) -> str:
    (first, *others) = compared.clips
    explained = (
        f"Orange: louder than {first}; blue: quieter, up to {MOST_DIFFERENT:.0f} dB; "
        "frames are aligned in time where a sound comes earlier or later."
    )
    seconds = max(clip.seconds for clip in compared.clips.values())
    views = (
        difference_view(name, first, compared.differences[name], compared.distances[name], seconds) for name in others
    )
    return heading("Differences") + note(explained) + "".join(views)


def _distance_rows(distances: Mapping[str, Distance], first: str) -> list[tuple[str, ...]]:
    """Return the distances of every further sound from the first as rows of text."""
    found = list(distances.values())
    rows = {
        f"mel distance from {first}": [f"{one.mel:.3f}" for one in found],
        f"difference from {first}, dB": [number(one.spectrum) for one in found],
        f"later than {first}, ms": [number(1000 * one.shift) for one in found],
    }
    return [(words, "", *cells) for words, cells in rows.items()] if found else []


def _cell(value: float, unit: str) -> str:
    """Return a measured value; those in dB with one digit after the point."""
    if math.isnan(value) or math.isinf(value):
        return "–"
    return f"{value:.1f}".replace("-", "−") if unit.startswith(("dB", "LUFS")) else number(value)


def remark_on(compared: ComparedSounds) -> str:
    """Return what was not matched, as a sentence; empty if nothing."""
    names = compared.silent
    if not names or not compared.equally_loud:
        return ""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} too quiet to be matched (below −70 LUFS)."

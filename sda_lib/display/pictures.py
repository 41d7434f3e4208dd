"""Pictures of sound for displays: waveform and spectrogram with their axes, grids of codes, and curves."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sda_lib.analysis.spectrogram import HIGHEST_HZ, LOWEST_HZ, STEP, spectrogram
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.colors import SOUND_STOPS, color_ramp
from sda_lib.display.markup import text
from sda_lib.display.png import image

# Widest pictures, in columns of pixels; bands of a spectrogram per row of a thumbnail.
COLUMNS, SMALL_COLUMNS, BANDS_PER_ROW = 720, 160, 6
# Level in dB under the loudest at which a spectrogram is black, and number of its colors.
RANGE_DB, SHADES = 80.0, 48
# From quieter to louder than another sound, with the color of silence for no difference; the difference in dB at either
# end, and number of colors.
DIFFERENCE_STOPS = ("#7fd3ff", "#1f7fd0", "#0d1014", "#c8601a", "#ffc46b")
MOST_DIFFERENT, DIFFERENT_SHADES = 24.0, 49
CODE_STOPS = ("#1d2a55", "#27407f", "#2b7299", "#3fa79b", "#8fd6a4", "#d8ecb8")
# Frequencies in Hz that are labeled, with their labels.
LABELED = ((100, "100 Hz"), (1000, "1 kHz"), (10_000, "10 kHz"))
# Most labels along a time axis.
MOST_LABELS = 8
# Range of a curve below which its labels have three digits.
CLOSE = 0.05
# Height of a picture in pixels: waveform, spectrogram, one level of codes, curve.
WAVE, SOUND, LEVEL, CURVE = 44, 132, 16, 120


def sound_picture(clip: AudioClip) -> str:
    """Return waveform and spectrogram of a clip over time, with axes in seconds and Hz."""
    return sound_plot(spectrogram_image(clip), clip.seconds, waveform(clip))


def waveform(clip: AudioClip, columns: int = COLUMNS) -> str:
    """Return the outline of a clip's lowest and highest samples as an SVG drawing."""
    low, high = outline(clip, columns)
    top = max(float(np.abs([low, high]).max(initial=0)), 1e-9)
    return outline_drawing(low / top, high / top, f"waveform of {clip.name or 'a sound'}")


def outline(clip: AudioClip, columns: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest sample of each of up to `columns` stretches of a clip, both [column]."""
    low, high = clip.samples.min(0), clip.samples.max(0)
    starts = _starts(clip.length, columns)
    return np.minimum.reduceat(low, starts), np.maximum.reduceat(high, starts)


def outline_drawing(low: np.ndarray, high: np.ndarray, words: str) -> str:
    """Return an outline as an SVG drawing; `low` and `high` [column] are -1..1, `words` describe it."""
    count = len(low)
    places = np.arange(count) + 0.5
    points = [*zip(places, 50 - 50 * high, strict=True), *zip(places[::-1], 50 - 50 * low[::-1], strict=True)]
    path = " ".join(f"{x:g},{y:.4g}" for x, y in points)
    return (
        f'<svg role="img" aria-label="{text(words)}" viewBox="0 0 {count} 100" preserveAspectRatio="none">'
        f'<polygon class="sda-wave" points="{path}"/></svg>'
    )


def spectrogram_image(clip: AudioClip, columns: int = COLUMNS, bands: int = 1) -> str:
    """Return the spectrogram of a clip as a picture, up to `columns` wide, with `bands` of its bands in a row."""
    step = max(STEP, clip.length // (2 * columns))  # a long sound is measured in two places per column
    picture = spectrogram(clip, step)
    picture = np.maximum.reduceat(picture, np.arange(0, len(picture), bands), axis=0)
    return levels_image(picture, picture.max(), f"spectrogram of {clip.name or 'a sound'}", columns)


def levels_image(levels: np.ndarray, loudest: float, words: str, columns: int = COLUMNS) -> str:
    """Return the levels of a spectrogram in dB [band, frame] as a picture; `loudest` is the level of its last color."""
    picture = np.maximum.reduceat(levels, _starts(levels.shape[1], columns), axis=1)
    shades = np.clip(1 + (picture - max(loudest, -100.0)) / RANGE_DB, 0, 1)
    indices = np.round(shades[::-1] * (SHADES - 1)).astype(np.uint8)
    return image(indices, color_ramp(SOUND_STOPS, np.linspace(0, 1, SHADES)), text(words))


def difference_image(levels: np.ndarray, words: str, columns: int = COLUMNS) -> str:
    """Return differences in dB [band, frame] as a picture: blue where they are negative, orange where positive."""
    starts = _starts(levels.shape[1], columns)
    widths = np.diff([*starts, levels.shape[1]])
    picture = np.add.reduceat(levels, starts, axis=1) / widths
    shades = np.clip(0.5 + picture / (2 * MOST_DIFFERENT), 0, 1)
    indices = np.round(shades[::-1] * (DIFFERENT_SHADES - 1)).astype(np.uint8)
    return image(indices, color_ramp(DIFFERENCE_STOPS, np.linspace(0, 1, DIFFERENT_SHADES)), text(words))


def sound_plot(picture: str, seconds: float, wave: str = "") -> str:
    """Return a picture of the bands of a spectrogram with axes in seconds and Hz, and a waveform above if given."""
    above = f'<span></span><div class="sda-area" style="height:{WAVE}px">{wave}</div>' if wave else ""
    area = f'<div class="sda-area sda-sound" style="height:{SOUND}px">{picture}</div>'
    places = [(_height_of(hertz), label) for hertz, label in LABELED]
    return f'<figure class="sda-plot">{above}{_rows(places)}{area}{time_axis(seconds)}</figure>'


def thumbnail(clip: AudioClip, height: int = 28) -> str:
    """Return a small spectrogram of a clip."""
    inside = spectrogram_image(clip, SMALL_COLUMNS, BANDS_PER_ROW)
    return f'<div class="sda-area sda-sound sda-small" style="height:{height}px;width:120px">{inside}</div>'


def codes_picture(codes: Codes, names: Sequence[str]) -> str:
    """Return the grid of codes, level 0 at the top, with the names of its levels and an axis in seconds.

    Dark codes decode to dark frames, bright ones to bright frames; muted levels are pale.
    """
    starts = _starts(codes.frames, COLUMNS)
    shown = codes.indices[:, starts] * 255 // max(codes.codebook_size - 1, 1)
    picture = image(shown, color_ramp(CODE_STOPS, np.linspace(0, 1, 256)), text(f"codes of {codes.frames} frames"))
    rows = [((level + 0.5) / codes.levels, name) for level, name in enumerate(names)]
    muted = "".join(
        f'<div style="position:absolute;left:0;right:0;top:{100 * level / codes.levels:.3f}%;'
        f'height:{100 / codes.levels:.3f}%;background:var(--sda-panel);opacity:.85"></div>'
        for level in codes.muted
    )
    area = f'<div class="sda-area sda-codes" style="height:{LEVEL * codes.levels}px">{picture}{muted}</div>'
    return f'<figure class="sda-plot">{_rows(rows)}{area}{time_axis(codes.seconds)}</figure>'


def heat_picture(values: np.ndarray, words: str, row_height: int, rows: Sequence[str] = ()) -> str:
    """Return numbers 0..1 [row, column] as a picture with labels of its rows; NaN has the color of nothing."""
    missing = np.isnan(values)
    indices = np.where(missing, 255, np.round(np.nan_to_num(values) * 254)).astype(np.uint8)
    colors = np.concatenate([color_ramp(CODE_STOPS, np.linspace(0, 1, 255)), [[200, 74, 74]]])
    picture = image(indices, colors, text(words))
    labels = [((number + 0.5) / len(values), name) for number, name in enumerate(rows)]
    area = f'<div class="sda-area sda-codes" style="height:{row_height * len(values)}px">{picture}</div>'
    return f'<figure class="sda-plot">{_rows(labels)}{area}</figure>'


def curve_picture(lines: Sequence[Sequence[tuple[float, float]]], words: str, mark: float | None = None) -> str:
    """Return lines of (x, y) points with the ends of both axes.

    Args:
        lines: up to two lines, each of one point or more.
        words: a description of the picture, for those who don't see it.
        mark: x of a vertical line.
    """
    points = [point for line in lines for point in line]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
    wide, high = (right - left) or 1.0, (top - bottom) or 1.0

    def place(x: float, y: float) -> str:
        return f"{1000 * (x - left) / wide:.1f},{100 - 100 * (y - bottom) / high:.2f}"

    drawn = [
        f'<polyline class="sda-line{" sda-other" * bool(number)}" points="{" ".join(place(x, y) for x, y in line)}"/>'
        for number, line in enumerate(lines)
        if len(line) > 1
    ]
    if mark is not None and left <= mark <= right:
        drawn.append(f'<polyline class="sda-line sda-dash" points="{place(mark, bottom)} {place(mark, top)}"/>')
    area = (
        f'<div class="sda-area" style="height:{CURVE}px"><svg role="img" aria-label="{text(words)}" '
        f'viewBox="0 0 1000 100" preserveAspectRatio="none">{"".join(drawn)}</svg></div>'
    )
    digits = 3 if high < CLOSE else 2
    rows = _rows([(0.0, f"{top:.{digits}f}"), (1.0, f"{bottom:.{digits}f}")])
    columns = _columns([(0.0, f"{left:g}"), (1.0, f"{right:g}")])
    return f'<figure class="sda-plot" style="margin-top:10px">{rows}{area}{columns}</figure>'


def time_axis(seconds: float) -> str:
    """Return labels in seconds along a picture of that duration, at multiples of 1, 2 or 5."""
    step = _round_step(seconds / MOST_LABELS)
    count = int(seconds / step + 1e-9)
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    places = [(number * step / seconds, f"{number * step:.{digits}f}") for number in range(count + 1)]
    return _columns([(at, f"{label} s" if number == 0 else label) for number, (at, label) in enumerate(places)])


def _round_step(least: float) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten that is at least this."""
    power = 10.0 ** math.floor(math.log10(max(least, 1e-6)))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * (1 - 1e-9))


def _height_of(hertz: float) -> float:
    """Return how far below the top of a spectrogram a frequency is, 0..1."""
    return 1 - math.log(hertz / LOWEST_HZ) / math.log(HIGHEST_HZ / LOWEST_HZ)


def _rows(places: Sequence[tuple[float, str]]) -> str:
    """Return labels at heights 0 (top) to 1; the column is as wide as the longest."""
    labels = "".join(f'<span style="top:{100 * at:.2f}%">{text(label)}</span>' for at, label in places)
    widths = "".join(f"<i>{text(label)}</i>" for _, label in places)  # the labels themselves take no room
    return f'<div class="sda-rows">{widths}{labels}</div>'


def _columns(places: Sequence[tuple[float, str]]) -> str:
    """Return labels at places 0 (left) to 1; those near the right end end there."""
    shift = {True: "transform:translateX(-100%)", False: "transform:translateX(-50%)"}
    labels = "".join(
        f'<span style="left:{100 * at:.2f}%;{shift[at > 0.97] if at > 0.02 else ""}">{text(label)}</span>'
        for at, label in places
    )
    return f'<div class="sda-columns">{labels}</div>'


def _starts(length: int, columns: int) -> np.ndarray:
    """Return the starts of up to `columns` equal stretches of a length."""
    count = min(columns, length)
    return np.arange(count) * length // count

"""Figures: spectrograms side by side, sources of a sound, and palettes.

All are matplotlib Figures made without pyplot, which keeps state between threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colorbar import Colorbar
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D

from sda_lib.analysis.spectrogram import BANDS, HIGHEST_HZ, LOWEST_HZ, spectrogram
from sda_lib.analysis.true_peak import BlockPeaks, guard_db
from sda_lib.audio.clip import AudioClip
from sda_lib.colors import STOPS
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.maps.palette import LevelPalette
from sda_lib.writers.provenance import SourceSpan

RANGE_DB = 80.0
# Most intervals between ticks of seconds: labels like 0.025 need the room.
MOST_TICKS = 5

INK, PAPER, FAINT, BAR = "#e8e6e3", "#15171a", "#8b9199", "#e0a458"
PANEL, RIM, DEAD, LIME = "#1c1f24", "#0d0e10", "#6b737d", "#c8f169"
# Area in square points of the most used code's dot: with several levels in a figure, and with a single one.
DOT, LARGE_DOT = 90.0, 420.0
# Maximum number of codes that are numbered in the figure of one level, and the area that three digits need.
NUMBERED, ROOM = 160, 120.0
# Thumbnails per row, columns of pixels in each, and characters of its name.
THUMBNAILS, THUMBNAIL_FRAMES, LONGEST_CAPTION = 8, 160, 24
CODE_COLORS = LinearSegmentedColormap.from_list("codes", STOPS[1:])

Row = tuple[str, Sequence[tuple[str, AudioClip]]]


def contact_sheet(rows: Sequence[Row]) -> Figure:
    """Draw rows of (title, [(caption, clip), …]) as log-frequency spectrograms on a common dB scale, up to the loudest.

    Captions give the peaks of clips that exceed full scale. Raises SdaError without any clip.
    """
    if not any(clips for _, clips in rows):
        raise SdaError("There is no sound to show; give at least one file.")
    pictures = [[spectrogram(clip) for _, clip in clips] for _, clips in rows]
    top = max(picture.max() for row in pictures for picture in row)
    columns = max(len(clips) for _, clips in rows)
    figure = Figure(figsize=(1.2 + 2.4 * columns, 0.6 + 2.1 * len(rows)), facecolor=PAPER, layout="constrained")
    grid, images = figure.subplots(len(rows), columns, squeeze=False), []
    for axes_row, (title, clips), row in zip(grid, rows, pictures, strict=True):
        for axes in axes_row[len(clips) :]:
            axes.set_axis_off()
        for axes, (caption, clip), picture in zip(axes_row, clips, row, strict=False):
            images.append(_draw(axes, picture, clip.seconds, f"{caption}{_excess(clip)}", top))
        axes_row[0].set_ylabel(title, color=INK, fontsize=11, parse_math=False)
        if not clips:
            axes_row[0].set_title(f"{title}: none", color=FAINT, fontsize=8, parse_math=False)
    figure.supxlabel("seconds; pitch in Hz upwards", color=FAINT, fontsize=8)
    bar = figure.colorbar(images[-1], ax=grid, shrink=0.6, pad=0.01)
    bar.set_label("dB of full scale", color=FAINT)
    bar.ax.tick_params(colors=FAINT, labelsize=7)
    return figure


def _excess(clip: AudioClip) -> str:
    """Return by how much the true peak of a clip exceeds full scale, as the end of its caption; empty if it doesn't."""
    gain_db = guard_db(BlockPeaks(clip.samples, clip.sample_rate).peak)
    return f" (peak {-gain_db:+.1f} dB)" if gain_db else ""


def thumbnails(sounds: Iterable[tuple[str, AudioClip]]) -> Figure:
    """Draw many sounds as small captioned spectrograms whose widths show their durations. Only one sound at a time is
    in memory. Raises SdaError without any sound."""
    small = [(caption, clip.seconds, _small(spectrogram(clip))) for caption, clip in sounds]
    if not small:
        raise SdaError("There is no sound to show; give at least one file.")
    columns = min(THUMBNAILS, len(small))
    lines, longest = -(-len(small) // columns), max(seconds for _, seconds, _ in small)
    top = max(picture.max() for *_, picture in small)
    figure = Figure(figsize=(1.7 * columns, 0.2 + 1.1 * lines), facecolor=PAPER)
    figure.subplots_adjust(0.01, 0.01, 0.99, 1 - 0.15 / lines, wspace=0.08, hspace=0.3)
    grid = figure.subplots(lines, columns, squeeze=False)
    for axes in grid.flat:
        axes.set_axis_off()
    for axes, (caption, seconds, picture) in zip(grid.flat, small, strict=False):
        _spectrogram(axes, picture, (0, seconds, 0, 1), top)
        axes.set_xlim(0, longest)
        name = caption if len(caption) <= LONGEST_CAPTION else f"…{caption[1 - LONGEST_CAPTION :]}"
        axes.set_title(f"{name}  {seconds:.1f} s", color=FAINT, fontsize=6, pad=2, loc="left", parse_math=False)
    return figure


def _small(picture: np.ndarray) -> np.ndarray:
    """Reduce a spectrogram by maxima over four bands and over frames, to at most THUMBNAIL_FRAMES frames."""
    every = max(1, -(-picture.shape[1] // THUMBNAIL_FRAMES))
    frames = np.pad(picture, ((0, 0), (0, -picture.shape[1] % every)), mode="edge")
    return frames.reshape(BANDS // 4, 4, -1, every).max((1, 3)).astype(np.float32)


def _draw(axes: Axes, picture: np.ndarray, seconds: float, caption: str, top: float) -> AxesImage:
    """Draw a spectrogram with its caption and the frequency axis."""
    low, high = np.log2([LOWEST_HZ, HIGHEST_HZ])
    image = _spectrogram(axes, picture, (0, max(seconds, 1e-3), low, high), top)
    axes.set_title(caption, color=INK, fontsize=8, parse_math=False)
    axes.set_yticks(np.log2([100, 1000, 10000]), ["100", "1k", "10k"])
    axes.locator_params(axis="x", nbins=MOST_TICKS)
    clear_axes(axes, labelsize=7)
    return image


def _spectrogram(axes: Axes, picture: np.ndarray, extent: tuple[float, float, float, float], top: float) -> AxesImage:
    low = top - RANGE_DB
    return axes.imshow(picture, origin="lower", aspect="auto", cmap="magma", vmin=low, vmax=top, extent=extent)


def clear_axes(axes: Axes, color: str = PAPER, **ticks: Any) -> None:
    """Color axes as the figure, without edges; `ticks` are options of their ticks."""
    axes.set_facecolor(color)
    axes.tick_params(colors=FAINT, **ticks)
    axes.spines[:].set_visible(False)


def color_bar(figure: Figure, colors: ScalarMappable, axes: Axes | np.ndarray, size: int, **place: Any) -> Colorbar:
    """Add a color bar without edges and tick marks, with labels of a font size; `place` are options of its layout."""
    bar = figure.colorbar(colors, ax=axes, pad=0.015, **place)
    bar.ax.tick_params(colors=FAINT, labelsize=size, length=0)
    bar.outline.set_visible(False)
    return bar


def provenance_figure(stretches: Sequence[SourceSpan], title: str) -> Figure:
    """Draw the nearest recording of a sound over time, one row per recording; paler bars are more distant. Raises
    SdaError without stretches."""
    if not stretches:
        raise SdaError("There is nothing to show; trace a sound first.")
    files = list(dict.fromkeys(one.file for one in stretches))
    figure = Figure(figsize=(9, 0.8 + 0.28 * len(files)), facecolor=PAPER, layout="constrained")
    axes = figure.subplots()
    for one in stretches:
        shade = 0.25 + 0.75 / (1 + one.distance)
        axes.barh(files.index(one.file), one.end - one.begin, left=one.begin, height=0.7, color=BAR, alpha=shade)
    axes.set_yticks(range(len(files)), files)
    axes.invert_yaxis()
    axes.set_xlim(0, stretches[-1].end)
    axes.set_xlabel("seconds; paler is farther from the recording", color=FAINT, fontsize=8)
    axes.set_title(title, color=INK, fontsize=9, parse_math=False)
    axes.tick_params(colors=FAINT, labelsize=7)
    axes.set_facecolor(PAPER)
    return figure


def palette_sheet(palettes: Sequence[LevelPalette], title: str) -> Figure:
    """Draw the codes of some levels, one panel each: dot areas show use, positions similarity, colors the code's number
    as in the grid. A single level fills the figure and has numbered dots. Raises SdaError without levels."""
    if not palettes:
        raise SdaError("There is no level to show; choose at least one.")
    columns = 1 if len(palettes) == 1 else 3 if len(palettes) <= 6 else 4
    rows = -(-len(palettes) // columns)
    size = (9.6, 7.6) if len(palettes) == 1 else (0.6 + 3.0 * columns, 1.7 + 2.5 * rows)
    layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.08, wspace=0.02, hspace=0.02)
    figure = Figure(figsize=size, facecolor=PAPER, layout=layout)
    panels = figure.subplots(rows, columns, squeeze=False)
    for axes in panels.flat[len(palettes) :]:
        axes.set_axis_off()
    for axes, palette in zip(panels.flat, palettes, strict=False):
        _draw_codes(axes, palette, LARGE_DOT if len(palettes) == 1 else DOT)
    figure.suptitle(title, color=INK, fontsize=13, parse_math=False)
    _explain_codes(figure, panels, palettes)
    return figure


def _draw_codes(axes: Axes, palette: LevelPalette, largest: float) -> None:
    """Draw a level's codes as dots: small ones on top, unused ones hollow, the neutral one ringed."""
    used = palette.uses > 0
    order = np.flatnonzero(used)[palette.uses[used].argsort()[::-1]]
    codes = np.arange(len(palette)) / max(1, len(palette) - 1)
    x, y = palette.places.T
    numbered = largest == LARGE_DOT and len(palette) <= NUMBERED
    area = np.maximum(largest * palette.sizes, ROOM if numbered else 0)
    axes.scatter(x[~used], y[~used], 0.3 * largest, facecolors="none", edgecolors=DEAD, linewidths=0.8)
    axes.scatter(x[order], y[order], area[order], CODE_COLORS(codes[order]), edgecolors=RIM, linewidths=0.6)
    middle = palette.neutral
    axes.scatter(x[middle], y[middle], area[middle] + 0.9 * largest, facecolors="none", edgecolors=LIME, linewidths=1.2)
    for code in range(len(palette) if numbered else 0):
        ink = RIM if used[code] and codes[code] > 0.45 else INK
        axes.text(x[code], y[code], str(code), color=ink, fontsize=5.5, ha="center", va="center")
    _frame_codes(axes, palette)


def _frame_codes(axes: Axes, palette: LevelPalette) -> None:
    """Draw the panel around a level's dots, with its name and the range of brightness."""
    low, high = palette.brightness.min(), palette.brightness.max()
    axes.set_title(palette.name, color=INK, fontsize=10, loc="left", pad=5, parse_math=False)
    axes.set_title(f"{low:.0f} to {high:.0f} Hz", color=FAINT, fontsize=7, loc="right", pad=5)
    axes.set(xlim=(-1.14, 1.14), ylim=(-1.14, 1.14), xticks=[], yticks=[])
    clear_axes(axes, PANEL)


def _explain_codes(figure: Figure, panels: np.ndarray, palettes: Sequence[LevelPalette]) -> None:
    """Draw the legend of a palette: colors, sizes and rings."""
    count, most = len(palettes[0]), max(int(palette.uses.max()) for palette in palettes)
    scale = ScalarMappable(Normalize(0, count - 1), CODE_COLORS)
    bar = color_bar(figure, scale, panels, 7, location="right", shrink=0.5, aspect=32)
    bar.set_label("code: dark to bright", color=FAINT, fontsize=8)
    keys = [_key(f"used {most} times", 11, CODE_COLORS(0.55)), _key("used once or so", 4.5, CODE_COLORS(0.55))]
    keys += [_key("never used", 6, "none", DEAD), _key("neutral", 9, "none", LIME)]
    keys.append(Line2D([], [], linestyle="none", label="right: higher codes    up: louder"))
    style = {"frameon": False, "labelcolor": FAINT, "fontsize": 8, "handletextpad": 0.4, "columnspacing": 2.0}
    figure.legend(handles=keys, loc="outside lower center", ncols=len(keys), **style)


def _key(text: str, size: float, inside: Any, rim: str = RIM) -> Line2D:
    style = {"linestyle": "none", "markersize": size, "markerfacecolor": inside, "markeredgecolor": rim}
    return Line2D([], [], marker="o", label=text, **style)


def save_figure(figure: Figure, path: str | Path, dpi: int = 140) -> Path:
    """Write a figure atomically as .png, .svg or .pdf. Raises SdaError for other formats."""
    path = Path(path)
    if path.suffix.lower() not in (".png", ".svg", ".pdf"):
        raise SdaError(f"{path.name} can't be drawn in that format; end the name in .png, .svg or .pdf.")
    return write_atomically(path, lambda part: figure.savefig(part, dpi=dpi, facecolor=figure.get_facecolor()))

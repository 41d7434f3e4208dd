"""Display of a model's health: findings with their fixes, and pictures of what was measured."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sda_lib.display.markup import counted, facts, head, heading, note, severity, table, text
from sda_lib.display.pictures import curve_picture, heat_picture
from sda_lib.health.diagnose import HealthReport
from sda_lib.health.findings import Finding

# Height in pixels of a level in the picture of code use, and range of that picture in octaves around even use.
ROW, OCTAVES = 12, 3.0
# Most files that are listed, the farthest first.
FILES = 8


def health_view(health: HealthReport) -> str:
    """Return findings, use of codes, distances and the farthest files of a model."""
    findings = "".join(_group(fix, found) for fix, found in health.grouped_findings)
    unknown = "".join(note(sentence) for sentence in health.unknown)
    parts = (
        head(f"Health of {health.name or 'a model'}", f"measured on {health.measured}"),
        health_line(health),
        f"<ul>{findings}</ul>{unknown}",
        _use(health),
        _distances(health),
        _training(health),
        _files(health),
    )
    return "".join(parts)


def health_line(health: HealthReport) -> str:
    """Return the worst severity and the verdict."""
    return f"<p>{severity(health.severity)} {text(health.verdict)}</p>"


def _group(fix: str, findings: Iterable[Finding]) -> str:
    """Return findings that share one fix as an item of a list."""
    lines = "".join(f"{severity(one.severity)}<span>{text(one.sentence)}</span>" for one in findings)
    code = f"<code>{text(fix)}</code>" if fix else ""
    return f"<li>{lines}{code}</li>"


def _use(health: HealthReport) -> str:
    """Return a picture of how often each code of each level is used, relative to even use."""
    use = health.use
    if not use.levels:
        return ""
    even = np.maximum(use.usage.sum(1, keepdims=True) / use.size, 1e-12)
    octaves = np.log2(np.where(use.usage > 0, use.usage / even, np.nan))
    values = np.clip(0.5 + octaves / (2 * OCTAVES), 0, 1)
    picture = heat_picture(values, "how often each code is used", ROW, health.level_names)
    explained = "Codes from dark to bright sounds; light ones are used often, reddish ones never."
    return heading("How often codes are used") + picture + note(explained)


def _distances(health: HealthReport) -> str:
    """Return curves of the distance over the number of decoded levels."""
    near = health.fidelity
    curves = [
        [(float(count), value) for count, value in zip(near.counts, curve, strict=False)]
        for curve in (near.held_out_curve, near.train_curve)
    ]
    lines = [curve for curve in curves if len(curve) > 1]
    if not lines:
        return ""
    picture = curve_picture(lines, "mel distance over decoded levels")
    legend = legend_of(*(["held-out sounds"] if len(curves[0]) > 1 else []), "learned sounds")
    return heading("Mel distance over the number of decoded levels, lower is closer") + picture + legend


def _training(health: HealthReport) -> str:
    """Return the curve of the training with the step that was kept, and the distances."""
    lines = [[(point[0], point[1]) for point in health.curve], [(p[0], p[2]) for p in health.curve if len(p) > 2]]
    lines = [line for line in lines if len(line) > 1]
    kept = health.metrics.get("kept_step")
    curve = ""
    if lines:
        picture = curve_picture(lines, "mel distance over training steps", kept)
        names = ("held-out sounds", "learned sounds")[: len(lines)]
        curve = (
            heading("Mel distance over training steps; dashed: the step that was kept") + picture + legend_of(*names)
        )
    near = health.fidelity
    values = {"learned sounds, now": near.train, "held-out sounds, now": near.held_out}
    return curve + facts({name: f"{value:.3f}" for name, value in values.items() if value is not None})


def _files(health: HealthReport) -> str:
    """Return the files that come back least like themselves."""
    rows = [
        (text(one.name), "held out" if one.held_out else "learned", f"{one.distance:.2f}")
        for one in health.fidelity.files[:FILES]
    ]
    if not rows:
        return ""
    title = heading(f"Farthest from their originals, of {counted(len(health.fidelity.files), 'file')}")
    return title + table(("file", "", "mel distance"), rows, numbers=(2,))


def legend_of(*names: str) -> str:
    """Return the names of up to two lines of a curve, with their colors."""
    colors = ("--sda-accent", "--sda-second")
    keys = "".join(
        f'<span><span class="sda-key" style="background:var({color})"></span>{text(name)}</span>'
        for name, color in zip(names, colors, strict=False)
    )
    return f'<div class="sda-legend">{keys}</div>'

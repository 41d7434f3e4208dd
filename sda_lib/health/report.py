"""A model's health as a self-contained HTML file: findings, figures, and audio of the worst files."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from statistics import median

from matplotlib.figure import Figure

from sda_lib.analysis.true_peak import below_full_scale, guard_note
from sda_lib.audio.clip import AudioClip
from sda_lib.audio.flac import flac_file_bytes
from sda_lib.file_names import checked_html_path
from sda_lib.files import write_atomically
from sda_lib.health.diagnose import HealthReport
from sda_lib.health.figures import curve_picture, distance_picture, transition_picture, usage_picture
from sda_lib.health.findings import Finding
from sda_lib.training.evaluate import CURVE_SECONDS, FileHealth

# Seconds of each file that are embedded in the report.
AUDIO_SECONDS = 3.0
SOUNDS = ("original", "by its codes alone")
DPI = 150
STYLE = Path(__file__).with_name("report.css").read_text()


def write_report(health: HealthReport, path: str | Path) -> Path:
    """Write the report atomically. Raises SdaError if the path doesn't end in .html or .htm, or the disk is full."""
    return write_atomically(checked_html_path(path), html_report(health).encode())


def html_report(health: HealthReport) -> str:
    """Return the report as HTML. Names that come from a file are escaped."""
    name = escape(health.name or "A model")
    findings = "".join(_findings(*group) for group in health.grouped_findings)
    unknown = "".join(f'<p class="quiet">{escape(one)}</p>' for one in health.unknown)
    parts = [
        f'<h1>{name}</h1><p class="quiet">Health, measured on {escape(health.measured)}</p>',
        f'<p class="verdict">{_mark(health.severity)} {escape(health.verdict)}</p>',
        _section("Findings", f"<ul>{findings}</ul>{unknown}" if findings + unknown else ""),
        _section("Levels", _levels(health)),
        _pictures(health),
        _section("Training", _training(health)),
        _section("Files farthest from their originals", _files(health.fidelity.files)),
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{name}: health</title><style>{STYLE}</style><main>{''.join(parts)}</main></html>\n"
    )


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{title}</h2>{inside}</section>" if inside else ""


def _mark(severity: str) -> str:
    return f'<span class="severity {severity}">{severity}</span>'


def _findings(fix: str, findings: Iterable[Finding]) -> str:
    """Return findings that share one fix as a list item."""
    lines = "".join(f"{_mark(one.severity)}<span>{escape(one.sentence)}</span>" for one in findings)
    code = f"<code>{escape(fix)}</code>" if fix else ""
    return f"<li>{lines}{code}</li>"


def _levels(health: HealthReport) -> str:
    use, severities = health.use, {one.level: one.severity for one in health.findings if one.level is not None}
    columns = {
        "level": health.level_names,
        "codes used": (f"{one:.0%}" for one in use.utilization),
        "dead codes": map(str, use.dead),
        "perplexity": (f"{one:.1f}" for one in use.perplexity),
        "entropy efficiency": (f"{one:.0%}" for one in use.efficiency),
        "moves the sound by": (f"{one:.1%}" for one in health.moved),
        "finding": (_mark(severities[level]) for level in range(use.levels)),
    }
    return _table(columns, zip(*columns.values(), strict=True)) if use.levels else ""


def _pictures(health: HealthReport) -> str:
    use, near = health.use, health.fidelity
    wide = _section("How often codes are used", _picture(usage_picture(use, health.level_names))) if use.levels else ""
    narrow = []
    if near.train_curve or near.held_out_curve:
        picture = _picture(distance_picture(near), f"Over about {CURVE_SECONDS:.0f} s of either kind.")
        narrow.append(_section("What every level adds", picture))
    if use.levels and use.transitions is not None:
        picture = _picture(
            transition_picture(use.transitions[0], health.level_names[0]), "The diagonal: codes that repeat."
        )
        narrow.append(_section("Which code follows which", picture))
    return wide + (f'<div class="narrow">{"".join(narrow)}</div>' if narrow else "")


def _picture(figure: Figure, caption: str = "") -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=DPI, transparent=True)
    image = f'<img alt="" src="{_data_url("image/png", buffer.getvalue())}">'
    return f'{image}<p class="quiet">{caption}</p>' if caption else image


def _data_url(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _training(health: HealthReport) -> str:
    near, metrics = health.fidelity, health.metrics
    values = {
        "learned sounds, now": near.train,
        "held-out sounds, now": near.held_out,
        "held-out sounds, closed form (as training measured it)": metrics.get("held_out_start"),
        "held-out sounds, what was kept (as training measured it)": metrics.get("held_out"),
    }
    rows = [(escape(label), f"{value:.3f}") for label, value in values.items() if isinstance(value, int | float)]
    if not rows:
        return ""
    kept, picture = metrics.get("kept_step"), ""
    if len(health.curve) > 1:
        picture = _picture(curve_picture(health.curve, kept if isinstance(kept, int | float) else None))
    return _table(("mel distance, lower is closer", ""), rows) + picture


def _files(files: Sequence[FileHealth]) -> str:
    rows = []
    for one in files:
        if one.original is not None and one.decoded is not None:
            kind = "held out" if one.held_out else "learned"
            rows.append((escape(one.name), kind, f"{one.distance:.2f}", *_players(one.name, one.original, one.decoded)))
    if not rows:
        return ""
    middle = median(one.distance for one in files)
    about = f"Half of the {len(files)} measured files are closer than {middle:.2f}."
    heads = ("file", "", "mel distance", *SOUNDS)
    return f'{_table(heads, rows)}<p class="quiet">{about}</p>'


def _players(name: str, *clips: AudioClip) -> list[str]:
    """Return players of a file's SOUNDS, all at one gain that keeps them below full scale."""
    parts = [clip.cut(round(AUDIO_SECONDS * clip.sample_rate)) for clip in clips]
    guarded, gain_db = below_full_scale(parts)
    players = [_audio(clip, f"{name}, {label}") for clip, label in zip(guarded, SOUNDS, strict=True)]
    if note := guard_note(gain_db, "Both play"):
        players[-1] += f'<p class="quiet">{note}</p>'
    return players


def _audio(clip: AudioClip, label: str) -> str:
    data = flac_file_bytes(clip.samples, clip.sample_rate)
    source = _data_url("audio/flac", data)
    return f'<audio controls preload="metadata" aria-label="{escape(label)}" src="{source}"></audio>'


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table; cells are HTML, headings are escaped."""
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><tr>{head}</tr>{body}</table></div>'

"""Where the benchmarks write what they found: one section each of docs/BENCHMARKS.md."""

from __future__ import annotations

import os
import platform
from datetime import date
from pathlib import Path

REPORT = Path(__file__).parents[1] / "docs" / "BENCHMARKS.md"


def table(header: list[str], rows: list[list[object]]) -> str:
    """A markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def write_section(name: str, title: str, text: str, report: Path = REPORT) -> None:
    """Replace the section between its two marks, or append it; says when and on how many cores it was measured."""
    begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
    stamp = f"*{date.today().isoformat()}, {os.cpu_count()} cores, Python {platform.python_version()}.*"
    section = f"{begin}\n## {title}\n\n{text}\n\n{stamp}\n{end}"
    whole = report.read_text() if report.exists() else f"# {report.stem.title()}\n"
    if begin in whole:
        before, rest = whole.split(begin, 1)
        whole = before + section + rest.split(end, 1)[1]
    else:
        whole = whole.rstrip() + "\n\n" + section + "\n"
    report.write_text(whole)

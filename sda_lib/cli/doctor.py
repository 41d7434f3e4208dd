"""`sda doctor`: check the installation, one line per part."""

from __future__ import annotations

import dataclasses
import os
import sys
from typing import Annotated

import typer

from sda_lib.cli.terminal import print_json

WORDS = {"green": "ok", "yellow": "weak", "red": "BROKEN", "neutral": "-"}
# ANSI colors of the marks in a terminal.
COLORS = {"green": 32, "yellow": 33, "red": 31, "neutral": 90}


def doctor(json: Annotated[bool, typer.Option("--json", help="Print plain JSON.")] = False) -> None:
    """Check Python, packages, the page's parts, folders, disk, cores, memory and GPU; exit code 1 if one is broken."""
    from sda_lib.doctor import examine

    checks = examine()
    if json:
        print_json([dataclasses.asdict(check) for check in checks])
    else:
        for check in checks:
            print(f"{_mark(check.state)} {check.line}")
    if any(check.state == "red" for check in checks):
        raise typer.Exit(1)


def _mark(state: str) -> str:
    """Return a colored dot in a terminal, a word elsewhere."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{COLORS[state]}m●\033[0m"
    return f"{WORDS[state]:<6}"

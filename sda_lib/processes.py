"""Processes: whether one that was noted down is still there, and not another one with its number."""

from __future__ import annotations

import subprocess
from pathlib import Path

from sda_lib.files import lives


def birth(process: int) -> str:
    """When a process began, in words that no other process with its number shares; empty if it has ended, or if the
    system doesn't tell (then nothing but the number is known)."""
    proc = Path("/proc")
    if (proc / "self" / "stat").exists():
        try:
            after_name = (proc / str(process) / "stat").read_text(errors="replace").rpartition(")")[2].split()
            boot = (proc / "sys/kernel/random/boot_id").read_text().strip()
        except OSError:
            return ""
        return "" if after_name[0] in "ZX" else f"{boot} {after_name[19]}"
    try:
        told = subprocess.run(["ps", "-o", "lstart=", "-p", str(process)], capture_output=True, text=True)
    except OSError:
        return ""  # Windows
    return " ".join(told.stdout.split())


def is_there(process: int, born: str) -> bool:
    """Whether the process that began then is still there; by its number alone if nobody told when it began."""
    return birth(process) == born if born else lives(process)

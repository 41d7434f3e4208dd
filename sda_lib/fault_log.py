"""Log of unforeseen errors: their tracebacks in one file below the data folder, bounded in size, for the user alone."""

from __future__ import annotations

import os
import re
import stat
import sys
import time
import traceback
from pathlib import Path

from sda_lib import faults
from sda_lib.file_names import printable

# Bytes at which the log becomes the older one, which is replaced; characters of one entry that are kept.
LARGEST_LOG, LONGEST_ENTRY = 500_000, 20_000
# Environment variables whose values are secret, and the shortest value that is looked for.
SECRETS, SHORTEST_SECRET = ("SDA_TOKEN", "JUPYTER_TOKEN"), 4
IN_LINK = re.compile(
    r"""((?:token|password)(?:=|%3D))[^\s&"'<>]+|(Authorization['"]?:\s*['"]?\w+\s+)\S+""", re.IGNORECASE
)
LEFT_OUT = "[left out]"
WITHOUT_LOG = "SDA_DEBUG=1 shows where"


def sentence(error: BaseException, doing: str = "") -> str:
    """Log an exception that is not an SdaError and return one sentence for it: what is wrong and what to do.

    `doing` is what was being done, in words. The sentence names the log where the cause is a defect of the program.
    """
    log = record(error, doing)
    return faults.sentence(error, WITHOUT_LOG if log is None else f"{printable(log)} shows where")


def record(error: BaseException, doing: str = "") -> Path | None:
    """Append an exception with its traceback to the log and return its path, or None if it can't be written."""
    try:
        from sda_lib.home import Home  # imported late: needs a package that may be missing

        log = Home.from_environment().errors
        log.parent.mkdir(parents=True, exist_ok=True)
        if log.is_file() and log.stat().st_size > LARGEST_LOG:
            os.replace(log, log.with_stem(f"{log.stem}-older"))
        _append(log, _entry(error, doing))
    except Exception:  # the error itself is reported, whatever becomes of the log
        return None
    return log


def without_secrets(text: str) -> str:
    """Return a text in which tokens, those of the environment and those in links and headers, are left out."""
    for value in filter(None, map(os.environ.get, SECRETS)):
        text = text.replace(value, LEFT_OUT) if len(value) >= SHORTEST_SECRET else text
    return IN_LINK.sub(lambda found: f"{found[1] or found[2]}{LEFT_OUT}", text)


def _entry(error: BaseException, doing: str) -> bytes:
    """Return the lines on an exception: when, in which process and during what; the traceback, its middle cut out."""
    head = f"--- {time.strftime('%Y-%m-%d %H:%M:%S')}, process {os.getpid()}, Python {sys.version.split()[0]}"
    text = without_secrets("".join(traceback.format_exception(error)))
    if len(text) > LONGEST_ENTRY:
        half = LONGEST_ENTRY // 2
        text = f"{text[:half]}\n[…]\n{text[-half:]}"
    lines = (printable(line) for line in text.splitlines())
    return "\n".join([f"{head}{f', {printable(doing)}' if doing else ''}", *lines, "", ""]).encode()


def _append(log: Path, entry: bytes) -> None:
    """Append to a regular file, which no other user can read. Raises OSError for a link, a device or a folder."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.open(log, flags, 0o600)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            raise OSError(f"{log} is no regular file")
        if hasattr(os, "fchmod"):
            os.fchmod(file, 0o600)
        os.write(file, entry)
    finally:
        os.close(file)

"""Who gets into the page: tokens from a file or the environment, and links that no command line shows.

Every user of a machine can read the command lines of all processes.
"""

from __future__ import annotations

import html
import os
import secrets
import stat
import sys
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.scratch import scratch_folder

VARIABLE = "SDA_TOKEN"
# Bytes of a token file that are read.
LONGEST_TOKEN = 1000
ON_COMMAND_LINE = (
    "Other users of this machine can read a token on the command line; "
    f"write it to a file of mode 600 and give --token-file FILE, or set {VARIABLE}."
)
REDIRECTION = """<!doctype html><meta charset="utf-8"><title>SDA</title><meta name="referrer" content="no-referrer">
<meta http-equiv="refresh" content="0; url={link}"><p><a href="{link}">Open the workbench</a></p>
"""


def token_of(file: Path | None, no_token: bool, given: str | None = None) -> str:
    """Return the token of the link: that of a file, of the environment, or a new one; "" for none.

    `given` is a token from the command line, which is refused. Raises SdaError for a file that others can read.
    """
    if given:
        raise SdaError(ON_COMMAND_LINE)
    if file and (no_token or given is not None):
        raise SdaError("--token-file and --no-token exclude each other; give one of them.")
    if no_token or given is not None:
        return ""
    return _token_in(file) if file else os.environ.get(VARIABLE, "").strip() or secrets.token_urlsafe(18)


def opening_file(link: str) -> Path:
    """Write a file that leads a browser to the link; only this user can read it, in a folder of its own."""
    file = scratch_folder("sda-link", _place()) / "open.html"
    with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as page:
        page.write(REDIRECTION.format(link=html.escape(link)))
    return file


def _token_in(file: Path) -> str:
    """Return the token in a file. Raises SdaError when it can't be read, is empty, or can be read by others."""
    try:
        with open(os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)), "rb") as opened:
            found = os.fstat(opened.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise SdaError(f"{printable(file)} is no regular file; write the token to one.")
            if os.name == "posix" and found.st_mode & 0o077:
                raise SdaError(f"Other users can read {printable(file)}; run: chmod 600 {printable(file)}")
            token = opened.read(LONGEST_TOKEN + 1).decode(errors="replace").strip()
    except OSError as error:
        raise SdaError(f"The token file {printable(file)} can't be read ({error.strerror}); check the path.") from error
    if not token or len(token) > LONGEST_TOKEN or not all("!" <= char <= "~" for char in token):
        raise SdaError(f"{printable(file)} has no token; write one word of letters and digits into it.")
    return token


def _place() -> Path | None:
    """Return the folder in which browsers find files: those of snap packages read neither /tmp nor hidden folders."""
    home = Path(os.path.expanduser("~"))
    return home if sys.platform == "linux" and Path("/snap").is_dir() and os.access(home, os.W_OK) else None

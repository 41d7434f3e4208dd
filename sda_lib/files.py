"""Write files atomically, make file names safe, and find free ones."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.processes import is_running

# Units of sizes, in powers of 1000 bytes.
UNITS = ("B", "kB", "MB", "GB", "TB")

# Characters that file names of Windows, exFAT or zip archives can't hold, and names that Windows keeps for devices.
REFUSED = '<>:"|?*'
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
# Most bytes of a name, so that suffixes and numbers still fit into the 255 that most systems allow.
LONGEST_NAME = 200


def write_atomically(path: str | Path, write: Callable[[Path], object] | bytes) -> Path:
    """Write a file beside `path` with `write` (or its bytes), then rename it to `path`.

    An existing file survives a failure. Raises SdaError when the file can't be written.
    """
    path = Path(path)
    part = path.with_name(f".{path.stem}.{os.getpid()}.part{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(write, bytes):
            part.write_bytes(write)
        else:
            write(part)
        part.chmod(0o666 & ~_umask())  # some writers make private files
        os.replace(part, path)
    except OSError as error:
        faults.pass_on(error)
        raise SdaError(
            f"{path} can't be written ({error.strerror or error}); free some space or choose another folder."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
    return path


def checked_name(name: str) -> str:
    """Return a name as `portable_name` makes it.

    Raises SdaError for a name that contains slashes, is empty, or is `.` or `..`.
    """
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise SdaError(f"{name!r} can't name a file; choose a name without slashes, or give --out.")
    return portable_name(name)


def portable_name(name: str) -> str:
    """Return a name that Windows, exFAT and zip archives accept as well: the characters they refuse become `_`.

    Dots and spaces at the end are removed, device names such as `aux` get a `_`, and long names are cut.
    """
    plain = without_unprintable(name, REFUSED)
    device = "_" if plain.partition(".")[0].strip().lower() in DEVICES else ""
    return f"{device}{plain}".encode()[:LONGEST_NAME].decode(errors="ignore").rstrip(". ") or "_"


def printable(name: str | Path) -> str:
    """Return a file name or path as text that can be printed, stored as JSON and displayed.

    Bytes that are not UTF-8 become `\\xff`, and control characters, including line breaks, their escapes.
    """
    return "".join(char if char.isprintable() else _escaped(char) for char in str(name))


def without_unprintable(name: str, forbidden: str = "") -> str:
    """Replace each unprintable character, and each of the `forbidden` ones, with `_`."""
    return "".join(char if char.isprintable() and char not in forbidden else "_" for char in name)


def safe_name(name: str, longest: int, forbidden: str = "") -> str:
    """Return a name of any script as a printable file name of at most `longest` characters, or "sound" if none is left.

    `forbidden` characters become `_`; spaces and dots at the ends are removed. The name is portable, as `portable_name`
    has it.
    """
    plain = without_unprintable(name, forbidden)[:longest].strip(". ")
    return portable_name(plain) if plain else "sound"


def safe_stem(name: str, default: str = "", keep: str = ".-") -> str:
    """Return a name as a file stem: runs of characters other than letters, digits and `keep` become one `_`.

    `default` is returned if nothing is left. The name is portable, as `portable_name` has it.
    """
    plain = re.sub(rf"[^\w{re.escape(keep)}]+", "_", name).strip("._")
    return portable_name(plain) if plain else default


def numbered(name: str, separator: str = "-") -> Iterator[str]:
    """Yield name, name-2, name-3 …"""
    return itertools.chain([name], (f"{name}{separator}{number}" for number in itertools.count(2)))


def free_path(path: Path, separator: str = "-") -> Path:
    """Return the first of name.wav, name-2.wav … that doesn't exist."""
    paths = (path.with_name(f"{stem}{path.suffix}") for stem in numbered(path.stem, separator))
    return next(one for one in paths if not one.exists())


def size_in_words(size: float) -> str:
    """Format a number of bytes, in powers of 1000."""
    power = min(int(math.log10(max(size, 1))) // 3, len(UNITS) - 1)
    return f"{size / 1000**power:.{min(power, 1)}f} {UNITS[power]}"


def _escaped(char: str) -> str:
    """Return the escape of an unprintable character. Python represents byte 0xff of a file name as U+DCFF."""
    byte = ord(char) - 0xDC00
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else char.encode("unicode_escape").decode()


def remove_partial_files(folder: Path) -> None:
    """Remove half-written files that killed processes left in a folder."""
    for part in abandoned_parts(folder.glob(".*.part*")):
        with contextlib.suppress(OSError):
            part.unlink()


def abandoned_parts(paths: Iterable[Path]) -> list[Path]:
    """Return the half-written files among paths, those named `.NAME.PROCESS.part.SUFFIX`, whose process has ended."""
    owners = {path: path.name.rpartition(".part")[0].rpartition(".")[2] for path in sorted(paths) if path.is_file()}
    return [path for path, owner in owners.items() if owner.isdigit() and not is_running(int(owner))]


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask

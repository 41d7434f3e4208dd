"""Names of files: made safe and printable, and numbered where one exists."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator
from pathlib import Path

from sda_lib.errors import SdaError

# Units of sizes, in powers of 1000 bytes.
UNITS = ("B", "kB", "MB", "GB", "TB")

# Characters that file names of Windows, exFAT or zip archives can't hold, and names that Windows keeps for devices.
REFUSED = '<>:"|?*'
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}
# Most bytes of a name, so that suffixes and numbers still fit into the 255 that most systems allow.
LONGEST_NAME = 200


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
    return next(one for one in numbered_paths(path, separator) if not one.exists())


def numbered_paths(path: Path, separator: str) -> Iterator[Path]:
    """Yield name.wav, name-2.wav …"""
    return (path.with_name(f"{stem}{path.suffix}") for stem in numbered(path.stem, separator))


def size_in_words(size: float) -> str:
    """Format a number of bytes, in powers of 1000."""
    power = min(int(math.log10(max(size, 1))) // 3, len(UNITS) - 1)
    return f"{size / 1000**power:.{min(power, 1)}f} {UNITS[power]}"


def size_of_words(words: str) -> int:
    """Return the bytes of a size as `size_in_words` formats it, such as "2 GB", "500mb" or "1000". Raises SdaError."""
    found = re.fullmatch(r"\s*(\d{1,15}(?:\.\d{1,6})?)\s*([kmgt]?b?)\s*", words, re.IGNORECASE)
    if found is None:
        raise SdaError(f"{words!r} is no size; write one like 500MB or 2GB.")
    units = [unit.lower().rstrip("b") for unit in UNITS]
    return round(float(found[1]) * 1000 ** units.index(found[2].lower().rstrip("b")))


def _escaped(char: str) -> str:
    """Return the escape of an unprintable character. Python represents byte 0xff of a file name as U+DCFF."""
    byte = ord(char) - 0xDC00
    return f"\\x{byte:02x}" if 0x80 <= byte <= 0xFF else char.encode("unicode_escape").decode()


def checked_html_path(path: str | Path) -> Path:
    """Return the path of a web page. Raises SdaError if it doesn't end in .html or .htm."""
    path = Path(path)
    if path.suffix.lower() not in (".html", ".htm"):
        raise SdaError(f"{path.name} would not be a web page; end the report's name in .html.")
    return path

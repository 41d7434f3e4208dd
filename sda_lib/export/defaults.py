"""The user's defaults: author and licence of exported sounds, format and folder, size of the history; in a TOML file.

Python's standard library does not write TOML; this module does, one key with a text per line.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.audio.formats import FORMATS
from sda_lib.errors import SdaError
from sda_lib.fields import documented, option, options_of
from sda_lib.file_names import size_in_words, size_of_words
from sda_lib.files import locked, write_atomically

# Least and most bytes that the history may be limited to.
SMALLEST, HIGHEST = 1_000_000, 10_000_000_000_000
# TOML escapes of characters that can't be in a quoted text.
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


@documented
@dataclass(frozen=True)
class Defaults:
    """Values used by commands and the page where the user gives none; an empty text is no default."""

    author: str = option("", "Tag artist of every exported sound")
    licence: str = option("", "Tag copyright of every exported sound, e.g. CC BY 4.0")
    format: str = option("", "Format of exported sounds", choices=tuple(suffix.lstrip(".") for suffix in FORMATS))
    folder: Path | None = option(None, "Folder for exported sounds")
    history_size: int | None = option(None, "Most space for the sounds of the history, e.g. 2GB")

    @property
    def tags(self) -> dict[str, str]:
        """Tags of an exported sound."""
        return {name: text for name, text in (("artist", self.author), ("copyright", self.licence)) if text}

    def to_plain(self) -> dict[str, str]:
        """Return every key as text, in the order of the file."""
        plain = {name: str(getattr(self, name) or "") for name in KEYS}
        return {**plain, "history_size": "" if self.history_size is None else _size_words(self.history_size)}


# Help text of each default.
KEYS = {name: one.text for name, one in options_of(Defaults).items()}


def read_defaults(path: Path) -> Defaults:
    """Return the defaults in a TOML file; without a file, none are set.

    A relative folder is relative to the file's folder. Raises SdaError that names the file and the wrong line or key.
    """
    return _parsed(_text(path), path)


def set_default(path: Path, key: str, value: str) -> Defaults:
    """Write one default into a file, or remove it with an empty text; other lines and comments are kept.

    Raises SdaError for an unknown key, a format that can't be written, and a file that can't be read or written.
    """
    if key not in KEYS:
        raise SdaError(f"There is no default {key!r}; there are {', '.join(KEYS)}.")
    with locked(path.parent):
        return _set_default(path, key, value)


def _set_default(path: Path, key: str, value: str) -> Defaults:
    text = _text(path)
    known = {name: old for name, old in _parsed(text, path).to_plain().items() if old and name != key}
    wanted = _checked({**known, key: value}, path)
    kept = [line for line in text.splitlines() if not re.match(rf"\s*[\"']?{key}[\"']?\s*=", line)]
    new = "".join(f"{line}\n" for line in [*kept, *([_line(key, value)] if value else [])])
    if not _gives(new, wanted, path):  # e.g. a text of several lines: rewrite the whole file
        new = "".join(f"{_line(name, one)}\n" for name, one in wanted.to_plain().items() if one)
    write_atomically(path, new.encode())
    return wanted


def _line(key: str, value: str) -> str:
    return f"{key} = {toml_quoted(value)}"


def toml_quoted(text: str) -> str:
    """Return a text in TOML quotes. Raises SdaError for text that is not valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SdaError(f"{text!r} is not Unicode text; type it again.") from error
    quoted = (ESCAPES.get(one) or (one if one.isprintable() else f"\\U{ord(one):08X}") for one in text)
    return f'"{"".join(quoted)}"'


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SdaError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8.") from error
    except OSError as error:
        raise SdaError(f"{path} can't be read ({error.strerror}); repair or delete it.") from error


def _parsed(text: str, path: Path) -> Defaults:
    try:
        return _checked(tomllib.loads(text), path)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SdaError(f'{path} is not valid TOML: {error}; write lines like author = "Jane".') from error


def _gives(text: str, wanted: Defaults, path: Path) -> bool:
    """Return whether a file with this text would give these defaults."""
    try:
        return _parsed(text, path) == wanted
    except SdaError:
        return False


def _checked(found: dict[str, Any], path: Path) -> Defaults:
    """Return defaults from the data of a file. Raises SdaError for unknown keys and wrong values."""
    for key, value in found.items():
        if key not in KEYS:
            raise SdaError(f"{path}: there is no default {key!r}; there are {', '.join(KEYS)}.")
        if not isinstance(value, str):
            raise SdaError(f"{path}: {key} must be a text in quotes, not {value!r:.40}.")
    form = str(found.get("format", "")).lower().lstrip(".")
    if form and f".{form}" not in FORMATS:
        known = ", ".join(suffix.lstrip(".") for suffix in FORMATS)
        raise SdaError(f"{path}: sounds can't be written as {form!r}; choose one of {known}.")
    folder = path.parent / Path(found["folder"]).expanduser() if found.get("folder") else None
    return Defaults(str(found.get("author", "")), str(found.get("licence", "")), form, folder, _size(found, path))


def _size_words(size: int) -> str:
    """Return a size as `size_of_words` reads it back exactly."""
    words = size_in_words(size).replace(" ", "")
    return words if size_of_words(words) == size else str(size)


def _size(found: dict[str, Any], path: Path) -> int | None:
    """Return the size of the history in bytes; None where it is not set. Raises SdaError for other text."""
    words = str(found.get("history_size", ""))
    if not words:
        return None
    try:
        size = size_of_words(words)
    except SdaError as error:
        raise SdaError(f"{path}: history_size {error}") from error
    if not SMALLEST <= size <= HIGHEST:
        limits = f"{size_in_words(SMALLEST)} to {size_in_words(HIGHEST)}"
        raise SdaError(f"{path}: history_size must be {limits}, not {words}.")
    return size

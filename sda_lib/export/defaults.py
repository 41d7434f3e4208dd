"""The user's defaults: author and licence of exported sounds, format and folder, in an editable TOML file.

Python's standard library does not write TOML, so this module does, for one key with one text per line.
"""

from __future__ import annotations

import dataclasses
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sda_lib.audio.formats import FORMATS
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically

# TOML escapes of characters that a quoted text can't contain.
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}


def _key(help: str) -> Any:
    return field(default="", metadata={"help": help})


@dataclass(frozen=True)
class Defaults:
    """Values used by commands and the page where the user gives none; an empty text is no default."""

    author: str = _key("Who made it: the tag artist of every exported sound.")
    licence: str = _key("Its terms: the tag copyright of every exported sound, e.g. CC BY 4.0.")
    format: str = _key("Format of exported sounds: wav, flac, mp3, ogg or opus.")
    folder: Path | None = field(default=None, metadata={"help": "Folder for exported sounds."})

    @property
    def tags(self) -> dict[str, str]:
        """Tags of an exported sound."""
        return {name: text for name, text in (("artist", self.author), ("copyright", self.licence)) if text}

    def to_plain(self) -> dict[str, str]:
        """Return every key as text, in the order of the file."""
        return {name: str(getattr(self, name) or "") for name in KEYS}


# Help text of each default.
KEYS = {one.name: one.metadata["help"] for one in dataclasses.fields(Defaults)}


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
    text = _text(path)
    wanted = _checked({**_plain(_parsed(text, path)), key: value} if value else _without(text, path, key), path)
    kept = [line for line in text.splitlines() if not re.match(rf"\s*[\"']?{key}[\"']?\s*=", line)]
    added = [f"{key} = {toml_quoted(value)}"] if value else []
    new = "".join(f"{line}\n" for line in [*kept, *added])
    if _outcome(new, path) != wanted:  # e.g. a text of several lines: rewrite the whole file
        new = "".join(f"{name} = {toml_quoted(text)}\n" for name, text in _plain(wanted).items())
    write_atomically(path, new.encode())
    return wanted


def toml_quoted(text: str) -> str:
    """Return a text in TOML quotes. Raises SdaError for text that is not valid Unicode."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SdaError(f"{text!r} is not Unicode text; type it again.") from error
    return '"' + "".join(ESCAPES.get(one) or (one if one.isprintable() else _escaped(one)) for one in text) + '"'


def _escaped(character: str) -> str:
    return f"\\u{ord(character):04X}" if ord(character) < 0x10000 else f"\\U{ord(character):08X}"


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise SdaError(f"{path}: line {line} is not UTF-8 text; save the file as UTF-8.") from error
    except OSError as error:
        raise SdaError(f"{path} can't be read ({error.strerror}); mend or delete it.") from error


def _parsed(text: str, path: Path) -> Defaults:
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SdaError(f'{path} is not valid TOML: {error}; write lines like author = "Jane".') from error
    except RecursionError as error:
        raise SdaError(f'{path} is not valid TOML for defaults; write lines like author = "Jane".') from error
    return _checked(found, path)


def _outcome(text: str, path: Path) -> Defaults | None:
    """Return the defaults that a file with this text would give; None for one that can't be read."""
    try:
        return _parsed(text, path)
    except SdaError:
        return None


def _without(text: str, path: Path, key: str) -> dict[str, str]:
    return {name: value for name, value in _plain(_parsed(text, path)).items() if name != key}


def _plain(defaults: Defaults) -> dict[str, str]:
    """Return the keys that are set."""
    return {name: text for name, text in defaults.to_plain().items() if text}


def _checked(found: dict[str, Any], path: Path) -> Defaults:
    """Return defaults from the data of a file. Raises SdaError for unknown keys and wrong values."""
    for key, value in found.items():
        if key not in KEYS:
            raise SdaError(f"{path}: there is no default {key!r}; there are {', '.join(KEYS)}.")
        if not isinstance(value, str):
            raise SdaError(f"{path}: {key} should be a text in quotes, not {value!r:.40}.")
    form = str(found.get("format", "")).lower().lstrip(".")
    if form and f".{form}" not in FORMATS:
        known = ", ".join(suffix.lstrip(".") for suffix in FORMATS)
        raise SdaError(f"{path}: sounds can't be written as {form!r}; the format is one of {known}.")
    folder = path.parent / Path(found["folder"]).expanduser() if found.get("folder") else None
    return Defaults(str(found.get("author", "")), str(found.get("licence", "")), form, folder)

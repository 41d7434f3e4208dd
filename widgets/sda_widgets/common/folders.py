"""Folders: lists the folders and sounds of this machine below a few roots, and nothing outside them."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sda_lib.audio.suffixes import can_read_media, is_sound
from sda_lib.audio.usable_files import find_sound_files
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# Some of the formats that are read, for people who look for one.
READABLE_FORMATS = "WAV, FLAC, OGG, MP3, AIFF, M4A or MP4" if can_read_media() else "WAV, FLAC, OGG, MP3 or AIFF"

# Root folders by the label that the page shows.
Roots = Mapping[str, Path]


@dataclass(frozen=True)
class Entry:
    """One line of a listing; a sound's `size` is in bytes."""

    name: str
    path: Path
    folder: bool = False
    size: int = 0


def list_folder(roots: Roots, folder: Path | None) -> tuple[Entry, ...]:
    """List a folder's folders, then its sounds, by name; for None, the roots. Hidden names and links that lead out of
    the roots are left out. Raises SdaError for a folder outside the roots or one that cannot be read.
    """
    if folder is None:
        return tuple(Entry(label, path, folder=True) for label, path in roots.items() if os.path.isdir(path))
    if not is_inside(roots, folder):
        raise SdaError(f"{printable(folder)} is outside the folders shown here; start with: sda studio --folder FOLDER")
    try:
        with os.scandir(folder) as entries:
            found = [one for one in (_found(roots, entry) for entry in entries) if one is not None]
    except OSError as error:
        why = error.strerror or error
        raise SdaError(f"{printable(folder)} can't be opened ({why}); choose another folder.") from error
    return tuple(sorted(found, key=lambda one: (not one.folder, one.name.casefold(), one.name)))


def checked(roots: Roots, path: str | Path) -> Path:
    """Return a path of the user's, `~` expanded. Raises SdaError when it is no path, or leads out of the roots."""
    shown = printable(path)
    if "\0" in str(path) or not _is_name(str(path)):
        raise SdaError(f"{shown} is no path; type one like /home/me/sounds/rain.wav.")
    expanded = Path(os.path.expanduser(path))
    if not is_inside(roots, expanded):
        raise SdaError(
            f"{shown} is outside the folders shown here ({', '.join(map(str, roots.values()))}); "
            "copy it there, or start the page with: sda studio --folder FOLDER"
        )
    return expanded


def check_links(roots: Roots, folder: Path) -> None:
    """Raise SdaError when a sound below a folder is a link that leads out of the roots."""
    for path in find_sound_files(folder, []):
        if path.is_symlink() and not is_inside(roots, path):
            raise SdaError(
                f"{printable(path)} is a link to a file outside the folders shown here; "
                "remove it, or start the page with: sda studio --folder FOLDER"
            )


def is_inside(roots: Roots, path: Path) -> bool:
    """Whether a path, with its links followed, is a root or below one."""
    return _root(roots, path) is not None


def parent_folder(roots: Roots, folder: Path | None) -> Path | None:
    """Return the folder above; None, which lists the roots, for a root or outside them."""
    if folder is None or not is_inside(roots, folder.parent) or _real(folder) in map(_real, roots.values()):
        return None
    return folder.parent


def breadcrumb(roots: Roots, folder: Path | None) -> tuple[str, ...]:
    """Return the labels from the root to a folder, as the page shows them."""
    if folder is None or (label := _root(roots, folder)) is None:
        return ()
    return label, *_real(folder).relative_to(_real(roots[label])).parts


def _found(roots: Roots, entry: os.DirEntry[str]) -> Entry | None:
    """Return the line of an entry, or None when it isn't listed."""
    path = Path(entry.path)
    if entry.name.startswith(".") or not _is_text(entry.name) or (entry.is_symlink() and not is_inside(roots, path)):
        return None
    try:
        if entry.is_dir():
            return Entry(entry.name, path, folder=True)
        listed = entry.is_file() and is_sound(entry.name)
        return Entry(entry.name, path, size=entry.stat().st_size) if listed else None
    except OSError:
        return None


def _root(roots: Roots, path: Path) -> str | None:
    """Return the label of the innermost root that contains a path, or None."""
    real = _real(path)
    holding = [label for label, root in roots.items() if real.is_relative_to(_real(root))]
    return max(holding, key=lambda label: len(_real(roots[label]).parts), default=None)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _is_name(path: str) -> bool:
    """Whether text can be a path; bytes of a name that are not UTF-8 are single surrogates in it."""
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    return True


def _is_text(name: str) -> bool:
    """Whether a name is valid text; names on disk may hold any bytes, but the page takes only text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True

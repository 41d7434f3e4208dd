"""The user's presets, one JSON file each, and the factory's, which ship with SDA. A file of its own holds the stars.

An own preset hides a factory preset of the same name. A file that is no preset is listed with its problem; it never
hides the others.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sda_lib import safe_json
from sda_lib.errors import SdaError
from sda_lib.file_names import checked_name, printable
from sda_lib.files import locked, unwritable, write_atomically
from sda_lib.presets.preset import Preset, checked_preset_name
from sda_lib.presets.preset_file import read_preset, write_preset
from sda_lib.trash import move_to_trash

if TYPE_CHECKING:
    from sda_lib.home import Home  # it needs a package, and the command line must start without any

FACTORY = Path(__file__).parent / "factory"
SUFFIX = ".json"
# Largest file of stars in bytes.
LARGEST_STARS = 1 << 20


@dataclass(frozen=True)
class PresetEntry:
    """A preset in the list. `preset` is None for a file that can't be read, which `problem` explains."""

    name: str
    path: Path
    preset: Preset | None = None
    factory: bool = False
    starred: bool = False
    problem: str = ""

    @property
    def about(self) -> str:
        """What is said about the preset, or what is wrong with its file."""
        return self.problem if self.preset is None else self.preset.about


@dataclass(frozen=True)
class PresetStore:
    """The presets in a folder besides those of the factory, and the file of stars."""

    folder: Path
    stars: Path

    @classmethod
    def of(cls, home: Home) -> PresetStore:
        """Return the presets in the user's folder."""
        return cls(home.presets, home.preset_stars)

    def entries(self) -> tuple[PresetEntry, ...]:
        """Return all presets by name: starred ones first, then the user's own, then the factory's."""
        starred, own = self._starred(), list(map(_entry, _files(self.folder)))
        hidden = {_key(entry.name) for entry in own}
        shipped = [replace(entry, factory=True) for entry in map(_entry, _files(FACTORY))]
        found = [*own, *(entry for entry in shipped if _key(entry.name) not in hidden)]
        marked = [replace(entry, starred=_key(entry.name) in starred) for entry in found]
        return tuple(sorted(marked, key=lambda one: (not one.starred, one.factory, _key(one.name))))

    def entry(self, name: str) -> PresetEntry:
        """Return the preset of a name, in any case. Raises SdaError for an unknown name or a damaged file."""
        entries = self.entries()
        found = next((one for one in entries if _key(one.name) == _key(name)), None)
        if found is None:
            raise SdaError(
                f"There is no preset {printable(name)!r}; there are {', '.join(one.name for one in entries)}."
            )
        if found.preset is None:
            raise SdaError(found.problem)
        return found

    def load(self, name: str | Path) -> Preset:
        """Return the preset of a name, or of a JSON file. Raises SdaError."""
        if isinstance(name, Path) or name.lower().endswith(SUFFIX):
            return read_preset(Path(name).expanduser())
        found = self.entry(name).preset
        assert found is not None  # `entry` raises for a file without one
        return found

    def save(self, preset: Preset, replaces: bool = False) -> Path:
        """Write a preset among the user's. Raises SdaError for a name that is taken, unless it `replaces` that one."""
        with locked(self.folder):
            taken = self._own(preset.name)
            if taken is not None and not replaces:
                raise SdaError(f"You have a preset {taken.name}; choose another name, or replace it with --force.")
            path = self.folder / f"{checked_name(preset.name)}{SUFFIX}"
            if taken is None:
                return write_preset(path, preset, "-")
            return write_preset(taken.path, preset)

    def rename(self, name: str, new: str) -> Preset:
        """Give one of the user's presets another name; its star stays. Raises SdaError."""
        new = checked_preset_name(new)
        entry = self._need_own(name)
        assert entry.preset is not None
        preset = replace(entry.preset, name=new)
        if _key(new) == _key(entry.name):  # in other case
            write_preset(entry.path, preset)
            return preset
        self.save(preset)
        if entry.starred:
            self.star(new)
        self._remove(entry)
        return preset

    def delete(self, name: str, trash: Path) -> Path:
        """Move one of the user's presets to the trash and return its path there. Raises SdaError."""
        entry = self._need_own(name, damaged=True)
        place = move_to_trash(entry.path, trash)
        self.star(entry.name, False)
        return place

    def star(self, name: str, on: bool = True) -> None:
        """Star a preset, or take its star away. Raises SdaError for an unknown name when `on`."""
        key = _key(self.entry(name).name if on else name)
        with locked(self.stars.parent):
            before = self._starred()
            after = before | {key} if on else before - {key}
            if after != before:
                write_atomically(self.stars, json.dumps(sorted(after)).encode())

    def _starred(self) -> frozenset[str]:
        """Return the keys of starred presets; none if the file is missing or malformed."""
        try:
            found = safe_json.read(self.stars, LARGEST_STARS)
        except (OSError, ValueError):
            return frozenset()
        return frozenset(one for one in found if isinstance(one, str)) if isinstance(found, list) else frozenset()

    def _own(self, name: str) -> PresetEntry | None:
        return next((one for one in map(_entry, _files(self.folder)) if _key(one.name) == _key(name)), None)

    def _need_own(self, name: str, damaged: bool = False) -> PresetEntry:
        """Return one of the user's presets. Raises SdaError for others, and for a damaged file unless `damaged`."""
        found = next((one for one in self.entries() if _key(one.name) == _key(name)), None)
        if found is None or (found.preset is None and not damaged):
            found = self.entry(name)  # raises the error
        if found.factory:
            raise SdaError(f"{found.name} ships with SDA and stays as it is; save it under another name to change it.")
        return found

    def _remove(self, entry: PresetEntry) -> None:
        try:
            entry.path.unlink(missing_ok=True)
        except OSError as error:
            raise unwritable(entry.path, error) from error
        self.star(entry.name, False)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith("."))


def _entry(path: Path) -> PresetEntry:
    try:
        preset = read_preset(path)
    except SdaError as error:
        return PresetEntry(printable(path.stem), path, problem=str(error))
    return PresetEntry(preset.name, path, preset)


def _key(name: str) -> str:
    """Return what is equal for names that differ in case and in spaces at their ends alone."""
    return name.strip().casefold()

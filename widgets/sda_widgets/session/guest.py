"""Pages for guests: they play the owner's models in a folder of their own, which ends with the page.

The folder holds links to the models and copies of the presets. What a guest writes, into a model too, takes the place
of the link, so nothing of the owner's changes.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path

from sda_lib.scratch import scratch_folder
from sda_widgets.common.folders import Roots
from sda_widgets.session.places import Places
from sda_widgets.session.session import Session

# Largest file that a guest can send, in bytes.
MAX_UPLOAD_BYTES = 20_000_000
# Seconds without an act after which the page of a guest ends, and the time for its last words to arrive.
IDLE, PARTING = 900.0, 3.0
# Most bytes of the exports and sessions that a guest's page keeps.
MOST_BYTES = 500_000_000
REMOVED = "The oldest exports of this page were deleted: together they were larger than {megabytes:.0f} MB."
ENDED = "This page was not used for {minutes:.0f} minutes and has ended; reload it to begin anew."


@dataclass(frozen=True)
class GuestPlaces(Places):
    """The folders of a guest's page: the examples alone are shown, and the owner's models can be opened."""

    owner: Path = Path()

    @property
    def roots(self) -> Roots:
        """The examples."""
        return {"Examples": self.demo}

    @property
    def allowed(self) -> Roots:
        """The examples, the owner's models, and the guest's own folder."""
        return {**self.roots, "Models": self.owner, "This page": self.folder}


def is_guest(places: Places) -> bool:
    """Return whether a page with these folders is a guest's."""
    return isinstance(places, GuestPlaces)


def places_of_guest(owner: Places, home: Path | None = None) -> GuestPlaces:
    """Return folders for one guest, made anew, which are deleted when the process ends.

    Args:
        owner: the folders of whoever serves the page.
        home: where the guest's folder is made; default: the system's folder for temporary files.
    """
    folder = scratch_folder("sda-guest", home).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    models = folder / "models"
    models.mkdir()
    for model in sorted(owner.models.glob("*.sda")):
        _link(model, models / model.name)
    _copy_presets(owner.presets, folder / "presets")
    return GuestPlaces(folder, owner.demo, owner=owner.models.resolve())


def _link(model: Path, link: Path) -> None:
    """Make a link to a model; where the system has none, a copy."""
    with contextlib.suppress(OSError):
        try:
            link.symlink_to(model.resolve())
        except OSError:
            shutil.copyfile(model, link)


def _copy_presets(source: Path, target: Path) -> None:
    """Copy the presets of a folder; files that can't be read, and links, are left out."""
    target.mkdir()
    for preset in source.glob("*.json"):
        if preset.is_file() and not preset.is_symlink():
            with contextlib.suppress(OSError):
                shutil.copyfile(preset, target / preset.name)


def keep_small(session: Session, most: int = MOST_BYTES) -> None:
    """Delete the oldest exports and sessions of a guest, but not the newest file, while they are larger than `most`
    bytes together, and say so on the page."""
    folders = session.places.exports, session.places.sessions
    found = (path for folder in folders for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    files = sorted((path.stat().st_mtime_ns, path.stat().st_size, path) for path in found)
    held = sum(size for _, size, _ in files)
    passed = held > most
    for _, size, path in files[:-1]:
        if held <= most:
            break
        with contextlib.suppress(OSError):
            path.unlink()
        held -= size
    if passed:
        session.notice = REMOVED.format(megabytes=most / 1e6)


def end_later(session: Session, idle: float = IDLE) -> None:
    """Say on the page that it ends, then delete its folder and end its process."""
    session.report_later(ENDED.format(minutes=idle / 60))
    threading.Timer(PARTING, _end, [session.places.folder]).start()


def _end(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # other threads of a kernel would keep it

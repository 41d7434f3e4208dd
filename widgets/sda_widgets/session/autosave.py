"""Autosave: writes the state of a page after every act, and lets the next page go on from it.

Every page holds the lock of a file of its own, so that two pages never write to one. The file of a page that was
reloaded, closed or killed is free, and the next page takes it over. A page that is opened beside others begins with a
copy.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.file_names import numbered_paths
from sda_lib.model.model import SdaModel
from sda_lib.runs.locks import lock_if_free
from sda_lib.sessions.autosave import (
    MOST_BEFORE,
    OpenSound,
    Place,
    SavedPage,
    SavedSound,
    fits,
    load_page,
    restored_history,
    save_page,
)
from sda_lib.sessions.history import SoundHistory
from sda_lib.sessions.playback import Playback
from sda_lib.trash import move_to_trash
from sda_widgets.session.context import is_other_model
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.places import NUMBER, modified
from sda_widgets.session.session import Session
from sda_widgets.session.session_files import former_sound, show_session
from sda_widgets.session.sound import Sound
from sda_widgets.session.sound_traits import FormerSound

# Seconds without an act before the state is written, so that it delays none that follows at once; and the longest time
# that a state waits while acts go on.
REST, LONGEST = 0.3, 1.0
# Longest time to wait for the last page to let go of its file, in seconds: a page that is reloaded ends meanwhile.
PATIENCE, POLL = 1.0, 0.05
FILE = "page.json"
# What is saved of a page and of a sound, besides what actions change.
PAGE_TRAITS, SOUND_TRAITS = ["model_path", "place", "receiver", "sounds"], ["cursor", "selection", "more", "locks"]
STEP_TRAITS = ["history", "source_amount", "title"]


class Autosave:
    """The autosave of one page."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._path, self._lock, self._from = _own_file(session.places.autosave)
        self._changed = threading.Event()
        self._writing = threading.Lock()
        self._is_closed = False
        self._snapshot: partial[Path] | None = None  # writes the state that is not written yet
        self._reported = ""
        self.problem = ""  # why the page before could not be brought back, as a sentence

    # --- going on -----------------------------------------------------------------------------------------------------

    def resume(self) -> bool:
        """Bring back the state of the page before; return whether there was any and that worked.

        A file that can't be used goes to the trash, and `problem` says why.
        """
        if self._from is None:
            return False
        with self.session.lock, errors_as_sentences(self._set_aside, "It is damaged."):
            self._show(load_page(self._from))
            return True
        return False

    def _set_aside(self, why: str) -> None:
        self.problem = f"The last page could not be brought back. {why}"
        if self._from == self._path:
            with contextlib.suppress(SdaError):
                move_to_trash(self._path, self.session.places.trash)

    def _show(self, page: SavedPage) -> None:
        session, path = self.session, self.session.places.checked(page.model)
        if not page.sounds:  # a model without codes
            session.open_model(path)
            return
        model = SdaModel.load(path)
        histories = [
            (sound, restored_history(model, sound), [restored_history(model, one) for one in sound.before])
            for sound in page.sounds
        ]
        session.set(model=model, model_path=path)
        for number, (saved, history, earlier) in enumerate(histories):
            if number:
                session.add_sound(saved.name)
            sound = session.sounds[number]
            show_session(sound, saved.session, history)
            sessions = (one.session for one in saved.before)
            before = (former_sound(session, one, steps) for one, steps in zip(sessions, earlier, strict=True))
            sound.former = SoundHistory(tuple(before))
            _go_to(sound, saved)
        names = [sound.name for sound in session.sounds]
        session.receiver = page.receiver if page.receiver in names else names[0]
        session.recordings.choose(page.recordings)
        session.go_to(page.place)

    # --- saving -------------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Write the state after every act from now on, until `close`."""
        session = self.session
        session.observe(lambda change: None if change.new else self._note(), "busy")
        session.observe(lambda _change: self._note(), PAGE_TRAITS)
        session.recordings.observe(lambda _change: self._note(), "names")
        session.observe(lambda change: self._watch_sounds(set(change.new) - set(change.old)), "sounds")
        self._watch_sounds(set(session.sounds))
        atexit.register(self.close)
        threading.Thread(target=self._work, name="sda-autosave", daemon=True).start()
        self._note()

    def _watch_sounds(self, sounds: set[Sound]) -> None:
        for sound in sounds:
            sound.observe(self._on_sound, [*SOUND_TRAITS, *STEP_TRAITS])  # the same method is observed once

    def _on_sound(self, _change: object) -> None:
        self._note()

    def _note(self) -> None:
        """Remember the state as it is; inside an action it is not complete yet, and the action's end notes it."""
        session = self.session
        if session.busy or session.model is None or session.model_path is None:
            return
        sounds = [_open_sound(sound) for sound in session.sounds]
        self._snapshot = partial(
            save_page, self._path, session.model, session.model_path, session.place, session.receiver, sounds,
            session.recordings.names,
        )  # fmt: skip
        self._changed.set()

    def _work(self) -> None:
        while not self._is_closed:
            self._changed.wait()
            end = time.monotonic() + LONGEST
            while self._changed.is_set() and time.monotonic() < end and not self._is_closed:
                self._changed.clear()
                time.sleep(REST)
            self.save()

    def save(self) -> None:
        """Write the state now, unless it is written already. A failure is reported once."""
        with self._writing:
            self._changed.clear()
            write, self._snapshot = self._snapshot, None
            if write is None or self._is_closed:
                return
            try:
                write()
                self._reported = ""
            except SdaError as error:
                if str(error) != self._reported:
                    self._reported = str(error)
                    self.session.report_later(f"This page is not kept for a reload: {error}")

    def close(self) -> None:
        """Write the state for the last time, and let go of the file."""
        atexit.unregister(self.close)
        self._note()  # the playhead, too, whose moves alone write nothing
        self.save()
        with self._writing:
            if not self._is_closed:
                self._is_closed = True
                os.close(self._lock)
        self._changed.set()


def _own_file(folder: Path) -> tuple[Path, int, Path | None]:
    """Return a file that no other page holds, its lock, and the file whose state the page begins with, if there is any.

    It is the file that was written last among those that no page holds. Where all are held, the page that holds the
    newest may be about to end and is awaited; then the state of that one is copied, as its browser may have crashed.
    """
    end = time.monotonic() + PATIENCE
    while known := sorted(folder.glob("page*.json"), key=modified, reverse=True):
        for path in known:
            if (lock := lock_if_free(path)) is not None:
                return path, lock, path
        if time.monotonic() >= end:
            break
        time.sleep(POLL)
    path, lock = next(_free_files(folder))
    return path, lock, known[0] if known else None


def _free_files(folder: Path) -> Iterator[tuple[Path, int]]:
    for path in numbered_paths(folder / FILE, NUMBER):
        if (lock := lock_if_free(path)) is not None:
            yield path, lock


def _open_sound(sound: Sound) -> OpenSound:
    place = Place(sound.cursor, sound.selection, sound.more, max(0.0, sound.position), sound.locks)
    before = tuple(map(_open_former, filter(partial(_is_of, sound.context.model), sound.former.before)))
    return OpenSound(sound.name, sound.title, sound.history, sound.renderer.playback, place, before[-MOST_BEFORE:])


def _open_former(former: FormerSound) -> OpenSound:
    state = former.state
    playback = Playback(state["source_amount"], former.quantized, state["fades"])
    return OpenSound("", state["title"], state["history"], playback, Place())


def _is_of(model: SdaModel | None, former: FormerSound) -> bool:
    """Whether a former sound has codes of a model."""
    return former.state["codes"] is not None and not is_other_model(model, former.model)


def _go_to(sound: Sound, saved: SavedSound) -> None:
    """Show the cells that were selected, if they are still in the grid, and go to the place of the playhead."""
    place = saved.place
    if sound.codes is not None and fits(place, sound.codes):
        sound.set(cursor=place.cursor, selection=place.selection, more=place.more)
    names = {card.name for card in sound.sliders.cards}
    sound.locks = tuple(name for name in place.locks if name in names)
    sound.position = min(place.position, sound.seconds)

"""Autosave: the state of a page as one file, from which a reloaded page goes on.

It holds the model's path and every sound as a session with all its steps, those that were undone too, and the cells
that were selected. The codes of each sound are written out, so that they come back whatever its steps would give now.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib import faults, safe_json
from sda_lib.codec.codes import Codes, codes_from_dict
from sda_lib.editing.edits import LONGEST_FRAMES
from sda_lib.editing.registry import Cells, cells_of, mask
from sda_lib.errors import SdaError, with_field
from sda_lib.file_names import printable
from sda_lib.files import write_atomically
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import MOST_STEPS, History, SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sessions.session_file import (
    SessionFile,
    codes_to_plain,
    plain_to_session,
    replay,
    session_mismatch,
    session_to_plain,
)
from sda_lib.sliders.settings import SliderSettings
from sda_lib.typed_fields import Fields

FORMAT = 1
# Most sounds of one page, most sounds before each that are kept, and most selected cells or locked names in one.
MOST_SOUNDS, MOST_BEFORE, MOST_AREAS = 26, 8, 4096
# Longest path of a model and longest name of a sound, a place of the page or a slider, in characters.
LONGEST_PATH, LONGEST_NAME = 4096, 200
# Most chosen recordings that are kept.
MOST_CHOSEN = 10_000
# Names of places of the page in older files, and what they are now.
EARLIER_PLACES = {"train": "learn"}


@dataclass(frozen=True)
class Place:
    """Where one is in a sound: the cursor (level, frame), the selected rectangles, seconds of the playhead, and the
    sliders that are locked."""

    cursor: tuple[int, int] = (0, 0)
    selection: Cells | None = None
    more: tuple[Cells, ...] = ()
    position: float = 0.0
    locks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class OpenSound:
    """A sound of a page, to be saved, and the sounds `before` it that undo leads to, oldest first."""

    name: str
    title: str
    history: History
    playback: Playback
    place: Place
    before: tuple[OpenSound, ...] = ()


@dataclass(frozen=True, eq=False)
class SavedSound:
    """A sound of a saved page.

    Args:
        name: A, B, C …
        session: its steps, as far as redo leads.
        undone: how many of the last ones were undone.
        codes: the codes that played; not checked against any model yet.
        place: where one was in it; not checked against the codes.
        before: the sounds that it replaced, oldest first.
    """

    name: str
    session: SessionFile
    undone: int
    codes: Codes
    place: Place
    before: tuple[SavedSound, ...] = ()


@dataclass(frozen=True, eq=False)
class SavedPage:
    """State of a page: the model's path, the name of the place that is shown, the sound that new ones replace, all
    sounds, and the names of the recordings that new sounds are made of (empty: all)."""

    model: str
    place: str
    receiver: str
    sounds: tuple[SavedSound, ...]
    recordings: tuple[str, ...] = ()


def save_page(
    path: Path,
    model: SdaModel,
    model_path: Path,
    place: str,
    receiver: str,
    sounds: Sequence[OpenSound],
    recordings: Sequence[str] = (),
) -> Path:
    """Write the state of a page atomically (see `SavedPage`). Sounds without codes are left out.

    Steps of a sound that is too large for the file are left out. Raises SdaError when the file can't be written.
    """
    kept = [sound for sound in sounds if sound.history.state.codes is not None]
    page = {"format": FORMAT, "model": str(model_path), "tab": place, "receiver": receiver}
    page["recordings"] = list(recordings)[:MOST_CHOSEN]
    for some in (kept, list(map(_without_steps, kept))):
        text = json.dumps({**page, "sounds": [_sound_to_plain(model, sound) for sound in some]})
        if len(text) <= safe_json.LARGEST and not safe_json.too_much(text):
            return write_atomically(path, text.encode())
    raise SdaError("The sounds of this page are too large to be kept for a reload; save or export them.")


def load_page(path: Path) -> SavedPage:
    """Read the state of a page; nothing in it is executed. Raises SdaError for any other or a damaged file."""
    try:
        facts = Fields(safe_json.read(path))
        if facts.whole("format", FORMAT) > FORMAT:
            raise SdaError(f"{printable(path.name)} was saved by a newer SDA; update SDA to open it.")
        sounds = tuple(_plain_to_sound(one, path.name) for one in facts.each("sounds", MOST_SOUNDS))
        if len({sound.name for sound in sounds}) != len(sounds):
            raise ValueError("two sounds of one name")
        place, receiver = facts.text("tab", longest=LONGEST_NAME), facts.text("receiver", longest=LONGEST_NAME)
        place = EARLIER_PLACES.get(place, place)
        chosen = facts.items("recordings", most=MOST_CHOSEN) if "recordings" in facts.plain else []
        recordings = tuple(Fields({"recordings": one}).text("recordings", longest=LONGEST_PATH) for one in chosen)
        return SavedPage(facts.text("model", longest=LONGEST_PATH), place, receiver, sounds, recordings)
    except (OSError, SdaError, *safe_json.MALFORMED) as error:
        faults.pass_on(error)
        if isinstance(error, SdaError):
            raise
        raise SdaError(
            with_field(f"{printable(path.name)} is not the state of a page, or is cut off.", error)
        ) from error


def restored_history(model: SdaModel, sound: SavedSound) -> History:
    """Return the steps of a saved sound, at the step where it was; a sound whose steps now give other codes begins with
    those that were saved. Raises SdaError for another model and for a damaged sound."""
    model.check(sound.codes)
    try:
        if not session_mismatch(model, sound.session):
            history = replay(model, sound.session)
            for _ in range(sound.undone):
                history = history.undo()
            if history.state.codes is not None and history.state.codes.is_same(sound.codes):
                return history
    except SdaError:
        pass
    return _beginning(sound.codes, sound.session.title)


def fits(place: Place, codes: Codes) -> bool:
    """Whether a cursor and a selection lie inside the grid."""
    level, frame = place.cursor
    try:
        mask((*place.more, *([place.selection] if place.selection else [])), codes)
    except SdaError:
        return False
    return level < codes.levels and frame < codes.frames


def _beginning(codes: Codes, title: str) -> History:
    return History.begin(SoundState(codes, SliderSettings(codes)), title)


def _without_steps(sound: OpenSound) -> OpenSound:
    codes = sound.history.state.codes
    assert codes is not None
    return OpenSound(sound.name, sound.title, _beginning(codes, sound.title), sound.playback, sound.place)


def _sound_to_plain(model: SdaModel, sound: OpenSound) -> dict[str, Any]:
    last, undone = sound.history, 0
    while last.can_redo and undone < MOST_STEPS:
        last, undone = last.redo(), undone + 1
    place = sound.place
    return {
        "name": sound.name,
        "session": session_to_plain(model, last, sound.playback, sound.title),
        "undone": undone,
        "codes": codes_to_plain(sound.history.state.codes),
        "cursor": place.cursor,
        "selection": place.selection,
        "more": place.more,
        "position": place.position,
        "locks": place.locks,
        "before": [_sound_to_plain(model, one) for one in sound.before[-MOST_BEFORE:]],
    }


def _plain_to_sound(facts: Fields, name: str, is_before: bool = False) -> SavedSound:
    codes = codes_from_dict(facts.inner("codes").plain)
    if codes.frames > LONGEST_FRAMES:
        raise ValueError(codes.frames)
    session, undone = plain_to_session(facts.inner("session").plain, name), facts.whole("undone", 0, MOST_STEPS)
    earlier = () if is_before else facts.each("before", MOST_BEFORE)
    before = tuple(_plain_to_sound(one, name, True) for one in earlier)
    return SavedSound(facts.text("name", longest=1), session, undone, codes, _plain_to_place(facts), before)


def _plain_to_place(facts: Fields) -> Place:
    level, frame = (Fields({"cursor": one}).whole("cursor", 0) for one in facts.items("cursor", most=2))
    chosen = facts.plain.get("selection")
    selection = None if chosen is None else cells_of([chosen])[0]
    locks = [
        Fields({"locks": one}).text("locks", longest=LONGEST_NAME) for one in facts.items("locks", most=MOST_AREAS)
    ]
    more = cells_of(facts.items("more", most=MOST_AREAS))
    return Place((level, frame), selection, more, facts.number("position", 0), tuple(locks))

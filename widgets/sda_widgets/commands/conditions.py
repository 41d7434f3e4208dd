"""Conditions: why an act can't be done now, as a sentence; an empty string where it can."""

from __future__ import annotations

from sda_widgets.session.context import NO_MODEL, NO_SOUND
from sda_widgets.session.editing import NOTHING_COPIED, OTHER_LENGTH
from sda_widgets.session.session import Session
from sda_widgets.session.sound_measures import NOT_MEASURED

NO_SLIDERS = "This model has no sliders."
ONE_SOUND = "There is one sound only; add a second one first."


def model(session: Session) -> str:
    return "" if session.model is not None else NO_MODEL


def sound(session: Session) -> str:
    return model(session) or ("" if session.sound.clip is not None else NO_SOUND)


def codes(session: Session) -> str:
    why = model(session)
    if why or session.sound.codes is not None:
        return why
    return getattr(session.model, "why_no_codes", "") or NO_SOUND


def restorable(session: Session) -> str:
    why, now, first = codes(session), session.sound.codes, session.sound.written
    fits = now is not None and first is not None and now.frames == first.frames
    return why or ("" if fits else OTHER_LENGTH)


def copied(session: Session) -> str:
    return codes(session) or ("" if session.clipboard is not None else NOTHING_COPIED)


def undoable(session: Session) -> str:
    return "" if session.sound.steps.can_undo else "There is nothing to undo."


def redoable(session: Session) -> str:
    return "" if session.sound.steps.can_redo else "There is nothing to redo."


def sliders(session: Session) -> str:
    return sound(session) or ("" if session.sound.sliders.cards else NO_SLIDERS)


def several(session: Session) -> str:
    return sound(session) or ("" if len(session.sounds) > 1 else ONE_SOUND)


def layered(session: Session) -> str:
    return "" if session.layers.places else "There are no layers; add an exported sound first."


def measured(session: Session) -> str:
    return sound(session) or ("" if session.measures.compared is not None else NOT_MEASURED)


def batching(session: Session) -> str:
    return "" if session.batch.is_running else "No batch is being made."


def has_none(session: Session) -> str:
    return "There are models already; open one of them." if session.library.models else ""


def idle(session: Session) -> str:
    return "" if running(session) else "A training is running; stop it, or wait until it is done."


def running(session: Session) -> str:
    return "" if session.training.state in ("running", "queued") else "No training is running."


def resumable(session: Session) -> str:
    known = session.training.state in ("died", "failed", "stopped")
    return "" if known else "There is no stopped or failed training to resume."

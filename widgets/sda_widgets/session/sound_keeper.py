"""Sound keeper: records every sound of a page in the user's history.

Sounds are noted when they are made, and written by a thread of its own once no act has followed for a moment. A slider
pose is a sound once it has been held for a second.
"""

from __future__ import annotations

import atexit
import threading
import time
from collections import deque
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.history.entry import MadeSound
from sda_lib.history.known_sound import known_number
from sda_lib.history.recipe import recipe_of
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import Step
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings
from sda_lib.writers.options import GenerateOptions
from sda_widgets.session.session import Session
from sda_widgets.session.sound import Sound

# Seconds for which a slider pose is held before it counts as a sound.
HELD = 1.0
# Seconds without an act before sounds are written, so that writing delays none that follows at once; and the longest
# time that a sound waits while acts go on.
REST, LONGEST = 0.3, 1.5
POLL = 0.1
# Beginning of the titles of sounds from the microphone (sound_upload.js).
MICROPHONE = "Microphone "


@dataclass(frozen=True, eq=False)
class _Made:
    """A sound that waits to be written: its step and the step before, and all that its recipe needs."""

    step: Step
    before: Step | None
    model: SdaModel
    playback: Playback
    options: GenerateOptions | None
    kind: str
    title: str
    clip: AudioClip
    due: float


class SoundKeeper:
    """Records the sounds of one page."""

    def __init__(self, session: Session) -> None:
        self.session, self.store = session, session.made.store
        self._numbers = session.made.numbers  # those of entries, by step
        self._waiting: deque[_Made] = deque()
        self._held: dict[Sound, _Made] = {}  # slider poses that may still change
        self._last: WeakKeyDictionary[Sound, Step] = WeakKeyDictionary()
        self._lock, self._last_act = threading.Lock(), 0.0
        self._closing, self._reported, self._is_writing = threading.Event(), "", False
        self._noted = threading.Event()  # a sound waits, or the page is closing
        self._thread: threading.Thread | None = None

    def watch(self) -> None:
        """Record every sound that is made from now on, until `close`; what is there already is taken as known."""
        session = self.session
        session.made.waits = self._waits
        self._watch_sounds(set(session.sounds))
        for sound in session.sounds:
            self._numbers.update(dict.fromkeys(sound.history.steps, 0))
        session.observe(lambda change: None if change.new else self._note_all(), "busy")
        session.observe(lambda change: self._watch_sounds(set(change.new) - set(change.old)), "sounds")
        atexit.register(self.close)
        self._thread = threading.Thread(target=self._work, name="sda-history", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, a slider pose too, and end."""
        atexit.unregister(self.close)
        self._closing.set()
        self._noted.set()
        if self._thread is not None:
            self._thread.join()
        self._write_due(float("inf"))

    # --- noting -------------------------------------------------------------------------------------------------------

    def _watch_sounds(self, sounds: set[Sound]) -> None:
        for sound in sounds:
            sound.observe(lambda change: self._note(change.owner), "history")

    def _note_all(self) -> None:
        for sound in self.session.sounds:
            self._note(sound)

    def _note(self, sound: Sound) -> None:
        """Remember a sound that is new; inside an action it is not complete yet, and the action's end notes it."""
        session, step = self.session, sound.history.steps[sound.history.current]
        with self._lock:
            self._last_act = time.monotonic()
        if session.busy or session.model is None or sound.clip is None:
            return
        last, self._last[sound] = self._last.get(sound), step
        if last is not None and last in self._numbers and _is_same(last, step):
            self._numbers.setdefault(step, self._numbers[last])  # its cells were frozen
        if step in self._numbers:
            return
        made = _made(session.model, sound, step)
        with self._lock:
            self._take_held(sound, time.monotonic())
            self._held.pop(sound, None)
            if made.kind == "moved":
                self._held[sound] = made
            else:
                self._numbers[step] = 0
                self._waiting.append(made)
        self._noted.set()
        session.made.expect()

    def _waits(self) -> bool:
        """Whether a sound is still to be written."""
        with self._lock:
            return bool(self._held or self._waiting or self._is_writing)

    # --- writing ------------------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while not self._closing.is_set():
            self._noted.wait()  # nothing is looked for while nothing is made
            self._noted.clear()
            while self._waits() and not self._closing.wait(POLL):
                self._write_due(time.monotonic())

    def _write_due(self, now: float) -> None:
        """Write the sounds that have waited long enough."""
        while (made := self._next(now)) is not None:
            try:
                self._write(made)
                self._reported = ""
            except SdaError as error:
                self._report(f"The history does not keep this sound: {error}")
            finally:
                self._is_writing = False

    def _next(self, now: float) -> _Made | None:
        """Take the next sound to be written from those that wait; None where all may wait longer."""
        with self._lock:
            for sound in list(self._held):
                self._take_held(sound, now)
            if not self._waiting:
                return None
            may_wait = now < self._last_act + REST and now < self._waiting[0].due + LONGEST
            self._is_writing = not may_wait
            return None if may_wait else self._waiting.popleft()

    def _take_held(self, sound: Sound, now: float) -> None:
        """Let the slider pose of a sound wait to be written, if there is one that has been held long enough."""
        made = self._held.get(sound)
        if made is not None and now >= made.due:
            self._numbers[made.step] = 0
            self._waiting.append(self._held.pop(sound))

    def _write(self, made: _Made) -> None:
        parent = None if made.before is None else self._number_of(made.before)
        recipe = recipe_of(made.model, made.step.state, made.playback, made.step.action, made.options)
        title = made.title if made.before is None else ""
        done = self.store.record(
            MadeSound(made.kind, recipe, made.step.description or made.title, parent, title, made.clip)
        )
        self._numbers[made.step] = done.number
        for notice in done.notices:
            self._report(notice)

    def _number_of(self, step: Step) -> int | None:
        """Return the number of a step's sound; that of a page before is looked up by its codes."""
        if self._numbers.get(step) == 0:
            self._numbers[step] = known_number(self.store, step.state) or 0
        return self._numbers.get(step) or None

    def _report(self, sentence: str) -> None:
        """Show a sentence, once until something else happens."""
        if sentence != self._reported:
            self._reported = sentence
            self.session.report_later(sentence)


def _made(model: SdaModel, sound: Sound, step: Step) -> _Made:
    """Return a sound that is to be recorded, as it is now."""
    steps, root = sound.history.steps, sound.history.steps[sound.history.path[0]]
    kind, now = _kind(sound, step), time.monotonic()
    assert sound.clip is not None
    return _Made(
        step,
        None if step.parent < 0 else steps[step.parent],
        model,
        sound.renderer.playback,
        root.action if isinstance(root.action, GenerateOptions) else None,
        kind,
        sound.title,
        sound.clip,
        now + HELD if kind == "moved" else now,
    )


def _is_same(one: Step, other: Step) -> bool:
    """Return whether two steps are the same sound, made in the same way."""
    same_sound = one.state.codes is other.state.codes and one.state.settings is other.state.settings
    return same_sound and one.parent == other.parent and one.action is other.action


def _is_move(step: Step, before: Step) -> bool:
    """Return whether sliders made a step; slider settings of codes that the sound didn't have are an edit."""
    if not isinstance(step.action, SliderSettings):
        return False
    settings = before.state.settings
    return step.action.base is before.state.codes or (settings is not None and step.action.base is settings.base)


def _kind(sound: Sound, step: Step) -> str:
    """Return how a sound came to be, one of `sda_lib.history.entry.KINDS`."""
    if step.parent >= 0:
        return "moved" if _is_move(step, sound.history.steps[step.parent]) else "edited"
    if isinstance(step.action, GenerateOptions):
        return "generated"
    return "recorded" if sound.title.startswith(MICROPHONE) else "opened"

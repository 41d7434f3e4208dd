"""First steps: what a page that is opened for the first time shows, in words, and what can be tried there.

A page without models begins with them: it makes the starter, so that there is something to play. They follow what the
user does, until they are put away; then no later page begins with them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from traitlets import Bool, Tuple, Unicode

from sda_lib import safe_json
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically
from sda_lib.work_steps import rest_in_words
from sda_widgets.session.context import State
from sda_widgets.session.session import CODES, EXPORT, LEARN, PLAY, Session

# Stages of the first steps.
MAKING, EMPTY, STARTER, BRING, TRAINING, READY, OWN = (
    "making", "empty", "starter", "bring", "training", "ready", "own"
)  # fmt: skip
# Key of the file of the user's folder that says whether the steps are shown.
SHOWN = "shown"
# Slider that is moved, if the model has it, and by how many steps.
FIRST_SLIDER, MOVE = "brightness", 2.0


@dataclass(frozen=True)
class Step:
    """Something to try: the name by which it is marked as done, its button's words and tooltip, and what it does."""

    name: str
    words: str
    tip: str
    run: Callable[[Session], object]


def _act(name: str, place: str = "") -> Callable[[Session], object]:
    """Return a function that shows a place, if any, and lets the page do an act of this name."""

    def run(session: Session) -> None:
        if place:
            session.go_to(place)
        session.page_acts.run(name)

    return run


def _go(place: str) -> Callable[[Session], object]:
    return lambda session: session.go_to(place)


def _move(session: Session) -> None:
    """Move the first slider up, or back to 0 where it is up already."""
    session.go_to(PLAY)
    names = [card.name for card in session.sound.sliders.cards]
    if not names:
        session.slider_fit.start()
        return
    name = FIRST_SLIDER if FIRST_SLIDER in names else names[0]
    settings = session.sound.settings
    is_up = settings is not None and bool(settings.steps.get(name))
    session.sound.sliders.move({name: 0.0 if is_up else MOVE})


PLAY_IT = Step("play", "Play it (Space)", "Play or stop; the space bar does it everywhere", _act("play"))
ANOTHER = Step("another", "Make another", "A new sound, with the next seed", _act("next_seed", PLAY))
BRIGHTER = Step("move", "Move a slider", "Make the sound brighter; the sliders are in the middle of Play", _move)
SLIDERS = Step("move", "Make sliders", "Find out what makes these sounds brighter, warmer, louder", _move)
OWN_SOUNDS = Step("own", "Use your own sounds", "Go to Learn, where a model of your sounds is trained", _go(LEARN))
COMPUTED = Step("starter", "Play computed sounds", "Make a model of computed sounds", lambda one: one.starter.start())
TRAIN = Step("train", "Train on these sounds", "Train a model on the chosen sounds", _act("train", LEARN))
TRAIN_DEMO = Step("demo", "Train on the demo sounds", "Train a model on the example sounds", _act("train_demo", LEARN))
FIRST_VERSION = Step("first", "Play what it has learned", "Open the model as it is now", lambda one: one.play_trained())
PLAY_MODEL = Step("open", "Play the new model", "Open the trained model", lambda one: one.play_trained())
CELLS = Step("codes", "Change its codes", "Go to Codes, where every moment of the sound can be changed", _go(CODES))
FILE = Step("file", "Save it as a file", "Go to Export, where the sound becomes a file", _go(EXPORT))


class FirstSteps(State):
    """The stage that a session is at, what is to be tried there, and what of that is done."""

    is_shown = Bool(False, help="whether the steps are shown")
    stage = Unicode(EMPTY, help="one of the stages")
    sentence = Unicode(help="what the page shows, in plain words")
    rest = Unicode(help="how long the training goes on, in words; empty where there is none")
    steps = Tuple(help="Steps of the stage")
    done = Tuple(help="names of the steps that were done since another model was opened")

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._is_kept = False
        self._follow()
        self._look()

    def _follow(self) -> None:
        """Look again when anything changes that the stage or its words depend on."""
        session, sound = self.session, self.session.sound
        for owner, names in (
            (session, ["model", "model_path", "place"]), (session.training, ["run", "state", "events", "left"]),
            (session.starter, ["is_running"]), (session.scan, ["chosen"]), (session.slider_fit, ["process"]),
        ):  # fmt: skip
            owner.observe(lambda _change: self._look(), names)
        session.observe(lambda _change: setattr(self, "done", ()), "model_path")
        session.observe(lambda change: self._mark(CELLS.name, change.new == CODES), "place")
        session.exports.observe(lambda change: self._mark(FILE.name, change.new is not None), "path")
        sound.observe(lambda change: self._mark(PLAY_IT.name, change.new > 0), "position")
        sound.observe(lambda change: self._mark(ANOTHER.name, bool(change.old)), "title")
        sound.observe(lambda change: self._mark(BRIGHTER.name, bool(change.new and change.new.steps)), "settings")

    # --- showing -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Show the steps if this is the first page of the user's folder, or if none before it has put them away. Where
        there is no model and no training either, make the starter."""
        session = self.session
        self._is_kept = True
        is_empty = not session.library.models and session.training.run is None
        if not self._known(default=is_empty):
            return
        self.show()
        if is_empty:
            session.go_to(PLAY)
            session.starter.start()

    def show(self) -> None:
        """Show the steps."""
        self.is_shown = True
        self._keep()

    def hide(self) -> None:
        """Put the steps away, for later pages too."""
        self.is_shown = False
        self._keep()

    def _known(self, default: bool) -> bool:
        """Return whether the user's folder says that the steps are shown; `default` where it says nothing."""
        try:
            found = safe_json.read(self.session.places.first_steps)
        except (OSError, ValueError):
            return default
        return bool(found.get(SHOWN)) if isinstance(found, dict) else default

    def _keep(self) -> None:
        if self._is_kept:
            try:
                write_atomically(self.session.places.first_steps, json.dumps({SHOWN: self.is_shown}).encode())
            except SdaError as error:
                self.session.report(str(error))

    # --- stages ------------------------------------------------------------------------------------------------------

    def _mark(self, name: str, is_done: bool) -> None:
        if is_done and name not in self.done:
            self.done = (*self.done, name)

    def _look(self) -> None:
        session, stage = self.session, stage_of(self.session)
        left = session.training.left
        rest = "" if left is None else f"{rest_in_words(left)}."
        self.set(stage=stage, sentence=sentence_of(stage, session), steps=steps_of(stage, session), rest=rest)


def stage_of(session: Session) -> str:
    """Return the stage that a session is at."""
    training, model = session.training, session.model
    is_own = model is not None and session.model_path != session.starter.path
    if training.state in ("running", "queued"):
        return TRAINING
    if training.state in ("finished", "stopped") and training.run is not None and _is_waiting(session):
        return READY
    if is_own:
        return OWN
    if session.place == LEARN:
        return BRING
    if session.starter.is_running:
        return MAKING
    return EMPTY if model is None else STARTER


def _is_waiting(session: Session) -> bool:
    """Whether the run has written a model that is not open."""
    run = session.training.run
    return run is not None and run.model_path != session.model_path and run.model_path.exists()


def _has_examples(session: Session) -> bool:
    """Whether no other sounds than the examples are chosen."""
    return session.scan.paths in ((), (str(session.places.demo),))


def sentence_of(stage: str, session: Session) -> str:
    """Return what the page shows at a stage, in plain words."""
    model, run, chosen = session.model, session.training.run, session.scan.chosen
    name = "" if run is None else run.name
    if stage == MAKING:
        return "SDA makes new sounds out of sounds. A first model, of computed sounds, will play in a moment."
    if stage == EMPTY:
        return "SDA makes new sounds out of sounds. It learns them from recordings; none are needed to try it."
    if stage == BRING:
        if chosen is None or _has_examples(session):
            return "Drop ten or more of your sounds, or a folder of them, on this page, or take the demo sounds."
        return f"{len(chosen)} sounds are chosen. Train a model on them; it plays long before the training ends."
    if stage == TRAINING and model is not None and run is not None and session.model_path == run.model_path:
        return f"This sound is new, out of your sounds. The model “{name}” becomes better until the training ends."
    if stage == TRAINING and _is_waiting(session):
        return f"“{name}” can be played already, and becomes better until the training ends."
    if stage == TRAINING:
        return f"SDA is learning “{name}”. A first version can be played soon; everything else goes on working."
    if stage == READY:
        return f"“{name}” is ready."
    learned = 0 if model is None else model.header.get("corpus", {}).get("files", 0)
    if stage == STARTER:
        made = f"This sound is new: SDA has made it out of {learned} computed sounds, the dots of the map."
        return f"{made} Three things to try:"
    return f"This sound is new: “{name_of(session)}” has made it out of your {learned} sounds. What to try next:"


def name_of(session: Session) -> str:
    """Return the name of the open model, or an empty string."""
    return "" if session.model is None else session.model.name


def steps_of(stage: str, session: Session) -> tuple[Step, ...]:
    """Return what is to be tried at a stage."""
    move = () if session.slider_fit.process is not None else (BRIGHTER if session.sound.sliders.cards else SLIDERS,)
    return {
        MAKING: (OWN_SOUNDS,),
        EMPTY: (COMPUTED, OWN_SOUNDS),
        STARTER: (PLAY_IT, ANOTHER, *move, OWN_SOUNDS),
        BRING: (TRAIN_DEMO,) if _has_examples(session) else (TRAIN,),
        TRAINING: (FIRST_VERSION,) if _is_waiting(session) else (PLAY_IT, ANOTHER) if session.model else (),
        READY: (PLAY_MODEL,),
        OWN: (PLAY_IT, ANOTHER, *move, CELLS, FILE),
    }[stage]

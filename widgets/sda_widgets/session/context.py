"""Context: what the sounds and parts of one session share."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from traitlets import Bool, HasTraits, Instance, Int, Tuple, Unicode

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_widgets.session.asking import asking_control
from sda_widgets.session.places import Places

NO_MODEL = "No model is open; choose one, or train one from a folder of sounds."
NO_SOUND = "There is no sound yet; generate one or open a file."

Held = TypeVar("Held")


class State(HasTraits):
    """Traits of which several can be assigned at once."""

    def set(self, **traits: Any) -> None:
        """Assign several traits; observers run once all of them are set."""
        with self.hold_trait_notifications():
            for name, value in traits.items():
                setattr(self, name, value)


class Context(State):
    """The open model, the message to the user, and the lock that every action holds.

    Values are frozen objects of sda_lib: actions replace them and never change them in place.
    """

    model = Instance(SdaModel, allow_none=True, help="the open model")
    model_path = Instance(Path, allow_none=True, help="file of the open model")
    quantized = Bool(True, help="whether moved sounds are quantized to codes before they are decoded")
    preview = Instance(AudioClip, allow_none=True, help="clip to be played at once, by itself")
    preview_note = Unicode(help="at which gain that clip plays, in words; empty for its own level")
    clipboard = Tuple(
        allow_none=True, default_value=None, help="codes [level, frame] that were copied, and the level they begin at"
    )
    busy = Bool(False, help="whether an action is under way")
    working = Int(0, help="how many pieces of long work are under way")
    message = Unicode(help="one sentence for the user, or an empty string")
    control = Unicode(help="id of the widget by which the message came about; empty if it is none's")
    notice = Unicode(help="one sentence on what the last action opened, or an empty string")

    def __init__(self, places: Places) -> None:
        super().__init__()
        self.places = places
        self.lock = threading.RLock()
        # Results of threads, to be applied at the page's heartbeat: a change sent from a thread itself could be lost
        # while the page is being built.
        self.deliveries: deque[Callable[[], object]] = deque()

    @property
    def context(self) -> Context:
        """The context itself, where `verb` finds it in every part."""
        return self

    def need_model(self) -> SdaModel:
        """Return the open model. Raises SdaError if there is none."""
        return needed(self.model, NO_MODEL)

    def report(self, sentence: str, control: str | None = None) -> None:
        """Set the message to the user, and the id of the widget by which it came about: by default the one that asks
        now."""
        self.set(message=sentence, control=asking_control() if control is None else control)

    def report_later(self, sentence: str, control: str = "") -> None:
        """Set the message to the user at the page's next heartbeat. Called in threads."""
        self.deliveries.append(lambda: self.report(sentence, control))

    def on_other_model(self, call: Callable[[], object]) -> None:
        """Call a function whenever another model is opened."""
        self.observe(lambda change: call() if is_other_model(change.old, change.new) else None, "model")


class Part(State):
    """Traits and actions of one subject of a session."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.context = context
        self.thread: threading.Thread | None = None
        self._control = ""

    def begin(self) -> None:
        """Note which control asked for work that goes on after the action; what fails is said beside it."""
        self._control = self.context.control

    def fail(self, sentence: str) -> None:
        """Set the message to the user: why work that went on after its action failed."""
        self.context.report(sentence, self._control)

    def start_thread(self, work: Callable[..., object], *args: object, daemon: bool = True) -> None:
        """Run a function in the part's thread, which ends with the program; if it is no daemon, by itself.

        A daemon's thread that is inside torch when Python exits can crash the process.
        """
        self.begin()
        self.thread = threading.Thread(target=work, args=args, daemon=daemon)
        self.thread.start()

    @property
    def has_thread(self) -> bool:
        """Whether the part's thread is running."""
        return self.thread is not None and self.thread.is_alive()


def needed(value: Held | None, why: str = NO_SOUND) -> Held:
    """Return a value. Raises SdaError with the reason when it is None."""
    if value is None:
        raise SdaError(why)
    return value


def is_other_model(before: SdaModel | None, now: SdaModel | None) -> bool:
    """Whether two models differ in more than their sliders and names."""
    return before is None or now is None or before.codec is not now.codec

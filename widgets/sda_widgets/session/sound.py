"""Sound: all that a session knows of one sound, as a frozen record that is taken and put back as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from traitlets import HasTraits

if TYPE_CHECKING:
    from pathlib import Path

    from sda_lib.audio.clip import AudioClip
    from sda_lib.codec.codes import Codes
    from sda_lib.directions.directions import Course
    from sda_lib.editing.registry import Cells
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.history import History
    from sda_lib.sliders.settings import Shape

PRIVATE = {"fades", "decoded", "dragged", "left", "origin"}
"""Fields that a session holds under a name of its own, with an underscore."""
MOST_SOUNDS = 32
MOST_BYTES = 256 * 2**20
MOST_MODELS = 3
"""How many former sounds undo reaches, of how many models, and how many bytes their samples may take."""


@dataclass(frozen=True, eq=False)
class Sound:
    """One sound with its steps. `left` is the place in its history at which another sound came after it; `origin` says
    what it was made of, where a movement of the hand makes many sounds."""

    title: str
    seconds: float
    sound: AudioClip | None
    written: Codes | None
    codes: Codes | None
    original: AudioClip | None
    clip: AudioClip | None
    shape: Shape | None
    courses: Mapping[str, Course]
    frozen: tuple[Cells, ...]
    history: History | None
    cursor: tuple[int, int]
    selection: Cells | None
    more: tuple[Cells, ...]
    source_amount: float
    fades: bool
    decoded: tuple[Codes | None, AudioClip] | None
    dragged: tuple[str, ...]
    left: tuple[int, int] | None
    origin: tuple[Any, ...] | None

    @classmethod
    def of(cls, session: HasTraits) -> Sound:
        """The session's sound as it is now."""
        return cls(**{name: getattr(session, _held(name)) for name in _NAMES})

    @property
    def traits(self) -> dict[str, Any]:
        """Its fields by the names that a session holds them under."""
        return {_held(name): getattr(self, name) for name in _NAMES}

    @property
    def clips(self) -> tuple[AudioClip, ...]:
        whole = None if self.decoded is None else self.decoded[1]
        return tuple(clip for clip in (self.sound, self.original, self.clip, whole) if clip is not None)


@dataclass(frozen=True, eq=False)
class Former:
    """A sound that another one took the place of, and the model that it plays with."""

    sound: Sound
    model: SdaModel | None
    model_path: Path | None
    quantized: bool


def fit(sounds: Sequence[Former]) -> bool:
    """Whether so many former sounds may be kept."""
    sizes = {id(clip): clip.samples.nbytes for one in sounds for clip in one.sound.clips}
    codecs = {id(one.model.codec) for one in sounds if one.model is not None}
    return len(sounds) <= MOST_SOUNDS and sum(sizes.values()) <= MOST_BYTES and len(codecs) <= MOST_MODELS


def _held(name: str) -> str:
    return f"_{name}" if name in PRIVATE else name


_NAMES = tuple(field.name for field in fields(Sound))

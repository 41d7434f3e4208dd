"""Sound: the state of one sound in a session, as a frozen record that is saved and restored as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from traitlets import HasTraits

if TYPE_CHECKING:
    from pathlib import Path

    from sda_lib.audio.clip import AudioClip
    from sda_lib.codec.codes import Codes
    from sda_lib.directions.directions import Response
    from sda_lib.editing.registry import Cells
    from sda_lib.model.model import SdaModel
    from sda_lib.sessions.history import History
    from sda_lib.sliders.settings import SliderSettings

# Fields that a session holds as private attributes, with an underscore.
PRIVATE = {"fades", "decoded", "dragged", "left", "origin"}
# Limits of the former sounds that undo reaches: their number, the bytes of their samples, and the number of models.
MOST_SOUNDS = 32
MOST_BYTES = 256 * 2**20
MOST_MODELS = 3


@dataclass(frozen=True, eq=False)
class Sound:
    """One sound with its steps. `left` is the position in its history at which another sound replaced it;
    `origin` is what it was made from, where one pointer drag makes many sounds."""

    title: str
    seconds: float
    sound: AudioClip | None
    written: Codes | None
    codes: Codes | None
    original: AudioClip | None
    clip: AudioClip | None
    shape: SliderSettings | None
    responses: Mapping[str, Response]
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
        """Return the session's current sound."""
        return cls(**{name: getattr(session, _held(name)) for name in _NAMES})

    @property
    def traits(self) -> dict[str, Any]:
        """The fields by the names that a session holds them under."""
        return {_held(name): getattr(self, name) for name in _NAMES}

    @property
    def clips(self) -> tuple[AudioClip, ...]:
        whole = None if self.decoded is None else self.decoded[1]
        return tuple(clip for clip in (self.sound, self.original, self.clip, whole) if clip is not None)


@dataclass(frozen=True, eq=False)
class Former:
    """A replaced sound, and the model that it plays with."""

    sound: Sound
    model: SdaModel | None
    model_path: Path | None
    quantized: bool


def fit(sounds: Sequence[Former]) -> bool:
    """Whether the former sounds are within MOST_SOUNDS, MOST_BYTES and MOST_MODELS."""
    sizes = {id(clip): clip.samples.nbytes for one in sounds for clip in one.sound.clips}
    codecs = {id(one.model.codec) for one in sounds if one.model is not None}
    return len(sounds) <= MOST_SOUNDS and sum(sizes.values()) <= MOST_BYTES and len(codecs) <= MOST_MODELS


def _held(name: str) -> str:
    return f"_{name}" if name in PRIVATE else name


_NAMES = tuple(field.name for field in fields(Sound))

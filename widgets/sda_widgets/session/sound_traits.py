"""The state of one sound, as traits that widgets observe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from traitlets import Bool, Dict, Float, Instance, TraitType, Tuple, Unicode

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.directions.directions import SliderCard
from sda_lib.editing.registry import Cells
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import History, SoundHistory, SoundState
from sda_lib.sliders.settings import SliderSettings
from sda_widgets.session.context import NO_SOUND, Context, Part, needed
from sda_widgets.session.viewport import Viewport

# Limits of the former sounds that undo reaches: their number, the bytes of their samples, and the number of models.
MAX_SOUNDS = 32
MAX_BYTES = 256 * 2**20
MAX_MODELS = 3
# How many of the former sounds with codes keep their samples; those before them are decoded when they come back.
WITH_SAMPLES = 3

Trait = TypeVar("Trait", bound=TraitType[Any, Any])


@dataclass(frozen=True, eq=False)
class Decoded:
    """A sound in whole frames, and its codes; None if slider positions were decoded without quantizing."""

    codes: Codes | None
    clip: AudioClip


@dataclass(frozen=True, eq=False)
class FormerSound:
    """A replaced sound (`SoundTraits.state`), and the model that it plays with."""

    state: dict[str, Any]
    model: SdaModel | None
    model_path: Path | None
    quantized: bool

    @property
    def clips(self) -> tuple[AudioClip, ...]:
        decoded = self.state["decoded"]
        clips = [self.state[name] for name in ("recording", "original", "clip")]
        return tuple(clip for clip in (*clips, decoded and decoded.clip) if clip is not None)

    @property
    def without_samples(self) -> FormerSound:
        """The sound without the samples that its codes are decoded to; itself where it has no codes."""
        if self.state["written"] is None or self.state["codes"] is None:
            return self
        return replace(self, state={**self.state, "recording": None, "original": None, "clip": None, "decoded": None})


def _kept(trait: Trait) -> Trait:
    """Mark a trait as a part of the sound, which undo, swapping and copying carry along."""
    trait.tag(kept=True)
    return trait


class SoundTraits(Part):
    """State of one sound. Frames are counted from 0; a rectangle of cells (`Cells`) is a range of levels and one of
    frames, each as (first, end)."""

    name = Unicode(help="A, B, C …: the sound's place in its session")
    title = _kept(Unicode(help="name of the sound"))
    excerpt = _kept(Unicode(help="which part of a recording an opened file is, or an empty string"))
    seconds = _kept(Float(0.0, help="its length; the last frame may reach beyond"))
    recording = _kept(Instance(AudioClip, allow_none=True, help="the file that was opened, as it was read"))
    written = _kept(Instance(Codes, allow_none=True, help="the codes as generated or encoded"))
    codes = _kept(Instance(Codes, allow_none=True, help="the codes as edited"))
    original = _kept(Instance(AudioClip, allow_none=True, help="the sound before edits"))
    clip = _kept(Instance(AudioClip, allow_none=True, help="the sound as edited"))
    settings = _kept(Instance(SliderSettings, allow_none=True, help="the sliders, and the sound that they apply to"))
    responses = _kept(Dict(help="how that sound responds to each slider, by name, as far as computed"))
    history = _kept(Instance(History, help="the steps of the sound"))
    frozen = _kept(Tuple(help="rectangles whose cells no edit changes"))
    cursor = _kept(Tuple((0, 0), help="(level, frame)"))
    selection = _kept(Tuple(allow_none=True, default_value=None, help="the selected rectangle, or None"))
    more = _kept(Tuple(help="further selected rectangles"))
    source_amount = _kept(Float(1.0, help="0 = the model alone, 1 = the corpus' own grains"))
    fades = _kept(Bool(False, help="whether the end fades out, as of a sound that was cut off"))
    decoded = _kept(Instance(Decoded, allow_none=True, help="the sound decoded last, of which parts are reused"))
    dragged = _kept(Tuple(help="sliders being dragged: one step of the history together"))
    left = _kept(Tuple(allow_none=True, default_value=None, help="place in the history at which another sound came"))
    drag_key = _kept(Tuple(allow_none=True, default_value=None, help="what one pointer drag makes sounds from"))

    viewport = Instance(Viewport, (0.0, 1.0, 1), help="the frames that grids and spectrograms show")
    former = Instance(SoundHistory, (), help="FormerSounds that undo and redo lead to")
    position = Float(0.0, help="playhead, seconds")
    copied = Unicode(help="how much of the sound is copied, in words; empty until it is measured")
    locks = Tuple(help="names of sliders that Random leaves alone")
    is_computing = Bool(False, help="whether responses are being computed")
    unchanged = Unicode(help="why the last act changed nothing, or an empty string")
    palette_open = Bool(False, help="whether the palette is unfolded")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.history = History.begin(SoundState())
        context.observe(self._forget_unchanged, "notice")

    def _forget_unchanged(self, change: Any) -> None:
        if change.new != self.unchanged:
            self.unchanged = ""

    @property
    def state(self) -> dict[str, Any]:
        """The values that make up the sound, by name; `set` restores them."""
        return {name: getattr(self, name) for name in self.trait_names(kept=True)}

    @property
    def areas(self) -> tuple[Cells, ...]:
        """The rectangles that edits apply to: the selection, or the cell under the cursor."""
        level, frame = self.cursor
        return (*self.more, self.selection or ((level, level + 1), (frame, frame + 1)))

    @property
    def target(self) -> dict[str, tuple[int, int]]:
        """The range of levels and of frames that the selection spans, each as (first, end)."""
        spans = zip(*self.areas, strict=True)
        found = [(min(first for first, _ in pairs), max(end for _, end in pairs)) for pairs in spans]
        return dict(zip(("levels", "frames"), found, strict=True))

    def say_unchanged(self, why: str) -> None:
        """Say why an act changed nothing: beside the sound, and in the line for notices, until the next act."""
        self.unchanged = why
        self.context.notice = why

    def need_codes(self) -> Codes:
        """Return the codes. Raises SdaError for a sound without codes."""
        return needed(self.codes, getattr(self.context.model, "why_no_codes", "") or NO_SOUND)

    def need_settings(self) -> SliderSettings:
        """Return the slider settings. Raises SdaError if there is no sound."""
        return needed(self.settings)


@dataclass(eq=False)
class SoundPart:
    """Actions on one sound."""

    sound: SoundTraits

    @property
    def context(self) -> Context:
        """What the sound shares with others, where `verb` finds it."""
        return self.sound.context

    @property
    def cards(self) -> tuple[SliderCard, ...]:
        """The open model's sliders that are shown."""
        sliders = getattr(self.context.model, "sliders", None)
        return () if sliders is None else sliders.shown


def lightened(sounds: SoundHistory[FormerSound]) -> SoundHistory[FormerSound]:
    """Return former sounds of which the last WITH_SAMPLES alone keep their samples."""
    older, newer = sounds.before[:-WITH_SAMPLES], sounds.before[-WITH_SAMPLES:]
    return replace(sounds, before=(*(one.without_samples for one in older), *newer))


def fits_limits(sounds: Sequence[FormerSound]) -> bool:
    """Whether former sounds are within MAX_SOUNDS, MAX_BYTES and MAX_MODELS."""
    sizes = {id(clip): clip.samples.nbytes for one in sounds for clip in one.clips}
    codecs = {id(one.model.codec) for one in sounds if one.model is not None}
    return len(sounds) <= MAX_SOUNDS and sum(sizes.values()) <= MAX_BYTES and len(codecs) <= MAX_MODELS

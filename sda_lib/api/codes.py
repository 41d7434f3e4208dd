"""Codes that know their model, so that they can be edited and decoded without naming it again."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sda_lib.api.clip import AudioClip
from sda_lib.api.edits import edit_doc, edit_signature
from sda_lib.api.names import PublicNames
from sda_lib.codec import codes as core
from sda_lib.decoder_version import decoder_note
from sda_lib.display.codes import codes_view
from sda_lib.display.page import page
from sda_lib.editing.registry import EDITS, Edit
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.sliders.settings import SliderSettings, moved_codes

if TYPE_CHECKING:
    from sda_lib.memory.recognize import Excerpt
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True, repr=False)
class Codes(PublicNames, core.Codes):
    """A sound's codes, int64 [level, frame]; level 0 is the coarsest, and a frame has `hop` samples.

    Args:
        indices: int [level, frame], each from 0 to `codebook_size` - 1.
        codebook_size: codes of a level to choose from, at least 1.
        hop: samples of a frame, at least 1.
        sample_rate: in Hz.
        length: samples of the sound where its end does not fill the last frame; None: it does.
        muted: levels that stay in the grid but are not decoded.
        lead: samples of the first frame that the sound begins after, from 0 to `hop` - 1.
        gain: factor of the samples, up to 100; negative: inverted polarity.
        rate: playback rate, 0.25 to 4; 2 is twice as fast and an octave higher.
        fraction: part of a sample by which the sound begins later, 0 to 1.
        model: the model they come from; edits that look at codebooks, and `decode`, need it.

    Raises SdaError for indices or properties that are no valid codes.

    Example:
        >>> codes = model.encode(corpus["bell"])
        >>> codes.levels, codes.indices.shape == (codes.levels, codes.frames)
        (4, True)
        >>> codes.kind
        (4, 16, 1024, 48000)
        >>> codes.samples == round(codes.seconds * codes.sample_rate), codes.frame_rate
        (True, 46.875)
        >>> print(codes.excerpt)
        bell...
    """

    model: SdaModel | None = field(default=None, compare=False)

    _unlisted = frozenset({
        "beginning", "check_length", "check_placement", "natural_length", "placement", "timing", "unused",
        "whole_frames", "with_frames",
    })  # fmt: skip

    @classmethod
    def of(cls, codes: core.Codes, model: SdaModel | None = None) -> Self:
        """Return codes as those of a model.

        Args:
            codes: codes of the library's inner classes, such as those of an edit's function.
            model: the model they come from; default: the one that they name already.

        Example:
            >>> sda_lib.Codes.of(codes, model).model is model
            True
        """
        model = model or getattr(codes, "model", None)
        return cls(**{one.name: getattr(codes, one.name) for one in fields(core.Codes)}, model=model)

    @classmethod
    def load(cls, path: str | PathLike[str], model: SdaModel | None = None) -> Self:
        """Read a code file, and warn if another version of the decoder made it.

        Args:
            path: a file that `save` wrote.
            model: the model they come from, to decode them.

        Raises SdaError for a file that is missing, damaged or another model's.

        Example:
            >>> path = codes.save("bell.codes.npz")
            >>> sda_lib.Codes.load(path, model).is_same(codes)
            True
        """
        return cls._loaded(path, model)

    @classmethod
    def _loaded(cls, path: str | PathLike[str], model: SdaModel | None) -> Self:
        found, decoder = core.read_codes(Path(path))
        if note := decoder_note(decoder, printable(Path(path).name)):
            warnings.warn(note, stacklevel=3)
        if model is not None:
            model.check(found)
        return cls.of(found, model)

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the codes as a code file and return its path.

        Args:
            path: a file whose suffix names the format: .json, or else NumPy's compressed arrays (.npz).

        Raises SdaError for codes that are too long for a code file, and when the disk is full.

        Example:
            >>> codes.save("bell.codes.npz").name
            'bell.codes.npz'
        """
        return core.save_codes(self, Path(path))

    def edit(self, name: str, **arguments: Any) -> Codes:
        """Return the codes after one of `sda_lib.EDITS`.

        Every edit is a method of its name too: `codes.reverse(frames=(2, 8))`.

        Args:
            name: name of the edit, e.g. "reverse".
            **arguments: its arguments; of every edit also `levels=(first, end)` and `frames=(first, end)`, half-open.

        Raises SdaError for wrong arguments and where the edit needs a model that the codes don't know.

        Example:
            >>> codes.edit("shift", by=2, levels=(0, 1)).frames == codes.frames
            True
        """
        return Codes.of(Edit(name, arguments).apply(self, self.model), self.model)

    def moved(self, frames: tuple[int, int] | None = None, **steps: float) -> Codes:
        """Return the codes moved along sliders of their model.

        Args:
            frames: the half-open range of frames that move; default: all.
            **steps: steps by the names of `model.sliders`, -4 to 4.

        Raises SdaError for sliders that the model doesn't have, and when the codes know no model.

        Example:
            >>> codes.moved(brightness=1.5, frames=(0, 4)).frames == codes.frames
            True
        """
        model = self._need_model("move them with model.moved(codes, steps)")
        return Codes.of(moved_codes(model, SliderSettings(self, steps, frames=frames)), model)

    def decode(self, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
        """Decode to a clip of the codes' length.

        Args:
            source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
            quality: "play", or "export" for better phases in more time.

        Raises SdaError when the codes know no model, and for values out of range.

        Example:
            >>> codes.decode(source_amount=0.5).length == codes.samples
            True
        """
        model = self._need_model("decode them with model.decode(codes)")
        return AudioClip.of(model.decode(self, source_amount, quality))

    def _need_model(self, otherwise: str) -> SdaModel:
        if self.model is None:
            raise SdaError(f"These codes know no model; {otherwise}.")
        return self.model

    @property
    def excerpt(self) -> Excerpt | None:
        """Which part of one of the model's recordings the sound is; None if it is not one, or knows no model."""
        return None if self.model is None else self.model.excerpt(self)

    def __repr__(self) -> str:
        of = f", {self.model.name}" if self.model is not None and self.model.name else ""
        return f"Codes({self.levels} levels × {self.frames} frames, {self.seconds:.2f} s{of})"

    def _repr_html_(self) -> str:
        if self.model is None:
            return page(codes_view(self))
        return page(codes_view(self, self.model.level_names, self.model.name, str(self.excerpt or "")))


def _verb(name: str) -> Callable[..., Codes]:
    """Return an edit as a method of codes."""
    signature, doc = edit_signature(name), edit_doc(name)

    def verb(self: Codes, *arguments: Any, **named: Any) -> Codes:
        bound = signature.bind(self, *arguments, **named)
        return self.edit(name, **{key: one for key, one in bound.arguments.items() if key != "self"})

    verb.__name__, verb.__qualname__, verb.__doc__ = name, f"Codes.{name}", doc
    verb.__signature__ = signature  # type: ignore[attr-defined]
    return verb


for _name in EDITS:
    setattr(Codes, _name, _verb(_name))


def load_codes(path: str | PathLike[str]) -> Codes:
    """Read a code file, and warn if another version of the decoder made it.

    Args:
        path: a file that `save_codes` or `sda encode` wrote.

    Raises SdaError for a file that is missing or damaged.

    Example:
        >>> path = sda_lib.save_codes(codes, "bell.codes.npz")
        >>> sda_lib.load_codes(path)
        Codes(4 levels × ... frames, ... s)
    """
    return Codes._loaded(path, None)

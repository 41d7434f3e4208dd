"""How a sound was made and what it comes from, as values that show themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from os import PathLike
from pathlib import Path
from typing import Self

from sda_lib.api.names import PublicNames
from sda_lib.display.page import page
from sda_lib.display.provenance import originality_view, provenance_view
from sda_lib.display.takes import trace_view
from sda_lib.sessions import provenance_tags
from sda_lib.writers import provenance as core
from sda_lib.writers.provenance import SourceSpan


class Provenance(PublicNames, provenance_tags.Provenance):
    """How a sound file was made: its codes, the request, the model and the export settings.

    Args:
        sound: codes or latents of the sound.
        source_amount: how much the recordings contribute, 0 to 1.
        quality: quality of decoding, "play" or "export".
        fades: whether the end fades out, as that of a sound that was cut off.
        finish: effects, placement and delivery.
        request: the options that the sound was generated with, as plain data.
        model: name of the model and fingerprints of its parts.
        decoder: version of the decoder.
        part: first sample of the part that the file has, and the one after its last; None: all.
        composed: for a sound of more than 300 s, whose codes follow from the request, the version of how they do; or 0.

    Example:
        >>> made = sda_lib.Provenance.read(take.save("take.wav"))
        >>> made.request["seed"], made.model["name"], made.quality
        (1, 'five', 'play')
        >>> made.options.seed, made.seconds == take.clip.seconds
        (1, True)
        >>> made.key == sda_lib.provenance("take.wav").key
        True
    """

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read the tags of a sound file.

        Args:
            path: a sound file.

        Raises SdaError for a file that SDA did not make, or whose tags another program has removed.

        Example:
            >>> sda_lib.Provenance.read(take.save("take.flac")).request["seconds"]
            1...
        """
        found = provenance_tags.read_provenance(Path(path))
        return cls(**{one.name: getattr(found, one.name) for one in dataclasses.fields(found)})

    def __repr__(self) -> str:
        wanted = ", ".join(f"{name}={value!r}" for name, value in self.request.items())
        length = "" if self.sound is None else f"{self.sound.seconds:.2f} s, "
        return f"Provenance({length}model {self.model.get('name', '')!r}, {wanted})"

    def _repr_html_(self) -> str:
        return page(provenance_view(self))


class Trace(tuple[SourceSpan, ...]):
    """The nearest recordings of a sound over time, in order."""

    def __new__(cls, spans: Iterable[SourceSpan]) -> Self:
        return super().__new__(cls, spans)

    def __repr__(self) -> str:
        files = list(dict.fromkeys(one.file for one in self))
        return f"Trace({len(self)} passages of {', '.join(files[:4])}{' …' if len(files) > 4 else ''})"

    def _repr_html_(self) -> str:
        return page(trace_view(self))


class Originality(core.Originality):
    """How much of a sound is copied from the recordings."""

    @classmethod
    def of(cls, found: core.Originality) -> Self:
        """Return a measurement as one of this class."""
        return cls(**{one.name: getattr(found, one.name) for one in dataclasses.fields(found)})

    def __repr__(self) -> str:
        own = f"{self.waveform.share:.0%} own waveform"
        longest = f"longest passage {self.longest:.2f} s of {self.file!r}"
        return f"Originality({own}, {self.share:.0%} copied codes, {longest})"

    def _repr_html_(self) -> str:
        return page(originality_view(self))


def provenance(path: str | PathLike[str]) -> Provenance:
    """Return how a sound file was made, from its tags.

    Args:
        path: a sound file.

    Raises SdaError for a file that SDA did not make, or whose tags another program has removed.

    Example:
        >>> sda_lib.provenance(take.save("take.wav"))
        Provenance(1.00 s, model 'five', ...)
    """
    return Provenance.read(path)

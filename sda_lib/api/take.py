"""Take: a new sound with everything that made it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from sda_lib.api.clip import AudioClip
from sda_lib.api.codes import Codes
from sda_lib.api.finishes import WITHOUT, finish_of
from sda_lib.api.names import PublicNames
from sda_lib.api.presets import Preset
from sda_lib.api.provenance import Originality, Trace
from sda_lib.api.signatures import with_options
from sda_lib.codec import codes as core_codes
from sda_lib.display.page import page
from sda_lib.display.takes import take_view, takes_view
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space
from sda_lib.presets import preset as core_preset
from sda_lib.presets.fitting import with_axes_of
from sda_lib.presets.overriding import with_own_finish
from sda_lib.sessions import provenance_tags
from sda_lib.sessions.provenance_tags import Provenance
from sda_lib.writers import provenance
from sda_lib.writers import take as core
from sda_lib.writers.options import sets_duration
from sda_lib.writers.take import Sound

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel


@dataclass(frozen=True, repr=False)
class Take(PublicNames, core.Take):
    """A new sound with everything that made it.

    Args:
        clip: the sound.
        codes: its codes; None for a continuous model.
        options: options of the new sound, with the drawn duration.
        sources: file, position in seconds and distance of the grain behind every frame.
        latent: latents of a continuous model's sound, else None.
        model: the model that made it.
        finish: effects, space and delivery of the preset that it was made with, which `save` applies.

    Example:
        >>> take = model.generate(seconds=1, seed=1)
        >>> take.clip.seconds, take.options.seed, len(take.sources) == take.codes.frames
        (1.0, 1, True)
    """

    model: SdaModel | None = field(default=None, compare=False)
    finish: Finish = field(default_factory=Finish)

    @classmethod
    def of(cls, take: core.Take, model: SdaModel) -> Self:
        """Return a take as one of a model.

        Args:
            take: a take of the library's inner classes.
            model: the model that made it.

        Example:
            >>> sda_lib.Take.of(take, model).clip.seconds
            1.0
        """
        codes = None if take.codes is None else Codes.of(take.codes, model)
        return cls(AudioClip.of(take.clip), codes, take.options, take.sources, take.latent, model)

    def trace(self) -> Trace:
        """Return the nearest recordings over time.

        Raises SdaError for a model without recordings.

        Example:
            >>> passage = take.trace()[0]
            >>> passage.begin, passage.file in corpus.names
            (0.0, True)
        """
        model, sound = self._made_of()
        return Trace(provenance.trace(model, sound))

    def originality(self) -> Originality:
        """Return how much of the sound is copied from the recordings, by waveform and by codes.

        Raises SdaError for a model without recordings or codes.

        Example:
            >>> 0 <= take.originality().share <= 1
            True
        """
        model, sound = self._made_of()
        if not isinstance(sound, core_codes.Codes):
            raise SdaError(model.why_no_codes)
        return Originality.of(provenance.originality(model, sound, [self.clip.samples], self.options.novelty))

    @with_options(Delivery, Space, Effects, Finish, without=WITHOUT)
    def save(
        self,
        path: str | PathLike[str],
        finish: Finish | None = None,
        *,
        space: str | Space | None = None,
        place: Place | tuple[float, ...] | None = None,
        **settings: Any,
    ) -> Path:
        """Write the sound with the tags by which `sda render` makes it again, and return its path.

        Args:
            path: a file of one of the formats .wav, .flac, .mp3, .ogg, .opus.
            finish: all settings as one value, instead of those that follow.
            space: "as it is", "mono", "stereo", "binaural" or "ambisonics".
            place: of a binaural or ambisonic sound: (azimuth, elevation) in degrees, or with the distance in m; azimuth
                90 is left. A place alone implies binaural.
            {options}

        Raises SdaError when the format doesn't take the settings or the disk is full.

        Example:
            >>> take.save("take.wav", lufs=-20).name
            'take.wav'
        """
        model, _ = self._made_of()
        given = finish_of(finish, space=space, place=place, **settings)
        if finish is None:
            named = {"space": space, "place": place, **settings}
            given = with_own_finish(self.finish, given, [name for name, value in named.items() if value is not None])
        return provenance_tags.write_with_provenance(model, self._provenance(given), Path(path))

    def _provenance(self, finish: Finish) -> Provenance:
        """Return how the sound was made, delivered with a finish."""
        model, sound = self._made_of()
        made = Provenance.of(sound, self.options, finish, sets_duration(self.options, sound))
        return replace(made, model=provenance_tags.model_identity(model))

    def preset(self, name: str, about: str = "", finish: Finish | None = None) -> Preset:
        """Return the settings that made the sound as a preset, to be kept by `Presets.save`.

        Args:
            name: 1 to 60 printable characters without slashes.
            about: one sentence.
            finish: effects, space and delivery; default: those of the take's own preset.

        Raises SdaError for a name that is too long or not printable.

        Example:
            >>> take.preset("Like this")
            Preset('Like this', seconds 1 s)
        """
        own = core_preset.Preset(name, about, self.options, self.finish if finish is None else finish)
        return Preset.of(own if self.model is None else with_axes_of(own, self.model.fingerprints))

    def _made_of(self) -> tuple[SdaModel, Sound]:
        sound = self.codes if self.codes is not None else self.latent
        if self.model is None or sound is None:
            raise SdaError("This take knows no model; make it with model.generate().")
        return self.model, sound

    def __repr__(self) -> str:
        files = len({source.file for source in self.sources})
        of = f", from {files} {'recording' if files == 1 else 'recordings'}" if files else ""
        return f"Take({self.clip.seconds:.2f} s, seed {self.options.seed}{of})"

    def _repr_html_(self) -> str:
        return page(take_view(self))


class Takes(list[Take]):
    """Several takes, shown as a table."""

    def __repr__(self) -> str:
        seeds = ", ".join(str(take.options.seed) for take in self)
        return f"Takes({len(self)} takes, seeds {seeds})" if self else "Takes()"

    def _repr_html_(self) -> str:
        return page(takes_view(self))

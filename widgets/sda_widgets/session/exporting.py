"""Export: write a sound to a file for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import Instance

from sda_lib.errors import SdaError
from sda_widgets.common import folders
from sda_widgets.session.context import Part
from sda_widgets.session.file_names import modified, stem_of, unused
from sda_widgets.session.guard import NO_SOUND, verb

if TYPE_CHECKING:
    from sda_lib.export.finishing import Finish
    from sda_widgets.session.sound import Sound

# How many exported sounds are offered to grow a model, newest first.
MAX_OFFERED = 500


class Exporting(Part):
    """Files in the exports folder."""

    path = Instance(Path, allow_none=True, help="the last export: a sound, or the folder of a batch")

    @verb
    def write(self, sound: Sound, finish: Finish | None = None, suffix: str = ".wav") -> Path:
        """Write a sound into the exports folder and return its path; the file's tags record how it was made.

        finish: None: 24 bit at the model's rate. Raises SdaError when there is no sound.
        """
        from sda_lib.export.finishing import Finish
        from sda_lib.sessions import provenance_tags
        from sda_lib.sessions.playback import playback_sound

        if sound.clip is None:
            raise SdaError(NO_SOUND)
        model, playback = self.context.need_model(), sound.renderer.playback
        provenance = provenance_tags.Provenance(
            playback_sound(model, sound.need_history().state, playback),
            playback.source_amount,
            fades=playback.fades,
            finish=finish or Finish(),
        )
        path = unused(self.context.places.exports, stem_of(sound.title), suffix)
        self.path = provenance_tags.write(model, provenance, path, {"title": sound.title})
        return self.path

    @property
    def sounds(self) -> tuple[Path, ...]:
        """Paths of the exported sounds, newest first, at most MAX_OFFERED."""
        found = [
            path
            for path in self.context.places.exports.rglob("*")
            if folders.is_sound(path.name) and path.is_file() and not path.name.startswith(".")
        ]
        return tuple(sorted(found, key=modified, reverse=True)[:MAX_OFFERED])

"""Previews: short clips that are played at once, by themselves."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator
from pathlib import Path

from sda_lib.analysis.true_peak import below_full_scale, guard_note
from sda_lib.audio.clip import AudioClip, read_excerpt
from sda_lib.errors import SdaError
from sda_lib.file_names import printable
from sda_lib.maps import corpus_map, palette
from sda_lib.maps.palette import Occurrence
from sda_widgets.session.context import Part
from sda_widgets.session.guard import errors_as_sentences
from sda_widgets.session.sound_traits import SoundTraits

# Gain at which preview.js plays.
LEVEL = 0.7


class Previews(Part):
    """Sets the session's `preview`. Called often, while the pointer moves, so `busy` is not set."""

    def play(self, clip: AudioClip, *others: AudioClip) -> None:
        """Play a clip from its beginning, at a gain by which neither it nor the others exceed full scale; they are
        sounds that it is compared with."""
        (clip, *_), gain_db = below_full_scale([clip, *others], LEVEL)
        if clip is self.context.preview:
            self.context.preview = None  # so that observers are called again
        self.context.preview_note = guard_note(gain_db)
        self.context.preview = clip

    def stop(self) -> None:
        """Stop the preview."""
        self.context.preview = None

    def code(self, level: int, code: int, sound: SoundTraits | None = None) -> None:
        """Play a code: held alone, or in the selected frames of a sound."""
        with self._guarded():
            model = self.context.need_model()
            if sound is None:
                self.play(palette.code_alone(model, level, code))
                return
            codes, frames, amount = sound.need_codes(), sound.target["frames"], sound.source_amount
            self.play(palette.code_in_context(model, codes, level, frames, code, source_amount=amount))

    def code_in_corpus(self, level: int, code: int, number: int) -> Occurrence | None:
        """Play the recording around the `number`th use of a code in the corpus; return that use, or None on errors."""
        with self._guarded():
            clip, use = palette.code_excerpt(self.context.need_model(), level, code, number)
            self.play(clip)
            return use
        return None

    def recording(self, number: int) -> None:
        """Play the beginning of a recording of the model's memory."""
        with self._guarded():
            self.play(corpus_map.recording_clip(self.context.need_model(), number))

    def file(self, path: str | Path, name: str = "") -> str:
        """Play the beginning of a sound file under a name; return an error message, or an empty string."""
        try:
            clip = read_excerpt(path)
        except SdaError as error:
            return printable(str(error))
        self.play(dataclasses.replace(clip, name=name or clip.name))
        return ""

    @contextlib.contextmanager
    def _guarded(self) -> Iterator[None]:
        with self.context.lock, errors_as_sentences(self.context.report, "That could not be played."):
            yield

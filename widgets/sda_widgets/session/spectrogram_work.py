"""Spectrogram of one sound with its onsets, its pitch and the recordings it leans on, computed while nobody acts."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from traitlets import Instance

from sda_lib.analysis.level_bytes import LevelBytes, level_bytes
from sda_lib.analysis.onsets import onset_times
from sda_lib.analysis.pitch_contour import pitch_contour
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.colors import source_color
from sda_lib.maps.corpus_map import recording_part
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_widgets.session.context import Context
from sda_widgets.session.guard import verb
from sda_widgets.session.idle import IdlePart, Pause, Task
from sda_widgets.session.previews import Previews

# Spectrograms that are kept for when their sound is shown again.
KEPT = 4


@dataclass(frozen=True)
class Leaning:
    """Seconds `begin` to `end` of a sound that lean on one recording, from second `position` of its file on."""

    begin: float
    end: float
    name: str
    position: float
    color: str


@dataclass(frozen=True, eq=False)
class Spectrogram:
    """What is known of a clip: what isn't computed yet is None.

    `onsets` are seconds [onset], `pitch` is (second, Hz) [window, 2] with NaN where there is none; `leanings` are empty
    for a sound that can't be traced to recordings.
    """

    clip: AudioClip
    levels: LevelBytes | None = None
    onsets: np.ndarray | None = None
    pitch: np.ndarray | None = None
    leanings: tuple[Leaning, ...] | None = None


class SpectrogramWork(IdlePart):
    """Fills `shown` step by step."""

    shown = Instance(Spectrogram, allow_none=True, help="what is known of the sound that is looked at")

    def __init__(self, context: Context, previews: Previews) -> None:
        super().__init__(context)
        self.previews = previews
        self._kept: deque[Spectrogram] = deque(maxlen=KEPT)

    def look_at(self, clip: AudioClip, content: Codes | Latents | None = None) -> None:
        """Compute the spectrogram of a clip, unless it is the one that is shown.

        `content`: the codes or latents it was decoded from, by which it is traced to recordings.
        """
        if self.shown is not None and self.shown.clip is clip:
            return
        self._keep()
        known = next((one for one in self._kept if one.clip is clip), Spectrogram(clip))
        self.shown = known
        self._begin(known, content)

    def stop(self) -> None:
        """Look at no sound."""
        self._keep()
        self.idle.cancel()
        self.set(shown=None, is_computing=False)

    @verb
    def play_leaning(self, name: str, position: float) -> None:
        """Play a recording from a second of its file on."""
        self.previews.play(recording_part(self.context.need_model(), name, position))

    def _keep(self) -> None:
        if self.shown is not None and self.shown.levels is not None and self.shown not in self._kept:
            self._kept.append(self.shown)

    def _begin(self, known: Spectrogram, content: Codes | Latents | None) -> None:
        """Compute what is missing, what is seen first of all first."""
        clip, model, tasks = known.clip, self.context.model, list[Task]()
        if known.levels is None:
            tasks.append(partial(self._measure_levels, clip))
        if known.pitch is None:
            tasks.append(partial(self._measure_pitch, clip))
        if known.leanings is None and content is not None and model is not None and model.memory is not None:
            tasks.append(partial(self._trace, clip, model, content))
        self.idle.begin(tasks)
        self.is_computing = bool(tasks)

    def _measure_levels(self, clip: AudioClip, pause: Pause) -> Callable[[], None]:
        levels = level_bytes(clip, pause)
        pause()
        onsets = onset_times(clip)
        return lambda: self._add(clip, levels=levels, onsets=onsets)

    def _measure_pitch(self, clip: AudioClip, pause: Pause) -> Callable[[], None]:
        pitch = pitch_contour(clip, pause)
        return lambda: self._add(clip, pitch=pitch)

    def _trace(self, clip: AudioClip, model: SdaModel, content: Codes | Latents, pause: Pause) -> Callable[[], None]:
        from sda_lib.writers.provenance import trace

        assert model.memory is not None  # else there is no such task
        names = list(dict.fromkeys(piece.name for piece in model.memory.pieces))
        spans = trace(model, content, pause)
        found = tuple(
            Leaning(one.begin, one.end, one.file, one.position, source_color(names.index(one.file))) for one in spans
        )
        return lambda: self._add(clip, leanings=found)

    def _add(self, clip: AudioClip, **found: Any) -> None:
        if self.shown is not None and self.shown.clip is clip:
            self.shown = replace(self.shown, **found)

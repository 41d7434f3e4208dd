"""Viewing of one sound: the frames that its grid and its spectrogram show together."""

from __future__ import annotations

from typing import Any

from sda_lib.codec.codes import Codes
from sda_widgets.session.sound_traits import SoundPart, SoundTraits
from sda_widgets.session.viewport import Viewport

# Wheel units that pan by the width of the view, and that zoom by STEP.
PAN_UNITS, ZOOM_UNITS = 800, 50
STEP = 1.2


class Viewing(SoundPart):
    """Keeps `viewport` of a sound: another sound is shown from its beginning; one that an edit made longer or shorter
    keeps the view's position."""

    def __init__(self, sound: SoundTraits) -> None:
        super().__init__(sound)
        self._written: Codes | None = None  # of the sound seen last
        sound.observe(self._fit, "codes")

    def pan(self, delta: float) -> None:
        """Move the view by wheel units."""
        self.sound.viewport = self.sound.viewport.panned(delta / PAN_UNITS)

    def zoom(self, delta: float, x: float = 0.5) -> None:
        """Zoom out by wheel units, in by negative ones, fixed at fraction `x` (0..1) of the view."""
        power = max(-4.0, min(delta / ZOOM_UNITS, 4.0))
        self.sound.viewport = self.sound.viewport.zoomed(STEP**power, x)

    def seconds(self) -> tuple[float, float]:
        """Return the seconds of the sound at which the view begins and ends; (0, 0) for a sound without codes."""
        codes, view = self.sound.codes, self.sound.viewport
        if codes is None:
            return 0.0, 0.0
        lead = codes.frame_of(0.0)
        return (view.first - lead) / codes.frame_rate, (view.end - lead) / codes.frame_rate

    def _fit(self, change: dict[str, Any]) -> None:
        before, codes = change["old"], change["new"]
        if codes is None:
            self.sound.viewport = Viewport.of(1)
        elif before is None or before.frames != codes.frames or self.sound.written is not self._written:
            is_same_sound = before is not None and self.sound.written is self._written
            fitted = self.sound.viewport.resized(codes.frames) if is_same_sound else Viewport.of(codes.frames)
            self.sound.viewport = fitted
        self._written = self.sound.written

"""Levels of the player's takes: the scale of the samples that are sent, and the gain at which all are played."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sda_lib.analysis.true_peak import BlockPeaks, guard_db
from sda_widgets.listen.pcm import sample_peak, scale_for

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip


class TakeLevels:
    """One gain for all takes, by which none exceeds full scale.

    It only falls until the takes are cleared for a new sound: so takes, and a sound before and after an edit or undo,
    are compared at the same gain.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forget all takes."""
        self.gain_db = 0.0
        self._scales: dict[str, float] = {}
        self._peaks: dict[str, tuple[AudioClip, BlockPeaks]] = {}

    def drop(self, name: str) -> None:
        """Forget a take."""
        self._scales.pop(name, None)
        self._peaks.pop(name, None)

    def fit(self, name: str, clip: AudioClip, first: int, end: int) -> tuple[float, bool]:
        """Return the scale of the samples of a take that changed in samples first..end, and whether it is new.

        The gain keeps these samples below full scale; `refine` attends to the peaks between them.
        """
        before, peak = self._scales.get(name), sample_peak(clip.samples[:, first:end])
        if (known := self._peaks.get(name)) and max(peak, known[1].peak) > 1:
            peak = sample_peak(clip.samples)  # else the rest can't exceed full scale
        scale = self._scales[name] = scale_for(peak)
        self._lower(peak)
        return scale, scale != before

    def refine(self, name: str, clip: AudioClip, first: int, end: int) -> None:
        """Measure the true peak of a take whose samples first..end changed, and lower the gain for it."""
        same = [peaks for known, peaks in self._peaks.values() if known is clip]
        before = self._peaks.get(name)
        if same:
            peaks = same[0].copy()
        elif before is None or before[0].samples.shape != clip.samples.shape:
            peaks = BlockPeaks(clip.samples, clip.sample_rate)
        else:
            peaks = before[1]
            peaks.update(clip.samples, first, end)
        self._peaks[name] = clip, peaks
        self._lower(peaks.peak)

    def _lower(self, peak: float) -> None:
        self.gain_db = min(self.gain_db, guard_db(peak))

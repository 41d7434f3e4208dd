"""Recognize sounds that are parts of the model's own recordings: cut anywhere, at another level, inverted.

Such a sound gets the recording's own codes, with a lead, a gain and perhaps a fraction of a sample, so that it is
decoded to the recording's samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from sda_lib.codec.frames import Frames
from sda_lib.codec.placement import Placement
from sda_lib.codec.stft import mid_side
from sda_lib.memory.excerpt_search import LEAST_RATIO, ExcerptSearch, FoundPlace, ratio_of
from sda_lib.memory.grains import Match, Memory

# Least ratio in dB of each block of a sound to its difference from the recording; differences this far in dB below the
# sound's mean level are allowed. Blocks of BLOCK samples.
LEAST_BLOCK_RATIO, QUIET, BLOCK = 20.0, 45.0, 2048
# Seconds of a sound that are held before its place is looked for; what follows is compared as it comes.
HELD_SECONDS = 20.0
# Seconds around the largest sample of every block, in which the stretch to look for is chosen.
SEARCHED_SECONDS, LOOKED_AT = 1.0, 16
# Frames matched at once, and the distance (in typical distances) below which a frame is the grain itself.
MATCHED_FRAMES, SAME = 512, 1e-2
# How many of the places that the most frames agree on are compared.
LIKELY = 16


@dataclass(frozen=True)
class Excerpt:
    """A part of a recording that a sound is: file, seconds from its beginning on, duration, and linear gain."""

    file: str
    start: float
    seconds: float
    gain: float = 1.0

    def __str__(self) -> str:
        changes = []
        if abs(decibels := 20 * math.log10(abs(self.gain))) >= 0.05:
            changes.append(f"gain {decibels:+.1f} dB".replace("-", "\N{MINUS SIGN}"))
        if self.gain < 0:
            changes.append("inverted")
        return f"{self.file} from {self.start:.2f} s, {self.seconds:.2f} s" + f" ({', '.join(changes)})" * bool(changes)


@dataclass(frozen=True)
class Recognized:
    """The grains first..end that a sound consists of, and its `Placement` besides its length."""

    first: int
    end: int
    placement: dict[str, Any]


class Recognizer:
    """Recognizes one sound while its blocks [channel, time] pass by, in constant memory."""

    def __init__(self, search: ExcerptSearch) -> None:
        self._search, self._held = search, list[np.ndarray]()
        self._length, self._is_foreign = 0, False
        self._place: FoundPlace | None = None
        self._power, self._error = list[np.ndarray](), list[np.ndarray]()

    def watched(self, blocks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Yield the blocks of a sound, left/right at the model's rate."""
        for block in blocks:
            self._add(block)
            yield block

    def result(self) -> Recognized | None:
        """Return what the sound consists of after its last block, None for a sound that is no part of a recording."""
        self._locate()
        if self._is_foreign or self._place is None:
            return None
        return _grains(self._search.memory, self._place, self._length)

    def _add(self, block: np.ndarray) -> None:
        if self._place is None and not self._is_foreign:
            self._held.append(block)
            if sum(one.shape[1] for one in self._held) >= HELD_SECONDS * self._search.memory.codec.audio.sample_rate:
                self._locate()
        elif self._place is not None and not self._is_foreign:
            samples = mid_side(torch.tensor(block)).numpy()
            self._compare(samples, self._difference(self._place, samples))

    def _locate(self) -> None:
        """Look for the place of the held blocks, and compare them."""
        if not self._held:
            return
        held, self._held = np.concatenate(self._held, axis=1) if len(self._held) > 1 else self._held[0], []
        memory = self._search.memory
        middle = int(np.abs(held[:, ::LOOKED_AT]).max(0).argmax()) * LOOKED_AT
        around = round(SEARCHED_SECONDS / 2 * memory.codec.audio.sample_rate)
        first = max(0, min(middle - around, held.shape[1] - 2 * around))
        searched = torch.tensor(held[:, first : first + 2 * around])
        places = self._search.places(mid_side(searched).to(memory.tape.device), first)
        self._is_foreign = not places
        if places:
            samples, starts = mid_side(torch.tensor(held)).numpy(), (place.start - first for place in places)
            placed = [replace(place, start=start) for place, start in zip(places, starts, strict=True)]
            fits = [(self._difference(place, samples), place) for place in placed]
            error, self._place = min(fits, key=lambda one: float(one[0].sum()))
            self._compare(samples, error)

    def _difference(self, place: FoundPlace, samples: np.ndarray) -> np.ndarray:
        """Return the power [block] by which the sound's next samples differ from those recorded at a place."""
        recorded = self._search.recorded(place.start + self._length, samples.shape[1])
        return _block_powers(samples - np.float32(place.gain) * recorded)

    def _compare(self, samples: np.ndarray, error: np.ndarray) -> None:
        """Note the sound's next samples, and their difference from the recording [block]."""
        self._power.append(_block_powers(samples))
        self._error.append(error)
        self._length += samples.shape[1]
        powers, errors = np.concatenate(self._power), np.concatenate(self._error)
        allowed = np.maximum(powers * 10 ** (-LEAST_BLOCK_RATIO / 10), powers.mean() * 10 ** (-QUIET / 10))
        ratio = ratio_of(float(powers.sum()), float(errors.sum()))
        self._is_foreign = ratio < LEAST_RATIO or bool((errors > allowed).any())


def _block_powers(samples: np.ndarray) -> np.ndarray:
    """Return the power [block] of samples [channel, time] in blocks of BLOCK samples."""
    power = np.square(samples).sum(0)
    return np.add.reduceat(power, np.arange(0, len(power), BLOCK)) if len(power) else power


def _grains(memory: Memory, place: FoundPlace, length: int) -> Recognized | None:
    """Return the grains of `length` samples from a place of the tape on; None unless they are of one recording."""
    start, hop = math.floor(place.start), memory.codec.config.hop
    begins = memory.tape_start + memory.margin
    first = int(torch.searchsorted(begins, start, right=True)) - 1
    if first < 0:
        return None
    lead = start - int(begins[first])
    end = first - (-(lead + length) // hop)
    if lead >= hop or end > len(memory) or memory.grain_recording[first] != memory.grain_recording[end - 1]:
        return None
    return Recognized(first, end, {"lead": lead, "fraction": place.start - start, "gain": place.gain})


def excerpt_of(memory: Memory, sound: Placement, frames: Frames) -> Excerpt | None:
    """Return which part of a recording a sound of these frames is; None if it is not one as a whole."""
    if len(frames) > int(memory.grain_recording.bincount().max()):
        return None  # longer than any recording: no frame needs to be looked at
    latent = frames[:]
    match = Match.joined([memory.match(part) for part in latent.split(MATCHED_FRAMES)])
    # Near-equal frames, as of silence, can match each other's grains: where the sound begins, many frames agree
    places, counts = (match.grain - torch.arange(len(latent), device=latent.device)).unique(return_counts=True)
    likely = places[counts.argsort(descending=True, stable=True)[:LIKELY]].tolist()
    first = next((place for place in likely if _is_at(memory, latent, place)), None)
    if first is None:
        return None
    file, start = memory.source(first)
    start += sound.beginning / sound.sample_rate
    return Excerpt(file, start, sound.natural_length / sound.sample_rate, sound.gain)


def _is_at(memory: Memory, latent: Tensor, first: int) -> bool:
    """Return whether latents [frame, dim] are those of a part of one recording that begins with the grain `first`."""
    last = first + len(latent) - 1
    if first < 0 or last >= len(memory) or memory.grain_recording[first] != memory.grain_recording[last]:
        return False
    return bool((latent - memory.keys[first : last + 1]).square().sum(1).max().sqrt() <= SAME * memory.unit)

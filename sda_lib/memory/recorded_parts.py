"""The sounding parts of a memory's recordings, on the grid of its grains, and the quiet between them.

`analysis/kinds.py` has the rule by which a part is an event or a texture.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch

from sda_lib.analysis.kinds import SoundingPart, is_event, sounding_parts
from sda_lib.audio.silence import TRIM, ZEROS, own_range
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece

# Levels per grain by which recordings are judged, at most.
BLOCKS = 16
# Quiet before the first part of a recording, or after its last one, belongs to that part if it is not longer than this
# many seconds, or than the part.
EDGE_SECONDS = 1.0
# Seconds from a part's beginning on whose mean level is the part's.
LEVEL_SECONDS = 0.25


class Levels(NamedTuple):
    """Levels of a recording in dB [block], blocks per grain, and the duration in seconds without padding."""

    level: np.ndarray
    blocks: int
    seconds: float

    def filled(self, frame_rate: float) -> np.ndarray:
        """Return the levels without those of padding, at least one."""
        return self.level[: max(1, int(self.seconds * frame_rate * self.blocks + 1e-6))]

    def trimmed(self, frame_rate: float, of_corpus: float, trim: float) -> tuple[Levels, int]:
        """Return the levels without silence at the end, and the first block after silence at the beginning."""
        filled = self.filled(frame_rate)
        first, end = own_range(filled, frame_rate * self.blocks, of_corpus, trim)
        if end in (0, len(filled)):
            return self, first
        return self._replace(seconds=end / (frame_rate * self.blocks)), first


@dataclass(frozen=True, eq=False)
class RecordedParts:
    """Sounding parts of recordings, in order.

    Per part [part]: `recording`, its number; `first`, its first grain; `frames`, its length; `event`, whether it is an
    event; `fades`, whether it ends in quiet; `lead` and `rest`, frames of quiet before and after it that belong to it,
    those between two parts to the first of them, but no silence at a recording's ends; `level` of its beginning in dB.
    Per recording [recording]: `seconds` from the lead of its first part to the rest of its last one; `events`, whether
    it is an event or a row of them; `fill`, the filled share of its last grain before silence. Per grain [grain]:
    `quiet`, whether it is filled and outside all parts and the silence at the ends; `ahead`, frames to the end of its
    part, including the grain (1 outside all parts).
    """

    recording: np.ndarray
    first: np.ndarray
    frames: np.ndarray
    event: np.ndarray
    fades: np.ndarray
    lead: np.ndarray
    rest: np.ndarray
    level: np.ndarray
    seconds: np.ndarray
    events: np.ndarray
    quiet: np.ndarray
    ahead: np.ndarray
    fill: np.ndarray

    @classmethod
    def of(cls, memory: Memory) -> RecordedParts:
        """Find the parts of a memory's recordings."""
        hop, rate = memory.codec.config.hop, memory.codec.audio.sample_rate
        found = [_levels(pieces, hop, rate) for pieces in memory.recordings]
        return cls.of_levels(found, rate / hop, memory.codec.audio.trim)

    @classmethod
    def of_levels(cls, recordings: Sequence[Levels], frame_rate: float, trim: float = TRIM) -> RecordedParts:
        """Find the parts from the levels of recordings, without silence at their ends (the recipe's `audio.trim`)."""
        rows: list[tuple[float, ...]] = []
        seconds, events, quiet, fill, begin = [], [], [], [], 0
        loudest = max((float(levels.level.max()) for levels in recordings), default=ZEROS)
        for number, whole in enumerate(recordings):
            levels, first_block = whole.trimmed(frame_rate, loudest, trim)
            found = _found(levels, first_block, frame_rate, levels is not whole)
            own = _rows(found, levels, first_block // levels.blocks, frame_rate)
            rows += [(number, begin + first, *facts) for first, *facts in own]
            seconds.append(_seconds(own, levels, frame_rate))
            events.append(is_event(found))
            size = len(levels.level) // levels.blocks
            last = size if levels is whole else math.ceil(levels.seconds * frame_rate - 1e-6)
            fill.append(levels.seconds * frame_rate - (last - 1))
            filled = np.arange(1, size + 1) <= levels.seconds * frame_rate + 1e-6
            quiet.append(filled & (np.arange(size) >= first_block // levels.blocks))
            begin += size
        table = np.array(rows, float).reshape(-1, 8).T
        recording, first, frames, event, fades, lead, rest, level = table
        ahead, filled = np.ones(begin, int), np.concatenate(quiet)
        for start, size in zip(first.astype(int), frames.astype(int), strict=True):
            filled[start : start + size] = False
            ahead[start : start + size] = np.arange(size, 0, -1)
        places = recording.astype(int), first.astype(int), frames.astype(int)
        facts = event.astype(bool), fades.astype(bool), lead.astype(int), rest.astype(int), level
        return cls(*places, *facts, np.array(seconds), np.array(events, bool), filled, ahead, np.array(fill))

    def __len__(self) -> int:
        """Return the number of parts."""
        return len(self.first)

    @cached_property
    def sounding(self) -> np.ndarray:
        """Return the numbers of the recordings that sound, ascending."""
        return np.unique(self.recording)

    @cached_property
    def ends_in_quiet(self) -> np.ndarray:
        """Return [recording] whether its last part ends in quiet."""
        quiet = np.zeros(len(self.seconds), bool)
        quiet[self.recording] = self.fades  # of a recording's parts the last one counts
        return quiet

    @cached_property
    def patterned(self) -> np.ndarray:
        """Return the numbers of the parts that patterns are made of: the events of recordings that are events."""
        return np.flatnonzero(self.event & self.events[self.recording])

    def of_recording(self, recording: int) -> np.ndarray:
        """Return the numbers of a recording's parts that decide what it is: events, or textures."""
        own = np.flatnonzero(self.recording == recording)
        return own[self.event[own] == self.events[recording]]


def _found(levels: Levels, first: int, frame_rate: float, ended: bool) -> list[SoundingPart]:
    """Return the parts of a recording from a block on; `ended`: whether it ends before its silence."""
    found = sounding_parts(levels.filled(frame_rate)[first:], frame_rate * levels.blocks, ended)
    return [replace(part, first=part.first + first, end=part.end + first) for part in found]


def _rows(found: Sequence[SoundingPart], levels: Levels, begin: int, frame_rate: float) -> list[tuple[float, ...]]:
    """Return first frame, frames, event, fades, lead, rest and level of the parts of a recording from a frame on."""
    level, blocks, seconds = levels
    spans = [(part.first // blocks, -(-part.end // blocks)) for part in found]
    rests = [max(0, after[0] - before[1]) for before, after in pairwise(spans)]
    look = max(1, round(LEVEL_SECONDS * frame_rate * blocks))
    rows: list[tuple[float, ...]] = []
    for number, (part, (first, end)) in enumerate(zip(found, spans, strict=True)):
        power = 10 ** (level[part.first : min(part.end, part.first + look)] / 10)
        most = max(end - first, EDGE_SECONDS * frame_rate)
        lead = 0 if number or first - begin > most else first - begin
        after = int(seconds * frame_rate) - end
        rest = rests[number] if number < len(rests) else after * (0 < after <= most)
        rows.append((first, end - first, part.event, part.fades, lead, rest, 10 * np.log10(power.mean())))
    return rows


def _seconds(rows: Sequence[tuple[float, ...]], levels: Levels, frame_rate: float) -> float:
    """Return the seconds from the lead of the first part of a recording, given as rows, to the rest of its last one."""
    if not rows:
        return 0.0
    end = (rows[-1][0] + rows[-1][1] + rows[-1][5]) / frame_rate
    return (levels.seconds if end > levels.seconds - 1 / frame_rate else end) - (rows[0][0] - rows[0][4]) / frame_rate


def _levels(pieces: Sequence[Piece], hop: int, rate: int) -> Levels:
    """Return the levels of a recording."""
    blocks = math.gcd(hop, BLOCKS)
    power = torch.cat([piece.samples.square().mean(0) for piece in pieces])
    level = 10 * power.reshape(-1, hop // blocks).mean(1).clamp_min(1e-20).log10()
    return Levels(level.double().cpu().numpy(), blocks, (len(power) - _padding(pieces[-1], hop)) / rate)


def _padding(piece: Piece, hop: int) -> int:
    """Return the number of zero samples that pad a piece's last frame."""
    sounding = piece.samples[:, -hop:].ne(0).any(0).nonzero()
    return hop - 1 - int(sounding[-1]) if len(sounding) else hop - 1

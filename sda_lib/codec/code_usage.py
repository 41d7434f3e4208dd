"""Statistics of codes: how often each is used, how evenly, and how often each follows another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class CodeUsage:
    """Read-only counts of codes.

    `usage` is [level, code]; `transitions` is [level, code, next code] within recordings, or None if the order of
    frames is unknown. A model without codes has no levels.
    """

    usage: np.ndarray
    transitions: np.ndarray | None = None

    def __post_init__(self) -> None:
        for counts in (self.usage, self.transitions):
            if counts is not None:
                counts.setflags(write=False)

    @classmethod
    def of(cls, recordings: Sequence[np.ndarray], size: int) -> CodeUsage:
        """Count the codes [level, frame] of at least one recording."""
        usage = np.stack([np.bincount(row, minlength=size) for row in np.concatenate(recordings, axis=1)])
        return cls(usage, transitions(recordings, size))

    @property
    def levels(self) -> int:
        return len(self.usage)

    @property
    def size(self) -> int:
        """Number of codes per level."""
        return self.usage.shape[1]

    @property
    def frames(self) -> int:
        """Number of frames counted."""
        return int(self.usage[0].sum()) if self.levels else 0

    @property
    def utilization(self) -> np.ndarray:
        """Share of the codes that are used [level], 0..1."""
        return (self.usage > 0).mean(1) if self.levels else np.zeros(0)

    @property
    def entropy(self) -> np.ndarray:
        """Entropy in bits per code [level]."""
        share = self.usage / np.maximum(self.usage.sum(1, keepdims=True), 1)
        return -(share * np.log2(np.where(share > 0, share, 1))).sum(1) + 0.0

    @property
    def perplexity(self) -> np.ndarray:
        """Number of evenly used codes that would have the same entropy [level]."""
        return 2.0**self.entropy

    @property
    def efficiency(self) -> np.ndarray:
        """Entropy over the bits that a code takes, log2 of the codebook's size [level], 0..1."""
        return self.entropy / max(np.log2(max(self.size, 1)), 1e-9)

    @property
    def dead(self) -> np.ndarray:
        """Number of codes that are never used [level]."""
        return (self.usage == 0).sum(1)


def transitions(recordings: Sequence[np.ndarray], size: int) -> np.ndarray:
    """Count how often each code is followed by each other in the same recording: [level, code, next code]."""
    found = np.zeros((len(recordings[0]), size, size), np.int32)
    for codes in recordings:
        for table, row in zip(found, codes, strict=True):
            np.add.at(table, (row[:-1], row[1:]), 1)
    return found


def reachable_utilization(frames: int, size: int) -> float:
    """Return the expected share of `size` equally likely codes that this number of frames uses, 0..1."""
    return 1 - (1 - 1 / size) ** frames if size > 1 else 1.0


def reachable_efficiency(frames: int, size: int) -> float:
    """Return the expected entropy of this number of frames over log2 of the size, 0..1, for equally likely codes.

    The entropy of counts of few frames is lower than that of their distribution, by (size - 1) / 2n nats (Miller 1955).
    That holds for many frames, so the result is at least the logarithm of the expected number of codes seen, less one
    bit.
    """
    if size < 2 or frames < 2:
        return 1.0 if size < 2 else 0.0
    seen = size * reachable_utilization(frames, size)
    bits = np.log2(size) - (size - 1) / (2 * frames * np.log(2))
    return float(np.clip(max(bits, np.log2(seen) - 1), 0, np.log2(seen)) / np.log2(size))

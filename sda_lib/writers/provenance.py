"""Trace a sound to its sources: the nearest recorded grains over time, and how much of the sound is a copy."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Match, Memory
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents

# Frames matched at once, so that memory does not grow with the sound.
MATCH_FRAMES = 512
# Copies are detected on the first COPIED_LEVELS levels over GRAM frames.
COPIED_LEVELS, GRAM = 2, 8
# A warning is given from this many seconds of a recording in one piece, or from this share of copied 8-grams.
NEAR_COPY, LARGE_SHARE = 0.5, 0.6


@dataclass(frozen=True)
class SourceSpan:
    """Seconds begin..end of a sound that are nearest to one recording, from `position` seconds on.

    `distance` is the mean latent distance in typical ones (0: the recording itself, 1: as far as another recording's
    nearest frame).
    """

    begin: float
    end: float
    file: str
    position: float
    distance: float


@dataclass(frozen=True)
class Originality:
    """How much of a sound is copied from the recordings.

    `longest`: seconds of the longest copied passage of codes (levels 0 and 1), found in `file`; `share`: share of
    copied 8-grams of such codes; `distance` and `nearest`: mean and smallest distance to the nearest grain in typical
    ones.
    """

    longest: float
    file: str
    share: float
    distance: float
    nearest: float

    @property
    def warning(self) -> str:
        """One sentence of warning, empty when there is nothing to warn of."""
        if self.longest < NEAR_COPY and self.share < LARGE_SHARE:
            return ""
        what = f"{self.longest:.1f} s in one piece follow {self.file}" if self.longest >= NEAR_COPY else "no long piece"
        found = f"{what}; {self.share:.0%} of its short passages are in them"
        return f"Parts of this sound are copies of your recordings ({found}); raise the novelty."


def trace(model: SdaModel, sound: Codes | Latents) -> tuple[SourceSpan, ...]:
    """Return the nearest recordings over time of a sound's codes or latents.

    Frames that follow one recording are joined. Raises SdaError without memory.
    """
    memory, grain, distance = _matched(model, sound)
    breaks = np.flatnonzero((np.diff(grain) != 1) | (np.diff(memory.piece.cpu().numpy()[grain]) != 0)) + 1
    times = np.minimum(np.arange(len(grain) + 1) / sound.frame_rate, sound.seconds)
    return tuple(
        SourceSpan(
            float(times[first]), float(times[end]), *memory.source(int(grain[first])), float(distance[first:end].mean())
        )
        for first, end in pairwise([0, *breaks, len(grain)])
    )


def originality(model: SdaModel, codes: Codes) -> Originality:
    """Return how much of the codes is copied from the model's recordings. Raises SdaError without memory or codes."""
    memory, _, distance = _matched(model, codes)
    if memory.codes is None:
        raise SdaError(model.why_no_codes)
    corpus = code_words(memory.codes.cpu().numpy())
    runs, ends = shared_runs(code_words(codes.indices), corpus, memory.piece.cpu().numpy())
    size, longest = min(GRAM, len(runs)), int(runs.argmax())
    share = float((runs[size - 1 :] >= size).mean())
    file, _ = memory.source(int(ends[longest]))
    return Originality(
        float(runs[longest] / codes.frame_rate), file, share, float(distance.mean()), float(distance.min())
    )


def shared_runs(words: np.ndarray, corpus: np.ndarray, recording: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return [frame] the length of the longest copied passage up to each word, and the grain where it ends.

    A passage is copied if it occurs in one `recording` [grain] of the `corpus` [grain]. An n-gram occurs in the corpus
    when the run of its last word is at least n.
    """
    begins = np.diff(recording, prepend=-1) != 0
    length = np.zeros(len(corpus), np.int32)
    runs, ends = np.zeros(len(words), np.int64), np.zeros(len(words), np.int64)
    for number, word in enumerate(words):
        before = np.concatenate([[0], length[:-1]])
        before[begins] = 0
        length = np.where(corpus == word, before + 1, 0)
        ends[number] = length.argmax()
        runs[number] = length[ends[number]]
    return runs, ends


def code_words(indices: np.ndarray) -> np.ndarray:
    """Return [frame] one integer for the codes of the first levels of [level, frame]."""
    first = indices[:COPIED_LEVELS].astype(np.int64)
    return first[0] if len(first) == 1 else first[0] * 65536 + first[1]


def _matched(model: SdaModel, sound: Codes | Latents) -> tuple[Memory, np.ndarray, np.ndarray]:
    """Return the memory, and the nearest grain of every frame [frame] with its distance in typical ones [frame].

    Raises SdaError without memory.
    """
    if model.memory is None:
        raise SdaError(f"{model.title} was saved without its recordings, so nothing can be traced back to them.")
    latent = model.embed(sound) if isinstance(sound, Codes) else sound.values
    match = Match.joined([model.memory.match(part) for part in torch.split(latent, MATCH_FRAMES)])
    return model.memory, match.grain.cpu().numpy(), match.distance.cpu().numpy() / model.memory.unit

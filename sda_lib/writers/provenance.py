"""Trace sounds to their sources: the nearest recorded grains over time, and how much of a sound, or of all that a
model writes, is copied from recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Match, Memory
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.options import GenerateOptions
from sda_lib.writers.registry import default_writer

# Frames matched at once, so that memory does not grow with the sound.
MATCH_FRAMES = 512
# Copies are detected on the first COPIED_LEVELS levels over GRAM frames.
COPIED_LEVELS, GRAM = 2, 8
# A warning is given from this many seconds of a recording in one piece, or from this share of copied 8-grams.
NEAR_COPY, LARGE_SHARE = 0.5, 0.6
# Duration in seconds and number of the sounds written, and their novelty. At lower novelty passages are copied by
# design: a walk's runs then last 0.25 s or more on average, which is twelve frames of short sounds.
TRIED_SECONDS, TRIED, NOVELTY = 4.0, 4, 1.0


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
    times = np.minimum(sound.seconds_of(np.arange(len(grain) + 1)), sound.seconds)
    spans = []
    for first, end in pairwise([0, *breaks, len(grain)]):
        file, position = memory.source(int(grain[first]))
        position += 0.0 if first else sound.beginning / sound.sample_rate
        mean = float(distance[first:end].mean())
        spans.append(SourceSpan(float(times[first]), float(times[end]), file, position, mean))
    return tuple(spans)


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


@dataclass(frozen=True)
class Copying:
    """Copying of a writer at full novelty.

    `share` is the share of 8-grams of codes (levels 0 and 1) that occur in a recording; `longest` is the longest copied
    passage in seconds.
    """

    writer: str
    share: float
    longest: float


def copying(model: SdaModel, recordings: Sequence[np.ndarray]) -> tuple[Copying, ...]:
    """Return the copying of the default writer, and of the prior if there is one.

    `recordings` are codes [level, frame] to compare with; if empty, those that an n-gram prior holds. Return an empty
    tuple for models without codes, models that cannot write, or without any recordings.
    """
    if model.why_no_codes or model.why_no_writing:
        return ()
    known = list(recordings) or ([] if model.prior is None else model.prior.sounds())
    if not known:
        return ()
    writers = dict.fromkeys([default_writer(model), *(["prior"] if model.prior is not None else [])])
    return tuple(_tried(model, writer, known) for writer in writers)


def _tried(model: SdaModel, writer: str, known: Sequence[np.ndarray]) -> Copying:
    """Return the copying of a writer, compared with codes [level, frame] of recordings."""
    levels = min(COPIED_LEVELS, len(known[0]))
    corpus = np.concatenate([code_words(one[:levels]) for one in known])
    file = np.repeat(np.arange(len(known)), [one.shape[1] for one in known])
    copied, of, longest = 0, 0, 0
    for seed in range(TRIED):
        codes = compose_codes(model, GenerateOptions(seconds=TRIED_SECONDS, seed=seed, writer=writer, novelty=NOVELTY))
        runs, _ = shared_runs(code_words(codes.indices[:levels]), corpus, file)
        size = min(GRAM, len(runs))
        copied, of = copied + int((runs[size - 1 :] >= size).sum()), of + len(runs) - size + 1
        longest = max(longest, int(runs.max()))
    return Copying(writer, copied / of, longest / model.frame_rate)


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

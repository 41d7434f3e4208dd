"""Trace a sound to its sources: the nearest recorded grains over time, and how much of it is copied from recordings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch

from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Match, Memory
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.waveform_copying import OwnWaveform, WaveformSearch, copying_warning

# Frames matched at once, so that memory does not grow with the sound.
MATCH_FRAMES = 512
# Copies are detected on the first COPIED_LEVELS levels over GRAM frames.
COPIED_LEVELS, GRAM = 2, 8


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
class RecordingShare:
    """A recording that a sound leans on: the share of the sound's time that is nearest to it, 0..1, and the passages,
    the longest first."""

    file: str
    share: float
    passages: tuple[SourceSpan, ...]


@dataclass(frozen=True)
class Originality:
    """How much of a sound is copied from the recordings.

    `longest`: seconds of the longest copied passage of codes (levels 0 and 1), found in `file`; `share`: share of
    copied 8-grams of such codes; `distance` and `nearest`: mean and smallest distance to the nearest grain in typical
    ones; `waveform`: how much of it is a recording's own samples; `novelty` with which it was generated, if known.
    """

    longest: float
    file: str
    share: float
    distance: float
    nearest: float
    waveform: OwnWaveform
    novelty: float | None = None

    @property
    def warning(self) -> str:
        """One sentence of warning where more is copied than the novelty implies, else empty."""
        return "" if self.novelty is None else copying_warning(self.waveform, self.novelty)


def trace(
    model: SdaModel, sound: Codes | Latents, pause: Callable[[], object] = lambda: None
) -> tuple[SourceSpan, ...]:
    """Return the nearest recordings over time. Frames that follow one recording are joined.

    Args:
        model: the model of the sound, with recordings.
        sound: codes or latents.
        pause: called between blocks of frames; it may raise.

    Raises SdaError without recordings.

    Example:
        >>> passages = sda_lib.trace(model, codes)
        >>> passages[0].file, passages[0].begin, passages[0].distance < 0.01
        ('bell', 0.0, True)
    """
    memory, grain, distance = _matched(model, sound, pause)
    breaks = np.flatnonzero((np.diff(grain) != 1) | (np.diff(memory.piece.cpu().numpy()[grain]) != 0)) + 1
    times = np.minimum(sound.seconds_of(np.arange(len(grain) + 1)), sound.seconds)
    spans = []
    for first, end in pairwise([0, *breaks, len(grain)]):
        file, position = memory.source(int(grain[first]))
        position += 0.0 if first else sound.beginning / sound.sample_rate
        mean = float(distance[first:end].mean())
        spans.append(SourceSpan(float(times[first]), float(times[end]), file, position, mean))
    return tuple(spans)


def recording_shares(spans: Sequence[SourceSpan]) -> tuple[RecordingShare, ...]:
    """Return the recordings of a trace, those that most of the sound is nearest to first."""
    whole, found = sum(one.end - one.begin for one in spans), dict[str, list[SourceSpan]]()
    for one in spans:
        found.setdefault(one.file, []).append(one)
    shares = [
        RecordingShare(
            file,
            sum(one.end - one.begin for one in own) / max(whole, 1e-9),
            tuple(sorted(own, key=lambda one: one.begin - one.end)),
        )
        for file, own in found.items()
    ]
    return tuple(sorted(shares, key=lambda one: -one.share))


def originality(
    model: SdaModel, codes: Codes, blocks: Iterable[np.ndarray] | None = None, novelty: float | None = None
) -> Originality:
    """Return how much of a sound is copied from the model's recordings.

    Args:
        model: the model of the sound, with recordings.
        codes: codes of the sound.
        blocks: its samples in blocks [channel, time] at the model's rate; default: the codes are decoded at Source 1.
        novelty: the novelty that it was generated with, 0 to 1; default: unknown.

    Raises SdaError without recordings or codes.

    Example:
        >>> sda_lib.originality(model, codes).share
        1.0
    """
    memory, grain, distance = _matched(model, codes)
    if memory.codes is None:
        raise SdaError(model.why_no_codes)
    corpus = code_words(memory.codes.cpu().numpy())
    runs, ends = shared_runs(code_words(codes.indices), corpus, memory.piece.cpu().numpy())
    size, longest = min(GRAM, len(runs)), int(runs.argmax())
    share = float((runs[size - 1 :] >= size).mean())
    file, _ = memory.source(int(ends[longest]))
    waveform = _own_waveform(model, codes, grain, blocks)
    figures = float(runs[longest] / codes.frame_rate), file, share, float(distance.mean()), float(distance.min())
    return Originality(*figures, waveform, novelty)


def own_waveform(model: SdaModel, sound: Codes | Latents, blocks: Iterable[np.ndarray] | None = None) -> OwnWaveform:
    """Return how much of a sound is a recording's own waveform; `blocks` as in `originality`.

    Raises SdaError without memory.
    """
    return _own_waveform(model, sound, _matched(model, sound)[1], blocks)


def _own_waveform(
    model: SdaModel, sound: Codes | Latents, grain: np.ndarray, blocks: Iterable[np.ndarray] | None
) -> OwnWaveform:
    assert model.memory is not None
    begins = np.round((np.arange(len(grain)) * model.hop - sound.lead) / sound.rate).astype(int)
    decoded = (clip.samples for clip in model.decode_blocks(sound)) if blocks is None else blocks
    return WaveformSearch(model.memory, grain, begins).result(decoded)


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


def _matched(
    model: SdaModel, sound: Codes | Latents, pause: Callable[[], object] = lambda: None
) -> tuple[Memory, np.ndarray, np.ndarray]:
    """Return the memory, and the nearest grain of every frame [frame] with its distance in typical ones [frame].

    Raises SdaError without memory.
    """
    if model.memory is None:
        raise SdaError(f"{model.title} was saved without its recordings, so nothing can be traced back to them.")
    latent = model.embed(sound) if isinstance(sound, Codes) else sound.values
    matches = []
    for part in torch.split(latent, MATCH_FRAMES):
        pause()
        matches.append(model.memory.match(part))
    match = Match.joined(matches)
    return model.memory, match.grain.cpu().numpy(), match.distance.cpu().numpy() / model.memory.unit

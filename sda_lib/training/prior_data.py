"""Training and held-out data of a prior: the codes of recordings from a model's memory or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sda_lib.audio.categories import weight_of
from sda_lib.audio.corpus import Corpus
from sda_lib.controls.controls import Ranges, ranked
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import sounding_span
from sda_lib.model.model import SdaModel
from sda_lib.model.recordings import recordings_of
from sda_lib.prior.ngram import NGram, contexts_of
from sda_lib.training.memory_choice import memory_pieces
from sda_lib.training.segments import CorpusSound, shuffled, split_point

# With fewer files the end of each one is held out.
FEWEST_FOR_SPLIT_BY_FILE = 10
# With at least this many files, one that makes up no more than LARGEST_APART of the frames is held out as a whole too:
# the ends of files alone do not show how a network performs on other sounds.
FEWEST_FOR_A_FILE, LARGEST_APART = 4, 1 / 3
# Share of the files, or of each one's time, that is held out, and the fewest held-out files.
HELD_OUT, HELD_OUT_TIME, FEWEST_HELD_OUT = 1 / 8, 0.15, 3
# Seconds before and after a frame over which measurements are averaged to give the control values of that frame.
AROUND = 1.0


@dataclass(frozen=True, eq=False)
class Recording:
    """Codes and control values of a recording.

    `codes` are [level, frame]; `controls` [frame, control] are quantiles (NaN where there is no pitch); `loudness`
    [frame] is in dB. Only frames from `scored_from` on are held out. It is drawn `weight` times as often as others.
    """

    name: str
    codes: np.ndarray
    controls: np.ndarray
    loudness: np.ndarray
    scored_from: int = 0
    weight: float = 1.0

    @property
    def frames(self) -> int:
        return self.codes.shape[1]

    def until(self, end: int) -> Recording:
        """Return the frames before `end`."""
        codes, controls, loudness = self.codes[:, :end], self.controls[:end], self.loudness[:end]
        return Recording(self.name, codes, controls, loudness, weight=self.weight)


def coded_recordings(model: SdaModel, corpus: Corpus | None = None) -> tuple[Recording, ...]:
    """Return the recordings of the model's memory, or of a corpus encoded by the model, without silence at their ends.

    Those of the memory weigh as much as in the model's training. Raises SdaError when the model has no codes, or no
    recordings and there is no corpus.
    """
    if not model.discrete:
        raise SdaError(model.why_no_codes)
    memory, weights = model.memory, dict[str, float]()
    if corpus is None and memory is not None:
        weights = {one.name: weight_of(one, model.recipe.files.weights) for one in recordings_of(model)}
    elif corpus is not None:
        sounds = list(CorpusSound.of_corpus(corpus, model.recipe.audio))
        memory = Memory(model.codec, memory_pieces(model.codec, sounds))
    if memory is None or memory.codes is None:
        raise SdaError(f"{model.name or 'This model'} holds no recordings; name their folder with --corpus.")
    controls, loudness, codes = _controls(memory), memory.loudness().cpu().numpy(), memory.codes.cpu().numpy()
    found, end = [], 0
    for pieces in memory.recordings:
        own = slice(end, end := end + sum(piece.frames for piece in pieces))
        first, last = sounding_span(memory.sounding[own])
        own = slice(own.start + first, own.start + last) if last else own
        weight = weights.get(pieces[0].name, 1.0)
        found.append(Recording(pieces[0].name, codes[:, own], controls[own], loudness[own], weight=weight))
    return tuple(found)


def _controls(memory: Memory) -> np.ndarray:
    """Return the control values of every grain, averaged over AROUND in its piece, as quantiles [grain, control]."""
    ranks, reach = Ranges.of(memory).ranks, round(AROUND * memory.codec.audio.sample_rate / memory.codec.config.hop)
    values = np.stack([ranks[name] for name in CONTROLS], 1).astype(np.float32)
    parts = np.split(values, np.cumsum(memory.lengths)[:-1])
    smooth = np.concatenate([_smoothed(part, reach) for part in parts])
    return np.stack([ranked(column) for column in smooth.T], 1).astype(np.float32)


def _smoothed(values: np.ndarray, reach: int) -> np.ndarray:
    """Return moving averages of [frame, n] over `reach` frames on either side, ignoring NaN; NaN where all are NaN."""
    here, known = np.arange(len(values)), np.isfinite(values)
    first, end = np.maximum(here - reach, 0), np.minimum(here + reach + 1, len(values))

    def around(of: np.ndarray) -> np.ndarray:
        summed = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(of, axis=0)])
        return summed[end] - summed[first]

    count = around(known.astype(float))
    return np.where(count > 0, around(np.where(known, values, 0.0)) / np.maximum(count, 1), np.nan)


def split_by_file(sounds: Sequence[Recording]) -> bool:
    """Return whether there are enough files to hold out only whole ones."""
    return len({sound.name for sound in sounds}) >= FEWEST_FOR_SPLIT_BY_FILE


def split_recordings(sounds: Sequence[Recording], seed: int) -> tuple[tuple[Recording, ...], tuple[Recording, ...]]:
    """Split recordings into (train, held out).

    By file, or with fewer than ten files the last part of each one's time, predicted from the codes before it; with
    four or more files one of them is also held out as a whole, if it is short enough. Raises SdaError when there is too
    little sound to split.
    """
    names = sorted({sound.name for sound in sounds})
    names = [names[number] for number in shuffled(len(names), seed)]
    if split_by_file(sounds):
        apart = set(names[: max(FEWEST_HELD_OUT, round(HELD_OUT * len(names)))])
        train = tuple(sound for sound in sounds if sound.name not in apart)
        return train, tuple(sound for sound in sounds if sound.name in apart)
    frames = {name: sum(sound.frames for sound in sounds if sound.name == name) for name in names}
    short = [name for name in names if frames[name] <= LARGEST_APART * sum(frames.values())]
    whole = short[0] if len(names) >= FEWEST_FOR_A_FILE else None
    cuts = [
        (sound, split_point(sound.frames, HELD_OUT_TIME))
        for sound in sounds
        if sound.frames >= 2 and sound.name != whole
    ]
    if not cuts:
        raise SdaError("There is too little sound for a prior; add sounds.")
    ends = (replace(sound, scored_from=cut) for sound, cut in cuts)
    return tuple(sound.until(cut) for sound, cut in cuts), (*(sound for sound in sounds if sound.name == whole), *ends)


def baselines(train: Sequence[Recording], held_out: Sequence[Recording], level: int, size: int) -> dict[str, float]:
    """Return the held-out nats per code of a level: uniform, unigram and 3-gram with back-off."""
    contexts = np.concatenate([contexts_of(one.codes, level) for one in train])
    gram = NGram(size, contexts, np.concatenate([one.codes[level] for one in train]))
    contexts = np.concatenate([contexts_of(one.codes, level)[one.scored_from :] for one in held_out])
    codes = np.concatenate([one.codes[level, one.scored_from :] for one in held_out])
    return {
        "uniform": float(np.log(size)),
        "unigram": gram.nll(contexts, codes, 0),
        "trigram": gram.nll(contexts, codes),
    }


def loudness_of_codes(sounds: Sequence[Recording], size: int) -> torch.Tensor:
    """Return the mean loudness in dB of the frames that use each code of level 0, [code].

    Unused codes get the loudness of the quietest frame.
    """
    codes = np.concatenate([one.codes[0] for one in sounds])
    levels = np.concatenate([one.loudness for one in sounds])
    counts = np.bincount(codes, minlength=size)
    means = np.bincount(codes, levels, size) / np.maximum(counts, 1)
    return torch.tensor(np.where(counts > 0, means, levels.min()), dtype=torch.float32)

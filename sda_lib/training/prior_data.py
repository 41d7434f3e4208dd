"""Training and held-out data of a prior: the codes of recordings from a model's memory or a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.controls.controls import Ranges, quantile
from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.memory.grains import Memory
from sda_lib.model.model import SdaModel
from sda_lib.prior.ngram import NGram, contexts_of
from sda_lib.training.closed_form import encode_sounds
from sda_lib.training.segments import Sound
from sda_lib.training.snapshot import piece, pieces

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

    `codes` are [level, frame]; `asked` [frame, control] are control values as quantiles (NaN where there is no pitch);
    `loudness` [frame] is in dB. Only frames from `scored_from` on are held out.
    """

    name: str
    codes: np.ndarray
    asked: np.ndarray
    loudness: np.ndarray
    scored_from: int = 0

    @property
    def frames(self) -> int:
        return self.codes.shape[1]

    def until(self, end: int) -> Recording:
        """Return the frames before `end`."""
        return Recording(self.name, self.codes[:, :end], self.asked[:end], self.loudness[:end])


def coded_recordings(model: SdaModel, corpus: Corpus | None = None) -> tuple[Recording, ...]:
    """Return the recordings of the model's memory, or of a corpus encoded by the model.

    Raises SdaError when the model has no codes, or no recordings and there is no corpus.
    """
    if not model.discrete:
        raise SdaError(model.why_no_codes)
    memory = model.memory if corpus is None else _remembered(model, corpus)
    if memory is None:
        raise SdaError(f"{model.name or 'This model'} holds no recordings; name their folder with --corpus.")
    ranks, loudness = Ranges.of(memory).ranks, memory.loudness().cpu().numpy()
    asked = np.stack([ranks[name] for name in CONTROLS], 1).astype(np.float32)
    parts, rate = [], memory.codec.audio.sample_rate / memory.codec.config.hop
    ends = np.cumsum(memory.lengths)
    for kept, end in zip(memory.pieces, ends, strict=True):
        own = slice(int(end) - kept.frames, int(end))
        around = _smoothed(asked[own], round(AROUND * rate))
        parts.append(Recording(kept.name, kept.codes.cpu().numpy(), around, loudness[own]))
    smooth = np.concatenate([part.asked for part in parts])
    return tuple(
        Recording(part.name, part.codes, _quantiles(part.asked, smooth), part.loudness)
        for part in _joined(parts, memory)
    )


def _remembered(model: SdaModel, corpus: Corpus) -> Memory:
    """Return a memory of the whole corpus, encoded by the model."""
    rate, channels = model.sample_rate, model.recipe.audio.channels
    sounds = [Sound.of_blocks(name, blocks, rate) for name, blocks in corpus.blocks(rate, channels)]
    heard = encode_sounds(model.codec, sounds)
    return Memory(model.codec, [piece(model.codec, one, part) for one in heard for part in pieces(model.codec, one)])


def _joined(parts: Sequence[Recording], memory: Memory) -> list[Recording]:
    """Join pieces that are consecutive in a recording."""
    joined: list[Recording] = []
    end, rate = -1.0, memory.codec.audio.sample_rate / memory.codec.config.hop
    for part, kept in zip(parts, memory.pieces, strict=True):
        if joined and joined[-1].name == part.name and abs(kept.offset - end) < 0.5 / rate:
            last = joined.pop()
            part = Recording(
                part.name,
                np.concatenate([last.codes, part.codes], axis=1),
                np.concatenate([last.asked, part.asked]),
                np.concatenate([last.loudness, part.loudness]),
            )
        joined.append(part)
        end = kept.offset + kept.frames / rate
    return joined


def _smoothed(values: np.ndarray, reach: int) -> np.ndarray:
    """Return moving averages of [frame, n] over `reach` frames on either side, ignoring NaN; NaN where all are NaN."""
    here, known = np.arange(len(values)), np.isfinite(values)
    first, end = np.maximum(here - reach, 0), np.minimum(here + reach + 1, len(values))

    def around(of: np.ndarray) -> np.ndarray:
        summed = np.concatenate([np.zeros((1, values.shape[1])), np.cumsum(of, axis=0)])
        return summed[end] - summed[first]

    count = around(known.astype(float))
    return np.where(count > 0, around(np.where(known, values, 0.0)) / np.maximum(count, 1), np.nan)


def _quantiles(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Return each variable of [frame, n] as quantiles among its values in `among`; NaN stays."""
    columns = [_among(column, pool[np.isfinite(pool)]) for column, pool in zip(values.T, among.T, strict=True)]
    return np.stack(columns, 1).astype(np.float32)


def _among(values: np.ndarray, pool: np.ndarray) -> np.ndarray:
    found = quantile(np.sort(pool), values) if len(pool) else values
    return np.where(np.isfinite(values), found, np.nan)


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
    mixed = np.random.default_rng(seed).permutation(names)
    if split_by_file(sounds):
        kept = set(mixed[max(FEWEST_HELD_OUT, round(HELD_OUT * len(names))) :].tolist())
        train = tuple(sound for sound in sounds if sound.name in kept)
        return train, tuple(sound for sound in sounds if sound.name not in kept)
    lasting = {name: sum(sound.frames for sound in sounds if sound.name == name) for name in mixed.tolist()}
    short = [name for name, frames in lasting.items() if frames <= LARGEST_APART * sum(lasting.values())]
    apart = short[0] if len(names) >= FEWEST_FOR_A_FILE else None
    parted = [sound for sound in sounds if sound.frames >= 2 and sound.name != apart]
    if not parted:
        raise SdaError("There is too little sound for a prior; add sounds.")
    cuts = [min(sound.frames - 1, round(sound.frames * (1 - HELD_OUT_TIME))) for sound in parted]
    train = tuple(sound.until(cut) for sound, cut in zip(parted, cuts, strict=True))
    ends = tuple(replace(sound, scored_from=cut) for sound, cut in zip(parted, cuts, strict=True))
    return train, (*(sound for sound in sounds if sound.name == apart), *ends)


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

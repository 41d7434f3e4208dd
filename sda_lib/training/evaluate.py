"""Measure the distance of decoded sounds from the originals, for training and for held-out sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance
from sda_lib.model.model import SdaModel
from sda_lib.training.encoding import Encoded, encode_excerpts
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, CorpusSound, split, trimmed
from sda_lib.work_steps import Steps, WorkStep, drained, ends_of, spread_over

# Seconds of training and of held-out sound whose distance is also measured with fewer levels.
CURVE_SECONDS = 6.0
# Files with the largest distances, whose audio is kept for playback.
WORST_FILES = 6
# Share of the time of a measurement at which encoding ends, and decoding with all levels.
ENCODED, DECODED = 0.1, 0.5
# Share of the corpus' duration from which on a memory counts as all of it.
COMPLETE = 0.98


@dataclass(frozen=True)
class EvaluationSounds:
    """Recordings to evaluate a model with: those it was trained on and those held out.

    `unknown` holds a sentence for each of the two that is missing.
    """

    train: tuple[CorpusSound, ...] = ()
    held_out: tuple[CorpusSound, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileHealth:
    """The mel distance between the beginning of a file and its decoded codes without grains (Source 0).

    The files with the largest distances also hold both sounds.
    """

    name: str
    held_out: bool
    distance: float
    original: AudioClip | None = None
    decoded: AudioClip | None = None


@dataclass(frozen=True)
class Fidelity:
    """Mel distances of decoded sounds.

    `files` begin with the largest distance; `train` and `held_out` are the means over them (None: unknown), the latter
    over `held_out_seconds`. The curves give both for some of the files with the first `counts` levels, [count] each
    (empty: unknown).
    """

    files: tuple[FileHealth, ...] = ()
    train: float | None = None
    held_out: float | None = None
    held_out_seconds: float = 0.0
    counts: tuple[int, ...] = ()
    train_curve: tuple[float, ...] = ()
    held_out_curve: tuple[float, ...] = ()

    @property
    def gap(self) -> float | None:
        """The mean distance of held-out sounds divided by that of training sounds; None if either is unknown."""
        if self.train is None or self.held_out is None:
            return None
        return self.held_out / max(self.train, 1e-9)


def evaluation_sounds(model: SdaModel, corpus: Corpus | None) -> EvaluationSounds:
    """Return the recordings of a folder, or of the model's memory, split as in training.

    A folder that the model was not trained on is held out as a whole.
    """
    if corpus is None:
        return _of_memory(model)
    sounds = trimmed(tuple(CorpusSound.of_corpus(corpus, model.recipe.audio)), model.recipe)
    if is_its_corpus(model, corpus):
        return _split(model, sounds)
    known = _of_memory(model)
    return EvaluationSounds(known.train, sounds, () if known.train else known.unknown)


def is_its_corpus(model: SdaModel, corpus: Corpus) -> bool:
    """Return whether a folder holds as many files and minutes as the corpus that the model was trained on."""
    facts, own = corpus.report(), model.header.get("corpus")
    return isinstance(own, dict) and all(own.get(key) == facts[key] for key in ("files", "minutes"))


def memory_sounds(model: SdaModel) -> tuple[CorpusSound, ...]:
    """Return the recordings in the model's memory."""
    groups = [] if model.memory is None else model.memory.recordings
    return tuple(CorpusSound.of_pieces(pieces, model.sample_rate) for pieces in groups)


def _split(model: SdaModel, sounds: tuple[CorpusSound, ...]) -> EvaluationSounds:
    """Split sounds as training does."""
    return EvaluationSounds(*split(sounds, model.recipe.train.held_out, model.recipe.train.seed))


def _of_memory(model: SdaModel) -> EvaluationSounds:
    """Return the recordings of the model's memory, split by the header's list of held-out files."""
    if model.memory is None:
        reason = "How close sounds come is unknown: the model has no recordings; name their folder with --corpus."
        return EvaluationSounds(unknown=(reason,))
    sounds, named = trimmed(memory_sounds(model), model.recipe), model.header.get("held_out")
    held = set(named) if isinstance(named, list) and all(isinstance(one, str) for one in named) else set()
    missing = "Which sounds were held out is not in the model; name the folder that it was trained on with --corpus."
    if held and {sound.name for sound in sounds} <= held:  # few files, split by time: their ends were held out
        if _has_whole_corpus(model) and len(sounds) < FEWEST_FOR_SPLIT_BY_FILE:
            return _split(model, sounds)
        return EvaluationSounds(sounds, unknown=(missing,))
    train = tuple(sound for sound in sounds if sound.name not in held)
    held_out = tuple(sound for sound in sounds if sound.name in held)
    return EvaluationSounds(train, held_out, () if held else (missing,))


def _has_whole_corpus(model: SdaModel) -> bool:
    """Return whether the memory holds all of the corpus; otherwise the held-out part of each file is unknown."""
    corpus = model.header.get("corpus")
    minutes = corpus.get("minutes") if isinstance(corpus, dict) else None
    if model.memory is None or not isinstance(minutes, int | float):
        return False
    return model.memory.seconds >= COMPLETE * 60 * minutes


@torch.no_grad()
def fidelity(model: SdaModel, sounds: EvaluationSounds) -> Fidelity:
    """Measure the mel distances of sounds decoded without grains (Source 0), as training does."""
    return drained(fidelity_in_steps(model, sounds))


def fidelity_in_steps(model: SdaModel, sounds: EvaluationSounds) -> Steps[Fidelity]:
    """Do the same, and yield each step before it begins."""
    yield WorkStep(0.0, "encoding the sounds")
    sides = [encode_excerpts(model.codec, some) for some in (sounds.train, sounds.held_out)]
    chosen = [(one, held_out) for held_out, side in enumerate(sides) for one in side]
    files: list[FileHealth] = []
    words = [f"decoding {one.sound.name}" for one, _ in chosen]
    for step, (one, held_out) in zip(spread_over(words, ENCODED, DECODED), chosen, strict=True):
        yield step
        files.append(_health(model, one, held_out))
    files.sort(key=lambda one: -one.distance)
    train, unknown = ([one.distance for one in files if one.held_out == side] for side in (False, True))
    counts = tuple(range(1, model.levels + 1)) if model.discrete else ()
    curves: list[tuple[float, ...]] = []
    for number, side in enumerate(sides):
        curves.append((yield from _curve(model, side, counts, ends_of(number, len(sides), DECODED))))
    rest = [replace(one, original=None, decoded=None) for one in files[WORST_FILES:]]
    seconds = sum(one.sound.seconds for one in sides[1])
    return Fidelity((*files[:WORST_FILES], *rest), _mean(train), _mean(unknown), seconds, counts, *curves)


def _health(model: SdaModel, encoded: Encoded, held_out: int) -> FileHealth:
    original, decoded = encoded.sound.clip, encoded.decoded(model.codec)
    return FileHealth(encoded.sound.name, bool(held_out), mel_distance(original, decoded), original, decoded)


def _curve(
    model: SdaModel, side: Sequence[Encoded], counts: Sequence[int], ends: tuple[float, float]
) -> Steps[tuple[float, ...]]:
    """Return the mean distance with the first levels [count], over the first sounds that fit into CURVE_SECONDS; its
    steps go from one share of the whole to the other of `ends`."""
    chosen, left = list(side[:1]), CURVE_SECONDS - sum(one.sound.seconds for one in side[:1])
    for one in side[1:]:
        if one.sound.seconds <= left:
            chosen, left = [*chosen, one], left - one.sound.seconds
    if not chosen:
        return ()
    found: list[float] = []
    words = [f"decoding with {count} of {model.levels} levels" for count in counts]
    for step, count in zip(spread_over(words, *ends), counts, strict=True):
        yield step
        found.append(float(np.mean([one.distance(model.codec, range(count, model.levels)) for one in chosen])))
    return tuple(found)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None

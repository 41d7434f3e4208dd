"""Distance of decoded sounds from the originals: training and held-out sounds, with some and with all levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance
from sda_lib.memory.decode import synthesize
from sda_lib.model.model import SdaModel
from sda_lib.training.closed_form import Encoded, encode_sounds
from sda_lib.training.merge_models import joined, sound_of_pieces
from sda_lib.training.segments import FEWEST_FOR_SPLIT_BY_FILE, Sound, split

# Seconds of training and of held-out sound that are measured each, and seconds per file.
MEASURED_SECONDS, EXCERPT_SECONDS = 30.0, 6.0
# Seconds of training and of held-out sound whose distance is also measured with fewer levels.
CURVE_SECONDS = 6.0
# Files with the largest distances, whose audio is kept for listening.
WORST_FILES = 6
# Share of the corpus' duration from which on a memory counts as all of it.
COMPLETE = 0.98


@dataclass(frozen=True)
class EvaluationSounds:
    """Recordings to evaluate a model with: those it was trained on and those held out.

    `unknown` holds a sentence for each of the two that is missing.
    """

    train: tuple[Sound, ...] = ()
    held_out: tuple[Sound, ...] = ()
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
    rate = model.sample_rate
    sounds = tuple(
        Sound.of_blocks(name, blocks, rate) for name, blocks in corpus.blocks(rate, model.recipe.audio.channels)
    )
    if is_its_corpus(model, corpus):
        return EvaluationSounds(*split(sounds, model.recipe.train.held_out, model.recipe.train.seed))
    known = _of_memory(model)
    return EvaluationSounds(known.train, sounds, known.unknown if not known.train else ())


def is_its_corpus(model: SdaModel, corpus: Corpus) -> bool:
    """Return whether a folder holds as many files and minutes as the corpus that the model was trained on."""
    facts, own = corpus.report(), model.header.get("corpus")
    return isinstance(own, dict) and all(own.get(key) == facts[key] for key in ("files", "minutes"))


def _of_memory(model: SdaModel) -> EvaluationSounds:
    """Return the recordings of the model's memory, split by the manifest's list of held-out files."""
    if model.memory is None:
        return EvaluationSounds(
            unknown=("Without recordings nobody can say how close sounds come; name them with --corpus.",)
        )
    sounds = tuple(sound_of_pieces(model.codec, pieces) for pieces in joined(model.codec, model.memory.pieces))
    named = model.header.get("held_out")
    held = set(named) if isinstance(named, list) and all(isinstance(one, str) for one in named) else set()
    missing = "The model does not say which sounds were held out; name the folder that it learned from with --corpus."
    if not held:
        return EvaluationSounds(sounds, unknown=(missing,))
    if {sound.name for sound in sounds} <= held:
        return _parted_by_time(model, sounds, missing)
    train = tuple(sound for sound in sounds if sound.name not in held)
    return EvaluationSounds(train, tuple(sound for sound in sounds if sound.name in held))


def _parted_by_time(model: SdaModel, sounds: tuple[Sound, ...], missing: str) -> EvaluationSounds:
    """Split few files by time, as training does.

    Only possible with a complete memory: otherwise the held-out part of each file is unknown.
    """
    corpus = model.header.get("corpus")
    minutes = corpus.get("minutes") if isinstance(corpus, dict) else None
    whole = isinstance(minutes, int | float) and model.memory.seconds >= COMPLETE * 60 * minutes
    if not whole or len(sounds) >= FEWEST_FOR_SPLIT_BY_FILE:
        return EvaluationSounds(sounds, unknown=(missing,))
    return EvaluationSounds(*split(sounds, model.recipe.train.held_out, model.recipe.train.seed))


@torch.no_grad()
def fidelity(model: SdaModel, ground: EvaluationSounds) -> Fidelity:
    """Measure the mel distances of sounds decoded without grains (Source 0), as training does."""
    sides = [_heard(model, sounds) for sounds in (ground.train, ground.held_out)]
    files = [
        FileHealth(one.sound.name, held_out, mel_distance(one.sound.clip, decoded), one.sound.clip, decoded)
        for held_out, side in zip((False, True), sides, strict=True)
        for one, decoded in ((one, _decoded(model, one, model.levels)) for one in side)
    ]
    files.sort(key=lambda one: -one.distance)
    means = [_mean([one.distance for one in files if one.held_out == held_out]) for held_out in (False, True)]
    counts = tuple(range(1, model.levels + 1)) if model.discrete else ()
    curves = [tuple(_curve(model, side, counts)) for side in sides]
    rest = [replace(one, original=None, decoded=None) for one in files[WORST_FILES:]]
    seconds = sum(one.sound.seconds for one in sides[1])
    return Fidelity((*files[:WORST_FILES], *rest), *means, seconds, counts, *curves)


def _heard(model: SdaModel, sounds: Sequence[Sound]) -> list[Encoded]:
    """Encode the beginnings of sounds spread over the corpus."""
    parts = [sound.part(0, round(EXCERPT_SECONDS * sound.sample_rate)) for sound in sounds]
    step = max(1, -(-int(sum(part.seconds for part in parts)) // int(MEASURED_SECONDS)))
    return encode_sounds(model.codec, parts[::step])


def _curve(model: SdaModel, side: Sequence[Encoded], counts: Sequence[int]) -> list[float]:
    """Return the mean distance with the first levels [count], over the first sounds that fit into CURVE_SECONDS."""
    chosen, left = [], CURVE_SECONDS
    for one in side:
        if not chosen or one.sound.seconds <= left:
            chosen, left = [*chosen, one], left - one.sound.seconds
    if not chosen:
        return []
    return [_mean([mel_distance(one.sound.clip, _decoded(model, one, count)) for one in chosen]) for count in counts]


def _decoded(model: SdaModel, heard: Encoded, levels: int) -> AudioClip:
    """Decode the first `levels` levels of an encoded sound."""
    latent = heard.latent
    if model.discrete:
        latent = model.codec.bottleneck.embed(heard.codes, range(levels, model.levels))
    samples, _ = synthesize(model.codec, None, latent, 0.0)
    return AudioClip(samples[:, : heard.sound.length].cpu().numpy(), model.sample_rate, heard.sound.name)


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None

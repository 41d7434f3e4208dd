"""Auditions of a model during training: held-out sounds beside their decoded versions, and a generated sound."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from sda_lib.analysis.spectrogram import spectrogram
from sda_lib.audio.clip import AudioClip
from sda_lib.audio.corpus import Corpus
from sda_lib.codec.losses import mel_distance
from sda_lib.colors import SOUND_STOPS, color_ramp
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.training.encoding import Encoded, encode_sounds
from sda_lib.training.evaluate import evaluation_sounds
from sda_lib.writers.generate import generate
from sda_lib.writers.options import GenerateOptions

SHOWN = 3
AUDITION_SECONDS = 3.0
PICTURE_COLUMNS, PICTURE_ROWS, RANGE_DB = 180, 64, 80.0


@dataclass(frozen=True)
class Audition:
    """One sound to play during a run.

    `original` is None for a generated sound. `distance` is the mel distance between the two.
    """

    name: str
    sound: AudioClip
    original: AudioClip | None = None
    distance: float | None = None


@torch.no_grad()
def auditions(path: str | Path, corpus_folder: str | Path, count: int = SHOWN) -> tuple[Audition, ...]:
    """Return some held-out sounds decoded from their codes without grains (Source 0), then one generated sound.

    `path` is the model's file. If it holds no recordings, the held-out sounds come from the corpus folder. If the model
    cannot generate, the generated sound is left out.
    """
    model = SdaModel.load(path)
    known = evaluation_sounds(model, None if model.memory is not None else Corpus.from_folder(corpus_folder))
    sounds = [sound for sound in known.held_out or known.train if sound.seconds > 0]
    chosen = [sounds[int(place)] for place in np.linspace(0, len(sounds) - 1, min(count, len(sounds)))]
    parts = [sound.part(0, round(AUDITION_SECONDS * sound.sample_rate)) for sound in chosen]
    found = [_decoded(model, one) for one in encode_sounds(model.codec, parts)]
    with contextlib.suppress(SdaError):  # the seed is fixed, so that the sound can be compared throughout the run
        found.append(Audition("a new sound", generate(model, GenerateOptions(seed=1)).clip))
    return tuple(found)


def _decoded(model: SdaModel, encoded: Encoded) -> Audition:
    original, sound = encoded.sound.clip, encoded.decoded(model.codec)
    return Audition(sound.name, sound, original, mel_distance(original, sound))


def spectrogram_image(clip: AudioClip) -> np.ndarray:
    """Return a small spectrogram as uint8 [row, column, rgb], low frequencies at the bottom."""
    decibels = spectrogram(clip)
    rows = np.arange(PICTURE_ROWS) * len(decibels) // PICTURE_ROWS
    columns = np.arange(PICTURE_COLUMNS) * decibels.shape[1] // PICTURE_COLUMNS
    coarse = np.maximum.reduceat(decibels, rows, axis=0)
    coarse = coarse[:, columns] if decibels.shape[1] < PICTURE_COLUMNS else np.maximum.reduceat(coarse, columns, axis=1)
    return color_ramp(SOUND_STOPS, np.clip(1 + (coarse - coarse.max()) / RANGE_DB, 0, 1)[::-1])

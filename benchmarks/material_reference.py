"""What new sounds of a corpus are compared with in `materials.py`, made once and kept in a folder."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from kernel import embed_windows, window_distance
from material_measures import FIGURES, Changes, click_threshold, figures
from torch import Tensor

from sda_lib import AudioClip, Corpus, Recipe

ROWS, HELD_OUT_ROWS, SPLITS = 48, 24, 20
INNER = (10, 90)
"""Percentiles between which the inner 80 % lie."""


@dataclass(frozen=True)
class Reference:
    """Recordings of a corpus by numbers, or rows of recordings cut at a length.

    `inner`: 10th and 90th percentile by figure; `medians` by figure; `quiet`: mean share of quiet blocks; `loudest`:
    level of the loudest block that 95 % of them pass, dBFS; `click`: ratio from which on there is a click; `flux`,
    `step`: 95th percentiles at ordinary borders of frames; `held_out`: kernel distance of the held-out sounds;
    `halves`: that of random halves, mean and standard deviation; `files`: how many recordings a model learns from.
    """

    inner: dict[str, tuple[float, float]]
    medians: dict[str, float]
    quiet: float
    loudest: float
    click: float
    flux: float
    step: float
    held_out: float
    halves: tuple[float, float]
    files: int


def reference(
    corpus: Path, place: Path, rate: int, channels: int, hop: int, seconds: float | None
) -> tuple[Reference, list[Tensor]]:
    """Return the reference of a corpus' folder and its vectors [window, 512] by sound; `seconds`: of rows."""
    numbers, vectors = place.with_suffix(".json"), place.with_suffix(".pt")
    if numbers.exists() and vectors.exists():
        return Reference(**json.loads(numbers.read_text())), torch.load(vectors, weights_only=True)
    train = learned_clips(corpus / "train", rate, channels)
    judged, unseen = judged_clips(corpus, rate, channels, seconds)
    known, unknown = embed_windows(judged), embed_windows(unseen)
    made = Reference(
        **_figures(judged),
        click=click_threshold(judged),
        **_borders(train, hop),
        held_out=window_distance(known, unknown),
        halves=halves(known),
        files=len(train),
    )
    place.parent.mkdir(parents=True, exist_ok=True)
    torch.save(known, vectors)
    numbers.write_text(json.dumps(asdict(made), indent=1))
    return made, known


def judged_clips(
    corpus: Path, rate: int, channels: int, seconds: float | None
) -> tuple[Sequence[AudioClip], Sequence[AudioClip]]:
    """Return the training and the held-out sounds of a corpus' folder, or rows of them that last `seconds`."""
    train, held_out = (learned_clips(corpus / part, rate, channels) for part in ("train", "held_out"))
    if seconds is None:
        return train, held_out
    return rows(train, ROWS, seconds), rows(held_out, HELD_OUT_ROWS, seconds)


def learned_clips(folder: Path, rate: int, channels: int) -> list[AudioClip]:
    """Return the sounds of a folder without long silence at their ends, which no model learns."""
    from sda_lib.training.segments import CorpusSound, trimmed  # an earlier sda_lib has none

    recipe = Recipe().override(audio__sample_rate=rate, audio__channels=channels)
    sounds = tuple(CorpusSound.of_corpus(Corpus.from_folder(folder), recipe.audio))
    return [sound.clip for sound in trimmed(sounds, recipe)]


def rows(clips: Sequence[AudioClip], number: int, seconds: float) -> list[AudioClip]:
    """Return rows of whole recordings in random order, one after the other, cut at a length."""
    chance, found = np.random.default_rng(0), []
    for _ in range(number):
        parts: list[np.ndarray] = []
        while sum(part.shape[1] for part in parts) < seconds * clips[0].sample_rate:
            parts.append(clips[chance.integers(len(clips))].samples)
        whole = np.concatenate(parts, 1)[:, : round(seconds * clips[0].sample_rate)]
        found.append(AudioClip(whole, clips[0].sample_rate))
    return found


def halves(vectors: Sequence[Tensor]) -> tuple[float, float]:
    """Return mean and standard deviation of the distance of random halves of sounds, vectors [window, dim] each."""
    generator, found = torch.Generator().manual_seed(0), []
    for _ in range(SPLITS):
        order = torch.randperm(len(vectors), generator=generator).tolist()
        middle = len(vectors) // 2
        found.append(window_distance(*([vectors[i] for i in part] for part in (order[:middle], order[middle:]))))
    return float(np.mean(found)), float(np.std(found))


def _figures(clips: Sequence[AudioClip]) -> dict[str, object]:
    found = [figures(clip) for clip in clips]
    columns = {name: [one[name] for one in found] for name in FIGURES}
    return {
        "inner": {name: tuple(np.percentile(column, INNER).tolist()) for name, column in columns.items()},
        "medians": {name: float(np.median(column)) for name, column in columns.items()},
        "quiet": float(np.mean([one["quiet"] for one in found])),
        "loudest": float(np.percentile([one["loudest"] for one in found], 5)),
    }


def _borders(clips: Sequence[AudioClip], hop: int) -> dict[str, float]:
    pairs = [
        (changes.flux_at(place), changes.step_at(place))
        for changes in map(Changes.of, clips)
        for place in changes.borders(hop)
    ]
    flux, step = np.percentile(pairs, 95, axis=0).tolist()
    return {"flux": flux, "step": step}

"""Palette: a level's codes as positions in a plane, with audio of each code alone, in a sound, or in the recordings."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes, numbered_levels
from sda_lib.codec.stft import left_right
from sda_lib.editing.edits import set_codes
from sda_lib.errors import SdaError
from sda_lib.maps.corpus_map import required_memory
from sda_lib.maps.layout import compressed, ranks, spread_apart
from sda_lib.model.model import SdaModel

# Seconds of a code alone, of context on either side of it, and of an excerpt of a recording.
ALONE, AROUND, EXCERPT = 0.6, 0.4, 0.8
# Maximum seconds of a code in context.
MAX_SECONDS = 2.0
# Source amount for a code alone. With recordings, finer levels' codes select the same grain: 18 % of the demo's pairs
# in two of them differ by less than half a dB per band, without recordings 1 %.
ALONE_SOURCE = 0.0
# RMS in dB of a level's median code when played alone, and the share of the other codes' loudness differences that is
# kept. Finer levels' codes add little to an otherwise neutral frame: unscaled, most are at -58 dB.
ALONE_DB, LEVEL_SHARE = -24.0, 0.35
PEAK = 0.9
# Seconds of fade-in and fade-out.
FADE = 0.008
# Area of a rarely used code's dot relative to the largest.
MIN_AREA = 0.12


@dataclass(frozen=True, eq=False)
class LevelPalette:
    """A level's codes.

    `places` [code, 2] in -1..1 are near for similar codes, rotated so that numbers grow to the right (codebooks are
    sorted from dark to bright) and loudness grows upwards. `uses` [code] count codes in the corpus, `sizes` [code]
    are the dots' areas 0..1. `brightness` in Hz and `loudness` in dB [code] are those of each code held alone.
    `neutral` is the code that adds the least.
    """

    level: int
    name: str
    places: np.ndarray
    uses: np.ndarray
    brightness: np.ndarray
    loudness: np.ndarray
    neutral: int

    def __len__(self) -> int:
        """Return the number of codes."""
        return len(self.uses)

    @property
    def sizes(self) -> np.ndarray:
        return MIN_AREA + (1 - MIN_AREA) * self.uses / max(1, self.uses.max())

    def to_plain(self) -> dict[str, Any]:
        """Return JSON data: a list [code] for each figure."""
        figures = ("places", "uses", "brightness", "loudness")
        lists = {name: np.asarray(getattr(self, name)).tolist() for name in figures}
        return {"level": self.level, "name": self.name, "neutral": self.neutral, **lists}


@dataclass(frozen=True)
class Occurrence:
    """A code's occurrence in a recording: the file's name, the second in it, and the memory's grain."""

    file: str
    second: float
    grain: int


def level_palette(model: SdaModel, level: int) -> LevelPalette:
    """Return a level's palette. Raises SdaError for a model without codes and for an unknown level."""
    _check(model, level)
    books = model.codebooks
    bright, loud = books.brightness[level], books.loudness[level]
    places = spread_apart(_oriented(books.places(level), ranks(loud)))
    neutral = int(books.neutral[level])
    return LevelPalette(level, model.level_names[level], places, books.uses[level], bright, loud, neutral)


def code_alone(model: SdaModel, level: int, code: int, seconds: float = ALONE) -> AudioClip:
    """Synthesize a held code with all other levels neutral, amplified to be audible; louder codes stay louder.

    Raises SdaError for a model without codes and for an unknown level or code.
    """
    _check(model, level, code)
    books = model.codebooks
    indices = np.repeat(books.neutral[:, None], max(1, round(seconds * model.frame_rate)), axis=1)
    indices[level] = code
    clip = model.decode(Codes(indices, model.codebook_size, model.hop, model.sample_rate), ALONE_SOURCE)
    more = books.loudness[level, code] - np.median(books.loudness[level])
    gain = _gain(clip, ALONE_DB + LEVEL_SHARE * float(more))
    return _faded(clip.samples * gain, model, _code_name(model, level, code))


def code_in_context(
    model: SdaModel, codes: Codes, level: int, frames: tuple[int, int], code: int, source_amount: float = 1.0
) -> AudioClip:
    """Synthesize a sound with a code set in `frames` (first, end), with AROUND seconds of context on either side; the
    frames themselves are limited to two seconds. Raises SdaError for levels, codes or frames that don't exist."""
    _check(model, level, code)
    changed = set_codes(codes, code, (level, level + 1), frames)
    around = round(AROUND * model.frame_rate)
    end = min(frames[1], frames[0] + round(MAX_SECONDS * model.frame_rate)) + around
    clip = model.decode_window(changed, max(0, frames[0] - around), min(end, codes.frames), source_amount)
    return _faded(clip.samples, model, _code_name(model, level, code))


def occurrences(model: SdaModel, level: int, code: int) -> tuple[Occurrence, ...]:
    """Return occurrences of a code in the model's recordings, each file's first before any file's second; consecutive
    frames count once. Raises SdaError without recordings and for a code that none of them has."""
    _check(model, level, code)
    memory = required_memory(model)
    if memory.codes is None:
        raise SdaError(model.why_no_codes)
    grains = np.flatnonzero(memory.codes[level].cpu().numpy() == code)
    if not len(grains):
        name = _code_name(model, level, code)
        raise SdaError(f"None of the recordings in the model has {name}; choose a code that the corpus uses.")
    files = memory.piece.cpu().numpy()[grains]
    begins = np.flatnonzero(np.concatenate([[True], (np.diff(grains) > 1) | (np.diff(files) != 0)]))
    seen: Counter[str] = Counter()
    found = []
    for grain in grains[begins].tolist():
        use = Occurrence(*memory.source(grain), grain)
        found.append((seen[use.file], grain, use))
        seen[use.file] += 1
    return tuple(use for *_, use in sorted(found, key=lambda one: one[:2]))


def code_excerpt(model: SdaModel, level: int, code: int, number: int = 0) -> tuple[AudioClip, Occurrence]:
    """Return the recording around the `number`th occurrence of a code (modulo their number), and the occurrence.

    Raises SdaError as `occurrences` does.
    """
    uses = occurrences(model, level, code)
    use, memory = uses[number % len(uses)], required_memory(model)
    samples = memory.pieces[int(memory.piece[use.grain])].samples
    middle = round((int(memory.position[use.grain]) + 0.5) * model.hop)
    half = round(EXCERPT * model.sample_rate / 2)
    cut = left_right(samples[:, max(0, middle - half) : middle + half])
    return _faded(cut.cpu().numpy(), model, use.file), use


def _check(model: SdaModel, level: int, code: int = 0) -> None:
    """Raise SdaError for a model without codes and for an unknown level or code."""
    if not model.discrete:
        raise SdaError(model.why_no_codes)
    known = {
        "level": (level, model.levels, numbered_levels(model.levels, model.level_names)),
        "code": (code, model.codebook_size, f"0 to {model.codebook_size - 1}"),
    }
    for kind, (number, count, has) in known.items():
        if not 0 <= number < count:
            raise SdaError(f"There is no {kind} {number}; {model.name or 'this model'} has {has}.")


def _code_name(model: SdaModel, level: int, code: int) -> str:
    return f"{model.level_names[level]} code {code}"


def _oriented(places: np.ndarray, loud: np.ndarray) -> np.ndarray:
    """Rotate positions [code, 2] so that code numbers grow to the right, mirror them so that loudness [code] grows
    upwards, compress outliers, and scale both axes to -1..1."""
    centered = places - places.mean(0)
    across, up = np.linalg.lstsq(centered, np.linspace(-1, 1, len(places)), rcond=None)[0]
    length = np.hypot(across, up)
    if length > 1e-9:
        centered = centered @ (np.array([[across, -up], [up, across]]) / length)
    if centered[:, 1] @ (loud - loud.mean()) < 0:
        centered = centered * (1, -1)
    found = compressed(centered)
    middle = (found.max(0) + found.min(0)) / 2
    return (found - middle) / np.maximum(np.ptp(found, axis=0) / 2, 1e-9)


def _gain(clip: AudioClip, level: float) -> float:
    """Return the gain that brings a clip to an RMS in dB, limited by its peak."""
    rms = float(np.sqrt(np.square(clip.samples).mean()))
    return min(10 ** (level / 20) / max(rms, 1e-6), PEAK / max(clip.peak, 1e-6))


def _faded(samples: np.ndarray, model: SdaModel, name: str) -> AudioClip:
    """Return samples [channel, time] as a clip with short fades at both ends."""
    count = min(round(FADE * model.sample_rate), samples.shape[1] // 2)
    ramp = np.ones(samples.shape[1], np.float32)
    if count:
        ramp[:count] = np.linspace(0, 1, count, endpoint=False)
        ramp[-count:] = ramp[:count][::-1]
    return AudioClip(samples * ramp, model.sample_rate, name)

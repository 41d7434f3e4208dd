"""Corpus map: every recording in a model's memory as a position in a plane, near those that sound similar.

The axes are the first two principal components. t-SNE and UMAP need neighbors, which a corpus of five files lacks, a
seed, and seconds of computation; principal components are immediate, deterministic, and mean the same everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.codec.stft import left_right
from sda_lib.errors import SdaError
from sda_lib.maps.layout import compressed, ranks, spread_apart
from sda_lib.memory.grains import Memory
from sda_lib.memory.pieces import Piece
from sda_lib.model.model import SdaModel

# Only frames within this many dB of a recording's loudest frame count.
AUDIBLE_DB = 50.0
# Seconds of a recording's preview.
PREVIEW = 1.5
# Seconds at the beginning in which a recording's onset is searched.
ONSET_SECONDS = 10.0


@dataclass(frozen=True, eq=False)
class CorpusMap:
    """Recordings in the memory's order: their names, `places` [recording, 2] in -1..1, `colors` [recording] as ranks of
    brightness 0..1 (1: the brightest), and `seconds` [recording]."""

    names: tuple[str, ...]
    places: np.ndarray
    colors: np.ndarray
    seconds: np.ndarray

    def __len__(self) -> int:
        """Return the number of recordings."""
        return len(self.names)


def corpus_map(model: SdaModel, pause: Callable[[], object] = lambda: None) -> CorpusMap:
    """Return the map of a model's recordings; `pause` is called before each, and may raise.

    Raises SdaError when the model holds none.
    """
    groups, bright = required_memory(model).recordings, []
    for group in groups:
        pause()
        bright.append(feature_mean(Spectra.of(_sound(model, group), model.hop), "brightness"))
    colors = ranks(np.array(bright))
    seconds = np.array([_length(model, group) / model.sample_rate for group in groups])
    places = spread_apart(project(_summaries(model, groups), colors))
    return CorpusMap(tuple(map(_name, groups)), places, colors, seconds)


def recording(model: SdaModel, number: int) -> Codes:
    """Return the codes of a recording as the memory holds them. Decoded with Source 1 they give the recording, except
    for a few frames where two pieces of a long one meet.

    The memory pads a recording's last frame with silence; `samples` ends at the last sample that isn't silent. Raises
    SdaError for a continuous model, without recordings, and for an unknown number.
    """
    if not model.discrete:
        raise SdaError(model.why_no_codes)
    group = _group(model, number)
    indices = torch.cat([piece.codes for piece in group if piece.codes is not None], -1).cpu().numpy()
    return Codes(indices, model.codebook_size, model.hop, model.sample_rate, _length(model, group))


def recording_name(model: SdaModel, number: int) -> str:
    """Return a recording's name on the map. Raises SdaError without recordings and for an unknown number."""
    return _name(_group(model, number))


def recording_clip(model: SdaModel, number: int, seconds: float = PREVIEW) -> AudioClip:
    """Return the first `seconds` of a recording from its onset, taken from the memory's samples.

    Raises SdaError without recordings and for an unknown number.
    """
    group, rate = _group(model, number), model.sample_rate
    wanted = round(seconds * rate)
    start = _sound(model, group, round(ONSET_SECONDS * rate) + wanted)
    size = np.abs(start.samples[:, : round(ONSET_SECONDS * rate)]).max(0)
    first = int((size >= size.max() * 10 ** (-AUDIBLE_DB / 20)).argmax())
    return AudioClip(start.samples[:, first : first + wanted], rate, start.name)


def recording_part(model: SdaModel, name: str, begin: float, seconds: float = PREVIEW) -> AudioClip:
    """Return `seconds` of a recording from second `begin` of its file, taken from the memory's samples.

    Raises SdaError without recordings, and where they have nothing of that file at that place.
    """
    rate = model.sample_rate
    for group in required_memory(model).recordings:
        first = round((begin - group[0].offset) * rate)
        if group[0].name == name and 0 <= first < _length(model, group):
            part = _sound(model, group, first + round(seconds * rate))
            return AudioClip(part.samples[:, first:], rate, name)
    raise SdaError(f"The model's recordings have no {name} at {begin:.1f} s.")


def project(summaries: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Project rows [recording, feature] on their first two principal components, each scaled to -1..1: [recording, 2].

    The sign of a component is arbitrary; both are oriented towards higher brightness [recording]. Outliers are
    compressed, or all other recordings would share one spot.
    """
    left, strength, _ = np.linalg.svd(scaled_features(summaries), full_matrices=False)
    places = np.zeros((len(summaries), 2))
    for axis in range(min(2, len(strength))):
        if strength[axis] > 1e-9 * max(strength[0], 1.0):
            upwards = np.where(left[:, axis] @ (brightness - brightness.mean()) < 0, -1.0, 1.0)
            column = compressed(left[:, axis]) * upwards
            places[:, axis] = column / np.abs(column).max()
    return places


def scaled_features(summaries: np.ndarray) -> np.ndarray:
    """Center rows [recording, feature] and divide each feature by the square root of its standard deviation.

    Latents are ordered by explained variance. With unit deviation, the last ones, which are little more than noise,
    would weigh as much as the first: of the five nearest neighbors of 138 recordings, one in twelve stayed near on the
    map, with the square root one in three. Without scaling as many stay near, but one component then holds nearly all
    differences.
    """
    deviation = summaries.std(0)
    return (summaries - summaries.mean(0)) / np.sqrt(np.where(deviation > 1e-9, deviation, 1.0))


def _summaries(model: SdaModel, groups: Sequence[Sequence[Piece]]) -> np.ndarray:
    """Return mean and standard deviation of every recording's latents over frames within AUDIBLE_DB of the loudest:
    [recording, 2 * dim]."""
    memory = required_memory(model)
    lengths = [sum(piece.frames for piece in group) for group in groups]
    rows = []
    for latent, level in zip(memory.latents.split(lengths), memory.loudness().split(lengths), strict=True):
        audible = latent[level >= level.max() - AUDIBLE_DB].double()
        rows.append(torch.cat([audible.mean(0), audible.std(0, correction=0)]))
    return torch.stack(rows).cpu().numpy()


def required_memory(model: SdaModel) -> Memory:
    """Return the memory of a model. Raises SdaError if it holds no recordings."""
    if model.memory is None:
        raise SdaError(model.why_no_recordings)
    return model.memory


def _group(model: SdaModel, number: int) -> list[Piece]:
    groups = required_memory(model).recordings
    if not 0 <= number < len(groups):
        raise SdaError(f"There is no recording {number}; {model.name or 'this model'} has 0 to {len(groups) - 1}.")
    return groups[number]


def _name(pieces: Sequence[Piece]) -> str:
    """Return the file's name, and the second at which the recording begins unless it is 0."""
    first = pieces[0]
    return first.name if first.offset == 0 else f"{first.name} from {first.offset:.0f} s"


def _length(model: SdaModel, pieces: Sequence[Piece]) -> int:
    """Return the number of samples up to the last non-silent one, at least into the last frame: the memory does not
    store how much of that frame is padding."""
    nonzero = pieces[-1].samples[:, -model.hop :].abs().amax(0).nonzero()
    filled = int(nonzero[-1]) + 1 if len(nonzero) else 1
    return (sum(piece.frames for piece in pieces) - 1) * model.hop + filled


def _sound(model: SdaModel, pieces: Sequence[Piece], most: int | None = None) -> AudioClip:
    """Return a recording's samples, left and right, or only the first `most` of them."""
    parts, left = [], _length(model, pieces) if most is None else min(most, _length(model, pieces))
    for piece in pieces:
        parts.append(piece.samples[:, : max(0, left)])
        left -= piece.samples.shape[-1]
    return AudioClip(left_right(torch.cat(parts, -1)).cpu().numpy(), model.sample_rate, _name(pieces))

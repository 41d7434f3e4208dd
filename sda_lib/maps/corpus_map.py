"""A map of the corpus: every recording that a model remembers as a place in the plane, near what sounds like it.

The plane is that of principal components. t-SNE and UMAP need neighbors, of which five files have none, a seed, and
seconds; two components come at once, are the same every time, and mean the same all over the plane.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, mean
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.codec.stft import left_right
from sda_lib.errors import SdaError
from sda_lib.maps.layout import drawn_in, ranks, spread
from sda_lib.memory.grains import Piece
from sda_lib.model.model import SdaModel
from sda_lib.training.merge_models import joined

HEARD = 50.0
"""dB under a recording's loudest frame within which its frames count."""
PREVIEW = 1.5
"""Seconds of a recording that tell it from the others."""
ONSET_LOOK = 10.0
"""Seconds at its beginning in which a recording is expected to sound."""


@dataclass(frozen=True, eq=False)
class CorpusMap:
    """Recordings in the memory's order: their names, `places` [recording, 2] in -1..1, `colors` [recording] as ranks of
    brightness 0..1 (the brightest is 1), and their `seconds` [recording]."""

    names: tuple[str, ...]
    places: np.ndarray
    colors: np.ndarray
    seconds: np.ndarray

    def __len__(self) -> int:
        """Recordings."""
        return len(self.names)


def corpus_map(model: SdaModel) -> CorpusMap:
    """The map of a model's recordings. Raises SdaError when it holds none."""
    groups = _groups(model)
    bright = np.array([mean(Spectra.of(_sound(model, group), model.hop), "brightness") for group in groups])
    colors = ranks(bright)
    seconds = np.array([_length(model, group) / model.sample_rate for group in groups])
    places = spread(projected(_summaries(model, groups), colors))
    return CorpusMap(tuple(_name(group) for group in groups), places, colors, seconds)


def recording(model: SdaModel, number: int) -> Codes:
    """The codes of a recording as the memory holds them: decoded with Source 1 they are the recording, but for a few
    frames where two pieces of a long one meet.

    The memory fills a recording's last frame up with silence; `samples` ends with the last sample that isn't silent.
    Raises SdaError for a continuous model, without recordings, and for a number that is none."""
    if not model.discrete:
        raise SdaError(model.why_no_codes)
    group = _group(model, number)
    indices = torch.cat([piece.codes for piece in group], -1).cpu().numpy()
    return Codes(indices, model.codebook_size, model.hop, model.sample_rate, _length(model, group))


def recording_name(model: SdaModel, number: int) -> str:
    """What the map calls a recording. Raises SdaError as `recording_clip` does."""
    return _name(_group(model, number))


def recording_clip(model: SdaModel, number: int, seconds: float = PREVIEW) -> AudioClip:
    """The first seconds of a recording from where it is first heard, out of the memory's own samples.

    Raises SdaError without recordings and for a number that is none."""
    group, rate = _group(model, number), model.sample_rate
    wanted = round(seconds * rate)
    start = _sound(model, group, round(ONSET_LOOK * rate) + wanted)
    size = np.abs(start.samples[:, : round(ONSET_LOOK * rate)]).max(0)
    first = int((size >= size.max() * 10 ** (-HEARD / 20)).argmax())
    return AudioClip(start.samples[:, first : first + wanted], rate, start.name)


def projected(summaries: np.ndarray, brightness: np.ndarray) -> np.ndarray:
    """Rows [recording, feature] on their first two principal components, each within -1..1: [recording, 2].

    A component has no sign of its own; both grow towards the recordings with the higher brightness [recording]. Few
    recordings are far off: the more so, the more they are drawn in, or all others would share one spot."""
    left, strength, _ = np.linalg.svd(tempered(summaries), full_matrices=False)
    places = np.zeros((len(summaries), 2))
    for axis in range(min(2, len(strength))):
        if strength[axis] > 1e-9 * max(strength[0], 1.0):
            upwards = np.where(left[:, axis] @ (brightness - brightness.mean()) < 0, -1.0, 1.0)
            column = drawn_in(left[:, axis]) * upwards
            places[:, axis] = column / np.abs(column).max()
    return places


def tempered(summaries: np.ndarray) -> np.ndarray:
    """Rows [recording, feature] around their mean, each feature over the root of its standard deviation.

    Latents come in the order of what they explain. Brought to one deviation, the last, which are hardly more than
    noise, would weigh as much as the first: of 138 recordings' five nearest ones one in twelve stayed near on the map,
    with the root one in three. No scaling keeps as many, but nearly all that differs is then in one component."""
    deviation = summaries.std(0)
    return (summaries - summaries.mean(0)) / np.sqrt(np.where(deviation > 1e-9, deviation, 1.0))


def _summaries(model: SdaModel, groups: Sequence[Sequence[Piece]]) -> np.ndarray:
    """Mean and standard deviation of every recording's latents over the frames that are heard: [recording, 2 * dim]."""
    memory = model.memory
    lengths = [sum(piece.frames for piece in group) for group in groups]
    rows = []
    for latent, level in zip(memory.latents.split(lengths), memory.loudness().split(lengths), strict=True):
        heard = latent[level >= level.max() - HEARD].double()
        rows.append(torch.cat([heard.mean(0), heard.std(0, correction=0)]))
    return torch.stack(rows).cpu().numpy()


def _groups(model: SdaModel) -> list[list[Piece]]:
    """The recordings, each as its pieces. Raises SdaError when there are none."""
    if model.memory is None:
        raise SdaError(model.why_no_recordings)
    return joined(model.codec, model.memory.pieces)


def _group(model: SdaModel, number: int) -> list[Piece]:
    groups = _groups(model)
    if not 0 <= number < len(groups):
        raise SdaError(f"There is no recording {number}; {model.name or 'this model'} has 0 to {len(groups) - 1}.")
    return groups[number]


def _name(pieces: Sequence[Piece]) -> str:
    """The file's name, and where in it the recording begins if that is not its beginning."""
    first = pieces[0]
    return first.name if first.offset == 0 else f"{first.name} from {first.offset:.0f} s"


def _length(model: SdaModel, pieces: Sequence[Piece]) -> int:
    """Samples until the last one that isn't silent, but as many frames as there are: the memory does not keep by how
    much the last one was filled up."""
    last, hop = pieces[-1].samples[:, -model.hop :], model.hop
    sounding = last.abs().amax(0).nonzero()
    filled = int(sounding[-1]) + 1 if len(sounding) else 1
    return (sum(piece.frames for piece in pieces) - 1) * hop + filled


def _sound(model: SdaModel, pieces: Sequence[Piece], most: int | None = None) -> AudioClip:
    """A recording's samples, left and right, or only the first `most` of them."""
    parts, left = [], _length(model, pieces) if most is None else min(most, _length(model, pieces))
    for piece in pieces:
        parts.append(piece.samples[:, : max(0, left)])
        left -= piece.samples.shape[-1]
    samples = left_right(torch.cat(parts, -1))
    return AudioClip(samples.cpu().numpy(), model.sample_rate, _name(pieces))

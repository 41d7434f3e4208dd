"""Layers: sounds with a begin, a gain and a place between left and right, mixed into one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.errors import SdaError
from sda_lib.export.spatial import panned
from sda_lib.fields import check_options, documented, option
from sda_lib.sessions.provenance_tags import Provenance

MOST_LAYERS = 64
# Latest begin of a layer in seconds.
LATEST = 3600.0


@documented
@dataclass(frozen=True)
class Layer:
    """A sound of a mix: `clip`, and `made`, how it was made with a model, if it was.

    Raises SdaError for values out of range.
    """

    clip: AudioClip
    at: float = option(0.0, "Time at which it begins", 0, LATEST, "s")
    gain: float = option(0.0, "Gain", -96, 24, "dB")
    pan: float = option(0.0, "Place from left (-1) to right (1), at equal power", -1, 1)
    mute: bool = option(False, "Whether it is left out")
    made: Provenance | None = None

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def name(self) -> str:
        """Name of the sound."""
        return self.clip.name


def mixed_layers(layers: Sequence[Layer], name: str = "") -> AudioClip:
    """Return the sum of layers that are not muted, at the highest of their rates.

    It is mono where all of them are and none is panned, else stereo, and as loud as its parts add up to, also above
    full scale: writing it keeps the ceiling of a delivery. Raises SdaError for no layers, for more than MOST_LAYERS,
    when all are muted, and for a layer in ambisonics.
    """
    _check(layers)
    sounding = [one for one in layers if not one.mute]
    if not sounding:
        raise SdaError("Every layer is muted; unmute one of them.")
    rate = max(one.clip.sample_rate for one in sounding)
    channels = max(2 if one.pan else one.clip.channels for one in sounding)
    parts = [(round(one.at * rate), _placed(one, rate, channels)) for one in sounding]
    samples = np.zeros((channels, max(first + part.length for first, part in parts)), np.float32)
    for first, part in parts:
        samples[:, first : first + part.length] += part.samples
    samples.setflags(write=False)
    return AudioClip(samples, rate, name)


def _placed(layer: Layer, rate: int, channels: int) -> AudioClip:
    """Return the sound of a layer with its gain and pan."""
    clip = layer.clip.resampled(rate)
    clip = panned(clip, layer.pan) if layer.pan else clip.with_channels(channels)
    return replace(clip, samples=clip.samples * np.float32(10 ** (layer.gain / 20))) if layer.gain else clip


def _check(layers: Sequence[Layer]) -> None:
    if not 0 < len(layers) <= MOST_LAYERS:
        raise SdaError(f"A mix has 1 to {MOST_LAYERS} layers, not {len(layers)}; choose that many.")
    for one in layers:
        if one.clip.channels > 2:
            raise SdaError(f"{one.name or 'A layer'} is in ambisonics; export it in stereo first.")

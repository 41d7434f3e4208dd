"""Slider settings of a sound, as data. They always apply to the original sound, so changes do not accumulate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, feature_mean
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.codec.placement import Placement
from sda_lib.directions.directions import STEPS, Response
from sda_lib.directions.gestures import GESTURES
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sliders.response import Pause, gesture_response, no_pause, responses

# (second, step) pairs in order of time; linear in between, constant before the first and after the last.
Curve = tuple[tuple[float, float], ...]
# An original sound: codes, or for a continuous model the latents that it wrote or the clip itself.
Base = Codes | Latents | AudioClip


@dataclass(frozen=True)
class SliderSettings:
    """Slider settings of a sound as data. They always apply to the original sound, so changes do not accumulate.

    Args:
        base: the original sound: codes, latents, or a clip for a continuous model.
        steps: steps by slider, -4 to 4.
        curves: curves over time that replace steps: (second, step) pairs by slider.
        frames: the half-open range of frames that they act on; default: all.
        holds_level: whether only the slider of loudness changes the level.

    Example:
        >>> settings = sda_lib.SliderSettings(codes, {"brightness": 1.5})
        >>> settings.is_neutral, sda_lib.moved_codes(model, settings).frames == codes.frames
        (False, True)
    """

    base: Base
    steps: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    frames: tuple[int, int] | None = None
    holds_level: bool = True

    @property
    def is_neutral(self) -> bool:
        """Whether the settings leave the sound unchanged."""
        return not any(self.steps.values()) and not self.curves

    def moved(self, steps: Mapping[str, float]) -> SliderSettings:
        """Return settings with other steps; a curve of the same slider is replaced by the number.

        Args:
            steps: steps by slider, -4 to 4; other sliders stay.

        Example:
            >>> settings = sda_lib.SliderSettings(codes, {"brightness": 1})
            >>> dict(settings.moved({"loudness": -1}).steps)
            {'brightness': 1, 'loudness': -1}
        """
        curves = {name: curve for name, curve in self.curves.items() if name not in steps}
        return replace(self, steps={**self.steps, **steps}, curves=curves, holds_level=self._holds_next)

    def drawn(self, name: str, curve: Curve) -> SliderSettings:
        """Return settings with a curve for a slider; an empty curve removes it.

        Args:
            name: name of the slider.
            curve: (second, step) pairs; linear in between, constant before the first and after the last.

        Example:
            >>> settings = sda_lib.SliderSettings(codes)
            >>> dict(settings.drawn("brightness", ((0.3, 2.0), (0.0, 0.0))).curves)
            {'brightness': ((0.0, 0.0), (0.3, 2.0))}
        """
        curves = {**self.curves, name: tuple(sorted(curve))}
        curves = {one: points for one, points in curves.items() if points}
        return replace(self, curves=curves, holds_level=self._holds_next)

    @property
    def _holds_next(self) -> bool:
        """Whether the level is held after the next move: a sound that was moved without is not suddenly louder."""
        return self.holds_level or self.is_neutral

    def amounts(self, sound: Placement) -> dict[str, np.ndarray]:
        """Return each slider's steps at each of a sound's frames [frame]; sliders at 0 are left out.

        Args:
            sound: codes or latents.

        Example:
            >>> settings = sda_lib.SliderSettings(codes, {"brightness": 2}, frames=(0, 2))
            >>> settings.amounts(codes)["brightness"][:3].tolist()
            [2.0, 2.0, 0.0]
        """
        inside = np.zeros(sound.frames, np.float32)
        inside[slice(*(self.frames or (0, sound.frames)))] = 1.0
        times = sound.seconds_of(np.arange(sound.frames) + 0.5)
        found = {name: inside * step for name, step in self.steps.items() if step and name not in self.curves}
        for name, curve in self.curves.items():
            seconds, steps = zip(*curve, strict=True)
            found[name] = inside * np.interp(times, seconds, steps).astype(np.float32)
        return found


def moved_codes(model: SdaModel, settings: SliderSettings) -> Codes:
    """Return the codes nearest to the moved sound.

    Args:
        model: the model of the sound, with sliders.
        settings: the slider settings, on codes.

    Raises SdaError for hidden sliders and for models without codes.

    Example:
        >>> settings = sda_lib.SliderSettings(codes, {"noisiness": -1})
        >>> sda_lib.moved_codes(model, settings).frames == codes.frames
        True
    """
    if not isinstance(settings.base, Codes):
        raise SdaError(model.why_no_codes)
    amounts = settings.amounts(settings.base)
    return model.moved(settings.base, amounts, settings.holds_level) if amounts else settings.base


@torch.no_grad()
def moved_clip(
    model: SdaModel, settings: SliderSettings, source_amount: float = 1.0, quality: str = "play"
) -> AudioClip:
    """Synthesize the moved latents without quantizing them; the clip is as long as the base.

    Args:
        model: the model of the sound, with sliders.
        settings: the slider settings.
        source_amount: share of the recordings in the sound, 0 (codec alone) to 1.
        quality: "play", or "export" for better phases in more time.

    Raises SdaError for hidden sliders, and for values out of range.

    Example:
        >>> settings = sda_lib.SliderSettings(codes, {"noisiness": -1})
        >>> sda_lib.moved_clip(model, settings).length == codes.samples
        True
    """
    return model.decode(moved_latents(model, settings), source_amount, quality)


@torch.no_grad()
def moved_latents(model: SdaModel, settings: SliderSettings) -> Latents:
    """Return the base's latents moved by the settings.

    Args:
        model: the model of the sound, with sliders.
        settings: the slider settings.

    Raises SdaError for hidden sliders.

    Example:
        >>> settings = sda_lib.SliderSettings(codes, {"noisiness": -1})
        >>> sda_lib.moved_latents(model, settings).frames == codes.frames
        True
    """
    sound = latents_of(model, settings.base)
    amounts = settings.amounts(sound)
    return model.moved_latents(sound, amounts, settings.holds_level) if amounts else sound


def latents_of(model: SdaModel, base: Base) -> Latents:
    """Return the latents of a base.

    Args:
        model: the model of the sound.
        base: codes, latents (returned as they are) or a clip.

    Raises SdaError for codes of another model.

    Example:
        >>> tuple(sda_lib.latents_of(model, codes).values.shape) == (codes.frames, 64)
        True
    """
    if not isinstance(base, AudioClip):
        return model.as_latents(base)
    return model.encoded_latents(base)


def response_of(
    model: SdaModel, base: Base, clip: AudioClip, name: str, quantized: bool = True, pause: Pause = no_pause
) -> Response:
    """Return the response of a sound to a slider, in the slider's unit.

    Args:
        model: the model, with sliders.
        base: the original sound.
        clip: the decoded sound, which is measured for step 0.
        name: the slider.
        quantized: whether moved latents are quantized to codes, if the model has any.
        pause: called before each step that is tried; may raise.
    """
    sliders = model.sliders_for({name: 0.0})
    if sliders.card(name).is_axis:
        return Response((0.0,) * len(STEPS))
    latent = latents_of(model, base).values
    if name in GESTURES:
        return gesture_response(model, sliders, latent, name, quantized, pause)
    found = responses(model, sliders.directions, latent, name, (name,), quantized and model.discrete, pause)
    return found[name].anchored(feature_mean(Spectra.of(clip), name))

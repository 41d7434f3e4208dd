"""Slider settings of a sound, as data. They always apply to the original sound, so changes do not accumulate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import torch

from sda_lib.analysis.features import Spectra, mean
from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.directions.directions import STEPS, Response, SliderCard
from sda_lib.directions.gestures import GESTURES
from sda_lib.errors import SdaError
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sliders.response import followed_range, gesture_response, is_offered, no_pause, response

# (second, step) pairs in order of time; linear in between, constant before the first and after the last.
Curve = tuple[tuple[float, float], ...]
# Spacing in steps at which a slider's zone is evaluated.
ZONES_EVERY = 0.1


@dataclass(frozen=True)
class SliderSettings:
    """Slider settings on a sound: steps by name, curves over time that replace steps, and the frames first..end that
    they act on (None: all).

    `base` is the original sound: codes, or for a continuous model the latents that it wrote or the clip itself.
    """

    base: Codes | Latents | AudioClip
    steps: Mapping[str, float] = field(default_factory=dict)
    curves: Mapping[str, Curve] = field(default_factory=dict)
    frames: tuple[int, int] | None = None

    @property
    def is_neutral(self) -> bool:
        """Return whether the settings leave the sound unchanged."""
        return not any(self.steps.values()) and not self.curves

    def moved(self, steps: Mapping[str, float]) -> SliderSettings:
        """Return settings with other steps; a curve of the same slider is replaced by the number."""
        curves = {name: curve for name, curve in self.curves.items() if name not in steps}
        return replace(self, steps={**self.steps, **steps}, curves=curves)

    def drawn(self, name: str, curve: Curve) -> SliderSettings:
        """Return settings with a curve for a slider; an empty curve removes it."""
        curves = {**self.curves, name: tuple(sorted(curve))}
        if not curve:
            del curves[name]
        return replace(self, curves=curves)

    def amounts(self, count: int, frame_rate: float) -> dict[str, np.ndarray]:
        """Return each slider's steps at each of `count` frames [frame]; sliders at 0 are left out."""
        inside = np.zeros(count, np.float32)
        inside[slice(*(self.frames or (0, count)))] = 1.0
        times = (np.arange(count) + 0.5) / frame_rate
        found = {name: inside * step for name, step in self.steps.items() if step and name not in self.curves}
        for name, curve in self.curves.items():
            seconds, steps = zip(*curve, strict=True)
            found[name] = inside * np.interp(times, seconds, steps).astype(np.float32)
        return found


def moved_codes(model: SdaModel, shape: SliderSettings) -> Codes:
    """Return the codes nearest to the moved sound. Raises SdaError for hidden sliders and for models without codes."""
    if not isinstance(shape.base, Codes):
        raise SdaError(model.why_no_codes)
    amounts = shape.amounts(shape.base.frames, model.frame_rate)
    return model.moved(shape.base, amounts) if amounts else shape.base


@torch.no_grad()
def moved_clip(model: SdaModel, shape: SliderSettings, source_amount: float = 1.0, quality: str = "play") -> AudioClip:
    """Synthesize the moved latents without quantizing them; the clip is as long as the base."""
    return model.play(moved_latents(model, shape), source_amount, quality)[0]


@torch.no_grad()
def moved_latents(model: SdaModel, shape: SliderSettings) -> Latents:
    """Return the base's latents moved by the settings. Raises SdaError for hidden sliders."""
    sound = latents_of(model, shape.base)
    amounts = shape.amounts(sound.frames, model.frame_rate)
    return replace(sound, values=model.moved_latent(sound.values, amounts)) if amounts else sound


def latents_of(model: SdaModel, base: Codes | Latents | AudioClip) -> Latents:
    """Return the latents of a base."""
    if isinstance(base, Latents):
        return base
    if isinstance(base, Codes):
        return model.latents(model.embed(base), base.samples)
    return model.latents(model.latent(base), base.resampled(model.sample_rate).length)


def response_of(
    model: SdaModel,
    base: Codes | Latents | AudioClip,
    clip: AudioClip,
    name: str,
    quantized: bool = True,
    pause: Callable[[], None] = no_pause,
) -> Response:
    """Return the response of a sound to a slider, in the slider's unit. `clip` is the decoded sound; `pause` is called
    before each step that is tried and may raise."""
    card = model.sliders_for({name: 0.0}).card(name)
    if card.is_axis:
        return Response((0.0,) * len(STEPS))
    latent = latents_of(model, base).values
    if name in GESTURES:
        return gesture_response(model, model.sliders, latent, name, quantized, pause)
    way = response(model, model.sliders.directions, latent, name, quantized and model.discrete, pause)
    return way.anchored(mean(Spectra.of(clip), name))


def zones(card: SliderCard, way: Response) -> list[tuple[float, float, str]]:
    """Return (first step, end, zone) along a slider for a sound, within its reach; zones are safe, warning and danger.
    Axes and sliders that the sound does not follow are "unknown" throughout."""
    if card.is_axis or not is_offered(way):
        return [(STEPS[0], STEPS[-1], "unknown")]
    low, high = followed_range(way)
    places = np.round(np.arange(low, high + ZONES_EVERY / 2, ZONES_EVERY), 3)
    found: list[tuple[float, float, str]] = []
    for first, end in pairwise(places):
        step = float(first + end) / 2
        zone = card.zone(way.at(step), step)
        if found and found[-1][2] == zone:
            found[-1] = (found[-1][0], float(end), zone)
        else:
            found.append((float(first), float(end), zone))
    return found


def draw_safe_steps(cards: Mapping[str, SliderCard], ways: Mapping[str, Response], seed: int) -> dict[str, float]:
    """Draw a random step for each slider from its safe zones; 0 where there is none."""
    generator, found = np.random.default_rng(seed), {}
    for name, card in cards.items():
        safe = [(first, end) for first, end, zone in zones(card, ways[name]) if zone == "safe"]
        widths = np.array([end - first for first, end in safe])
        if len(safe):
            first, end = safe[generator.choice(len(safe), p=widths / widths.sum())]
            found[name] = round(float(generator.uniform(first, end)), 2)
        else:
            found[name] = 0.0
    return found

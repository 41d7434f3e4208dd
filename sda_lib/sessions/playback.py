"""Playback of a sound at one step of its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sda_lib.audio.clip import AudioClip
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sessions.history import SoundState
from sda_lib.sliders.settings import moved_clip, moved_latents
from sda_lib.writers.generate import cut_with_fade
from sda_lib.writers.options import Sound

# Seconds of a sound that are synthesized first when all of it takes longer; enough to play until the rest is ready.
EARLY = 0.7


@dataclass(frozen=True)
class Playback:
    """Playback settings: source amount; sliders as codes (`quantized`) or continuous; whether the end fades, as it does
    where the sound was cut off."""

    source_amount: float = 1.0
    quantized: bool = True
    fades: bool = False


def render_clip(model: SdaModel, state: SoundState, playback: Playback, quality: str = "play") -> AudioClip:
    """Synthesize a sound at one step, trimmed to its length."""
    if state.codes is not None and (playback.quantized or state.shape.is_neutral):
        whole = model.decode(state.codes, playback.source_amount, quality)
    else:
        whole = moved_clip(model, state.shape, playback.source_amount, quality)
    seconds = whole.seconds if state.codes is None else state.codes.seconds
    return trim_end(whole, seconds, playback.fades)


def render_in_parts(
    model: SdaModel,
    sound: Latents,
    before: AudioClip | None,
    changed_frames: tuple[int, int] | None = None,
    at: float | None = None,
    source_amount: float = 1.0,
) -> Iterator[AudioClip]:
    """Yield the sound of `model.decode`, updated from the sound `before`.

    Both differ in the `changed_frames` first..end (None: in all).

    For playback at second `at`, an early version is yielded first when the whole takes long: the sound before, with
    EARLY seconds of the new one from there on, exact up to rounding.
    """
    first, end = changed_frames or (0, sound.frames)
    if before is None or before.length != sound.samples:
        yield model.decode(sound, source_amount)
    elif first == end:
        yield before
    else:
        early = max(1, round(EARLY * sound.frame_rate))
        if at is not None and end - first >= 2 * early:
            here = min(max(int(at * sound.frame_rate), first), end - early)
            part = model.decode_early(sound, here, here + early, source_amount)
            yield before.spliced(part, here * sound.hop)
        yield before.spliced(model.decode_window(sound, first, end, source_amount), first * sound.hop)


def playback_sound(model: SdaModel, state: SoundState, playback: Playback) -> Sound:
    """Return the codes or latents that `render_clip` synthesizes."""
    if state.codes is not None and (playback.quantized or state.shape.is_neutral):
        return state.codes
    return moved_latents(model, state.shape)


def trim_end(whole: AudioClip, seconds: float, fades: bool) -> AudioClip:
    """Trim a clip to `seconds`, with a fade where the sound was cut off."""
    return cut_with_fade(whole, seconds) if fades else whole.cut(round(seconds * whole.sample_rate))

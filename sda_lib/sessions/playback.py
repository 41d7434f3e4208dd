"""Playback: synthesize a sound at one step of its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sda_lib.audio.clip import AudioClip
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.sessions.history import SoundState
from sda_lib.sliders.settings import moved_latents
from sda_lib.writers.generate import cut_with_fade
from sda_lib.writers.take import Sound

# Seconds that are synthesized first when the whole takes longer; enough to play until the rest is ready.
EARLY = 0.7


@dataclass(frozen=True)
class Playback:
    """How a sound is played.

    Args:
        source_amount: how much the recordings contribute, 0..1.
        quantized: play moved sounds as codes; otherwise as continuous latents.
        fades: fade out at the end, for a sound that was cut off.
    """

    source_amount: float = 1.0
    quantized: bool = True
    fades: bool = False


def playback_sound(model: SdaModel, state: SoundState, playback: Playback) -> Sound:
    """Return what is decoded for playback: the codes, or the latents moved by the sliders."""
    settings = state.settings
    if state.codes is not None and (playback.quantized or settings is None or settings.is_neutral):
        return state.codes
    assert settings is not None  # only codes come without settings
    return moved_latents(model, settings)


def render_in_parts(
    model: SdaModel,
    sound: Latents,
    before: AudioClip | None,
    changed_frames: tuple[int, int] | None = None,
    at: float | None = None,
    source_amount: float = 1.0,
) -> Iterator[AudioClip]:
    """Yield the sound of `model.decode`, computed by updating the clip of an earlier version of the sound.

    If the update takes long, a preliminary clip comes first: the earlier version with EARLY seconds of the new one from
    second `at`, which are exact up to rounding.

    Args:
        before: clip of the earlier version; None to synthesize the whole sound.
        changed_frames: frames first..end in which the sound differs from the earlier version; None: all.
        at: second from which the sound is being played; None: not played.
        source_amount: how much the recordings contribute, 0..1.
    """
    first, end = changed_frames or (0, sound.frames)
    if before is None or before.length != sound.samples:
        yield model.decode(sound, source_amount)
    elif first == end:
        yield before
    else:
        early = max(1, round(EARLY * sound.frame_rate))
        if at is not None and end - first >= 2 * early:
            here = min(max(int(sound.frame_of(at)), first), end - early)
            part = model.decode_early(sound, here, here + early, source_amount)
            yield before.spliced(part, sound.sample_of(here))
        yield before.spliced(model.decode_window(sound, first, end, source_amount), sound.sample_of(first))


def trim_end(whole: AudioClip, seconds: float, fades: bool) -> AudioClip:
    """Cut a clip to `seconds`, with a fade-out if the sound was cut off."""
    return cut_with_fade(whole, seconds) if fades else whole.cut(round(seconds * whole.sample_rate))

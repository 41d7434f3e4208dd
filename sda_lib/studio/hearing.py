"""Hearing: what is heard of a sound at one step of its history."""

from __future__ import annotations

from dataclasses import dataclass

from sda_lib.models.bundle import SdaModel
from sda_lib.sound.clip import AudioClip
from sda_lib.studio.generate import Sound, trimmed
from sda_lib.studio.history import State
from sda_lib.studio.shape import moved_latents, sounding


@dataclass(frozen=True)
class Hearing:
    """What is heard of a sound besides its steps: how much of the recordings; sliders as codes or as they come; whether
    the sound's end fades, as it does where it was cut off."""

    source_amount: float = 1.0
    quantized: bool = True
    fades: bool = False


def played(model: SdaModel, state: State, hearing: Hearing, quality: str = "play") -> AudioClip:
    """What is heard of a sound, with its end."""
    if state.codes is not None and (hearing.quantized or state.shape.is_still):
        whole = model.decode(state.codes, hearing.source_amount, quality)
    else:
        whole = sounding(model, state.shape, hearing.source_amount, quality)
    seconds = whole.seconds if state.codes is None else state.codes.seconds
    return ended(whole, seconds, hearing.fades)


def heard_as(model: SdaModel, state: State, hearing: Hearing) -> Sound:
    """What is heard, as the codes or latents that `played` plays."""
    if state.codes is not None and (hearing.quantized or state.shape.is_still):
        return state.codes
    return moved_latents(model, state.shape)


def ended(whole: AudioClip, seconds: float, fades: bool) -> AudioClip:
    """So much of a sound, faded where it was cut off."""
    return trimmed(whole, seconds) if fades else whole.cut(round(seconds * whole.sample_rate))

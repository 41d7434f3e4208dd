"""Sounds inside a display: a player of the browser's own with the sound in the page, so that it needs no kernel."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.flac import flac_file_bytes
from sda_lib.display.markup import duration, note, text
from sda_lib.display.png import data_url

# Most bytes of a sound that stands alone, and of one among several.
ALONE, AMONG = 1_500_000, 300_000
# What a longer sound is reduced to: mono at this rate in Hz.
PREVIEW_RATE = 24_000
# Samples to add to the highest one, so that a sound at full scale is not taken for a louder one.
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Playable:
    """A sound as a FLAC file of 16 bits, and in words what differs from the sound itself; empty if nothing does."""

    data: bytes
    remark: str = ""


def playable(clip: AudioClip, most: int = ALONE) -> Playable:
    """Return a clip as a file of at most about `most` bytes.

    Ambisonics are played in mono, and a sound above full scale at full scale. One that is too large is reduced to mono
    at PREVIEW_RATE, and then cut if it has to be.
    """
    clip, remarks = _below_full_scale(clip.with_channels(1) if clip.channels > 2 else clip)
    data = flac_file_bytes(clip.samples, clip.sample_rate) if clip.samples.size < 2 * most else b""
    if not data or len(data) > most:
        remarks += f"plays in mono at {PREVIEW_RATE // 1000} kHz here; "
        data, seconds = _preview(clip, most)
        if seconds < clip.seconds:
            remarks += f"the first {duration(seconds)}; "
    return Playable(data, remarks.removesuffix("; "))


def player(clip: AudioClip, most: int = ALONE, label: str = "") -> str:
    """Return a player of a clip, with a remark where it plays something else than the clip."""
    sound = playable(clip, most)
    address = data_url("audio/flac", sound.data)
    name = text(label or clip.name or "sound")
    return f'<audio controls preload="metadata" aria-label="{name}" src="{address}"></audio>{note(sound.remark)}'


def _below_full_scale(clip: AudioClip) -> tuple[AudioClip, str]:
    if clip.peak <= 1 + TOLERANCE:
        return clip, ""
    quieter = replace(clip, samples=clip.samples / np.float32(clip.peak))
    return quieter, f"plays {20 * math.log10(clip.peak):.1f} dB quieter, because it exceeds full scale; "


def _preview(clip: AudioClip, most: int) -> tuple[bytes, float]:
    """Return a clip in mono at PREVIEW_RATE, cut to `most` bytes, and the seconds that are left."""
    longest = most // PREVIEW_RATE * 4  # a FLAC file has half a byte per sample or more
    mono = clip.cut(max(1, longest) * clip.sample_rate).with_channels(1)
    mono = mono.resampled(min(PREVIEW_RATE, clip.sample_rate))
    data = flac_file_bytes(mono.samples, mono.sample_rate)
    while len(data) > most:
        mono = mono.cut(max(1, int(mono.length * 0.95 * most / len(data))))
        data = flac_file_bytes(mono.samples, mono.sample_rate)
    return data, mono.seconds

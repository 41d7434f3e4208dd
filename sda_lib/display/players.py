"""Sounds inside a display: a player of the browser's own with the sound in the page, so that it needs no kernel."""

from __future__ import annotations

import math
from collections.abc import Mapping
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
# Excess over full scale in dB that is not worth a remark.
INAUDIBLE_DB = 0.05


@dataclass(frozen=True)
class Playable:
    """A sound as a FLAC file of 16 bits, and in words what differs from the sound itself; empty if nothing does."""

    data: bytes
    remark: str = ""
    is_reduced: bool = False


def playable(clip: AudioClip, most: int = ALONE) -> Playable:
    """Return a clip as a file of at most about `most` bytes.

    Ambisonics are played in mono, and a sound above full scale at full scale. One that is too large is reduced to mono
    at PREVIEW_RATE, and then cut if it has to be.
    """
    (clip,), remark = at_one_gain(clip.with_channels(1) if clip.channels > 2 else clip)
    data = flac_file_bytes(clip.samples, clip.sample_rate) if clip.samples.size < 2 * most else b""
    if data and len(data) <= most:
        return Playable(data, remark)
    return reduced(clip, most, remark)


def reduced(clip: AudioClip, most: int, remark: str = "") -> Playable:
    """Return a clip in mono at PREVIEW_RATE as a file of at most about `most` bytes, cut if it has to be."""
    data, seconds = _preview(clip, most)
    part = f"the first {duration(seconds)} " if seconds < clip.seconds else ""
    words = f"{remark} Here {part or 'it '}plays in mono at {PREVIEW_RATE // 1000} kHz.".strip()
    return Playable(data, words, is_reduced=True)


def players_alike(clips: Mapping[str, AudioClip], most: int = AMONG) -> dict[str, str]:
    """Return a player for each clip by its name. If one of them has to be reduced, all are, so that they compare."""
    sounds = {name: playable(clip, most) for name, clip in clips.items()}
    if any(sound.is_reduced for sound in sounds.values()):
        sounds = {name: reduced(clip, most) for name, clip in clips.items()}
    return {name: sound_player(sound, name) for name, sound in sounds.items()}


def player(clip: AudioClip, most: int = ALONE, label: str = "") -> str:
    """Return a player of a clip, with a remark where it plays something else than the clip."""
    return sound_player(playable(clip, most), label or clip.name or "sound")


def sound_player(sound: Playable, label: str) -> str:
    """Return a player of a file, with its remark."""
    address = data_url("audio/flac", sound.data)
    return f'<audio controls preload="metadata" aria-label="{text(label)}" src="{address}"></audio>{note(sound.remark)}'


def at_one_gain(*clips: AudioClip) -> tuple[tuple[AudioClip, ...], str]:
    """Return clips with one gain for all by which none exceeds full scale, and a sentence on it; empty if none does."""
    peak = max(clip.peak for clip in clips)
    if peak <= 1:
        return clips, ""
    quieter = tuple(replace(clip, samples=clip.samples / np.float32(peak)) for clip in clips)
    excess = 20 * math.log10(peak)
    who = "All play" if len(clips) > 1 else "Plays"
    why = "because one exceeds full scale" if len(clips) > 1 else "because it exceeds full scale"
    return quieter, f"{who} {excess:.1f} dB quieter, {why}." if excess >= INAUDIBLE_DB else ""


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

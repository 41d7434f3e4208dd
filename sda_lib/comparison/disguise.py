"""Sounds that only listening tells apart: equally loud, of one rate, one length and one number of channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.comparison.loudness_match import match_loudness, matched


def disguised(clips: Sequence[AudioClip]) -> list[AudioClip]:
    """Return sounds that are told apart by listening only: matched, without names, and with silence after them.

    Ambisonics become mono.
    """
    flat = [clip.with_channels(1) if clip.channels > 2 else clip for clip in clips]
    channels, rate = max(clip.channels for clip in flat), max(clip.sample_rate for clip in flat)
    played = [clip.with_channels(channels).resampled(rate) for clip in flat]
    alike = matched(played, match_loudness(played))
    longest = max(clip.length for clip in alike)
    padded = (np.pad(clip.samples, ((0, 0), (0, longest - clip.length))) for clip in alike)
    return [replace(clip, samples=samples, name="") for clip, samples in zip(alike, padded, strict=True)]

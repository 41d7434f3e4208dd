"""Display of clips: one with its pictures, several as a table."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sda_lib.audio.clip import AudioClip
from sda_lib.display.markup import duration, head, table, text
from sda_lib.display.pictures import sound_picture, thumbnail
from sda_lib.display.players import AMONG, player

CHANNELS = {1: "mono", 2: "stereo", 4: "ambisonics"}


def clip_view(clip: AudioClip, title: str = "") -> str:
    """Return a clip's facts, waveform, spectrogram and player."""
    facts = (duration(clip.seconds), f"{clip.sample_rate} Hz", CHANNELS[clip.channels], f"peak {peak_in_words(clip)}")
    return head(title or clip.name or "Sound", *facts) + sound_picture(clip) + player(clip)


def peak_in_words(clip: AudioClip) -> str:
    """Return the largest sample of a clip in dB of full scale."""
    return f"{20 * math.log10(clip.peak):.1f} dBFS".replace("-", "−") if clip.peak else "silence"


def rows_of_clips(clips: Mapping[str, AudioClip]) -> str:
    """Return a table of names, durations, small spectrograms and players."""
    rows = (
        (text(name), duration(clip.seconds), thumbnail(clip), player(clip, AMONG, name)) for name, clip in clips.items()
    )
    return table(("", "", "", ""), rows)

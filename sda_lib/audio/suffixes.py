"""Suffixes of sound files: those that are read, and those that are only named as not read. Light to import."""

from __future__ import annotations

import os

# Every suffix of a format that libsndfile reads, raw samples without a header excepted.
SOUND_SUFFIXES = frozenset(
    {
        ".8svx", ".aif", ".aifc", ".aiff", ".amb", ".au", ".avr", ".bwf", ".caf", ".flac", ".htk", ".iff", ".ircam",
        ".mat", ".mat4", ".mat5", ".mp1", ".mp2", ".mp3", ".mpc2k", ".nist", ".oga", ".ogg", ".opus", ".paf", ".pvf",
        ".rf64", ".sd2", ".sds", ".sf", ".snd", ".sph", ".svx", ".voc", ".w64", ".wav", ".wave", ".wavex", ".wve",
        ".xi",
    }
)  # fmt: skip

# Sounds and videos with sound that libsndfile does not read; such files are named instead of passed over.
UNREADABLE_SUFFIXES = frozenset(
    {
        ".3g2", ".3gp", ".aac", ".ac3", ".alac", ".amr", ".ape", ".avi", ".dff", ".dsf", ".dts", ".eac3", ".flv",
        ".m2ts", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mov", ".mp4", ".mpc", ".mpeg", ".mpg", ".mts", ".ra", ".rm",
        ".shn", ".spx", ".tak", ".tta", ".webm", ".wma", ".wmv", ".wv",
    }
)  # fmt: skip


def is_sound(name: str) -> bool:
    """Return whether a file's name has the suffix of a sound that SDA reads."""
    return os.path.splitext(name)[1].lower() in SOUND_SUFFIXES

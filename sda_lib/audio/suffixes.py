"""Suffixes of sound files: those that libsndfile reads, and those that only PyAV reads. Light to import."""

from __future__ import annotations

import functools
import importlib.metadata
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

# Sounds and videos with sound that PyAV reads (media.py), where it is installed; elsewhere they are named as not read.
MEDIA_SUFFIXES = frozenset(
    {
        ".3g2", ".3ga", ".3gp", ".aac", ".ac3", ".alac", ".amr", ".ape", ".asf", ".avi", ".awb", ".dff", ".dsf", ".dts",
        ".eac3", ".f4v", ".flv", ".m2ts", ".m4a", ".m4b", ".m4v", ".mka", ".mkv", ".mlp", ".mov", ".mp4", ".mpc",
        ".mpeg", ".mpg", ".mts", ".qt", ".ra", ".rm", ".shn", ".spx", ".tak", ".thd", ".tta", ".vob", ".webm", ".wma",
        ".wmv", ".wv",
    }
)  # fmt: skip

# Number of the first PyAV that crashes on none of the files that are tried.
LEAST_PYAV = 18


@functools.cache
def can_read_media() -> bool:
    """Return whether a PyAV is installed that reads them; earlier ones crash on some files."""
    try:
        return int(importlib.metadata.version("av").split(".")[0]) >= LEAST_PYAV
    except (importlib.metadata.PackageNotFoundError, ValueError):
        return False


def readable_suffixes() -> frozenset[str]:
    """Return the suffixes of all files that are read here."""
    return SOUND_SUFFIXES | MEDIA_SUFFIXES if can_read_media() else SOUND_SUFFIXES


def suffix_of(name: str) -> str:
    return os.path.splitext(name)[1].lower()


def is_media(name: str) -> bool:
    """Return whether a file's name has the suffix of a phone recording or a video."""
    return suffix_of(name) in MEDIA_SUFFIXES


def is_sound(name: str) -> bool:
    """Return whether a file is listed as a sound by the suffix of its name: it is read, or named as not read."""
    return suffix_of(name) in SOUND_SUFFIXES | MEDIA_SUFFIXES


def is_readable(name: str) -> bool:
    """Return whether a file is read here, by the suffix of its name."""
    return suffix_of(name) in readable_suffixes()

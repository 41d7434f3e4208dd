"""Version of the decoder. Models, code files, sessions and tags state the one that they were made by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# 1: SDA 0.1. 2: cross-faded joints and new endings of sounds, so the same codes give other samples. 3: what is below
# -102 dBFS is silence, attacks are raised less, and exports at Source 0 take more iterations for phases. A recording at
# Source 1 is the same in all versions. Raise it with every change of what codes decode to.
DECODER_VERSION = 3
# Key of the version in files.
KEY = "decoder"
# The version of files that state none.
FIRST = 1


def decoder_of(facts: Mapping[str, Any]) -> int:
    """Return the decoder version that a file's facts state. Raises ValueError or TypeError for one that is no version.

    A file without one is older than the versions.
    """
    version = facts.get(KEY, FIRST)
    if isinstance(version, float | bool | str) or int(version) < FIRST:
        raise ValueError(version)
    return int(version)


def decoder_note(made_by: int, what: str = "") -> str:
    """Return what a user should know of a file by another decoder, as a sentence; empty for one by this version's.

    `what` is the file's name at the start of the sentence.
    """
    if made_by == DECODER_VERSION:
        return ""
    made = f"{what} was made" if what else "Made"
    today = f"this version decodes with {DECODER_VERSION}, so it can sound slightly different"
    update = "" if made_by < DECODER_VERSION else "; update SDA to play it as it was"
    return f"{made} by decoder {made_by}; {today}{update}."

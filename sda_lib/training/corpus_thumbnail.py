"""A model's thumbnail in its header: the beginnings of some of its recordings in a row."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import numpy as np

from sda_lib.analysis.thumbnail import thumbnail
from sda_lib.audio.clip import AudioClip
from sda_lib.training.segments import CorpusSound

# Recordings that are shown, and most seconds of each.
RECORDINGS, SECONDS = 6, 1.0


def corpus_thumbnail(sounds: Sequence[CorpusSound]) -> str:
    """Return the thumbnail of some sounds, spread evenly over all of them, in base64; empty for none."""
    chosen = sounds[:: -(-len(sounds) // RECORDINGS)] if sounds else ()
    parts = [one.part(0, round(SECONDS * one.sample_rate)).clip.samples.mean(0) for one in chosen]
    loud = [part / peak for part in parts if (peak := float(np.abs(part).max(initial=0.0))) > 0]
    if not loud:
        return ""
    return base64.b64encode(thumbnail(AudioClip(np.concatenate(loud)[None], chosen[0].sample_rate))).decode()

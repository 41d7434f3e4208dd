"""Silence at both ends of recordings: the level at which it begins, and what remains without it.

An end of a recording is silent while it stays `trim` dB below the recording's loudest moment, or FAINTER dB more below
the loudest moment of the whole corpus, which reaches the noise of converters under faint recordings. A recording is
judged by its own level in the first place and never silent within LEAST dB of its own loudest moment: quiet recordings
are not silence. Pauses inside a recording are never silence in this sense.

Up to PAUSE_SECONDS of silence at an end are a pause of the recording's own, such as that around a word. What is longer
is padding, which neither training (`learned_frames`) nor new sounds (`own_range`) take from it.
"""

from __future__ import annotations

import numpy as np

from sda_lib.config import AudioConfig

# Default level in dB below a recording's loudest moment at which its ends are silent.
TRIM = AudioConfig.trim
# dB below the corpus' loudest moment, in addition to `trim`, from which on the end of any recording is silent.
FAINTER = 18.0
# dB below its loudest moment within which no recording is silent.
LEAST = 40.0
# Frames of silence that are learned at either end, so that codes exist for it and the attack keeps its surroundings.
KEPT_FRAMES = 1
# Seconds of silence at an end up to which it is a pause that belongs to the recording: new sounds may have it too.
PAUSE_SECONDS = 0.5
# Level in dB of a stretch of zeros, which is silent at any level.
ZEROS = -190.0


def level_of(peaks: np.ndarray) -> np.ndarray:
    """Return the level in dB of peaks [n], that of zeros below ZEROS."""
    return 20 * np.log10(np.maximum(peaks, 1e-10))


def silence_limit(loudest: float, of_corpus: float, trim: float = TRIM) -> float:
    """Return the level in dB up to which the ends of a recording are silent.

    `loudest` and `of_corpus` are the levels of the loudest moment of the recording and of its corpus in dB; `trim` is
    the recipe's `audio.trim`.
    """
    limit = min(loudest - min(LEAST, trim), max(loudest - trim, of_corpus - trim - FAINTER))
    return max(limit, ZEROS)


def sounding_range(level: np.ndarray, of_corpus: float, trim: float = TRIM) -> tuple[int, int]:
    """Return first and end of what is left of levels [n] in dB without silence at both ends.

    (0, 0) for levels of zeros alone; everything where `trim` is 0.
    """
    if not trim:
        return 0, len(level)
    above = np.flatnonzero(level > silence_limit(float(level.max(initial=ZEROS)), of_corpus, trim))
    return (int(above[0]), int(above[-1]) + 1) if len(above) else (0, 0)


def own_range(level: np.ndarray, rate: float, of_corpus: float, trim: float = TRIM) -> tuple[int, int]:
    """Return first and end of a recording with pauses of up to PAUSE_SECONDS at its ends, by its levels [n] in dB.

    `rate` is in levels per second. (0, 0) for levels of zeros alone.
    """
    first, end = sounding_range(level, of_corpus, trim)
    most = PAUSE_SECONDS * rate
    return (first if first > most else 0, end if not end or len(level) - end > most else len(level))


def learned_frames(level: np.ndarray, rate: float, of_corpus: float, trim: float = TRIM) -> tuple[int, int]:
    """Return first and end of the frames of a recording that are learned, by their levels [frame] in dB.

    These are those of `own_range`, and KEPT_FRAMES of longer silence on either side. `rate` is in frames per second.
    """
    first, end = own_range(level, rate, of_corpus, trim)
    return (max(0, first - KEPT_FRAMES), min(len(level), end + KEPT_FRAMES)) if end else (0, 0)

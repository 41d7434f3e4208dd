"""Spectrograms of many sounds on one sheet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import librosa
import matplotlib
import numpy as np

from sda_lib import AudioClip

COLUMNS, RANGE_DB, BANDS = 5, 80.0, 96


def sheet(clips: Sequence[AudioClip], file: Path) -> None:
    """Write mel spectrograms (80 dB below each sound's own maximum, time from left to right) as a picture."""
    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(-(-len(clips) // COLUMNS), COLUMNS, figsize=(20, 3 * -(-len(clips) // COLUMNS)))
    for axis, clip in zip(np.ravel(axes), clips, strict=False):
        mel = librosa.feature.melspectrogram(
            y=clip.samples.mean(0), sr=clip.sample_rate, n_fft=2048, hop_length=256, n_mels=BANDS
        )
        level = librosa.power_to_db(mel, ref=np.max, top_db=RANGE_DB)
        axis.imshow(level, origin="lower", aspect="auto", extent=(0, clip.seconds, 0, BANDS), vmin=-RANGE_DB, vmax=0)
        axis.set_yticks([])
        axis.set_title(f"{clip.seconds:.2f} s, peak {clip.peak:.2f}", fontsize=8)
    figure.tight_layout()
    figure.savefig(file, dpi=60)
    pyplot.close(figure)

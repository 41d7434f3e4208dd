"""A sound file as a stream, so that hours of sound are converted in the memory of a minute."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sda_lib.audio.clip import AudioClip, mixed
from sda_lib.audio.reader import open_sound
from sda_lib.errors import SdaError
from sda_lib.export.write import HELD_SECONDS, Stream
from sda_lib.file_names import printable


def file_stream(path: str | Path) -> Stream:
    """Return a file's sound at its own rate, mixed to channels as `read_clip` does.

    A sound longer than HELD_SECONDS is read to its end once to know its length, and again whenever its blocks are
    needed. Raises SdaError in one sentence for any fault of the file.
    """
    path, length, held = Path(path), 0, list[AudioClip]()
    rate, channels, is_short = 0, 1, True
    for clip in file_blocks(path):
        length, rate, channels = length + clip.length, clip.sample_rate, clip.channels
        is_short = length <= HELD_SECONDS * rate
        held = [*held, clip] if is_short else []
    if not length:
        raise SdaError(f"{printable(path.name)} holds no samples; choose another file.")
    whole = [AudioClip(np.concatenate([clip.samples for clip in held], 1), rate, path.stem)] if held else []
    return Stream(lambda: whole if is_short else file_blocks(path), length, rate, channels)


def file_blocks(path: Path) -> Iterator[AudioClip]:
    """Yield a file's sound in clips of successive samples. Raises SdaError for any fault of the file."""
    with open_sound(path) as file:
        for block in file.blocks():
            samples = block if file.layout.whole else mixed(block, file.layout)
            yield AudioClip(samples.T, file.sample_rate, file.name)

"""Equal sounds make equal files in every format, whatever the time."""

import time

import numpy as np
import pytest

from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.export.finish import Delivery
from sda_lib.export.write import write_clip

SOUND = AudioClip(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 24000)).astype(np.float32), 48000)


@pytest.mark.parametrize(
    ("suffix", "depth"),
    [(".wav", 16), (".wav", 24), (".wav", 32), (".flac", 24), (".ogg", 24), (".opus", 24), (".mp3", 24)],
)
def test_equal_sounds_make_equal_files(tmp_path, suffix, depth):
    paths = []
    for number in range(2):
        paths.append(write_clip(SOUND, tmp_path / f"{number}{suffix}", Delivery(bit_depth=depth), {"seed": 3}))
        time.sleep(1.1 if depth == 32 and number == 0 else 0.0)  # the clock of a PEAK chunk counts seconds
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert read_clip(paths[0]).length >= SOUND.length

"""The corpora at the edges are what their names say."""

import numpy as np
import pytest
import soundfile

from sda_lib import Corpus


@pytest.mark.parametrize(
    ("case", "files", "shortest", "longest"),
    [("tiny", 5, 0.1, 0.1), ("short", 1, 2.0, 2.0), ("many", 500, 0.19, 0.61)],
)
def test_made_of_real_sounds_in_the_promised_lengths(tiny_corpus, tmp_path, case, files, shortest, longest):
    from edge import CASES

    sounds = [np.tile(clip.samples[0], 2) for clip in Corpus.from_folder(tiny_corpus).clips(44100, 1)]
    sounds += sounds[:2]
    CASES[case][1](sounds, tmp_path, np.random.default_rng(0))
    made = [soundfile.read(path)[0] for path in sorted(tmp_path.iterdir())]
    seconds = [len(samples) / 44100 for samples in made]
    assert len(made) == files
    assert min(seconds) >= shortest
    assert max(seconds) <= longest
    assert all(0.001 < np.abs(samples).max() <= 1 for samples in made)

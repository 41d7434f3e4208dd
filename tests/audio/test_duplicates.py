"""Duplicates among real files: copies are found, similar sounds are not."""

import shutil
from pathlib import Path

import numpy as np
import soundfile

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import scan_corpus

DEMO = Path(__file__).parents[2] / "data" / "demo"
RATE = 44100


def test_copies_in_other_formats_rates_and_levels_are_found_and_other_hits_are_not(tmp_path):
    names = ["tabla_ghe2", "tabla_ghe3", "tabla_ghe7", "ambi_choir", "perc_bell", "perc_snap", "perc_snap2"]
    for name in names:
        shutil.copy(DEMO / f"{name}.flac", tmp_path / f"{name}.flac")
    assert scan_corpus(Corpus.from_folder(tmp_path)).duplicates == ()
    clip, bell, snap = (read_clip(DEMO / f"{name}.flac") for name in ("tabla_ghe3", "perc_bell", "perc_snap"))
    soundfile.write(tmp_path / "quiet.ogg", 0.3 * clip.samples.T, clip.sample_rate)
    soundfile.write(tmp_path / "coded.mp3", 0.8 * bell.samples.T, bell.sample_rate)
    soundfile.write(tmp_path / "rate.wav", 0.5 * snap.resampled(32000).samples.T, 32000)
    found = scan_corpus(Corpus.from_folder(tmp_path))
    assert {frozenset(pair) for pair in found.duplicates} == {
        frozenset({"tabla_ghe3.flac", "quiet.ogg"}),
        frozenset({"perc_bell.flac", "coded.mp3"}),
        frozenset({"perc_snap.flac", "rate.wav"}),
    }
    assert "3 files hold the same sound" in found.sentences[0]
    assert found.report()["twins"] == [list(pair) for pair in found.duplicates]


def test_two_stretches_of_one_noise_are_no_copies(tmp_path):
    noise = np.random.default_rng(0).normal(0, 0.1, (2, 3 * RATE))
    for number, samples in enumerate(noise):
        soundfile.write(tmp_path / f"{number}.wav", samples, RATE)
    assert scan_corpus(Corpus.from_folder(tmp_path)).duplicates == ()

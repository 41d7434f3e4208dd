"""Flags of delivery: the same for every command that writes sound."""

from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from sda_lib.audio.tags import read_tags


@pytest.mark.slow
def test_sounds_are_delivered_as_requested(ok, tiny_model_path):
    ok(
        "generate", tiny_model_path, "-n", 1, "--seconds", 1, "-o", "out", "--seed", 3, "--name", "ü 名 🙂 {seed:03d}",
        "--format", "flac", "--rate", 96000, "--depth", 16, "--place", "90", "--effect", "tilt=3", "--lufs", -30,
    )  # fmt: skip
    path = Path("out/ü 名 🙂 003.flac")
    samples, rate = soundfile.read(path)
    info = soundfile.info(path)
    assert (info.channels, rate, info.subtype) == (2, 96000, "PCM_16")
    left, right = np.square(samples).sum(0)
    assert left > 2 * right
    assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(-30, abs=0.5)
    assert read_tags(path)["title"] == "ü 名 🙂 003"


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (("--effect", "chorus=1"), "no effect 'chorus'"),
        (("--effect", "reverb"), "name=number"),
        (("--place", "left"), "should read AZIMUTH"),
        (("--place", "0,0,0,0"), "should read AZIMUTH"),
        (("--place", "0,200"), "elevation must be from -90 to 90 degrees"),
        (("--path", "90"), "two places or more"),
        (("--space", "dome"), "no space mode 'dome'"),
        (("--space", "mono", "--place", "90"), "binaural or ambisonics"),
        (("--space", "mono", "--pan", 1), "for --space stereo"),
        (("--pan", 3), "pan must be from -1 to 1"),
        (("--sofa", "none.sofa"), "none.sofa"),
        (("--lufs", 3), "lufs must be from"),
        (("--depth", 12), "12 bits"),
        (("--format", "mp3", "--rate", 96000), "96000 Hz"),
        (("--format", "opus", "--space", "stereo", "--rate", 44100), "44100 Hz"),
        (("--loop", "twice"), "points, whole"),
        (("--vary", "sweetness"), "can't be varied"),
        (("--vary", "azimuth"), "binaural or ambisonics"),
        (("--name", "{warmth}"), "{seed:04d}"),
        (("--name", "../x"), "without slashes"),
    ],
)
def test_an_impossible_delivery_is_one_sentence(refused, tiny_model_path, wish, says):
    assert says in refused("generate", tiny_model_path, "-n", 1, "--seconds", 0.5, "-o", "out", *wish)
    assert not list(Path().glob("out/*"))

"""`sda synth`."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.tags import made_by_model, read_tags
from sda_lib.synthesis.families import FAMILIES


def test_sounds_are_written_and_tell_what_they_are(ok):
    said = ok("synth", "-n", 5, "-o", "sounds", "--seed", 4, "--longest", 0.5)
    paths = [Path(line.partition(":")[0]) for line in said.splitlines()]
    assert len(paths) == 5 == len(list(Path("sounds").iterdir()))
    assert [path.stem.split("_")[1:] for path in paths] == [["4", f"{number:03d}"] for number in range(5)]
    tags = read_tags(paths[0])
    assert (tags["family"], tags["seed"]) == (paths[0].stem.split("_")[0], "4")
    assert not made_by_model(paths[0])
    assert len(Corpus.from_folder("sounds")) == 5  # a folder to train on


def test_the_same_command_makes_the_same_sounds_and_replaces_none(ok):
    ok("synth", "-n", 2, "-o", "a", "--longest", 0.3)
    before = {path.name: path.read_bytes() for path in Path("a").iterdir()}
    ok("synth", "-n", 2, "-o", "a", "--longest", 0.3)
    files = sorted(Path("a").iterdir())
    assert len(files) == 4
    assert sum(path.stem.endswith("-2") for path in files) == 2
    for name, data in before.items():
        again = Path("a", name).with_stem(f"{Path(name).stem}-2")
        assert np.array_equal(soundfile.read(again)[0], soundfile.read(Path("a", name))[0])
        assert Path("a", name).read_bytes() == data
    ok("synth", "-n", 2, "-o", "a", "--longest", 0.3, "--force")
    assert len(list(Path("a").iterdir())) == 4
    assert {name: Path("a", name).read_bytes() for name in before} == before


def test_family_rate_channels_and_format_are_those_asked_for(ok):
    said = ok("-q", "synth", "-n", 3, "-o", "b", "--family", "bell", "--family", "rain", "--stereo", "--rate", 22050,
              "--shortest", 0.4, "--longest", 0.4, "--format", "flac")  # fmt: skip
    paths = said.splitlines()
    assert {Path(path).name.split("_")[0] for path in paths} == {"bell", "rain"}
    for path in paths:
        info = soundfile.info(path)
        assert (info.samplerate, info.channels, info.frames, info.format) == (22050, 2, 8820, "FLAC")


def test_sounds_go_to_the_exports_where_no_folder_is_given(ok):
    assert ok("-q", "synth", "-n", 1, "--family", "click").startswith("data/exports/click_0_000")


def test_families_are_listed(ok):
    lines = ok("synth", "--list").splitlines()
    assert [line.split()[0] for line in lines] == list(FAMILIES)
    assert not Path("data").exists()


def test_mistakes_are_refused_and_write_nothing(refused, misused):
    assert "There is no family 'gong'; there are additive" in refused("synth", "--family", "gong")
    assert "can't be written in that format" in refused("synth", "--format", "xyz")
    assert "shortest must be at most longest" in refused("synth", "--shortest", 9)
    assert "A .opus file can't have 44100 Hz" in refused("synth", "--format", "opus")
    assert "sample_rate must be from 8000" in misused("synth", "--rate", 10)
    assert "seed must be from 0" in misused("synth", "--seed", -1)
    assert not Path("data").exists()


def test_a_full_disk_is_a_sentence(refused, full_disk):
    with full_disk():
        assert "can't be written" in refused("synth", "-n", 1, "-o", "c", "--shortest", 4, "--family", "hum")
    assert not list(Path("c").glob("*"))


@pytest.mark.slow
def test_the_starter_makes_sounds_without_a_training(ok, refused):
    assert "44 procedural sounds" in ok("starter")
    made = ok("-q", "generate", "starter", "-n", 1, "--seconds", 0.5).strip()
    assert soundfile.info(made).duration > 0.3
    assert "--force" in refused("starter")
    assert "fitted to the base as it is" in ok("info", "starter")

"""Files of scripts/zoo.py: what unpacks to much is refused with little memory, and odd sounds are read or named."""

import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

sys.path.insert(0, str(Path(__file__).parents[1] / "scripts"))

import watched
import zoo
import zoo_bombs
import zoo_files

from sda_lib.audio.clip import read_clip
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import scan_corpus
from sda_lib.codec.codes import load_codes
from sda_lib.errors import SdaError
from sda_lib.model import library
from sda_lib.model.model import SdaModel

ODD = Path(__file__).parent / "data" / "odd"
# Bombs that are made in little time, or whose command is quick.
QUICK = [bomb for bomb in zoo_bombs.BOMBS if bomb.about not in ("262,000 frames", "30,000 pieces")]


@pytest.mark.parametrize("bomb", QUICK, ids=lambda bomb: f"{bomb.kind}, {bomb.about}")
def test_what_unpacks_to_much_is_one_sentence_and_takes_little_memory(bomb, tmp_path, sda):
    sda("encode", "absent.wav", "-m", zoo_bombs.MODEL, "-o", "x.npz")  # what it imports is not the bomb's memory
    (tmp_path / "one").mkdir()
    path, arguments = bomb.make(tmp_path / "one")
    precious = [tmp_path / "one" / name for name in ("precious.sda", "data/notes.txt")]
    watched.forget_peak()
    before = watched.memory("VmRSS")
    code, _, err = sda(*arguments)
    assert watched.memory("VmHWM") - before < zoo.MEMORY
    assert not any(one.exists() for one in precious)
    if not (bomb.may_pass and code == 0):
        row = zoo.Row()
        zoo.check_sentence("", code, err, path.name, row)
        assert row.problems == []


def test_the_command_names_odd_sounds_and_writes_nothing_else(tmp_path, monkeypatch):
    """A part of the zoo, each file in every command."""
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    rows = dict(zoo.zoo(["no_files", "tags", "names"], every=4))
    assert set(rows) == {"no_files", "tags", "names"}
    assert sum(row.files for row in rows.values()) >= 9
    assert [problem for row in rows.values() for problem in row.problems if " takes " not in problem] == []


def test_the_zoo_has_at_least_200_files(tmp_path):
    count = 0
    for name, make in zoo_files.MAKERS.items():
        (tmp_path / name).mkdir()
        count += sum(1 for _ in make(tmp_path / name))
    assert count >= 400


def test_every_format_that_libsndfile_writes_is_read(tmp_path):
    found = list(zoo_files.every_format(tmp_path))
    assert len(found) > 150
    corpus = Corpus.from_folder(tmp_path)
    known = {item.path.name for item in corpus.items} | {
        skip.path.name for skip in corpus.skipped if "same sound" in skip.reason
    }
    assert known == {animal.path.name for animal in found}


LENGTHS = {
    "gsm.wav": 8000, "WAV_G721_32.wav": 8000, "stream_unknown_len.flac": 44_100, "datasize0_recorder_crash.wav": 44_100,
    "t.w64": 44_100, "t.voc": 44_100, "ten_ms.wav": 441,
}  # fmt: skip


def test_sounds_that_once_failed_are_as_wanted():
    found = {item.path.name: item for item in Corpus.from_folder(ODD).items}
    for name, length in LENGTHS.items():
        assert read_clip(ODD / name).length == pytest.approx(length, rel=0.05), name
    assert read_clip(ODD / "joined.mp3").seconds == pytest.approx(2.0, abs=0.1)
    assert any("header was never completed" in remark for remark in found["datasize0_recorder_crash.wav"].remarks)
    assert any("joined" in remark for remark in found["joined.mp3"].remarks)
    assert any("4 channels" in remark for remark in found["four_channels.wav"].remarks)
    for name, why in (("rate_1Hz.wav", "sample rate of 1 Hz"), ("huge_1e30.wav", "1e+30")):
        assert name not in found
        with pytest.raises(SdaError, match=why.replace("+", r"\+")):
            read_clip(ODD / name)


def test_a_loud_mix_is_not_clipped():
    scan = scan_corpus(Corpus.from_paths([ODD / "float_plus3dB_unclipped.wav", ODD / "t.w64"]))
    (loud,) = (one for one in scan.files if one.name.startswith("float"))
    assert "peaks at +3.5 dBFS" in loud.remarks
    assert not any("clipped" in remark for remark in loud.remarks)


def test_models_and_codes_that_once_failed_are_one_sentence():
    problems = {entry.path.name: entry.problem for entry in library.models(ODD)}
    assert set(problems) == {"deep_header.sda", "deep_manifest.sda"}
    for name, problem in problems.items():
        assert name in problem
        with pytest.raises(SdaError, match=name):
            SdaModel.load(ODD / name)
    for path in ODD.glob("*.codes.npz"):
        with pytest.raises(SdaError, match=rf"^{path.name} is not a code file"):
            load_codes(path)


def test_formats_end_before_what_is_behind_them(tmp_path):
    """Tags of version 1 behind a FLAC or Opus file, for example."""
    wave = zoo_files.tone(rate=48000)
    for suffix, options in ((".flac", {}), (".opus", {"format": "OGG", "subtype": "OPUS"}), (".ogg", {})):
        path = tmp_path / f"a{suffix}"
        soundfile.write(path, wave, 48000, **options)
        whole = read_clip(path)
        path.write_bytes(path.read_bytes() + b"TAG" + b"x" * 125)
        assert np.array_equal(read_clip(path).samples, whole.samples), suffix

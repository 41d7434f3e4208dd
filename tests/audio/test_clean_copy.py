"""Clean copies of real folders: trimmed, without offset and duplicates; the originals stay as they are."""

import numpy as np
import pytest
import soundfile

from sda_lib.audio.clean_copy import KEPT_BEFORE, KEPT_BEHIND, clean_copy, is_worth_cleaning
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import scan_corpus
from sda_lib.errors import SdaError

RATE = 44100


def tone(hertz=440.0, level=0.5):
    return level * np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE) * np.linspace(1, 0.2, RATE)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "originals"
    (folder / "sub").mkdir(parents=True)
    padded = np.concatenate([np.zeros(2 * RATE), tone(), np.zeros(3 * RATE)])
    soundfile.write(folder / "padded.wav", padded, RATE, subtype="PCM_24")
    soundfile.write(folder / "sub" / "offset.flac", tone(600) + 0.1, RATE, subtype="PCM_24")
    soundfile.write(folder / "plain.wav", tone(300), RATE, subtype="PCM_24")
    soundfile.write(folder / "same.wav", tone(300) * 0.9, RATE, subtype="PCM_24")
    soundfile.write(folder / "loud.wav", tone(200, 1.6), RATE, subtype="FLOAT")
    return folder


def test_a_clean_copy(folder, tmp_path):
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    out = tmp_path / "clean"
    done = {one.file.name: one for one in clean_copy(scan_corpus(Corpus.from_folder(folder)), out)}
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before
    padded, _ = soundfile.read(done["padded.wav"].path)
    assert len(padded) / RATE == pytest.approx(1 + KEPT_BEFORE + KEPT_BEHIND, abs=0.01)
    at = int(np.flatnonzero(np.abs(padded) > 1e-3)[0]) - 1  # the tone begins with a 0
    assert at / RATE == pytest.approx(KEPT_BEFORE, abs=0.003)
    np.testing.assert_allclose(padded[at : at + RATE], tone(), atol=1e-5)
    offset, _ = soundfile.read(out / "sub" / "offset.flac")
    assert abs(offset.mean()) < 1e-6
    assert done["sub/offset.flac"].done == ("DC offset of 10.0% removed",)
    left_out = [one for one in done.values() if one.path is None]
    kept = "plain" if left_out[0].file.name == "same.wav" else "same"
    level = {"plain": 1.0, "same": 0.9}[kept]
    np.testing.assert_allclose(soundfile.read(out / f"{kept}.flac")[0], level * tone(300), atol=1e-6)
    np.testing.assert_allclose(soundfile.read(out / "loud.wav")[0], tone(200, 1.6), atol=1e-6)
    assert len(left_out) == 1
    assert left_out[0].done[0].startswith("left out, same as ")
    assert len(list(out.rglob("*.*"))) == 4


def test_sounds_of_one_name_are_both_kept_and_nothing_is_replaced(tmp_path):
    folder, out = tmp_path / "two", tmp_path / "clean"
    folder.mkdir()
    for suffix, hertz in ((".wav", 300), (".flac", 500)):
        soundfile.write(folder / f"rain{suffix}", tone(hertz), RATE)
    found = scan_corpus(Corpus.from_folder(folder))
    assert len({one.path for one in clean_copy(found, out)}) == 2
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    with pytest.raises(SdaError, match="is not empty"):
        list(clean_copy(found, out))
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_originals_are_never_written_over(folder):
    found = scan_corpus(Corpus.from_folder(folder))
    for target in (folder, folder / "sub" / "clean"):
        with pytest.raises(SdaError, match="choose another folder"):
            list(clean_copy(found, target))


def test_a_copy_is_offered_where_it_would_change_something(folder, tmp_path):
    assert is_worth_cleaning(scan_corpus(Corpus.from_folder(folder)))
    soundfile.write(tmp_path / "plain.wav", tone(300), RATE, subtype="PCM_24")
    assert not is_worth_cleaning(scan_corpus(Corpus.from_paths([tmp_path / "plain.wav"])))


def test_a_quiet_recording_is_not_cut(tmp_path):
    """At a peak of -54 dBFS most of it is below -60 dBFS; noise of a converter around it is silence."""
    chance = np.random.default_rng(0)
    quiet = np.concatenate(
        [np.zeros(2 * RATE), tone(level=0.002) * np.exp(-np.arange(RATE) / 9000), np.zeros(2 * RATE)]
    )
    (tmp_path / "in").mkdir()
    soundfile.write(tmp_path / "in/quiet.wav", quiet + 1e-5 * chance.uniform(-1, 1, len(quiet)), RATE, subtype="PCM_24")
    soundfile.write(tmp_path / "in/loud.wav", tone(300), RATE, subtype="PCM_24")
    done = {
        one.file.name: one for one in clean_copy(scan_corpus(Corpus.from_folder(tmp_path / "in")), tmp_path / "out")
    }
    written, _ = soundfile.read(done["quiet.wav"].path)
    assert len(written) / RATE == pytest.approx(1 + KEPT_BEFORE + KEPT_BEHIND, abs=0.12)
    assert np.abs(written).max() == pytest.approx(0.002, rel=0.02)


def test_what_a_killed_copy_left_goes_even_if_the_next_one_is_refused(folder, tmp_path):
    left, copy = tmp_path / ".copy.999999999.part", tmp_path / "copy"
    for one in (left, copy):
        one.mkdir()
        (one / "a.flac").touch()
    with pytest.raises(SdaError, match="is not empty"):
        list(clean_copy(scan_corpus(Corpus.from_folder(folder)), copy))
    assert not left.exists()

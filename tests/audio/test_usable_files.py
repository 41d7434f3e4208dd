"""Which files of a real folder are usable, and why the others are skipped."""

import os

import numpy as np
import pytest
import soundfile

from sda_lib.audio.corpus import Corpus

RATE = 44100


def tone(hertz=440.0, seconds=0.5, rate=RATE):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def reasons(corpus):
    return {skip.path.name: skip.reason for skip in corpus.skipped}


def test_says_why_a_file_is_skipped(tmp_path):
    good = tone()
    soundfile.write(tmp_path / "good.wav", good, RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "twin.flac", soundfile.read(tmp_path / "good.wav")[0], RATE, subtype="PCM_16")
    soundfile.write(tmp_path / "silent.wav", np.zeros(RATE), RATE)
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), RATE)
    soundfile.write(tmp_path / "click.wav", np.full(20, 0.5), RATE)
    broken = good.copy()
    broken[7] = np.nan
    soundfile.write(tmp_path / "nan.wav", broken, RATE, subtype="FLOAT")
    (tmp_path / "text.wav").write_text("this is no sound")
    (tmp_path / "phone.m4a").write_bytes(b"\0" * 64)
    (tmp_path / "notes.txt").write_text("passed over without a word")
    (tmp_path / "._good.wav").write_bytes(b"\0" * 64)
    corpus = Corpus.from_folder(tmp_path)
    assert [item.path.name for item in corpus.items] == ["good.wav"]
    why = reasons(corpus)
    assert set(why) == {"twin.flac", "silent.wav", "empty.wav", "click.wav", "nan.wav", "text.wav", "phone.m4a"}
    assert "same sound as good.wav" in why["twin.flac"]
    assert "silent" in why["silent.wav"]
    assert "no samples" in why["empty.wav"]
    assert "10 ms" in why["click.wav"]
    assert "not numbers" in why["nan.wav"]
    assert "can't be read as sound" in why["text.wav"]
    assert "phone.m4a" in why
    assert all(reason.endswith(".") for reason in why.values())


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_skipped(tmp_path):
    soundfile.write(tmp_path / "good.wav", tone(), RATE)
    soundfile.write(tmp_path / "locked.wav", tone(100), RATE)
    (tmp_path / "locked.wav").chmod(0)
    assert set(reasons(Corpus.from_folder(tmp_path))) == {"locked.wav"}


def test_a_sound_that_starts_after_a_long_silence_is_kept(tmp_path):
    late = np.concatenate([np.zeros(400_000), tone()])
    soundfile.write(tmp_path / "late.wav", late, RATE)
    (item,) = Corpus.from_folder(tmp_path).items
    assert item.seconds == pytest.approx(len(late) / RATE)

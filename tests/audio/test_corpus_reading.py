"""Files of long corpora are read once: what the cache has is not opened again, and what it lacks is made again."""

import shutil

import numpy as np
import pytest
import soundfile

from sda_lib.audio import chunks, corpus_reading, measurement, measurement_store, sample_cache
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.measurement_store import NAME
from sda_lib.audio.scan import scan_corpus
from sda_lib.config import AudioConfig, Recipe
from sda_lib.training.segments import CorpusSound


@pytest.fixture
def opened(monkeypatch, tmp_path):
    """The names of the files that are opened, in order; any corpus of more than 0.1 s is long."""
    found = []

    open_sound = chunks.open_sound

    def counted(path):
        found.append(path.name)
        return open_sound(path)

    for module in (chunks, corpus_reading, measurement):
        monkeypatch.setattr(module, "open_sound", counted)
    monkeypatch.setenv("SDA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sample_cache, "MOST_IN_MEMORY", 0.1)
    monkeypatch.setattr(measurement_store, "SETTLED_SECONDS", 0.0)
    return found


def sounds_of(corpus, channels=1):
    return list(CorpusSound.of_corpus(corpus, AudioConfig(channels=channels)))


def test_every_file_is_opened_once(tiny_corpus, opened, tmp_path):
    corpus = Corpus.from_folder(tiny_corpus)
    scan_corpus(corpus)
    sounds = sounds_of(corpus)
    assert sorted(opened) == sorted(item.path.name for item in corpus.items)
    opened.clear()
    again = Corpus.from_folder(tiny_corpus)
    found = scan_corpus(again)
    assert again == corpus
    assert [one.pcm.tobytes() for one in sounds_of(again)] == [one.pcm.tobytes() for one in sounds]
    assert not opened
    (tmp_path / "home/cache" / NAME).unlink()
    measured_again = scan_corpus(Corpus.from_folder(tiny_corpus))
    assert [one.report() for one in measured_again.files] == [one.report() for one in found.files]
    assert len(opened) == len(corpus.items)


def test_a_deleted_cache_is_made_again(tiny_corpus, opened, tmp_path):
    corpus = Corpus.from_folder(tiny_corpus)
    before = [one.pcm.tobytes() for one in sounds_of(corpus)]
    shutil.rmtree(tmp_path / "home/cache")
    opened.clear()
    assert [one.pcm.tobytes() for one in sounds_of(Corpus.from_folder(tiny_corpus))] == before
    assert len(opened) == len(corpus.items)


def test_samples_and_silent_ends_are_those_in_memory(tiny_corpus, opened, monkeypatch):
    corpus, hop = Corpus.from_folder(tiny_corpus), Recipe().codec.hop
    mapped = sounds_of(corpus)
    monkeypatch.setattr(sample_cache, "MOST_IN_MEMORY", 1e9)
    for one, other in zip(mapped, sounds_of(corpus), strict=True):
        assert np.array_equal(one.pcm, other.pcm)
        assert one.gain == other.gain
        assert one.peaks is not None
        assert other.peaks is None
        assert one.learned(hop, 0.0, 80.0) == other.learned(hop, 0.0, 80.0)
        assert np.array_equal(one._peaks(hop), other._peaks(hop))


def test_a_stereo_corpus_is_kept_in_stereo(tmp_path, opened):
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, (30000, 2))
    (tmp_path / "wide").mkdir()
    for number in range(3):
        soundfile.write(tmp_path / f"wide/{number}.wav", noise * (1 + number) / 4, 44100)
    corpus = Corpus.from_folder(tmp_path / "wide")
    opened.clear()
    assert all(one.pcm.shape[0] == 2 for one in sounds_of(corpus, Recipe.for_corpus(corpus).audio.channels))
    assert not opened
    assert all(one.pcm.shape[0] == 1 for one in sounds_of(corpus, 1))  # other channels than expected are read again
    assert len(opened) == 3


def test_short_corpora_keep_nothing(tiny_corpus, opened, tmp_path, monkeypatch):
    monkeypatch.setattr(sample_cache, "MOST_IN_MEMORY", 1200.0)
    scan_corpus(Corpus.from_folder(tiny_corpus))
    assert not (tmp_path / "home").exists()


def test_a_cache_that_cannot_be_written_hinders_no_scan(tiny_corpus, opened, tmp_path):
    (tmp_path / "home").write_text("a file")
    assert len(scan_corpus(Corpus.from_folder(tiny_corpus)).files) == 3

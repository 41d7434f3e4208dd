"""A corpus trains a model with one call."""

import pytest

import sda_lib
from sda_lib.errors import SdaError

SMALL = {"codec__levels": 2, "codec__codebook_size": 16, "train__steps": 1}


@pytest.fixture(scope="module")
def corpus(tiny_corpus):
    return sda_lib.Corpus.from_folder(tiny_corpus)


@pytest.mark.slow
def test_a_model_without_a_name_is_kept_in_memory(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    kinds = []
    model = corpus.train(on_event=lambda event: kinds.append(event.kind), **SMALL)
    assert isinstance(model, sda_lib.SdaModel)
    assert kinds[-1] == "done"
    assert not list(tmp_path.rglob("*.sda"))
    assert model.generate(seconds=0.3).clip.seconds == pytest.approx(0.3, abs=1e-3)


@pytest.mark.slow
def test_a_named_model_goes_to_the_library_and_replaces_none(corpus, tmp_path, monkeypatch):
    monkeypatch.setenv("SDA_HOME", str(tmp_path))
    corpus.train(name="rain", **SMALL)
    assert (tmp_path / "models/rain.sda").exists()
    with pytest.raises(SdaError, match="force=True"):
        corpus.train(name="rain", **SMALL)


@pytest.mark.slow
def test_an_interrupt_keeps_the_best_model_so_far(corpus):
    def interrupt(event):
        if event.kind == "saved":
            raise KeyboardInterrupt

    assert corpus.train(on_event=interrupt, **SMALL).levels == 2


@pytest.mark.slow
def test_chosen_files_are_trained_on_and_no_others_of_their_folder(corpus):
    chosen = sda_lib.Corpus.from_paths([item.path for item in corpus.items[:2]])
    model = chosen.train(**SMALL)
    assert {piece.name for piece in model.memory.pieces} == {item.path.stem for item in chosen.items}


def test_it_is_shown_in_one_line(corpus):
    assert repr(corpus).startswith(f"Corpus({corpus.folder.name!r}, 3 files, ")


def test_sounds_by_name_and_number(corpus):
    assert corpus.names == ("pluck", "rain", "sweep")
    assert corpus["rain"].length == corpus["rain.wav"].length == corpus[1].length
    assert [clip.name for clip in corpus] == ["pluck", "rain", "sweep"]
    with pytest.raises(SdaError, match="names lists"):
        corpus["snow"]


def test_it_shows_its_files(corpus, checked_html):
    assert "rain.wav" in checked_html(corpus._repr_html_())
    scan = corpus.scan()
    assert repr(scan) == "Scan('tiny', 3 files, 0 with remarks)"
    assert "rain.wav" in checked_html(scan._repr_html_())


def test_folders_files_and_corpora_become_a_corpus(corpus, tiny_corpus):
    assert sda_lib.Corpus.of(str(tiny_corpus)).names == corpus.names
    assert sda_lib.Corpus.of([tiny_corpus / "rain.wav"]).names == ("rain",)
    assert sda_lib.Corpus.of(corpus).items == corpus.items

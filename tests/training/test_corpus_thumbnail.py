"""A model's header has a picture of its recordings, unless it is made to be shared."""

import base64

import numpy as np

from sda_lib.analysis.thumbnail import COLUMNS, ROWS, picture
from sda_lib.audio.clip import AudioClip
from sda_lib.model.header import copy_with_header, peek
from sda_lib.model.library import entry_of
from sda_lib.model.model import SdaModel
from sda_lib.training.corpus_thumbnail import RECORDINGS, corpus_thumbnail
from sda_lib.training.segments import CorpusSound


def tone(hertz):
    time = np.arange(44100) / 44100
    return CorpusSound.of(AudioClip(np.sin(2 * np.pi * hertz * time)[None].astype(np.float32), 44100))


def test_recordings_follow_each_other():
    pixels = picture(base64.b64decode(corpus_thumbnail([tone(100), tone(6000)])))
    assert pixels[:, COLUMNS // 4].argmax() < ROWS // 2 < pixels[:, 3 * COLUMNS // 4].argmax()
    many = [tone(100 + 50 * number) for number in range(3 * RECORDINGS)]
    assert corpus_thumbnail(many) == corpus_thumbnail(many[::3])


def test_there_is_none_of_silence_and_of_nothing():
    silence = CorpusSound.of(AudioClip(np.zeros((1, 4410), np.float32), 44100))
    assert corpus_thumbnail([silence]) == corpus_thumbnail([]) == ""


def test_the_list_has_it_and_a_shared_model_has_none(tiny_model_path, tmp_path):
    assert picture(entry_of(tiny_model_path).thumbnail).max() > 0
    shared = SdaModel.load(tiny_model_path).without_memory().save(tmp_path / "shared.sda")
    assert entry_of(shared).thumbnail == b""
    assert "thumbnail" not in peek(shared)


def test_a_foreign_one_is_none(tiny_model_path, tmp_path):
    for number, odd in enumerate(("?" * 8, 7, "A" * 20_000, None)):
        path = copy_with_header(
            tiny_model_path, tmp_path / f"{number}.sda", lambda header, odd=odd: {**header, "thumbnail": odd}
        )
        assert (entry_of(path).thumbnail, entry_of(path).problem) == (b"", "")

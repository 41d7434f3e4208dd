"""Display of a corpus."""

import shutil

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import Scan, scan_corpus
from sda_lib.display.corpora import corpus_view


def test_files_outlines_remarks_and_skipped_files(tiny_corpus, tmp_path, checked_html):
    for file in tiny_corpus.iterdir():
        shutil.copy(file, tmp_path)
    shutil.copy(tiny_corpus / "rain.wav", tmp_path / "rain again.wav")
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    html = checked_html(corpus_view(scan_corpus(Corpus.from_folder(tmp_path))))
    parts = ("3 sounds", "2 skipped", "broken.wav", "rain.wav")
    assert [one for one in parts if one not in html] == []
    assert html.count("<polygon") == 3


def test_what_was_not_measured_is_counted(tiny_corpus, checked_html):
    corpus = Corpus.from_folder(tiny_corpus)
    assert "3 more files" in checked_html(corpus_view(Scan(corpus, ()), 3))

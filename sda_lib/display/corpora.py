"""Display of a corpus: a table of its files with outlines and remarks, and the files that were skipped."""

from __future__ import annotations

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import FileScan, Scan
from sda_lib.display.markup import counted, details, duration, head, note, table, text
from sda_lib.display.pictures import outline_drawing

# Most files that are listed.
MOST_FILES = 200


def corpus_view(scan: Scan, unmeasured: int = 0) -> str:
    """Return the files of a corpus.

    Args:
        scan: the corpus with the measurements of its files, or of the first of them.
        unmeasured: number of usable files without measurements.
    """
    corpus = scan.corpus
    shown = scan.files[:MOST_FILES]
    left = len(scan.files) - len(shown) + unmeasured
    rest = f"{counted(left, 'more file', 'more files')}; corpus.scan() measures all." if left else ""
    rows = [_row(scan, one) for one in shown]
    files = table(("", "", "length", "rate", "remarks"), rows, numbers=(2, 3)) if rows else ""
    advice = "".join(note(sentence) for sentence in scan.sentences)
    return head(corpus.folder.name, *corpus_facts(corpus)) + advice + files + note(rest) + _skipped(corpus)


def corpus_facts(corpus: Corpus) -> tuple[str, ...]:
    """Return what a corpus holds, in a few words each."""
    skipped = f"{len(corpus.skipped)} skipped" if corpus.skipped else ""
    made = f"{corpus.generated} made by a model" if corpus.generated else ""
    stereo = f"{corpus.stereo_share:.0%} stereo"
    return counted(len(corpus), "sound"), duration(corpus.seconds), stereo, made, skipped


def _row(scan: Scan, file: FileScan) -> tuple[str, ...]:
    low, high = file.outline[:, 0] / 127, file.outline[:, 1] / 127
    drawing = outline_drawing(low, high, f"waveform of {file.name}")
    picture = f'<div class="sda-area" style="height:22px;width:110px">{drawing}</div>'
    remarks = ", ".join(scan.remarks(file))
    return text(file.name), picture, duration(file.seconds), str(file.sample_rate), text(remarks)


def _skipped(corpus: Corpus) -> str:
    rows = [(text(corpus.name_of(one.path)), text(one.reason)) for one in corpus.skipped]
    return details(f"{len(rows)} skipped", table(("file", "why"), rows)) if rows else ""

"""Folder scan: measures the files of a folder before training."""

from pathlib import Path
from typing import Any

from traitlets import Dict, Instance, Tuple, Unicode

from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import FileScan, Scan, scan_files
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.previews import Previews

# Files between two progress messages.
REPORT_EVERY = 10


class FolderScan(Part):
    """Contents of the sounds that are to be learned from: at once what they are, and measurements when done."""

    report = Dict(allow_none=True, default_value=None, help="contents in figures (Corpus.report)")
    corpus = Instance(Corpus, allow_none=True, help="the corpus that is being scanned")
    result = Instance(Scan, allow_none=True, help="measurements of all files, once they are done")
    progress = Unicode(help="progress of the measuring, in words; empty when it is done")
    paths = Tuple(help="what was chosen: a folder, or files")

    def __init__(self, context: Context, previews: Previews) -> None:
        super().__init__(context)
        self.previews = previews

    @verb
    def start(self, *paths: str | Path) -> None:
        """Scan a folder of sounds, or some files; a thread then measures each file."""
        self.set(report=None, corpus=None, result=None, progress="", paths=tuple(map(str, paths)))
        corpus = Corpus.from_paths(self.context.places.checked_folders(paths))
        self.set(report=corpus.report(), corpus=corpus, progress=_progress(0, len(corpus)))
        self.start_thread(self._measure, corpus)

    @property
    def is_running(self) -> bool:
        """Whether files are being measured."""
        return bool(self.progress) or self.has_thread

    def play(self, name: str) -> None:
        """Preview the beginning of a file of the scanned folder."""
        found = next((one for one in self.result.files if one.name == name), None) if self.result else None
        if found is not None and (error := self.previews.file(found.path, found.name)):
            self.context.message = error

    def _measure(self, corpus: Corpus) -> None:
        def deliver(message: str = "", **traits: Any) -> None:
            self.context.deliveries.append(lambda: self._apply(corpus, message, traits))

        files: tuple[FileScan, ...] = ()
        with errors_as_sentences(lambda sentence: deliver(sentence, progress=""), "The files could not be measured."):
            for files in scan_files(corpus):
                if self.corpus is not corpus:
                    return  # another folder was chosen meanwhile
                if len(files) % REPORT_EVERY == 0:
                    deliver(progress=_progress(len(files), len(corpus)))
            deliver(result=Scan.of(corpus, files), progress="")

    def _apply(self, corpus: Corpus, message: str, traits: dict[str, Any]) -> None:
        if self.corpus is corpus:
            self.context.message = message or self.context.message
            self.set(**traits)


def _progress(done: int, of: int) -> str:
    return f"Measuring file {done} of {of} …"

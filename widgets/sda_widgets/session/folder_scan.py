"""Folder scan: measures the files of a folder before training."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from traitlets import Dict, Float, Instance, Tuple, Unicode

from sda_lib.audio.clean_copy import Cleaned, clean_copy
from sda_lib.audio.corpus import Corpus
from sda_lib.audio.scan import FileScan, Scan, scan_files
from sda_lib.file_choice import FilesConfig
from sda_lib.file_names import printable
from sda_widgets.session.context import Context, Part, needed
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.long_work import in_words
from sda_widgets.session.places import stem_of, unused
from sda_widgets.session.previews import Previews

# Files between two progress messages.
REPORT_EVERY = 10
# What is done to the files.
MEASURING, COPYING = "Measuring", "Copying"


class FolderScan(Part):
    """Contents of the sounds that are to be learned from: at once what they are, and measurements when done."""

    report = Dict(allow_none=True, default_value=None, help="contents in figures (Corpus.report)")
    corpus = Instance(Corpus, allow_none=True, help="the corpus that is being scanned")
    selection = Instance(FilesConfig, (), help="which of its files are to be learned from")
    chosen = Instance(Corpus, allow_none=True, help="these files with their weights; None if there are none")
    result = Instance(Scan, allow_none=True, help="measurements of all files, once they are done")
    progress = Unicode(help="progress of the measuring, in words, with the time left; empty when it is done")
    share = Float(0.0, help="how much of it is done, 0..1")
    cleaned = Instance(Path, allow_none=True, help="folder of the clean copy that was made last")
    paths = Tuple(help="what was chosen: a folder, or files")

    def __init__(self, context: Context, previews: Previews) -> None:
        super().__init__(context)
        self.previews = previews

    @verb
    def start(self, *paths: str | Path) -> None:
        """Scan a folder of sounds, or some files; a thread then measures each file."""
        self.set(report=None, corpus=None, chosen=None, result=None, progress="", paths=tuple(map(str, paths)))
        self.selection = FilesConfig()
        corpus = Corpus.from_paths(self.context.places.checked_folders(paths))
        self._turn += 1
        self.set(report=corpus.report(), corpus=corpus, chosen=corpus, **_progress(MEASURING, 0, len(corpus), 0.0))
        self.start_thread(self._measure, corpus, self._turn)

    def cancel(self) -> None:
        """End the measuring or the copying; the sounds stay chosen, and what was copied stays."""
        self._turn += 1
        self.set(progress="", share=0.0)

    @verb
    def choose(self, files: FilesConfig) -> None:
        """Choose what of the scanned sounds is to be learned from. Raises SdaError when nothing is left."""
        corpus = needed(self.corpus, "Choose a folder of sounds first.")
        self.set(selection=files, chosen=None)
        self.chosen = corpus.selected(files)

    def files_of(self, folder: Path) -> FilesConfig:
        """Return what was chosen of a folder; everything if it is not the scanned one."""
        return self.selection if self.paths == (str(folder),) else FilesConfig()

    @verb
    def clean(self) -> None:
        """Write a clean copy of the measured files into a new folder; a thread does so, file by file."""
        found = needed(self.result, "The files are not measured yet; wait for that.")
        name = Path(printable(found.corpus.folder.resolve().name)).name
        folder = unused(self.context.places.sounds, f"{stem_of(name)}-clean", "")
        if self.has_thread:
            return
        self._turn += 1
        self.set(**_progress(COPYING, 0, len(found.files), 0.0))
        self.start_thread(self._copy, found, folder, self._turn)

    @property
    def is_running(self) -> bool:
        """Whether files are being measured."""
        return bool(self.progress) or self.has_thread

    _turn = 0

    def play(self, name: str) -> None:
        """Preview the beginning of a file of the scanned folder."""
        found = next((one for one in self.result.files if one.name == name), None) if self.result else None
        if found is not None and (error := self.previews.file(found.path, found.name)):
            self.context.report(error)

    def _measure(self, corpus: Corpus, turn: int) -> None:
        def deliver(message: str = "", **traits: Any) -> None:
            self.context.deliveries.append(lambda: self._apply(turn, message, traits))

        began = time.monotonic()
        files: tuple[FileScan, ...] = ()
        with errors_as_sentences(lambda sentence: deliver(sentence, progress=""), "The files could not be measured."):
            for files in scan_files(corpus):
                if self._turn != turn:
                    return  # it was canceled, or another folder was chosen meanwhile
                if len(files) % REPORT_EVERY == 0:
                    deliver(**_progress(MEASURING, len(files), len(corpus), time.monotonic() - began))
            deliver(result=Scan.of(corpus, files), progress="", share=0.0)

    def _copy(self, found: Scan, folder: Path, turn: int) -> None:
        def deliver(message: str = "", **traits: Any) -> None:
            self.context.deliveries.append(lambda: self._apply(turn, message, {"progress": "", "share": 0.0, **traits}))

        began = time.monotonic()
        done: list[Cleaned] = []
        with errors_as_sentences(deliver, "The clean copy could not be made."):
            for one in clean_copy(found, folder):
                done.append(one)
                if self._turn != turn:
                    return
                if len(done) % REPORT_EVERY == 0:
                    deliver(**_progress(COPYING, len(done), len(found.files), time.monotonic() - began))
            deliver(cleaned=folder)
            self.context.deliveries.append(lambda: self.context.set(notice=_summary(done, folder)))

    def _apply(self, turn: int, message: str, traits: dict[str, Any]) -> None:
        if self._turn == turn:
            if message:
                self.fail(message)
            self.set(**traits)


def _summary(done: Sequence[Cleaned], folder: Path) -> str:
    """Return what was done for a clean copy, in one sentence."""
    written = [one for one in done if one.path is not None]
    changed, clipped = sum(bool(one.done) for one in written), sum(one.file.clipped > 0 for one in written)
    left_out = len(done) - len(written)
    more = f" Clipping can't be repaired: {clipped} of them clipped." if clipped else ""
    return (
        f"{len(written)} sounds are in {printable(folder)}: {changed} changed, {left_out} left out as duplicates; "
        f"the originals are as they were.{more}"
    )


def _progress(doing: str, done: int, of: int, seconds: float) -> dict[str, Any]:
    """Return the traits that say how far some work on files is."""
    share = done / max(1, of)
    return {"progress": in_words(f"{doing} file {done} of {of}", share, seconds), "share": share}

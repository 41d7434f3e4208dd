"""Training-side verbs of a session: scan a folder before training, and preview the model while it trains."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Tuple, Unicode, observe

import sda_lib
from sda_lib import faults
from sda_lib.errors import SdaError
from sda_lib.files import printable
from sda_widgets.session.guard import LOGGED, verb

log = logging.getLogger(__name__)

# Files between two progress messages of a scan.
TOLD_EVERY = 10
# Niceness of the thread that renders auditions, so that training keeps priority.
NICE = 10


class ScanVerbs(HasTraits):
    """Session mixin for scanning folders and for auditions of a model in training."""

    report = AnyTrait(None, allow_none=True, help="what the folder to be learned from holds (Corpus.report)")
    corpus = AnyTrait(None, allow_none=True, help="the Corpus that was looked at last")
    scanned = AnyTrait(None, allow_none=True, help="Scan of it, once all its files are measured")
    scan_progress = Unicode(help="how far the measuring is, in words; nothing when it is done")
    auditions = Tuple(help="how the model that is being trained sounds, at its last saving")
    auditioned = Unicode(help="when in the run that was, in words")
    scanned_paths: tuple[str, ...] = ()
    scanner: threading.Thread | None = None
    auditioner: threading.Thread | None = None
    _wanted: Any = None

    def __init__(self, **traits: Any) -> None:
        super().__init__(**traits)
        self._news: deque[tuple[Callable[[], bool], dict[str, Any]]] = deque()

    @verb
    def scan(self, *paths: str | Path) -> None:
        """Scan a folder of sounds, or some files, before training; a thread then measures each file."""
        self.set(report=None, corpus=None, scanned=None, scan_progress="")
        self.scanned_paths = tuple(map(str, paths))
        corpus = sda_lib.Corpus.from_paths(paths)
        self.set(report=corpus.report(), corpus=corpus, scan_progress=_far(0, len(corpus)))
        self.scanner = threading.Thread(target=self._measure, args=(corpus,), daemon=True)
        self.scanner.start()

    def _measure(self, corpus: Any) -> None:
        from sda_lib.audio.scan import Scan, scan_files

        def tell(**traits: Any) -> None:
            self._news.append((lambda: self.corpus is corpus, traits))

        files: tuple[Any, ...] = ()
        try:
            for files in scan_files(corpus):
                if self.corpus is not corpus:
                    return  # another folder was chosen meanwhile
                if len(files) % TOLD_EVERY == 0:
                    tell(scan_progress=_far(len(files), len(corpus)))
            tell(scanned=Scan.of(corpus, files), scan_progress="")
        except Exception as error:
            log.exception("measuring %s failed", corpus.folder)
            sentence = f"The files could not be measured. {faults.sentence(error, LOGGED)}"
            tell(message=sentence, scan_progress="")

    @property
    def is_listening(self) -> bool:
        """Whether a thread is running or has results not yet taken over."""
        return bool(self._news or self.scan_progress) or any(
            one is not None and one.is_alive() for one in (self.scanner, self.auditioner)
        )

    def hear_news(self) -> None:
        """Apply what the threads found, unless it is out of date. Called by the page's heartbeat, because a change
        sent from a thread could be lost while the page is being built."""
        while self._news:
            wanted, traits = self._news.popleft()
            if wanted():
                self.set(**traits)

    def hear_file(self, name: str) -> None:
        """Preview the beginning of a file of the scanned folder."""
        from sda_lib.audio.scan import read_excerpt

        with self._lock:
            try:
                found = next((one for one in self.scanned.files if one.name == name), None) if self.scanned else None
                if found is not None:
                    self._sound_out(dataclasses.replace(read_excerpt(found.path), name=found.name))
            except SdaError as error:
                self.message = printable(str(error))

    def hear_path(self, path: str | Path) -> str:
        """Preview the beginning of any sound file; return an error message, or an empty string."""
        from sda_lib.audio.scan import read_excerpt

        try:
            self._sound_out(read_excerpt(path))
        except SdaError as error:
            return printable(str(error))
        return ""

    def hear_audition(self, number: int, original: bool = False) -> None:
        """Preview one of the auditions, or the recording it was made from."""
        if 0 <= number < len(self.auditions):
            one = self.auditions[number]
            clip = one.original if original else one.sound
            if clip is not None:
                self._sound_out(clip)

    def silence(self) -> None:
        """Stop the preview."""
        self.preview = None

    def _sound_out(self, clip: Any) -> None:
        self.preview = None  # so that the same sound triggers observers again
        self.preview = clip

    @observe("run")
    def _another_run(self, _change: Any) -> None:
        self.set(auditions=(), auditioned="")

    @observe("events")
    def _something_was_saved(self, change: Any) -> None:
        """Render auditions after each save, in a low-priority thread; only the newest save counts."""
        saved = [event for event in change.new if event.kind == "saved"]
        if self.run is None or not saved or (self.run, saved[-1]) == self._wanted:
            return
        self._wanted = (self.run, saved[-1])
        if self.auditioner is None or not self.auditioner.is_alive():
            from sda_lib.training.auditions import auditions  # here: importing torch in two threads can deadlock

            self.auditioner = threading.Thread(target=self._audition, args=(auditions,), daemon=True)
            self.auditioner.start()

    def _audition(self, auditions: Callable[..., Any]) -> None:
        with contextlib.suppress(OSError, AttributeError):  # not every system has thread priorities
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
        heard = None
        while heard != self._wanted:
            heard = run, event = self._wanted
            try:
                found = auditions(run.model_path, run.corpus_folder)
            except SdaError as error:
                log.warning("no auditions of %s: %s", run.model_path, error)
                continue
            except Exception:
                log.exception("auditions of %s failed", run.model_path)
                continue
            at = f"step {event.step} of {event.of}" if event.of else "the first model, before any step"
            self._news.append((lambda run=run: self.run == run, {"auditions": found, "auditioned": at}))


def _far(done: int, of: int) -> str:
    return f"Measuring file {done} of {of} …"

"""Scan view: contents of a folder, its problems, and every file as a thumbnail that plays."""

from typing import Any

from ipywidgets import HTML, Checkbox

from sda_lib.audio.clean_copy import is_worth_cleaning
from sda_lib.audio.scan import FileScan, Scan
from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import bullets, severity, table
from sda_widgets.common.work_progress import WorkProgress
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.session import Session

# How many skipped files are listed with the reason.
MOST_SKIPPED = 12
# Tag of a file that is marked as generated.
GENERATED = "made by a model"
# What the button for a clean copy does.
CLEAN = """Write the sounds into a new folder, without silence at their ends, DC offset and duplicates, and train on
that; the originals stay as they are"""
# Files on one page of pictures.
PAGE_FILES = 24


class ScanView(Card):
    """Part of the training tab: `session.scan` in figures at once, and as thumbnails when measured."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.figures, self.verdict = HTML(), HTML()
        self.clean = button("Make a clean copy", CLEAN, session.scan.clean).add_class("sda-clean")
        self.only = Checkbox(description="Only files with problems", indent=False)
        self.tiles = SoundTiles(session.scan.play, session.previews.stop, self.turn)
        self.progress = WorkProgress(session.scan.cancel)
        shown = [self.figures, self.progress, self.verdict, self.clean, self.only, self.tiles]
        super().__init__(shown, "sda-scan")
        self.only.observe(lambda _change: self.turn(0), "value")
        watch(self._show_problems, (session.scan, "progress share result"))
        watch(self._draw, (session.scan, "report result"))

    def turn(self, number: int) -> None:
        """Show a page of files."""
        corpus = self.session.scan.corpus
        made = {item.path for item in corpus.items if item.generated} if corpus is not None else set()
        files = [(one, remarks) for one, remarks in self._files() if remarks or not self.only.value]
        pages = max(1, -(-len(files) // PAGE_FILES))
        number = min(number, pages - 1)
        rows = [
            file_row(one, (*((GENERATED,) if one.path in made else ()), *remarks))
            for one, remarks in files[number * PAGE_FILES :][:PAGE_FILES]
        ]
        with self.tiles.hold_sync():
            self.tiles.rows, self.tiles.number, self.tiles.pages = rows, number, pages

    def _files(self) -> list[tuple[FileScan, tuple[str, ...]]]:
        """Return every file with the remarks on it."""
        found = self.session.scan.result
        return [] if found is None else [(one, found.remarks(one)) for one in found.files]

    def _draw(self) -> None:
        self.figures.value = corpus_facts(self.session.scan.report) if self.session.scan.report else ""
        remarked = any(remarks for _, remarks in self._files())
        show_if(remarked, self.only)
        self.only.value = self.only.value and remarked
        self.turn(0)

    def _show_problems(self) -> None:
        found, scan = self.session.scan.result, self.session.scan
        self.progress.show(scan.share, scan.progress)
        show_if(found is not None and is_worth_cleaning(found), self.clean)
        self.clean.disabled = bool(self.session.scan.progress)
        self.verdict.value = "" if found is None else problems(found)


def corpus_facts(report: dict[str, Any]) -> str:
    """Return a folder's scan report as HTML."""
    rates = ", ".join(f"{count} at {int(rate) / 1000:g} kHz" for rate, count in report["rates"].items())
    channels = ", ".join(f"{count} {_channels(int(number))}" for number, count in report["channels"].items())
    rows = [
        ("Sounds", f"{report['files']}, {report['minutes']:.1f} min in total"),
        ("Typical length", f"{report['median_seconds']:.2f} s"),
        ("Rates", rates),
        ("Channels", f"{channels}; {report['stereo_share']:.0%} of the files are true stereo"),
        ("Made by a model", f"{report['generated']} of {report['files']}" if report["generated"] else ""),
        ("Skipped", str(len(report["skipped"])) if report["skipped"] else "none"),
    ]
    skipped = [f"{skip['file']}: {skip['reason']}" for skip in report["skipped"][:MOST_SKIPPED]]
    more = len(report["skipped"]) - len(skipped)
    return f"<h3>Corpus</h3>{table(rows)}{bullets([*skipped, *([f'and {more} more'] if more else [])])}"


def problems(found: Scan) -> str:
    """Return the problems to fix before training, as HTML."""
    if not found.sentences:
        return f"<p>{severity('green', 'No clipping, long silence, DC offset or duplicates.')}</p>"
    items = "".join(severity("yellow", one, "li") for one in found.sentences)
    return f'<ul class="sda-verdict">{items}</ul>'


def file_row(file: FileScan, remarks: tuple[str, ...]) -> Row:
    """Return a file as a row for the page, which only inserts it as text, never as markup."""
    cell = {"key": file.name, "label": "", "seconds": file.seconds, "outline": file.outline.tolist()}
    return {"title": file.name, "detail": f"{file.seconds:.1f} s", "tags": list(remarks), "cells": [cell]}


def _channels(number: int) -> str:
    return {1: "mono", 2: "stereo"}.get(number, f"with {number} channels")

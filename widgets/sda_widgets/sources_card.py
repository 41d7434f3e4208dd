"""Sources card: the recordings that the current sound is made of, with their shares, and passages that play."""

from __future__ import annotations

from typing import Any

import numpy as np
from ipywidgets import HTML

from sda_lib.display.pictures import outline
from sda_lib.writers.provenance import RecordingShare, SourceSpan
from sda_widgets.common.form_controls import Card, button, show_if, watch
from sda_widgets.common.markup import quiet, status
from sda_widgets.common.work_progress import progress_of
from sda_widgets.files.sound_tiles import Row, SoundTiles
from sda_widgets.session.context import NO_MODEL, NO_SOUND
from sda_widgets.session.prior_fit import NO_RECORDINGS
from sda_widgets.session.session import Session

ABOUT = "Which recordings the sound is nearest to, moment by moment, and how much of it each one is."
# Most recordings that are listed, and most passages of each that can be played.
MOST, MOST_PASSAGES = 8, 2
# Columns of the picture of a passage.
COLUMNS = 60


class SourcesCard(Card):
    """View of `session.sources`."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.find = button("Show sources", "Find the recordings of the sound", self._find)
        self.progress, self.found = progress_of(session.sources), HTML()
        self.tiles = SoundTiles(self._play, session.previews.stop)
        title = HTML(f"<h3>Sources</h3>{quiet(ABOUT)}")
        super().__init__([title, self.find, self.progress, self.found, self.tiles], "sda-sources")
        session.page_acts.provide_button("sources", self.find, self._why_not)
        watch(self._enable, (session, "model"), (session.sound, "clip"), (session.sources, "is_running"))
        watch(self._show, (session.sources, "shares"))

    def _why_not(self) -> str:
        model = self.session.model
        if model is None:
            return NO_MODEL
        return NO_RECORDINGS if model.memory is None else NO_SOUND

    def _enable(self) -> None:
        session, model = self.session, self.session.model
        has_sound = model is not None and model.memory is not None and session.sound.clip is not None
        self.find.disabled = session.sources.is_running or not has_sound

    def _find(self) -> None:
        self.session.sources.find(self.session.sound)

    def _show(self) -> None:
        shares = self.session.sources.shares
        show_if(shares, self.tiles, self.found)
        words = f"Of {len(shares)} recordings" if len(shares) > 1 else "Of one recording"
        more = f"; these are the {MOST} largest shares" if len(shares) > MOST else ""
        self.found.value = status(quiet(f"{words}{more}.")) if shares else ""
        self.tiles.rows = [self._row(number, one) for number, one in enumerate(shares[:MOST])]

    def _play(self, key: str) -> None:
        recording, passage = map(int, key.split(":"))
        self.session.sources.play(self.session.sources.shares[recording].passages[passage])

    def _row(self, number: int, one: RecordingShare) -> Row:
        """Return a recording as a row for the page."""
        count = len(one.passages)
        passages = "1 passage" if count == 1 else f"{count} passages"
        cells = [self._cell(f"{number}:{place}", passage) for place, passage in enumerate(one.passages[:MOST_PASSAGES])]
        return {"title": one.file, "detail": f"{one.share:.0%}, {passages}", "tags": [], "cells": cells}

    def _cell(self, key: str, passage: SourceSpan) -> dict[str, Any]:
        clip = self.session.sources.recorded(passage)
        extremes = np.stack(outline(clip, COLUMNS), axis=1)
        drawn = (127 * extremes / max(np.abs(extremes).max(initial=0.0), 1e-9)).round().astype(int)
        label = f"{passage.begin:.2f} to {passage.end:.2f} s"
        return {"key": key, "label": label, "seconds": clip.seconds, "outline": drawn.tolist()}

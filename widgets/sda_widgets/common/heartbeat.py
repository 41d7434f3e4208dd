"""Heartbeat: the page's clock, at whose beats Python polls its threads and processes."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Bool, Int


class Heartbeat(anywidget.AnyWidget):
    """Sends a message every `milliseconds` while a page is open and `beating` is set."""

    _esm = Path(__file__).with_suffix(".js")
    beating = Bool(False).tag(sync=True)
    milliseconds = Int(1000).tag(sync=True)

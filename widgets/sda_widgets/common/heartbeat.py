"""Heartbeat: the page's clock, by which Python tells it what threads and other processes have done meanwhile."""

from __future__ import annotations

from pathlib import Path

import anywidget
from traitlets import Bool, Int


class Heartbeat(anywidget.AnyWidget):
    """Beats once in so many milliseconds while a page is open and `beating` is set."""

    _esm = Path(__file__).with_suffix(".js")
    beating = Bool(False).tag(sync=True)
    milliseconds = Int(1000).tag(sync=True)

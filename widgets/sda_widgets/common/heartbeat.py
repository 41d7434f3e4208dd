"""Heartbeat: the page's clock, on which Python polls its threads and processes."""

from __future__ import annotations

import anywidget
from traitlets import Bool, Int

from sda_widgets.common.static import STATIC


class Heartbeat(anywidget.AnyWidget):
    """Sends a message every `milliseconds` while a page is open and `beating` is set."""

    _esm = STATIC / "heartbeat.js"
    beating = Bool(False).tag(sync=True)
    milliseconds = Int(1000).tag(sync=True)

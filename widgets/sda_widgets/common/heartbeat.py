"""Heartbeat: the page's clock, on which Python polls its threads and processes."""

from traitlets import Bool, Int

from sda_widgets.common.browser_widget import BrowserWidget


class Heartbeat(BrowserWidget):
    """Sends a message every `milliseconds` while a page is open and `beating` is set."""

    beating = Bool(False).tag(sync=True)
    milliseconds = Int(1000).tag(sync=True)

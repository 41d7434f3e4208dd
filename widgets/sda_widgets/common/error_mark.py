"""Error mark: the sentence of an act that failed, beside the control that caused it."""

from __future__ import annotations

from traitlets import Unicode

from sda_widgets.common.browser_widget import BrowserWidget


class ErrorMark(BrowserWidget):
    """The browser puts the sentence below the control's row, if the control is in a card or a panel that is shown, and
    sends a message when something in that card is changed. Numbers out of range get a sentence of the browser's own."""

    sentence = Unicode(help="what failed, and what helps; empty for nothing").tag(sync=True)
    control = Unicode(help="id of the widget that caused it; empty if none did").tag(sync=True)

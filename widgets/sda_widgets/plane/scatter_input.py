"""Scatter input: pointer and keys over a scatter figure, as messages."""

from traitlets import Bool, Dict, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget


class ScatterInput(BrowserWidget):
    """Sends pointer and key events over the figure `.sda-PART-figure` in `.sda-PART` as messages, and waits for an
    answer between moves. A drag that ends on the figure `drop_target` of the same root reports the position on its
    plot, and Escape moves the focus there. With `reveal` the figure is scrolled into view when it appears, and takes
    the focus if `drop_target` had it."""

    label = Unicode(help="for screen readers").tag(sync=True)
    part = Unicode().tag(sync=True)
    keymap = List(Dict(), help="its keys").tag(sync=True)
    double_clicks = Bool(False, help="whether double-clicks are sent").tag(sync=True)
    drop_target = Unicode(help="CSS selector of a figure, or none").tag(sync=True)
    reveal = Bool(False).tag(sync=True)

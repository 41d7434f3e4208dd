"""Dock toggle: opens and folds the dock at the foot of the page; the browser remembers which."""

from traitlets import Bool, Unicode

from sda_widgets.common.browser_widget import BrowserWidget


class DockToggle(BrowserWidget):
    """A button that says whether the dock is open. A page that opens takes over what the browser remembers."""

    is_open = Bool(False, help="whether the dock is open").tag(sync=True)
    words = Unicode(help="what the dock holds").tag(sync=True)

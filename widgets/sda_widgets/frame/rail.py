"""Rail: the list of the page's places at its left edge."""

from __future__ import annotations

from collections.abc import Sequence

from traitlets import Dict, List, Unicode

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import RAIL
from sda_widgets.frame.place import Place


class Rail(BrowserWidget):
    """A navigation with a button for each place; `shown` is the name of the one that is shown."""

    places = List(Dict(), help="name, title and tip of each place").tag(sync=True)
    keymap = keys_trait(RAIL)
    shown = Unicode(help="name of the place that is shown").tag(sync=True)

    def __init__(self, places: Sequence[Place]) -> None:
        super().__init__()
        self.places = [{"name": one.name, "title": one.title, "tip": one.tip} for one in places]

"""Grid input: keys, pointer and wheel over the code grid, as messages."""

from traitlets import Bool, Unicode

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import GRID


class GridInput(BrowserWidget):
    """Sends keys, pointer and wheel events over the two figures of a code grid as messages."""

    label = Unicode("Code grid", help="for screen readers").tag(sync=True)
    keymap = keys_trait(GRID)
    cell = Unicode(help="the cell under the cursor, for screen readers").tag(sync=True)
    brush = Bool(help="whether the brush is on, which uses Alt itself").tag(sync=True)

"""Grid input: keys, pointer and wheel over the code grid, as messages."""

from __future__ import annotations

import anywidget
from traitlets import Bool, Unicode

from sda_widgets.common.static import STATIC


class GridInput(anywidget.AnyWidget):
    """Sends keys, pointer and wheel events over the two figures of a code grid as messages."""

    _esm = STATIC / "grid_input.js"
    label = Unicode("Code grid", help="for screen readers").tag(sync=True)
    brush = Bool(help="whether the brush is on, which uses Alt itself").tag(sync=True)

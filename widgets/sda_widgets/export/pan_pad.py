"""Pan pad: where a sound is around the head, seen from above, and how high."""

from __future__ import annotations

import anywidget
from traitlets import Bool, Float

from sda_widgets.common.esm import PACKAGE, together


class PanPad(anywidget.AnyWidget):
    """Degrees to the left and up, and meters; where the sound `moves`, these are its beginning, and it ends at the
    place beside them."""

    _esm = together("common/dom.js", "export/pan_pad.js")
    _css = PACKAGE / "export/pan_pad.css"
    azimuth = Float(0.0).tag(sync=True)
    elevation = Float(0.0).tag(sync=True)
    distance = Float(1.0).tag(sync=True)
    moves = Bool(False).tag(sync=True)
    end_azimuth = Float(-90.0).tag(sync=True)
    end_distance = Float(1.0).tag(sync=True)

"""Pan pad: position of a sound around the head, seen from above, and its elevation."""

from __future__ import annotations

import anywidget
from traitlets import Bool, Float

from sda_widgets.common.esm import PACKAGE, join_modules


class PanPad(anywidget.AnyWidget):
    """Azimuth (to the left) and elevation (up) in degrees, distance in meters. With `moves` these are the start of a
    path that ends at `end_azimuth` and `end_distance`."""

    _esm = join_modules("common/dom.js", "export/pan_pad.js")
    _css = PACKAGE / "export/pan_pad.css"
    azimuth = Float(0.0).tag(sync=True)
    elevation = Float(0.0).tag(sync=True)
    distance = Float(1.0).tag(sync=True)
    moves = Bool(False).tag(sync=True)
    end_azimuth = Float(-90.0).tag(sync=True)
    end_distance = Float(1.0).tag(sync=True)

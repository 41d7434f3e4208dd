"""Pan pad: position of a sound around the head, seen from above, and its elevation."""

from traitlets import Bool, Float

from sda_widgets.common.browser_widget import BrowserWidget, keys_trait
from sda_widgets.common.keys import PAN


class PanPad(BrowserWidget):
    """Azimuth (to the left) and elevation (up) in degrees, distance in meters. With `moves` these are the start of a
    path that ends at `end_azimuth` and `end_distance`."""

    azimuth = Float(0.0).tag(sync=True)
    elevation = Float(0.0).tag(sync=True)
    distance = Float(1.0).tag(sync=True)
    moves = Bool(False).tag(sync=True)
    end_azimuth = Float(-90.0).tag(sync=True)
    end_distance = Float(1.0).tag(sync=True)
    keymap = keys_trait(PAN)

"""Control names: what screen readers call the controls that ipywidgets leaves without a name."""

from sda_widgets.common.browser_widget import BrowserWidget


class ControlNames(BrowserWidget):
    """Names the sliders and the fields of the root that it is in: by their label, else by their hint or tooltip."""

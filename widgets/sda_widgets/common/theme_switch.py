"""Theme switch: the system's theme, the light or the dark one."""

from traitlets import Enum

from sda_widgets.common.browser_widget import BrowserWidget

THEMES = ("system", "light", "dark")


class ThemeSwitch(BrowserWidget):
    """Three buttons. The browser keeps the choice, for this page and for those that are opened later; in JupyterLab the
    system's theme is that of the notebook."""

    theme = Enum(THEMES, "system", help="what is chosen; setting it changes the page").tag(sync=True)

"""SDA's widgets: windows onto sda_lib for JupyterLab and the served dashboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import VBox


def studio() -> VBox:
    """The workbench as one widget: the last line of a notebook's cell shows it.

    An error is displayed as one sentence, too, since Voila shows no traceback.
    """
    # Late: `sda studio` imports this package to find the server, and that needs no widgets.
    try:
        from sda_widgets.app import workbench
        from sda_widgets.session.places import Places

        return workbench(Places.from_environment())
    except Exception as error:  # anything: it is raised again
        from sda_widgets import failure

        failure.show(error)
        raise

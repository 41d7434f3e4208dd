"""Widgets of SDA: a user interface to sda_lib for JupyterLab and the served page."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import VBox


def studio() -> VBox:
    """Return the workbench as one widget; as the last line of a notebook's cell it is displayed.

    On an error, also displays it as one sentence, since Voila shows no traceback, and raises it again.
    """
    # Imported late: `sda studio` imports this package to find the server, which needs no widgets.
    try:
        from sda_widgets import failure
        from sda_widgets.app import workbench
        from sda_widgets.session.places import Places

        page = workbench(Places.from_environment())
        failure.report_callbacks(page.session.report, page.session.report_later)
        return page
    except Exception as error:  # of any kind; raised again below
        from sda_widgets import failure

        failure.show(error)
        raise

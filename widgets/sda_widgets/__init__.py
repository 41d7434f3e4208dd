"""Widgets of SDA: a user interface to sda_lib for JupyterLab and the served page, as a whole and in parts.

Names load on first use, so that `import sda_widgets` imports neither ipywidgets nor torch.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipywidgets import VBox

# Environment variable with which pages begin with the newest model and a new sound, and are not kept for a reload.
FRESH = "SDA_FRESH"
# Widgets that stand alone in a notebook, and their modules in `standalone`.
_MODULES = {
    "CodeGrid": "code_grid",
    "Health": "health",
    "Library": "library",
    "Map": "recording_map",
    "Palette": "palette",
    "Player": "player",
    "Sliders": "sliders",
    "Training": "training",
    "Workbench": "workbench",
}
__all__ = [*_MODULES, "studio"]  # noqa: PLE0604


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'sda_widgets' has no attribute {name!r}")
    return getattr(import_module(f"sda_widgets.standalone.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)


def studio() -> VBox:
    """Return the workbench as one widget; as the last line of a notebook's cell it is displayed.

    It goes on where the last page was, unless the environment variable SDA_FRESH is set. With SDA_GUEST it is a page
    for guests (`sda studio --guest`).
    On an error, also displays it as one sentence, since Voila shows no traceback, and raises it again.

    Example:
        >>> sda_widgets.studio().close()
    """
    # Imported late: `sda studio` imports this package to find the server, which needs no widgets.
    try:
        from sda_widgets import failure
        from sda_widgets.app import guest_page, workbench
        from sda_widgets.serve import GUEST
        from sda_widgets.session.guest import places_of_guest
        from sda_widgets.session.places import Places

        places = Places.from_environment()
        if os.environ.get(GUEST):
            page = guest_page(places_of_guest(places))
        else:
            page = workbench(places, resumes=not os.environ.get(FRESH))
        failure.report_callbacks(page.session.report, page.session.report_later)
        return page
    except Exception as error:  # of any kind; raised again below
        from sda_widgets import failure

        failure.show(error)
        raise

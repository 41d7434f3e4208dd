"""Errors outside of actions: a workbench that cannot start, and callbacks of widgets. Voila hides their tracebacks, but
not what a cell has displayed."""

import os
import sys
import threading
import traceback
from collections.abc import Callable
from html import escape
from typing import Any

from IPython.core.getipython import get_ipython
from IPython.display import HTML, display

from sda_lib import fault_log
from sda_lib.errors import SdaError
from sda_lib.file_names import printable

# There is no style sheet where the page could not start: colors of the system.
STYLE = "margin:1em;padding:1em;border:2px solid;color-scheme:light dark;background:Canvas;color:CanvasText"
# Set by Voila in the environment of its kernels.
SERVED_BY = "SERVER_SOFTWARE"


def show(error: Exception) -> None:
    """Display an error as one sentence, with its traceback folded away."""
    display(HTML(error_card(error)))


def error_card(error: Exception) -> str:
    """Return the HTML displayed by `show`."""
    said = str(error) if isinstance(error, SdaError) else fault_log.sentence(error, "the start of the page")
    lines = fault_log.without_secrets("".join(traceback.format_exception(error)))
    return (
        f'<div class="sda-failure" role="alert" style="{STYLE}"><b>The workbench could not start.</b> {escape(said)}'
        f"<details><summary>Details</summary><pre>{escape(lines)}</pre></details></div>"
    )


def report_callbacks(report: Callable[[str], object], report_later: Callable[[str], object]) -> None:
    """Report errors in callbacks of widgets and in threads, which a served page would show nowhere.

    Does nothing in a notebook of JupyterLab, where tracebacks are displayed. `report_later` is called in threads.
    """
    shell = get_ipython()
    if shell is None or not os.environ.get(SERVED_BY, "").startswith("voila"):
        return

    def in_callback(*_: Any, **__: Any) -> None:
        report(_said(sys.exception()))

    shell.showtraceback = in_callback  # type: ignore[method-assign]
    threading.excepthook = lambda failed: report_later(_said(failed.exc_value))


def _said(error: BaseException | None) -> str:
    """Log an error and return the sentence for it."""
    if error is None or isinstance(error, SdaError):
        return printable(str(error or "That did not work; try it again."))
    return printable(f"That did not work. {fault_log.sentence(error, 'the page')}")

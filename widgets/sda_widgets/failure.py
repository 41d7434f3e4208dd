"""Error display for a workbench that cannot start. Voila hides tracebacks, but not what a cell has displayed."""

import traceback
from html import escape

from IPython.display import HTML, display

from sda_lib import faults
from sda_lib.errors import SdaError

STYLE = "margin:1em;padding:1em;border:1px solid #c0392b;border-radius:4px;background:#fff;color:#222"


def show(error: Exception) -> None:
    """Display an error as one sentence, with its traceback folded away."""
    display(HTML(error_card(error)))


def error_card(error: Exception) -> str:
    """Return the HTML displayed by `show`."""
    said = str(error) if isinstance(error, SdaError) else faults.sentence(error, "the details show where")
    lines = "".join(traceback.format_exception(error))
    return (
        f'<div class="sda-failure" role="alert" style="{STYLE}"><b>The workbench could not start.</b> {escape(said)}'
        f"<details><summary>Details</summary><pre>{escape(lines)}</pre></details></div>"
    )

"""Displays that change while a cell runs.

Nothing here imports IPython: code that runs in a notebook runs inside an IPython that is loaded already, and where
none is loaded there is no notebook to show anything in.
"""

from __future__ import annotations

import itertools
import os
import sys
from dataclasses import dataclass
from typing import Any

_numbers = itertools.count()


@dataclass(frozen=True)
class Slot:
    """A place below a cell whose content can be replaced."""

    shell: Any
    name: str

    def show(self, html: str, plain: str, update: bool = True) -> None:
        """Replace the content, or with `update=False` show it for the first time."""
        data = {"text/html": html, "text/plain": plain}
        self.shell.display_pub.publish(data, {}, transient={"display_id": self.name}, update=update)


def new_slot(html: str, plain: str) -> Slot | None:
    """Show something below the cell that runs and return its place; None where no notebook runs the code."""
    shell = notebook_shell()
    if shell is None:
        return None
    slot = Slot(shell, f"sda-{os.getpid()}-{next(_numbers)}")
    slot.show(html, plain, update=False)
    return slot


def notebook_shell() -> Any:
    """Return the IPython of the notebook that runs this code; None in scripts, consoles and tests."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None and hasattr(ipython, "get_ipython") else None
    return shell if getattr(shell, "kernel", None) is not None else None

"""Display of the edits of codes: how each is called, and what it does."""

from __future__ import annotations

import inspect

from sda_lib.display.markup import counted, head, note, table, text
from sda_lib.editing.registry import EDITS, SPANS, edit_parameters


def edits_view() -> str:
    """Return all edits with their arguments."""
    rows = ((f"<code>{text(edit_call(name))}</code>", text(edit_help(name))) for name in EDITS)
    explained = note("Every edit returns new codes; levels and frames are half-open ranges (first, end).")
    return head("Edits of codes", counted(len(EDITS), "edit")) + explained + table(("call", ""), rows)


def edit_call(name: str) -> str:
    """Return how an edit is called, e.g. "codes.loop(times, frames=None)"."""
    own = edit_parameters(name).values()
    spans = [key for key in SPANS if key in inspect.signature(EDITS[name]).parameters]
    words = [
        one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in own
    ] + [f"{key}=None" for key in spans]  # fmt: skip
    return f"codes.{name}({', '.join(words)})"


def edit_help(name: str) -> str:
    """Return what an edit does, in the first sentence of its documentation."""
    words = " ".join((EDITS[name].__doc__ or "").split())
    return f"{words.replace('`', '').partition('. ')[0].rstrip('.')}."

"""Asking: which control of the page asked for the act that is under way."""

from __future__ import annotations

from IPython import get_ipython


def asking_control() -> str:
    """Return the id of the widget whose message the kernel is handling; empty outside of a kernel, and for other
    messages, such as a cell of a notebook."""
    kernel = getattr(get_ipython(), "kernel", None)
    if kernel is None:
        return ""
    return str(kernel.get_parent("shell").get("content", {}).get("comm_id", ""))

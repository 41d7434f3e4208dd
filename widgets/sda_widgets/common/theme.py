"""Style sheet of the page, scoped to the workbench so that it does not affect JupyterLab itself."""

from __future__ import annotations

from pathlib import Path

from ipywidgets import HTML, Layout

ROOM = Path(__file__).parent


def stylesheet() -> HTML:
    """Return the style sheet as a widget; the same in JupyterLab and in the served page."""
    css = (ROOM / "app.css").read_text()
    return HTML(f"<style>{css}</style>", layout=Layout(display="none"))

"""The page's look: one style sheet, scoped to the workbench so that it leaves JupyterLab itself alone."""

from __future__ import annotations

from pathlib import Path

from ipywidgets import HTML, Layout

ROOM = Path(__file__).parent


def stylesheet() -> HTML:
    """The style sheet as a widget; the same in JupyterLab and in the served page."""
    css = (ROOM / "app.css").read_text()
    return HTML(f"<style>{css}</style>", layout=Layout(display="none"))

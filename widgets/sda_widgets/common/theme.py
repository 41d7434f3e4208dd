"""Style sheet of the page, scoped to the workbench so that it does not affect JupyterLab itself."""

from pathlib import Path

from ipywidgets import HTML, Layout

CSS = Path(__file__).with_name("app.css")


def stylesheet() -> HTML:
    """Return the style sheet as a widget; the same in JupyterLab and in the served page."""
    return HTML(f"<style>{CSS.read_text()}</style>", layout=Layout(display="none"))

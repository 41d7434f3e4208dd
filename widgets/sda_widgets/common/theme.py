"""Style sheets of the page, scoped to the workbench so that they do not affect JupyterLab itself."""

from pathlib import Path

from ipywidgets import HTML, Layout

FOLDER = Path(__file__).parent
# Colors come first: the others name them.
SHEETS = ("colors.css", "app.css", "accessibility.css")


def stylesheet() -> HTML:
    """Return the style sheets as a widget; the same in JupyterLab and in the served page."""
    css = "\n".join((FOLDER / name).read_text() for name in SHEETS)
    return HTML(f"<style>{css}</style>", layout=Layout(display="none"))

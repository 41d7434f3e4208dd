"""Style sheet of the page, scoped to the workbench so that it does not affect JupyterLab itself."""

from pathlib import Path

from ipywidgets import HTML, Layout

HERE = Path(__file__).parent
SHEETS = (HERE / "app.css", HERE.parent / "frame" / "frame.css")


def stylesheet() -> HTML:
    """Return the style sheet as a widget; the same in JupyterLab and in the served page."""
    text = "\n".join(sheet.read_text() for sheet in SHEETS)
    return HTML(f"<style>{text}</style>", layout=Layout(display="none"))

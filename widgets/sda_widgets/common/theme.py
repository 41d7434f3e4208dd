"""Style sheet of the page, scoped to the workbench so that it does not affect JupyterLab itself."""

from pathlib import Path

from ipywidgets import HTML, Layout

# The look of the page, of buttons in every state, and of the marks of the glossary.
SHEETS = tuple(Path(__file__).with_name(f"{name}.css") for name in ("app", "states", "glossary"))


def stylesheet() -> HTML:
    """Return the style sheet as a widget; the same in JupyterLab and in the served page."""
    text = "\n".join(sheet.read_text() for sheet in SHEETS)
    return HTML(f"<style>{text}</style>", layout=Layout(display="none"))

"""Style sheets of the page, scoped to the workbench so that they do not affect JupyterLab itself."""

from pathlib import Path

from ipywidgets import HTML, Layout, VBox

from sda_widgets.common.control_names import ControlNames

HERE = Path(__file__).parent
# Colors come first: the others name them.
SHEETS = (
    HERE / "colors.css", HERE / "app.css", HERE.parent / "frame" / "frame.css", HERE / "accessibility.css",
    HERE / "states.css", HERE / "glossary.css",
)  # fmt: skip


def stylesheet() -> VBox:
    """Return what every root begins with: the style sheets, the same in JupyterLab and in the served page, and names of
    controls for screen readers."""
    css = "\n".join(sheet.read_text() for sheet in SHEETS)
    return VBox([HTML(f"<style>{css}</style>"), ControlNames()], layout=Layout(display="none"))

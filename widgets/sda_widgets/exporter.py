"""`jupyter nbconvert --to sda_html`, and "SDA page" in JupyterLab's export menu: the page that `sda html` makes."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters import Exporter
from nbformat import NotebookNode

from sda_lib.display.notebook_page import notebook_page


class PageExporter(Exporter):
    """Exports a notebook as one static web page: sounds play in it, and it needs no kernel, scripts or internet."""

    export_from_notebook = "SDA page"
    output_mimetype = "text/html"

    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(  # type: ignore[override]  # nbconvert's other exporters return text too
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **options: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page, and the resources of the conversion. Raises SdaError for a damaged notebook."""
        notebook, found = super().from_notebook_node(nb, resources, **options)
        return notebook_page(notebook, found["metadata"]["name"] or "Notebook"), found

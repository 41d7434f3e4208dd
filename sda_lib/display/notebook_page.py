"""A notebook with its outputs as one static web page, which needs no kernel. Sounds play in the browser's own player.

Where a widget stood, what it offers besides itself is shown: a picture, HTML or text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sda_lib.display.markup import note, text
from sda_lib.display.static_page import static_page
from sda_lib.errors import SdaError, explained_as
from sda_lib.safe_json import MALFORMED

# Kinds of output, the best first.
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
WIDGET = "application/vnd.jupyter.widget-view+json"
# Escape sequences of terminals in tracebacks and logs.
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def notebook_page(notebook: Mapping[str, Any], title: str) -> str:
    """Return a notebook as a page.

    Args:
        notebook: its JSON data, nbformat 4.
        title: title of the page, if the notebook does not begin with a heading.

    Raises SdaError for data of another format.
    """
    if not isinstance(notebook, Mapping) or notebook.get("nbformat") != 4:
        raise SdaError("This is not a notebook of format 4; open it in JupyterLab and save it.")
    with explained_as("Some cells of the notebook are damaged; open it in JupyterLab and save it.", MALFORMED):
        cells = [_cell(cell) for cell in notebook["cells"]]
        name = _first_heading(notebook["cells"]) or title
    return static_page(name, "".join(cells))


def _cell(cell: Mapping[str, Any]) -> str:
    source = _joined(cell["source"])
    if cell["cell_type"] == "markdown":
        return f'<div class="text">{_markdown(source)}</div>'
    if cell["cell_type"] != "code" or not source.strip():
        return ""
    outputs = "".join(f'<div class="output">{one}</div>' for one in map(output_html, cell["outputs"]) if one)
    return f'<pre class="input">{_highlighted(source)}</pre>{outputs}'


def output_html(output: Mapping[str, Any]) -> str:
    """Return an output of a cell as HTML; empty for one without anything to show."""
    kind = output["output_type"]
    if kind == "stream":
        return f"<pre>{_plain(_joined(output['text']))}</pre>"
    if kind == "error":
        sentence = f"{output['ename']}: {output['evalue']}"
        return f'<pre class="error">{_plain(sentence)}</pre>'
    data = {name: _joined(value) for name, value in output["data"].items() if isinstance(value, str | list)}
    return _shown(data, WIDGET in output["data"])


def _shown(data: Mapping[str, str], is_widget: bool) -> str:
    """Return the best of the forms in which a value offers itself."""
    if "text/html" in data:
        return data["text/html"]
    if "image/svg+xml" in data:
        return data["image/svg+xml"]
    for kind in PICTURES:
        if kind in data:
            return f'<img alt="" src="data:{kind};base64,{"".join(data[kind].split())}">'
    if is_widget:
        return note("Here is a widget; run the notebook to use it.")
    if "text/markdown" in data:
        return f'<div class="text">{_markdown(data["text/markdown"])}</div>'
    return f"<pre>{_plain(data['text/plain'])}</pre>" if "text/plain" in data else ""


def _markdown(source: str) -> str:
    """Return Markdown as HTML; HTML in it is shown as text."""
    from markdown_it import MarkdownIt  # comes with rich

    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(source))


def _highlighted(source: str) -> str:
    from pygments import highlight  # comes with rich
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    return str(highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))).rstrip()


def _first_heading(cells: Iterable[Mapping[str, Any]]) -> str:
    """Return the first heading of a notebook; empty without one."""
    sources = (_joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    found = (re.search(r"^#+ +(.+)$", source, re.MULTILINE) for source in sources)
    return next((one[1].strip() for one in found if one), "")


def _joined(source: object) -> str:
    """Return a text that a notebook may store as a list of lines."""
    return "".join(map(str, source)) if isinstance(source, list) else str(source)


def _plain(words: str) -> str:
    return text(ESCAPES.sub("", words))

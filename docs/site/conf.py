"""How Sphinx renders the pages that scripts/docs_site.py puts together."""

from __future__ import annotations

import inspect
import re
from typing import Any

import sda_lib

project, author, release = "SDA", "the SDA developers", sda_lib.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "myst_parser"]
# Backticks in docstrings are names of Python: a link where there is one on these pages, else code.
default_role = "py:obj"
myst_heading_anchors = 4
# Headings of notebooks and of long pages may skip a level.
suppress_warnings = ["myst.header"]

autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
maximum_signature_line_length = 88
toc_object_entries_show_parents = "hide"
add_module_names = False

html_theme = "furo"
html_title = "SDA"
html_static_path = ["_static"]
html_css_files = ["site.css", "displays.css"]
html_copy_source = html_show_search_summary = html_show_sourcelink = html_show_sphinx = html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#3f6f00", "color-brand-content": "#3f6f00"},
    "dark_css_variables": {"color-brand-primary": "#c8f169", "color-brand-content": "#c8f169"},
}
# Summaries in the results of a search are fetched, which browsers refuse to pages without a server.
html_use_index = False

# A paragraph of a docstring on what is raised.
RAISES = re.compile(r"Raises ((?:\w+Error(?:, | or )?)+),? (.+)", re.DOTALL)


def raised_as_list(_app: Any, _what: str, _name: str, _value: object, _options: object, lines: list[str]) -> None:
    """Turn the paragraph on what is raised into a section, before napoleon formats the sections."""
    parts = "\n".join(lines).split("\n\n")
    found = [RAISES.fullmatch(part.strip()) for part in parts]
    lines[:] = "\n\n".join(
        part if match is None else f"Raises:\n    {match[1].rstrip(', ')}: {' '.join(match[2].split())}"
        for part, match in zip(parts, found, strict=True)
    ).split("\n")


# A default with its own settings, up to three deep: only the class is shown.
SETTINGS = re.compile(r"\b([A-Z]\w+)\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
# Names that sda_lib and sda_widgets share: in signatures of sda_lib, its own are meant.
SHARED = {"Health": "sda_lib.api.health.Health", "Sliders": "sda_lib.api.sliders.Sliders"}


def own_signature(
    _app: Any, _what: str, name: str, value: Any, _options: object, arguments: str | None, returned: str | None
) -> tuple[str | None, str | None]:
    """Return the signature to show: of a widget that of its own constructor, none of what only methods make.

    Names that both packages have are those of the same package.
    """
    if arguments:
        arguments = SETTINGS.sub(r"\1()", arguments.replace("<factory>", "..."))
    if inspect.isclass(value) and len(name.split(".")) > 2:
        return "", None  # methods alone make these
    if name.startswith("sda_widgets."):
        if inspect.isclass(value):
            own = inspect.signature(value.__init__)
            plain = own.replace(parameters=list(own.parameters.values())[1:], return_annotation=own.empty)
            return str(plain).replace("'", ""), None
        return arguments, returned
    return tuple(
        part and re.sub(r"(?<![\w.])(Health|Sliders)\b", lambda one: SHARED[one[1]], part)
        for part in (arguments, returned)
    )  # type: ignore[return-value]


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-signature", own_signature)
    app.connect("autodoc-process-docstring", raised_as_list, priority=100)

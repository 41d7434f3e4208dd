"""The command that makes a static web page of a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sda_lib import safe_json
from sda_lib.cli import arguments as args
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print_result
from sda_lib.errors import SdaError, explained_as
from sda_lib.file_names import printable, size_in_words

# Largest notebook that is read, in bytes.
LARGEST = 200 * 2**20


def html(
    notebook: Annotated[Path, typer.Argument(metavar="NOTEBOOK", help="A notebook (.ipynb) that was run and saved.")],
    out: Annotated[Path | None, flag("Default: the notebook's name with .html, beside it.", "--out", "-o")] = None,
    force: args.Force = False,
) -> None:
    """Make one static web page of a notebook: sounds play in it, and it needs no kernel, scripts or internet."""
    from sda_lib.display.notebook_page import notebook_page
    from sda_lib.files import write_atomically

    if notebook.suffix != ".ipynb" or not notebook.is_file():
        raise SdaError(f"{printable(notebook)} is not a notebook; give a file NAME.ipynb.")
    path = out or notebook.with_suffix(".html")
    args.check_unused(path, force, "--out")
    damaged = f"{printable(notebook.name)} can't be read as a notebook; open it in JupyterLab and save it."
    with explained_as(damaged, (*safe_json.MALFORMED, OSError)):
        found = safe_json.read(notebook, LARGEST)
        page = notebook_page(found, notebook.stem)
    write_atomically(path, page.encode())
    print_result(path, f"{size_in_words(path.stat().st_size)}.")

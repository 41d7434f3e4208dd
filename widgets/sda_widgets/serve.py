"""How the dashboard is served: Voila's command line and environment, for `sda studio` and for the tests."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from sda_lib.home import Home

SHARE = Path(__file__).parent / "share" / "jupyter"
"""Holds the page template; Jupyter finds it through JUPYTER_PATH."""

UNWANTED = ("@voila-dashboards/jupyterlab-preview", "@jupyter-notebook/lab-extension")
"""Extensions of other pages that fail (with an error in the console) inside a Voila page."""


def notebook() -> Path:
    """The workbench notebook: inside the installed package, or in the source tree."""
    package = Path(__file__).parent
    places = (package / "notebooks" / "workbench.ipynb", package.parents[1] / "notebooks" / "workbench.ipynb")
    return next((place for place in places if place.is_file()), places[-1])


def command(page: str | Path | None, port: int, token: str) -> list[str]:
    """The command that serves a notebook (None: the workbench) on this machine alone, to those who hold the token."""
    return [
        sys.executable, "-m", "voila", str(page or notebook()),
        "--no-browser", f"--port={port}", "--Voila.ip=127.0.0.1", f"--token={token}",
        "--template=sda", "--theme=dark",
        *(f"--VoilaConfiguration.extension_denylist={name}" for name in UNWANTED),
        "--MappingKernelManager.cull_idle_timeout=300", "--MappingKernelManager.cull_interval=60",
    ]  # fmt: skip


def environment(data: str | Path | None = None, demo: str | Path | None = None) -> dict[str, str]:
    """The process environment for `command`: where the template is, and where the page keeps what users make."""
    paths = filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")])
    # Absolute, because the page's kernel starts in the notebook's folder.
    folders = {"SDA_HOME": data or Home.from_environment().folder, "SDA_DEMO": demo or os.environ.get("SDA_DEMO")}
    settings = {name: str(Path(folder).expanduser().resolve()) for name, folder in folders.items() if folder}
    # Waiting threads sleep: spinning ones make an edit 20 times slower while a training uses the other cores.
    return {"OMP_WAIT_POLICY": "passive", **os.environ, **settings, "JUPYTER_PATH": os.pathsep.join(paths)}


def address(port: int, token: str) -> str:
    """The link to open."""
    return f"http://127.0.0.1:{port}/?token={token}"

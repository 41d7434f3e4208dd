"""The workbench inside somebody's Jupyter server: an entry for jupyter-server-proxy, as JupyterHubs use it."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

STARTS_WITHIN = 120  # seconds until the server must answer


def server() -> dict:
    """What jupyter-server-proxy is to run for the path `sda/`. Its users are known to Jupyter already: the proxy, and
    nobody else on the machine, holds the token of the server behind it."""
    token = secrets.token_urlsafe(18)
    studio = [sys.executable, "-m", "sda_lib", "studio", "--no-browser", "--port", "{port}"]
    return {
        "command": [*studio, "--base-url", "{base_url}/sda/"],
        "environment": {"SDA_TOKEN": token},
        "request_headers_override": {"Authorization": f"token {token}"},
        "absolute_url": True,
        "timeout": STARTS_WITHIN,
        "launcher_entry": {"title": "SDA", "icon_path": str(Path(__file__).parent / "sda.svg")},
    }

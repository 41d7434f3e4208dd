"""Entry for jupyter-server-proxy, which runs the workbench inside a Jupyter server, for example on a JupyterHub."""

import secrets
import sys
from pathlib import Path

START_TIMEOUT = 120  # seconds within which the server must answer


def server() -> dict:
    """Return the configuration of jupyter-server-proxy for the path `sda/`. Jupyter authenticates the users; only the
    proxy holds the token of the server behind it."""
    token = secrets.token_urlsafe(18)
    studio = [sys.executable, "-m", "sda_lib", "studio", "--no-browser", "--port", "{port}"]
    return {
        "command": [*studio, "--base-url", "{base_url}/sda/"],
        "environment": {"SDA_TOKEN": token},
        "request_headers_override": {"Authorization": f"token {token}"},
        "absolute_url": True,
        "timeout": START_TIMEOUT,
        "launcher_entry": {"title": "SDA", "icon_path": str(Path(__file__).parent / "sda.svg")},
    }

"""How the workbench is served: Voila's command line and environment, for `sda studio` and for the tests."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import os
import re
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from sda_lib.errors import SdaError
from sda_lib.home import Home

LOOPBACK = "127.0.0.1"
HINT = "sda studio --verbose shows the traceback."
SHARE = Path(__file__).parent / "share" / "jupyter"
"""Holds the page template. An installed copy lies where Jupyter looks; this one is found through JUPYTER_PATH."""


def notebook() -> Path:
    """The workbench notebook: inside the installed package, or in the source tree."""
    package = Path(__file__).parent
    places = (package / "notebooks" / "workbench.ipynb", package.parents[1] / "notebooks" / "workbench.ipynb")
    return next((place for place in places if place.is_file()), places[-1])


def missing() -> Path | None:
    """The first of the page's own files that is not there."""
    template = SHARE / "voila" / "templates" / "sda" / "index.html.j2"
    parts = (notebook(), template, SHARE.parents[1] / "listen" / "player.js")
    return next((part for part in parts if not part.is_file()), None)


def environment(data: str | Path | None = None, demo: str | Path | None = None) -> dict[str, str]:
    """The process environment of a page: where the template is, and where the page keeps what users make."""
    paths = filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")])
    # Absolute, because the page's kernel starts in the notebook's folder.
    folders = {"SDA_HOME": data or Home.from_environment().folder, "SDA_DEMO": demo or os.environ.get("SDA_DEMO")}
    settings = {name: str(Path(folder).expanduser().resolve()) for name, folder in folders.items() if folder}
    # Waiting threads sleep: spinning ones make an edit 20 times slower while a training uses the other cores.
    return {"OMP_WAIT_POLICY": "passive", **os.environ, **settings, "JUPYTER_PATH": os.pathsep.join(paths)}


@dataclass(frozen=True)
class Server:
    """One Voila server for one notebook: who may reach it, and where.

    port: TCP port; token: what the link carries, "" for none; ip: numeric address it listens on; base_url: path that
    every address begins with. Raises SdaError for a server that other machines reach without a token, and for an
    address or a path that can't be used.
    """

    port: int
    token: str
    ip: str = LOOPBACK
    base_url: str = "/"

    def __post_init__(self) -> None:
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError as error:
            raise SdaError(f"{self.ip!r} is no numeric address; give one like 127.0.0.1 or 0.0.0.0.") from error
        if not self.token and not address.is_loopback:
            raise SdaError(f"Without a token everybody who reaches {self.ip} could run code; give a token.")
        if not re.fullmatch(r"[\w.~@%/-]*", self.base_url, re.ASCII):
            raise SdaError(f"{self.base_url!r} is no path of a web address; give one like /sda/.")
        inner = "/".join(filter(None, self.base_url.split("/")))
        object.__setattr__(self, "base_url", f"/{inner}/" if inner else "/")

    def command(self, page: str | Path | None = None, verbose: bool = False) -> list[str]:
        """The command that serves a notebook (None: the workbench); it needs the `environment` below.

        verbose: log every request, and show the tracebacks of a notebook's cells on the page.
        """
        return [
            sys.executable, "-m", "voila", str(page or notebook()),
            "--no-browser", f"--port={self.port}", "--Voila.port_retries=0", f"--Voila.ip={self.ip}",
            f"--Voila.base_url={self.base_url}", "--Voila.identity_provider_class=sda_widgets.login.IdentityProvider",
            f"--Voila.log_level={'INFO' if verbose else 'WARN'}",
            f"--VoilaConfiguration.show_tracebacks={verbose}", f"--VoilaExecutor.cell_error_instruction={HINT}",
            # The token itself is in the environment: command lines can be read by every user of the machine.
            *(["--token"] if self.token else []),
            "--template=sda", "--theme=dark",
            "--MappingKernelManager.cull_idle_timeout=300", "--MappingKernelManager.cull_interval=60",
        ]  # fmt: skip

    def environment(self, data: str | Path | None = None, demo: str | Path | None = None) -> dict[str, str]:
        """`environment` with the token."""
        return {**environment(data, demo), "JUPYTER_TOKEN": self.token}

    @property
    def address(self) -> str:
        """The link to open."""
        host = _reachable(self.ip)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}{self.base_url}" + (f"?token={self.token}" if self.token else "")

    def answers(self) -> bool:
        """Whether the server delivers the page's script. The page itself would start a kernel."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(_local(self.ip), self.port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", f"{self.base_url}voila/static/voila.js")
                return connection.getresponse().status == http.HTTPStatus.OK
        return False


def _local(ip: str) -> str:
    """An address under which this machine reaches a server that listens on `ip`."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(ip, ip)


def _reachable(ip: str) -> str:
    """An address under which others reach it: this machine's own in its network, for one that listens everywhere."""
    if ip != "0.0.0.0":
        return _local(ip)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; it only chooses the way out
        return probe.getsockname()[0]
    return LOOPBACK

"""Serving of the workbench: Voila's command line and environment, for `sda studio` and for the tests."""

import contextlib
import http.client
import ipaddress
import os
import re
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from sda_lib.errors import SdaError
from sda_lib.home import Home

# Environment variables of pages for guests: how many may be open, for the server; and that they are, for the kernels.
GUESTS, GUEST = "SDA_GUESTS", "SDA_GUEST"
LOOPBACK = "127.0.0.1"
HINT = "sda studio --verbose shows the traceback."
# Holds the page template. An installed copy is on Jupyter's search path; this one is found through JUPYTER_PATH.
SHARE = Path(__file__).parent / "share" / "jupyter"


def notebook() -> Path:
    """Return the path of the workbench notebook: in the installed package, or in the source tree."""
    package = Path(__file__).parent
    places = (package / "notebooks" / "workbench.ipynb", package.parents[1] / "notebooks" / "workbench.ipynb")
    return next((place for place in places if place.is_file()), places[-1])


def missing() -> Path | None:
    """Return the first of the page's own files that is missing, or None."""
    template = SHARE / "voila" / "templates" / "sda" / "index.html.j2"
    parts = (notebook(), template, SHARE.parents[1] / "static" / "player.js")
    return next((part for part in parts if not part.is_file()), None)


def environment(
    data: str | Path | None = None, demo: str | Path | None = None, folders: Sequence[Path] = ()
) -> dict[str, str]:
    """Return the environment of a page's process: where the template is, where users' files are kept, and other folders
    that the page may open."""
    paths = filter(None, [str(SHARE), os.environ.get("JUPYTER_PATH")])
    # Absolute, because the page's kernel starts in the notebook's folder.
    named = {"SDA_HOME": data or Home.from_environment().folder, "SDA_DEMO": demo or os.environ.get("SDA_DEMO")}
    settings = {name: str(Path(folder).expanduser().resolve()) for name, folder in named.items() if folder}
    if folders:
        settings["SDA_FOLDERS"] = os.pathsep.join(str(Path(folder).expanduser().resolve()) for folder in folders)
    defaults = {
        # Waiting threads sleep: spinning ones make an edit 20 times slower while a training uses the other cores.
        "OMP_WAIT_POLICY": "passive",
        # `keep_freed_memory` limits the pools of glibc too, but after the kernel has made its first threads.
        "MALLOC_ARENA_MAX": "1",
    }
    return {**defaults, **os.environ, **settings, "JUPYTER_PATH": os.pathsep.join(paths)}


@dataclass(frozen=True)
class Server:
    """One Voila server for one notebook.

    port: TCP port; token: the token in the link, "" for none; ip: numeric address to listen on; base_url: path
    prefix of every URL. Raises SdaError for a server that other machines can reach without a token, and for an
    invalid address or path.
    """

    port: int
    token: str
    ip: str = LOOPBACK
    base_url: str = "/"

    def __post_init__(self) -> None:
        try:
            address = ipaddress.ip_address(self.ip)
        except ValueError as error:
            raise SdaError(f"{self.ip!r} is not a numeric address; use one like 127.0.0.1 or 0.0.0.0.") from error
        if not self.token and not address.is_loopback:
            raise SdaError(f"Without a token, anyone who reaches {self.ip} could run code; set a token.")
        if not re.fullmatch(r"[\w.~@%/-]*", self.base_url, re.ASCII):
            raise SdaError(f"{self.base_url!r} is not a valid URL path; use one like /sda/.")
        inner = "/".join(filter(None, self.base_url.split("/")))
        object.__setattr__(self, "base_url", f"/{inner}/" if inner else "/")

    def command(self, page: str | Path | None = None, verbose: bool = False, spare: bool = True) -> list[str]:
        """Return the command that serves a notebook (None: the workbench); it needs the environment of `environment`.

        verbose: log every request, and show the tracebacks of a notebook's cells on the page. spare: keep a process
        ready for the next page.
        """
        return [
            sys.executable, "-m", "sda_widgets.voila_server", str(page or notebook()),
            "--no-browser", f"--port={self.port}", "--Voila.port_retries=0", f"--Voila.ip={self.ip}",
            f"--Voila.base_url={self.base_url}", "--Voila.identity_provider_class=sda_widgets.login.IdentityProvider",
            f"--Voila.log_level={'INFO' if verbose else 'WARN'}",
            f"--VoilaConfiguration.show_tracebacks={verbose}", f"--VoilaExecutor.cell_error_instruction={HINT}",
            # The token is passed in the environment, because every user of the machine can read command lines.
            *(["--token"] if self.token else []),
            "--template=sda", "--theme=dark",
            *(f"--VoilaConfiguration.allow_{what}_override=NOTEBOOK" for what in ("template", "theme")),
            "--KernelRestarter.restart_limit=0",  # a new kernel has no page; failed ones are said instead
            "--VoilaConfiguration.multi_kernel_manager_class=sda_widgets.page_kernels.PageKernels",
            f"--PageKernels.keeps_spare={spare}",
            "--MappingKernelManager.cull_idle_timeout=300", "--MappingKernelManager.cull_interval=60",
        ]  # fmt: skip

    def environment(
        self,
        data: str | Path | None = None,
        demo: str | Path | None = None,
        folders: Sequence[Path] = (),
        guests: int = 0,
    ) -> dict[str, str]:
        """Return `environment` with the token, and for pages of guests with the number of them that may be open."""
        inherited = environment(data, demo, folders)
        inherited.pop("SDA_TOKEN", None)
        served = {GUESTS: str(guests), GUEST: "1"} if guests else {}
        return {**inherited, **served, "JUPYTER_TOKEN": self.token}

    @property
    def address(self) -> str:
        """The link to open."""
        host = _reachable(self.ip)
        host = f"[{host}]" if ":" in host else host
        query = f"?token={quote(self.token, safe='')}" if self.token else ""
        return f"http://{host}:{self.port}{self.base_url}{query}"

    def answers(self) -> bool:
        """Whether the server delivers the page's script. Requesting the page itself would start a kernel."""
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection(_local(self.ip), self.port, timeout=5)
            with contextlib.closing(connection):
                connection.request("GET", f"{self.base_url}voila/static/voila.js")
                return connection.getresponse().status == http.HTTPStatus.OK
        return False


def _local(ip: str) -> str:
    """Return the address at which this machine reaches a server that listens on `ip`."""
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(ip, ip)


def _reachable(ip: str) -> str:
    """Return the address at which others reach it; for a server on all interfaces, this machine's in its network."""
    if ip != "0.0.0.0":
        return _local(ip)
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; only selects the outgoing interface
        return probe.getsockname()[0]
    return LOOPBACK

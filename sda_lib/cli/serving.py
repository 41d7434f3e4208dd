"""Long-lived processes: the workbench's server, and the child that trains."""

from __future__ import annotations

import contextlib
import importlib
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Annotated

import typer

from sda_lib.errors import SdaError


def studio(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 0,
    notebook: Annotated[Path | None, typer.Option(help="Another page than the workbench.")] = None,
    data: Annotated[Path | None, typer.Option(help="Another folder than SDA_HOME for models, exports, runs.")] = None,
) -> None:
    """Serve the workbench on this machine alone and print its link; Ctrl-C ends it."""
    try:
        # By name: the library works without the page, which is installed beside it.
        serve = importlib.import_module("sda_widgets.serve")
        importlib.import_module("voila")
    except ModuleNotFoundError as error:
        raise SdaError("The workbench is not installed; install it with: pip install 'sda[app]'.") from error
    port, token = _port(port), secrets.token_urlsafe(18)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a polite kill takes the page along, as Ctrl-C does
    page = subprocess.Popen(serve.command(notebook, port, token), env=serve.environment(data))
    try:
        _wait_for(page, port)
        print(f"\nThe workbench is at {serve.address(port, token)}\nCtrl-C ends it.", flush=True)
        code = page.wait()
    except KeyboardInterrupt:
        code = 0
    finally:
        page.terminate()
        page.wait()
    raise typer.Exit(code)


def work(run: Path) -> None:
    """Carry out a training run that `jobs.start` has prepared."""
    from sda_lib.studio import run_work

    run_work.work(run)


def _port(wanted: int) -> int:
    """The wanted port, or a free one for 0. Raises SdaError when it is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise SdaError(
                f"Port {wanted} can't be used ({error.strerror}); leave --port out to get a free one."
            ) from error
        return probe.getsockname()[1]


def _wait_for(page: object, port: int) -> None:
    """Return when the page's server answers. Raises SdaError when it ended instead."""
    while page.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise SdaError(f"The workbench could not be served on port {port}; the lines above say why.")

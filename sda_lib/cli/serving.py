"""Long-lived processes: the workbench's server, the child process that trains, and the served notebook."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from typing import IO, Annotated

import typer

from sda_lib import doctor, faults
from sda_lib.cli import terminal
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically


def studio(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 0,
    notebook: Annotated[Path | None, typer.Option(help="Another page than the workbench.")] = None,
    data: Annotated[Path | None, typer.Option(help="Another folder than SDA_HOME for models, exports, runs.")] = None,
    ip: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    base_url: Annotated[str, typer.Option(help="Path that the address begins with, behind a proxy.")] = "/",
    token: Annotated[
        str | None, typer.Option(envvar="SDA_TOKEN", help="What the link carries; '' for none. Default: a random one.")
    ] = None,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    verbose: Annotated[bool, typer.Option(help="Print the server's log, and show tracebacks on the page.")] = False,
) -> None:
    """Serve the workbench on this machine alone and open it in a browser; Ctrl-C ends it."""
    if notebook and not notebook.is_file():
        raise SdaError(f"{notebook} is not there; leave --notebook out to get the workbench.")
    serve = _whole_page()
    server = serve.Server(port, secrets.token_urlsafe(18) if token is None else token, ip, base_url)
    server = dataclasses.replace(server, port=_port(ip, port))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # SIGTERM ends the page too, as Ctrl-C does
    with _log(verbose) as log:
        command = server.command(notebook, verbose)
        page = subprocess.Popen(command, env=server.environment(data), stdout=log, stderr=log)
        try:
            _wait_for(page, server, log)
            _say(server.address)
            if browser:
                _open(server.address)
            if page.wait():
                raise SdaError(f"The workbench's server ended with code {page.returncode}.{_end_of(log)}")
        except KeyboardInterrupt:
            pass
        finally:
            page.terminate()
            page.wait()


def notebook(
    destination: Annotated[Path, typer.Argument(help="A folder, or a file NAME.ipynb.")] = Path("."),
    path: Annotated[bool, typer.Option("--path", help="Copy nothing; print where the installed notebook is.")] = False,
    force: Annotated[bool, typer.Option(help="Replace a file that differs.")] = False,
) -> None:
    """Copy the workbench notebook here, for JupyterLab; `voila "$(sda notebook --path)"` serves the installed one."""
    source = _page().notebook()
    if path:
        print(source)
        return
    named = destination.suffix == ".ipynb" and not destination.is_dir()
    target = destination if named else destination / source.name
    if target.exists() and target.read_bytes() != source.read_bytes() and not force:
        raise SdaError(f"{target} exists and differs; give another name, or --force to replace it.")
    if not (target.exists() and target.samefile(source)):
        write_atomically(target, source.read_bytes())
    print(target)


def work(run: Path) -> None:
    """Carry out a training run that `jobs.start` has prepared."""
    from sda_lib.runs import worker

    worker.run_worker(run)


def _page() -> object:
    """Import the module `sda_widgets.serve` by name: the page is optional and installed beside the library."""
    return importlib.import_module("sda_widgets.serve")


def _whole_page() -> object:
    """Return `_page`. Raises SdaError where a package that the page needs, or one of its files, is missing."""
    absent = next((name for name in doctor.PAGE if importlib.util.find_spec(name) is None), None)
    if absent:
        raise SdaError(f"The workbench needs {absent}, which is not installed; {faults.install('voila')} installs it.")
    importlib.import_module("voila")
    page = _page()
    if lost := page.missing():
        raise SdaError(f"{lost} is missing; {doctor.AGAIN}.")
    return page


def _port(ip: str, wanted: int) -> int:
    """Return the wanted port, or a free one for 0. Raises SdaError when the port or the address can't be used."""
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, wanted))
        except OSError as error:
            if wanted:
                problem = f"Port {wanted} can't be used ({error.strerror}); leave --port out to get a free one."
            else:
                problem = f"{ip} can't be used ({error.strerror}); leave --ip out to serve this machine alone."
            raise SdaError(problem) from error
        return probe.getsockname()[1]


@contextlib.contextmanager
def _log(verbose: bool) -> IO[bytes] | None:
    """Yield the target of the server's log: the terminal (None), or a file that is read only when the server fails."""
    if verbose:
        yield None
    else:
        with tempfile.TemporaryFile() as log:
            yield log


def _end_of(log: IO[bytes] | None, lines: int = 20) -> str:
    """Print the end of the server's log; return the words that refer to it."""
    if log is None:
        return ""
    log.seek(0)
    end = log.read().decode(errors="replace").splitlines()[-lines:]
    print(*end, sep="\n", file=sys.stderr)
    return " Its last lines are above; --verbose shows all."


def _wait_for(page: subprocess.Popen, server: object, log: IO[bytes] | None) -> None:
    """Return when the page's server answers. Raises SdaError when it ended instead."""
    while page.poll() is None:
        if server.answers():
            return
        time.sleep(0.1)
    raise SdaError(f"The workbench could not be served on port {server.port}.{_end_of(log)}")


def _say(address: str) -> None:
    print(address if terminal.quiet.get() else f"The workbench is at {address}", flush=True)
    terminal.print_note("Ctrl-C ends it.")


def _open(address: str) -> None:
    """Open the address in a browser if there is a display; a text browser would take over the terminal."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform in ("darwin", "win32") or any(os.environ.get(name) for name in screens):
        threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

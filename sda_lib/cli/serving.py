"""Commands of long-lived processes: the workbench's server, the worker of a run, and the notebook."""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import webbrowser
from pathlib import Path
from types import ModuleType
from typing import IO, Annotated, Any

import typer

from sda_lib import doctor, faults
from sda_lib.cli import access, terminal
from sda_lib.cli import arguments as args
from sda_lib.cli.arguments import Data
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print
from sda_lib.errors import SdaError
from sda_lib.files import write_atomically

# Most pages of guests at once, unless --pages says so: each takes some 700 MB.
GUESTS = 4


def studio(
    port: Annotated[int, flag("Port; 0 = a free one.", min=0, max=65535)] = 0,
    notebook: Annotated[Path | None, flag("Notebook to serve instead of the workbench.")] = None,
    data: Data = None,
    ip: Annotated[str, flag("Address to listen on; 0.0.0.0 admits other machines.")] = "127.0.0.1",
    base_url: Annotated[str, flag("Path prefix of the address, behind a proxy.")] = "/",
    token_file: Annotated[
        Path | None, flag("File that only you can read, with the token of the link; default: SDA_TOKEN, or random.")
    ] = None,
    no_token: Annotated[bool, flag("Admit every user of this machine.", "--no-token")] = False,
    folder: Annotated[
        list[Path] | None, flag("Another folder whose sounds the page may open; repeatable.", "--folder")
    ] = None,
    guest: Annotated[
        bool, flag("Serve pages for guests: they play your models and change nothing of yours.", "--guest")
    ] = False,
    pages: Annotated[int, flag("With --guest: the most pages that are open at once.", min=1, max=100)] = GUESTS,
    token: Annotated[str | None, typer.Option(hidden=True)] = None,
    browser: Annotated[bool, flag("Open the page in a browser.", "--browser/--no-browser")] = True,
    spare: Annotated[
        bool, flag("Keep a process ready, so that the next page opens sooner.", "--spare/--no-spare")
    ] = True,
    verbose: Annotated[bool, flag("Print the server's log, and show tracebacks on the page.")] = False,
) -> None:
    """Serve the workbench on this machine and open it in a browser; Ctrl-C ends it."""
    if guest and (notebook or folder):
        raise SdaError("Pages for guests are the workbench with its examples; leave out --notebook and --folder.")
    if notebook and not notebook.is_file():
        raise SdaError(f"There is no notebook {notebook}; leave out --notebook to get the workbench.")
    secret = access.token_of(token_file, no_token, token)
    serve = _complete_page()
    from sda_lib.home import Home
    from sda_lib.runs.cleaning import sweep

    sweep(args.home() if data is None else Home(data.expanduser().absolute()))
    server = serve.Server(port, secret, ip, base_url)
    server, opened = dataclasses.replace(server, port=_port(ip, port)), None
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # SIGTERM ends the page too, as Ctrl-C does
    with contextlib.nullcontext() if verbose else tempfile.TemporaryFile() as log:  # read only after a failure
        command = server.command(notebook, verbose, spare)
        # The server ends when this process, however it ends, no longer holds the server's standard input.
        served = server.environment(data, folders=folder or (), guests=pages if guest else 0)
        environment = {**served, "SDA_ENDS_WITH_INPUT": "1"}
        page = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log)
        try:
            _wait_for(page, server, log)
            print(server.address if terminal.quiet.get() else f"The workbench is at {server.address}", flush=True)
            terminal.print_note("Ctrl-C ends it.")
            if browser:
                opened = _open(server.address)
            if page.wait():
                raise SdaError(f"The workbench's server ended with code {page.returncode}.{_end_of(log)}")
        except KeyboardInterrupt:
            pass
        finally:
            page.terminate()
            page.wait()
            if opened is not None:
                shutil.rmtree(opened.parent, ignore_errors=True)


def notebook(
    destination: Annotated[Path, typer.Argument(help="A folder, or a file NAME.ipynb.")] = Path("."),
    path: Annotated[bool, flag("Print the installed notebook's path, copy nothing.", "--path")] = False,
    force: Annotated[bool, flag("Replace a different file.")] = False,
) -> None:
    """Copy the workbench notebook here, for JupyterLab; `voila "$(sda notebook --path)"` serves the installed one."""
    source = _page().notebook()
    if path:
        return print(source)
    named = destination.suffix == ".ipynb" and not destination.is_dir()
    target = destination if named else destination / source.name
    if target.exists() and target.read_bytes() != source.read_bytes() and not force:
        raise SdaError(f"{target} exists and differs; give another name, or --force to replace it.")
    if not (target.exists() and target.samefile(source)):
        write_atomically(target, source.read_bytes())
    print(target)


def work(run: Path) -> None:
    """Carry out a run that `manage.start` has prepared."""
    from sda_lib.runs import worker

    worker.run_worker(run)


def _page() -> ModuleType:
    """Import the module `sda_widgets.serve` by name: the page is optional and installed beside the library."""
    return importlib.import_module("sda_widgets.serve")


def _complete_page() -> ModuleType:
    """Return `_page`. Raises SdaError where a package that the page needs, or one of its files, is missing."""
    absent = next((name for name in doctor.PAGE if importlib.util.find_spec(name) is None), None)
    if absent:
        raise SdaError(f"The workbench needs {absent}, which is not installed; {faults.install('voila')} installs it.")
    importlib.import_module("voila")
    page = _page()
    if file := page.missing():
        raise SdaError(f"{file} is missing; {doctor.AGAIN}.")
    return page


def _port(ip: str, wanted: int) -> int:
    """Return the wanted port, or a free one for 0. Raises SdaError when the port or the address can't be used."""
    with socket.socket(socket.AF_INET6 if ":" in ip else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ip, wanted))
        except OSError as error:
            remedy = "leave out --port to get a free one" if wanted else "leave out --ip to serve this machine only"
            name = f"Port {wanted}" if wanted else ip
            raise SdaError(f"{name} can't be used ({error.strerror}); {remedy}.") from error
        return probe.getsockname()[1]


def _end_of(log: IO[bytes] | None, lines: int = 20) -> str:
    """Print the end of the server's log; return a sentence that refers to it."""
    if log is None:
        return ""
    log.seek(0)
    end = log.read().decode(errors="replace").splitlines()[-lines:]
    print(*end, sep="\n", file=sys.stderr)
    return " Its last lines are above; --verbose shows all."


def _wait_for(page: subprocess.Popen[bytes], server: Any, log: IO[bytes] | None) -> None:
    """Return when the page's server answers. Raises SdaError when it ended instead."""
    while page.poll() is None:
        if server.answers():
            return
        time.sleep(0.1)
    raise SdaError(f"The workbench could not be served on port {server.port}.{_end_of(log)}")


def _open(address: str) -> Path | None:
    """Open the address in a browser if there is a display; a text browser would take over the terminal.

    The browser gets a file that leads to the address, since its command line can be read. Returns that file, or None.
    """
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")
    if sys.platform not in ("darwin", "win32") and not any(os.environ.get(name) for name in screens):
        return None
    file = access.opening_file(address)
    threading.Thread(target=webbrowser.open, args=[file.as_uri()], daemon=True).start()
    return file

"""Served pages and a browser. Every page fails its test when it asks another server for anything or logs an error."""

import contextlib
import dataclasses
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from sda_widgets import serve

sys.path.insert(0, str(Path(__file__).parent))  # `frame_acts.py`, which the tests share, becomes importable

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",  # a microphone that beeps
]  # fmt: skip
TOKEN = "a-token-for-tests"
HOSTILE = "<img src=x onerror=window.hacked=1>"
KEEP_TAKES = """
window.takes = [];
document.addEventListener("sda:take", (event) => window.takes.push([event.detail.name, event.detail.pcm.slice()]));
"""
LAB_READY = """() => {
  const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""
"""What is run before that is never answered, though the notebook says that it is idle."""
PATIENCE = 180_000
"""Milliseconds that a page may take; a slow machine is no failure."""
LARGEST_PAGE = 5_000_000
"""Most bytes of a notebook's static page."""
expect.set_options(timeout=PATIENCE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=5)
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
    return True


def served(data, demo, log, **variables):
    """Serve the workbench on these folders; yields its address without the token. Pages begin anew by default."""
    port = free_port()
    server = serve.Server(port, TOKEN)
    return running(
        server.command(spare=False), {**server.environment(data, demo), "SDA_FRESH": "1", **variables}, port, log
    )


@contextlib.contextmanager
def running(command, environment, port, log):
    """A server of pages as long as it is needed; yields its address."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        end = time.monotonic() + 90
        while not answers(f"http://127.0.0.1:{port}/"):
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def studio_folders(tiny_corpus, tiny_model_path, tmp_path_factory):
    """(data, demo) with two models: a tiny one, and the same under a hostile name (older, so not opened by itself)."""
    from sda_lib.model.model import SdaModel

    folder = tmp_path_factory.mktemp("studio")
    (folder / "data/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, folder / "data/models/tiny.sda")
    model = SdaModel.load(tiny_model_path)
    header = {**model.header, "name": HOSTILE, "created": "2001-01-01T00:00:00"}
    dataclasses.replace(model, header=header).save(folder / "data/models/hostile.sda")
    demo = shutil.copytree(tiny_corpus, folder / "demo")
    shutil.copy(demo / "pluck.wav", demo / f"{HOSTILE}.wav")
    return folder / "data", demo


@pytest.fixture(scope="session")
def studio(studio_folders):
    """The address of a workbench on these folders."""
    with served(*studio_folders, studio_folders[0].with_name("log.txt")) as address:
        yield address


@pytest.fixture(scope="session")
def bare_studio(tiny_corpus, tmp_path_factory):
    """The address of a workbench without any model."""
    folder = tmp_path_factory.mktemp("bare")
    with served(folder / "data", tiny_corpus, folder / "log.txt") as address:
        yield address


@pytest.fixture
def training_studio(tiny_corpus, tmp_path):
    """The address of a workbench without a model, with a second folder of sounds in its data."""
    shutil.copytree(tiny_corpus, tmp_path / "data/birds")
    shutil.copy(tiny_corpus / "pluck.wav", tmp_path / "data/birds/zz.wav")
    (tmp_path / f"data/birds/{HOSTILE}.wav").write_bytes(b"no sound")
    with served(tmp_path / "data", tiny_corpus, tmp_path / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def slider_studio(slider_model_path, tiny_corpus, tmp_path_factory):
    """The address of a workbench whose one model has sliders."""
    folder = tmp_path_factory.mktemp("slider_studio")
    (folder / "data/models").mkdir(parents=True)
    shutil.copy(slider_model_path, folder / "data/models/some.sda")
    with served(folder / "data", tiny_corpus, folder / "log.txt") as address:
        yield address


@pytest.fixture(scope="session")
def lab_server(studio_folders, tmp_path_factory):
    """(address, folder) of a JupyterLab that shows the notebooks of the folder."""
    folder, (data, demo), port = tmp_path_factory.mktemp("lab"), studio_folders, free_port()
    command = [
        sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", f"--port={port}", "--ip=127.0.0.1",
        f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}", "--LabApp.news_url=None",
        "--expose-app-in-browser", "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    settings = {
        f"JUPYTER{name}_DIR": str(folder / name.lower())
        for name in ("_CONFIG", "_DATA", "_RUNTIME", "LAB_SETTINGS", "LAB_WORKSPACES")
    }
    environment = {**serve.environment(data, demo), **settings, "SDA_FRESH": "1"}
    with running(command, environment, port, folder / "log.txt") as address:
        yield address, folder


@pytest.fixture(scope="session")
def lab(lab_server):
    """A function that opens a notebook in JupyterLab, that of the workbench if none is given, runs it, and waits for
    what it `shows`."""
    address, folder = lab_server

    def run(page, notebook=None, shows=".sda-app"):
        source = notebook or serve.notebook()
        shutil.copy(source, folder)
        # Without a reset, notebooks of other tests open beside it, hidden.
        page.goto(f"{address}/lab/tree/{source.name}?reset&token={TOKEN}")
        page.wait_for_selector(".jp-NotebookPanel .jp-Cell")
        page.wait_for_function(LAB_READY)
        page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        page.wait_for_selector(shows)

    return run


@pytest.fixture(params=["voila", pytest.param("lab", marks=pytest.mark.long)])
def either(request):
    """A function that opens the workbench on a page, in Voila and in JupyterLab. Named before `page` it outlives it."""
    if request.param == "lab":
        return request.getfixturevalue("lab")
    studio = request.getfixturevalue("studio")
    return lambda page: page.goto(f"{studio}/?token={TOKEN}")


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        # None is the browser that `playwright install chromium` brings.
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """A page that keeps every take's bytes in `window.takes`."""
    context = chromium.new_context(viewport={"width": 1400, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    foreign, errors = [], []
    local = ("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")
    page.on("request", lambda request: None if request.url.startswith(local) else foreign.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script(KEEP_TAKES)
    yield page
    context.close()
    assert foreign == []
    assert errors == []


@pytest.fixture
def quiet_page(chromium):
    """A function that opens a static page of at most LARGEST_PAGE bytes, which requests nothing and logs nothing."""
    page = chromium.new_page()
    requests, errors = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)

    def quiet_page(path):
        assert path.stat().st_size <= LARGEST_PAGE
        page.goto(path.as_uri())
        assert [url for url in requests if not url.startswith(("data:", path.as_uri()))] == []
        assert errors == []
        return page

    yield quiet_page
    page.close()


@pytest.fixture
def open_page(page):
    """A function that opens the workbench at an address."""

    def open_page(address, page=page):
        page.goto(f"{address}/?token={TOKEN}")
        page.wait_for_selector(".sda-app")

    return open_page


@pytest.fixture(scope="session")
def serving():
    """A function that serves the workbench on folders of one's own: `served`."""
    return served


@pytest.fixture
def own_server(tmp_path):
    """A function that runs a server on a free port, from a function of the port to its command; returns its address.

    Named before `page` it outlives it.
    """
    with contextlib.ExitStack() as stack:

        def own_server(command, environment):
            port = free_port()
            return stack.enter_context(running(command(port), environment, port, tmp_path / "log.txt"))

        yield own_server


@pytest.fixture
def serving_notebook(own_server, tmp_path):
    """A function that serves a notebook with Voila, in the page's own template; returns the link."""

    def serving_notebook(path):
        made = serve.Server(free_port(), TOKEN)
        address = own_server(
            lambda port: serve.Server(port, TOKEN).command(path, spare=False), made.environment(tmp_path / "data")
        )
        return f"{address}/?token={TOKEN}"

    return serving_notebook


@pytest.fixture
def hostile():
    """A model's and a file's name that would run a script if it were taken as HTML."""
    return HOSTILE

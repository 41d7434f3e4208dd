"""A page whose kernel or server is killed says so, and how to come back; nothing of it stays behind."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time

import psutil
import pytest
from frame_acts import go_to, wait_for_sound
from playwright.sync_api import expect

from sda_lib.runs import manage
from sda_widgets import serve

ENDING = 20.0
COUNT = """window.takes = []; document.addEventListener("sda:take", ({ detail }) => window.takes.push([detail.name]));
"""

MARKS = """() => {
  const nodes = [...document.querySelectorAll(".sda-app .jupyter-widgets")];
  nodes.forEach((node) => node.classList.add("jupyter-widgets-disconnected"));
  return [nodes.length, ...new Set(nodes.map((node) => getComputedStyle(node, "::before").content))];
}"""
"""How many widgets there are, and the marks of a broken link that they have once their kernel is lost to them."""


@pytest.fixture
def data(tiny_model_path, tiny_corpus, tmp_path):
    """A data folder with a model and sounds."""
    (tmp_path / "data/models").mkdir(parents=True)
    shutil.copy(tiny_model_path, tmp_path / "data/models/tiny.sda")
    shutil.copytree(tiny_corpus, tmp_path / "data/demo")
    return tmp_path / "data"


@pytest.fixture
def command(data, request):
    """`sda studio` on this folder, without a spare process unless a test asks for one: its process and its link."""
    spare = getattr(request, "param", "--no-spare")
    words = [sys.executable, "-m", "sda_lib", "studio", "--no-browser", spare, "--data", str(data)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    yield process, re.findall(r"http\S+", process.stdout.readline())[0]
    process.terminate()
    process.communicate()


@pytest.fixture
def left(chromium):
    """A page that is left by its server, of which the browser's console tells."""
    context = chromium.new_context()
    page = context.new_page()
    page.set_default_timeout(180_000)
    page.add_init_script(COUNT)
    yield page
    context.close()


def kernels(process):
    below = psutil.Process(process.pid).children(recursive=True)
    return [one for one in below if "ipykernel_launcher" in " ".join(one.cmdline())]


def gone(processes):
    """Wait until processes have ended; return whether they have."""
    return not psutil.wait_procs(processes, ENDING)[1]


def opened(page, link):
    page.goto(link)
    wait_for_sound(page)
    page.wait_for_function("window.takes.length >= 2")


def test_a_killed_kernel_is_said_and_a_reload_comes_back(command, page):
    process, link = command
    opened(page, link)
    (kernel,) = kernels(process)
    kernel.kill()
    said = page.locator(".sda-kernel-watch")
    expect(said).to_contain_text("The process behind this page has ended")
    expect(said).to_contain_text("Reload the page to go on where you were.")
    count, *marks = page.evaluate(MARKS)
    assert (count > 10, marks) == (True, ["none"])
    assert kernels(process) == []  # no second one, which would know nothing of the page
    said.get_by_role("button", name="Reload the page").click()
    page.wait_for_function("window.takes.length >= 2")
    expect(page.locator(".sda-kernel-watch")).to_be_hidden()
    assert len(kernels(process)) == 1


@pytest.mark.long
def test_a_killed_studio_takes_all_along_but_a_training(command, left, data):
    process, link = command
    page = left
    opened(page, link)
    go_to(page, "Learn")
    page.locator(".sda-train-form .widget-text", has_text="Minutes").locator("input").fill("5")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Train", exact=True).click()
    expect(page.locator(".sda-place-learn .sda-chip").first).to_have_text("running")
    (run,) = manage.list_runs(data / "runs")
    served = psutil.Process(process.pid).children()
    below = [*served, *kernels(process)]
    assert len(below) == 2
    process.send_signal(signal.SIGKILL)
    assert gone(below)
    try:
        said = page.locator(".sda-kernel-watch")
        expect(said).to_contain_text("SDA can't be reached")
        assert run.alive
    finally:
        manage.stop(run)
        end = time.monotonic() + 60
        while run.alive and time.monotonic() < end:
            time.sleep(0.2)


@pytest.mark.long
def test_a_killed_server_takes_its_kernels_along(command, left):
    process, link = command
    opened(left, link)
    (server,) = psutil.Process(process.pid).children()
    below = kernels(process)
    os.kill(server.pid, signal.SIGKILL)
    assert gone(below)
    assert process.wait(ENDING) != 0


def test_closed_and_reloaded_pages_leave_no_kernel(command, page):
    process, link = command
    opened(page, link)
    first = kernels(process)
    page.reload()
    page.wait_for_function("window.takes.length >= 2")
    assert gone(first)
    page.close(run_before_unload=True)
    assert gone(kernels(process))


@pytest.mark.long
@pytest.mark.parametrize("command", ["--spare"], indirect=True)
def test_a_page_takes_the_spare_kernel_and_leaves_none_of_its_own(command, page):
    process, link = command
    (spare,) = until(lambda: kernels(process))
    opened(page, link)
    assert spare in kernels(process)
    page.close(run_before_unload=True)
    assert gone([spare])


def until(found):
    """Wait until a function finds something; return it."""
    end = time.monotonic() + 60
    while not (value := found()) and time.monotonic() < end:
        time.sleep(0.1)
    return value


def begin(port, data):
    """A server of the workbench on a port of its own; it answers."""
    made = serve.Server(port, "a-token-for-tests")
    environment = {**made.environment(data, data / "demo"), "SDA_FRESH": "1"}
    process = subprocess.Popen(
        made.command(spare=False), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    end = time.monotonic() + 180
    while not made.answers():
        assert time.monotonic() < end
        time.sleep(0.1)
    return process, made.address


def test_a_lost_server_is_looked_for_and_one_button_comes_back(data, left):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process, link = begin(port, data)
    try:
        left.goto(link)
        left.wait_for_function("window.takes.length >= 2")
        process.terminate()
        process.wait(ENDING)
        said = left.locator(".sda-kernel-watch")
        expect(said).to_contain_text("SDA can't be reached")
        button = said.get_by_role("button", name="Reload the page")
        expect(said.get_by_role("button")).to_have_count(1)
        button.click()
        expect(said).to_contain_text("SDA still can't be reached")  # and not the browser's own error
        process, _ = begin(port, data)
        expect(said).to_contain_text("Reload the page to go on where you were.")
        button.click()
        left.wait_for_function("window.takes.length >= 2")
        expect(left.locator(".sda-kernel-watch")).to_be_hidden()
    finally:
        process.terminate()
        process.wait(ENDING)

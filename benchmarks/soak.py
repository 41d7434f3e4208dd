"""Random acts on several pages at once, as long as wished: nothing may grow, stay behind, fail or go unanswered.

    python benchmarks/soak.py --minutes 10 --pages 5 --model data/models/demo.sda
    python benchmarks/soak.py --minutes 120 --pages 2 --pause 10 --memory memory.csv --model data/models/demo.sda

`sda studio` serves the workbench in a data folder of its own; each page is opened in headless Chromium and acts at
random (`soak_acts.py`), one page after the other, with a pause after each act; the first page is never reloaded.
Memory is the proportional set size of the server and of each kernel, read every ten seconds. Fails where anything is
not as it should be.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from playwright.sync_api import Browser, Page, sync_playwright
from report import table, write_section
from soak_acts import ACTS, COUNTING, PATIENCE, NotPossibleError, User, ready, reload
from workbench_page import ARGUMENTS

from sda_lib.runs import manage
from sda_lib.runs.run import Run

RELIABILITY = Path(__file__).parents[1] / "docs" / "RELIABILITY.md"
# Seconds between two measurements of memory, and at the beginning of a process that are not counted.
EVERY, WARMING = 10.0, 120.0
# Seconds in which everything ends that has to.
ENDING = 60.0
MEGABYTE = 1e6
# How many sounds can be opened and are trained on.
SOUNDS = 8


@dataclass
class Soak:
    """What happened: how often each act was done and how long it took, what went wrong, and memory over time."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    unanswered: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    memory: dict[tuple[str, int], list[tuple[float, float]]] = field(default_factory=dict)
    kernels: int = 0
    left: Counter[str] = field(default_factory=Counter)
    trainings: int = 0

    @property
    def problems(self) -> list[str]:
        """Everything that must not happen, in words."""
        return [*self.unanswered, *self.console, *(f"left behind: {count} {what}" for what, count in self.left.items())]


def soak(minutes: float, pages: int, pause: float, model: Path, sounds: Path, seed: int) -> Soak:
    """Act for some minutes on as many pages, on a copy of a model and with a folder of sounds to open."""
    found, chance = Soak(), random.Random(seed)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder) / "data"
        (data / "models").mkdir(parents=True)
        shutil.copy(model, data / "models")
        (data / "demo").mkdir()
        for sound in sound_files(sounds)[:SOUNDS]:
            shutil.copy(sound, data / "demo")
        with studio(data, found) as (link, process):
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
            users = [User(opened(browser, link, found), chance, sound_files(sounds)[0]) for _ in range(pages)]
            act_for(60 * minutes, pause, users, process, found)
            for user in users:
                user.page.close(run_before_unload=True)
            wait_until(lambda: not kernels(process) and not training(data))
            found.left["kernels after their pages"] = len(kernels(process))
            browser.close()
        found.left["faults in the log"] = faults(data)
        found.left["runs without a process"] = strayed(data)
        found.trainings = len(manage.list_runs(data / "runs"))
    found.left = +found.left
    return found


def opened(browser: Browser, link: str, found: Soak) -> Page:
    """Open the workbench in a window of its own, which notes what its console says of errors."""
    # A page of `browser.new_page` ends with its context, before it can tell the server that it closes.
    page = browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
    page.on("console", lambda one: found.console.append(f"console: {one.text}") if one.type == "error" else None)
    page.on("pageerror", lambda error: found.console.append(f"error on the page: {error}"))
    page.add_init_script(COUNTING)
    page.set_default_timeout(PATIENCE)
    page.goto(link)
    ready(page)
    return page


def act_for(seconds: float, pause: float, users: list[User], process: psutil.Process, found: Soak) -> None:
    """Let one user after the other do something, with a pause of some seconds, and measure memory meanwhile."""
    begin, over = time.monotonic(), threading.Event()

    def keep_measuring() -> None:
        while not over.wait(EVERY):
            measure(process, time.monotonic() - begin, found)

    measuring = threading.Thread(target=keep_measuring)
    measuring.start()
    while time.monotonic() - begin < seconds:
        number = users[0].random.randrange(len(users))
        act = users[0].random.choices(list(ACTS), list(ACTS.values()))[0]
        if act is not reload or number:
            do(act, users[number], number, process, found)
            users[number].page.wait_for_timeout(1000 * pause)
    over.set()
    measuring.join()


def do(act: Callable[[User], None], user: User, number: int, server: psutil.Process, found: Soak) -> None:
    """Do something on a page, and note how long it took or that it was not answered."""
    try:
        user.settle()
        start = time.monotonic()
        act(user)
    except NotPossibleError:
        return
    except Exception as error:
        if not server.is_running():
            raise SystemExit("sda studio has ended by itself.") from error
        said = f"the page says {user.page.locator('.sda-notice').all_inner_texts()!r}"
        found.unanswered.append(f"{act.__name__} on page {number}: {str(error).splitlines()[0]}; {said}")
        print(found.unanswered[-1], flush=True)
        user.page.screenshot(path=Path(tempfile.gettempdir()) / f"soak-{len(found.unanswered)}.png")
        user.page.reload()
        ready(user.page)
        return
    found.seconds.setdefault(act.__name__, []).append(time.monotonic() - start)


def kernels(process: psutil.Process) -> list[psutil.Process]:
    """Return the kernels below `sda studio`."""
    below: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        below = process.children(recursive=True)
    return [one for one in below if is_kernel(one)]


def is_kernel(process: psutil.Process) -> bool:
    """Return whether a process is a kernel; one that has just ended is none."""
    try:
        return "ipykernel_launcher" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return False


def measure(process: psutil.Process, now: float, found: Soak) -> None:
    """Note the memory of the server and of each kernel in megabytes."""
    alive = kernels(process)
    found.kernels = max(found.kernels, len(alive))
    servers: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        servers = [one for one in process.children() if one not in alive]
    for kind, processes in (("server", servers), ("kernel", alive)):
        for one in processes:
            with contextlib.suppress(psutil.Error):
                size = one.memory_full_info().pss / MEGABYTE
                found.memory.setdefault((kind, one.pid), []).append((now, size))


def slope(series: list[tuple[float, float]]) -> float | None:
    """Return by how many megabytes a minute a process grows after its first minutes; None for a short one."""
    times, sizes = np.array(series).T
    late = times >= times[0] + WARMING
    if late.sum() < 6:
        return None
    return float(np.polyfit(times[late] / 60, sizes[late], 1)[0])


def quarters(count: int) -> np.ndarray:
    """Return the numbers of the first and the last of `count` measurements, and of three between."""
    return np.linspace(0, count - 1, 5).round().astype(int)


def write_memory(found: Soak, path: Path) -> None:
    """Write every measurement of memory as a line: process, its number, seconds from the begin, megabytes."""
    found_of = found.memory.items()
    lines = [f"{kind},{pid},{now:.0f},{size:.1f}" for (kind, pid), series in found_of for now, size in series]
    path.write_text("\n".join(["process,pid,seconds,megabytes", *lines]) + "\n")


@contextlib.contextmanager
def studio(data: Path, found: Soak) -> Iterator[tuple[str, psutil.Process]]:
    """Run `sda studio`; yield its link and its process. Its server has to end with it, killed or not."""
    command = [sys.executable, "-m", "sda_lib", "studio", "--no-browser", "--data", str(data)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    link = re.findall(r"http\S+", process.stdout.readline())[0]
    watched = psutil.Process(process.pid)
    try:
        yield link, watched
    finally:
        below = watched.children(recursive=True)
        process.send_signal(signal.SIGKILL)
        process.wait()
        wait_until(lambda: not any(one.is_running() for one in below))
        found.left["processes after sda studio was killed"] = sum(one.is_running() for one in below)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until something holds, at most ENDING seconds."""
    end = time.monotonic() + ENDING
    while not holds() and time.monotonic() < end:
        time.sleep(0.2)


def faults(data: Path) -> int:
    """Return the number of unforeseen errors that were logged."""
    logs = list(data.glob("errors*.log"))
    return sum(log.read_text().count("Traceback") for log in logs)


def strayed(data: Path) -> int:
    """Return the number of runs that neither run nor ended in order."""
    return sum(run.state in ("died", "failed") for run in manage.list_runs(data / "runs"))


def training(data: Path) -> list[Run]:
    """Return the runs that are under way."""
    return [run for run in manage.list_runs(data / "runs") if run.alive]


def sound_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in (".wav", ".flac"))


def rows(found: Soak) -> list[list[object]]:
    """Return the table: what was counted, and how it came out."""
    longest = {name: max(times) for name, times in found.seconds.items()}
    slopes = {key: rate for key, series in found.memory.items() if (rate := slope(series)) is not None}
    lines: list[list[object]] = [
        ["acts answered", sum(map(len, found.seconds.values()))],
        ["acts not answered", len(found.unanswered)],
        ["slowest act", "{}, {:.1f} s".format(*max(longest.items(), key=lambda one: one[1]))],
        ["errors in the console", len(found.console)],
        ["most kernels at once, trainings", f"{found.kernels}, {found.trainings}"],
        ["left behind", ", ".join(f"{count} {what}" for what, count in found.left.items()) or "nothing"],
    ]
    for (kind, pid), series in found.memory.items():
        if (kind, pid) in slopes:
            sizes = [size for _, size in series]
            course = " → ".join(f"{size:.0f}" for size in np.array(sizes)[quarters(len(sizes))])
            words = f"{course} MB, at most {max(sizes):.0f}; {slopes[kind, pid]:+.2f} MB/min"
            lines.append([f"memory of a {kind} over {(series[-1][0] - series[0][0]) / 60:.1f} min", words])
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--pages", type=int, default=5)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between two acts")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sounds", type=Path, default=Path(__file__).parents[1] / "data" / "demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--memory", type=Path, help="write the memory of every process over time to this CSV file")
    parser.add_argument("--write", action="store_true", help="write the table to docs/RELIABILITY.md")
    given = parser.parse_args()
    found = soak(given.minutes, given.pages, given.pause, given.model, given.sounds, given.seed)
    text = table(["", ""], rows(found))
    print(text, *found.problems, sep="\n")
    for name, times in sorted(found.seconds.items()):
        print(f"{name}: {len(times)} times, median {np.median(times):.2f} s, at most {max(times):.1f} s")
    if given.memory:
        write_memory(found, given.memory)
    if given.write:
        title = f"The page: {given.pages} pages, {given.minutes:g} minutes of random acts"
        write_section("soak", title, text, RELIABILITY)
    if found.problems:
        sys.exit(1)


if __name__ == "__main__":
    main()

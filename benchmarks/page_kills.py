"""Sounds made by random acts, and SIGKILL of the kernel, the server or `sda studio` at random moments: what is kept?

    python benchmarks/page_kills.py --sounds 200 --kills 20 --model data/models/demo.sda

The page is opened in headless Chromium and acts at random (`soak_acts.py`), and notes the samples of every sound that
it plays. Between two acts, or while one is under way, a process is killed, and the page is opened again. Then every
sound older than two seconds must be in the history, and its recipe must make the same samples; the page must come back
with the sound that it had. A slider pose counts once it has been held for a second. Fails where that is not so.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Locator, Page, sync_playwright
from report import table, write_section
from soak import RELIABILITY, Soak, faults, kernels, sound_files, studio
from soak_acts import (
    COUNTING,
    PATIENCE,
    NotPossibleError,
    User,
    move_slider,
    need,
    new_sound,
    open_example,
    randomize,
    ready,
    redo,
    undo,
    upload,
)
from workbench_page import ARGUMENTS

from sda_lib.history.recipe import render
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.model.model import SdaModel
from sda_widgets.listen.pcm import pcm16

# Keeps the time and the digest of every sound that the page plays.
NOTING = """
window.played = [];
document.addEventListener("sda:take", async ({ detail }) => {
  if (detail.name !== "Edited") return;
  const sound = { at: Date.now() / 1000, scale: detail.scale };
  window.played.push(sound);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", detail.pcm.slice()));
  sound.digest = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
});
"""
# Seconds after which a sound must be kept, for which a pose must be held, and by which clocks of both sides may differ.
OLD, HELD, LATE = 2.0, 1.0, 0.3
# Longest pause between two acts, and the longest time until a kill once its act has begun, in seconds.
PAUSE, MOMENT = 1.5, 3.0
VICTIMS = ("kernel", "server", "sda studio")


def row_of(user: User) -> Locator:
    """Return the words of one of the sounds that the history lists."""
    dock = user.page.locator(".sda-dock-toggle")
    if dock.get_attribute("aria-expanded") == "false":
        dock.click()
    rows = user.page.locator(".sda-made-row .sda-made-words")
    need(count := rows.count())
    return rows.nth(user.random.randrange(count))


def restore(user: User) -> None:
    """Restore one of the sounds that the history lists."""
    user.take(row_of(user).dblclick)


def more_like_one(user: User) -> None:
    row_of(user).click()
    user.take(user.button("More like this").click)


ACTS: dict[Callable[[User], None], float] = {
    new_sound: 4, randomize: 5, undo: 2, redo: 1, move_slider: 4, open_example: 2, upload: 1, restore: 1,
    more_like_one: 1,
}  # fmt: skip
# Acts whose sounds can be slider poses.
POSES = ("move_slider", "undo", "redo", "kill")


@dataclass(frozen=True)
class Played:
    """A sound that the page played.

    Args:
        at: when, in seconds since 1970.
        digest: digest of its samples, which are scaled by `scale`.
        act: the act that it answers.
        seconds: until the page played another one.
        is_whole: whether no other sound came before the next act: long sounds come first in a part.
    """

    at: float
    digest: str
    scale: float
    act: str
    seconds: float
    is_whole: bool

    @property
    def is_pose(self) -> bool:
        """Whether it can be a slider pose."""
        return self.act in POSES


@dataclass
class Kept:
    """What was counted."""

    acts: Counter[str] = field(default_factory=Counter)
    kills: Counter[str] = field(default_factory=Counter)
    sounds: int = 0
    due: int = 0
    young: int = 0
    resumed: int = 0
    recorded: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass
class Trial:
    """A data folder, a browser, and what is known of the sounds in the history: digests by scale."""

    data: Path
    browser: Browser
    chance: random.Random
    upload: Path
    found: Kept
    known: dict[float, set[str]] = field(default_factory=dict)
    checked: dict[float, int] = field(default_factory=dict)

    def open(self, link: str) -> User:
        """Open the page."""
        page = self.browser.new_context(viewport={"width": 1400, "height": 1000}).new_page()
        for script in (COUNTING, NOTING):
            page.add_init_script(script)
        page.set_default_timeout(PATIENCE)
        page.goto(link)
        ready(page)
        return User(page, self.chance, self.upload)


def act_until(user: User, trial: Trial, count: int) -> list[tuple[float, str]]:
    """Act until the page has made `count` sounds; return when each act began."""
    begun = [(time.time(), "open")]
    while user.page.evaluate("window.played.length") < count:
        user.settle()  # so that a sound belongs to the act before it
        act = chosen(trial)
        begun.append((time.time(), act.__name__))
        try:
            act(user)
            trial.found.acts[act.__name__] += 1
        except NotPossibleError:
            continue
        user.page.wait_for_timeout(1000 * trial.chance.uniform(0, PAUSE))
    return begun


def chosen(trial: Trial) -> Callable[[User], None]:
    return trial.chance.choices(list(ACTS), list(ACTS.values()))[0]


def kill(user: User, trial: Trial, studio_process: psutil.Process, victim: str) -> float:
    """Begin another sound, kill a process at a random moment after that, and return when."""
    if trial.chance.random() < 0.7:
        user.button(trial.chance.choice(["Next seed", "Randomize", "Generate"])).click()
    user.page.wait_for_timeout(1000 * trial.chance.uniform(0, MOMENT))
    alive = kernels(studio_process)
    servers = [one for one in studio_process.children() if one not in alive]
    for process in {"kernel": alive, "server": servers, "sda studio": [studio_process]}[victim]:
        os.kill(process.pid, signal.SIGKILL)
    trial.found.kills[victim] += 1
    return time.time()


def played_by(page: Page, begun: list[tuple[float, str]], killed: float) -> list[Played]:
    """Return the sounds that a page has played since it was opened."""
    page.wait_for_function("window.played.every((sound) => sound.digest)")
    sounds = page.evaluate("window.played")
    ends = [*(sound["at"] for sound in sounds[1:]), killed]
    found = []
    for sound, end in zip(sounds, ends, strict=True):
        at = sound["at"]
        act = max((one for one in begun if one[0] <= at), default=begun[0])[1]
        following = min((time for time, _ in begun if time > at + LATE), default=killed)
        found.append(Played(at, sound["digest"], sound["scale"], act, end - at, end >= following))
    return found


def due(played: list[Played], killed: float) -> Iterator[Played]:
    """Yield the sounds that must be kept: whole, old enough, and poses that were held."""
    for one in played:
        if one.is_whole and killed - one.at >= OLD and one.seconds >= (HELD + LATE if one.is_pose else LATE):
            yield one


def digests(trial: Trial, models: list[SdaModel], scale: float) -> set[str]:
    """Return the digests of all sounds of the history, made from their recipes, for samples up to a scale."""
    store = HistoryStore(trial.data / "history")
    known = trial.known.setdefault(scale, set())
    for entry in store.search(Search(order="oldest", limit=1_000_000)).entries:
        if entry.number > trial.checked.get(scale, 0):
            samples = render(models[0], store.recipe(entry.number)).samples
            known.add(sha256(pcm16(samples, scale)).hexdigest())
            trial.checked[scale] = entry.number
    trial.found.recorded = max(trial.checked.values(), default=0)
    return known


def check(trial: Trial, models: list[SdaModel], played: list[Played], killed: float) -> None:
    """Note the sounds that must be kept and are not."""
    found, wanted = trial.found, list(due(played, killed))
    found.sounds += len(played)
    found.due += len(wanted)
    found.young += sum(killed - one.at < OLD for one in played)
    for one in wanted:
        if one.digest not in digests(trial, models, one.scale):
            around = [(other.act, round(killed - other.at, 2), other.digest[:6]) for other in played]
            found.problems.append(
                f"kill {found.kills.total()}: {one.act}, {killed - one.at:.1f} s old, is lost; {around}"
            )
            print(found.problems[-1], flush=True)


def check_resumed(trial: Trial, page: Page, before: list[Played], killed: float) -> None:
    """Note whether the page came back with the sound that it had, where that was old enough."""
    if not before or killed - before[-1].at < OLD:
        return
    now = played_by(page, [(0.0, "open")], time.time())
    if now and now[-1].digest == before[-1].digest:
        trial.found.resumed += 1
    else:
        trial.found.problems.append(f"kill {trial.found.kills.total()}: the page came back with another sound")
        print(trial.found.problems[-1], flush=True)


def trials(trial: Trial, models: list[SdaModel], sounds: int, kills: int) -> None:
    """Make sounds and kill processes until there are enough of both."""
    each, before, killed = -(-sounds // kills), list[Played](), 0.0
    while trial.found.kills.total() < kills:
        soak = Soak()
        with studio(trial.data, soak) as (link, process):
            user = trial.open(link)
            while True:
                check_resumed(trial, user.page, before, killed)
                victim = trial.chance.choice(VICTIMS)
                begun = act_until(user, trial, each + 1)
                begun.append((time.time(), "kill"))
                killed = kill(user, trial, process, victim)
                before = played_by(user.page, begun, killed)
                check(trial, models, before, killed)
                print(
                    f"kill {trial.found.kills.total()} of {kills} ({victim}): {trial.found.due} sounds due", flush=True
                )
                if victim != "kernel" or trial.found.kills.total() == kills:
                    break
                user.page.reload()
                ready(user.page)
            user.page.context.close()
        if soak.left["processes after sda studio was killed"]:
            trial.found.problems.append(f"{soak.left.total()} processes were left")


def rows(found: Kept) -> list[list[object]]:
    """Return the table."""
    return [
        ["acts", found.acts.total()],
        ["sounds played", found.sounds],
        ["kills", ", ".join(f"{count} of {what}" for what, count in found.kills.items())],
        ["sounds that must be kept (two seconds old, poses held for one)", found.due],
        ["of these lost, or made again with other samples", sum("is lost" in one for one in found.problems)],
        ["pages that came back with the sound they had", found.resumed],
        ["other problems", sum("is lost" not in one for one in found.problems)],
        ["entries of the history at the end", found.recorded],
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sounds", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--sources", type=Path, default=Path(__file__).parents[1] / "data" / "demo")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help="write the table to docs/RELIABILITY.md")
    given = parser.parse_args()
    found, files = Kept(), sound_files(given.sources)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        data = Path(folder) / "data"
        (data / "models").mkdir(parents=True)
        (data / "demo").mkdir()
        shutil.copy(given.model, data / "models")
        for sound in files[:8]:
            shutil.copy(sound, data / "demo")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        trial = Trial(data, browser, random.Random(given.seed), files[0], found)
        trials(trial, [SdaModel.load(given.model)], given.sounds, given.kills)
        browser.close()
        if logged := faults(data):
            found.problems.append(f"{logged} faults in the log")
    text = table(["", ""], rows(found))
    print(text, *found.problems, sep="\n")
    if given.write:
        write_section("page kills", f"The page: {given.kills} kills while sounds are made", text, RELIABILITY)
    if found.problems:
        sys.exit(1)


if __name__ == "__main__":
    main()

"""What SDA takes of a computer, and what that makes of 8 GPUs, 1,000 workers and 1,000 users: docs/SCALING.md.

    OMP_NUM_THREADS=1 python benchmarks/scaling.py [--model MODEL] [--figures FILE] [--write]

Some constants are measured here, in processes of their own and on one thread; others are read from the tables of
docs/BENCHMARKS.md, which their own scripts write. The arithmetic is done with both. --write replaces the parts of
docs/SCALING.md between its marks.
"""

from __future__ import annotations

import argparse
import functools
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
from figures import Figures
from report import REPORT, table, write_section

from sda_lib.history.size_limit import LARGEST

ROOT = Path(__file__).parents[1]
SCALING, DEMO = ROOT / "docs/SCALING.md", ROOT / "data/demo"
SECONDS, SOUNDS = 4.0, 12
# What is assumed, as it depends on the installation and not on SDA.
WORKERS, MILLION, USERS, GPUS = 1_000, 1_000_000, 1_000, 8
ACTIVE, ACT_EVERY, LINK = 0.1, 10.0, 10e9  # share of users that act at a time, seconds between acts, bits per second
TRAINED_SECONDS = 120.0
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Constants:
    """What was measured; times in seconds, sizes in bytes.

    `start` is of a process until the model plays, `alone` and `shared` are its memory: what is its own, and its part of
    all memory if two processes have the model open. `sound` and `flac` are of a sound of SECONDS. `fit`, `check` and
    `step` are of a training, `half_step` with half the batch, `gradients` what the processes exchange at a step.
    """

    start: float
    own: float
    proportional: float
    model: float
    sound: float
    flac: float
    fit: float
    check: float
    step: float
    half_step: float
    gradients: float


def own_memory(model: Path) -> None:
    """Load a model as a worker does, say what processor time it took, and wait for the end of the standard input."""
    import sda_lib

    loaded = sda_lib.SdaModel.load(model)
    loaded.generate(seconds=SECONDS, seed=0)
    print(time.process_time(), flush=True)
    sys.stdin.read()


def measure_start(model: Path) -> tuple[float, float, float]:
    """Return processor time until a first sound, own and proportional bytes: means of two such processes."""
    command = [sys.executable, __file__, "--load", str(model)]
    both: list[subprocess.Popen[str]] = []
    seconds = []
    for _ in range(2):
        both.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        seconds.append(float(both[-1].stdout.readline()) if both[-1].stdout else 0.0)
    sizes = [psutil.Process(one.pid).memory_full_info() for one in both]
    for one in both:
        one.communicate()
    means = [statistics.mean(some) for some in (seconds, [one.uss for one in sizes], [one.pss for one in sizes])]
    return means[0], means[1], means[2]


def processor_seconds(act: Callable[[int], object], times: int) -> float:
    """Return the median processor time of an act, after one that is not counted."""
    act(0)
    found = []
    for number in range(times):
        began = time.process_time()
        act(number + 1)
        found.append(time.process_time() - began)
    return statistics.median(found)


def measure_sounds(model: Path) -> tuple[float, float]:
    """Return the processor time and the bytes of a sound that is generated and written as FLAC."""
    import sda_lib

    loaded = sda_lib.SdaModel.load(model)
    with tempfile.TemporaryDirectory() as folder:
        spent = processor_seconds(
            lambda seed: loaded.generate(seconds=SECONDS, seed=seed).save(Path(folder, f"{seed}.flac")), SOUNDS
        )
        sizes = [path.stat().st_size for path in Path(folder).glob("*.flac")]
    return spent, statistics.mean(sizes)


def measure_training() -> dict[str, float]:
    """Return processor times of the parts of a training on the demo sounds, and the bytes of its gradients."""
    import torch

    import sda_lib
    from sda_lib.training.optimize import take_step
    from sda_lib.training.setup import TrainingSetup
    from sda_lib.training.state import TrainerState

    torch.set_num_threads(1)
    corpus = sda_lib.Corpus.from_folder(DEMO)
    setup = TrainingSetup.from_corpus(corpus, sda_lib.Recipe.for_corpus(corpus), "scaling")
    began = time.process_time()
    choice = setup.choose()
    setup = setup.by(choice.chosen)
    setup.fit(choice.chosen)
    fit = time.process_time() - began

    def check(_: int) -> None:
        setup.snapshot().measure()

    def steps(batch: int) -> float:
        train = setup.with_recipe(setup.recipe.override(train__batch=batch)).recipe.train
        state, segments = TrainerState(setup.codec, train), setup.segments()
        return processor_seconds(lambda number: take_step(segments, train, state, number / 1000), 20)

    batch = setup.recipe.train.batch
    weights = sum(one.nbytes for one in TrainerState(setup.codec, setup.recipe.train).weights)
    return {
        "fit": fit,
        "check": processor_seconds(check, 1),
        "step": steps(batch),
        "half_step": steps(batch // 2),
        "gradients": weights,
    }


def measured(model: Callable[[], Path], figures: Figures) -> Constants:
    """Measure all constants that are not known yet."""
    start, own, proportional = figures.of("start", lambda: measure_start(model()))
    sound, flac = figures.of("sounds", lambda: measure_sounds(model()))
    size = figures.of("model", lambda: model().stat().st_size)
    return Constants(start, own, proportional, size, sound, flac, **figures.of("training", measure_training))


def section_text(name: str) -> str:
    """Return the text of a section of docs/BENCHMARKS.md; empty if it is not there."""
    found = re.search(rf"<!-- begin {name} -->(.*?)<!-- end {name} -->", REPORT.read_text(), re.DOTALL)
    return found[1] if found else ""


def section(name: str) -> list[dict[str, str]]:
    """Return the rows of all tables of a section of docs/BENCHMARKS.md."""
    rows: list[dict[str, str]] = []
    header: list[str] | None = None
    for line in section_text(name).splitlines():
        if not line.startswith("|"):
            header = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if header is None:
            header = cells
        elif not set(line) <= set("| -"):
            rows.append(dict(zip(header, cells, strict=False)))
    return rows


def number(text: str) -> float:
    """Return the first number of a cell."""
    found = re.search(r"\d[\d.]*", text.replace(",", ""))
    return float(found[0]) if found else float("nan")


def page_memory() -> float:
    """Return the bytes of a page's kernel after use: the median of the table's last measurement."""
    rows = [row for row in section("pages-at-once") if "MB after" in row]
    return 1e6 * statistics.median(number(row["MB after"]) for row in rows[-5:])


def page_act() -> float:
    """Return the seconds of an act on a page: the median of its edits."""
    return statistics.median(number(row["edit, median"]) for row in section("pages-at-once")[-5:]) / 1000


def page_opening() -> tuple[float, float, float]:
    """Return seconds until a page can be edited, its megabytes, and the share of a core that it takes at rest."""
    rows = section("page-load")
    cold = next(row for row in rows if row.get("cache") == "cold")
    rest = next(row for row in rows if "kernel" in row)
    return number(cold["grid, s"]), number(cold["MB"]), (number(rest["kernel"]) + number(rest["server"])) / 100


def size(count: float) -> str:
    """Return bytes in words."""
    for unit, one in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if count >= one:
            return f"{count / one:.3g} {unit}"
    return f"{count / 1e3:.3g} kB"


def duration(seconds: float) -> str:
    """Return seconds in words."""
    for unit, one in (("days", 86400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)):
        if seconds >= one:
            return f"{seconds / one:.3g} {unit}"
    return f"{1000 * seconds:.3g} ms"


def constants_table(found: Constants) -> str:
    """Return what was measured as a table."""
    opening, loaded, resting = page_opening()
    rows = [
        ["a process until its first sound", f"{duration(found.start)} of a core", "this script"],
        ["its own memory (USS)", size(found.own), "this script"],
        ["its part of all memory (PSS), two at once", size(found.proportional), "this script"],
        ["the model's file", size(found.model), "this script"],
        [f"a sound of {SECONDS:g} s, written as FLAC", f"{duration(found.sound)} of a core", "this script"],
        ["its file", size(found.flac), "this script"],
        ["closed form of the demo sounds, with its choice", f"{duration(found.fit)} of a core", "this script"],
        ["a check of it", f"{duration(found.check)} of a core", "this script"],
        ["a step, batch of 8", f"{duration(found.step)} of a core", "this script"],
        ["a step, batch of 4", f"{duration(found.half_step)} of a core", "this script"],
        ["gradients of a step", size(found.gradients), "this script"],
        ["a page's kernel after use (PSS)", size(page_memory()), "`pages_at_once.py`"],
        ["an edit on a page until its sound", duration(page_act()), "`pages_at_once.py`"],
        ["opening a page until the grid can be edited", duration(opening), "`page_load.py`"],
        ["sent to the browser", f"{loaded:g} MB", "`page_load.py`"],
        ["a page at rest, kernel and server", f"{100 * resting:.2g} % of a core", "`page_load.py`"],
    ]
    return table(["measured", "figure", "by"], rows)


def training_table(found: Constants) -> str:
    """Return the arithmetic of a training in several processes."""
    shared = 2 * found.half_step - found.step  # what a step takes however small the share of the batch is
    per_segment = (found.step - shared) / 8
    checks = min(8, int(0.15 * TRAINED_SECONDS / found.check)) or 1
    alone = found.fit + checks * found.check
    left = TRAINED_SECONDS - alone
    rows = []
    for processes in (1, 2, 4, 8):
        step = shared + 8 / processes * per_segment
        whole = alone + left * step / found.step
        rows.append([processes, duration(step), f"{found.step / step:.2f}", f"{TRAINED_SECONDS / whole:.2f}"])
    most = TRAINED_SECONDS / alone
    note = (
        f"Computed from a core's figures, for the default batch of 8 and {duration(TRAINED_SECONDS)} with {checks}\n"
        f"checks: a step takes {duration(shared)} however small the share (drawing, optimizer, dispatch) and\n"
        f"{duration(per_segment)} a segment; {duration(alone)} of the whole are the leader's alone, so even steps\n"
        f"that take no time would make it {most:.1f} times as fast at most. A GPU's step is {NOT_MEASURED}. The\n"
        "exchange is left out: [BENCHMARKS.md](BENCHMARKS.md#training-in-several-processes) has what it takes."
    )
    return f"{table(['processes', 'a step', 'steps, times as fast', 'the training, times as fast'], rows)}\n\n{note}"


def workers_table(found: Constants) -> str:
    """Return the arithmetic of a million sounds."""
    overhead = task_overhead()
    rate = WORKERS / found.sound
    needed = "" if overhead is None else duration(MILLION * overhead)
    batch = None if overhead is None else max(1, round(overhead * rate + 0.5))
    rows = [
        [
            f"a million sounds of {SECONDS:g} s on {WORKERS:,} workers of one core",
            duration(MILLION * found.sound / WORKERS),
        ],
        ["the same on one core", duration(MILLION * found.sound)],
        ["sounds a second, all workers", f"{rate:,.0f}"],
        ["start of the workers, each on its core", duration(found.start)],
        [f"the model sent to each over one link of {LINK / 1e9:g} Gbit/s", duration(8 * WORKERS * found.model / LINK)],
        ["memory of the workers, their own", size(WORKERS * found.own)],
        ["files", size(MILLION * found.flac)],
        ["written a second", size(rate * found.flac)],
        ["scheduler, overhead of all tasks one after the other", needed or NOT_MEASURED],
        ["sounds a task, so that the scheduler keeps up", NOT_MEASURED if batch is None else str(batch)],
    ]
    return table(["computed", "figure"], rows)


def task_overhead() -> float | None:
    """Return the processor time of a task in the scheduler's process, if the section on clusters tells; else None."""
    found = re.search(r"([\d.]+) ms of them time of the processor", section_text("cluster"))
    return float(found[1]) / 1000 if found else None


def users_table(found: Constants) -> str:
    """Return the arithmetic of many users of a hub."""
    opening, loaded, resting = page_opening()
    memory, act = page_memory(), page_act()
    rows = [
        [f"memory, {USERS:,} pages", size(USERS * memory)],
        ["of that, the models' part, if each had its own copy", size(USERS * found.model)],
        ["pages on a computer of 256 GB", f"{256e9 / memory:,.0f}"],
        ["cores for pages at rest", f"{USERS * resting:.2g}"],
        [
            f"cores, where {ACTIVE:.0%} of the users act every {ACT_EVERY:g} s",
            f"{USERS * ACTIVE * act / ACT_EVERY:.2g} (at most one core for the whole time of an act)",
        ],
        ["core time to open all pages", duration(USERS * opening)],
        ["cores to open all pages within 10 minutes", f"{USERS * opening / 600:.2g}"],
        ["sent to browsers that have no cache", size(USERS * loaded * 1e6)],
        ["disk, history at its default limit", size(USERS * LARGEST)],
        ["disk, ten models each", size(USERS * 10 * found.model)],
    ]
    return table(["computed", "figure"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="default: a closed-form model of the demo sounds")
    parser.add_argument("--figures", type=Path, help="file that keeps what was measured")
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--load", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.load is not None:
        return own_memory(given.load)
    with tempfile.TemporaryDirectory() as folder:
        model = functools.cache(lambda: given.model or demo_model(Path(folder)))
        found = measured(model, Figures(given.figures))
    print(json.dumps(asdict(found), indent=1))
    parts = {
        "scaling-constants": ("What was measured", constants_table(found)),
        "scaling-gpus": ("8 GPUs, or cores", training_table(found)),
        "scaling-workers": ("1,000 workers, a million sounds", workers_table(found)),
        "scaling-users": ("1,000 users of a JupyterHub", users_table(found)),
    }
    for name, (title, text) in parts.items():
        print(f"\n{title}\n\n{text}")
        if given.write:
            write_section(name, title, text, SCALING)


def demo_model(folder: Path) -> Path:
    """Return a closed-form model of the demo sounds."""
    import sda_lib

    corpus = sda_lib.Corpus.from_folder(DEMO)
    for _ in sda_lib.learn(corpus, sda_lib.Recipe.for_corpus(corpus, minutes=0), folder / "demo.sda", "demo"):
        pass
    return folder / "demo.sda"


if __name__ == "__main__":
    main()

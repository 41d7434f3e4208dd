"""Cost against size: time, memory and model size of corpora of 1 minute to 10 hours.

    OMP_NUM_THREADS=1 python benchmarks/cost_against_size.py FOLDER --minutes 1 10 60 600 --write

Makes the corpora of benchmarks/hours_corpus.py in FOLDER. Each size is scanned in a data folder of its own, so that
nothing of it is in the cache, then trained in closed form and by 50 steps, then played; each by a process of its own.
Figures are kept in FOLDER/cost.json, so that a run which was stopped continues.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from hours_corpus import made
from report import table, write_section

POLL_SECONDS = 0.05
PLAYED, SECONDS = 5, 4.0
"""Sounds that are generated, and the seconds of each."""
STARTED, PLAYABLE = "fitting a first model", '"saved"'
"""What the events of a run say when all sounds are read, and when the first model can be played."""
Figures = dict[str, float]


@dataclass
class Process:
    """A process of SDA: `figures` are its processor time and clock in s, most memory and anonymous memory in MB."""

    words: Sequence[str]
    home: Path
    watch: Callable[[], Sequence[str]] = field(default=lambda: ())
    figures: Figures = field(default_factory=dict)

    def run(self) -> str:
        """Run it to its end, note when each of the marks that `watch` returns appears, and return what it prints."""
        log = self.home / "output.txt"
        self.home.mkdir(parents=True, exist_ok=True)
        began, anonymous = time.monotonic(), 0.0
        with log.open("w") as out:
            child = subprocess.Popen(
                [sys.executable, *self.words], stdout=out, stderr=out, env={**os.environ, "SDA_HOME": str(self.home)}
            )
            while True:
                ended, status, usage = os.wait4(child.pid, os.WNOHANG)
                if ended:
                    break
                anonymous = max(anonymous, _anonymous(child.pid))
                for mark in self.watch():
                    if mark not in self.figures:
                        self.figures |= {
                            mark: _processor_seconds(child.pid),
                            f"{mark}, clock": time.monotonic() - began,
                        }
                time.sleep(POLL_SECONDS)
        if status:
            raise RuntimeError(log.read_text())
        self.figures |= {
            "CPU": usage.ru_utime + usage.ru_stime,
            "clock": time.monotonic() - began,
            "peak": usage.ru_maxrss / 1024,
            "anonymous": anonymous,
        }
        return log.read_text()


def _anonymous(process: int) -> float:
    """The MB of a process that are not mapped files."""
    try:
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{process}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def _processor_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def scanned(corpus: Path, home: Path) -> Figures:
    """Scan a corpus: every file is read once, measured, and kept in the cache if the corpus is long."""
    process = Process(["-m", "sda_lib", "scan", str(corpus)], home)
    process.run()
    kept = sum(one.stat().st_size for one in (home / "cache").rglob("*") if one.is_file()) if home.exists() else 0
    return {**process.figures, "cache": kept / 2**20}


def trained(corpus: Path, home: Path, name: str, *words: str) -> Figures:
    """Train a model of a corpus that was scanned."""

    def marks() -> Sequence[str]:
        events = "".join(one.read_text() for one in home.glob(f"runs/*-{name}/events.jsonl"))
        return [mark for mark in (STARTED, PLAYABLE) if mark in events]

    settings = ["--set", "train.threads=1", "--no-sliders", "--name", name, "--force"]
    process = Process(["-m", "sda_lib", "train", str(corpus), *settings, *words], home, marks)
    said = process.run()
    distance = re.search(r"now (\d+\.\d+)", said)
    assert distance is not None, said
    size = (home / f"models/{name}.sda").stat().st_size / 2**20
    return {**process.figures, "mel": float(distance[1]), "model": size}


def played(home: Path, name: str) -> Figures:
    """Generate sounds with a model, and change a cell of each."""
    process = Process([__file__, str(home), "--play", str(home / f"models/{name}.sda")], home)
    said: Figures = json.loads(process.run().splitlines()[-1])
    return {**process.figures, **said}


def play(model_path: Path) -> Figures:
    """The median seconds of processor time of a generated sound, and of an edit of one cell of it."""
    from sda_lib import SdaModel

    began = time.process_time()
    model = SdaModel.load(model_path)
    opened = time.process_time() - began
    generated, edited = [], []
    for seed in range(PLAYED + 1):
        began = time.process_time()
        take = model.generate(seconds=SECONDS, seed=seed)
        generated.append(time.process_time() - began)
        indices = take.codes.indices.copy()
        indices[2, 20] = (indices[2, 20] + 1) % model.codebook_size
        began = time.process_time()
        model.redecode(take.codes.with_indices(indices), take.codes, take.clip)
        edited.append(time.process_time() - began)
    return {"open": opened, "generate": statistics.median(generated[1:]), "edit": statistics.median(edited[1:])}


def figures(folder: Path, minutes: float, what: str, run: bool) -> Figures:
    """The figures of a case, which is run unless they are there; none where it isn't and is not to be run."""
    file, key = folder / "cost.json", f"{what} {minutes:g}"
    known = json.loads(file.read_text()) if file.exists() else {}
    if key not in known and not run:
        return {}
    if key not in known:
        corpus, home = made(folder, minutes), folder / f"home-{minutes:g}"
        cases: dict[str, Callable[[], Figures]] = {
            "scan": lambda: scanned(corpus, home),
            "again": lambda: scanned(corpus, home),
            "closed": lambda: trained(corpus, home, "closed", "--minutes", "0"),
            "steps": lambda: trained(corpus, home, "steps", "--steps", "50"),
            "play": lambda: played(home, "closed"),
        }
        found = cases[what]()
        known = {**(json.loads(file.read_text()) if file.exists() else {}), key: found}  # others may have added theirs
        file.write_text(json.dumps(known, indent=1))
    print(key, known[key], flush=True)
    return dict(known[key])


TEXT = """`python benchmarks/cost_against_size.py`: a third of each corpus are files of {short:g} s, the rest are
files of 20 to 60 minutes (one shorter file where there is less), mixed from 15 minutes of procedural sounds
(`benchmarks/hours_corpus.py`; all lengths are synthesized), FLAC, 48 kHz, mono. One thread. Seconds are processor
time of the whole process, Python and its libraries included; in brackets the clock of the same run, on a machine that
other work may have shared. Peak: the most resident memory, mapped files included; in brackets what of it is anonymous.

Scan: `sda scan` with an empty cache: every file is read and measured once and, where the corpus is longer than 20
minutes, kept in the cache. Real time: seconds of sound for each second of processor time. Again: the same with what
the cache has."""
TRAINING = """`sda train` of the scanned corpus. Start: from the command until every sound is there and the first fit
begins; playable: until the first model is saved. Closed form: `--minutes 0`; 50 steps: `--steps 50`, each to the end.
Held-out mel is that of the closed form, on files that the training held out itself, so rows can't be compared."""
PLAYING = """The model of the closed form: its file, and processor time to open it, to generate {seconds:g} s of sound,
and to decode it again after a cell was changed (medians of {played})."""


def seconds(one: Figures, key: str = "CPU") -> str:
    if key not in one:
        return NOT_MEASURED
    clock = one["clock" if key == "CPU" else f"{key}, clock"]
    return f"{one[key]:.1f} ({clock:.0f})"


def memory(one: Figures) -> str:
    if not one:
        return NOT_MEASURED
    return f"{one['peak']:.0f} ({one['anonymous']:.0f})"


def length(minutes: float) -> str:
    return f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"


def text(folder: Path, sizes: Sequence[float], cases: Sequence[str]) -> str:
    found = {size: {what: figures(folder, size, what, what in cases) for what in CASES} for size in sizes}
    scans = [
        [
            length(size),
            seconds(one["scan"]),
            f"{60 * size / one['scan']['CPU']:.0f}",
            memory(one["scan"]),
            f"{one['scan']['cache']:.0f}",
            seconds(one["again"]),
        ]
        for size, one in found.items()
    ]
    trainings = [
        [
            length(size),
            seconds(one["closed"], STARTED),
            seconds(one["closed"], PLAYABLE),
            seconds(one["closed"]),
            memory(one["closed"]),
            seconds(one["steps"]),
            memory(one["steps"]),
            f"{one['closed']['mel']:.3f}",
        ]
        for size, one in found.items()
    ]
    plays = [
        [
            length(size),
            f"{one['closed']['model']:.1f}",
            f"{one['play']['open']:.2f}",
            f"{one['play']['generate']:.2f}",
            f"{1000 * one['play']['edit']:.0f}",
            memory(one["play"]),
        ]
        for size, one in found.items()
    ]
    return "\n\n".join(
        (
            TEXT.format(short=4),
            table(["sound", "scan, s", "real time", "peak, MB", "cache, MB", "again, s"], scans),
            TRAINING,
            table(TRAINING_HEADER, trainings),
            PLAYING.format(seconds=SECONDS, played=PLAYED),
            table(["sound", "model, MB", "open, s", "generate, s", "edit, ms", "peak, MB"], plays),
        )
    )


TRAINING_HEADER = ["sound", "start, s", "playable, s", "closed form, s", "peak, MB", "50 steps, s", "peak, MB", "mel"]
NOT_MEASURED = "not measured"
CASES = ("scan", "again", "closed", "steps", "play")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0, 60.0, 600.0])
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES, help="what is run where it is missing")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    parser.add_argument("--play", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.play is not None:
        print(json.dumps(play(options.play)))
        return
    found = text(options.folder, options.minutes, options.cases)
    print(found)
    if options.write:
        write_section("cost-against-size", "Cost against size", found)


if __name__ == "__main__":
    main()

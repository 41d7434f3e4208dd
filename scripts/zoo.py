"""Try odd files of sound, and files that unpack to much, with the commands that read them.

    python scripts/zoo.py [--kinds formats names …] [--every 1]

Every file of sound is scanned, read, encoded and exported, and trained on as one odd file among good ones; every other
file is given to the command for its kind (zoo_bombs.py). Each act may take SECONDS of processor time and MEMORY more
than the process has before, writes nothing outside its folder, and ends well or with one sentence that names the file.
Prints a table, and each problem; exits with 1 if there are any.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import json
import os
import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watched import Watched
from zoo_bombs import BOMBS
from zoo_files import MAKERS, READ, REFUSED, Animal, saved, tone

from sda_lib.file_names import printable

# Limits of one act: seconds of processor time, bytes above what the process has before;
# and seconds on the clock after which it hangs.
SECONDS, MEMORY, HANG = 5.0, 300_000_000, 60.0
SMALL = ["audio.sample_rate=22050", "codec.width=8", "codec.levels=2", "codec.bands=32", "codec.codebook_size=4",
         "codec.latent_dim=8"]  # fmt: skip
ACTS = ("scan", "read", "encode", "export", "train")


@dataclass
class Row:
    """Counts of one kind of file."""

    files: int = 0
    read: int = 0
    refused: int = 0
    seconds: float = 0.0
    memory: int = 0
    problems: list[str] = field(default_factory=list)


def command(arguments: list[str]) -> tuple[int, str, str]:
    """Run the command line in this process; return exit code, output and errors."""
    from sda_lib import cli

    out, err = io.StringIO(), io.StringIO()
    sys.argv = ["sda", *arguments]
    code: Any = None
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            cli.main()
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException as error:
        return -1, out.getvalue(), f"{type(error).__name__}: {error}"
    return int(code or 0), out.getvalue(), err.getvalue()


def act(request: tuple[str, list[str]]) -> tuple[int, str, str]:
    """Carry out one act: a command, or "read", which reads a file as a clip."""
    kind, arguments = request
    if kind != "read":
        return command(arguments)
    from sda_lib.audio.clip import read_clip
    from sda_lib.errors import SdaError

    try:
        return 0, f"{read_clip(arguments[0]).seconds:.2f}", ""
    except SdaError as error:
        return 1, "", f"sda: {error}\n"
    except BaseException as error:
        return -1, "", f"{type(error).__name__}: {error}"


@dataclass
class Place:
    """The folders of a trial: `good` sounds, `sounds` with the odd one among them, `out` for what is written."""

    root: Path

    def __post_init__(self) -> None:
        self.good, self.sounds, self.out = (self.root / name for name in ("good", "sounds", "out"))
        self.model = self.root / "small.sda"
        for folder in (self.good, self.sounds, self.out):
            folder.mkdir()
        for number, seconds in enumerate((0.5, 0.7)):
            saved(self.good / f"good{number}.wav", tone(seconds) * (0.4 + 0.3 * number), 22050)

    def arguments(self, path: Path) -> dict[str, list[str]]:
        """Return the arguments of every act for a file in `sounds`."""
        settings = [part for value in SMALL for part in ("--set", value)]
        train = ["train", str(self.sounds), "--minutes", "0", "-o", str(self.out / "m.sda"), "--force", "--no-sliders"]
        return {
            "scan": ["scan", str(self.sounds), "--json"],
            "read": [str(path)],
            "encode": ["encode", "-m", str(self.model), "-o", str(self.out / "x.codes.npz"), "--", str(path)],
            "export": ["export", "-o", str(self.out / "x.wav"), "--force", "--", str(path)],
            "train": [*train, *settings],
        }

    def state(self) -> set[tuple[str, int, int]]:
        """Return every file outside of `out` with its size and time of change."""
        found = set()
        for folder, _, names in os.walk(self.root):
            if Path(folder) != self.out and self.out not in Path(folder).parents:
                for name in names:
                    facts = os.lstat(os.path.join(folder, name))
                    found.add((os.path.join(folder, name), facts.st_size, facts.st_mtime_ns))
        return found


def try_sound(worker: Watched, place: Place, animal: Animal, row: Row) -> None:
    """Try all acts with one file of sound, and add what came of them to the row."""
    for one in place.sounds.iterdir():
        shutil.rmtree(one) if one.is_dir() and not one.is_symlink() else one.unlink()
    for one in place.good.iterdir():
        os.link(one, place.sounds / one.name)
    path, row.files = animal.path.rename(place.sounds / animal.path.name), row.files + 1
    before, taken = place.state(), Counter[bool]()
    for name, arguments in place.arguments(path).items():
        answer = measured(worker, (name, arguments), f"{printable(path.name)}: {name}", row)
        if answer is not None:
            was_read = judge(name, answer, path, row)
            if name not in ("scan", "train"):
                taken[was_read] += 1
    if (animal.wanted == READ and taken[False]) or (animal.wanted == REFUSED and taken[True]):
        row.problems.append(f"{printable(path.name)}: wanted {animal.wanted}, but read by {taken[True]} of 3 acts")
    row.read, row.refused = row.read + (taken[True] > 0), row.refused + (taken[True] == 0)
    if place.state() != before:
        row.problems.append(f"{printable(path.name)}: files outside were changed")
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def measured(worker: Watched, request: Any, name: str, row: Row) -> Any:
    """Return the answer to a request, None if there is none, with its time and memory in the row."""
    answer, seconds, memory, why = worker.call(request)
    row.seconds, row.memory = max(row.seconds, seconds), max(row.memory, memory)
    if why:
        row.problems.append(f"{name} {why}")
    if seconds > SECONDS or memory > MEMORY:
        row.problems.append(f"{name} takes {seconds:.1f} s and {memory / 1e6:.0f} MB")
    return answer


def judge(name: str, answer: tuple[int, str, str], path: Path, row: Row) -> bool:
    """Add what is wrong with an answer to the row; return whether the act was a success."""
    code, out, err = answer
    said = f"{printable(path.name)}: {name}: "
    if name in ("scan", "train"):
        if code != 0 or err:
            row.problems.append(f"{said}the folder fails: {err.strip()[:200]}")
        elif name == "scan" and printable(path.name) not in named(out):
            row.problems.append(f"{said}passed over silently")
        return code == 0
    if code != 0:
        check_sentence(said, code, err, printable(path.name), row)
    return code == 0


def check_sentence(said: str, code: int, err: str, name: str, row: Row) -> None:
    """Add a problem to the row unless an error is one sentence that names the file."""
    sentence = " ".join(name.split())
    if code != 1 or not re.fullmatch(r"sda: [^\n]+\.\n", err) or "unforeseen" in err or "unexpected error" in err:
        row.problems.append(f"{said}no sentence: {err.strip()[:200]}")
    elif sentence not in err:
        row.problems.append(f"{said}doesn't name the file: {err.strip()[:200]}")


def named(out: str) -> set[str]:
    """Return the names of files in the report of a scan."""
    report = json.loads(out)
    return {one["file"] for key in ("measured", "skipped") for one in report[key]}


def load_packages() -> None:
    """Import what acts need, so that restarted processes begin with it and no act is charged with its memory."""
    for name in ("soxr", "sklearn.decomposition", "torch", "sda_lib.model.model", "sda_lib.memory.decode"):
        importlib.import_module(name)


def sounds(kinds: list[str], every: int) -> Iterator[tuple[str, Row]]:
    """Try the files of sound; yield the row of every kind."""
    with tempfile.TemporaryDirectory() as root:
        place = Place(Path(root).resolve())
        os.environ["SDA_HOME"] = str(place.out / "home")
        load_packages()
        command(["train", str(place.good), *place.arguments(place.good)["train"][2:], "-o", str(place.model)])
        worker = Watched(act, ("encode", place.arguments(place.good / "good0.wav")["encode"]), HANG)
        for name in (name for name in MAKERS if name in kinds):
            nursery, row = place.root / "nursery", Row()
            nursery.mkdir()
            for animal in list(MAKERS[name](nursery))[::every]:
                try_sound(worker, place, animal, row)
            yield name, row
            shutil.rmtree(nursery)
        worker.stop()


def bombs(every: int) -> Iterator[tuple[str, Row]]:
    """Try the files that are no sound; yield the row of every kind."""
    rows: dict[str, Row] = {}
    with tempfile.TemporaryDirectory() as root:
        place = Path(root).resolve()
        os.environ["SDA_HOME"] = str(place / "home")
        load_packages()
        worker = Watched(act, ("x", ["decode", str(place / "none.npz"), "-m", "none", "-o", "x.wav"]), HANG)
        for bomb in BOMBS[::every]:
            folder = place / "one"
            folder.mkdir()
            path, arguments = bomb.make(folder)
            row = rows.setdefault(f"bomb: {bomb.kind}", Row())
            row.files += 1
            answer = measured(worker, (bomb.kind, arguments), f"{path.name} ({bomb.about})", row)
            if answer is not None and answer[0] != 0:
                check_sentence(f"{path.name} ({bomb.about}): ", answer[0], answer[2], path.name, row)
            elif answer is not None and not bomb.may_pass:
                row.problems.append(f"{path.name} ({bomb.about}) is accepted")
            taken = answer is not None and answer[0] == 0
            row.read, row.refused = row.read + taken, row.refused + (not taken)
            shutil.rmtree(folder)
        worker.stop()
    yield from rows.items()


def zoo(kinds: list[str], every: int) -> Iterator[tuple[str, Row]]:
    """Yield the row of every kind."""
    if set(kinds) & set(MAKERS):
        yield from sounds(kinds, every)
    if "bombs" in kinds:
        yield from bombs(every)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    known = [*MAKERS, "bombs"]
    parser.add_argument("--kinds", nargs="+", choices=known, default=known)
    parser.add_argument("--every", type=int, default=1, help="every n-th file of each kind")
    options = parser.parse_args()
    print("| kind | files | read | left out or refused | longest act | most memory above base | problems |")
    print("|---|---|---|---|---|---|---|", flush=True)
    files, problems = 0, list[str]()
    for name, row in zoo(options.kinds, options.every):
        files, problems = files + row.files, problems + row.problems
        figures = f"{row.seconds:.1f} s | {row.memory / 1e6:.0f} MB | {len(row.problems)}"
        print(f"| {name} | {row.files} | {row.read} | {row.refused} | {figures} |", flush=True)
    print(f"\n{files} files, {len(problems)} problems", *problems, sep="\n")
    sys.exit(bool(problems))


if __name__ == "__main__":
    main()

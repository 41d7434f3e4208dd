"""Kill every kind of write (write_kinds.py) at random moments, and verify what is left each time.

    python scripts/kills.py [--kills 6] [--seed 0] [--kinds train edit …] [--model FILE.sda]

Each kind works in a process forked from this one, which is killed by SIGKILL: a third at a random operation on files, a
third up to 20 ms after one, a third at any time of the act. Half of the kills hit a folder where the act has been done
before, so that it replaces files. Kinds that take more than a second are killed less often. After every kill

- each file from before is there, and it, like every new one, is whole;
- what is half-written is hidden and named after the process, and nothing is written outside of the folders in use;
- the next act of its kind sweeps it and succeeds.

Prints a table, and exits with 1 if anything else was found.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import pkgutil
import random
import re
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from write_kinds import KINDS, SOUNDS, Kind, check_file, make_world

# Operations on files that are counted, by the names of Python's audit events.
OPERATIONS = ("open", "os.rename", "os.link", "os.mkdir", "os.remove", "os.rmdir", "os.chmod", "os.truncate")
# Longest time in seconds between an operation and a kill after it.
SOON = 0.02
# Least number of kills for each kind and folder.
LEAST = 2
# What belongs to a process while it lives: half-written files, and folders for temporary files (sda_lib/scratch.py).
PART = re.compile(r"\..*\.(?:[0-9a-f]{8}-)?(\d+)(?:-\d+-\d+)?\.part(?:\..*)?|task-(\d+)-\w+", re.DOTALL)
# Hidden files that stay: locks, which the system releases when their process ends.
LOCK = re.compile(r"\..*\.?lock")


@dataclass
class Result:
    """What was counted for one kind."""

    kills: int = 0
    parts: int = 0
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sandbox:
    """A folder with the world that a kind works in, and with all other places where it could write."""

    folder: Path

    @property
    def world(self) -> Path:
        return self.folder / "world"

    @classmethod
    def like(cls, folder: Path, world: Path) -> Sandbox:
        """Return a fresh sandbox with a copy of a world."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(world, folder / "world", symlinks=True)
        for name in ("tmp", "user"):
            (folder / name).mkdir()
        return cls(folder)

    def enter(self) -> None:
        """Make this process work in the sandbox alone."""
        os.chdir(self.world)
        for name, place in (("SDA_HOME", "world/home"), ("TMPDIR", "tmp"), ("HOME", "user")):
            os.environ[name] = str(self.folder / place)
        tempfile.tempdir = str(self.folder / "tmp")

    def files(self) -> dict[str, bytes]:
        """Return the contents of all files by their paths."""
        found = {}
        for place, _, names in os.walk(self.folder):
            for name in names:
                path = Path(place, name)
                found[str(path.relative_to(self.folder))] = path.read_bytes()
        return found

    def parts(self) -> list[Path]:
        """Return what is half-written."""
        return [path for path in self.folder.rglob("*") if PART.fullmatch(path.name)]


# --- one act in a process of its own


def act(kind: Kind, sandbox: Sandbox, prepare: Callable[[], None] = lambda: None) -> int:
    """Fork a process that prepares, then acts in a sandbox; return its number."""
    if child := os.fork():
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        sandbox.enter()
        sys.stdout, sys.stderr = io.StringIO(), (sandbox.folder.parent / "stderr").open("w")
        prepare()
        kind.act()
        code = 0
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def ended(child: int) -> int:
    """Wait for a process; return its exit code, negative for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_operations(sandbox: Sandbox, on_operation: Callable[[], None]) -> None:
    """Call a function before every operation of this process on a file of the sandbox."""
    root = str(sandbox.folder)

    def hook(event: str, details: tuple[Any, ...]) -> None:
        if event not in OPERATIONS or not details:
            return
        if event == "open" and not (len(details) > 2 and details[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)):
            return
        name = os.fsdecode(details[0]) if isinstance(details[0], str | bytes | os.PathLike) else ""
        if name and (not os.path.isabs(name) or name.startswith(root)):
            on_operation()

    sys.addaudithook(hook)


def measure(kind: Kind, sandbox: Sandbox) -> tuple[int, float, int]:
    """Act undisturbed; return the number of operations, the seconds, and the exit code."""
    reading, writing = os.pipe()
    began = time.monotonic()
    child = act(kind, sandbox, lambda: at_operations(sandbox, lambda: void(os.write(writing, b"."))))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        count = len(pipe.read())
    return count, time.monotonic() - began, ended(child)


def void(_: object) -> None:
    """Do nothing."""


def kill(kind: Kind, sandbox: Sandbox, operations: int, seconds: float, draws: random.Random) -> tuple[int, bool]:
    """Act and kill the process at a random moment; return its number, and whether it was killed before its end."""
    way = draws.choice(("at", "after", "anytime"))
    wanted, count = draws.randint(1, max(operations, 1)), 0
    reading, writing = os.pipe()

    def on_operation() -> None:
        nonlocal count
        count += 1
        if count == wanted and way == "at":
            os.kill(os.getpid(), signal.SIGKILL)
        elif count == wanted:
            os.write(writing, b".")

    child = act(kind, sandbox, lambda: at_operations(sandbox, on_operation))
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        if way == "after" and pipe.read(1):
            time.sleep(draws.uniform(0, SOON))
        elif way == "anytime":
            time.sleep(draws.uniform(0, seconds))
        if way != "at":
            os.kill(child, signal.SIGKILL)
        return child, ended(child) == -signal.SIGKILL


# --- what is left


def faults_of(sandbox: Sandbox, before: dict[str, bytes], whole: dict[str, bytes], owner: int | None) -> list[str]:
    """Return what is wrong in a sandbox. `before`, `whole`: its files before the act, and after a complete one.

    Half-written files may belong to the process `owner`, or to none.
    """
    now = sandbox.files()
    kept = {name for name in before if name in whole or name not in before}
    found = [f"{name} is lost" for name in sorted(kept - set(now))]
    for name, data in now.items():
        owners = [int(part[1] or part[2]) for one in Path(name).parts if (part := PART.fullmatch(one))]
        if owners:
            found += [] if owner in owners else [f"{name} is left behind"]
        elif LOCK.fullmatch(Path(name).name):
            continue
        elif Path(name).parts[0] != "world" or Path(name).name.startswith("."):
            found.append(f"{name} is outside of what is written")
        elif before.get(name) != data:
            found += broken(sandbox.folder / name)
    return found + ([] if owner else [f"{path.name} is left behind" for path in sandbox.parts()])


def broken(path: Path) -> list[str]:
    """Return why a file is not whole, if it isn't."""
    try:
        check_file(path)
    except BaseException as error:
        return [f"{path.name} is not whole: {type(error).__name__}: {error}"]
    return []


def try_kind(name: str, kind: Kind, world: Path, kills: int, draws: random.Random) -> Result:
    """Kill a kind `kills` times in a fresh world, and as often where it has been done."""
    result, began, folder = Result(), time.monotonic(), world.parents[1] / "sandbox"
    done = world.parents[1] / "done"
    for again in (False, True) if kind.again else (False,):
        sandbox = Sandbox.like(folder, world)
        if again:
            ended(act(kind, sandbox))
            shutil.rmtree(done, ignore_errors=True)
            shutil.copytree(sandbox.world, done)
        template = done if again else world
        sandbox = Sandbox.like(folder, template)
        before = sandbox.files()
        operations, seconds, code = measure(kind, sandbox)
        whole = sandbox.files()
        if code:
            stderr = (folder.parent / "stderr").read_text().strip().splitlines()[-1:]
            result.faults.append(f"undisturbed, it ends with {code}: {stderr}")
            continue
        result.faults += faults_of(sandbox, before, whole, None)
        for _ in range(max(LEAST, min(kills, round(kills / seconds))) * (1 if kind.again else 2)):
            kill_once(kind, sandbox, template, (operations, seconds), before, whole, result, draws)
    result.seconds = time.monotonic() - began
    print_row(name, result)
    return result


def kill_once(
    kind: Kind, sandbox: Sandbox, template: Path, measured: tuple[int, float], before: dict[str, bytes],
    whole: dict[str, bytes], result: Result, draws: random.Random,
) -> None:  # fmt: skip
    """Kill one act before it ends, verify what is left, act again and verify that."""
    killed = False
    while not killed:
        Sandbox.like(sandbox.folder, template)
        child, killed = kill(kind, sandbox, *measured, draws)
    result.kills += 1
    result.parts += bool(sandbox.parts())
    found = faults_of(sandbox, before, whole, child)
    if sandbox.parts() or found:
        code = ended(act(kind, sandbox))
        if code and kind.again:
            stderr = (sandbox.folder.parent / "stderr").read_text().strip().splitlines()[-1:]
            found.append(f"the next act ends with {code}: {stderr}")
        found += [f"after the next act, {one}" for one in faults_of(sandbox, before, whole, None)]
    result.faults += found


# --- the table


def print_row(name: str, result: Result) -> None:
    print(
        f"{name:<20} {result.kills:>5}  {result.parts:>12}  {len(result.faults):>6}  {result.seconds:>7.1f}", flush=True
    )
    for fault in sorted(set(result.faults))[:5]:
        print(f"    {fault}")


def load_modules() -> None:
    """Import everything, so that forked processes do nothing but act."""
    for package in ("sda_lib", "sda_widgets"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            if module.name.rpartition(".")[2] not in ("__main__", "probe", "voila_server", "sound"):
                importlib.import_module(module.name)


def small_model(folder: Path) -> Path:
    """Train a small model and return its path."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.config import Recipe
    from sda_lib.training.train import learn

    sounds = folder / "sounds"
    sounds.mkdir()
    for name in SOUNDS:
        shutil.copy(Path(__file__).parents[1] / f"data/demo/{name}.flac", sounds)
    corpus = Corpus.from_folder(sounds)
    recipe = Recipe.for_corpus(corpus).override(train__steps=0, codec__width=16)
    for _ in learn(corpus, recipe, folder / "tiny.sda", "tiny"):
        pass
    return folder / "tiny.sda"


def made_world(folder: Path, model: Path) -> Path:
    """Make a world below a folder and return its path."""
    (folder / "empty").mkdir()
    sandbox = Sandbox.like(folder / "made", folder / "empty")
    if ended(act(Kind(lambda: make_world(Path.cwd(), model)), sandbox)):
        raise RuntimeError((folder / "stderr").read_text())
    return sandbox.world


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument(
        "--kills", type=int, default=6, help="kills for each kind that takes a second, in each of two worlds"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS), metavar="KIND")
    parser.add_argument("--model", type=Path, help="a small model; default: one is trained")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    chosen, began = arguments(argv), time.monotonic()
    os.environ["OMP_NUM_THREADS"] = "1"
    load_modules()
    import torch

    torch.set_num_threads(1)  # a process with threads can't be forked safely
    draws = random.Random(chosen.seed)
    with tempfile.TemporaryDirectory(prefix="sda-kills-") as place:
        folder = Path(place).resolve()
        model = chosen.model.resolve() if chosen.model else small_model(folder)
        world = made_world(folder, model)
        print(f"{'kind':<20} kills  with leftover  faults  seconds")
        results = [try_kind(name, KINDS[name], world, chosen.kills, draws) for name in chosen.kinds]
    kills, found = sum(one.kills for one in results), sum(len(one.faults) for one in results)
    print(f"{kills} kills in {time.monotonic() - began:.0f} s: {found} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())

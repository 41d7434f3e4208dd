"""Fuzz every reader of files: mutate small valid files, read them, and report whatever is not one clear sentence.

    python scripts/fuzz.py [--minutes 1 | --files 1000] [--seed 0] [--readers sound model …] [--keep FOLDER]

Every reader works in a process of its own, which is replaced when it crashes or hangs (HANG seconds). No file may take
more than SECONDS of processor time and MEMORY bytes. A file passes if it is read, or refused by SdaError. Prints a
table: files, share past the header, refusals, and findings by kind; writes findings to FOLDER; exits with 1 if there
are any.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from fuzz_readers import TARGETS
from watched import Watched

from sda_lib.errors import SdaError

# Limits of one file: seconds of processor time, bytes of memory above what the process has before, and seconds on the
# clock after which it hangs.
SECONDS, MEMORY, HANG = 5.0, 300_000_000, 30.0


@dataclass
class Result:
    """Counts of one reader."""

    files: int = 0
    past_header: int = 0
    refused: int = 0
    findings: Counter[str] = field(default_factory=Counter)


def tried(request: tuple[str, Path]) -> tuple[bool, str]:
    """Return whether a file's header is valid, and what came of reading it."""
    name, path = request
    target = TARGETS[name]
    try:
        target.header(path)
        past = True
    except Exception:
        past = False
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            target.read(path)
        return past, "read"
    except SdaError as error:
        return past, "refused" if str(error).strip() else "an empty sentence"
    except BaseException as error:
        return past, f"{type(error).__name__}: {error!s:.80}"


def fuzz(name: str, going: Callable[[int], bool], chance: random.Random, keep: Path | None) -> Result:
    """Fuzz one reader while `going` of the number of files."""
    target, result = TARGETS[name], Result()
    with tempfile.TemporaryDirectory() as place:
        seeds_folder, files = Path(place) / "seeds", Path(place) / "files"
        seeds_folder.mkdir()
        files.mkdir()
        seeds = [(path.name, path.read_bytes()) for path in target.seeds(seeds_folder)]
        worker = Watched(tried, (name, seeds_folder / seeds[0][0]), HANG)
        while going(result.files):
            seed_name, data = chance.choice(seeds)
            path = files / seed_name
            path.write_bytes(target.mutate(data, chance))
            answer, seconds, memory, why = worker.call((name, path))
            past, outcome = answer or (False, why)
            outcome = "too much memory" if memory > MEMORY else "too slow" if seconds > SECONDS else outcome
            result.files += 1
            result.past_header += past
            result.refused += outcome == "refused"
            if outcome not in ("read", "refused"):
                result.findings[outcome] += 1
                if keep:
                    shutil.copy(path, keep / f"{name.replace(' ', '_')}_{result.files}_{seed_name}")
        worker.stop()
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="for each reader, unless --files is given")
    parser.add_argument("--files", type=int, help="number of files for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--readers", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--keep", type=Path, help="folder for the files with findings")
    options = parser.parse_args()
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    found = 0
    print("| reader | files | past the header | refused | findings |\n|---|---|---|---|---|")
    for name in options.readers:
        end = time.monotonic() + 60 * options.minutes

        def going(done: int, end: float = end) -> bool:
            return done < options.files if options.files else time.monotonic() < end

        result = fuzz(name, going, random.Random(f"{options.seed} {name}"), options.keep)
        kinds = "; ".join(f"{count} × {kind}" for kind, count in result.findings.most_common()) or "none"
        share = result.past_header / max(1, result.files)
        print(f"| {name} | {result.files} | {share:.0%} | {result.refused} | {kinds} |", flush=True)
        found += sum(result.findings.values())
    sys.exit(found > 0)


if __name__ == "__main__":
    main()

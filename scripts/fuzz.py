"""Fuzz every reader of files: mutate small valid files, read them, and report whatever is not one clear sentence.

    python scripts/fuzz.py [--minutes 1 | --files 1000] [--seed 0] [--readers sound model …] [--keep FOLDER]

Every reader works in a process of its own, which is replaced when it crashes, hangs (TIMEOUT seconds) or takes more
than MEMORY bytes. A file passes if it is read, or refused by SdaError. Prints a table: files, share past the header,
refusals, and findings by kind; writes findings to FOLDER; exits with 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from fuzz_mutations import mutate_body, mutate_json, mutate_lines, mutate_model, mutate_npz, mutate_tail

from sda_lib.errors import SdaError

EARLIER = Path(__file__).parents[1] / "tests" / "data" / "earlier"
# Limits of one file: seconds, and bytes of memory above what the process has before.
TIMEOUT, MEMORY = 5.0, 300_000_000


@dataclass(frozen=True)
class Target:
    """A reader: how seeds are made, how a file is read, whether its header is valid, and how files are mutated."""

    seeds: Callable[[Path], list[Path]]
    read: Callable[[Path], object]
    header: Callable[[Path], object]
    mutate: Callable[[bytes, random.Random], bytes]


# --- readers ---------------------------------------------------------------------------------------------------------


def sound_seeds(folder: Path) -> list[Path]:
    import soundfile

    wave = 0.3 * np.sin(np.arange(4000) / 20)
    names = {
        "a.wav": "PCM_16", "b.wav": "FLOAT", "c.flac": "PCM_16", "d.ogg": "VORBIS", "e.mp3": "MPEG_LAYER_III",
        "f.aiff": "PCM_16", "g.w64": "PCM_24", "h.au": "ULAW", "i.caf": "ALAC_16", "j.voc": "PCM_16",
        "k.rf64": "PCM_24",
    }  # fmt: skip
    for name, subtype in names.items():
        soundfile.write(folder / name, np.stack([wave, wave]).T, 22050, subtype=subtype)
    wavex = folder / "l.wav"
    soundfile.write(wavex, np.tile(wave[:, None], (1, 6)), 22050, format="WAVEX")
    return sorted(folder.iterdir())


def read_sound(path: Path) -> object:
    from sda_lib.audio.clip import read_clip
    from sda_lib.audio.tags import read_loop, read_tags

    clip = read_clip(path)
    read_tags(path)
    read_loop(path)
    return clip


def open_sound(path: Path) -> object:
    from sda_lib.audio.reader import open_sound as opened

    with opened(path) as file:
        return file.channels


def earlier(*names: str) -> Callable[[Path], list[Path]]:
    """Return a maker of seeds that copies files of the test data."""

    def copied(folder: Path) -> list[Path]:
        return [Path(shutil.copy(EARLIER / name, folder / Path(name).name)) for name in names]

    return copied


def read_model(path: Path) -> object:
    from sda_lib.model.model import SdaModel

    return SdaModel.load(path)


def read_header(path: Path) -> object:
    from sda_lib.model.header import read_header as header

    return header(path)


def read_codes(path: Path) -> object:
    from sda_lib.codec.codes import load_codes

    return load_codes(path)


def open_archive(path: Path) -> object:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def json_codes(folder: Path) -> list[Path]:
    from sda_lib.codec.codes import load_codes, save_codes

    return [save_codes(load_codes(EARLIER / "pluck.codes.npz"), folder / "pluck.json")]


def read_session(path: Path) -> object:
    from sda_lib.sessions.session_file import load_session

    return load_session(path)


def parse_json(path: Path) -> object:
    return json.loads(path.read_bytes())


def read_tagged(path: Path) -> object:
    from sda_lib.sessions.provenance_tags import read_provenance

    return read_provenance(path)


def heads(folder: Path) -> list[Path]:
    from sda_lib.export.hrtf import BUNDLED

    return [Path(shutil.copy(BUNDLED, folder / "head.sofa"))]


def read_head(path: Path) -> object:
    from sda_lib.export.hrtf import HrtfSet

    return HrtfSet.read(path)


def starts_as_hdf(path: Path) -> None:
    if path.read_bytes()[:8] != b"\x89HDF\r\n\x1a\n":
        raise ValueError("not HDF5")


def read_run(path: Path) -> object:
    """Read a run's folder in which the mutated file takes the place of the one it was made from."""
    from sda_lib.runs.run import list_runs, unreadable

    with tempfile.TemporaryDirectory() as place:
        run = shutil.copytree(EARLIER / "run", Path(place) / "20260101-000000-x")
        shutil.copy(path, run / path.name)
        found = list_runs(place)
        return [(one.state, one.message, one.events()) for one in found], unreadable(place)


TARGETS = {
    "sound": Target(sound_seeds, read_sound, open_sound, mutate_body),
    "model": Target(earlier("before.sda"), read_model, read_header, mutate_model),
    "codes": Target(earlier("pluck.codes.npz"), read_codes, open_archive, mutate_npz),
    "json codes": Target(json_codes, read_codes, parse_json, mutate_json),
    "session": Target(earlier("session.json"), read_session, parse_json, mutate_json),
    "tags": Target(earlier("tagged.wav"), read_tagged, open_sound, mutate_tail),
    "head": Target(heads, read_head, starts_as_hdf, mutate_body),
    "run": Target(earlier("run/job.json", "run/recipe.json", "run/process.json"), read_run, parse_json, mutate_json),
    "events": Target(earlier("run/events.jsonl"), read_run, lambda path: path.read_text(), mutate_lines),
}


# --- the work --------------------------------------------------------------------------------------------------------


@dataclass
class Result:
    """Counts of one reader."""

    files: int = 0
    past_header: int = 0
    refused: int = 0
    findings: Counter[str] = field(default_factory=Counter)


def _read_all(connection: Any, name: str) -> None:
    """Read the files named by the connection, one after another, and send what came of each."""
    target = TARGETS[name]
    while path := connection.recv():
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        try:
            target.header(path)
            past = True
        except Exception:
            past = False
        try:
            target.read(path)
            outcome = "read"
        except SdaError as error:
            outcome = "refused" if str(error).strip() else "an empty sentence"
        except BaseException as error:
            outcome = f"{type(error).__name__}: {error!s:.80}"
        if (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 > MEMORY:
            outcome = "too much memory"
        connection.send((past, outcome))


class Worker:
    """A process that reads files; it is started again after a crash or a hang."""

    def __init__(self, name: str, valid: Path) -> None:
        self.name, self.valid = name, valid
        self._start()

    def _start(self) -> None:
        self.here, there = multiprocessing.Pipe()
        self.process = multiprocessing.get_context("fork").Process(
            target=_read_all, args=(there, self.name), daemon=True
        )
        self.process.start()
        there.close()
        self.here.send(self.valid)  # what is imported and kept for the first file does not count as its memory
        self.here.recv()

    def read(self, path: Path) -> tuple[bool, str]:
        """Return whether the header is valid, and what came of reading."""
        self.here.send(path)
        try:
            if self.here.poll(TIMEOUT):
                return self.here.recv()
            outcome = f"hangs for {TIMEOUT:g} s"
        except EOFError:
            self.process.join()
            outcome = f"crashes ({signal.Signals(-self.process.exitcode).name if self.process.exitcode else 'exit'})"
        self.process.kill()
        self.process.join()
        self._start()
        return False, outcome

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def fuzz(name: str, going: Callable[[int], bool], chance: random.Random, keep: Path | None) -> Result:
    """Fuzz one reader while `going` of the number of files."""
    target, result = TARGETS[name], Result()
    with tempfile.TemporaryDirectory() as place:
        seeds_folder, files = Path(place) / "seeds", Path(place) / "files"
        seeds_folder.mkdir()
        files.mkdir()
        seeds = [(path.name, path.read_bytes()) for path in target.seeds(seeds_folder)]
        worker = Worker(name, seeds_folder / seeds[0][0])
        while going(result.files):
            seed_name, data = chance.choice(seeds)
            path = files / seed_name
            path.write_bytes(target.mutate(data, chance))
            past, outcome = worker.read(path)
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

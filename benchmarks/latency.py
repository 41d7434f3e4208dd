"""How long do new sounds, decoding, edits and encoding take, beside another commit of this repository?

    python benchmarks/latency.py CORPORA MODELS --before TREE --sets drums notes texture piano speech --write

TREE is a checkout of the other commit. A process of either commit does the same act with the same sound, one
after the other, so that whatever else the computer does falls on both. MODELS holds a `NAME.sda` that both commits
open, CORPORA a folder `NAME/held_out` of each. With `--models-before` each commit has a model and new sounds of its
own, as its users do. Every round has a sound of its own, so nothing of a sound is known from
a round before, except of those that are edited: they have been decoded, as when a user edits them.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

SECONDS = 4.0
"""Length of the sounds, except those of a length of their own and held-out ones."""
MEANING = """Processor milliseconds on one thread, before / now and the median of the ratios; both commits take turns at
the same act of the same sound. New sounds: by the default command, of a length of their own and of 4 s. All others
concern 4 s: the codes of a new sound, and foreign ones, random codes that are no recording's.
Edit: one cell is randomized in a sound that has been decoded, and its sound made again. Encode: a held-out sound as it
is, and its first second."""


class Acts:
    """The acts of one commit with one model. Each prepares a round and returns what is timed."""

    def __init__(self, model: str, sounds: str) -> None:
        import torch

        from sda_lib import SdaModel

        torch.set_num_threads(1)
        self.model, self.sounds = SdaModel.load(model), sorted(Path(sounds).iterdir())
        memory = self.model.memory
        for piece in memory.piece.unique():  # what is computed once for each of them
            memory.grains((memory.piece == piece).nonzero()[0])

    def codes(self, path: str):
        """Return the codes of a file."""
        from sda_lib import Codes

        with np.load(path) as file:
            return Codes(file["indices"], *(int(fact) for fact in file["facts"]))

    def write(self, number: int, path: str) -> Callable[[], object]:
        """Write the codes of a new sound into a file; not timed."""
        from sda_lib import GenerateOptions, generate

        codes = generate(self.model, GenerateOptions(seconds=SECONDS, seed=number)).codes
        np.savez(path, indices=codes.indices, facts=[codes.codebook_size, codes.hop, codes.sample_rate])
        return lambda: None

    def new(self, number: int, path: str, seconds: float | str) -> Callable[[], object]:
        """Generate a sound."""
        from sda_lib import GenerateOptions, generate

        return lambda: generate(self.model, GenerateOptions(seconds=seconds, seed=number))

    def decode(self, number: int, path: str, amount: float, foreign: bool = False) -> Callable[[], object]:
        """Decode a sound."""
        codes = self._sound(number, path, foreign)
        return lambda: self.model.decode(codes, amount)

    def edit(self, number: int, path: str, amount: float, foreign: bool = False) -> Callable[[], object]:
        """Change a cell of a decoded sound and decode it again."""
        codes = self._sound(number, path, foreign)
        clip, place = self.model.decode(codes, amount), np.random.default_rng(number)
        indices = codes.indices.copy()
        level, frame = place.integers(0, codes.levels), place.integers(0, codes.frames)
        indices[level, frame] = (indices[level, frame] + place.integers(1, codes.codebook_size)) % codes.codebook_size
        edited = codes.with_indices(indices)
        return lambda: self.model.redecode(edited, codes, clip, amount)

    def encode(self, number: int, path: str, seconds: float | None = None) -> Callable[[], object]:
        """Encode a held-out sound, or its first `seconds`."""
        from sda_lib import AudioClip, read_clip

        clip = read_clip(self.sounds[number % len(self.sounds)])
        if seconds is not None:
            clip = AudioClip(clip.samples[:, : round(seconds * clip.sample_rate)], clip.sample_rate)
        return lambda: self.model.encode(clip)

    def _sound(self, number: int, path: str, foreign: bool):
        codes = self.codes(path)
        random = np.random.default_rng(number)
        return codes.with_indices(random.integers(0, codes.codebook_size, codes.indices.shape)) if foreign else codes


ACTS: dict[str, tuple[str, dict[str, object]]] = {
    "new sound, own length": ("new", {"seconds": "auto"}),
    "new sound, 4 s": ("new", {"seconds": SECONDS}),
    "decode, Source 1": ("decode", {"amount": 1.0}),
    "decode, Source .6": ("decode", {"amount": 0.6}),
    "decode, Source 0": ("decode", {"amount": 0.0}),
    "decode, foreign": ("decode", {"amount": 1.0, "foreign": True}),
    "edit": ("edit", {"amount": 1.0}),
    "edit, Source .6": ("edit", {"amount": 0.6}),
    "edit, foreign": ("edit", {"amount": 1.0, "foreign": True}),
    "encode, as it is": ("encode", {}),
    "encode, 1 s": ("encode", {"seconds": 1.0}),
}
"""What is measured: the act and its parameters."""


def work(model: str, sounds: str) -> None:
    """Carry out acts, given as lines of JSON, and print the processor milliseconds of each."""
    acts = Acts(model, sounds)
    for line in sys.stdin:
        name, number, path, more = json.loads(line)
        act = getattr(acts, name)(number, path, **more)
        began = time.process_time()
        act()
        print(1000 * (time.process_time() - began), flush=True)


class Commit:
    """A process of one commit."""

    def __init__(self, tree: Path, *words: str) -> None:
        path = os.pathsep.join(str(folder) for folder in (tree, tree / "widgets"))
        self.process = subprocess.Popen(
            [sys.executable, __file__, *words, "--work"],
            env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __call__(self, name: str, number: int, path: Path, **more: object) -> float:
        """Return the milliseconds of an act."""
        print(json.dumps([name, number, str(path), more]), file=self.process.stdin, flush=True)
        return float(self.process.stdout.readline())

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait()


@contextlib.contextmanager
def both(options: argparse.Namespace, name: str) -> Iterator[list[Commit]]:
    """Start the process of the commit before, and that of this one."""
    sounds, here = str(options.corpora / name / "held_out"), Path(__file__).parents[1]
    of_each = (options.before, options.models_before or options.models), (here, options.models)
    commits = [Commit(tree, sounds, str(models / f"{name}.sda")) for tree, models in of_each]
    try:
        yield commits
    finally:
        for commit in commits:
            commit.end()


def measured(
    commits: list[Commit], rounds: int, acts: list[str], own_sounds: bool
) -> dict[str, list[tuple[float, float]]]:
    """Return the milliseconds of every act, before and now, per round, on sounds of each commit's own or of the first.

    The first round is left out: it warms up.
    """
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in acts}
    with tempfile.TemporaryDirectory() as folder:
        first, other = (Path(folder) / f"{name}.npz" for name in ("before", "now"))
        paths = dict(zip(commits, (first, other if own_sounds else first), strict=True))
        for number, name in itertools.product(range(rounds + 1), acts):
            act, more = ACTS[name]
            seed = len(acts) * number + acts.index(name)
            for commit in commits if own_sounds else commits[:1]:
                commit("write", seed, paths[commit])
            turns = commits if number % 2 else commits[::-1]
            times = {commit: commit(act, seed, paths[commit], **more) for commit in turns}
            if number:
                found[name].append((times[commits[0]], times[commits[1]]))
    return found


def cell(pairs: list[tuple[float, float]]) -> str:
    """Return the medians of pairs and of their ratio."""
    before, now = (statistics.median(one) for one in zip(*pairs, strict=True))
    return f"{before:.1f} / {now:.1f}, {statistics.median(after / first for first, after in pairs):.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("--before", type=Path, help="a checkout of the commit to compare with")
    parser.add_argument("--models-before", type=Path, help="models of the other commit; none: MODELS")
    parser.add_argument("--sets", nargs="+", default=["drums", "notes", "texture", "piano", "speech"])
    parser.add_argument("--acts", nargs="+", default=list(ACTS), choices=list(ACTS))
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        return work(str(options.models), str(options.corpora))
    from report import table, write_section

    columns: dict[str, list[str]] = {}
    for name in options.sets:
        with both(options, name) as commits:
            found = measured(commits, options.rounds, options.acts, options.models_before is not None)
        columns[name] = [cell(found[act]) for act in options.acts]
        print(name, *(f"{act}: {one}" for act, one in zip(options.acts, columns[name], strict=True)), sep="\n  ")
    rows = [[act, *(column[row] for column in columns.values())] for row, act in enumerate(options.acts)]
    if options.write:
        own = "Each commit has closed-form models of its own. " if options.models_before else ""
        notes = f"{own}{options.rounds} rounds."
        text = f"{MEANING}\n\n{table(['act', *columns], rows)}\n\n{notes}"
        write_section("latency", "New sounds, decoding and edits: latency beside the commit before", text)


if __name__ == "__main__":
    main()

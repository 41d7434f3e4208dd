"""Seconds until 500 models are listed and 5,000 sounds of the history are searched, and to record a sound.

    python benchmarks/library.py [--models 500] [--sounds 5000] [--model FILE] [--write]

The models are files with the header of FILE, as long as it is and with `--recordings` recordings each. The sounds have
codes of 4 s of that model at random. Nothing is cached by SDA before the first list; the system may hold the files.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from report import table, write_section

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.display.history import thumbnail_url
from sda_lib.history.entry import KINDS, MadeSound
from sda_lib.history.recipe import SoundRecipe
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.library.listing import ModelFilter, library
from sda_lib.model import library as headers
from sda_lib.model.header import HEADER_KEY, read_header
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.provenance_tags import Provenance
from sda_lib.sliders.settings import SliderSettings

ROOT = Path(__file__).parents[1]
MODEL = ROOT / "tests" / "data" / "earlier" / "before.sda"
MEANING = """Seconds on the clock, and of the processor: about what an idle machine would take. A first list reads all
headers; the next ones read those of changed files alone. "In a new process" is the whole command, with the start of
Python. Wanted: 500 models in 0.5 s, 5,000 sounds searched in 0.2 s."""
WORDS = ("rain", "door", "bell", "tin", "wind", "glass", "stone", "river", "reverse", "stretch", "warmth")
SECONDS, HOP, RATE, LEVELS, SIZE = 4.0, 2048, 48000, 12, 256
TRIES = 9


def make_models(folder: Path, model: Path, count: int, recordings: int) -> None:
    """Write model files with the header of `model`, whose tensors are holes in the file."""
    header, entries = read_header(model)
    folder.mkdir()
    for number in range(count):
        memory = [{"name": f"take {one:04}", "offset": 0.0, "frames": 43, "gain": 0.5} for one in range(recordings)]
        facts = {**header, "name": f"{WORDS[number % len(WORDS)]} {number}", "memory": memory}
        text = json.dumps({**entries, "__metadata__": {HEADER_KEY: json.dumps(facts)}}).encode()
        path = folder / f"model-{number}.sda"
        path.write_bytes(struct.pack("<Q", len(text)) + text)
        os.truncate(path, len(text) + model.stat().st_size)


def make_sounds(store: HistoryStore, count: int) -> None:
    """Record sounds without samples."""
    chance, kinds = np.random.default_rng(0), list(KINDS)
    for number in range(count):
        words = " ".join(chance.choice(WORDS, 3))
        store.record(MadeSound(kinds[number % len(kinds)], recipe(chance), words))
        if number % 50 == 0:
            store.star(number + 1)


def recipe(chance: np.random.Generator) -> SoundRecipe:
    """Return the recipe of 4 s of random codes."""
    indices = chance.integers(0, SIZE, (LEVELS, round(SECONDS * RATE / HOP)))
    codes = Codes(indices, SIZE, HOP, RATE)
    made = Provenance(codes, request={"seed": int(chance.integers(1000))}, model={"name": "rain", "codec": "0" * 32})
    return SoundRecipe(made, SoundState(codes, SliderSettings(codes)))


Times = tuple[float, float]


def median(act: Callable[[], object], tries: int = TRIES) -> Times:
    """Return the medians of the seconds that an act takes, on the clock and of the processor."""
    clock, processor = zip(*(seconds(act) for _ in range(tries)), strict=True)
    return statistics.median(clock), statistics.median(processor)


def seconds(act: Callable[[], object]) -> Times:
    begun, used = time.perf_counter(), used_seconds()
    act()
    return time.perf_counter() - begun, used_seconds() - used


def used_seconds() -> float:
    """Return the processor time of this process and of those that have ended."""
    found = os.times()
    return found.user + found.system + found.children_user + found.children_system


def command(home: Path, *words: str) -> Callable[[], object]:
    """Return a command of `sda` as an act."""
    line = [sys.executable, "-m", "sda_lib", *words]
    return lambda: subprocess.run(line, env={**os.environ, "SDA_HOME": str(home)}, check=True, capture_output=True)


def one_page(store: HistoryStore, wanted: Search) -> list[str]:
    """Return the pictures of the sounds on one page of the card, after what the card reads for them."""
    found = store.search(wanted)
    thumbnails = store.thumbnails([one.number for one in found.entries])
    store.stored_bytes()
    return [thumbnail_url(thumbnails.get(one.number, b"")) for one in found.entries]


def first_list(folder: Path) -> None:
    headers._kept_entry.cache_clear()
    library(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--models", type=int, default=500)
    parser.add_argument("--sounds", type=int, default=5000)
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--recordings", type=int, default=50)
    parser.add_argument("--write", action="store_true", help="write the section of docs/BENCHMARKS.md")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        make_models(home / "models", given.model, given.models, given.recordings)
        store, chance = HistoryStore(home / "history"), np.random.default_rng(1)
        filling = seconds(lambda: make_sounds(store, given.sounds))
        noise = AudioClip(0.1 * chance.standard_normal((1, round(SECONDS * RATE)), np.float32), RATE)
        one = recipe(chance)
        models = home / "models"
        acts: list[tuple[str, Times]] = [
            (f"list {given.models} models, first", median(lambda: first_list(models))),
            (f"list {given.models} models, again", median(lambda: library(models))),
            ("search them (tag, minutes, text)", median(lambda: library(models, ModelFilter("rain", minutes=(1, 9))))),
            ("`sda models`, in a new process", median(command(home, "models"), 3)),
            (f"search {given.sounds} sounds, one word", median(lambda: store.search(Search("rain")))),
            ("two words and a kind", median(lambda: store.search(Search("rain bell", kinds=("edited",))))),
            ("a word that none has", median(lambda: store.search(Search("absent")))),
            ("a page of them as the card shows it", median(lambda: one_page(store, Search("rain", limit=10)))),
            ("the last page of all", median(lambda: one_page(store, Search(limit=10, skip=given.sounds - 10)))),
            ("starred ones", median(lambda: store.search(Search(starred=True)))),
            ("`sda history search rain`, in a new process", median(command(home, "history", "search", "rain"), 3)),
            ("record 4 s, recipe alone", median(lambda: store.record(MadeSound("generated", one)))),
            ("record 4 s with samples", median(lambda: store.record(MadeSound("generated", one, clip=noise)))),
        ]
        size = store.database.stat().st_size / 1e6
        rows = table(["what", "clock", "processor"], [[name, *(f"{one:.3f}" for one in found)] for name, found in acts])
        text = f"{rows}\n\n{given.sounds} sounds took {filling[0]:.0f} s to record and {size:.1f} MB."
    print(text)
    if given.write:
        write_section("library", "Library and history", f"{MEANING}\n\n{text}")


if __name__ == "__main__":
    main()

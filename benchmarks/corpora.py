"""The corpora of the benchmarks: thirteen kinds of sound from packages with free licenses.

    python benchmarks/corpora.py FOLDER [NAME ...] [--write]

Needs apt-get (with fresh lists), dpkg and, for notes, piano and pads, fluidsynth and fluid-soundfont-gm. Packages are
kept in FOLDER/.packages. Writes FOLDER/NAME/{train,held_out}: every sixth file in name order is held out.
"""

from __future__ import annotations

import argparse
import random
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import packaged
import rendered
import soundfile
from report import table, write_section

GROUPS = {
    "drums": ("bd_", "sn_", "drum_", "elec_", "perc_"),
    "tabla": ("tabla_",),
    "texture": ("ambi_", "loop_", "guit_", "vinyl_", "glitch_", "mehackit_", "bass_", "misc_"),
}
"""Corpora of sonic-pi-samples by name: how the names of their files begin."""
HELD_OUT_EVERY = 6


@dataclass(frozen=True)
class Kind:
    """A corpus: what it holds, from which package with which license, and what writes its files into a folder."""

    what: str
    package: str
    license: str
    write: Callable[[Path, Path], None]
    """Called with the folder of packages and an empty folder."""


def sonic_pi(what: str, choose: Callable[[list[Path]], Iterable[Path]]) -> Kind:
    """A choice of the files of sonic-pi-samples, copied."""

    def write(packages: Path, folder: Path) -> None:
        files = sorted(packaged.unpacked("sonic-pi-samples", packages).rglob("samples/*.flac"), key=str)
        for file in choose(files):
            shutil.copy(file, folder / file.name)

    return Kind(what, "sonic-pi-samples", "CC0, MIT", write)


def fifty(files: list[Path]) -> list[Path]:
    """Return fifty of all files, drawn at random."""
    shuffled = list(files)
    random.Random(0).shuffle(shuffled)
    return shuffled[:50]


def group(name: str, files: list[Path]) -> list[Path]:
    """Return the files of a group."""
    return [file for file in files if file.name.startswith(GROUPS[name])]


def from_package(what: str, package: str, license: str, sounds: Callable[[Path], Iterator[packaged.Sound]]) -> Kind:
    """Sounds made from the files of a package."""

    def write(packages: Path, folder: Path) -> None:
        for name, samples, rate in sounds(packaged.unpacked(package, packages)):
            soundfile.write(folder / f"{name}.flac", samples.T, rate, subtype="PCM_24")

    return Kind(what, package, license, write)


def from_soundfont(what: str, sounds: Callable[[], Iterator[tuple[str, np.ndarray]]]) -> Kind:
    """Sounds played by fluidsynth."""

    def write(packages: Path, folder: Path) -> None:
        for name, samples in sounds():
            soundfile.write(folder / f"{name}.flac", samples.T, rendered.RATE, subtype="PCM_24")

    return Kind(what, "fluid-soundfont-gm, by fluidsynth", "MIT", write)


KINDS = {
    "fifty": sonic_pi("effects, drums, loops, mixed", fifty),
    "drums": sonic_pi("drum one-shots", partial(group, "drums")),
    "tabla": sonic_pi("tabla strokes", partial(group, "tabla")),
    "texture": sonic_pi("ambiences, loops, guitar, noises", partial(group, "texture")),
    "all": sonic_pi("the whole package", list),
    "notes": from_soundfont("notes of 16 instruments, cut while they sound", rendered.notes),
    "piano": from_soundfont("piano notes with their decay", rendered.piano),
    "loops": from_package("beats of drum loops, cut hard", "lmms-common", "GPL-2+", packaged.loops),
    "field": from_package(
        "animals and things, between long silences", "tuxpaint-stamps-default", "GPL-2+", packaged.field
    ),
    "clicks": from_package("keys pressed and let go", "bucklespring-data", "GPL-2+", packaged.clicks),
    "speech": from_package("letters and syllables, three voices", "klettres-data", "GPL-2+", packaged.speech),
    "music": from_package(
        "stereo music, one excerpt a track", "warzone2100-music", "CC BY-SA 3.0 or GPL-2+", packaged.music
    ),
    "pads": from_soundfont("stereo pad chords, cut while they sound", rendered.pads),
}


def make(name: str, folder: Path) -> None:
    """Write a corpus, split by file."""
    packages, scratch = folder / ".packages", folder / f".{name}"
    packages.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    KINDS[name].write(packages, scratch)
    for number, file in enumerate(sorted(scratch.iterdir())):
        part = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
        (folder / name / part).mkdir(parents=True, exist_ok=True)
        file.rename(folder / name / part / file.name)
    scratch.rmdir()


def row(name: str, folder: Path) -> list[object]:
    """Return the row of a corpus in the table: kind, files, minutes, median length, channels, package, license."""
    infos = [soundfile.info(file) for file in sorted((folder / name).glob("*/*"))]
    seconds = sorted(info.duration for info in infos)
    span = f"{seconds[0]:.2f} – {seconds[len(seconds) // 2]:.2f} – {seconds[-1]:.2f}"
    stereo = sum(info.channels > 1 for info in infos)
    kind = KINDS[name]
    return [name, kind.what, len(infos), f"{sum(seconds) / 60:.1f}", span, stereo, kind.package, kind.license]


HEADER = ["corpus", "kind", "files", "minutes", "shortest – median – longest, s", "stereo files", "package", "license"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(KINDS)}; none: all")
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    rows = []
    for name in options.names or KINDS:
        if not (options.folder / name).exists():
            make(name, options.folder)
        rows.append(row(name, options.folder))
        print(*rows[-1], sep=" | ", flush=True)
    if options.write:
        write_section("corpora", "Corpora", f"{TEXT}\n\n{table(HEADER, rows)}")


TEXT = """`python benchmarks/corpora.py FOLDER` makes them from packages of Debian; every sixth file in name order is
held out. `field`: each recording lies between noise with the spectrum and the level of its own quietest 0.12 s."""

if __name__ == "__main__":
    main()

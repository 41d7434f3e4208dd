"""An hour of sound for the benchmarks, from Debian's warzone2100-music (Ogg Opus, four hours of it, 86 MB to download).

    python benchmarks/music.py FOLDER

The music is (c) 2019-2022 LupusMechanicus, CC BY-SA 3.0 or GPL 2+, and (the tracks 1 to 3 and the menu's) Martin
Severn and others, GPL 2+; the package's license.txt says which. Needs apt-get (with fresh lists) and dpkg. Writes
FOLDER/hour/{train,held_out}: excerpts of equal length, evenly spread over every track, in mono; every sixth is held
out.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import soundfile
from packaged import unpacked

SECONDS, PER_TRACK, HELD_OUT_EVERY = 14.4, 10, 6


def excerpts(track: Path) -> list[tuple[np.ndarray, int]]:
    """PER_TRACK excerpts of a track, none overlapping another: mono samples and their rate."""
    with soundfile.SoundFile(track) as file:
        length = round(SECONDS * file.samplerate)
        found = []
        for first in np.linspace(0, file.frames - length, PER_TRACK).astype(int):
            file.seek(first)
            found.append((file.read(length, dtype="float32", always_2d=True).mean(1), file.samplerate))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    out, packages, number = folder / "hour", folder / ".packages", 0
    packages.mkdir(parents=True, exist_ok=True)
    for track in sorted(unpacked("warzone2100-music", packages).rglob("*.opus"), key=str):
        for place, (samples, rate) in enumerate(excerpts(track)):
            part = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
            (out / part).mkdir(parents=True, exist_ok=True)
            soundfile.write(out / part / f"{track.parent.name}_{track.stem}_{place}.flac", samples, rate)
            number += 1
    print(f"hour: {number} excerpts of {SECONDS:g} s")


if __name__ == "__main__":
    main()

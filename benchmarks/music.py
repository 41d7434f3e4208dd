"""An hour of sound for the benchmarks, from Debian's warzone2100-music (Ogg Opus, four hours of it, 86 MB to download).

    python benchmarks/music.py FOLDER

The music is (c) 2019-2022 LupusMechanicus, CC BY-SA 3.0 or GPL 2+, and (the tracks 1 to 3 and the menu's) Martin
Severn and others, GPL 2+; the package's license.txt says which. Needs apt-get (with fresh lists) and dpkg. Writes
FOLDER/hour/{train,held_out}: excerpts of equal length, evenly spread over every track, in mono; every sixth is held
out.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

SECONDS, PER_TRACK, HELD_OUT_EVERY = 14.4, 10, 6


def download(folder: Path) -> list[Path]:
    """Fetch and unpack the package; its tracks, sorted by path."""
    subprocess.run(["apt-get", "download", "warzone2100-music"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["dpkg", "-x", str(next(folder.glob("*.deb"))), str(folder)], check=True)
    return sorted(folder.rglob("*.opus"), key=str)


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
    out = parser.parse_args().folder / "hour"
    number = 0
    with tempfile.TemporaryDirectory() as folder:
        for track in download(Path(folder)):
            for place, (samples, rate) in enumerate(excerpts(track)):
                part = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
                (out / part).mkdir(parents=True, exist_ok=True)
                name = f"{track.parent.name}_{track.stem}_{place}.flac"
                soundfile.write(out / part / name, samples, rate)
                number += 1
    print(f"hour: {number} excerpts of {SECONDS:g} s")


if __name__ == "__main__":
    main()

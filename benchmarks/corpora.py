"""The corpora of the benchmarks, from Debian's sonic-pi-samples (165 FLAC, 324 s, CC0 and MIT).

    python benchmarks/corpora.py FOLDER

Needs apt-get (with fresh lists) and dpkg. Writes FOLDER/{fifty,drums,tabla,texture,all}/{train,held_out}: every sixth
file in name order is held out.
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import tempfile
from pathlib import Path

GROUPS = {
    "drums": ("bd_", "sn_", "drum_", "elec_", "perc_"),
    "tabla": ("tabla_",),
    "texture": ("ambi_", "loop_", "guit_", "vinyl_", "glitch_", "mehackit_", "bass_", "misc_"),
}
HELD_OUT_EVERY = 6


def download(folder: Path) -> list[Path]:
    """Fetch and unpack the package; its sound files, sorted by path."""
    subprocess.run(["apt-get", "download", "sonic-pi-samples"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["dpkg", "-x", str(next(folder.glob("*.deb"))), str(folder)], check=True)
    return sorted(folder.rglob("samples/*.flac"), key=str)


def choose(files: list[Path]) -> dict[str, list[Path]]:
    """The corpora by name."""
    shuffled = list(files)
    random.Random(0).shuffle(shuffled)
    groups = {name: [file for file in files if file.name.startswith(starts)] for name, starts in GROUPS.items()}
    return {"fifty": shuffled[:50], **groups, "all": files}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    out = parser.parse_args().folder
    with tempfile.TemporaryDirectory() as folder:
        for name, members in choose(download(Path(folder))).items():
            for number, file in enumerate(sorted(members)):
                part = "held_out" if number % HELD_OUT_EVERY == HELD_OUT_EVERY - 1 else "train"
                (out / name / part).mkdir(parents=True, exist_ok=True)
                shutil.copy(file, out / name / part / file.name)
            print(name, len(members))


if __name__ == "__main__":
    main()

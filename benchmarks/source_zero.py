"""The kernel audio distance of new sounds at Source 0, by the commit that is imported.

    PYTHONPATH=TREE OMP_NUM_THREADS=1 python benchmarks/source_zero.py CORPORA FOLDER NAME:SEED[:QUALITY] …

Prints a JSON line for each corpus and seed; QUALITY is "play" (default) or "export". FOLDER keeps the models.
decoder_alone.py asks it about another commit. Needs aisfx (see kernel.py).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

SOUNDS = 48
"""New sounds of a set."""
KNOWN_SECONDS = 10.0
"""The most seconds that are taken of a training recording."""


def distance(corpora: Path, folder: Path, name: str, seed: int, quality: str = "play") -> float:
    """Return the distance of new sounds, decoded without grains, from the training recordings."""
    import torch
    from kernel import embed_windows, window_distance
    from material_reference import learned_clips
    from materials import model_of

    from sda_lib import GenerateOptions, generate

    torch.set_num_threads(1)
    model = model_of(corpora / name, folder / f"{name}-{seed}.sda", seed)
    clips = learned_clips(corpora / name / "train", model.sample_rate, model.recipe.audio.channels)
    most = round(KNOWN_SECONDS * model.sample_rate)
    known = [replace(clip, samples=clip.samples[:, :most]) for clip in clips]
    takes = [generate(model, GenerateOptions(seed=seed * SOUNDS + number)) for number in range(SOUNDS)]
    new = [model.decode(take.codes, 0.0, quality) for take in takes]
    return window_distance(embed_windows(known), embed_windows(new))


def distances_by(tree: Path, corpora: Path, folder: Path, wanted: Sequence[tuple[str, int]]) -> Iterator[float]:
    """Yield the distances of corpora, each with its seed, measured in a process of a commit."""
    words = [f"{name}:{seed}" for name, seed in wanted]
    command = [sys.executable, __file__, str(corpora), str(folder), *words]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tree), os.environ.get("PYTHONPATH", "")])}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in wanted:
            yield float(json.loads(process.stdout.readline())["distance"])


def main() -> None:
    corpora, folder, *words = sys.argv[1:]
    for word in words:
        name, seed, *quality = word.split(":")
        found = distance(Path(corpora), Path(folder), name, int(seed), *quality)
        print(json.dumps({"corpus": name, "seed": int(seed), "distance": found}), flush=True)


if __name__ == "__main__":
    main()

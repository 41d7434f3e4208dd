"""Are sounds of the default command like the recordings, on ten kinds of material?

    python benchmarks/corpora.py FOLDER
    OMP_NUM_THREADS=1 python benchmarks/materials.py measure FOLDER --label NAME [--corpora drums notes] [--within 500]
    python benchmarks/materials.py table FOLDER --labels EARLIER NAME [--write]

`measure` makes a model of each corpus in closed form and sets of 48 sounds: by the defaults (kind `auto`), of four
seconds on corpora of events (`4s`), of four seconds to count what they begin with (`starts`). It keeps figures in
FOLDER/figures/NAME; what is there already is not measured again, so that a run can be continued. It works with an
earlier sda_lib too (PYTHONPATH). `table` prints the figures of several commits beside each other. Needs aisfx (see
kernel.py); `--birdnet` adds a second judge (see birdnet.py).
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from kernel import embed_windows, window_distance
from material_measures import FAINT_DB, SILENT_DB, Changes, click_ratios, figures
from material_reference import Reference, reference
from material_sheet import sheet
from material_table import report
from torch import Tensor

from sda_lib import Corpus, GenerateOptions, Recipe, SdaModel, Take, generate, learn

CORPORA = ("drums", "texture", "notes", "speech", "clicks", "fifty", "piano", "loops", "field", "music", "pads")
EVENTS = ("drums", "clicks", "piano", "notes")
KINDS = {"auto": None, "4s": 4.0, "starts": 4.0}
"""Seconds of the sounds by kind of set; none: the default."""
SETS, SOUNDS = 3, 48
SHOWN = 20


def model_of(corpus: Path, path: Path, seed: int = 0) -> SdaModel:
    """Return the closed-form model of a corpus' folder, made unless the file is there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        sounds, unfinished = Corpus.from_folder(corpus / "train"), path.with_name(f".{path.name}")
        recipe = Recipe.for_corpus(sounds, minutes=0).override(train__threads=1, train__seed=seed)
        for _ in learn(sounds, recipe, unfinished, corpus.name):
            pass
        unfinished.rename(path)
    return SdaModel.load(path)


def options_of(number: int, seconds: float | None) -> Iterator[GenerateOptions]:
    """Yield the options of the sounds of a set."""
    for seed in range(number * SOUNDS, (number + 1) * SOUNDS):
        yield GenerateOptions(seed=seed) if seconds is None else GenerateOptions(seconds=seconds, seed=seed)


def jumps(take: Take) -> Iterator[tuple[int, bool]]:
    """Yield the first frame after every jump, and whether it is where a recording begins."""
    hop = take.codes.hop / take.codes.sample_rate
    for frame, (last, here) in enumerate(pairwise(take.sources), 1):
        if here.file != last.file or abs(here.seconds - last.seconds - hop) > hop / 2:
            yield frame, here.seconds < hop / 2


def seams(take: Take, known: Reference) -> list[tuple[bool, bool]]:
    """Tell of every audible jump into the middle of a recording whether flux and level step pass the recordings' own
    95th percentiles."""
    changes, found = Changes.of(take.clip), []
    for frame, begins in jumps(take):
        place = frame * take.codes.hop - getattr(take.codes, "lead", 0)
        if not begins and place < take.clip.length and changes.audible(place):
            found.append((changes.flux_at(place) > known.flux, changes.step_at(place) > known.step))
    return found


def measured(takes: Sequence[Take], known: Reference, vectors: Sequence[Tensor]) -> dict[str, float]:
    """Return the figures of a set of sounds, compared with the vectors [window, 512] of the recordings."""
    each = [figures(take.clip) for take in takes]
    clicks = sum(int((click_ratios(take.clip) > known.click).sum()) for take in takes)
    borders = [one for take in takes for one in seams(take, known)]
    seconds = sum(one["seconds"] for one in each)
    return {
        "kad": window_distance(vectors, embed_windows([take.clip for take in takes])),
        **{name: float(np.median([one[name] for one in each])) for name in known.inner},
        "quiet": float(np.mean([one["quiet"] for one in each])),
        "silent": sum(one["loudest"] < SILENT_DB for one in each),
        "faint": faint(each, known),
        "clicks": clicks / seconds,
        "jumps": sum(len(list(jumps(take))) for take in takes) / seconds,
        "seams": len(borders),
        "flux": float(np.mean([flux for flux, _ in borders])) if borders else 0.0,
        "step": float(np.mean([step for _, step in borders])) if borders else 0.0,
        "starts": starts(takes),
    }


def faint(each: Sequence[dict[str, float]], known: Reference) -> int:
    """Return how many sounds are far fainter than nearly all recordings, such as silences of field recordings."""
    return sum(one["loudest"] < known.loudest - FAINT_DB for one in each)


def starts(takes: Sequence[Take]) -> int:
    """Return how many different recordings the sounds begin with."""
    return len({take.sources[0].file for take in takes if take.sources})


@dataclasses.dataclass(frozen=True)
class Run:
    """What `measure` works on."""

    folder: Path
    label: str
    models: Path
    within: float
    birdnet: bool

    def results(self) -> Path:
        """Return the folder of this commit's figures."""
        return self.folder / "figures" / self.label

    def measure(self, name: str, number: int, kind: str) -> None:
        """Measure a set of a corpus and keep the figures, unless they are there."""
        file = self.results() / f"{name}_{kind}_{number}{'_birdnet' if self.birdnet else ''}.json"
        if file.exists():
            return
        began, seconds = time.process_time(), KINDS[kind]
        model = model_of(self.folder / name, self.models / f"{name}.sda")
        takes = [generate(model, options) for options in options_of(number, seconds)]
        found = self.figures(name, kind, model, takes)
        file.parent.mkdir(parents=True, exist_ok=True)
        if number == 0 and not self.birdnet:
            sheet([take.clip for take in takes[:SHOWN]], file.with_suffix(".png"))
        file.write_text(json.dumps(found, indent=1))
        short = {key: round(value, 3) for key, value in found.items()}
        print(name, kind, number, f"{time.process_time() - began:.0f} CPU-s", json.dumps(short), flush=True)

    def figures(self, name: str, kind: str, model: SdaModel, takes: Sequence[Take]) -> dict[str, float]:
        """Return the figures of the sounds of a set."""
        seconds, corpus = KINDS[kind], self.folder / name
        compared = "auto" if kind == "starts" else kind
        place = self.folder / "figures" / "reference" / f"{name}_{compared}_{model.hop}"
        if self.birdnet:
            import birdnet

            return birdnet.distances([take.clip for take in takes], corpus, place.with_suffix(".birdnet.pt"), seconds)
        channels = model.recipe.audio.channels
        known, vectors = reference(corpus, place, model.sample_rate, channels, model.hop, KINDS[compared])
        if kind == "starts":
            return {"starts": starts(takes), "faint": faint([figures(take.clip) for take in takes], known)}
        return measured(takes, known, vectors)


def measure(run: Run, names: Sequence[str], sets: int, kinds: Sequence[str]) -> None:
    """Measure sets until all are done or the time is over; say which."""
    began = time.monotonic()
    for number in range(sets):
        for kind in kinds:
            for name in names:
                if kind != "auto" and (kind == "4s") != (name in EVENTS):
                    continue
                if time.monotonic() - began > run.within:
                    print("time is over: give the same command again", flush=True)
                    return
                run.measure(name, number, kind)
    print("done", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("act", choices=("measure", "table"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--label", help="name of the commit that is measured")
    parser.add_argument("--labels", nargs="+", help="names of the commits to print, the earlier first")
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA))
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--models", type=Path, help="folder of models; none: FOLDER/figures/LABEL/models")
    parser.add_argument("--within", type=float, default=float("inf"), help="begin no other set after these seconds")
    parser.add_argument("--birdnet", action="store_true", help="measure the second judge's distance alone")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.act == "table":
        report(options.folder, options.labels, options.corpora, options.write)
        return
    models = options.models or options.folder / "figures" / options.label / "models"
    run = Run(options.folder, options.label, models, options.within, options.birdnet)
    measure(run, options.corpora, options.sets, options.kinds)


if __name__ == "__main__":
    main()

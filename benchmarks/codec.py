"""How well and how fast the codec plays, beside other codecs in the same run.

    OMP_NUM_THREADS=1 python benchmarks/codec.py CORPORA --sets fifty drums texture all --rates low high --write

CORPORA is what benchmarks/corpora.py made: one folder per set, with train and held_out inside. Everything is mono and
on one thread. A training budget is processor time: the clock that `learn` looks at is the process's own.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import istft_head
import torch
from kernel import kernel_distance, self_split
from peers import nearest, network_speed, opus, samples_of, through_network
from report import table, write_section
from scores import SCORE_HEADER, Reference, Score, entropy_efficiency, processor_seconds, utilization
from tasks import GRIDS, Task, recipe_for, through, trained

from sda_lib import AudioClip, Corpus, SdaModel, edit
from sda_lib.codec.losses import si_sdr

Rows = dict[str, list[list[object]]]
"""Table -> rows of cells."""

SOURCES = (1.0, 0.5, 0.0)
BUDGETS = {"all": 180.0}
"""Seconds of training, where they are not those of `--budget`."""
TRAINED_ON_AT_MOST = 48
"""Recordings that the distance on training files is measured for, evenly spread over the folder."""
PEERS = Path(__file__).parents[1] / "data" / "benchmarks" / "peers.json"
"""What the peers were measured to be, by corpus and budget; not under version control."""


def kbit_per_second(model: SdaModel) -> float:
    return model.levels * math.log2(model.codebook_size) * model.frame_rate / 1000


def score_rows(label: list[object], scores: dict[str, Score]) -> Iterator[list[object]]:
    """A row for every Source; the lowest mel distance in bold."""
    best = min(scores, key=lambda source: scores[source].mel)
    for source, score in scores.items():
        mel, *others = score.cells()
        yield [*label, source, f"**{mel}**" if source == best and len(scores) > 1 else mel, *others]


def own_row(task: Task, model: SdaModel, label: list[object], size: int) -> list[object]:
    """How the corpus itself comes back, how its codes are used, and how large the file is."""
    own = [
        (si_sdr(clip.resampled(model.sample_rate), decoded), clip.name)
        for clip, decoded in zip(task.train, through(model, task.train, 1.0), strict=True)
    ]
    worst, name = min(own)
    unseen = set(model.header.get("held_out", ()))
    learned = [clip for clip in task.train if clip.name not in unseen] or list(task.train)
    some = learned[:: math.ceil(len(learned) / TRAINED_ON_AT_MOST)]
    used, entropy = utilization(model.usage), entropy_efficiency(model.usage)
    return [
        *label,
        f"{worst:.0f} ({name}) / {statistics.median(distance for distance, _ in own):.0f}",
        f"{Reference.of(some, False).score(through(model, some, 0.0)).mel:.3f}",
        f"{100 * used.min():.0f} / {100 * used.mean():.0f}",
        f"{100 * entropy.min():.0f} / {100 * entropy.mean():.0f}",
        f"{size / 1e6:.1f}",
    ]


def speed_row(model: SdaModel, passage: AudioClip, label: list[object]) -> list[object]:
    """Encoding and decoding, processor time over duration, and bringing an edited cell up to date, in ms."""
    clip = passage.resampled(model.sample_rate)
    codes = model.encode(clip)
    middle, before = codes.frames // 2, model.decode(codes)
    changed = edit(codes, "randomize", seed=1, frames=(middle, middle + 1))
    redone = processor_seconds(lambda: model.redecode(changed, codes, before))
    acts = (lambda: model.encode(clip), lambda: model.decode(codes, 1.0), lambda: model.decode(codes, 0.0))
    return [*label, *(f"{processor_seconds(act) / clip.seconds:.4f}" for act in acts), f"{1000 * redone:.0f}"]


def measure_codec(task: Task, grid: str, seconds: float, changes: dict[str, object], folder: Path) -> Rows:
    """Rows of the three tables for one model of ours."""
    recipe = recipe_for(Corpus.from_folder(task.folder / "train"), grid, seconds, changes)
    path = folder / f"{task.name}.sda"
    model, spent = trained(task, recipe, path)
    codec = model.recipe.codec
    what = f"{'closed form' if not model.metrics['steps'] else 'trained'}, {codec.levels} x {codec.codebook_size}"
    label = [task.name, f"{what}, hop {codec.hop}"]
    scores = {f"{source:g}": task.reference.score(through(model, task.reference.clips, source)) for source in SOURCES}
    steps = model.metrics["steps"]
    fit = [f"{kbit_per_second(model):.2f}", f"{spent.total if steps else spent.first:.1f} s, {steps:.0f} steps"]
    return {
        "quality": list(score_rows([*label, *fit], scores)),
        "own": [own_row(task, model, label, path.stat().st_size)],
        "speed": [speed_row(model, task.passage(), label)],
    }


def measure_network(task: Task, levels: int, seconds: float) -> Rows:
    """The same rows for the ISTFT-head network."""
    began = time.process_time()
    network, steps = istft_head.train([samples_of(clip) for clip in task.train], levels, seconds)
    spent = time.process_time() - began
    score = task.reference.score(through_network(network, task.reference.clips))
    label = [task.name, f"ISTFT-head network, {levels} x {istft_head.CODES}"]
    fit = [f"{network.kbit_per_second:.2f}", f"{spent:.1f} s, {steps} steps"]
    encoding, decoding = network_speed(network, task.passage())
    return {
        "quality": list(score_rows([*label, *fit], {"–": score})),
        "speed": [[*label, f"{encoding:.4f}", "–", f"{decoding:.4f}", "–"]],
    }


def measure_references(task: Task) -> Rows:
    """Rows for Opus at two rates and for the nearest recording."""
    rows = []
    for wanted in (12000, 24000):
        decoded, rate = opus(task.reference.clips, wanted)
        rows += score_rows([task.name, "Opus", f"{rate:.1f}", "–"], {"–": task.reference.score(decoded)})
    closest = task.reference.score(nearest(task.reference.clips, task.train))
    rows += score_rows([task.name, "nearest training file", "–", "–"], {"–": closest})
    return {"quality": rows}


def remembered(key: str, measure: Callable[[], Rows], afresh: bool) -> Rows:
    """A peer's rows, measured now or taken from an earlier run; a row that was not measured today says its day."""
    known = json.loads(PEERS.read_text()) if PEERS.exists() else {}
    if afresh or key not in known:
        known[key] = {"day": date.today().isoformat(), "rows": measure()}
        PEERS.parent.mkdir(parents=True, exist_ok=True)
        PEERS.write_text(json.dumps(known, indent=1))
    day = known[key]["day"]
    late = "" if day == date.today().isoformat() else f" ({day})"
    return {part: [[row[0], row[1] + late, *row[2:]] for row in rows] for part, rows in known[key]["rows"].items()}


def floor_text(task: Task) -> str:
    """What the kernel distance says where there is no difference."""
    vectors = task.reference.vectors
    mean, deviation = self_split(vectors)
    equal = kernel_distance(vectors, vectors)
    return (
        f"{task.name} ({len(vectors)} files): random halves of the originals are {mean:.1f} ± {deviation:.1f} apart, "
        f"the originals from themselves {equal:.1f}"
    )


HEADERS = {
    "quality": ["corpus", "codec", "kbit/s", "fitted for", "Source", *SCORE_HEADER],
    "own": ["corpus", "codec", "own files, dB", "trained on, mel", "codes used, %", "entropy, %", ".sda, MB"],
    "speed": ["corpus", "codec", "encode", "decode, Source 1", "decode, Source 0", "edited cell, ms"],
}
TITLES = {
    "quality": "Codec: held-out sounds",
    "own": "Codec: the corpus itself",
    "speed": "Codec: speed",
}
TEXTS = {
    "quality": """Files that the model never saw, by way of their codes: means over the files of the multi-scale
mel distance (lower is better; the best Source in bold) and of the ratios decoded / original of
`benchmarks.realism` (ideal 1). KAD: kernel audio distance x 100 on `aisfx` vectors of the decoded and the
original files, the unbiased estimate for unrelated sets, and beside it ("paired") without the pairs of a file and its
copy, which is 0 for equal sets and stricter. {floor}. Mono, one thread, one seed;
"fitted for" is processor time from beginning to end; of a closed form, from the files being read to the first saved
model. The state that is kept is chosen by other
files, taken out of the training folder; but numbers among the recipe's defaults were chosen by looking at these files
of `fifty`, `drums` and `texture`, so their rows flatter a little. Opus is libsndfile's; its rate counts packets, not
the Ogg pages around them. The ISTFT-head network is benchmarks/istft_head.py; its learning rate, batch and loss
windows were chosen on the held-out files of `fifty`. The nearest training file is an oracle: the lowest mel distance
of all, searched among the 12 that are nearest by their log-mel spectra.""",
    "own": """The corpus by way of its codes: SI-SDR at Source 1 (worst / median of all files); mean mel distance at
Source 0 of up to 48 files that the networks were trained on; share of the codes in use and entropy of their use over
log2 of their number (lowest level / mean over the levels).""",
    "speed": """Processor time of one thread over the duration, median of 9: ten seconds of held-out sounds, already
at the codec's rate; and the time to decode one changed code of them, at Source 1.""",
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums"])
    parser.add_argument("--rates", nargs="+", choices=GRIDS, default=["low", "high"])
    parser.add_argument("--budget", type=float, default=60.0, help="seconds of training (`all`: 180)")
    parser.add_argument("--closed-only", action="store_true", help="no training after the closed form")
    parser.add_argument("--set", nargs="+", default=[], metavar="KEY=VALUE", help="numbers of the recipe")
    parser.add_argument("--no-peers", action="store_true", help="our codec alone")
    parser.add_argument("--peers-afresh", action="store_true", help="measure peers that were measured before, too")
    parser.add_argument("--no-kad", action="store_true", help="without the kernel audio distance (needs aisfx)")
    parser.add_argument("--section", default="", help="write sections of their own, by this name")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    return parser.parse_args()


def measurements(task: Task, options: argparse.Namespace, folder: Path) -> Iterator[Rows]:
    """Rows by table, one measurement after the other."""
    budget, changes = BUDGETS.get(task.name, options.budget), dict(pair.split("=", 1) for pair in options.set)
    for grid in options.rates:
        for seconds in (0.0,) if options.closed_only else (0.0, budget):
            yield measure_codec(task, grid, seconds, changes, folder)
    if options.no_peers:
        return
    afresh = options.peers_afresh
    for levels in sorted({12 if grid == "high" else 6 for grid in options.rates}):
        key = f"{task.name}, ISTFT head, {levels} levels, {budget:g} s, KAD {not options.no_kad}"
        yield remembered(key, lambda levels=levels: measure_network(task, levels, budget), afresh)
    yield remembered(f"{task.name}, references, KAD {not options.no_kad}", lambda: measure_references(task), afresh)


def main() -> None:
    options = arguments()
    torch.set_num_threads(1)
    rows: Rows = {part: [] for part in HEADERS}
    floors = []
    with tempfile.TemporaryDirectory() as folder:
        for name in options.sets:
            task = Task.of(options.corpora, name, not options.no_kad)
            floors += [] if options.no_kad else [floor_text(task)]
            for found in measurements(task, options, Path(folder)):
                for part, more in found.items():
                    rows[part] += more
                    for row in more:
                        print(f"{part:8}", *row, sep=" | ", flush=True)
    for part, header in HEADERS.items():
        text = TEXTS[part].format(floor="; ".join(floors) or "(not measured)") + "\n\n" + table(header, rows[part])
        print(f"\n## {TITLES[part]}\n\n{text}")
        if options.write:
            mark = f"-{options.section}" if options.section else ""
            write_section(f"codec-{part}{mark}", TITLES[part] + (f", {options.section}" if mark else ""), text)


if __name__ == "__main__":
    main()

"""How many codes, for how much sound? Closed-form sweeps on held-out files, and the rules that could choose.

    OMP_NUM_THREADS=1 python benchmarks/codebooks.py CORPORA --write

CORPORA is what benchmarks/corpora.py made. Seconds per model; every seed splits (or draws) every corpus differently.
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from edge import five_hundred, five_tiny, one_short
from report import table, write_section
from scores import entropy_efficiency, utilization

from sda_lib import AudioClip, Corpus, Recipe
from sda_lib.codec.codec import Codec
from sda_lib.codec.losses import mel_distance
from sda_lib.config import codebook_size_for
from sda_lib.file_choice import EVERYTHING
from sda_lib.memory.decode import synthesize
from sda_lib.training.closed_form import fit_codec, fit_noise
from sda_lib.training.encoding import latent_of
from sda_lib.training.segments import CorpusSound, split
from sda_lib.training.snapshot import code_counts, first_seconds

SIZES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
FEWEST_CODES, SMALL_FRAMES, MOST_SWEPT = 16, 150, 512
"""Fewer codes are only tried for corpora of fewer frames; sweeps within a corpus end at this number."""
LEVELS = (4, 6, 8, 12)
HELD_OUT = 1 / 6
FIVE_OF = ("tabla", "drums", "texture")
SHOTS_HELD_OUT, JUDGED_SECONDS = 80, 30.0
"""One-shots that are judged; of how much training sound the mel distance is taken."""


@dataclass(frozen=True)
class Part:
    """One way to part a corpus: sounds to train on, sounds to be judged by, and the recipe for the first."""

    train: tuple[CorpusSound, ...]
    held_out: tuple[CorpusSound, ...]

    @property
    def sounding_seconds(self) -> float:
        return sum(sound.seconds for sound in self.train)

    @property
    def median_seconds(self) -> float:
        return statistics.median(sound.seconds for sound in self.train)

    stereo_share = 0.0
    selection = EVERYTHING

    @property
    def recipe(self) -> Recipe:
        return Recipe.for_corpus(self)

    @property
    def frames(self) -> int:
        return sum(math.ceil(sound.length / self.recipe.codec.hop) for sound in self.train)


@dataclass(frozen=True)
class Result:
    """A closed-form codec, measured: mel distances, the least utilization and entropy efficiency of any level on the
    training sounds (shares), the processor time of fitting it."""

    held_out: float
    train: float
    utilization: float
    efficiency: float
    seconds: float

    @classmethod
    def mean(cls, results: Sequence[Result]) -> Result:
        return cls(*(statistics.mean(column) for column in zip(*(vars(one).values() for one in results), strict=True)))


def read(folder: Path) -> tuple[CorpusSound, ...]:
    rate = Recipe().audio.sample_rate
    return tuple(CorpusSound.of(clip) for clip in Corpus.from_folder(folder).clips(rate, 1))


def whole(corpora: Path, name: str) -> tuple[CorpusSound, ...]:
    return read(corpora / name / "train") + read(corpora / name / "held_out")


def shuffled(sounds: Sequence[CorpusSound], seed: int) -> tuple[CorpusSound, ...]:
    return tuple(sounds[index] for index in np.random.default_rng(seed).permutation(len(sounds)))


def parted(name: str) -> Callable[[Path, int], Part]:
    """A corpus by files, one in six held out."""
    return lambda corpora, seed: Part(*split(shuffled(whole(corpora, name), seed), HELD_OUT, seed))


def five(corpora: Path, seed: int) -> Part:
    """Five training files of one kind of sound, judged by the held-out files of that kind."""
    folder = corpora / FIVE_OF[seed % len(FIVE_OF)]
    return Part(shuffled(read(folder / "train"), seed)[:5], read(folder / "held_out"))


def made(make: Callable[..., None], share: float) -> Callable[[Path, int], Part]:
    """A corpus at the edge (benchmarks/edge.py), of which a share is held out."""

    def parts(corpora: Path, seed: int) -> Part:
        with tempfile.TemporaryDirectory() as folder:
            make(samples(corpora / "all" / "train"), Path(folder), np.random.default_rng(seed))
            return Part(*split(read(Path(folder)), share, seed))

    return parts


def shots(corpora: Path, seed: int) -> Part:
    """500 one-shots made of training files, judged by some made of held-out files."""
    sides = []
    for side in ("train", "held_out"):
        with tempfile.TemporaryDirectory() as folder:
            five_hundred(samples(corpora / "all" / side), Path(folder), np.random.default_rng(seed))
            sides.append(read(Path(folder)))
    return Part(sides[0], sides[1][:SHOTS_HELD_OUT])


def samples(folder: Path) -> list[np.ndarray]:
    return [clip.samples[0] for clip in Corpus.from_folder(folder).clips(44100, 1)]


CORPORA: dict[str, tuple[str, Callable[[Path, int], Part], int]] = {
    "tiny": ("five one-shots of 0.1 s", made(five_tiny, HELD_OUT), 3),
    "short": ("one file of 2 s", made(one_short, HELD_OUT), 3),
    "five": ("5 files", five, 3),
    "fifty": ("50 files", parted("fifty"), 2),
    "all": ("165 files", parted("all"), 2),
    "shots": ("500 one-shots", shots, 1),
}
"""Title, how to part it, and how often."""


@torch.no_grad()
def measure(part: Part, size: int, levels: int, seed: int) -> Result:
    recipe = part.recipe.override(codec__codebook_size=size, codec__levels=levels)
    codec = Codec(recipe.audio, recipe.codec)
    began = time.process_time()
    fit_codec(codec, part.train, seed)
    spent = time.process_time() - began
    fit_noise(codec, part.train, part.held_out)
    used = code_counts(codec, [codec.quantize(latent_of(codec, sound)[None]).indices[0] for sound in part.train])
    distances = [
        statistics.mean(distance(codec, sound) for sound in sounds)
        for sounds in (part.held_out, first_seconds(shuffled(part.train, seed), JUDGED_SECONDS))
    ]
    return Result(*distances, float(utilization(used).min()), float(entropy_efficiency(used).min()), spent)


def distance(codec: Codec, sound: CorpusSound) -> float:
    """Mel distance of a sound from what the codec makes of its codes without a memory."""
    latent = codec.quantize(latent_of(codec, sound)[None]).latent[0]
    decoded, _ = synthesize(codec, None, latent, 0.0)
    return mel_distance(sound.clip, AudioClip(decoded[:, : sound.length].numpy(), sound.sample_rate))


def sizes_for(frames: int) -> list[int]:
    return [size for size in SIZES if size <= frames and (size >= FEWEST_CODES or frames < SMALL_FRAMES)]


def by_files(part: Part) -> int:
    """64 codes for up to 20 files, 128 for up to 100, 256 for more."""
    return 64 if len(part.train) <= 20 else 128 if len(part.train) <= 100 else 256


def by_frames(frames_per_code: int, least: int, most: int) -> Callable[[Part], int]:
    """The largest power of two in least..most that leaves this many frames to each code."""
    return lambda part: min(most, max(least, 2 ** (int(part.frames / frames_per_code).bit_length() - 1)))


def by_sweep(part: Part) -> int:
    """The best size on sounds held out of the training sounds."""
    inner = Part(*split(part.train, HELD_OUT, 0))
    sizes = [size for size in sizes_for(inner.frames) if size <= MOST_SWEPT]
    return min(sizes, key=lambda size: measure(inner, size, 12, 0).held_out)


RULES: dict[str, Callable[[Part], int]] = {
    "by files: 64, 128, 256": by_files,
    "the recipe's": lambda part: codebook_size_for(part.frames),
    "8 frames per code, 16 to 256": by_frames(8, 16, 256),
    "5 frames per code, 4 to 256": by_frames(5, 4, 256),
    **{f"{count} frames per code, 4 to 1024": by_frames(count, 4, 1024) for count in (4, 8, 16, 32)},
    "best of a sweep": by_sweep,
}


def cells(result: Result) -> list[str]:
    shares = [f"{100 * share:.0f}" for share in (result.utilization, result.efficiency)]
    return [f"{result.held_out:.3f}", f"{result.train:.3f}", *shares, f"{result.seconds:.1f}"]


def sweep(title: str, parts: Sequence[Part]) -> Iterator[tuple[list[object], int, list[Result]]]:
    """Rows of the table of sizes, the size of each, and its results per part (fewer where a part has fewer frames)."""
    for size in sizes_for(min(part.frames for part in parts)):
        results = [measure(part, size, 12, seed) for seed, part in enumerate(parts)]
        frames = statistics.mean(part.frames for part in parts)
        head = [title, f"{statistics.mean(len(part.train) for part in parts):.0f}", f"{frames:.0f}", size]
        yield [*head, f"{frames / size:.0f}", *cells(Result.mean(results))], size, results


def nearest_size(size: int, sizes: Sequence[int]) -> int:
    """The measured size that is closest to the one a rule asks for."""
    return min(sizes, key=lambda one: abs(math.log2(one / size)))


@dataclass(frozen=True)
class Study:
    """Rows of the tables of sizes and of levels for a corpus, and the regret of every rule."""

    sizes: list[list[object]]
    levels: list[list[object]]
    regrets: dict[str, str]


def study(corpora: Path, name: str) -> Study:
    torch.set_num_threads(1)
    title, part_by, count = CORPORA[name]
    parts = [part_by(corpora, seed) for seed in range(count)]
    rows, found = [], {}
    for row, size, results in sweep(title, parts):
        rows.append(row)
        found[size] = results
        print(*row, sep=" | ", flush=True)
    best = min(Result.mean(results).held_out for results in found.values())
    regrets = {}
    for rule, choose in RULES.items():
        sizes = [nearest_size(choose(part), list(found)) for part in parts]
        mel = statistics.mean(found[size][number].held_out for number, size in enumerate(sizes))
        regrets[rule] = f"{max(0.0, mel - best):.3f} ({', '.join(str(size) for size in sizes)})"
        print(title, rule, regrets[rule], sep=" | ", flush=True)
    return Study(rows, list(levels_of(title, parts, list(found))), regrets)


def levels_of(title: str, parts: Sequence[Part], measured: Sequence[int]) -> Iterator[list[object]]:
    """Rows of the table of levels, at the sizes that the recipe chooses."""
    sizes = [nearest_size(codebook_size_for(part.frames), measured) for part in parts]
    for levels in LEVELS:
        results = [
            measure(part, size, levels, seed) for seed, (part, size) in enumerate(zip(parts, sizes, strict=True))
        ]
        yield [title, ", ".join(str(size) for size in sizes), levels, *cells(Result.mean(results))]


COLUMNS = ["held-out mel", "training mel", "least utilization, %", "least entropy efficiency, %", "fit, s"]
SIZE_HEADER = ["corpus", "training files", "frames", "codes", "frames per code", *COLUMNS]
LEVEL_HEADER = ["corpus", "codes", "levels", *COLUMNS]
TEXT = """Closed form in mono at Source 0 (no memory), default hop, {levels} levels. Least: of all levels, the one that
uses the smallest share of its codes, or uses them least evenly (entropy over log2 of their number), on the training
sounds. Means over {counts}, each with different files and k-means starts. 5 files: of tabla, drums and texture in turn,
judged by the held-out files of that kind. 500 one-shots: cut from training files and sped up or down
(benchmarks/edge.py), judged by {shots} made likewise of held-out files."""
RULE_TEXT = """Regret of a rule: held-out mel distance above the best measured size for that corpus (12 levels), and
the codes that it chose for each part. A rule's wish is moved to the nearest size measured. "Best of a sweep" tries the
sizes up to 512 on a sixth of the training sounds. The recipe's: 8 frames per code, 16 to 256, but no fewer than two
frames per code. Differences under 0.03 are ties."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", choices=CORPORA, default=list(CORPORA))
    parser.add_argument("--jobs", type=int, default=2, help="corpora that are looked at at once")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/BENCHMARKS.md")
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        studies = list(pool.map(study, [options.corpora] * len(options.sets), options.sets))
    regrets = [[rule, *(one.regrets[rule] for one in studies)] for rule in RULES]
    counts = ", ".join(f"{CORPORA[name][2]} ({CORPORA[name][0]})" for name in options.sets)
    text = "\n\n".join(
        [
            TEXT.format(levels=12, counts=counts, shots=SHOTS_HELD_OUT),
            table(SIZE_HEADER, [row for one in studies for row in one.sizes]),
            RULE_TEXT,
            table(["rule", *(CORPORA[name][0] for name in options.sets)], regrets),
            "Levels, at the codes that the recipe chooses:",
            table(LEVEL_HEADER, [row for one in studies for row in one.levels]),
        ]
    )
    print(f"\n{text}")
    if options.write:
        write_section("codebooks", "How many codes", text)


if __name__ == "__main__":
    main()

"""Which phases sound closest to the truth, and what they cost: on true magnitudes and on a model's.

    python benchmarks/phase.py CORPORA --sets fifty drums --write

CORPORA is what benchmarks/corpora.py made. Trains a closed-form mono model of every set (seconds each).
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from report import table, write_section
from torch import Tensor

from sda_lib import AudioClip, Corpus, Recipe, SdaModel, learn
from sda_lib.codec.losses import mel_distance
from sda_lib.codec.phase import TURN, gradients, griffin_lim, propagated_phase, random_phase
from sda_lib.codec.stft import Spectral, log_magnitude, mid_side
from sda_lib.memory.decode import ANCHOR_SPACING, LOUDEST

Method = Callable[[Spectral, Tensor], Tensor]
SWEEPS = 16


@dataclass(frozen=True)
class Sound:
    """A held-out file and its log10 magnitudes [channel, bin, k], true and decoded."""

    clip: AudioClip
    true: Tensor
    decoded: Tensor


def padded_samples(recipe: Recipe, clip: AudioClip) -> Tensor:
    """Return a clip as mid/side samples [channel, frames * hop] at the recipe's sample rate, padded with silence."""
    clip = clip.with_channels(recipe.audio.channels).resampled(recipe.audio.sample_rate)
    return F.pad(mid_side(torch.tensor(clip.samples)), (0, -clip.length % recipe.codec.hop))


def widest_path_phase(spectral: Spectral, levels: Tensor) -> Tensor:
    """Unit phases by phase gradient heap integration, in real time's order (RTPGHI, Prusa and Sondergaard 2016): every
    bin takes its phase along the loudest path from the spectrum before. The heap is replaced by SWEEPS sweeps, which
    find the same paths as long as they cross at most that many bins. A change affects the sound to its end."""
    rows = levels.transpose(-1, -2) * math.log(10)
    advance, across = gradients(spectral, rows)
    advance = torch.cat([advance[:, :1], (advance[:, 1:] + advance[:, :-1]) / 2], 1)
    width = torch.cat([rows[:, :1], rows[:, :-1]], 1)
    seed = torch.arange(spectral.bins).expand(rows.shape)
    for _ in range(SWEEPS):
        given = torch.minimum(rows, width)
        below, above = F.pad(given, (1, 0), value=-1e9)[..., :-1], F.pad(given, (0, 1), value=-1e9)[..., 1:]
        best = torch.maximum(width, torch.maximum(below, above))
        nearer = torch.where(below >= above, F.pad(seed, (1, 0))[..., :-1], F.pad(seed, (0, 1))[..., 1:])
        seed, width = torch.where(best > width, nearer, seed), best
    change = advance.gather(-1, seed) + across - across.gather(-1, seed)
    angles = [across[:, 0]]
    for k in range(1, rows.shape[1]):
        angles.append(angles[-1].gather(-1, seed[:, k]) + change[:, k])
    angles = torch.stack(angles, 1) % TURN
    return torch.polar(torch.ones_like(angles), angles).transpose(-1, -2)


def method(start: Callable[[Spectral, Tensor], Tensor], rounds: int) -> Method:
    """Log-magnitudes -> signal: an initial phase and a number of Griffin-Lim iterations."""

    def made(spectral: Spectral, levels: Tensor) -> Tensor:
        linear = torch.exp(levels.clamp_max(LOUDEST) * math.log(10))
        return griffin_lim(spectral, linear, start(spectral, levels), rounds)

    return made


def scattered(_: Spectral, levels: Tensor) -> Tensor:
    return random_phase(levels)


def propagated(spectral: Spectral, levels: Tensor) -> Tensor:
    return propagated_phase(spectral, levels, 0, ANCHOR_SPACING)


METHODS: dict[str, Method] = {
    **{f"scattered + {rounds} Griffin-Lim": method(scattered, rounds) for rounds in (2, 4, 16)},
    **{f"propagated between anchors + {rounds}": method(propagated, rounds) for rounds in (0, 1, 2, 4, 16)},
    **{f"PGHI over the whole sound + {rounds}": method(widest_path_phase, rounds) for rounds in (2, 16)},
}


def sounds(corpora: Path, name: str, folder: Path) -> tuple[Spectral, list[Sound]]:
    """The held-out files of a set, and what a closed-form mono model of the others makes of them."""
    corpus, path = Corpus.from_folder(corpora / name / "train"), folder / f"{name}.sda"
    recipe = Recipe.for_corpus(corpus, minutes=0).override(audio__channels=1, train__threads=1)
    for _ in learn(corpus, recipe, path, name):
        pass
    model = SdaModel.load(path)
    found = []
    for clip in Corpus.from_folder(corpora / name / "held_out").clips(model.sample_rate, 1):
        true = log_magnitude(model.codec.spectral.rows(padded_samples(model.recipe, clip))).transpose(-1, -2)
        latent = model.codec.bottleneck.embed(torch.tensor(model.encode(clip).indices))
        with torch.no_grad():
            found.append(Sound(clip, true, model.codec.log_magnitudes(latent[None])[0]))
    return model.codec.spectral, found


def score(made: Method, spectral: Spectral, clips: list[AudioClip], levels: list[Tensor]) -> tuple[float, float]:
    """Mean mel distance, and processor time of one thread as a multiple of real time."""
    began = time.process_time()
    signals = [made(spectral, one) for one in levels]
    spent = time.process_time() - began
    pairs = zip(clips, signals, strict=True)
    distances = [mel_distance(clip, AudioClip(one[:, : clip.length].numpy(), clip.sample_rate)) for clip, one in pairs]
    return statistics.mean(distances), spent / sum(clip.seconds for clip in clips)


MEANING = """Mean multi-scale mel distance (lower is better) of held-out files from what the phases make of their true
log-magnitudes and of those that a closed-form mono model decodes from their codes without grains, 1024 / 256 at 48 kHz;
processor time of the phases and the signal alone, one thread, `{name}`, whole files at once. Anchors are {spacing}
spectra apart; their spacing and the iterations were chosen on these files."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "drums"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        sets = [sounds(options.corpora, name, Path(folder)) for name in options.sets]
    rows = []
    for name, made in METHODS.items():
        row: list[object] = [name]
        for spectral, found in sets:
            clips = [one.clip for one in found]
            true, spent = score(made, spectral, clips, [one.true for one in found])
            decoded, _ = score(made, spectral, clips, [one.decoded for one in found])
            row += [f"{true:.3f}", f"{decoded:.3f}", f"{spent:.4f}"]
        rows.append([*row[:3], *(one for at in range(4, len(row), 3) for one in row[at : at + 2]), row[3]])
        print(*rows[-1], sep=" | ", flush=True)
    header = ["phases", *(f"{name}, {kind}" for name in options.sets for kind in ("true", "decoded")), "x real time"]
    text = f"{MEANING.format(name=options.sets[0], spacing=ANCHOR_SPACING)}\n\n{table(header, rows)}"
    if options.write:
        write_section("phase", "Phases from magnitudes", text)


if __name__ == "__main__":
    main()

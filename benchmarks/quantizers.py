"""Our residual vector quantization beside the package vector-quantize-pytorch: same latents, same codes, same updates.

    pip install vector-quantize-pytorch
    OMP_NUM_THREADS=1 python benchmarks/quantizers.py CORPORA --write

CORPORA is what benchmarks/corpora.py made. Latents are those of the closed form (PCA), so no network is involved.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import torch
from codebooks import Part, read
from report import table, write_section
from scores import entropy_efficiency, processor_seconds, utilization
from torch import Tensor

from sda_lib.codec.clustering import random_rows
from sda_lib.codec.codec import Codec
from sda_lib.codec.rvq import FEWEST_POINTS, ResidualVQ
from sda_lib.config import CodecConfig, TrainConfig
from sda_lib.training.closed_form import fit_codec
from sda_lib.training.encoding import frame_ranges
from sda_lib.training.optimize import REVIVE_EVERY

STEPS, BATCH_FRAMES = 400, 64
"""Training steps, and latents in each: eight segments of eight frames, as in training."""
BEAM, PACE_FRAMES = 4, 1000
DEAD = 0.05
"""Codes used less than this share of the mean are replaced."""
PACKAGE = "vector-quantize-pytorch"


@dataclass(frozen=True)
class Latents:
    """[n, dim] of a corpus: what k-means looks at (the training frames first, then some between them), how many of it
    are training frames, and held-out frames."""

    points: Tensor
    own: int
    held_out: Tensor
    codes: int

    @classmethod
    @torch.no_grad()
    def of(cls, corpora: Path, name: str) -> Latents:
        part = Part(read(corpora / name / "train"), read(corpora / name / "held_out"))
        codec = Codec(part.recipe.audio, part.recipe.codec)
        fit_codec(codec, part.train)

        def project(features: Sequence[Tensor]) -> Tensor:
            return codec.latent(torch.cat(list(features))[None])[0]

        fitting = [
            one.fitting_data(codec, codec.ratio - 1) for sound in part.train for one in frame_ranges(codec, sound)
        ]
        grid = project([features for features, _, _ in fitting])
        between = project([one for _, _, some in fitting for one in some])
        size = part.recipe.codec.codebook_size
        more = between[random_rows(len(between), max(0, FEWEST_POINTS - len(grid)), torch.Generator().manual_seed(0))]
        held_out = project([one.features(codec) for sound in part.held_out for one in frame_ranges(codec, sound)])
        return cls(torch.cat([grid, more]), len(grid), held_out, size)

    @property
    def train(self) -> Tensor:
        return self.points[: self.own]


class Quantizer(Protocol):
    """What both can do with latents [1, frame, dim]; `codes` gives indices [frame, level] and their latents."""

    def begin(self, latents: Latents) -> None: ...
    def step(self, latent: Tensor, number: int) -> None: ...
    def codes(self, latent: Tensor, beam: int) -> tuple[Tensor, Tensor]: ...


class Ours:
    """sda_lib's, with its k-means, moving averages and revival."""

    def __init__(self, dim: int, levels: int, size: int) -> None:
        self.rvq = ResidualVQ(CodecConfig(levels=levels, codebook_size=size, latent_dim=dim))
        self.generator = torch.Generator().manual_seed(0)

    def begin(self, latents: Latents) -> None:
        self.rvq.fit(latents.train, 0, latents.points[latents.own :])

    def step(self, latent: Tensor, number: int) -> None:
        latent = latent.requires_grad_()
        quantized = self.rvq(latent)
        (quantized.latent.square().mean() + TrainConfig.commitment * quantized.loss).backward()
        self.rvq.track(latent.detach(), quantized.indices, TrainConfig.codebook_decay)
        if number % REVIVE_EVERY == 0:
            self.rvq.revive(latent.detach().flatten(0, 1), self.generator, DEAD)

    def codes(self, latent: Tensor, beam: int) -> tuple[Tensor, Tensor]:
        quantized = self.rvq.search(latent, beam)
        return quantized.indices[0].T, quantized.latent[0]


class Package:
    """The package's ResidualVQ with the same settings; it replaces dead codes at every step."""

    def __init__(self, dim: int, levels: int, size: int) -> None:
        made = residual_vq()
        mean_use = BATCH_FRAMES / size
        self.rvq = made(
            dim=dim,
            num_quantizers=levels,
            codebook_size=size,
            kmeans_init=True,
            kmeans_iters=8,
            decay=TrainConfig.codebook_decay,
            threshold_ema_dead_code=DEAD * mean_use,
            commitment_weight=TrainConfig.commitment,
            rotation_trick=False,
        )
        for layer in self.rvq.layers:
            layer._codebook.reset_cluster_size = mean_use

    def begin(self, latents: Latents) -> None:
        torch.manual_seed(0)
        self.rvq.train()
        self.rvq(latents.points[None])
        for layer in self.rvq.layers:  # uses counted per frame of a batch from here on, not of the whole corpus
            book = layer._codebook
            scale = BATCH_FRAMES / len(latents.points)
            book.cluster_size.mul_(scale)
            book.embed_avg.mul_(scale)

    def step(self, latent: Tensor, number: int) -> None:
        latent = latent.requires_grad_()
        quantized, _, losses = self.rvq(latent)
        (quantized.square().mean() + losses.sum()).backward()

    @torch.no_grad()
    def codes(self, latent: Tensor, beam: int) -> tuple[Tensor, Tensor]:
        self.rvq.eval()
        quantized, indices, _ = self.rvq(latent, beam_size=beam if beam > 1 else None)
        self.rvq.train()
        return indices[0], quantized[0]


def residual_vq() -> type:
    """The package's class; says how to get it when it is missing."""
    try:
        from vector_quantize_pytorch import ResidualVQ as Theirs
    except ImportError as error:
        raise SystemExit(f"This benchmark needs a package that SDA doesn't: pip install {PACKAGE}") from error
    return Theirs


def error(truth: Tensor, quantized: Tensor) -> float:
    """Squared error over the truth's power, in percent."""
    return 100 * float((truth - quantized).square().sum() / truth.square().sum())


def state(quantizer: Quantizer, latents: Latents) -> list[str]:
    """Held-out error greedy and with a beam, least utilization and entropy efficiency on the training frames."""
    held_out = latents.held_out
    errors = [error(held_out, quantizer.codes(held_out[None], beam)[1]) for beam in (1, BEAM)]
    indices, _ = quantizer.codes(latents.train[None], 1)
    used = torch.stack([torch.bincount(level, minlength=latents.codes) for level in indices.T])
    shares = (utilization(used).min(), entropy_efficiency(used).min())
    return [*(f"{one:.2f}" for one in errors), *(f"{100 * float(share):.0f}" for share in shares)]


def compare(name: str, latents: Latents, kinds: dict[str, Callable[..., Any]]) -> list[list[object]]:
    """Two rows per kind: after k-means, and after STEPS steps of moving averages."""
    rows: list[list[object]] = []
    levels = CodecConfig.levels
    for kind, make in kinds.items():
        quantizer = make(latents.points.shape[1], levels, latents.codes)
        began = time.process_time()
        quantizer.begin(latents)
        spent = time.process_time() - began
        corpus = f"{name}, {levels} x {latents.codes}"
        rows.append([corpus, kind, "k-means", *state(quantizer, latents), f"{spent:.2f} s", "", ""])
        generator, steps = torch.Generator().manual_seed(0), []
        for number in range(1, STEPS + 1):
            picks = torch.randint(len(latents.points), (BATCH_FRAMES,), generator=generator)
            batch = latents.points[picks][None].clone()
            began = time.process_time()
            quantizer.step(batch, number)
            steps.append(time.process_time() - began)
        passage = latents.train[:PACE_FRAMES][None]
        paces = [1000 * processor_seconds(lambda b=beam: quantizer.codes(passage, b)) for beam in (1, BEAM)]  # noqa: B023
        cells = [f"{1000 * statistics.median(steps):.1f} ms", *(f"{pace:.0f} ms" for pace in paces)]
        rows.append([corpus, kind, f"{STEPS} steps", *state(quantizer, latents), *cells])
    return rows


HEADER = ["corpus", "quantizer", "after", "held-out error, %", "with a beam of 4, %", "least utilization, %"]
HEADER += ["least entropy efficiency, %", "k-means / step", "1000 frames greedy", "with a beam"]
TEXT = """The same latents (closed form, mono), codes, k-means rounds (8, on training frames and frames between them),
moving averages (0.99) and commitment loss; {package} {version} with rotation_trick=False, straight through like ours.
Codes below a twentieth of the mean use are replaced: ours every {every} steps, the package's at every step. Steps of
{frames} random latents, forward, backward to the latents and update. Error: squared, over the latents' power. Times:
processor time of one thread, medians. One seed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--sets", nargs="+", default=["fifty", "texture"])
    parser.add_argument("--write", action="store_true", help="write the table into docs/BENCHMARKS.md")
    options = parser.parse_args()
    torch.set_num_threads(1)
    residual_vq()
    rows = []
    for name in options.sets:
        latents = Latents.of(options.corpora, name)
        rows += compare(name, latents, {"ours": Ours, PACKAGE: Package})
        for row in rows[-4:]:
            print(*row, sep=" | ", flush=True)
    head = TEXT.format(package=PACKAGE, version=version(PACKAGE), every=REVIVE_EVERY, frames=BATCH_FRAMES)
    text = f"{head}\n\n{table(HEADER, rows)}"
    print(f"\n{text}")
    if options.write:
        write_section("quantizers", "Residual vector quantization: ours and a package", text)


if __name__ == "__main__":
    main()

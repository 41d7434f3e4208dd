"""How well a writer closes gaps in held-out files; part of writers.py."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from writer_case import Case

from sda_lib import Codes, SdaModel
from sda_lib.writers.registry import writer_of
from sda_lib.writers.request import Request, Writer

HOLE = 0.25
HOLES_PER_FILE = 3


def gaps(case: Case) -> list[list[object]]:
    """Holes in held-out files, closed in several ways: latent error over variance, how much the latents move against
    the true ones, the share of seams without a click, time."""
    model, writer = case.model, writer_of(case.model, case.writer)
    frames = max(1, round(HOLE * model.frame_rate))
    holes = [
        (codes, first, first + frames)
        for codes in map(model.encode, case.held_out)
        if codes.frames >= frames + 4
        for first in 2 + ((codes.frames - frames - 4) * (np.arange(HOLES_PER_FILE) + 0.5) / HOLES_PER_FILE).astype(int)
    ]
    ways: dict[str, Callable[[Codes, int, int, int], torch.Tensor]] = {
        "nothing (as it was)": lambda codes, _first, _end, _seed: model.embed(codes),
        "last frame held": partial(_between, model, held=True),
        "interpolated": partial(_between, model, held=False),
        case.writer: lambda codes, first, end, seed: model.embed(_filled(writer, codes, first, end, seed)),
    }
    rows = []
    everything = torch.cat([model.embed(codes) for codes, _, _ in holes])
    variance = float(everything.var(0).sum())
    for name, way in ways.items():
        began = time.process_time()
        latents = [way(codes, first, end, seed) for seed, (codes, first, end) in enumerate(holes)]
        spent = (time.process_time() - began) / len(holes)
        error = np.mean(
            [
                float((ours - model.embed(codes))[first:end].square().sum(1).mean())
                for ours, (codes, first, end) in zip(latents, holes, strict=True)
            ]
        )
        moved = sum(_movement(ours, first, end) for ours, (_, first, end) in zip(latents, holes, strict=True))
        flux = moved / sum(_movement(model.embed(codes), first, end) for codes, first, end in holes)
        calm = np.mean([_calm(model, ours, first, end) for ours, (_, first, end) in zip(latents, holes, strict=True)])
        cells = [f"{error / variance:.3f}", f"{flux:.2f}", f"{calm:.0%}", f"{1000 * spent:.0f}"]
        rows.append([case.name, name, len(holes), *cells])
    return rows


def _filled(writer: Writer, codes: Codes, first: int, end: int, seed: int) -> Codes:
    filled = writer.fill(codes, first, end, Request(), np.random.default_rng(seed))
    outside = np.r_[0:first, end : codes.frames]
    assert np.array_equal(filled.indices[:, outside], codes.indices[:, outside])
    return filled


def _between(model: SdaModel, codes: Codes, first: int, end: int, _seed: int, held: bool) -> torch.Tensor:
    latent = model.embed(codes).clone()
    share = 0.0 if held else torch.arange(1, end - first + 1)[:, None] / (end - first + 1)
    latent[first:end] = (1 - share) * latent[first - 1] + share * latent[end]
    return latent


def _movement(latent: torch.Tensor, first: int, end: int) -> float:
    """Mean change per frame in the hole and at its seams."""
    return float(latent[first - 1 : end + 1].diff(dim=0).abs().mean())


def _calm(model: SdaModel, latent: torch.Tensor, first: int, end: int) -> bool:
    """Whether the spectra (512 / 128) around both seams change no more than 95 in 100 of the sound's do."""
    samples = torch.tensor(model.synth(latent).samples[0])
    spectra = torch.stft(samples, 512, 128, window=torch.hann_window(512), return_complex=True).abs()
    change = spectra.clamp_min(1e-4).log10().diff(dim=1).abs().mean(0)
    usual = change.quantile(0.95)
    seams = [round(frame * model.hop / 128) for frame in (first, end)]
    return all(bool(change[max(0, seam - 2) : seam + 2].mean() <= usual) for seam in seams)

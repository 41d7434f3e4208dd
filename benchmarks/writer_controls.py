"""How well controls and loudness contours act on what a writer makes; part of writers.py."""

from __future__ import annotations

import numpy as np
import torch
from scipy.stats import spearmanr
from writer_case import Case

from sda_lib import AudioClip, SdaModel
from sda_lib.codec.stft import mid_side, modulus
from sda_lib.controls.controls import measure
from sda_lib.controls.names import CONTROLS
from sda_lib.writers.generate import generate
from sda_lib.writers.loudness_contour import SHAPES, contour_error, contour_levels, measured_levels

LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
CONTROL_SECONDS, CONTROL_SEEDS = 4.0, 20


def control_effects(case: Case) -> list[list[object]]:
    """Spearman's rho of control values with every measure of the decoded audio, side effects included."""
    model, rows = case.model, []
    for name in CONTROLS:
        if model.ranges.why_hidden(name):
            rows.append([case.name, name, "hidden", *[""] * len(CONTROLS)])
            continue
        wanted, found_of = [], []
        for level in LEVELS:
            for seed in range(CONTROL_SEEDS):
                options = case.lasting(CONTROL_SECONDS, seed=seed, controls={name: level})
                wanted.append(level)
                found_of.append(_measured(model, generate(model, options).clip))
        rhos = {one: float(spearmanr(wanted, [found[one] for found in found_of]).statistic) for one in CONTROLS}
        cells = [f"**{rhos[one]:.2f}**" if one == name else f"{rhos[one]:.2f}" for one in CONTROLS]
        rows.append([case.name, name, len(wanted), *cells])
    return rows


def _measured(model: SdaModel, clip: AudioClip) -> dict[str, float]:
    return measure(_magnitudes(model, clip), model.codec.spectral)


def _magnitudes(model: SdaModel, clip: AudioClip) -> torch.Tensor:
    """[bin, spectrum] of the mid signal."""
    spectral = model.codec.spectral
    samples = mid_side(torch.tensor(clip.samples))[:1, : clip.length // spectral.step * spectral.step]
    return modulus(spectral.stft(samples))[0]


def contours(case: Case) -> list[object]:
    """Rank correlation over time of the wanted level with that of the decoded audio, per shape, mean and least;
    mean distance in dB."""
    model, means, all_rhos, errors = case.model, [], [], []
    for points in SHAPES.values():
        rhos = []
        for seed in range(CONTROL_SEEDS):
            clip = generate(model, case.lasting(CONTROL_SECONDS, seed=seed, contour=points)).clip
            power = _magnitudes(model, clip).square().sum(0).numpy()
            level = measured_levels(power, model.sample_rate / model.codec.spectral.step)
            rhos.append(float(spearmanr(level, contour_levels(points, len(level))).statistic))
            errors.append(contour_error(level, points))
        means.append(f"{np.mean(rhos):.2f}")
        all_rhos += rhos
    summary = [f"**{np.mean(all_rhos):.2f}**", f"{min(all_rhos):.2f}", f"{np.mean(errors):.1f}"]
    return [case.name, len(all_rhos), *means, *summary]

"""Diagnose a model: code usage, contribution of each level, and overfitting to the training sounds.

With a folder, everything is measured on it. Without one, the recordings in the model are used; without recordings, only
the figures in the file. What can't be measured is listed in `HealthReport.unknown`.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from sda_lib.audio.corpus import Corpus
from sda_lib.codec.code_usage import CodeUsage, transitions
from sda_lib.health.findings import (
    GREEN,
    RED,
    YELLOW,
    Finding,
    copying_finding,
    frames_finding,
    gap_finding,
    grouped,
    level_findings,
)
from sda_lib.model.model import SdaModel
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.evaluate import EvaluationSounds, Fidelity, evaluation_sounds, fidelity, is_its_corpus
from sda_lib.writers.copying import Copying, copying


@dataclass(frozen=True, eq=False)
class HealthReport:
    """Measurements of a model, the findings drawn from them, and what could not be measured (`unknown`, sentences).

    `measured` names the sounds that were used. `moved` [level] is the standard deviation that each level's codes add to
    the latents, relative to that of all levels. `metrics` are the file's own, `curve` the (step, held-out, train)
    points measured during training.
    """

    name: str
    measured: str
    use: CodeUsage
    moved: np.ndarray
    fidelity: Fidelity
    copying: tuple[Copying, ...]
    findings: tuple[Finding, ...]
    unknown: tuple[str, ...]
    metrics: dict[str, float] = field(default_factory=dict)
    curve: tuple[tuple[float, ...], ...] = ()

    @property
    def severity(self) -> str:
        """Return the color of the worst finding."""
        severities = [one.severity for one in self.findings]
        return next((severity for severity in (RED, YELLOW) if severity in severities), GREEN)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the findings that aren't green, red ones first."""
        ill = [one for one in self.findings if one.severity != GREEN]
        return tuple(sorted(ill, key=lambda one: one.severity != RED))

    @property
    def grouped_findings(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Return (remedy, findings) groups for display: findings that aren't green, then green ones that belong to no
        single level."""
        well = (one for one in self.findings if one.severity == GREEN and one.level is None)
        return grouped((*self.problems, *well))

    @property
    def verdict(self) -> str:
        """Return a summary in one sentence."""
        ill, red = self.problems, sum(one.severity == RED for one in self.findings)
        if not ill:
            return "All lamps are green." if self.findings else "Nothing could be measured."
        severities = "1 lamp is not green" if len(ill) == 1 else f"{len(ill)} lamps are not green"
        return f"{severities}{f', {red} of them red' if red and len(ill) > 1 else ', it is red' if red else ''}."

    def with_paths(self, folder: Path | None = None, path: Path | None = None) -> HealthReport:
        """Return a copy whose remedies name this folder and this file, where they are given."""
        names = {"DIR": folder, "MODEL": path}
        known = {word: shlex.quote(str(name)) for word, name in names.items() if name is not None}
        filled = (
            replace(one, fix=" ".join(known.get(word, word) for word in one.fix.split())) for one in self.findings
        )
        return replace(self, findings=tuple(filled))

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data; transitions are those of level 0, as [code, next code, count]."""
        use, near = self.use, self.fidelity
        follows = None if use.transitions is None or not use.levels else use.transitions[0]
        return {
            "name": self.name,
            "measured": self.measured,
            "lamp": self.severity,
            "verdict": self.verdict,
            "findings": [vars(one) for one in self.findings],
            "unknown": list(self.unknown),
            "levels": [
                {
                    "level": level,
                    "utilization": float(use.utilization[level]),
                    "dead_codes": int(use.dead[level]),
                    "perplexity": float(use.perplexity[level]),
                    "entropy_efficiency": float(use.efficiency[level]),
                    "moved": float(self.moved[level]),
                    "usage": use.usage[level].tolist(),
                }
                for level in range(use.levels)
            ],
            "transitions": None
            if follows is None
            else [[*map(int, at), int(follows[tuple(at)])] for at in np.argwhere(follows)],
            "distance": {
                "train": near.train,
                "held_out": near.held_out,
                "gap": near.gap,
                "levels": list(near.counts),
                "train_by_levels": list(near.train_curve),
                "held_out_by_levels": list(near.held_out_curve),
            },
            "files": [{"file": one.name, "held_out": one.held_out, "distance": one.distance} for one in near.files],
            "copying": [vars(one) for one in self.copying],
            "metrics": self.metrics,
            "curve": [list(point) for point in self.curve],
        }


def diagnose(model: SdaModel, corpus: Corpus | None = None) -> HealthReport:
    """Measure a model on a folder, or on the recordings in it. Raises SdaError when files of the folder have changed
    since it was scanned."""
    foreign = corpus is not None and not is_its_corpus(model, corpus)
    ground = evaluation_sounds(model, corpus)
    recordings, use = _use(model, corpus, ground)
    near = fidelity(model, ground)
    if near.held_out is None and isinstance(model.metrics.get("held_out"), int | float):
        near = replace(near, held_out=float(model.metrics["held_out"]))
    copied = copying(model, _remembered(model) if foreign else recordings)
    moved = _moved(model, use)
    unknown = (*ground.unknown, *_unknown(model, use, copied))
    findings = _findings(model, use, moved, near, copied, foreign)
    with_paths = (use, moved, near, copied, findings, unknown)
    return HealthReport(model.name, _where(model, corpus), *with_paths, model.metrics, model.curve)


def _where(model: SdaModel, corpus: Corpus | None) -> str:
    if corpus is not None:
        own = "the folder that it learned from" if is_its_corpus(model, corpus) else "other sounds than it learned from"
        return f"{corpus.folder.resolve().name}: {len(corpus)} sounds, {own}"
    if model.memory is not None:
        return f"the {model.memory.seconds:.0f} s of recordings in it"
    return "what the file says of itself; it holds no recordings"


def _use(model: SdaModel, corpus: Corpus | None, ground: EvaluationSounds) -> tuple[list[np.ndarray], CodeUsage]:
    """Return the codes of all available recordings, each [level, frame], and statistics of their use."""
    if not model.discrete:
        return [], CodeUsage(np.zeros((0, 0), np.int64))
    if corpus is None:
        codes = _remembered(model)
        follows = transitions(codes, model.codebook_size) if codes else None
        return codes, CodeUsage(model.usage.cpu().numpy().copy(), follows)
    sounds = (*ground.train, *ground.held_out) if is_its_corpus(model, corpus) else ground.held_out
    codes = [heard.codes.cpu().numpy() for heard in encode_sounds(model.codec, sounds)]
    return codes, CodeUsage.of(codes, model.codebook_size)


def _remembered(model: SdaModel) -> list[np.ndarray]:
    """Return the codes of the recordings in a model."""
    if model.memory is None or not model.discrete:
        return []
    groups = model.memory.recordings
    return [torch.cat([piece.codes for piece in group], -1).cpu().numpy() for group in groups]


def _moved(model: SdaModel, use: CodeUsage) -> np.ndarray:
    """Return the standard deviation [level] that a level's codes add to the latents, relative to that of all levels."""
    if not use.levels:
        return np.zeros(0)
    books = model.codec.bottleneck.codebooks.detach().cpu().double().numpy()
    share = use.usage / np.maximum(use.usage.sum(1, keepdims=True), 1)
    mean = np.einsum("lc,lcd->ld", share, books)
    power = np.einsum("lc,lcd->l", share, np.square(books - mean[:, None]))
    return np.sqrt(power / max(power.sum(), 1e-20))


def _unknown(model: SdaModel, use: CodeUsage, copied: tuple[Copying, ...]) -> tuple[str, ...]:
    """Return sentences on what can't be measured on a model."""
    if not model.discrete:
        return ("The bottleneck is continuous, so there are no codes to be looked at.",)
    missing = []
    if use.transitions is None:
        missing.append("Without recordings nobody can say which code follows which.")
    if not copied:
        missing.append("Nothing can be written that could be compared with recordings.")
    return tuple(missing)


def _findings(
    model: SdaModel, use: CodeUsage, moved: np.ndarray, near: Fidelity, copied: tuple[Copying, ...], foreign: bool
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if use.levels:
        frames = int(model.usage[0].sum())
        found += [*level_findings(use, moved, model.recipe, frames, foreign), frames_finding(frames, model.recipe)]
    if near.gap is not None:
        steps = model.metrics.get("steps")
        steps = steps if isinstance(steps, int | float) else 0
        found.append(gap_finding(near, model.recipe, steps, foreign))
    found += [copying_finding(one, model.memory is not None) for one in copied]
    return tuple(found)

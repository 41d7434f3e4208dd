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
from sda_lib.codec.codes import level_names
from sda_lib.health import findings as rules
from sda_lib.health.findings import GREEN, RED, SEVERITIES, Finding, grouped
from sda_lib.health.fixes import with_files
from sda_lib.model.model import SdaModel
from sda_lib.training.encoding import encode_sounds
from sda_lib.training.evaluate import EvaluationSounds, Fidelity, evaluation_sounds, fidelity_in_steps, is_its_corpus
from sda_lib.work_steps import Steps, WorkStep, drained, part_of
from sda_lib.writers.copying import Copying, copying_in_steps

# Share of the time at which the search for copies begins, as measured on 35 recordings of one minute in all.
COPIES_FROM = 0.85


@dataclass(frozen=True, eq=False)
class HealthReport:
    """Measurements of a model, the findings drawn from them, and what could not be measured (`unknown`, sentences).

    `measured` names the sounds that were used. `moved` [level] is the standard deviation that each level's codes add to
    the latents, relative to that of all levels. `metrics` are the file's own, `curve` the (step, held-out, train)
    points measured during training, `level_names` [level] how the levels are called.
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
    level_names: tuple[str, ...] = ()

    @property
    def severity(self) -> str:
        """Return the severity of the worst finding."""
        return max((one.severity for one in self.findings), key=SEVERITIES.index, default=GREEN)

    @property
    def problems(self) -> tuple[Finding, ...]:
        """Return the findings that aren't green, red ones first."""
        found = [one for one in self.findings if one.severity != GREEN]
        return tuple(sorted(found, key=lambda one: one.severity != RED))

    @property
    def grouped_findings(self) -> tuple[tuple[str, tuple[Finding, ...]], ...]:
        """Return (fix, findings) groups for display: findings that aren't green, then green ones that belong to no
        single level."""
        green = (one for one in self.findings if one.severity == GREEN and one.level is None)
        return grouped((*self.problems, *green))

    @property
    def verdict(self) -> str:
        """Return a summary in one sentence."""
        count, red = len(self.problems), sum(one.severity == RED for one in self.findings)
        if not count:
            return "All findings are green." if self.findings else "Nothing could be measured."
        if count == 1:
            return f"1 finding is not green{', it is red' if red else ''}."
        return f"{count} findings are not green{f', {red} of them red' if red else ''}."

    def with_paths(self, folder: Path | None = None, path: Path | None = None) -> HealthReport:
        """Return a copy whose fixes name this folder and this file, if they are given."""
        names = {"DIR": folder, "MODEL": path}
        known = {word: shlex.quote(str(name)) for word, name in names.items() if name is not None}
        fixes = [" ".join(known.get(word, word) for word in one.fix.split()) for one in self.findings]
        findings = (replace(one, fix=fix) for one, fix in zip(self.findings, fixes, strict=True))
        return replace(self, findings=tuple(findings))

    def facts(self) -> dict[str, Any]:
        """Return plain JSON data; transitions are those of level 0, as [code, next code, count]."""
        use, near = self.use, self.fidelity
        follows = None if use.transitions is None or not use.levels else use.transitions[0]
        pairs = None if follows is None else [[*map(int, at), int(follows[tuple(at)])] for at in np.argwhere(follows)]
        return {
            "name": self.name,
            "measured": self.measured,
            rules.FACT_KEYS["severity"]: self.severity,
            "verdict": self.verdict,
            "findings": [one.facts() for one in self.findings],
            "unknown": list(self.unknown),
            "levels": [self._level_facts(level) for level in range(use.levels)],
            "transitions": pairs,
            "distance": {
                **{name: getattr(near, name) for name in ("train", "held_out", "gap")},
                "levels": list(near.counts),
                "train_by_levels": list(near.train_curve),
                "held_out_by_levels": list(near.held_out_curve),
            },
            "files": [{"file": one.name, "held_out": one.held_out, "distance": one.distance} for one in near.files],
            "copying": [vars(one) for one in self.copying],
            "metrics": self.metrics,
            "curve": [list(point) for point in self.curve],
        }

    def _level_facts(self, level: int) -> dict[str, Any]:
        use = self.use
        columns = {"utilization": use.utilization, "dead_codes": use.dead, "perplexity": use.perplexity}
        columns |= {"entropy_efficiency": use.efficiency, "moved": self.moved, "usage": use.usage}
        named = {"level": level, "name": self.level_names[level]}
        return {**named, **{name: np.asarray(column)[level].tolist() for name, column in columns.items()}}


def diagnose(model: SdaModel, corpus: Corpus | None = None) -> HealthReport:
    """Measure a model on a folder, or on the recordings in it. Raises SdaError when files of the folder have changed
    since it was scanned."""
    return drained(diagnosis_in_steps(model, corpus))


def diagnosis_in_steps(model: SdaModel, corpus: Corpus | None = None) -> Steps[HealthReport]:
    """Do the same, and yield each step before it begins."""
    yield WorkStep(0.0, "counting the codes")
    own = corpus is None or is_its_corpus(model, corpus)
    sounds = evaluation_sounds(model, corpus)
    recordings, use = _usage(model, corpus, sounds, own)
    near = yield from part_of(fidelity_in_steps(model, sounds), 0.0, COPIES_FROM)
    if near.held_out is None and isinstance(model.metrics.get("held_out"), int | float):
        near = replace(near, held_out=float(model.metrics["held_out"]))
    copied = yield from part_of(
        copying_in_steps(model, recordings if own else _recorded_codes(model)), COPIES_FROM, 1.0
    )
    moved = _moved(model, use)
    findings = _findings(model, use, moved, near, copied, not own)
    unknown = (*sounds.unknown, *_unknown(model, use, copied))
    measured = _description(model, corpus, own)
    names = level_names(use.levels, model.level_names)
    return HealthReport(
        model.name, measured, use, moved, near, copied, findings, unknown, model.metrics, model.curve, names
    )


def _description(model: SdaModel, corpus: Corpus | None, own: bool) -> str:
    """Describe what is measured, for "measured on …"."""
    if corpus is not None:
        kind = "the folder that it learned from" if own else "other sounds than it learned from"
        return f"{corpus.folder.resolve().name}: {len(corpus)} sounds, {kind}"
    if model.memory is not None:
        return f"the {model.memory.seconds:.0f} s of recordings in it"
    return "the figures in the file; it holds no recordings"


def _usage(
    model: SdaModel, corpus: Corpus | None, sounds: EvaluationSounds, own: bool
) -> tuple[list[np.ndarray], CodeUsage]:
    """Return the codes of all available recordings, each [level, frame], and statistics of their use."""
    if not model.discrete:
        return [], CodeUsage(np.zeros((0, 0), np.int64))
    if corpus is None:
        codes = _recorded_codes(model)
        follows = transitions(codes, model.codebook_size) if codes else None
        return codes, CodeUsage(model.usage.cpu().numpy().copy(), follows)
    chosen = (*sounds.train, *sounds.held_out) if own else sounds.held_out
    codes = [one.codes.cpu().numpy() for one in encode_sounds(model.codec, chosen) if one.codes is not None]
    return codes, CodeUsage.of(codes, model.codebook_size)


def _recorded_codes(model: SdaModel) -> list[np.ndarray]:
    """Return the codes of the recordings in a model, each [level, frame]."""
    if model.memory is None or not model.discrete:
        return []
    groups = model.memory.recordings
    codes = ([piece.codes for piece in group if piece.codes is not None] for group in groups)
    return [torch.cat(parts, -1).cpu().numpy() for parts in codes]


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
        return ("The bottleneck is continuous, so there are no codes to examine.",)
    missing = {
        "Without recordings it is unknown which code follows which.": use.transitions is None,
        "Copying can't be measured: the model has no recordings to compare with or no writer.": not copied,
    }
    return tuple(sentence for sentence, is_missing in missing.items() if is_missing)


def _findings(
    model: SdaModel, use: CodeUsage, moved: np.ndarray, near: Fidelity, copied: tuple[Copying, ...], foreign: bool
) -> tuple[Finding, ...]:
    found: list[Finding] = []
    if use.levels:
        frames = int(model.usage[0].sum())
        found += rules.level_findings(use, moved, model.recipe, frames, foreign, model.level_names)
        found.append(rules.frames_finding(frames, model.recipe))
    if near.gap is not None:
        steps = model.metrics.get("steps")
        found.append(rules.gap_finding(near, model.recipe, steps if isinstance(steps, int | float) else 0, foreign))
    found += [rules.copying_finding(one, model.memory is not None) for one in copied]
    if foreign:
        return tuple(found)
    return tuple(replace(one, fix=with_files(one.fix, model.recipe.files)) for one in found)

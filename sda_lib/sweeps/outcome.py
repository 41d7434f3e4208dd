"""Outcome of a sweep: a row per arm with its mean held-out distance and standard error over seeds, and the winners."""

from __future__ import annotations

import csv
import io
import json
import math
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sda_lib.files import write_atomically
from sda_lib.sweeps.halving import last_arms
from sda_lib.sweeps.plan import Arm, SweepPlan
from sda_lib.sweeps.store import SweepFolder, TrialResult
from sda_lib.sweeps.sweep import Results, states_of

TABLE = "sweep"


@dataclass(frozen=True)
class ArmResult:
    """What is known of an arm.

    Args:
        arm: the arm.
        corpus: name of its corpus.
        settings: its settings.
        distances: smallest held-out distance [seed] so far; infinite for a training that failed.
        step: steps that all its trainings have taken.
        of: steps of a whole training.
        finished: whether it was trained to the end.
        seconds: time of all its trainings.
        problem: why one of them failed; empty if none did.
    """

    arm: Arm
    corpus: str
    settings: dict[str, Any]
    distances: tuple[float, ...]
    step: int
    of: int
    finished: bool
    seconds: float
    problem: str = ""

    @property
    def mean(self) -> float:
        """Mean distance over the seeds."""
        return sum(self.distances) / len(self.distances) if self.distances else math.inf

    @property
    def standard_error(self) -> float | None:
        """Standard error of the mean; None for one seed, and where a training failed."""
        if len(self.distances) < 2 or not all(map(math.isfinite, self.distances)):
            return None
        return statistics.stdev(self.distances) / math.sqrt(len(self.distances))

    @property
    def title(self) -> str:
        """The settings in words."""
        return ", ".join(f"{key}={value}" for key, value in self.settings.items())

    @property
    def distance_in_words(self) -> str:
        """Mean and standard error, e.g. "1.234 ± 0.012"."""
        if not math.isfinite(self.mean):
            return "failed" if self.problem else "-"
        error = self.standard_error
        return f"{self.mean:.3f}" if error is None else f"{self.mean:.3f} ± {error:.3f}"

    def facts(self) -> dict[str, Any]:
        """Return plain data."""
        known = [one if math.isfinite(one) else None for one in self.distances]
        return {
            "corpus": self.corpus,
            **self.settings,
            "mean": self.mean if math.isfinite(self.mean) else None,
            "standard_error": self.standard_error,
            "finished": self.finished,
            "step": self.step,
            "of": self.of,
            "seconds": round(self.seconds, 3),
            "distances": known,
            "problem": self.problem,
        }


@dataclass(frozen=True)
class Outcome:
    """Outcome of a sweep so far: arms, best first within each corpus, and the (step, mean distance) points of each."""

    plan: SweepPlan
    rows: tuple[ArmResult, ...]
    curves: dict[Arm, tuple[tuple[float, float], ...]]

    @classmethod
    def of(cls, plan: SweepPlan, results: Results) -> Outcome:
        """Return the outcome of the results so far."""
        states = states_of(results)
        found: list[ArmResult] = []
        for corpus in range(len(plan.names)):
            last = set(last_arms(plan, corpus, states))
            rows = [_row(plan, arm, results) for arm in plan.arms if arm.corpus == corpus]
            found += sorted(rows, key=lambda row: (row.arm not in last, not row.finished, row.mean, row.arm.number))
        curves = {arm: _mean_curve([results.get(one, TrialResult()) for one in plan.trials(arm)]) for arm in plan.arms}
        return cls(plan, tuple(found), curves)

    @property
    def winners(self) -> tuple[ArmResult, ...]:
        """The arm of each corpus with the smallest mean distance among those that were trained to the end."""
        ended = [row for row in self.rows if row.finished and math.isfinite(row.mean)]
        best = (min((row for row in ended if row.corpus == name), key=lambda row: row.mean, default=None)
                for name in self.plan.names)  # fmt: skip
        return tuple(row for row in best if row is not None)

    @property
    def steps(self) -> tuple[int, int]:
        """Steps that were taken, and those of all trainings to the end."""
        seeds = self.plan.seeds
        return sum(row.step for row in self.rows) * seeds, sum(row.of for row in self.rows) * seeds

    def facts(self) -> dict[str, Any]:
        """Return plain data."""
        return {"rows": [row.facts() for row in self.rows], "winners": [row.facts() for row in self.winners]}


def write_tables(outcome: Outcome, folder: Path) -> tuple[Path, Path]:
    """Write the rows as sweep.csv, and all facts as results.json. Raises SdaError when they can't be written."""
    text = json.dumps(outcome.facts(), indent=1, ensure_ascii=False)
    table = write_atomically(folder / f"{TABLE}.csv", _table(outcome).encode())
    return table, write_atomically(folder / "results.json", text.encode())


def save_winners(outcome: Outcome, folder: SweepFolder, results: Results) -> list[Path]:
    """Copy each corpus' best model, the winner's closest seed, into the folder of the sweep; return the paths."""
    paths = []
    for row in outcome.winners:
        trial = min(outcome.plan.trials(row.arm), key=lambda one: results[one].distance)
        model = folder.model(trial, results[trial])
        paths.append(write_atomically(folder.folder / f"{row.corpus}.sda", model.read_bytes()))
    return paths


def _row(plan: SweepPlan, arm: Arm, results: Results) -> ArmResult:
    found = [results.get(trial, TrialResult()) for trial in plan.trials(arm)]
    begun = [one for one in found if one.folder]
    return ArmResult(
        arm,
        plan.names[arm.corpus],
        dict(plan.grid[arm.number]),
        tuple(one.distance for one in begun),
        min((one.step for one in found), default=0),
        plan.steps(arm),
        len(begun) == len(found) and all(one.ended for one in found),
        sum(one.seconds for one in found),
        next((one.problem for one in found if one.problem), ""),
    )


def _mean_curve(results: list[TrialResult]) -> tuple[tuple[float, float], ...]:
    """Return the mean over seeds of the distance at each step that all of them have measured."""
    curves = [dict(one.curve) for one in results]
    shared = sorted(set.intersection(*map(set, curves))) if curves else []
    return tuple((float(step), sum(one[step] for one in curves) / len(curves)) for step in shared)


def _table(outcome: Outcome) -> str:
    """Return CSV with a line per arm and a column per seed."""
    rows = []
    for row in outcome.rows:
        facts = row.facts()
        distances = facts.pop("distances")
        rows.append({**facts, **{f"seed {number}": value for number, value in enumerate(distances)}})
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

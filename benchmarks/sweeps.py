"""Sweeps: how much of the time they take that all trainings take to the end, and whether they find the best.

    python benchmarks/sweeps.py data/demo --keep build/sweeps --write

Twelve combinations with each of three seeds are a sweep of their own each (12 trainings), and all seeds together a
fourth one (36). A sweep is carried out, then continued with all trainings to the end. Results are kept in a folder:
what is there is not measured again.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import time
from collections.abc import Mapping
from pathlib import Path

from report import table, write_section

from sda_lib.audio.corpus import Corpus
from sda_lib.cli.flags import assignments
from sda_lib.cluster.shared import shared_here
from sda_lib.files import write_atomically
from sda_lib.sweeps.halving import TrialState, rungs, survivors
from sda_lib.sweeps.plan import Arm, SweepPlan, Trial, plan_sweep
from sda_lib.sweeps.running import SweepOptions, outcome_in, run_sweep
from sda_lib.sweeps.store import SweepFolder, TrialResult
from sda_lib.sweeps.sweep import read_results
from sda_lib.sweeps.trial import Part, train_part

# Twelve combinations of what is worth trying: how many codes, how fast the networks learn, and how wide they are.
GRID = {"codec.levels": [4, 8, 12], "train.learning_rate": [5e-4, 2e-3], "codec.width": [32, 128]}
SEEDS = 3
MEANING = """{arms} combinations ({grid}) on {corpus}, {steps} steps each, with {seeds} seeds: each seed as a sweep of
{arms} trainings, and all of them as one whose combinations are compared by their means. Time is that of the processor,
of all trainings together. Standard errors are those of a combination's mean over the seeds ({seeds}
trainings with other held-out sounds and other initial weights)."""
FOUND = """The sweep of all seeds took **{share:.0%}** of the time of all trainings to the end ({spent:.0f} of
{whole:.0f} s). Its winner, {winner}, has a mean distance of {mean:.3f} ± {error:.3f}, the best of all, {best},
{best_mean:.3f} ± {best_error:.3f}: {far:.2f} standard errors away. All trainings to the end were measured by continuing
those that the sweep had left behind; that takes {longer:.0%} longer than {once} trainings that are not interrupted,
which is taken off."""


def carried_out(plan: SweepPlan, corpus: Corpus, options: argparse.Namespace, everything: bool) -> None:
    """Carry out a sweep, and keep the time of the processor that each of its trainings took."""
    sweep = SweepOptions(workers=options.workers, everything=everything, device="cpu")
    for event in run_sweep(plan, [corpus], options.keep, sweep):
        print(event.trial.name, event.result.step, f"{event.result.processor:.1f} s {event.share:.0%}", flush=True)


def times_of(plan: SweepPlan, folder: Path) -> dict[str, float]:
    """Seconds of the processor that each training has taken."""
    return {trial.name: result.processor for trial, result in read_results(plan, SweepFolder(folder)).items()}


def at_once(plan: SweepPlan, corpus: Corpus, count: int) -> dict[str, float]:
    """Seconds of the processor of some trainings that are not interrupted."""
    found = {}
    with shared_here(corpus.folder.absolute()) as sounds:
        for arm in plan.arms[:: len(plan.arms) // count][:count]:
            trial, spent = Trial(arm, 0), time.process_time()
            train_part(Part(sounds, plan.recipe(trial).to_json(), "once", "cpu", plan.steps(arm), {}))
            found[trial.name] = time.process_time() - spent
            print("at once", trial.name, f"{found[trial.name]:.1f} s", flush=True)
    return found


def simulated(plan: SweepPlan, results: Mapping[Trial, TrialResult], seed: int) -> tuple[Arm, list[tuple[Trial, int]]]:
    """The winner of a sweep of one seed alone, by the curves of whole trainings; and until which step it took each."""
    arms = list(plan.arms)
    reached: dict[Arm, int] = {}
    steps = rungs(max(map(plan.steps, arms)), len(arms))
    for number, until in enumerate(steps):
        states = {arm: _until(results[Trial(arm, seed)], until) for arm in arms}
        reached |= {arm: state.step for arm, state in states.items()}
        if number < len(steps) - 1:
            arms = survivors({arm: state.distance for arm, state in states.items()})
    winner = min(arms, key=lambda arm: states[arm].distance)
    return winner, [(Trial(arm, seed), step) for arm, step in reached.items()]


def _until(result: TrialResult, step: int) -> TrialState:
    known = [point for point in result.curve if point[0] <= step]
    return TrialState(known[-1][0], min(distance for _, distance in known))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", type=Path, default=Path("build/sweeps"))
    parser.add_argument("--workers", type=int, default=0, help="worker processes; default: this process")
    parser.add_argument("--steps", type=int, help="steps of each training; default: those of 30 s")
    parser.add_argument("--set", nargs="*", default=[], metavar="SETTING=VALUE", help="settings of all trainings")
    parser.add_argument("--write", action="store_true", help="write the section of docs/BENCHMARKS.md")
    options = parser.parse_args()
    corpus = Corpus.from_folder(options.folder)
    settings: dict[str, object] = {**assignments(options.set, "SETTING=VALUE")}
    if options.steps is not None:
        settings["train.steps"] = options.steps
    plan = plan_sweep([corpus], GRID, SEEDS, 0.5, settings=settings)
    early = options.keep / "early.json"
    if not early.exists():
        carried_out(plan, corpus, options, everything=False)
        outcome = outcome_in(plan, options.keep)
        found = {"winner": outcome.winners[0].arm.number, "times": times_of(plan, options.keep)}
        write_atomically(early, json.dumps(found).encode())
    carried_out(plan, corpus, options, everything=True)
    once = options.keep / "once.json"
    if not once.exists():
        write_atomically(once, json.dumps(at_once(plan, corpus, 3)).encode())
    text = text_of(options, plan, corpus)
    print(text)
    if options.write:
        write_section("sweeps", "Sweeps", text)


def text_of(options: argparse.Namespace, plan: SweepPlan, corpus: Corpus) -> str:
    """The section of the report."""
    results = read_results(plan, SweepFolder(options.keep))
    rows = {row.arm: row for row in outcome_in(plan, options.keep).rows}
    best = min(rows.values(), key=lambda row: row.mean)
    early = json.loads((options.keep / "early.json").read_text())
    winner, sweep, whole = rows[Arm(0, early["winner"])], early["times"], times_of(plan, options.keep)
    steps = max(map(plan.steps, plan.arms))
    grid = ", ".join(f"{key} {'/'.join(map(str, values))}" for key, values in GRID.items())
    facts = {"arms": len(plan.grid), "grid": grid, "corpus": f"`{corpus.folder.name}` ({len(corpus)} sounds)",
             "steps": steps, "seeds": plan.seeds}  # fmt: skip
    errors = best.standard_error or math.nan
    spent, all_parts = sum(sweep.values()), sum(whole.values())
    once = json.loads((options.keep / "once.json").read_text())
    longer = sum(whole[name] for name in once) / sum(once.values())
    found = FOUND.format(
        share=spent / (all_parts / longer), spent=spent, whole=all_parts / longer, winner=winner.title,
        mean=winner.mean, error=winner.standard_error or math.nan, best=best.title, best_mean=best.mean,
        best_error=errors, far=(winner.mean - best.mean) / errors, longer=longer - 1, once=len(once),
    )  # fmt: skip
    head = ["seed", "winner of the sweep", "its distance", "best of all", "its distance", "apart, standard errors",
            "steps, of all"]  # fmt: skip
    lines = [_line(plan, results, rows, seed) for seed in range(plan.seeds)]
    tried = [[row.title, row.distance_in_words, f"{statistics.mean(row.distances):.3f}"] for row in rows.values()]
    listed = table(["combination", "distance to the end, mean ± standard error"], [row[:2] for row in tried])
    return "\n\n".join([MEANING.format(**facts), found, table(head, lines), listed])


def _line(plan: SweepPlan, results: Mapping[Trial, TrialResult], rows: dict, seed: int) -> list[object]:
    """A row of the table: a sweep with one seed alone."""
    arm, reached = simulated(plan, results, seed)
    best = min(plan.arms, key=lambda one: results[Trial(one, seed)].distance)
    own, least = (results[Trial(one, seed)].distance for one in (arm, best))
    taken, whole = sum(step for _, step in reached), sum(results[Trial(one, seed)].step for one in plan.arms)
    error = rows[best].standard_error or math.nan
    return [seed, rows[arm].title, f"{own:.3f}", rows[best].title, f"{least:.3f}", f"{(own - least) / error:.2f}",
            f"{taken / whole:.0%}"]  # fmt: skip


if __name__ == "__main__":
    main()

"""`sda sweep`: find settings for corpora by training many models, on this computer or on several."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli import terminal
from sda_lib.cli.flags import assignments, declared, flag
from sda_lib.config import DEFAULT_EFFORT, TrainConfig
from sda_lib.work_steps import time_left

if TYPE_CHECKING:
    from sda_lib.sweeps.outcome import Outcome
    from sda_lib.sweeps.plan import SweepPlan
    from sda_lib.sweeps.sweep import SweepEvent

# Most rows per corpus that are printed.
PRINTED = 10


def sweep(
    corpora: Annotated[list[Path], typer.Argument(metavar="FOLDER…", help="Folders of sounds.")],
    grid: Annotated[
        list[str], flag("A setting of the recipe and values to try, e.g. codec.levels=4,8 (repeatable).", "--grid")
    ],
    out: Annotated[
        Path, flag("Folder for tables, report and models; the same command continues there.", "--out", "-o")
    ],
    seeds: Annotated[int, flag("Trainings of every combination, with other held-out sounds.", min=1, max=100)] = 3,
    effort: Annotated[str, flag("Amount of each training, as of `sda train`.")] = DEFAULT_EFFORT,
    minutes: Annotated[
        float | None, declared(TrainConfig, "minutes", checked=True, note="As steps of an ordinary computer.")
    ] = None,
    steps: Annotated[int | None, declared(TrainConfig, "steps", checked=True)] = None,
    settings: Annotated[
        list[str] | None, flag("A setting of all trainings, e.g. codec.beam=8 (repeatable).", "--set")
    ] = None,
    everything: Annotated[bool, flag("Train all combinations to the end.", "--all")] = False,
    workers: args.Workers = None,
    scheduler: args.Scheduler = "",
    device: Annotated[str, flag("cpu, cuda, mps, or auto: cuda if there is one, else cpu.")] = "auto",
) -> None:
    """Train every combination of settings on every folder, and print which has the smallest held-out distance.

    All begin; at a ninth and at a third of the steps the best third goes on. A sweep that was stopped is continued by
    the same command. Its folder gets sweep.csv, results.json, report.html and the best model of every corpus.
    """
    from sda_lib.audio.corpus import Corpus
    from sda_lib.sweeps.plan import parse_grid, plan_sweep

    wanted = parse_grid(grid)
    common: dict[str, object] = {**assignments(settings or [], "section.name=value, e.g. codec.beam=8")}
    if steps is not None:
        common["train.steps"] = steps
    found = [Corpus.from_folder(folder.expanduser()) for folder in corpora]
    plan = plan_sweep(found, wanted, seeds, minutes, effort, common)
    for corpus, folder in zip(found, corpora, strict=True):
        terminal.print_corpus(corpus, folder)
    trainings = len(plan.arms) * plan.seeds
    terminal.print_note(f"{trainings} trainings of {len(plan.grid)} combinations.")

    from sda_lib.sweeps.running import SweepOptions, outcome_in, run_sweep

    began = time.monotonic()
    for event in run_sweep(plan, found, out, SweepOptions(workers or 0, scheduler, everything, device)):
        _print_event(plan, event, time.monotonic() - began)
    from sda_lib.display.sweeps import write_sweep_page

    outcome = outcome_in(plan, out)
    _print_outcome(outcome)
    terminal.print_result(write_sweep_page(outcome, out))
    for row in outcome.winners:
        terminal.print_result(out / f"{row.corpus}.sda")


def _print_event(plan: SweepPlan, event: SweepEvent, seconds: float) -> None:
    arm, result = event.trial.arm, event.result
    settings = ", ".join(f"{key}={value}" for key, value in plan.grid[arm.number].items())
    name = f"{plan.names[arm.corpus]}, {settings}, seed {event.trial.seed}"
    if result.problem:
        return terminal.print_note(f"{name}: {result.problem}")
    left = time_left(event.share, seconds) if event.share < 1 else ""
    rest = f" [{event.share:.0%}{f', {left}' if left else ''}]"
    terminal.print_note(f"{name}: step {result.step} of {plan.steps(arm)}, distance {result.distance:.3f}{rest}")


def _print_outcome(outcome: Outcome) -> None:
    """Print the best rows of every corpus: distance with standard error, steps, settings."""
    for name in outcome.plan.names:
        rows = [row for row in outcome.rows if row.corpus == name]
        terminal.print(f"{name}: held-out mel distance, mean ± standard error over {outcome.plan.seeds} seeds")
        for row in rows[:PRINTED]:
            mark = "*" if row in outcome.winners else " "
            terminal.print(f"{mark} {row.distance_in_words:>15s}  step {row.step} of {row.of}  {row.title}")
        if len(rows) > PRINTED:
            terminal.print_note(f"  {len(rows) - PRINTED} more are in the table.")

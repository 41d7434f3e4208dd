"""Commands for training runs: list, watch, stop, resume, delete."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sda_lib.cli.arguments import Data, Json, home
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_note, with_progress
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.events import Event
    from sda_lib.runs.run import Run

# Seconds between two checks of a run that is watched.
POLL_SECONDS = 0.3
RunName = Annotated[str, typer.Argument(metavar="RUN", help="A run's name, its model's name or file, or last.")]

app = typer.Typer(help="List trainings, or follow, stop, resume or delete one.")


@app.callback(invoke_without_command=True)
def runs(
    context: typer.Context,
    data: Data = None,
    json: Json = False,
) -> None:
    """List trainings, newest first: state, step, minutes and held-out mel distance."""
    from sda_lib.home import Home
    from sda_lib.runs.run import describe_runs, unreadable

    context.obj = (home() if data is None else Home(data)).runs
    if context.invoked_subcommand is not None:
        return
    found = describe_runs(context.obj, _facts)
    broken = [
        {"run": run.folder.name, "state": "unreadable", "message": run.problem} for run in unreadable(context.obj)
    ]
    if json:
        return print_json([*found, *broken])
    for one in broken:
        print(f"left out {one['run']}: {one['message']}")
    if not found:
        return print(f"There are no runs in {context.obj}; start one with `sda train`.")
    width = max(len(one["run"]) for one in found)
    print(f"{'run':<{width}}  {'state':<8}  {'step':>15}  minutes  held-out")
    for one in found:
        distance = "-" if one["held_out"] is None else f"{one['held_out']:.3f}"
        step = f"{one['step']} of {one['of']}"
        print(f"{one['run']:<{width}}  {one['state']:<8}  {step:>15}  {one['minutes']:>7.1f}  {distance:>8}")


@app.command()
def tail(context: typer.Context, run: RunName) -> None:
    """Follow a training until it ends; Ctrl-C stops following, not the training."""
    one = _find(context, run)
    with contextlib.suppress(KeyboardInterrupt):
        for _ in with_progress(_events(one)):
            pass
    print(f"{one.name}: {one.state}. {one.message}".strip())


@app.command()
def stop(context: typer.Context, run: RunName) -> None:
    """Stop a training; the best model so far is kept, and it can be resumed."""
    from sda_lib.runs import manage

    one = _find(context, run)
    if not one.alive:
        raise SdaError(f"{one.folder.name} is already {one.state}.")
    manage.stop(one)
    while one.alive:
        time.sleep(POLL_SECONDS)
    print_note(one.message or f"{one.folder.name} is {one.state}.")


@app.command()
def resume(
    context: typer.Context,
    run: RunName,
    out: Annotated[
        Path | None, flag("The run's model, if it is not in your data folder, to confirm it.", "--out", "-o")
    ] = None,
) -> None:
    """Resume a stopped, failed or crashed run in the background from its last checkpoint; one with --from restarts."""
    from sda_lib.runs import manage

    one = manage.resume(_find(context, run), out or confirmed_path(run))
    print_note(f"{one.folder.name} {one.on_resume}; see it with: sda runs tail {one.folder.name}")


@app.command()
def delete(context: typer.Context, run: RunName) -> None:
    """Move a run to the trash; its model is kept."""
    from sda_lib.home import Home
    from sda_lib.runs import manage

    one = _find(context, run)
    model = one.model_path
    place = manage.delete(one, Home(context.obj.parent).trash)
    print_note(f"{one.folder.name} is deleted{f'; {model} is kept' if model.exists() else ''}.")
    print_note(f"It is in {place.parent} until: sda clean trash")


def confirmed_path(name: str) -> Path | None:
    """Return the path of a model by which the user has named a run; None for another name."""
    return Path(name) if name.endswith(".sda") else None


def _find(context: typer.Context, which: str) -> Run:
    from sda_lib.runs import manage

    return manage.find_run(context.obj, which)


def _events(run: Run) -> Iterator[Event]:
    """Yield past and new events of a run until it ends."""
    read_to = 0
    while True:
        alive = run.alive  # read before the events: a run that has ended has written all of them
        events, read_to = run.events(read_to)
        yield from events
        if not alive:
            return
        time.sleep(POLL_SECONDS)


def _facts(run: Run) -> dict[str, Any]:
    """Return a row of the list of runs."""
    step = of = 0
    seconds, distance = 0.0, None
    for event in run.events()[0]:
        if event.of:
            step, of = event.step, event.of
        seconds = event.values.get("seconds", seconds)
        distance = event.values.get("held_out", distance)
    return {
        "run": run.folder.name, "name": run.name, "model": str(run.model_path), "state": run.state, "step": step,
        "of": of, "minutes": seconds / 60, "held_out": distance, "message": run.message,
    }  # fmt: skip

"""Display of a sweep: the winner of every corpus, all combinations in a table, and the curves of the best two."""

from __future__ import annotations

from pathlib import Path

from sda_lib.display.markup import counted, duration, head, heading, note, table, text
from sda_lib.display.page import page
from sda_lib.display.pictures import curve_picture
from sda_lib.display.static_page import static_page
from sda_lib.files import write_atomically
from sda_lib.sweeps.outcome import ArmResult, Outcome

REPORT = "report.html"
ABOUT = (
    "Held-out mel distance, lower is closer; mean and standard error over seeds. Those with fewer steps were left "
    "behind by others at equal steps."
)
# Most rows of a table that are shown.
SHOWN = 200


def sweep_view(outcome: Outcome) -> str:
    """Return a sweep as HTML."""
    taken, whole = outcome.steps
    plan = outcome.plan
    parts = [
        head(
            "Sweep",
            counted(len(plan.grid), "combination"),
            counted(len(plan.names), "corpus", "corpora"),
            counted(plan.seeds, "seed"),
            f"{taken} of {whole} steps" if whole else "",
        ),
        note(ABOUT),
    ]  # fmt: skip
    for name in plan.names:
        parts += [heading(name), _of_corpus(outcome, [row for row in outcome.rows if row.corpus == name])]
    return "".join(parts)


def sweep_page(outcome: Outcome) -> str:
    """Return a sweep as a web page that needs nothing else."""
    names = ", ".join(outcome.plan.names)
    return static_page(f"Sweep: {names}", f"<h1>{text(f'Sweep of {names}')}</h1>{page(sweep_view(outcome))}")


def write_sweep_page(outcome: Outcome, folder: Path) -> Path:
    """Write the page into the folder of a sweep. Raises SdaError when it can't be written."""
    return write_atomically(folder / REPORT, sweep_page(outcome).encode())


def _of_corpus(outcome: Outcome, rows: list[ArmResult]) -> str:
    winner = next((row for row in outcome.winners if row in rows), None)
    said = note("No training has reached its end yet.") if winner is None else note(f"Best: {winner.title}.")
    heads = (*outcome.plan.grid[0], "distance", "steps", "time", "")
    body = (
        (*(text(value) for value in row.settings.values()), *map(text, _cells(row, row is winner)))
        for row in rows[:SHOWN]
    )
    numbers = range(len(outcome.plan.grid[0]), len(heads) - 1)
    left_out = note(f"{len(rows) - SHOWN} more are in the table sweep.csv.") if len(rows) > SHOWN else ""
    return said + table(heads, body, numbers) + left_out + _curves(outcome, rows)


def _cells(row: ArmResult, is_best: bool) -> tuple[str, ...]:
    """Return distance, steps, time and remark of an arm."""
    remark = "best" if is_best else row.problem
    return row.distance_in_words, f"{row.step} of {row.of}", duration(row.seconds), remark


def _curves(outcome: Outcome, rows: list[ArmResult]) -> str:
    """Return the mean curves of the two best arms of a corpus; empty where there are none yet."""
    lines = [outcome.curves[row.arm] for row in rows[:2]]
    lines = [line for line in lines if len(line) > 1]
    if not lines:
        return ""
    names = " and ".join(row.title for row in rows[: len(lines)])
    return note(f"Mean held-out distance over steps: {names}.") + curve_picture(lines, f"curves of {names}")

"""`sda health`: report on the health of a model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, Model, home, open_model
from sda_lib.cli.terminal import print_json

if TYPE_CHECKING:
    from sda_lib.health.diagnose import HealthReport

# Words of the marks, in capitals where something is wrong, also without colors.
MARKS = {"green": "green", "yellow": "YELLOW", "red": "RED"}
MOST_FILES = 6


def health(
    model: Model,
    corpus: Annotated[
        Path | None, typer.Option("--corpus", "-c", help="A folder to measure it on; default: the recordings in it.")
    ] = None,
    json: Json = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write one HTML file with pictures and sounds.")
    ] = None,
) -> None:
    """Say whether a model is well: how its codes are used, what its levels bring, what it has by heart, what helps."""
    opened = open_model(model)
    from sda_lib.audio.corpus import Corpus
    from sda_lib.health.diagnose import diagnose
    from sda_lib.health.report import checked_html_path, write_report
    from sda_lib.runs.run import learned_from

    if report is not None:
        checked_html_path(report)  # fails before anything is measured
    folder = corpus or learned_from(model, home().runs, model.resolve().parent.parent / "runs")
    found = diagnose(opened, None if corpus is None else Corpus.from_folder(corpus)).with_paths(folder, model)
    if report is not None:
        write_report(found, report)
    if json:
        return print_json(found.facts())
    _say(found)
    if report is not None:
        print(report)


def _say(found: HealthReport) -> None:
    print(f"{found.name}: {found.verdict} Measured on {found.measured}.")
    _say_levels(found)
    for fix, findings in found.grouped_findings:
        for one in findings:
            print(f"{MARKS[one.severity]:6s}  {one.sentence}")
        if fix:
            print(f"        {fix}")
    near = found.fidelity
    for label, distance in (("learned", near.train), ("held-out", near.held_out)):
        if distance is not None:
            print(f"mel distance of {label} sounds: {distance:.3f}")
    if near.files:
        worst = ", ".join(f"{one.name} {one.distance:.2f}" for one in near.files[:MOST_FILES])
        print(f"farthest from the original: {worst}")
    for one in found.unknown:
        print(f"unknown: {one}")


def _say_levels(found: HealthReport) -> None:
    use, severities = found.use, {one.level: one.severity for one in found.findings}
    if use.levels:
        print(f"{'level':>5s} {'used':>5s} {'dead':>5s} {'perplexity':>10s} {'efficiency':>10s} {'moves':>6s}")
    for level in range(use.levels):
        print(
            f"{level:5d} {use.utilization[level]:5.0%} {use.dead[level]:5d} {use.perplexity[level]:10.1f} "
            f"{use.efficiency[level]:10.0%} {found.moved[level]:6.1%}  {MARKS[severities[level]]}"
        )

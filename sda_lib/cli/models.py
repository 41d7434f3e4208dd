"""Commands that describe a model, measure its health, or change its file."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from sda_lib import safe_json
from sda_lib.cli import arguments as args
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_decoder, print_distance, print_json, print_note, print_result
from sda_lib.cluster.cluster import open_cluster
from sda_lib.decoder_version import decoder_of
from sda_lib.errors import SdaError, explained_as
from sda_lib.file_names import checked_html_path, printable
from sda_lib.files import locked

if TYPE_CHECKING:
    from sda_lib.directions.directions import SliderCard
    from sda_lib.health.diagnose import HealthReport

# Severities in capitals where something is wrong, to be seen without colors.
MARKS = {"green": "green", "yellow": "YELLOW", "red": "RED"}
MOST_FILES = 6


def info(model: args.Model, json: args.Json = False) -> None:
    """Describe a model, from its header alone; --json prints the whole header."""
    from sda_lib.model.header import peek

    facts = peek(model)
    if json:
        return print_json(facts)
    invalid = f"{printable(model.name)} has a header with parts that are missing or of another kind; copy it again."
    with explained_as(invalid, safe_json.MALFORMED):
        _describe(model, facts)


def _describe(model: Path, facts: dict[str, Any]) -> None:
    """Print the facts of a header. Raises one of `safe_json.MALFORMED` for a header that SDA didn't write."""
    recipe, corpus, metrics = facts["recipe"], facts["corpus"], facts["metrics"]
    codec, audio = recipe["codec"], recipe["audio"]
    versions, size = f"format {facts['format']}, decoder {decoder_of(facts)}", model.stat().st_size
    print(f"{facts['name']}, made {facts['created']}, {versions}, {size / 1e6:.1f} MB")
    print_decoder(decoder_of(facts))
    print(f"trained on {corpus['files']} sounds, {corpus['minutes']:.1f} min")
    _describe_files(recipe.get("files", {}), corpus)
    for one in corpus.get("grown", []):
        print(f"{one['files']} of these sounds were added on {one['when'][:10]}")
    continuous = f"continuous latents of {codec['latent_dim']} dimensions ({codec['bottleneck']})"
    codes = f"{codec['levels']} levels x {codec['codebook_size']} codes"
    print(
        f"{codes if codec['bottleneck'] == 'rvq' else continuous}, hop {codec['hop']}, "
        f"{audio['sample_rate']} Hz, {'stereo' if audio['channels'] == 2 else 'mono'}"
    )
    if chosen := facts.get("choice", {}).get("chosen"):
        print(f"its codec was fitted to {chosen}")
    inside = f"contains the recordings; `sda strip-memory {model}` writes a copy without them"
    print(inside if facts.get("memory") else "does not contain the recordings")
    if prior := facts.get("prior"):
        kind = "networks" if prior["width"] else "an n-gram model"
        writers = "--writer prior or hybrid" if facts.get("memory") else "--writer prior"
        print(f"has a prior: {kind} for {prior['levels']} of the levels (`sda generate {writers}`)")
    print_distance(metrics, print)


def _describe_files(files: dict[str, Any], corpus: dict[str, Any]) -> None:
    """Print which files were chosen, and the categories that there are."""
    for words, key in (("only those in", "include"), ("without those in", "exclude")):
        if names := files.get(key):
            print(f"{words} {', '.join(names)}")
    if weights := files.get("weights"):
        print(f"with the weights {', '.join(f'{name} {weight:g}' for name, weight in weights.items())}")
    if corpus.get("left_out"):
        print(f"{corpus['left_out']} sounds of the folder were left out")
    if found := corpus.get("categories"):
        print(f"categories: {', '.join(f'{name} ({files})' for name, (files, _) in list(found.items())[:MOST_FILES])}")


def sliders(
    model: args.Model,
    json: args.Json = False,
    refit: Annotated[bool, flag("Fit them again.", "--refit")] = False,
) -> None:
    """Describe a model's sliders. The first time they are fitted on its recordings (half a minute) and saved in it."""
    opened = args.open_model(model)
    found = opened.sliders
    if found is None or refit:
        from sda_lib.runs.locks import training_into
        from sda_lib.sliders.fit import sliders_in_steps
        from sda_lib.work_steps import drained

        with training_into(model):
            found = drained(sliders_in_steps(opened), lambda step: None if json else print_note(step.line))
            with locked(model.parent):
                args.open_model(model).with_sliders(found).save(model)  # the file may have changed meanwhile
    if json:
        return print_json(found.facts())
    print(f"{'slider':11s} {'rho':>5s} {'one step':>14s} {'recordings':>22s}  side effect")
    for card in found.cards:
        print(_line(card))


def _line(card: SliderCard) -> str:
    """Format a slider's card as a row of the table of `sliders`."""
    from sda_lib.sliders.fit import display_name

    if card.is_axis:
        return f"{display_name(card)} ({card.share:.0%} of the variance)"
    unit, other = f" {card.unit}".rstrip(), max(card.side, key=lambda one: abs(card.side[one]))
    ends = f"{_figure(card.low)} to {_figure(card.high)}{unit}"
    aside = f"{other} {card.side[other]:+.0%}{'  (hidden)' if card.why_hidden else ''}"
    return f"{card.name:11s} {card.rho:5.2f} {f'{card.slope:+.3g}{unit}':>14s} {ends:>22s}  {aside}"


def _figure(value: float) -> str:
    """Return a number with three digits, and without an exponent where it is large."""
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def palette(
    model: args.Model,
    out: Annotated[Path | None, flag("The picture: .png, .svg or .pdf.", "--out", "-o")] = None,
    level: Annotated[int | None, flag("One level, its codes numbered.", "--level", "-l")] = None,
    json: args.Json = False,
) -> None:
    """Draw the codes of a model: similar ones near each other, sized by use in the corpus."""
    if out is None and not json:
        raise SdaError("Name the picture with --out NAME.png, or give --json.")
    opened = args.open_model(model)
    from sda_lib.maps import figures
    from sda_lib.maps.palette import level_palette

    levels = range(opened.levels) if level is None else [level]
    palettes = [level_palette(opened, one) for one in levels]
    path = out and figures.save_figure(figures.palette_sheet(palettes, opened.name), out)
    if json:
        return print_json([one.to_plain() for one in palettes])
    print(path)


def strip_memory(
    model: args.Model,
    out: Annotated[Path | None, flag("Default: NAME-shared.sda beside it.", "--out", "-o")] = None,
    in_place: Annotated[bool, flag("Replace the model itself.", "--in-place")] = False,
    force: args.Force = False,
) -> None:
    """Write a copy of a model without the recordings in it, to share."""
    if in_place and out:
        raise SdaError("Give either --in-place or --out, not both.")
    path = model if in_place else out or model.with_stem(f"{model.stem}-shared")
    args.check_unused(path, force or in_place, "--out")
    from sda_lib.runs.locks import training_into

    with training_into(path):
        full = args.open_model(model)
        full.without_memory().save(path)
    memory = full.memory
    gone = f"{memory.seconds / 60:.1f} min of recordings" if memory else "recordings (there were none)"
    print_result(path, f"{path.stat().st_size / 1e6:.1f} MB, without {gone} and without file names.")
    able = "It encodes, edits and decodes" if full.discrete else "It reconstructs sounds"
    if full.gaussian is not None:
        print_note(f"{able}, and generates with its Gaussian.")
    elif full.prior is not None and not full.prior.is_ngram:
        print_note(f"{able}, and generates with --writer prior.")
    else:
        print_note(f"{able}; it can't generate, because new sounds are walks through the recordings.")


def health(
    models: args.SomeModels,
    corpus: Annotated[
        Path | None, flag("Folder of sounds to measure; default: its own recordings.", "--corpus", "-c")
    ] = None,
    json: args.Json = False,
    report: Annotated[Path | None, flag("Write one HTML file with pictures and sounds, of one model.")] = None,
    workers: args.Workers = None,
    scheduler: args.Scheduler = "",
) -> None:
    """Measure the health of models: use of codes, gain of each level, copied passages; and suggest fixes.

    Several models are measured one after the other, or side by side with --workers or --scheduler.
    """
    from sda_lib.model.header import read_header
    from sda_lib.runs.run import learned_from

    if report is not None:
        if len(models) > 1:
            raise SdaError("A report shows one model; leave out --report, or name one model.")
        checked_html_path(report)  # fails before anything is measured
    for model in models:
        read_header(model)
    reports = []
    with contextlib.closing(_diagnoses(models, corpus, workers, scheduler)) as diagnoses:
        for model, found in zip(models, diagnoses, strict=True):
            folder = corpus or learned_from(model, args.home().runs, model.resolve().parent.parent / "runs")
            reports.append(found.with_paths(folder, model))
            if report is not None:
                _write_report(reports[-1], report)
            if not json:
                _print_report(reports[-1])
    if json:
        facts = [found.facts() for found in reports]
        return print_json(facts if len(models) > 1 else facts[0])
    if report is not None:
        print(report)


def _diagnoses(models: list[Path], folder: Path | None, workers: int | None, scheduler: str) -> Generator[HealthReport]:
    """Measure models here, or on the workers of a cluster, and yield the reports in their order."""
    from sda_lib.audio.corpus import Corpus

    corpus = None if folder is None else Corpus.from_folder(folder)
    if not workers and not scheduler:
        from sda_lib.health.diagnose import diagnose

        for model in models:
            yield diagnose(args.open_model(model), corpus)
        return
    with open_cluster(min(workers or os.cpu_count() or 1, len(models)), scheduler) as cluster:
        from sda_lib.health.on_cluster import diagnose_on_cluster

        yield from diagnose_on_cluster(cluster, models, corpus)


def _write_report(found: HealthReport, path: Path) -> None:
    from sda_lib.health.report import write_report

    write_report(found, path)


def _print_report(found: HealthReport) -> None:
    print(f"{found.name}: {found.verdict} Measured on {found.measured}.")
    _print_levels(found)
    for fix, findings in found.grouped_findings:
        for one in findings:
            print(f"{MARKS[one.severity]:6s}  {one.sentence}")
        if fix:
            print(f"        {fix}")
    fidelity = found.fidelity
    for label, distance in (("learned", fidelity.train), ("held-out", fidelity.held_out)):
        if distance is not None:
            print(f"mel distance of {label} sounds: {distance:.3f}")
    if fidelity.files:
        worst = ", ".join(f"{one.name} {one.distance:.2f}" for one in fidelity.files[:MOST_FILES])
        print(f"farthest from the original: {worst}")
    for sentence in found.unknown:
        print(f"unknown: {sentence}")


def _print_levels(found: HealthReport) -> None:
    use, severities = found.use, {one.level: one.severity for one in found.findings}
    if use.levels:
        width = max(map(len, found.level_names))
        print(f"{'level':{width}s} {'used':>5s} {'dead':>5s} {'perplexity':>10s} {'efficiency':>10s} {'moves':>6s}")
    for level in range(use.levels):
        mark = MARKS[severities[level]]
        print(
            f"{found.level_names[level]:{width}s} {use.utilization[level]:5.0%} {use.dead[level]:5d} "
            f"{use.perplexity[level]:10.1f} {use.efficiency[level]:10.0%} {found.moved[level]:6.1%}  {mark}"
        )

"""Commands for training: scan a folder of sounds, train a model, and train a prior for it."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, Model, home, model_option, open_model, recipe_changes
from sda_lib.cli.growing import grow_model, run_growth
from sda_lib.cli.terminal import print_corpus, print_distance, print_json, print_note, print_result, print_scan, shown
from sda_lib.config import DEFAULT_PRESET, PRESETS, Recipe
from sda_lib.errors import SdaError
from sda_lib.files import checked_name, without_unprintable

if TYPE_CHECKING:
    from sda_lib.audio.corpus import Corpus
    from sda_lib.runs.run import Run

CHOICES = ", ".join(f"{name} ({preset.minutes:g} min)" for name, preset in PRESETS.items())


def scan(folder: Path, json: Json = False) -> None:
    """Say what a folder of sound holds, and what is left out and why."""
    from sda_lib.audio.scan import scan_corpus
    from sda_lib.training.estimate import forecast

    corpus = _corpus(folder)
    found = scan_corpus(corpus)
    if json:
        return print_json(found.report())
    print_corpus(corpus, print)
    print_scan(found)
    recipe = Recipe.for_corpus(corpus)
    codec, audio = recipe.codec, recipe.audio
    print(
        f"A model of it would have {codec.levels} levels of {codec.codebook_size} codes, "
        f"{audio.sample_rate / codec.hop:.1f} columns a second, {'stereo' if audio.channels == 2 else 'mono'}."
    )
    expected = forecast(recipe, corpus.seconds)
    print(
        f"That leaves {expected.frames_per_code:.1f} frames of {codec.hop} samples to each code; the preset "
        f"{DEFAULT_PRESET} takes about {expected.seconds / 60:.1f} min, {round(expected.steps, -2)} steps or so."
    )
    print_note(f"Next: sda train {folder} --name {folder.resolve().name}")


def train(
    sounds: Annotated[
        list[Path] | None, typer.Argument(metavar="FOLDER", help="With --from also files; not needed with --resume.")
    ] = None,
    preset: Annotated[str, typer.Option(help=f"How much work: {CHOICES}.")] = DEFAULT_PRESET,
    minutes: Annotated[
        float | None,
        typer.Option(help="Time budget instead of the preset's; 0 gives the closed-form model alone.", min=0),
    ] = None,
    name: Annotated[str, typer.Option(help="The model's name (default: the folder's).")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: NAME.sda among your models.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps instead of minutes; repeats a run exactly.", min=0)] = None,
    seed: Annotated[int, typer.Option(help="Fixes the split, the batches and the start.")] = 0,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any number of the recipe, e.g. codec.levels=5 (repeatable).")
    ] = None,
    no_memory: Annotated[
        bool, typer.Option("--no-memory", help="Leave the recordings out; such a model generates only after sda prior.")
    ] = False,
    sliders: Annotated[
        bool | None,
        typer.Option(
            "--sliders/--no-sliders", help="Try sliders out at the end (half a minute); by default if --minutes."
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, mps, or auto: cuda if there is one, else cpu.")] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
    source: Annotated[
        Path | None, model_option("Add the sounds to this model instead (half a minute, on the CPU).", "--from")
    ] = None,
    keep: Annotated[
        float | None,
        typer.Option(
            help="With --from: share of old level-0 codes that stay; 0.8 learns more, but saved codes may change.",
            min=0,
            max=1,
        ),
    ] = None,
    background: Annotated[
        bool, typer.Option("--background", help="Return at once; it waits for other trainings. See sda runs.")
    ] = False,
    resume: Annotated[
        str, typer.Option(help="Go on with a run that ended before its time: its name, its model, or last.")
    ] = "",
) -> None:
    """Learn a folder of sound and write one .sda model; Ctrl-C stops early and keeps the best so far.

    Whatever ends it, --resume goes on where it was some seconds before. The preset studio is for GPUs; a CPU gets few
    of its steps done in the time. With --from, new recordings or liked outputs are added to a model that is there: its
    codes keep their meaning, and the new model is written beside it. Such a run that is resumed starts again from the
    model as it was.
    """
    from sda_lib.runs import manage

    if resume:
        return _resume(manage.find_run(home().runs, resume))
    if not sounds:
        raise SdaError("Say which folder of sounds to learn, or --resume a run.")
    if source is not None:
        if settings or no_memory or preset != DEFAULT_PRESET:
            raise SdaError("A model that grows keeps its recipe; leave out --set, --preset and --no-memory.")
        told = {"minutes": minutes, "steps": steps, "keep": keep, "seed": seed}
        growing = manage.GrowOptions(source, **{key: value for key, value in told.items() if value is not None})
        return grow_model(sounds, growing, out, name, sliders, force, background)
    if len(sounds) != 1 or keep is not None:
        raise SdaError("Give one folder to train on; several files and --keep need --from MODEL.")
    folder = sounds[0]
    name = name or without_unprintable(folder.resolve().name)
    path = out or home().models / f"{checked_name(name)}.sda"
    if path.exists() and not force:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another --name.")
    changes = recipe_changes(settings or []) | {"train.steps": steps, "train.seed": seed}
    if no_memory:
        changes["memory.enabled"] = False
    corpus = _corpus(folder)
    recipe = Recipe.for_corpus(corpus, minutes, preset)
    recipe = recipe.override(**{key: value for key, value in changes.items() if value is not None})
    print_corpus(corpus)
    from sda_lib.sliders.fit import fits_sliders

    tried = fits_sliders(recipe) if sliders is None else sliders and recipe.memory.enabled
    device = _device(device, preset)
    job = manage.Job(name, (folder,), path, recipe, device=device, sliders=tried)
    if background:
        run = manage.start(home().runs, job)
        return print_note(f"Training goes on without this terminal; see it with: sda runs tail {run.folder.name}")
    with manage.create_run(home().runs, job) as (run, _):
        _learn(run, path)


def prior(
    model: Model,
    minutes: Annotated[float, typer.Option(help="Time budget; it stops sooner when it gets no better.", min=0)] = 1.0,
    corpus: Annotated[
        Path | None, typer.Option(help="A folder to learn from instead of the recordings in the model.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Fixes the split, the batches and the start.", min=0)] = 0,
    steps: Annotated[int | None, typer.Option(help="Steps per level instead; repeats a run exactly.", min=1)] = None,
) -> None:
    """Give a model a prior (`sda generate --writer prior` or `hybrid`): networks that tell which code comes next."""
    from sda_lib.runs.manage import training_into
    from sda_lib.training.prior_training import learn_prior

    with training_into(model):
        instrument = open_model(model)
        sounds = None if corpus is None else _corpus(corpus)
        print_note("held-out nats per code   uniform  unigram   3-gram  network")
        for event in shown(learn_prior(instrument, model, minutes, seed, sounds, steps)):
            if event.kind == "metrics":
                figures = (event.values.get(name) for name in ("uniform", "unigram", "trigram", "network"))
                cells = "  ".join(f"{'-' if one is None else format(one, '.3f'):>7}" for one in figures)
                print_note(f"level {event.step:<16}  {cells}")
            elif event.kind == "done":
                print_note(event.message)


def _corpus(folder: Path) -> Corpus:
    from sda_lib.audio.corpus import Corpus

    return Corpus.from_folder(folder)


def _device(name: str, preset: str) -> str:
    """Return the device of that name, and print it."""
    from sda_lib.training.device import choose_device

    device = choose_device(name)
    print_note(f"Training on {device}.")
    if PRESETS[preset].gpu and device == "cpu":
        print_note(f"The preset {preset} is made for a GPU; a CPU gets few of its steps done in the time.")
    return device


def _resume(run: Run) -> None:
    """Resume a run in this process."""
    from sda_lib.runs import manage

    with manage.reopen_run(run):
        print_note(f"Resuming {run.name} ({run.folder.name}): it {run.on_resume}.")
        (_learn if run.growing is None else run_growth)(run, run.model_path)


def _learn(run: Run, path: Path) -> None:
    """Carry out a run and print the result; `path` is its model as the user named it."""
    from sda_lib.runs.worker import run_here

    metrics: dict[str, float] = {}
    message = ""
    with contextlib.closing(run_here(run)) as events:
        try:
            for event in shown(events):
                metrics |= event.values if event.kind in ("metrics", "done") else {}
                message = event.message if event.kind == "done" else message
        except KeyboardInterrupt:
            message = f"Stopped; the best so far is kept. Go on with: sda train --resume {run.folder.name}"
    if not path.exists():
        raise SdaError(f"Training stopped before {path} was written; start it again.")
    print_note(message)
    print_distance(metrics)
    print_result(path, f"{path.stat().st_size / 1e6:.1f} MB.")
    if run.recipe.memory.enabled:
        print_note(f"It contains the recordings. To give it away: sda strip-memory {path} (or train with --no-memory).")

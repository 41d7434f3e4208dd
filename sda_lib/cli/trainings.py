"""Commands for training: scan a folder of sounds, train or grow a model, and train a prior for it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli import terminal
from sda_lib.cli.delivery import pairs
from sda_lib.cli.flags import assignments, declared, flag
from sda_lib.cli.runs import confirmed_path
from sda_lib.cli.terminal import print
from sda_lib.config import DEFAULT_EFFORT, EFFORTS, Recipe, TrainConfig
from sda_lib.errors import SdaError
from sda_lib.file_choice import FilesConfig
from sda_lib.file_names import checked_name, without_unprintable
from sda_lib.runs.job import GrowOptions

if TYPE_CHECKING:
    from sda_lib.audio.corpus import Corpus
    from sda_lib.audio.scan import Scan
    from sda_lib.runs.job import Job
    from sda_lib.runs.run import Run

CHOICES = ", ".join(f"{name} ({effort.minutes:g} min)" for name, effort in EFFORTS.items())
PRIOR_NOTE = "Its prior was trained on the old sounds only; run `sda prior` to include the new ones."


def scan(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of sound files.")],
    fix: Annotated[
        Path | None,
        flag("Write a clean copy into this folder: without silence at the ends, DC offset and duplicates."),
    ] = None,
    json: args.Json = False,
) -> None:
    """Describe a folder of sound files: what is usable, and what is left out and why; or write a clean copy of it."""
    from sda_lib.audio.scan import scan_corpus
    from sda_lib.training.estimate import forecast

    corpus = _corpus(folder)
    found = scan_corpus(corpus)
    if fix is not None:
        return _write_clean_copy(found, fix, json)
    if json:
        return terminal.print_json(found.report())
    terminal.print_corpus(corpus, write=print)
    terminal.print_categories(corpus)
    terminal.print_scan(found)
    recipe = Recipe.for_corpus(corpus)
    codec, audio = recipe.codec, recipe.audio
    print(
        f"A model of it would have {codec.levels} levels of {codec.codebook_size} codes and "
        f"{audio.sample_rate / codec.hop:.1f} frames per second, {'stereo' if audio.channels == 2 else 'mono'}."
    )
    expected = forecast(recipe, corpus.sounding_seconds)
    print(
        f"That is {expected.frames_per_code:.1f} frames of {codec.hop} samples per code; the effort "
        f"{DEFAULT_EFFORT} takes about {expected.seconds / 60:.1f} min for about {round(expected.steps, -2)} steps."
    )
    terminal.print_note(f"Next: sda train {folder} --name {folder.resolve().name}")


def _write_clean_copy(found: Scan, folder: Path, json: bool) -> None:
    """Write a clean copy of scanned files and print what was done to each."""
    from sda_lib.audio.clean_copy import clean_copy

    done = []
    for one in clean_copy(found, folder):
        done.append(one)
        if one.done and not json:
            print(f"{one.file.name}: {', '.join(one.done)}")
    if json:
        rows = [{"file": one.file.name, "written": one.path and str(one.path), "done": one.done} for one in done]
        return terminal.print_json(rows)
    print(f"{sum(one.path is not None for one in done)} of {len(done)} sounds written to {folder}.")
    if clipped := sum(file.clipped > 0 for file in found.files):
        terminal.print_note(f"{clipped} of them clipped; clipping can't be repaired.")
    terminal.print_note(f"Next: sda train {folder} --name {folder.resolve().name}")


def train(
    sounds: Annotated[
        list[Path] | None, typer.Argument(metavar="FOLDER", help="With --from also files; not needed with --resume.")
    ] = None,
    effort: Annotated[str, flag(f"Amount of training: {CHOICES}.")] = DEFAULT_EFFORT,
    minutes: Annotated[
        float | None, declared(TrainConfig, "minutes", checked=True, note="Default: the effort's.")
    ] = None,
    name: Annotated[str, flag("The model's name; default: the folder's.")] = "",
    out: Annotated[Path | None, flag("Default: NAME.sda among your models.", "--out", "-o")] = None,
    steps: Annotated[int | None, declared(TrainConfig, "steps", checked=True)] = None,
    seed: Annotated[int, declared(TrainConfig, "seed")] = 0,
    settings: Annotated[
        list[str] | None, flag("Any value of the recipe, e.g. codec.levels=5 (repeatable).", "--set")
    ] = None,
    include: Annotated[
        list[str] | None, declared(FilesConfig, "include", note="E.g. drums or 'drums/*' (repeatable).")
    ] = None,
    exclude: Annotated[
        list[str] | None, declared(FilesConfig, "exclude", note="E.g. '*/noisy/*' (repeatable).")
    ] = None,
    weight: Annotated[
        list[str] | None, declared(FilesConfig, "weights", note="NAME=WEIGHT, e.g. loud=2 (repeatable).")
    ] = None,
    no_memory: Annotated[
        bool, flag("Leave the recordings out; such a model generates only after sda prior.", "--no-memory")
    ] = False,
    sliders: Annotated[
        bool | None, flag("Fit sliders at the end (half a minute); default: unless --steps.", "--sliders/--no-sliders")
    ] = None,
    device: Annotated[str, flag("cpu, cuda, mps, or auto: cuda if there is one, else cpu.")] = "auto",
    processes: Annotated[
        int | None,
        flag("Processes that share every batch, each on a core or a GPU of its own; default: 1, or torchrun's.", min=1),
    ] = None,
    force: args.Force = False,
    base: Annotated[
        Path | None, args.model_option("Grow this model by the sounds (half a minute, CPU).", "--from")
    ] = None,
    keep: Annotated[float | None, declared(GrowOptions, "keep", checked=True, note="With --from.")] = None,
    background: Annotated[bool, flag("Return at once; the run is queued. See sda runs.", "--background")] = False,
    resume: Annotated[str, flag("Resume an unfinished run: its name, its model, or last.")] = "",
    preset: Annotated[str, flag("The name of --effort in version 0.1.", hidden=True)] = "",
) -> None:
    """Train a model on a folder of sounds and write one .sda file; Ctrl-C stops early and keeps the best so far.

    An interrupted training can be resumed with --resume from its last checkpoint. The effort studio is for GPUs; a CPU
    takes few of its steps in the time. With --from, recordings or generated sounds are added to an existing model: its
    codes keep their meaning, and the new model is written beside it. Such a run restarts from the beginning if resumed.
    """
    if preset:
        raise SdaError(f"The amount of training is called effort now; write --effort {preset}.")
    if _follows():
        from sda_lib.training.follower import follow

        return follow()
    if resume:
        return _resume(resume, out, processes)
    if not sounds:
        raise SdaError("Name a folder of sounds to train on, or a run to --resume.")
    target = _Target(out, name, sliders, force, background)
    launched = os.environ.get("WORLD_SIZE", "1") != "1"
    if base is not None and (launched or (processes or 1) > 1):
        raise SdaError("A model grows in one process; leave out --processes and torchrun.")
    if background and launched:
        raise SdaError("torchrun waits for its processes; leave out --background, or use --processes instead of it.")
    if base is not None:
        if settings or no_memory or effort != DEFAULT_EFFORT or include or exclude or weight:
            raise SdaError(
                "A model that grows keeps its recipe, and takes the files that are named; leave out --set, --effort, "
                "--no-memory, --include, --exclude and --weight."
            )
        given: dict[str, Any] = {"minutes": minutes, "steps": steps, "keep": keep, "seed": seed}
        growing = GrowOptions(base, **{key: value for key, value in given.items() if value is not None})
        return _grow_model(sounds, growing, target)
    if len(sounds) != 1 or keep is not None:
        raise SdaError("Give one folder to train on; several files and --keep need --from MODEL.")
    changes: dict[str, object] = {**assignments(settings or [], "section.name=value, e.g. codec.levels=5")}
    changes |= {"train.steps": steps, "train.seed": seed}
    changes |= {"memory.enabled": False} if no_memory else {}
    files = FilesConfig(tuple(include or ()), tuple(exclude or ()), pairs(weight or []))
    set_files = {key: changes.pop(key) for key in tuple(changes) if key.startswith("files.")}
    files = replace(Recipe(), files=files).override(**set_files).files
    _train_model(sounds[0], effort, minutes, changes, files, _Place(device, processes), target)


@dataclass(frozen=True)
class _Target:
    """What a run writes, and whether it runs in the background."""

    out: Path | None
    name: str
    sliders: bool | None
    force: bool
    background: bool

    def path(self, default: Callable[[], Path]) -> Path:
        """Return the file of the model. Raises SdaError where it exists and is not to be replaced."""
        path = self.out or default()
        args.check_unused(path, self.force, "--name")
        return path


@dataclass(frozen=True)
class _Place:
    """What a training runs on: the device, and the number of processes."""

    device: str
    processes: int | None


def _follows() -> bool:
    """Return whether this process was started to follow another one; `launched` says the same, but loads torch."""
    return "WORLD_SIZE" in os.environ and os.environ.get("RANK", "0") != "0"


def _model_named(name: str) -> Path:
    return args.home().models / f"{checked_name(name)}.sda"


def _train_model(folder: Path, effort: str, minutes: float | None, changes: dict[str, object], files: FilesConfig,
                 place: _Place, target: _Target) -> None:  # fmt: skip
    """Train a model and print the result, or start a background process for it."""
    name = target.name or without_unprintable(folder.resolve().name)
    path = target.path(lambda: _model_named(name))
    corpus = _corpus(folder.expanduser().resolve()).selected(files)  # as the run opens it: it need not scan again
    recipe = Recipe.for_corpus(corpus, minutes, effort)
    recipe = recipe.override(**{key: value for key, value in changes.items() if value is not None})
    terminal.print_corpus(corpus, folder)
    from sda_lib.runs.job import Job

    fitted = recipe.fits_sliders if target.sliders is None else target.sliders and recipe.memory.enabled
    job = Job(
        name, (folder,), path, recipe, device=_device(place.device, effort), sliders=fitted, processes=place.processes
    )
    _start(job, corpus, path, target.background)


def _grow_model(sounds: Sequence[Path], growing: GrowOptions, target: _Target) -> None:
    """Grow a model by new sounds and print the result, or start a background process for it."""
    from sda_lib.audio.corpus import Corpus
    from sda_lib.runs.job import Job

    base = growing.base
    path = target.path(lambda: _model_named(target.name) if target.name else base.with_stem(f"{base.stem}-grown"))
    job = Job(target.name or path.stem, tuple(sounds), path, growing=growing, sliders=target.sliders).checked()
    corpus = Corpus.from_paths(job.sounds)
    terminal.print_corpus(corpus, sounds[0] if len(sounds) == 1 and sounds[0].is_dir() else None)
    _start(job, corpus, path, target.background)


def _start(job: Job, corpus: Corpus, path: Path, background: bool) -> None:
    """Carry out a job on a scanned corpus and print the result, or start a background process for it."""
    from sda_lib.runs import manage

    if background:
        run = manage.start(args.home().runs, job)
        return terminal.print_note(f"It runs in the background; follow it with: sda runs tail {run.folder.name}")
    with manage.create_run(args.home().runs, job) as (run, _):
        _carry_out(run, path, corpus, job.processes)


def prior(
    model: args.Model,
    minutes: Annotated[float, flag("Time budget; stops early without improvement (min).", min=0)] = 1.0,
    corpus: Annotated[Path | None, flag("Folder to train on; default: the model's recordings.")] = None,
    seed: Annotated[int, declared(TrainConfig, "seed", checked=True)] = 0,
    steps: Annotated[int | None, flag("Steps per level instead, for a reproducible run.", min=1)] = None,
) -> None:
    """Train a prior for a model: networks that predict the next code, for `sda generate --writer prior` or `hybrid`."""
    from sda_lib.runs.locks import training_into
    from sda_lib.training.prior_training import learn_prior

    with training_into(model):
        opened = args.open_model(model)
        sounds = None if corpus is None else _corpus(corpus)
        terminal.print_note("held-out nats per code   uniform  unigram   3-gram  network")
        for event in terminal.with_progress(learn_prior(opened, model, minutes, seed, sounds, steps)):
            if event.kind == "metrics":
                figures = (event.values.get(name) for name in ("uniform", "unigram", "trigram", "network"))
                cells = "  ".join(f"{'-' if one is None else format(one, '.3f'):>7}" for one in figures)
                terminal.print_note(f"{event.message:<22}  {cells}")
            elif event.kind == "done":
                terminal.print_note(event.message)


def _corpus(folder: Path) -> Corpus:
    from sda_lib.audio.corpus import Corpus

    return Corpus.from_folder(folder)


def _device(name: str, effort: str) -> str:
    """Return the device of that name, and print it."""
    from sda_lib.training.device import choose_device

    device = choose_device(name)
    terminal.print_note(f"Training on {device}.")
    if EFFORTS[effort].gpu and device == "cpu":
        terminal.print_note(f"The effort {effort} is made for a GPU; a CPU takes few of its steps in the time.")
    return device


def _resume(name: str, out: Path | None, processes: int | None) -> None:
    """Resume a run in this process; `out` confirms a model outside the data folder.

    It need not have as many processes as before.
    """
    from sda_lib.runs import manage

    run = manage.find_run(args.home().runs, name)
    with manage.reopen_run(run, out=out or confirmed_path(name)):
        terminal.print_note(f"Resuming {run.name} ({run.folder.name}): it {run.on_resume}.")
        _carry_out(run, run.model_path, processes=processes)


def _carry_out(run: Run, path: Path, corpus: Corpus | None = None, processes: int | None = None) -> None:
    """Carry out a run and print the result; `path` is its model as the user named it."""
    from sda_lib.runs.worker import run_here

    metrics: dict[str, float] = {}
    message, stopped = "", False
    with contextlib.closing(run_here(run, corpus, processes)) as events:
        try:
            for event in terminal.with_progress(events):
                metrics |= event.values if event.kind in ("metrics", "done") else {}
                message = event.message if event.kind == "done" else message
        except KeyboardInterrupt:
            stopped = True
            elsewhere = not run.model_path.is_relative_to(args.home().folder.resolve())
            where = f" --out {run.model_path}" if elsewhere else ""
            message = f"Stopped; the best so far is kept. Resume with: sda train --resume {run.folder.name}{where}"
    if not path.exists():
        raise SdaError(f"{run.kind} stopped before {path} was written; start it again.")
    if run.growing is None or stopped:
        terminal.print_note(message)
    if run.growing is None:
        terminal.print_distance(metrics)
    else:
        _print_growth(path)
    terminal.print_result(path, f"{path.stat().st_size / 1e6:.1f} MB.")
    if run.growing is not None or run.recipe.memory.enabled:
        terminal.print_note(f"It contains the recordings. To share it without them: sda strip-memory {path}")


def _print_growth(path: Path) -> None:
    from sda_lib.growing.report import Growth
    from sda_lib.model.header import peek

    facts = peek(path)
    growth = Growth.last_of(facts)
    for line in growth.lines() if growth is not None else ():
        terminal.print_note(line)
    if facts.get("prior"):
        terminal.print_note(PRIOR_NOTE)

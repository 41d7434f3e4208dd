"""The door in a terminal: every command is a thin call of one library function, and every error is one sentence.

Nothing heavy is imported before a command needs it, so that `sda --help` answers at once.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from rich.progress import Progress

    from sda_lib.config import Recipe
    from sda_lib.models.bundle import SdaModel
    from sda_lib.sound.corpus import Corpus
    from sda_lib.studio.events import Event
    from sda_lib.studio.generate import Take

app = typer.Typer(
    name="sda",
    help="Train a generative model on a folder of your own sounds in minutes, and play it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

MODELS, EXPORTS = Path("data/models"), Path("data/exports")

PLAIN_SECONDS = 10.0
"""How often training says where it stands when the output is not a terminal."""

ModelFile = Annotated[Path, typer.Option("--model", "-m", help="The .sda model.")]


def main() -> None:
    """Run the command line; whatever goes wrong ends as one sentence on stderr and exit code 1."""
    try:
        app()
    except SdaError as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; nothing is left to say
        sys.exit(1)
    except OSError as error:
        _fail(
            f"{error.filename or 'A file'}: {error.strerror or error}; check the path, its permissions and the space."
        )
    except Exception as error:
        if os.environ.get("SDA_DEBUG"):
            raise
        _fail(f"Something unforeseen happened ({type(error).__name__}: {error}); SDA_DEBUG=1 shows where.")


@app.command()
def scan(folder: Path, json: Annotated[bool, typer.Option("--json", help="Print plain JSON.")] = False) -> None:
    """Say what a folder of sound holds, and what is left out and why."""
    corpus = _corpus(folder)
    if json:
        return _print_json(corpus.report())
    _say_corpus(corpus)
    recipe = _recipe(corpus, 2.0)
    codec, audio = recipe.codec, recipe.audio
    print(
        f"A model of it would have {codec.levels} levels of {codec.codebook_size} codes, "
        f"{audio.sample_rate / codec.hop:.1f} columns a second, {'stereo' if audio.channels == 2 else 'mono'}."
    )
    print(f"Next: sda train {folder} --minutes 2 --name {folder.resolve().name}")


@app.command()
def train(
    folder: Path,
    minutes: Annotated[float, typer.Option(help="Time budget; 0 gives the closed-form model alone.", min=0)] = 2.0,
    name: Annotated[str, typer.Option(help="The model's name (default: the folder's).")] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help=f"Default: {MODELS}/NAME.sda.")] = None,
    steps: Annotated[int | None, typer.Option(help="Steps instead of minutes; repeats a run exactly.", min=0)] = None,
    seed: Annotated[int, typer.Option(help="Fixes the split, the batches and the start.")] = 0,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="Any number of the recipe, e.g. codec.levels=5 (repeatable).")
    ] = None,
    no_memory: Annotated[
        bool, typer.Option("--no-memory", help="Leave the recordings out; such a model can't generate.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace a model of that name.")] = False,
) -> None:
    """Learn a folder of sound and write one .sda model; Ctrl-C stops early and keeps the best so far."""
    name = name or folder.resolve().name
    path = out or MODELS / f"{_plain_name(name)}.sda"
    if path.exists() and not force:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another --name.")
    changes = _settings(settings or []) | {"train.steps": steps, "train.seed": seed}
    if no_memory:
        changes["memory.enabled"] = False
    corpus = _corpus(folder)
    recipe = _recipe(corpus, minutes).override(**{key: value for key, value in changes.items() if value is not None})
    _say_corpus(corpus)
    _learn(corpus, recipe, path, name)


@app.command()
def generate(
    model: Path,
    count: Annotated[int, typer.Option("-n", "--count", help="How many sounds.", min=1)] = 4,
    seconds: Annotated[float, typer.Option(help="Length of each.", min=0.05)] = 4.0,
    seed: Annotated[int, typer.Option(help="The first sound's seed; the next ones count on.")] = 0,
    novelty: Annotated[float, typer.Option(help="0 stays close to the recordings, 1 goes far.", min=0, max=1)] = 0.5,
    temperature: Annotated[float, typer.Option(help="How daring each choice is.", min=0)] = 0.5,
    source: Annotated[float, typer.Option(help="0 = the model alone, 1 = your own grains.", min=0, max=1)] = 1.0,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the sounds.")] = EXPORTS,
    name: Annotated[str, typer.Option(help="File name; {model}, {seed} and {index} are filled in.")] = "{model}_{seed}",
    suffix: Annotated[str, typer.Option("--format", help="wav or flac.")] = "wav",
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
) -> None:
    """Make new sounds with a model, as 24-bit files with the recipe of each in its tags."""
    from sda_lib.studio.generate import GenerateOptions, generate

    _file_name(name, "model", 0, 0)
    instrument = _model(model)
    for index in range(count):
        options = GenerateOptions(
            seconds=seconds,
            seed=seed + index,
            novelty=novelty,
            temperature=temperature,
            source_amount=source,
            quality="export",
        )
        stem = _file_name(name, instrument.name, options.seed, index)
        path = _free(out / f"{stem}.{suffix.lstrip('.')}", force)
        print(_export(generate(instrument, options), path, instrument.name))


@app.command()
def encode(
    file: Path,
    model: ModelFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: FILE's name with .codes.npz.")] = None,
) -> None:
    """Turn a sound into a grid of codes."""
    from sda_lib.models.codes import save_codes
    from sda_lib.sound.clip import read_clip

    clip = read_clip(file)
    codes = _model(model).encode(clip)
    path = save_codes(codes, out or Path(f"{file.stem}.codes.npz"))
    print(f"{path}: {codes.levels} levels x {codes.frames} columns, {codes.frame_rate:.1f} columns a second")


@app.command()
def edit(
    codes: Path,
    ops: Annotated[
        list[str],
        typer.Option("--op", help="e.g. swap:level=0,frames=10:40,with=y.codes.npz (repeatable, done in order)."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The edited code file.")],
) -> None:
    """Change a grid of codes: set, step, reverse, copy, swap, randomize."""
    from sda_lib.models.codes import edit, load_codes, parse_edit, save_codes

    before = after = load_codes(codes)
    for op in ops:
        name, arguments = parse_edit(op)
        after = edit(after, name, **arguments)
    path = save_codes(after, out)
    print(f"{path}: {int((after.indices != before.indices).any(0).sum())} of {after.frames} columns changed")


@app.command()
def decode(
    codes: Path,
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The sound file, .wav or .flac.")],
    source: Annotated[float, typer.Option(help="0 = the model alone, 1 = your own grains.", min=0, max=1)] = 1.0,
) -> None:
    """Turn a grid of codes into sound (24 bit, at the model's rate)."""
    from sda_lib.models.codes import load_codes
    from sda_lib.sound import export

    grid = load_codes(codes)
    instrument = _model(model)
    clip = instrument.decode(grid, source, "export")
    tags = {"title": out.stem, "model": instrument.name, "codes": codes.name, "source_amount": source}
    print(f"{export.write(clip, out, tags=tags)}: {clip.seconds:.2f} s")


@app.command()
def info(model: Path, json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False) -> None:
    """Say what a model is, from its header alone."""
    from sda_lib.models.manifest import peek

    facts = peek(model)
    if json:
        return _print_json(facts)
    recipe, corpus, metrics = facts["recipe"], facts["corpus"], facts["metrics"]
    codec, audio = recipe["codec"], recipe["audio"]
    print(f"{facts['name']}, made {facts['created']}, format {facts['format']}, {model.stat().st_size / 1e6:.1f} MB")
    print(f"learned from {corpus['files']} sounds, {corpus['minutes']:.1f} min")
    print(
        f"{codec['levels']} levels x {codec['codebook_size']} codes, hop {codec['hop']}, "
        f"{audio['sample_rate']} Hz, {'stereo' if audio['channels'] == 2 else 'mono'}"
    )
    print("contains the recordings" if recipe["memory"]["enabled"] else "does not contain the recordings")
    _say_distance(metrics)


@app.command()
def sheet(
    files: Annotated[list[Path], typer.Argument(help="Sounds for the first row.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture: .png, .svg or .pdf.")],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Adds the files' reconstructions, with memory and without.")
    ] = None,
    generated: Annotated[
        list[Path] | None, typer.Option("--generated", "-g", help="A sound for the last row (repeatable).")
    ] = None,
) -> None:
    """Draw sounds as spectrograms side by side: original, reconstruction, generated."""
    from sda_lib.sound.clip import read_clip
    from sda_lib.studio import pictures

    originals = [read_clip(file) for file in files]
    rows = [("original", originals)]
    if model:
        instrument = _model(model)
        codes = [instrument.encode(clip) for clip in originals]
        rows.append(("reconstruction", [instrument.decode(grid) for grid in codes]))
        rows.append(("model alone", [instrument.decode(grid, source_amount=0.0) for grid in codes]))
    if generated:
        rows.append(("generated", [read_clip(file) for file in generated]))
    names = {"generated": [file.stem for file in generated or []]}
    captioned = [
        (title, list(zip(names.get(title, [file.stem for file in files]), clips, strict=True))) for title, clips in rows
    ]
    print(pictures.save(pictures.contact_sheet(captioned), out))


@app.command()
def studio(
    port: Annotated[int, typer.Option(help="0 takes a free one.", min=0, max=65535)] = 0,
    notebook: Annotated[Path | None, typer.Option(help="Another page than the workbench.")] = None,
    data: Annotated[Path, typer.Option(help="Folder for models, exports and runs.")] = Path("data"),
) -> None:
    """Serve the workbench on this machine alone and print its link; Ctrl-C ends it."""
    import importlib
    import secrets
    import signal
    import subprocess

    try:
        # By name: the library works without the page, which is installed beside it.
        serve = importlib.import_module("sda_widgets.serve")
        importlib.import_module("voila")
    except ImportError as error:
        raise SdaError("The workbench is not installed; install it with: pip install 'sda[app]'.") from error
    port, token = _port(port), secrets.token_urlsafe(18)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a polite kill takes the page along, as Ctrl-C does
    page = subprocess.Popen(serve.command(notebook, port, token), env=serve.environment(data))
    try:
        _wait_for(page, port)
        print(f"\nThe workbench is at {serve.address(port, token)}\nCtrl-C ends it.", flush=True)
        code = page.wait()
    except KeyboardInterrupt:
        code = 0
    finally:
        page.terminate()
        page.wait()
    raise typer.Exit(code)


@app.command(hidden=True)
def work(run: Path) -> None:
    """Carry out a training run that `jobs.start` has prepared."""
    from sda_lib.studio import jobs

    jobs.work(run)


# --- what the commands share ------------------------------------------------------------------------------------------


def _fail(sentence: str) -> None:
    print(f"sda: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(1)


def _print_json(data: object) -> None:
    import json

    print(json.dumps(data, indent=2, ensure_ascii=False))


def _corpus(folder: Path) -> Corpus:
    from sda_lib.sound.corpus import Corpus

    return Corpus.from_folder(folder)


def _recipe(corpus: Corpus, minutes: float) -> Recipe:
    from sda_lib.config import Recipe

    return Recipe.for_corpus(corpus, minutes=minutes)


def _model(path: Path) -> SdaModel:
    from sda_lib.models.manifest import peek

    peek(path)  # says at once what is wrong with the file, before torch takes its seconds to load
    from sda_lib.models.bundle import SdaModel

    return SdaModel.load(path)


def _say_corpus(corpus: Corpus) -> None:
    sounds = "1 sound" if len(corpus) == 1 else f"{len(corpus)} sounds"
    length = f"{corpus.minutes:.1f} min" if corpus.minutes >= 1 else f"{corpus.seconds:.1f} s"
    print(f"{corpus.folder}: {sounds}, {length}, {corpus.stereo_share:.0%} of them stereo")
    for skip in corpus.skipped:
        print(f"  left out {skip.path.relative_to(corpus.folder)}: {skip.reason}")


def _say_distance(metrics: dict[str, float]) -> None:
    if "held_out" in metrics:
        start = metrics.get("held_out_start", metrics["held_out"])
        print(f"held-out mel distance (lower is better): closed-form start {start:.3f}, now {metrics['held_out']:.3f}")


def _settings(pairs: list[str]) -> dict[str, object]:
    """['codec.levels=5'] as {'codec.levels': '5'}."""
    for pair in pairs:
        if "=" not in pair:
            raise SdaError(f"--set {pair} should read section.name=value, e.g. codec.levels=5.")
    return {key.strip(): value.strip() for key, _, value in (pair.partition("=") for pair in pairs)}


def _plain_name(name: str) -> str:
    if "/" in name or "\\" in name or name in ("", ".", ".."):
        raise SdaError(f"{name!r} can't name a model file; choose a name without slashes, or give --out.")
    return name


def _file_name(template: str, model: str, seed: int, index: int) -> str:
    try:
        return template.format(model=model, seed=seed, index=index)
    except (KeyError, IndexError, ValueError, AttributeError) as error:
        raise SdaError(
            f"--name {template} has an unknown part; there are {{model}}, {{seed}} and {{index}}."
        ) from error


def _free(path: Path, force: bool) -> Path:
    """The path, or the first of name-2, name-3 … that doesn't exist yet: an export never replaces another unasked."""
    number, free = 2, path
    while free.exists() and not force:
        free, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return free


def _export(take: Take, path: Path, model: str) -> Path:
    from dataclasses import asdict

    from sda_lib.sound import export

    return export.write(take.clip, path, tags={"title": path.stem, "model": model, **asdict(take.options)})


# --- training, as it looks in a terminal ------------------------------------------------------------------------------


def _learn(corpus: Corpus, recipe: Recipe, path: Path, name: str) -> None:
    """Drive `learn` to its end and say how it went."""
    from sda_lib.studio.jobs import training_into
    from sda_lib.studio.train import learn

    metrics: dict[str, float] = {}
    with training_into(path), contextlib.closing(learn(corpus, recipe, path, name)) as events:
        try:
            for event in _shown(events):
                metrics |= event.values if event.kind in ("metrics", "done") else {}
        except KeyboardInterrupt:
            print("Stopped; the best so far is kept.")
    if not path.exists():
        raise SdaError(f"Training stopped before {path} was written; start it again.")
    _say_distance(metrics)
    kept = "It contains the recordings; --no-memory leaves them out." if recipe.memory.enabled else ""
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB. {kept}".rstrip())


def _shown(events: Iterator[Event]) -> Iterator[Event]:
    """Pass the events on and show them: a bar with the time left in a terminal, a line now and then elsewhere."""
    from rich.console import Console

    console = Console()
    return _with_bar(events, console) if console.is_terminal else _with_lines(events)


def _with_bar(events: Iterator[Event], console: object) -> Iterator[Event]:
    from rich import progress

    columns = (
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TaskProgressColumn(),
        progress.TextColumn("{task.fields[left]}"),
        progress.TextColumn("{task.fields[note]}"),
    )
    with progress.Progress(*columns, console=console) as bar:
        task = bar.add_task("closed form", total=None, left="", note="")
        for event in events:
            _move(bar, task, event)
            yield event


def _move(bar: Progress, task: object, event: Event) -> None:
    if event.kind == "progress":
        left = event.values.get("seconds_left")
        bar.update(
            task,
            description="training",
            total=event.of or None,
            completed=event.step,
            left=f"{_clock(left)} left" if left is not None else "",
        )
    elif event.kind == "metrics" and "held_out" in event.values:
        bar.update(task, note=f"held-out mel {event.values['held_out']:.3f}")


def _with_lines(events: Iterator[Event]) -> Iterator[Event]:
    spoke = time.monotonic()
    for event in events:
        if event.kind == "metrics" and "held_out" in event.values:
            where = f"step {event.step} of {event.of}" if event.step else "closed-form model"
            print(f"{where}: held-out mel distance {event.values['held_out']:.3f}", flush=True)
        elif event.kind == "progress" and time.monotonic() - spoke >= PLAIN_SECONDS:
            spoke = time.monotonic()
            left = event.values.get("seconds_left")
            tail = f", {_clock(left)} left" if left is not None else ""
            print(f"step {event.step} of {event.of}{tail}", flush=True)
        yield event


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(max(0, round(seconds)), 60)
    return f"{minutes}:{seconds:02d}"


# --- serving the page -------------------------------------------------------------------------------------------------


def _port(wanted: int) -> int:
    """The wanted port, or a free one for 0. Raises SdaError when it is taken."""
    import socket

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError as error:
            raise SdaError(
                f"Port {wanted} can't be used ({error.strerror}); leave --port out to get a free one."
            ) from error
        return probe.getsockname()[1]


def _wait_for(page: object, port: int) -> None:
    """Return when the page's server answers. Raises SdaError when it ended instead."""
    import socket

    while page.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.2)
    raise SdaError(f"The workbench could not be served on port {port}; the lines above say why.")

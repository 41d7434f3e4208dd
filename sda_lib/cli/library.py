"""Commands for the library of models: list, search, tag, rename, delete, restore, import, export, compare."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_note, print_result
from sda_lib.file_names import printable, size_in_words
from sda_lib.files import remove_partial_files

if TYPE_CHECKING:
    from sda_lib.library.listing import LibraryModel, ModelFilter
    from sda_lib.library.marks import Marks

# Longest name in a list, in characters.
LONGEST_NAME = 32
Other = Annotated[Path, args.model_argument("Another .sda file, or the name of one of your models.")]

app = typer.Typer(help="List your models, or search, tag, rename, delete, restore, import, export or compare them.")


@app.callback(invoke_without_command=True)
def models(context: typer.Context, data: args.Data = None, json: args.Json = False) -> None:
    """List your models, newest first: star, name, day, minutes, kind of codes, held-out mel distance, health, tags."""
    from sda_lib.home import Home

    context.obj = args.home() if data is None else Home(data)
    remove_partial_files(context.obj.models)  # of a process that was killed, also when this act is refused
    if context.invoked_subcommand is None:
        _list(context, None, json)


@app.command()
def search(
    context: typer.Context,
    words: Annotated[list[str] | None, typer.Argument(help="Words of name, earlier names, file, tags or note.")] = None,
    tag: Annotated[list[str] | None, flag("With this tag (repeatable: with all of them).", "--tag", "-t")] = None,
    since: Annotated[str, flag("Trained on this day or later, e.g. 2026-11-30.")] = "",
    until: Annotated[str, flag("Trained before this day.")] = "",
    minutes: Annotated[str, flag("Minutes of its corpus, e.g. 2: for two or more, or 1:10.")] = "",
    bottleneck: Annotated[str, flag("rvq, vae or none.")] = "",
    prior: Annotated[str, flag("network, n-gram or none.")] = "",
    health: Annotated[str, flag("green, yellow, red or unknown, by the distances of the training.")] = "",
    starred: Annotated[bool, flag("Starred models only.", "--starred")] = False,
    sort: Annotated[str, flag("newest, oldest, name, minutes, size, held-out or starred.", "--sort")] = "newest",
    json: args.Json = False,
) -> None:
    """Search your models; all words and conditions have to fit."""
    from sda_lib.library.listing import ModelFilter

    wanted = ModelFilter(
        " ".join(words or []), tuple(tag or ()), since, until, _span(minutes), bottleneck, prior, health, starred, sort
    )
    _list(context, wanted, json)


@app.command()
def tag(
    model: args.Model,
    tags: Annotated[list[str], typer.Argument(metavar="TAGS…", help="Tags to add; -TAG after -- removes one.")],
) -> None:
    """Add tags to a model, or remove them: `sda models tag rain wet`, `sda models tag rain -- -wet`."""
    added = tuple(one for one in tags if not one.startswith("-"))
    removed = tuple(one[1:] for one in tags if one.startswith("-"))
    marks = _mark(model, lambda before: before.tagged(added, removed))
    print_note(f"{model.stem}: {', '.join(marks.tags) or 'no tags'}")


@app.command()
def note(model: args.Model, text: Annotated[str, typer.Argument(metavar="NOTE", help='"" removes it.')]) -> None:
    """Write a note on a model."""
    _mark(model, lambda before: before.noted(text))


@app.command()
def star(model: args.Model, off: Annotated[bool, flag("Take the star away.", "--off")] = False) -> None:
    """Star a model."""
    from dataclasses import replace

    _mark(model, lambda before: replace(before, starred=not off))


@app.command()
def rename(model: args.Model, name: Annotated[str, typer.Argument(help="The new name.")]) -> None:
    """Rename a model and its file. Sounds that it has made still find it."""
    from sda_lib.library import keeping

    print_result(keeping.rename(model, name))


@app.command()
def duplicate(
    model: args.Model, name: Annotated[str, typer.Argument(metavar="[NAME]", help="Default: its name, numbered.")] = ""
) -> None:
    """Copy a model under another name."""
    from sda_lib.library import keeping

    print_result(keeping.duplicate(model, name))


@app.command()
def delete(context: typer.Context, model: args.Model) -> None:
    """Move a model to the trash."""
    from sda_lib.library import keeping

    place = keeping.delete(model, context.obj.trash)
    print_note(f"{printable(model.name)} is deleted. It is back with: sda models restore '{printable(model.stem)}'")
    print_note(f"It is in {place.parent} until: sda clean trash")


@app.command()
def trash(context: typer.Context, json: args.Json = False) -> None:
    """List the models in the trash, those deleted last first."""
    from sda_lib.library.keeping import trashed_models

    found = trashed_models(context.obj.models, context.obj.trash)
    if json:
        return print_json([{"file": one.entry.path.name, "was": one.was, "name": one.entry.name} for one in found])
    for one in found:
        print(f"{one.was:<{LONGEST_NAME}}  {one.entry.problem or one.entry.name}")
    if not found:
        print("There is no model in the trash.")


@app.command()
def restore(context: typer.Context, name: Annotated[str, typer.Argument(help="Name of a deleted model.")]) -> None:
    """Move a model from the trash back to your models."""
    from sda_lib.library import keeping

    print_result(keeping.restore(name, context.obj.models, context.obj.trash))


@app.command("import")
def import_(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILES…", help="The .sda files.")],
) -> None:
    """Copy model files to your models."""
    from sda_lib.library import keeping

    for file in files:
        print_result(keeping.import_model(file, context.obj.models))


@app.command()
def export(
    model: args.Model,
    out: Annotated[Path, flag("A folder, or a file ending with .sda.", "--out", "-o")],
    without_recordings: Annotated[bool, flag("Leave the recordings and their names out.", "--no-recordings")] = False,
) -> None:
    """Copy a model to a folder or file."""
    from sda_lib.library import keeping

    path = keeping.export_model(model, out, not without_recordings)
    print_result(path, size_in_words(path.stat().st_size))


@app.command()
def compare(
    model: args.Model,
    other: Other,
    everything: Annotated[bool, flag("Show equal facts too.", "--all")] = False,
    json: args.Json = False,
) -> None:
    """Show how two models differ: corpus, training, recipe, prior."""
    from sda_lib.library.comparing import compare_models

    found = [one for one in compare_models(model, other) if everything or not one.is_equal]
    if json:
        return print_json({one.name: [one.first, one.second] for one in found})
    width = max((len(one.name) for one in found), default=0)
    first = max((len(one.first) for one in found), default=0)
    for one in found:
        print(f"{one.name:<{width}}  {one.first or '-':<{first}}  {one.second or '-'}")
    if not found:
        print("They are equal in all that their headers tell.")


def _list(context: typer.Context, wanted: ModelFilter | None, json: bool) -> None:
    from sda_lib.library.listing import library
    from sda_lib.library.marks import read_marks

    folder = context.obj.models
    found = library(folder, wanted)
    if json:
        return print_json([one.facts() for one in found])
    if problem := read_marks(folder).problem:
        print(problem)
    if not found:
        none = f"There are no models in {folder}; make one with `sda train`."
        return print(none if wanted is None else "No model fits.")
    width = min(max(len(one.entry.name) for one in found), LONGEST_NAME)
    print(f"  {'model':<{width}}  {'trained':<10}  minutes  codes  prior    held-out  health   tags")
    for one in found:
        print(_line(one, width))


def _line(one: LibraryModel, width: int) -> str:
    """Return a model as a row of the list."""
    entry, marks = one.entry, one.marks
    name = entry.name if len(entry.name) <= width else f"{entry.name[: width - 1]}…"
    head = f"{'*' if marks.starred else ' '} {name:<{width}}"
    if entry.problem:
        return f"{head}  {entry.problem}"
    distance = f"{entry.metrics['held_out']:.3f}" if "held_out" in entry.metrics else "-"
    tags = ", ".join(marks.tags)
    kind = f"{entry.bottleneck or '-':<5}  {entry.prior or '-':<7}"
    facts = f"{entry.created[:10]:<10}  {entry.minutes:>7.1f}  {kind}  {distance:>8}  {one.health:<7}  {tags}"
    return f"{head}  {facts}".rstrip()


def _mark(model: Path, change: Callable[[Marks], Marks]) -> Marks:
    """Change the marks of a model. Raises SdaError for a file that is no model."""
    from sda_lib.library.marks import change_marks
    from sda_lib.model.header import read_header

    read_header(model)
    found = change_marks(model.parent, lambda before: before.marked(model.name, change(before.of(model.name))))
    return found.of(model.name)


def _span(text: str) -> tuple[float, float]:
    """Parse '1:10', '2:' or ':5'. Raises SdaError."""
    from sda_lib.errors import explained_as

    if not text:
        return 0.0, float("inf")
    with explained_as(f"--minutes {text!r} should read from:to, e.g. 1:10, 2: or :5."):
        low, high = text.split(":")
        return float(low or 0), float(high or "inf")

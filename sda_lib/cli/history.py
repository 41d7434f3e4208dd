"""Commands for the history of every sound made: list, search, open again, export, make more, star, delete."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.file_names import safe_stem, size_in_words

if TYPE_CHECKING:
    from sda_lib.history.entry import HistoryEntry
    from sda_lib.history.search import Search
    from sda_lib.history.store import HistoryStore

# Sounds that a list shows unless --limit says otherwise.
SHOWN = 20
# Longest title in a list, in characters.
LONGEST_TITLE = 48
Number = Annotated[str, typer.Argument(metavar="NUMBER", help="A sound's number in the list, or last.")]
Numbers = Annotated[
    list[str], typer.Argument(metavar="NUMBERS…", help="Numbers, ranges such as 3-9, last, or starred.")
]

app = typer.Typer(help="List, search, open again, export or delete every sound made.")


@app.callback(invoke_without_command=True)
def history(context: typer.Context, json: args.Json = False) -> None:
    """List the sounds made last: number, star, time, length, kind, model and name."""
    if context.invoked_subcommand is None:
        _list(_search(limit=SHOWN), json)


@app.command()
def search(
    words: Annotated[list[str] | None, typer.Argument(help="Words of name, note, act, kind, model or seed.")] = None,
    model: Annotated[str, flag("Made by the model of this name.", "--model", "-m")] = "",
    kind: Annotated[
        list[str] | None, flag("generated, opened, recorded, edited or moved (repeatable).", "--kind", "-k")
    ] = None,
    starred: Annotated[bool, flag("Starred sounds only.", "--starred")] = False,
    since: Annotated[str, flag("Made on this day or later, e.g. 2026-11-30, or 3d for the last three days.")] = "",
    until: Annotated[str, flag("Made before this day.")] = "",
    parent: Annotated[int | None, flag("Made from the sound of this number.")] = None,
    sort: Annotated[str, flag("newest, oldest, longest, shortest or name.", "--sort")] = "newest",
    limit: Annotated[int, flag("Most sounds listed.", "--limit", min=1)] = 1000,
    json: args.Json = False,
) -> None:
    """Search the sounds made; all words have to occur, in any order."""
    found = _search(
        text=" ".join(words or []), model=model, kinds=tuple(kind or ()), starred=starred, since=time_of(since),
        until=time_of(until), parent=parent, order=sort, limit=limit,
    )  # fmt: skip
    _list(found, json)


@app.command()
def show(number: Number, json: args.Json = False) -> None:
    """Show how a sound was made: options, act, sliders, frozen cells, parent, note."""
    store = _store()
    one = _number(store, number)
    entry, recipe = store.entry(one), store.recipe(one)
    made, settings = recipe.provenance, recipe.state.settings
    moves = {} if settings is None else {**settings.steps, **{name: list(c) for name, c in settings.curves.items()}}
    facts = {
        **entry.facts(),
        "options": dict(made.request),
        "action": dict(recipe.action),
        "sliders": moves,
        "frozen": recipe.state.frozen,
        "source_amount": made.source_amount,
        "decoder": made.decoder,
    }
    if json:
        return print_json(facts)
    print(_line(entry))
    for name in ("parent", "note", "options", "sliders", "frozen", "source_amount"):
        if facts[name] not in (None, "", {}, ()):
            print(f"  {name.replace('_', ' ')}: {facts[name]}")
    print_note(f"  {size_in_words(entry.stored)} stored" if entry.stored else "  its recipe alone is stored")


@app.command()
def restore(
    number: Number, out: Annotated[Path | None, flag("Default: NAME.json in your sessions.", "--out", "-o")] = None
) -> None:
    """Write a sound with its codes, sliders, frozen cells and options as a session file, which the page opens."""
    from sda_lib.history.taking_out import save_as_session

    store, home = _store(), args.home()
    one = _number(store, number)
    path = out or home.sessions / f"{safe_stem(store.entry(one).title, 'sound')}.json"
    print_result(save_as_session(store, one, path, [home.models], args.number(out is not None)))


@app.command()
@finishing
def export(numbers: Numbers, out: args.OutFolder = None, format: args.Format = "", *, finish: Finish) -> None:
    """Write sounds as files, made again from their recipes, or from stored samples where the model is gone."""
    from sda_lib.history.taking_out import take_out

    store, home = _store(), args.home()
    tags = args.user_defaults().tags
    chosen, suffix = _numbers(store, numbers), f".{args.suffix_of(format)}"
    for one in take_out(store, chosen, args.out_folder(out), suffix, finish, [home.models], tags):
        print_result(one.path, "" if one.exact else "not bit for bit, its model or decoder has changed")


@app.command()
def like(
    number: Number,
    count: args.Count = 4,
    seed: Annotated[int | None, flag("Random seed of the first; default: the one after that of the sound.")] = None,
    out: args.OutFolder = None,
    format: args.Format = "",
) -> None:
    """Generate more sounds like one: with its options and other seeds, or with its structure where it was edited,
    opened or recorded."""
    from sda_lib.batch.batch import Batch, BatchItem, make_sound, resolve_paths
    from sda_lib.history.alike import likeness
    from sda_lib.history.taking_out import needed_model

    store, home = _store(), args.home()
    one = _number(store, number)
    entry, recipe = store.entry(one), store.recipe(one)
    model = needed_model(entry, recipe, [], [home.models])
    first = (entry.seed or 0) + 1 if seed is None else seed
    folder, suffix = args.out_folder(out), args.suffix_of(format)
    for new in range(first, first + count):
        alike = likeness(entry, recipe, model, new)
        path = folder / f"{safe_stem(entry.title, 'sound')}_{new}.{suffix}"
        batch = Batch(model, alike.given)
        (item,) = resolve_paths(batch, [BatchItem(path, alike.moved_options, Finish())])
        if not item.existed:
            make_sound(batch, item)
        print_result(item.path)


@app.command()
def collect(
    numbers: Numbers,
    out: Annotated[Path | None, flag("The folder; default: history in your sounds.", "--out", "-o")] = None,
) -> None:
    """Copy sounds into a folder to train on, e.g. with: sda train FOLDER --from MODEL."""
    from sda_lib.history.taking_out import collect, collection

    store, home = _store(), args.home()
    for path in collect(store, _numbers(store, numbers), out or collection(home), [home.models]):
        print_result(path)


@app.command()
def star(numbers: Numbers, off: Annotated[bool, flag("Take the star away.", "--off")] = False) -> None:
    """Star sounds: their samples are always kept."""
    store = _store()
    for one in _numbers(store, numbers):
        print_note(_line(store.star(one, not off)))


@app.command()
def name(number: Number, text: Annotated[str, typer.Argument(metavar="NAME", help='"" removes it.')]) -> None:
    """Name a sound."""
    store = _store()
    print_note(_line(store.rename(_number(store, number), text)))


@app.command()
def note(number: Number, text: Annotated[str, typer.Argument(metavar="NOTE", help='"" removes it.')]) -> None:
    """Write a note on a sound."""
    store = _store()
    print_note(_line(store.annotate(_number(store, number), text)))


@app.command()
def delete(numbers: Numbers) -> None:
    """Delete sounds; stored samples, whose tags hold the recipe, go to the trash."""
    store, trash = _store(), args.home().trash
    count = store.delete(_numbers(store, numbers), trash)
    print_note(f"{count} {'sound is' if count == 1 else 'sounds are'} deleted.")
    print_note(f"Stored ones are in {trash} until: sda clean trash")


def time_of(text: str) -> float | None:
    """Return seconds since 1970 of a day such as 2026-11-30, or 3d for three days ago; None for "". Raises SdaError."""
    if not text:
        return None
    if days := re.fullmatch(r"(\d{1,5})d", text):
        return max((datetime.datetime.now() - datetime.timedelta(days=int(days[1]))).timestamp(), 0)
    try:
        return datetime.datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise SdaError(f"{text!r} is no day; write one like 2026-11-30, or 3d for three days ago.") from error


def _store() -> HistoryStore:
    from sda_lib.history.store import HistoryStore

    return HistoryStore(args.home().history)


def _search(**conditions: object) -> Search:
    from sda_lib.history.search import Search

    return Search(**conditions)  # type: ignore[arg-type]


def _list(wanted: Search, json: bool) -> None:
    found = _store().search(wanted)
    if json:
        return print_json([entry.facts() for entry in found.entries])
    if not found.entries:
        return print("No sound of the history fits." if wanted.text or found.total else "The history is empty.")
    for entry in found.entries:
        print(_line(entry))
    if found.unreadable:
        print(f"left out {found.unreadable} damaged entries")
    if found.total > len(found.entries) + found.unreadable:
        print_note(f"{found.total} in all; find others with: sda history search WORDS")


def _line(entry: HistoryEntry) -> str:
    """Return an entry as a row of the list."""
    made = datetime.datetime.fromtimestamp(entry.made).strftime("%Y-%m-%d %H:%M")
    title = entry.title if len(entry.title) <= LONGEST_TITLE else f"{entry.title[: LONGEST_TITLE - 1]}…"
    mark = "*" if entry.starred else " "
    return f"{entry.number:>6d} {mark} {made}  {entry.seconds:>6.2f} s  {entry.kind:<9}  {entry.model:<12}  {title}"


def _number(store: HistoryStore, text: str) -> int:
    """Return one number. Raises SdaError for several."""
    found = _numbers(store, [text])
    if len(found) != 1:
        raise SdaError(f"{text!r} names {len(found)} sounds; give the number of one.")
    return found[0]


def _numbers(store: HistoryStore, texts: list[str]) -> list[int]:
    """Return the numbers of sounds, each once. Raises SdaError for other texts, and where there are none."""
    found: list[int] = []
    for text in texts:
        if text == "last":
            found += _existing(store, limit=1)
        elif text == "starred":
            found += _existing(store, starred=True, order="oldest", limit=1_000_000)
        elif span := re.fullmatch(r"(\d{1,12})-(\d{1,12})", text):
            known = _existing(store, order="oldest", limit=1_000_000)
            found += [one for one in known if int(span[1]) <= one <= int(span[2])]
        elif re.fullmatch(r"\d{1,12}", text):
            found.append(int(text))
        else:
            raise SdaError(f"{text!r} is no number of a sound; give numbers, ranges such as 3-9, last, or starred.")
    if not found:
        raise SdaError(f"There is no sound {' '.join(texts)} in the history; `sda history` lists them.")
    return list(dict.fromkeys(found))


def _existing(store: HistoryStore, **conditions: object) -> list[int]:
    return [entry.number for entry in store.search(_search(**conditions)).entries]

"""Commands for the installation: check it, set defaults, free disk space."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli.arguments import Json, home
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_marked, print_note
from sda_lib.errors import SdaError
from sda_lib.file_names import size_in_words

# Words and ANSI colors of the states that `sda doctor` prints.
WORDS = {"green": "ok", "yellow": "weak", "red": "BROKEN", "neutral": "-"}
COLORS = {"green": 32, "yellow": 33, "red": 31, "neutral": 90}


def clean(
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="[cache] [runs] [trash] [parts]", help="What to delete.")
    ] = None,
    yes: Annotated[bool, flag("Delete all of them.", "--yes", "-y")] = False,
    older: Annotated[
        float | None,
        flag("Only files unchanged for this many days; includes runs that could be resumed.", metavar="DAYS", min=0),
    ] = None,
    json: Json = False,
) -> None:
    """Show the size of cache, finished runs, trash and half-written files, and delete the named ones.

    Models, exports, sessions and sounds are kept, and so is a run that is active, queued or (without --older) can be
    resumed. The folder that a model was trained on is unknown once its run is deleted.
    """
    from sda_lib.runs.cleaning import KINDS, cleanable, remove

    folder, chosen = home(), list(dict.fromkeys(kinds or KINDS))
    found = {kind: cleanable(folder, kind, older) for kind in chosen}
    delete = bool(kinds) or yes
    problems = [one for kind, items in found.items() if delete for one in remove(folder, kind, items)]
    facts = {
        kind: {"items": len(items), "files": sum(one.files for one in items), "bytes": sum(one.bytes for one in items)}
        for kind, items in found.items()
    }
    if json:
        print_json({"folder": str(folder.folder), "deleted": delete, **facts})
    else:
        _print_sizes(facts, KINDS, f"Deleted from {folder.folder}:" if delete else f"In {folder.folder}:")
        if not delete:
            print_note("Delete some with e.g.: sda clean cache trash; all with: sda clean --yes")
    if problems:
        more = f" ({len(problems) - 1} more could not be deleted)" if len(problems) > 1 else ""
        raise SdaError(f"{problems[0].rstrip('.')}; check its permissions{more}.")


def _print_sizes(facts: dict[str, dict[str, int]], kinds: dict[str, str], head: str) -> None:
    print_note(head)
    for kind, fact in facts.items():
        files = "1 file" if fact["files"] == 1 else f"{fact['files']} files"
        print(f"  {kind:6s} {size_in_words(fact['bytes']):>9s}  {files:>12s}  {kinds[kind]}")


def doctor(json: Json = False) -> None:
    """Check Python, packages, the page, folders, disk, cores, memory and GPU; exit code 1 if one is broken."""
    from sda_lib.doctor import examine

    checks = examine()
    if json:
        print_json([dataclasses.asdict(check) for check in checks])
    else:
        for check in checks:
            print_marked(_mark(check.state), check.line)
    if any(check.state == "red" for check in checks):
        raise typer.Exit(1)


def _mark(state: str) -> str:
    """Return a colored dot in a terminal, a word elsewhere."""
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        return f"\033[{COLORS[state]}m●\033[0m"
    return f"{WORDS[state]:<6}"


def defaults(
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="author, licence, format, folder or history_size.")] = "",
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help='New value; "" removes it.', show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Show or set your defaults: author and licence (tags of exported sounds), format and folder of exports, and the
    size of the history, e.g. 2GB: beyond it the oldest sounds without a star are dropped, and their recipes stay."""
    from sda_lib.export.defaults import KEYS, read_defaults, set_default

    file, key = home().defaults, key.replace("-", "_")
    if key and key not in KEYS:
        raise SdaError(f"There is no default {key!r}; there are {', '.join(KEYS)}.")
    if value is not None:
        found = set_default(file, key, str(Path(value).expanduser().absolute()) if key == "folder" and value else value)
        if key == "history_size":
            _keep_history_within()
    else:
        found = read_defaults(file)
    plain = {name: text for name, text in found.to_plain().items() if name == key or not key}
    if json:
        return print_json(plain)
    if key:
        return print(plain[key])
    print_note(f"{file}:")
    for name, text in plain.items():
        print(f"  {name:12s} {text or '-':20s}  {KEYS[name]}")


def _keep_history_within() -> None:
    """Drop what is beyond the limit that was just set, and say so."""
    from sda_lib.history.store import HistoryStore

    if said := HistoryStore(home().history).keep_within():
        print_note(said)

"""`sda clean`: show disk usage, and delete unneeded files."""

from __future__ import annotations

from typing import Annotated

import typer

from sda_lib.cli.arguments import Json, home
from sda_lib.cli.terminal import print_json, print_note
from sda_lib.errors import SdaError

UNITS = ("B", "kB", "MB", "GB", "TB")


def clean(
    kinds: Annotated[
        list[str] | None, typer.Argument(metavar="[cache] [runs] [trash] [parts]", help="What to delete.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Delete all of them.")] = False,
    older: Annotated[
        float | None,
        typer.Option(
            metavar="DAYS",
            help="Only what was last changed so long ago; then also runs that could be resumed.",
            min=0,
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Show what cache, finished runs, trash and half-written files take, and delete what is named.

    Models, exports, sessions and sounds always stay, and so does a run that works or waits, or could be resumed (unless
    --older is given). The folder that a model learned from is no longer known once its run is deleted.
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
        _show(facts, KINDS, f"Deleted from {folder.folder}:" if delete else f"In {folder.folder}:")
        if not delete:
            print_note("Delete some with e.g.: sda clean cache trash; all with: sda clean --yes")
    if problems:
        more = f" ({len(problems) - 1} more could not be deleted)" if len(problems) > 1 else ""
        raise SdaError(f"{problems[0].rstrip('.')}; check its permissions{more}.")


def _show(facts: dict[str, dict[str, int]], kinds: dict[str, str], head: str) -> None:
    print_note(head)
    for kind, fact in facts.items():
        files = "1 file" if fact["files"] == 1 else f"{fact['files']} files"
        print(f"  {kind:6s} {size(fact['bytes']):>9s}  {files:>12s}  {kinds[kind]}")


def size(count: int) -> str:
    """Format a number of bytes, in powers of 1000."""
    amount, unit = float(count), 0
    while amount >= 1000 and unit < len(UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    return f"{amount:.0f} B" if unit == 0 else f"{amount:.1f} {UNITS[unit]}"

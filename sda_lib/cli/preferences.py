"""`sda defaults`: show and set the user's own defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli.arguments import Json, home
from sda_lib.cli.terminal import print_json, print_note
from sda_lib.errors import SdaError


def defaults(
    key: Annotated[str, typer.Argument(metavar="[KEY]", help="author, licence, format or folder.")] = "",
    value: Annotated[
        str | None, typer.Argument(metavar="[VALUE]", help='Sets it; "" takes it out.', show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Show or set what commands take where nothing is given: author and licence (tags of exported sounds), format,
    folder."""
    from sda_lib.export.defaults import KEYS, read_defaults, set_default

    file = home().defaults
    if key and key not in KEYS:
        raise SdaError(f"There is no default {key!r}; there are {', '.join(KEYS)}.")
    if value is not None:
        found = set_default(file, key, str(Path(value).expanduser().absolute()) if key == "folder" and value else value)
    else:
        found = read_defaults(file)
    plain = {name: text for name, text in found.to_plain().items() if name == key or not key}
    if json:
        return print_json(plain)
    if key:
        return print(plain[key])
    print_note(f"{file}:")
    for name, text in plain.items():
        print(f"  {name:8s} {text or '-':20s}  {KEYS[name]}")

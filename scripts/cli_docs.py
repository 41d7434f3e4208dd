"""Write docs/CLI.md: scripts/cli_docs.md, followed by every command with its arguments and options."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from typer.main import get_command

from sda_lib.cli import app
from sda_lib.cli.delivery import PANEL

ROOT = Path(__file__).parents[1]
TEMPLATE, PAGE = ROOT / "scripts" / "cli_docs.md", ROOT / "docs" / "CLI.md"
HELP = {"--help", "--install-completion", "--show-completion"}
LINK = f"It also takes the [options of delivery](#{PANEL.lower()})."


def page() -> str:
    """Return the text of docs/CLI.md."""
    delivery = [_row(one) for one in get_command(app).commands["export"].params if _is_delivery(one)]
    return "\n\n".join([
        TEMPLATE.read_text(encoding="utf-8").rstrip(),
        "## Commands",
        "`sda COMMAND --help` prints the same texts.",
        *_command("sda", get_command(app)),
        f"### {PANEL}",
        "Every command that writes processed sounds takes these.",
        _table(delivery),
    ]) + "\n"  # fmt: skip


def _command(name: str, command: Any) -> list[str]:
    """Return the sections of a command and of those below it."""
    if command.hidden:
        return []
    arguments = [_called(one) for one in command.params if one.param_type_name == "argument"]
    below = getattr(command, "commands", {})
    usage = " ".join([name, "[OPTIONS]", *arguments, *(["COMMAND"] if below else [])])
    about = [_plain(part) for part in re.split(r"\n\s*\n", command.help or "")]
    link = [LINK] if any(map(_is_delivery, command.params)) else []
    rows = [_row(one) for one in command.params if not (HELP & set(one.opts) or _is_delivery(one) or _is_hidden(one))]
    own = [f"### {name}", f"`{usage}`", *about, *link, *([_table(rows)] if rows else [])]
    return [*own, *(part for key, one in below.items() for part in _command(f"{name} {key}", one))]


def _is_hidden(one: Any) -> bool:
    """Whether an option is accepted for earlier command lines only."""
    return bool(getattr(one, "hidden", False))


def _is_delivery(one: Any) -> bool:
    return getattr(one, "rich_help_panel", None) == PANEL


def _called(one: Any) -> str:
    name = one.metavar or one.name.upper()
    return name if one.required or name.startswith("[") else f"[{name}]"


def _table(rows: list[str]) -> str:
    return "\n".join(["| argument or option | meaning |", "|---|---|", *rows])


def _row(one: Any) -> str:
    """Return an argument or option as a row of a table."""
    name = _called(one) if one.param_type_name == "argument" else ", ".join([*one.opts, *one.secondary_opts])
    shown = one.default not in (None, "") and isinstance(one.default, int | float | str) and one.default is not False
    default = f" Default: {one.default}." if shown and one.default is not True else ""
    return f"| `{name}` | {_plain(one.help or '')}{default} |"


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

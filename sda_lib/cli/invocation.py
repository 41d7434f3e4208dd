"""One run of the command line: renamed flags, usage errors, and the exit code. docs/CLI.md lists the exit codes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import cast

import typer

from sda_lib.cli.terminal import print

# Success; an error; an invalid command line; interrupted by Ctrl-C.
OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130
# Flags of version 0.1 by command, with their new names; the old ones work until 0.3.
RENAMED = {"sliders": {"--anew": "--refit"}}
# click's own class: some releases of typer include click, others depend on it
_KINDS = {kind.__name__: kind for kind in typer.BadParameter.__mro__}
UsageProblem = cast("type[typer.BadParameter]", _KINDS["UsageError"])


class UsageError(Exception):
    """An invalid command line; the message is one sentence with the problem and the help to read."""


def run(app: typer.Typer) -> int:
    """Run a command and return its exit code. Raises UsageError, and whatever the command raises."""
    try:
        code = app(current_flags(sys.argv[1:]), prog_name="sda", standalone_mode=False)
    except UsageProblem as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            print(error.format_message())
            return USAGE
        raise UsageError(_sentence(error)) from error
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return code if isinstance(code, int) else OK


def current_flags(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with renamed flags replaced, and warn about these on stderr."""
    command = next((one for one in arguments if not one.startswith("-")), "")
    found = []
    for one in arguments:
        name, equals, value = one.partition("=")
        new = RENAMED.get(command, {}).get(name)
        if new:
            print(f"sda: {name} is now {new}; the old name works until version 0.3.", file=sys.stderr)
        found.append(f"{new}{equals}{value}" if new else one)
    return found


def _sentence(error: typer.BadParameter) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path if context else 'sda'} --help`."

"""One run of the command line: what it ends with. docs/CLI.md lists the exit codes."""

from __future__ import annotations

import typer

OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130
"""Done; something went wrong; the command line can't be understood; ended by Ctrl-C."""
# click's own classes: some releases of typer bring click along, others depend on it
UsageProblem = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")


class UsageError(Exception):
    """The command line can't be understood; one sentence that says how and where to read on."""


def run(app: typer.Typer) -> int:
    """Run a command and return its exit code. Raises UsageError, and whatever a command raises."""
    try:
        code = app(prog_name="sda", standalone_mode=False)
    except UsageProblem as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            print(error.format_message())
            return USAGE
        raise UsageError(_sentence(error)) from error
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    return code if isinstance(code, int) else OK


def _sentence(error: Exception) -> str:
    message = " ".join(error.format_message().split()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{message}; see `{context.command_path if context else 'sda'} --help`."

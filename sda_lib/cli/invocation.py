"""One run of the command line and its exit code. docs/CLI.md lists the exit codes."""

from __future__ import annotations

import typer

# Success; an error; an invalid command line; interrupted by Ctrl-C.
OK, ERROR, USAGE, INTERRUPTED = 0, 1, 2, 130
# click's own class: some releases of typer include click, others depend on it
UsageProblem = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "UsageError")


class UsageError(Exception):
    """An invalid command line; the message is one sentence with the problem and the help to read."""


def run(app: typer.Typer) -> int:
    """Run a command and return its exit code. Raises UsageError, and whatever the command raises."""
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

"""The command line: every command is a thin wrapper of one library function, and every error is one sentence.

Nothing heavy is imported before a command needs it, so that `sda --help` is fast.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from sda_lib import faults
from sda_lib.cli import (
    cleaning,
    doctor,
    editing,
    generating,
    health,
    instruments,
    invocation,
    learning,
    mixing,
    models,
    playing,
    preferences,
    running,
    serving,
    terminal,
    tracing,
)
from sda_lib.errors import SdaError

app = typer.Typer(
    name="sda",
    help="Train a generative model on a folder of your own sounds in minutes, and play it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    learning.scan,
    learning.train,
    learning.prior,
    generating.generate,
    tracing.trace,
    tracing.controls,
    mixing.morph,
    mixing.blend,
    editing.encode,
    editing.edit,
    editing.edits,
    editing.decode,
    editing.render,
    playing.reconstruct,
    playing.export,
    playing.effects,
    instruments.loop,
    instruments.stems,
    instruments.instrument,
    models.info,
    models.sliders,
    models.palette,
    health.health,
    models.strip_memory,
    playing.sheet,
    serving.studio,
    serving.notebook,
    doctor.doctor,
    preferences.defaults,
    cleaning.clean,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(running.app, name="runs")
app.command(hidden=True)(serving.work)


@app.callback()
def options(
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print results and paths, nothing else.")] = False,
) -> None:
    """What holds for every command."""
    terminal.quiet.set(quiet)


def main() -> None:
    """Run the command line. Every error ends as one sentence on stderr and an exit code of docs/CLI.md."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # file names may contain any bytes
    try:
        code = invocation.run(app)
        if code == invocation.INTERRUPTED:
            _fail("Stopped.", code)
        sys.exit(code)
    except invocation.UsageError as error:
        _fail(str(error), invocation.USAGE)
    except SdaError as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has closed the pipe
        sys.exit(1)
    except Exception as error:
        if os.environ.get("SDA_DEBUG"):
            raise
        _fail(faults.sentence(error))


def _fail(sentence: str, code: int = invocation.ERROR) -> None:
    print(f"sda: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(code)

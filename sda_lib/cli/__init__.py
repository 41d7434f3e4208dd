"""The door in a terminal: every command is a thin call of one library function, and every error is one sentence.

Nothing heavy is imported before a command needs it, so that `sda --help` answers at once.
"""

from __future__ import annotations

import os
import sys

import typer

from sda_lib import faults
from sda_lib.cli import (
    doctor,
    editing,
    generating,
    health,
    instruments,
    learning,
    mixing,
    models,
    playing,
    running,
    serving,
    tracing,
)
from sda_lib.errors import SdaError

app = typer.Typer(
    name="sda",
    help="Train a generative model on a folder of your own sounds in minutes, and play it.",
    no_args_is_help=True,
    add_completion=False,
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
    doctor.doctor,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(running.app, name="runs")
app.command(hidden=True)(serving.work)


def main() -> None:
    """Run the command line; whatever goes wrong ends as one sentence on stderr and exit code 1, Ctrl-C with 130."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # names of files may be any bytes
    try:
        app()
    except SystemExit as end:
        if not _interrupted(end):
            raise
        _fail("Stopped.", 130)
    except KeyboardInterrupt:
        _fail("Stopped.", 130)
    except SdaError as error:
        _fail(str(error))
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader has gone; nothing is left to say
        sys.exit(1)
    except Exception as error:
        if os.environ.get("SDA_DEBUG"):
            raise
        _fail(faults.sentence(error))


def _interrupted(end: BaseException | None) -> bool:
    """Whether an exit came of Ctrl-C: typer turns it into an exit, whose code depends on its version."""
    while end is not None and not isinstance(end, KeyboardInterrupt):
        end = end.__context__
    return end is not None


def _fail(sentence: str, code: int = 1) -> None:
    print(f"sda: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(code)

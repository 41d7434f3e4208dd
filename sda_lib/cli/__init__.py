"""The command line: thin wrappers of library functions; every error is one sentence.

Heavy imports are delayed until a command needs them, so that `sda --help` is fast.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from sda_lib import fault_log
from sda_lib.cli import (
    coding,
    comparing,
    exports,
    generating,
    history,
    invocation,
    library,
    maintenance,
    mixing,
    models,
    pages,
    presets,
    runs,
    samplers,
    serving,
    sweeping,
    synthesizing,
    terminal,
    tracing,
    trainings,
)
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print
from sda_lib.errors import SdaError

app = typer.Typer(
    name="sda",
    help="Train a generative model on a folder of your own sounds in minutes, and play it.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

COMMANDS = (
    trainings.scan,
    trainings.train,
    trainings.prior,
    sweeping.sweep,
    generating.generate,
    tracing.trace,
    tracing.controls,
    mixing.morph,
    mixing.mix,
    mixing.blend,
    coding.encode,
    coding.edit,
    coding.edits,
    coding.decode,
    coding.render,
    exports.reconstruct,
    exports.export,
    exports.effects,
    comparing.compare,
    comparing.votes,
    samplers.loop,
    samplers.stems,
    samplers.instrument,
    models.info,
    models.sliders,
    models.palette,
    models.health,
    models.strip_memory,
    exports.sheet,
    synthesizing.synth,
    synthesizing.starter,
    serving.studio,
    serving.notebook,
    pages.html,
    maintenance.doctor,
    maintenance.defaults,
    maintenance.clean,
)
for command in COMMANDS:
    app.command()(command)
app.add_typer(presets.app, name="presets")
app.add_typer(runs.app, name="runs")
app.add_typer(library.app, name="models")
app.add_typer(history.app, name="history")
app.command(hidden=True)(serving.work)


@app.callback()
def options(
    quiet: Annotated[bool, flag("Print results and paths only.", "--quiet", "-q")] = False,
) -> None:
    """Options of every command."""
    terminal.quiet.set(quiet)


def main() -> None:
    """Run the command line. Every error ends as one sentence on stderr and an exit code of docs/CLI.md."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
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
        _fail(fault_log.sentence(error, _command()))


def _command() -> str:
    """Return the command's name without what was given to it, which may be private."""
    return next((f"sda {word}" for word in sys.argv[1:] if not word.startswith("-")), "sda")


def _fail(sentence: str, code: int = invocation.ERROR) -> None:
    print(f"sda: {' '.join(sentence.split())}", file=sys.stderr)
    sys.exit(code)

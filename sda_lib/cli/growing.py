"""Growing a model in a terminal: new files for an existing model (`sda train FILES --from MODEL`)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sda_lib.cli.arguments import home
from sda_lib.cli.terminal import print_corpus, print_note, print_result, shown
from sda_lib.errors import SdaError
from sda_lib.files import checked_name

if TYPE_CHECKING:
    from sda_lib.runs.job import GrowOptions
    from sda_lib.runs.run import Run

PRIOR = "Its prior knows the old sounds only; run `sda prior` to let it learn the new ones."


def grow_model(
    sounds: Sequence[Path],
    growing: GrowOptions,
    out: Path | None,
    name: str,
    sliders: bool | None,
    force: bool,
    background: bool,
) -> None:
    """Grow a model by new sounds and print the result, or start a background process for it."""
    base = growing.base
    path = out or (home().models / f"{checked_name(name)}.sda" if name else base.with_stem(f"{base.stem}-grown"))
    if path.exists() and not force:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another --name.")
    from sda_lib.audio.corpus import Corpus
    from sda_lib.runs import manage

    job = manage.Job(name or path.stem, tuple(sounds), path, growing=growing, sliders=sliders).checked()
    print_corpus(Corpus.from_paths(sounds))
    if background:
        run = manage.start(home().runs, job)
        return print_note(f"It grows without this terminal; see it with: sda runs tail {run.folder.name}")
    with manage.create_run(home().runs, job) as (run, _):
        run_growth(run, path)


def run_growth(run: Run, path: Path) -> None:
    """Carry out a run in which a model grows and print the result; `path` is the model as the user named it."""
    from sda_lib.growing.report import Growth
    from sda_lib.model.header import peek
    from sda_lib.runs.worker import run_here

    with contextlib.closing(run_here(run)) as events:
        try:
            for _ in shown(events):
                pass
        except KeyboardInterrupt:
            print_note("Stopped; the best so far is kept.")
    if not path.exists():
        raise SdaError(f"Growing stopped before {path} was written; start it again.")
    facts = peek(path)
    growth = Growth.last_of(facts)
    for line in growth.lines() if growth is not None else ():
        print_note(line)
    if facts.get("prior"):
        print_note(PRIOR)
    print_result(path, f"{path.stat().st_size / 1e6:.1f} MB; it contains the recordings.")

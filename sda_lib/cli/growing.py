"""Growing in a terminal: new files for a model that is there (`sda train FILES --from MODEL`)."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from sda_lib.cli.arguments import MODELS, open_model
from sda_lib.cli.terminal import say_corpus, shown
from sda_lib.errors import SdaError
from sda_lib.files import plain_name

PRIOR = "Its prior knows the old sounds only; run `sda prior` to let it learn the new ones."


def grow_model(
    sounds: Sequence[Path],
    source: Path,
    out: Path | None,
    name: str,
    minutes: float | None,
    steps: int | None,
    keep: float | None,
    seed: int,
    sliders: bool | None,
    force: bool,
) -> None:
    """Grow the model at `source` by the sounds, and say what came of it."""
    path = out or (MODELS / f"{plain_name(name)}.sda" if name else source.with_stem(f"{source.stem}-grown"))
    if path.exists() and not force:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another --name.")
    model = open_model(source)
    from sda_lib.models.bundle import SdaModel
    from sda_lib.sound.corpus import Corpus
    from sda_lib.studio.grow import KEEP, MINUTES, grow
    from sda_lib.studio.growth import Growth
    from sda_lib.studio.jobs import training_into
    from sda_lib.studio.sliders import try_out

    minutes = MINUTES if minutes is None else minutes
    corpus = Corpus.from_paths(sounds)
    say_corpus(corpus)
    anew = model.sliders is not None and minutes > 0 and steps is None if sliders is None else sliders
    keep = KEEP if keep is None else keep
    events = grow(model, corpus, path, name or path.stem, minutes, steps, keep, seed)
    with training_into(path), contextlib.closing(events):
        try:
            for _ in shown(events):
                pass
            if anew:
                for _ in shown(try_out(path)):
                    pass
        except KeyboardInterrupt:
            print("Stopped; the best so far is kept.")
    if not path.exists():
        raise SdaError(f"Growing stopped before {path} was written; start it again.")
    grown = SdaModel.load(path)
    for line in Growth.last_of(grown.manifest).lines():
        print(line)
    if grown.prior is not None:
        print(PRIOR)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB; it contains the recordings.")

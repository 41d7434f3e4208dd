"""Commands that reconstruct, export and draw sounds."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, ModelFile, Source, defaults, model_option, open_model
from sda_lib.cli.finishing import finishing
from sda_lib.cli.terminal import print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.files import printable

if TYPE_CHECKING:
    from sda_lib.export.finishing import Finish


@finishing
def reconstruct(
    file: Path,
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The sound file: .wav, .flac, .mp3, .ogg or .opus.")],
    source: Source = 1.0,
    *,
    finish: Finish,
) -> None:
    """Send a sound through a model and back, whatever its bottleneck is, without codes in between."""
    from sda_lib.audio.clip import read_clip
    from sda_lib.export.finishing import write_finished

    clip = read_clip(file)
    instrument = open_model(model)
    back = instrument.reconstruct(clip, source, "export")
    tags = {"title": out.stem, "model": instrument.name, "source_amount": source}
    print_result(write_finished(back, out, finish, tags), f"{back.seconds:.2f} s")


@functools.partial(finishing, signed=False)
def export(
    file: Path,
    out: Annotated[Path, typer.Option("--out", "-o", help="The new file: .wav, .flac, .mp3, .ogg or .opus.")],
    force: Annotated[bool, typer.Option("--force", help="Replace a file of that name.")] = False,
    *,
    finish: Finish,
) -> None:
    """Finish any sound file: format, rate, loudness, effects, space. Its tags stay, but for how it was made."""
    from sda_lib.audio.clip import read_clip
    from sda_lib.audio.tags import PROVENANCE_TAG
    from sda_lib.export.finishing import write_finished
    from sda_lib.export.write import read_tags

    if out.exists() and not force:
        raise SdaError(f"{out} exists; add --force to replace it, or choose another --out.")
    clip = read_clip(file)
    try:
        found = read_tags(file)
    except SdaError as error:
        found = {}
        print_note(f"The new file has no tags of the old one: {error}")
    own = {name: text for name, text in found.items() if name != PROVENANCE_TAG}
    tags = {"title": file.stem, **defaults().tags, **own}
    print_result(write_finished(clip, out, finish, tags), f"{clip.seconds:.2f} s before it was finished")


def effects(json: Json = False) -> None:
    """List the effects that a sound can be finished with, in the order in which it passes them."""
    from sda_lib.cli.terminal import print_json
    from sda_lib.export.effects import EFFECTS, why_no_effects

    if json:
        return print_json({name: dict(facts) for name, facts in EFFECTS.items()})
    for name, facts in EFFECTS.items():
        print(f"{name:9s} {facts['low']:g} to {facts['high']:g} {facts['unit']:2s}  {facts['help']}")
    if why := why_no_effects():
        print(why)


def sheet(
    files: Annotated[list[Path], typer.Argument(help="Sounds for the first row.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture: .png, .svg or .pdf.")],
    model: Annotated[Path | None, model_option("Adds the files' reconstructions, with memory and without.")] = None,
    generated: Annotated[
        list[Path] | None, typer.Option("--generated", "-g", help="A sound for the last row (repeatable).")
    ] = None,
) -> None:
    """Draw sounds as spectrograms side by side: original, reconstruction, generated."""
    from sda_lib.audio.clip import read_clip
    from sda_lib.maps import figures

    originals = [read_clip(file) for file in files]
    rows = [("original", originals)]
    if model:
        instrument = open_model(model)
        rows.append(("reconstruction", [instrument.reconstruct(clip) for clip in originals]))
        rows.append(("model alone", [instrument.reconstruct(clip, 0.0) for clip in originals]))
    if generated:
        rows.append(("generated", [read_clip(file) for file in generated]))
    names = {"generated": [printable(file.stem) for file in generated or []]}
    captioned = [
        (title, list(zip(names.get(title, [printable(file.stem) for file in files]), clips, strict=True)))
        for title, clips in rows
    ]
    print(figures.save_figure(figures.contact_sheet(captioned), out))

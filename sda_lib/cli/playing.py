"""What a model plays: sounds there and back, and pictures of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli.arguments import ModelFile, Source, open_model


def reconstruct(
    file: Path,
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The sound file, .wav or .flac.")],
    source: Source = 1.0,
) -> None:
    """Send a sound through a model and back, whatever its bottleneck is, without codes in between."""
    from sda_lib.sound import export
    from sda_lib.sound.clip import read_clip

    clip = read_clip(file)
    instrument = open_model(model)
    back = instrument.reconstruct(clip, source, "export")
    tags = {"title": out.stem, "model": instrument.name, "source_amount": source}
    print(f"{export.write(back, out, tags=tags)}: {back.seconds:.2f} s")


def sheet(
    files: Annotated[list[Path], typer.Argument(help="Sounds for the first row.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The picture: .png, .svg or .pdf.")],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="Adds the files' reconstructions, with memory and without.")
    ] = None,
    generated: Annotated[
        list[Path] | None, typer.Option("--generated", "-g", help="A sound for the last row (repeatable).")
    ] = None,
) -> None:
    """Draw sounds as spectrograms side by side: original, reconstruction, generated."""
    from sda_lib.sound.clip import read_clip
    from sda_lib.studio import pictures

    originals = [read_clip(file) for file in files]
    rows = [("original", originals)]
    if model:
        instrument = open_model(model)
        rows.append(("reconstruction", [instrument.reconstruct(clip) for clip in originals]))
        rows.append(("model alone", [instrument.reconstruct(clip, 0.0) for clip in originals]))
    if generated:
        rows.append(("generated", [read_clip(file) for file in generated]))
    names = {"generated": [file.stem for file in generated or []]}
    captioned = [
        (title, list(zip(names.get(title, [file.stem for file in files]), clips, strict=True))) for title, clips in rows
    ]
    print(pictures.save(pictures.contact_sheet(captioned), out))

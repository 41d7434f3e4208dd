"""What a model plays: new sounds, sounds as codes and back, and pictures of them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli.arguments import ModelFile, Source, open_model


def encode(
    file: Path,
    model: ModelFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: FILE's name with .codes.npz.")] = None,
) -> None:
    """Turn a sound into a grid of codes."""
    from sda_lib.models.codes import save_codes
    from sda_lib.sound.stream import read_blocks

    instrument = open_model(model)
    codes = instrument.encode_stream(read_blocks(file, instrument.sample_rate, instrument.recipe.audio.channels))
    path = save_codes(codes, out or Path(f"{file.stem}.codes.npz"))
    print(f"{path}: {codes.levels} levels x {codes.frames} columns, {codes.frame_rate:.1f} columns a second")


def edit(
    codes: Path,
    ops: Annotated[
        list[str],
        typer.Option("--op", help="e.g. swap:level=0,frames=10:40,with=y.codes.npz (repeatable, done in order)."),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The edited code file.")],
    model: Annotated[
        Path | None, typer.Option("--model", "-m", help="For edits that ask what codes sound like: clear, blend …")
    ] = None,
) -> None:
    """Change a grid of codes, edit by edit."""
    from sda_lib.models.codes import load_codes, save_codes
    from sda_lib.models.editing import parse_edit

    before = after = load_codes(codes)
    edits = [parse_edit(op) for op in ops]
    instrument = open_model(model) if model else None
    for one in edits:
        after = one.apply(after, instrument)
    path = save_codes(after, out)
    if after.frames == before.frames:
        print(f"{path}: {int((after.indices != before.indices).any(0).sum())} of {after.frames} columns changed")
    else:
        print(f"{path}: {before.frames} columns before, {after.frames} now")


def decode(
    codes: Path,
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The sound file, .wav or .flac.")],
    source: Source = 1.0,
) -> None:
    """Turn a grid of codes into sound (24 bit, at the model's rate)."""
    from sda_lib.models.codes import load_codes
    from sda_lib.sound import export

    grid = load_codes(codes)
    instrument = open_model(model)
    sound = export.Stream(
        lambda: instrument.decode_blocks(grid, source, "export"),
        grid.samples,
        instrument.sample_rate,
        instrument.recipe.audio.channels,
    )
    tags = {"title": out.stem, "model": instrument.name, "codes": codes.name, "source_amount": source}
    print(f"{export.write_stream(sound, out, tags=tags)}: {grid.seconds:.2f} s")


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

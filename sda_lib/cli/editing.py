"""A sound as codes and back: encode, edit, decode, and a saved session made again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import MODELS, ModelFile, Source, free, open_model
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.models.bundle import SdaModel
    from sda_lib.studio.session_file import SessionFile


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
        typer.Option(
            "--op", help="e.g. swap:level=0,frames=10:40,with=y.codes.npz (repeatable, in order); `sda edits` has all."
        ),
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


def edits(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; default: all.", show_default=False)] = None,
) -> None:
    """List the edits of codes, with their arguments."""
    from sda_lib.models.editing import EDITS, Edit, usage

    for name in names or EDITS:
        print(usage(Edit(name).name))


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


def render(
    session: Annotated[Path, typer.Argument(help="A session file of the page.")],
    model: Annotated[
        Path | None,
        typer.Option("--model", "-m", help="Default: the one that the session was saved with, if it is near."),
    ] = None,
    models: Annotated[
        Path, typer.Option(help="Where models are, besides beside the session and its workbench's models.")
    ] = MODELS,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Default: SESSION's name with .wav, or a free one.")
    ] = None,
    quality: Annotated[str, typer.Option(help="export: better phases; play: what the page plays.")] = "export",
) -> None:
    """Make a saved session's sound again, to the last bit."""
    from sda_lib.sound import export
    from sda_lib.studio.hearing import played
    from sda_lib.studio.session_file import load_session, replayed

    file = load_session(session)
    instrument = open_model(model) if model else _near(file, [session.parent, session.parent.parent / "models", models])
    history = replayed(instrument, file)
    sound = played(instrument, history.state, file.hearing, quality)
    facts = {"title": file.title, "model": instrument.name, "session": session.name}
    tags = {**facts, "steps": len(history.path) - 1, "source_amount": file.hearing.source_amount}
    path = export.write(sound, out or free(Path(f"{session.stem}.wav"), force=False), tags=tags)
    print(f"{path}: {sound.seconds:.2f} s, {len(history.path) - 1} steps")


def _near(file: SessionFile, folders: list[Path]) -> SdaModel:
    """The model that a session was saved with, in one of the folders. Raises SdaError."""
    from sda_lib.studio.session_file import model_of

    found = model_of(file, folders)
    if found is None:
        name, places = file.model.get("name"), ", ".join(dict.fromkeys(map(str, folders)))
        raise SdaError(f"The model {name!r} as this session knows it is not in {places}; say where it is with --model.")
    return found[0]

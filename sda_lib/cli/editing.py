"""Commands for codes: encode, edit, decode, and render a saved session."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, ModelFile, Source, defaults, free, home, model_option, open_model
from sda_lib.cli.finishing import finishing
from sda_lib.cli.terminal import print_json, print_result
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.export.finishing import Finish
    from sda_lib.model.model import SdaModel


def encode(
    file: Path,
    model: ModelFile,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: FILE's name with .codes.npz.")] = None,
) -> None:
    """Turn a sound into a grid of codes."""
    from sda_lib.audio.chunks import read_blocks
    from sda_lib.codec.codes import save_codes

    instrument = open_model(model)
    codes = instrument.encode_stream(read_blocks(file, instrument.sample_rate, instrument.recipe.audio.channels))
    path = save_codes(codes, out or Path(f"{file.stem}.codes.npz"))
    print_result(path, f"{codes.levels} levels x {codes.frames} columns, {codes.frame_rate:.1f} columns a second")


def edit(
    codes: Path,
    ops: Annotated[
        list[str],
        typer.Option(
            "--op", help="e.g. swap:level=0,frames=10:40,with=y.codes.npz (repeatable, in order); `sda edits` has all."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The edited code file.")],
    model: Annotated[Path | None, model_option("For edits that ask what codes sound like: clear, blend …")] = None,
) -> None:
    """Change a grid of codes, edit by edit."""
    from sda_lib.codec.codes import load_codes, save_codes
    from sda_lib.editing.registry import parse_edit

    before = after = load_codes(codes)
    edits = [parse_edit(op) for op in ops]
    instrument = open_model(model) if model else None
    for one in edits:
        after = one.apply(after, instrument)
    path = save_codes(after, out)
    if after.frames == before.frames:
        print_result(path, f"{int((after.indices != before.indices).any(0).sum())} of {after.frames} columns changed")
    else:
        print_result(path, f"{before.frames} columns before, {after.frames} now")


def edits(
    names: Annotated[list[str] | None, typer.Argument(help="Only these; default: all.", show_default=False)] = None,
    json: Json = False,
) -> None:
    """List the edits of codes, with their arguments."""
    from sda_lib.editing.registry import EDITS, Edit, edit_facts, edit_usage

    chosen = [Edit(name).name for name in names or EDITS]
    if json:
        return print_json({name: edit_facts(name) for name in chosen})
    for name in chosen:
        print(edit_usage(name))


@finishing
def decode(
    codes: Path,
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="The sound file: .wav, .flac, .mp3, .ogg or .opus.")],
    source: Source = 1.0,
    *,
    finish: Finish,
) -> None:
    """Turn a grid of codes into sound."""
    from sda_lib.codec.codes import load_codes
    from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance

    grid = load_codes(codes)
    instrument = open_model(model)
    tags = {"codes": codes.name, "source_amount": source}
    print_result(
        write_with_provenance(instrument, Provenance(grid, source, finish=finish), out, tags), f"{grid.seconds:.2f} s"
    )


def render(
    file: Annotated[Path, typer.Argument(help="A session file of the page, or a sound that `sda` made with a model.")],
    model: Annotated[Path | None, model_option("Default: the one that it was made with, if it is near.")] = None,
    models: Annotated[
        Path | None, typer.Option(help="Where to look for it, besides beside the file; default: your models.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Default: FILE's name, or a free one like it.")
    ] = None,
    quality: Annotated[
        str, typer.Option(help="Of a session: export has better phases, play is what the page plays.")
    ] = "export",
) -> None:
    """Make a saved session's or an exported sound again, to the last bit."""
    folders = [file.parent, file.parent.parent / "models", models or home().models]
    if file.suffix.lower() == ".json":
        return _render_session(file, model, folders, out, quality)
    _render_sound(file, model, folders, out)


def _render_session(file: Path, model: Path | None, folders: list[Path], out: Path | None, quality: str) -> None:
    from sda_lib.sessions import provenance_tags, session_file
    from sda_lib.sessions.playback import playback_sound

    session = session_file.load_session(file)
    instrument = (
        open_model(model)
        if model
        else _found(session_file.find_session_model(session, folders), session.model, folders)
    )
    history = session_file.replay(instrument, session)
    sound = playback_sound(instrument, history.state, session.playback)
    told = provenance_tags.Provenance(sound, session.playback.source_amount, quality, session.playback.fades)
    facts = {"session": file.name, "steps": len(history.path) - 1, "source_amount": told.source_amount}
    tags = {"title": session.title, **defaults().tags, **facts}
    path = provenance_tags.write_with_provenance(
        instrument, told, out or free(Path(f"{file.stem}.wav"), force=False), tags
    )
    print_result(path, f"{sound.seconds:.2f} s, {len(history.path) - 1} steps")


def _render_sound(file: Path, model: Path | None, folders: list[Path], out: Path | None) -> None:
    from sda_lib.audio.tags import read_tags
    from sda_lib.sessions import provenance_tags

    told = provenance_tags.read_provenance(file)
    instrument = (
        open_model(model) if model else _found(provenance_tags.find_sound_model(told, folders), told.model, folders)
    )
    if why := provenance_tags.sound_mismatch(instrument, told):
        raise SdaError(why)
    path = provenance_tags.write_with_provenance(
        instrument, told, out or free(Path(file.name), force=False), read_tags(file)
    )
    print_result(path, f"{told.sound.seconds:.2f} s")


def _found(found: tuple[SdaModel, Path] | None, model: Mapping[str, str], folders: list[Path]) -> SdaModel:
    """Return the model that was found. Raises SdaError if there is none."""
    if found is None:
        name, places = model.get("name"), ", ".join(dict.fromkeys(map(str, folders)))
        raise SdaError(f"The model {name!r} as this file knows it is not in {places}; say where it is with --model.")
    return found[0]

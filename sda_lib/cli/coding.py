"""Commands for code files, and for rendering saved sessions and sounds again."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing
from sda_lib.cli.flags import declared, flag
from sda_lib.cli.preset_option import PresetName, with_preset_finish
from sda_lib.cli.terminal import print, print_decoder, print_json, print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.writers.options import GenerateOptions

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel


def encode(
    file: args.SoundFile,
    model: args.ModelFile,
    out: Annotated[Path | None, flag("Default: FILE's name with .codes.npz.", "--out", "-o")] = None,
    effort: args.Effort = "auto",
) -> None:
    """Encode a sound to a grid of codes."""
    from sda_lib.codec.codes import save_codes

    opened = args.open_model(model)
    codes = args.encode_file(opened, file, effort)
    path, found = save_codes(codes, out or Path(f"{file.stem}.codes.npz")), opened.excerpt(codes)
    print_result(path, f"{codes.levels} levels x {codes.frames} frames, {codes.frame_rate:.1f} frames per second")
    if found is not None:
        print_note(f"Recognized: {found}")


def edit(
    codes: args.CodeFile,
    ops: Annotated[
        list[str],
        flag("E.g. swap:level=0,frames=10:40,with=y.codes.npz (repeatable, in order); see `sda edits`.", "--op"),
    ],
    out: Annotated[Path, flag("The edited code file.", "--out", "-o")],
    model: Annotated[Path | None, args.model_option("For edits that depend on how codes sound: clear, blend …")] = None,
) -> None:
    """Edit a grid of codes."""
    from sda_lib.codec.codes import save_codes
    from sda_lib.editing.registry import parse_edit

    before = after = args.load_codes(codes)
    edits = [parse_edit(op) for op in ops]
    opened = args.open_model(model) if model else None
    for one in edits:
        after = one.apply(after, opened)
    path = save_codes(after, out)
    if after.frames == before.frames:
        print_result(path, f"{int((after.indices != before.indices).any(0).sum())} of {after.frames} frames changed")
    else:
        print_result(path, f"{before.frames} frames before, {after.frames} now")


def edits(
    names: Annotated[list[str] | None, typer.Argument(help="Edits to show; default: all.", show_default=False)] = None,
    json: args.Json = False,
) -> None:
    """List the edits of codes with their arguments."""
    from sda_lib.editing.registry import EDITS, Edit, edit_facts, edit_usage

    chosen = [Edit(name).name for name in names or EDITS]
    if json:
        return print_json({name: edit_facts(name) for name in chosen})
    for name in chosen:
        print(edit_usage(name))


@finishing
def decode(
    context: typer.Context,
    codes: args.CodeFile,
    model: args.ModelFile,
    out: args.OutSound,
    source: args.Source = 1.0,
    preset: PresetName = "",
    *,
    finish: Finish,
) -> None:
    """Decode a grid of codes to sound; of a preset, Source and delivery are applied."""
    from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance

    source, finish = with_preset_finish(preset, context, source, finish)
    grid = args.load_codes(codes)
    tags = {"codes": codes.name, "source_amount": source}
    path = write_with_provenance(args.open_model(model), Provenance(grid, source, finish=finish), out, tags)
    print_result(path, f"{grid.seconds:.2f} s")


def render(
    file: Annotated[Path, typer.Argument(help="A session file of the page, or a sound that `sda` made with a model.")],
    model: Annotated[Path | None, args.model_option("Default: the one it was made with, if found.")] = None,
    models: Annotated[
        Path | None, flag("Folder to search for the model, besides FILE's; default: your models.")
    ] = None,
    out: Annotated[Path | None, flag("Default: FILE's name, numbered if taken.", "--out", "-o")] = None,
    quality: Annotated[str, declared(GenerateOptions, "quality", note="Used for sessions.")] = "export",
) -> None:
    """Render a saved session or an exported sound again, to the last bit where the same version of the decoder made it.

    What an earlier one made is rendered with today's, and a note says so.
    """
    folders = [file.parent, file.parent.parent / "models", models or args.home().models]
    if file.suffix.lower() == ".json":
        return _render_session(file, model, folders, out, quality)
    _render_sound(file, model, folders, out)


def _render_session(file: Path, model: Path | None, folders: list[Path], out: Path | None, quality: str) -> None:
    from sda_lib.sessions import provenance_tags, session_file
    from sda_lib.sessions.playback import playback_sound

    session = session_file.load_session(file)
    opened = _model_of(session.model, model, folders, lambda: session_file.find_session_model(session, folders))
    print_decoder(session.decoder)
    history = session_file.replay(opened, session)
    sound, playback = playback_sound(opened, history.state, session.playback), session.playback
    provenance = provenance_tags.Provenance(sound, playback.source_amount, quality, playback.fades)
    facts = {"session": file.name, "steps": len(history.path) - 1, "source_amount": playback.source_amount}
    path = out or Path(f"{file.stem}.wav")
    tags = {"title": session.title, **args.user_defaults().tags, **facts}
    path = provenance_tags.write_with_provenance(opened, provenance, path, tags, args.number(out is not None))
    print_result(path, f"{sound.seconds:.2f} s, {len(history.path) - 1} steps")


def _render_sound(file: Path, model: Path | None, folders: list[Path], out: Path | None) -> None:
    from sda_lib.audio.tags import LAYERS_TAG, read_tags
    from sda_lib.sessions import provenance_tags

    if LAYERS_TAG in read_tags(file):
        return _render_mix(file, model, folders, out)
    found = provenance_tags.read_provenance(file)
    opened = _model_of(found.model, model, folders, lambda: provenance_tags.find_sound_model(found, folders))
    if problem := provenance_tags.sound_mismatch(opened, found):
        raise SdaError(problem)
    print_decoder(found.decoder)
    path, number = out or Path(file.name), args.number(out is not None)
    made = dataclasses.replace(found, sound=provenance_tags.sound_of(opened, found))
    path = provenance_tags.write_with_provenance(opened, made, path, read_tags(file), number)
    print_result(path, f"{made.seconds:.2f} s")


def _render_mix(file: Path, model: Path | None, folders: list[Path], out: Path | None) -> None:
    """Make every layer of a mix again, and mix them."""
    from sda_lib.audio.tags import LAYERS_TAG, read_tags
    from sda_lib.mixing.mix_tags import layer_again, read_mix, write_mix
    from sda_lib.sessions import provenance_tags

    def model_of(made: provenance_tags.Provenance) -> SdaModel:
        opened = _model_of(made.model, model, folders, lambda: provenance_tags.find_sound_model(made, folders))
        if problem := provenance_tags.sound_mismatch(opened, made):
            raise SdaError(problem)
        print_decoder(made.decoder)
        return opened

    found, tags = read_mix(file), read_tags(file)
    layers = [layer_again(one, model_of, [file.parent, Path()]) for one in found.layers]
    own = {name: text for name, text in tags.items() if name != LAYERS_TAG}
    path, number = out or Path(file.name), args.number(out is not None)
    path = write_mix(layers, [one.name for one in found.layers], path, found.finish, own, number)
    print_result(path, f"{len(layers)} layers")


def _model_of(
    facts: Mapping[str, str], given: Path | None, folders: list[Path], find: Callable[[], tuple[SdaModel, Path] | None]
) -> SdaModel:
    """Return the given model, else the one that is found. Raises SdaError if there is none."""
    if given:
        return args.open_model(given)
    if (found := find()) is None:
        places = ", ".join(dict.fromkeys(map(str, folders)))
        raise SdaError(f"The model {facts.get('name')!r} of this file is not in {places}; give it with --model.")
    return found[0]

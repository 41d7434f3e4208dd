"""Commands that reconstruct, export and draw sounds."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing
from sda_lib.cli.flags import flag
from sda_lib.cli.preset_option import PresetName, with_preset_finish
from sda_lib.cli.terminal import print, print_json, print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.export.finish import Effects, Finish
from sda_lib.fields import options_of
from sda_lib.file_names import printable


@finishing
def reconstruct(
    context: typer.Context,
    file: args.SoundFile,
    model: args.ModelFile,
    out: args.OutSound,
    source: args.Source = 1.0,
    effort: args.Effort = "auto",
    preset: PresetName = "",
    *,
    finish: Finish,
) -> None:
    """Encode a sound and decode it again, by way of codes if the model has them; of a preset, Source and delivery are
    applied."""
    from sda_lib.export.finishing import write_finished_stream
    from sda_lib.writers.generate import decoded_stream

    source, finish = with_preset_finish(preset, context, source, finish)
    opened = args.open_model(model)
    back = decoded_stream(opened, args.load_sound(opened, file, effort), source)
    tags = {"title": out.stem, "model": opened.name, "source_amount": source}
    print_result(write_finished_stream(back, out, finish, tags), f"{back.seconds:.2f} s")


@functools.partial(finishing, signed=False)
def export(
    context: typer.Context,
    file: args.SoundFile,
    out: args.OutSound,
    preset: PresetName = "",
    force: args.Force = False,
    *,
    finish: Finish,
) -> None:
    """Convert any sound file: format, rate, loudness, effects, space. Tags are kept, except how it was made.

    Of a preset, the delivery is applied.
    """
    from sda_lib.audio.tags import PROVENANCE_TAG, read_tags
    from sda_lib.export.file_stream import file_stream
    from sda_lib.export.finishing import write_finished_stream

    args.check_unused(out, force, "--out")
    _, finish = with_preset_finish(preset, context, 1.0, finish)
    stream = file_stream(file)
    try:
        found = read_tags(file)
    except SdaError as error:
        found = {}
        print_note(f"The tags of the old file are lost: {error}")
    own = {name: text for name, text in found.items() if name != PROVENANCE_TAG}
    tags = {"title": file.stem, **args.user_defaults().tags, **own}
    print_result(write_finished_stream(stream, out, finish, tags), f"{stream.seconds:.2f} s before processing")


def effects(json: args.Json = False) -> None:
    """List the effects of --effect, in the order in which they are applied."""
    from sda_lib.export.effects import why_no_effects

    known = options_of(Effects)
    if json:
        keys = ("low", "high", "unit", "help")
        return print_json({name: {key: getattr(one, key) for key in keys} for name, one in known.items()})
    for name, one in known.items():
        print(f"{name:9s} {one.low:g} to {one.high:g} {one.unit:2s}  {one.help}")
    if why := why_no_effects():
        print(why)


def sheet(
    files: Annotated[list[Path], typer.Argument(help="Sounds for the first row.")],
    out: args.OutPicture,
    model: Annotated[Path | None, args.model_option("Adds rows of reconstructions, with and without memory.")] = None,
    generated: Annotated[list[Path] | None, flag("A sound for the last row (repeatable).", "--generated", "-g")] = None,
) -> None:
    """Draw spectrograms side by side: original, reconstruction, generated."""
    from sda_lib.audio.clip import AudioClip, read_clip
    from sda_lib.maps import figures

    def row(title: str, paths: list[Path], clips: list[AudioClip]) -> figures.Row:
        return title, [(printable(path.stem), clip) for path, clip in zip(paths, clips, strict=True)]

    originals = [read_clip(file) for file in files]
    rows = [row("original", files, originals)]
    if model:
        opened = args.open_model(model)
        for title, source in (("reconstruction", 1.0), ("model alone", 0.0)):
            rows.append(row(title, files, [opened.reconstruct(clip, source) for clip in originals]))
    if generated:
        rows.append(row("generated", generated, [read_clip(file) for file in generated]))
    print(figures.save_figure(figures.contact_sheet(rows), out))

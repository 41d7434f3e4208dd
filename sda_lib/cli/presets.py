"""Commands for presets: list, show, save, rename, delete, star, share, blend and draw."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing
from sda_lib.cli.flags import flag, with_flags
from sda_lib.cli.generating import FLAGS, options_of_flags
from sda_lib.cli.preset_option import PresetName, preset_names, preset_store, with_own_flags
from sda_lib.cli.terminal import print, print_json, print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.export.finish import Finish
from sda_lib.presets.preset import Preset
from sda_lib.presets.preset_file import SOUND, plain_to_preset, preset_to_plain, read_preset, write_preset
from sda_lib.presets.words import preset_words
from sda_lib.writers.options import GenerateOptions

STAR = "*"
_OF_PRESET = {"metavar": "PRESET", "autocompletion": preset_names}
Named = Annotated[str, typer.Argument(help="A preset by its name.", **_OF_PRESET)]
About = Annotated[str, flag("One sentence about it.")]
NewName = Annotated[str, flag("Name of the new preset.", "--name")]
Replaces = Annotated[bool, flag("Replace your preset of that name.", "--force")]

# Flags of new sounds that a preset can hold.
SOUND_FLAGS = {name: one for name, one in FLAGS.items() if one.field in SOUND}

app = typer.Typer(help="List presets, settings of new sounds and their delivery, or save, share and change them.")


@app.callback(invoke_without_command=True)
def presets(context: typer.Context, json: args.Json = False) -> None:
    """List your presets and those that SDA ships, starred ones (*) first.

    `sda generate MODEL --preset NAME` uses one.
    """
    if context.invoked_subcommand is not None:
        return
    entries = preset_store().entries()
    if json:
        return print_json([
            {**{key: value for key, value in asdict(one).items() if key != "preset"}, "path": str(one.path),
             "about": one.about} for one in entries
        ])  # fmt: skip
    width = max(len(one.name) for one in entries)
    for one in entries:
        print(f"{STAR if one.starred else ' '} {one.name:<{width}}  {'SDA' if one.factory else 'own':<4} {one.about}")


@app.command()
def show(
    name: Named,
    model: Annotated[Path | None, args.model_option("Say what this model can't do of it.")] = None,
    json: args.Json = False,
) -> None:
    """Show the settings of a preset, and with --model what a model can't do of it."""
    preset = preset_store().load(name)
    missing = _missing(preset, model) if model else ()
    if json:
        return print_json({**preset_to_plain(preset), **({"not_applied": missing} if model else {})})
    print(f"{preset.name}: {preset.about}".rstrip(": "))
    words = preset_words(preset)
    for key, value in words.items():
        print(f"  {key:<{max(map(len, words))}}  {value}")
    for text in missing:
        print(f"not applied: {text}")


@app.command()
@finishing
@with_flags("options", SOUND_FLAGS, options_of_flags)
def save(
    context: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its name: 1 to 60 characters without slashes.")],
    about: About = "",
    sound: Annotated[
        Path | None, flag("Take the settings from a sound that `sda` made with a model.", "--from")
    ] = None,
    preset: PresetName = "",
    force: Replaces = False,
    *,
    options: GenerateOptions,
    finish: Finish,
) -> None:
    """Save a preset from options, from those of a sound (--from), or from another preset (--preset) and options."""
    if sound and preset:
        raise SdaError("Give either --from or --preset, not both.")
    base = _preset_of_sound(sound, name) if sound else preset_store().load(preset) if preset else Preset(name)
    own_options, own_finish = with_own_flags(base, context, SOUND_FLAGS, (options, finish))
    found = Preset(name, about or base.about, own_options, own_finish, base.axes_of)
    _save(found, force)


@app.command()
def rename(name: Named, new: Annotated[str, typer.Argument(metavar="NEW", help="Its new name.")]) -> None:
    """Give one of your presets another name."""
    preset_store().rename(name, new)


@app.command()
def delete(name: Named) -> None:
    """Move one of your presets to the trash."""
    place = preset_store().delete(name, args.home().trash)
    print_note(f"It is in {place.parent} until: sda clean trash")


@app.command()
def star(name: Named, off: Annotated[bool, flag("Take its star away.", "--off")] = False) -> None:
    """Star a preset, so that it comes first in lists."""
    preset_store().star(name, not off)


@app.command("import")
def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="JSON files of presets.")],
    force: Replaces = False,
) -> None:
    """Keep copies of JSON files of presets among yours."""
    for preset in [read_preset(file) for file in files]:  # nothing is kept if one of them is no preset
        _save(preset, force)


@app.command()
def export(
    name: Named,
    out: Annotated[Path | None, flag("The JSON file; default: NAME.json.", "--out", "-o")] = None,
    force: args.Force = False,
) -> None:
    """Write a preset as a JSON file to share."""
    preset = preset_store().load(name)
    path = out or Path(f"{preset.name}.json")
    args.check_unused(path, force, "--out")
    print_result(write_preset(path, preset))


@app.command()
def morph(
    one: Annotated[str, typer.Argument(help="The preset at share 0.", **{**_OF_PRESET, "metavar": "A"})],
    other: Annotated[str, typer.Argument(help="The preset at share 1.", **{**_OF_PRESET, "metavar": "B"})],
    share: Annotated[float, flag("Share of B, 0 to 1.")] = 0.5,
    name: NewName = "",
    force: Replaces = False,
) -> None:
    """Save a preset between two others."""
    from sda_lib.presets.morphing import morph_presets

    store = preset_store()
    _save(morph_presets(store.load(one), store.load(other), share, name), force)


@app.command()
def random(
    model: args.Model,
    seed: Annotated[int, flag("Equal seeds give equal presets.", min=0)] = 0,
    preset: PresetName = "",
    lock: Annotated[
        list[str] | None,
        flag("What stays as in --preset: novelty, brightness, reverb, sliders, effects … (repeatable)."),
    ] = None,
    name: NewName = "",
    force: Replaces = False,
) -> None:
    """Save a random preset within the safe zones of a model's sliders."""
    from sda_lib.presets.drawing import draw_preset

    base = preset_store().load(preset) if preset else Preset("Plain")
    _save(draw_preset(base, args.open_model(model), seed, lock or [], name), force)


def _save(preset: Preset, force: bool) -> None:
    path = preset_store().save(preset, force)
    words = ", ".join(f"{key.lower()} {value}" for key, value in preset_words(preset).items())
    print_result(path, words or "all settings at their defaults")


def _missing(preset: Preset, model: Path) -> tuple[str, ...]:
    """Return what a model can't do of a preset."""
    from sda_lib.presets.fitting import fit_preset

    return fit_preset(preset, args.open_model(model)).left_out


def _preset_of_sound(file: Path, name: str) -> Preset:
    """Return the settings that made a sound, from its tags. Raises SdaError for a sound without them."""
    from sda_lib.presets.fitting import with_axes_of
    from sda_lib.sessions.provenance_tags import read_provenance

    found = read_provenance(file)
    sound = {key: value for key, value in found.request.items() if key in SOUND}
    options = plain_to_preset({**preset_to_plain(Preset(name)), "sound": sound}).options
    return with_axes_of(Preset(name, options=options, finish=found.finish), found.model)

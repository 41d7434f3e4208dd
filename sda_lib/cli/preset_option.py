"""The option --preset of several commands: a preset below the flags that are given."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli import delivery
from sda_lib.cli.flags import Flag, flag
from sda_lib.cli.terminal import print_note
from sda_lib.export.finish import Finish
from sda_lib.fields import options_of
from sda_lib.presets.overriding import with_own_finish, with_own_options
from sda_lib.presets.preset import Preset, changed_options
from sda_lib.presets.store import PresetStore
from sda_lib.writers.options import GenerateOptions

if TYPE_CHECKING:
    from sda_lib.model.model import SdaModel
    from sda_lib.presets.fitting import FittedPreset

Settings = tuple[GenerateOptions, Finish]


def preset_store() -> PresetStore:
    """Return the user's presets and the factory's."""
    return PresetStore.of(args.home())


def preset_names(incomplete: str) -> list[str]:
    """Return names of presets with this beginning, for shell completion."""
    names = (entry.name for entry in preset_store().entries())
    return [name for name in names if name.casefold().startswith(incomplete.casefold())]


PRESET_HELP = "A preset by its name, or its JSON file; other options override it. See `sda presets`."
PresetName = Annotated[str, flag(PRESET_HELP, "--preset", autocompletion=preset_names)]


def with_preset(
    model: SdaModel, name: str, context: typer.Context, flags: Mapping[str, Flag], own: Settings
) -> Settings:
    """Return options and finish of a preset, as far as the model has them, with the flags that are given on top.

    Without a name these are the own ones. A note says what the model can't do. Raises SdaError.
    """
    if not name:
        return own
    from sda_lib.presets.fitting import fit_preset

    fitted = fit_preset(preset_store().load(name), model)
    if fitted.left_out:
        print_note(fitted.sentence)
    return with_own_flags(fitted, context, flags, own)


def with_own_flags(
    preset: Preset | FittedPreset, context: typer.Context, flags: Mapping[str, Flag], own: Settings
) -> Settings:
    """Return options and finish of a preset with those of the flags that are given on top. Raises SdaError."""
    options, finish = own
    fields = [flags[name].field for name in _given(context, flags)]
    given = {name: getattr(options, name) for name in (*fields, "quality")}
    return with_own_options(preset.options, given), with_own_finish(preset.finish, finish, _given_finish(context))


def with_preset_finish(name: str, context: typer.Context, source: float, finish: Finish) -> tuple[float, Finish]:
    """Return Source and finish of a preset with the flags that are given on top, for a sound that exists.

    Without a name these are the own ones. A note says which of its settings are for new sounds. Raises SdaError.
    """
    if not name:
        return source, finish
    preset = preset_store().load(name)
    _note_others(preset, ["source_amount"] if "source" in context.params else [])
    amount = source if _given(context, ["source"]) else preset.options.source_amount
    return amount, with_own_finish(preset.finish, finish, _given_finish(context))


def _note_others(preset: Preset, applied: Collection[str]) -> None:
    """Print which settings of new sounds are not applied to a sound that exists."""
    known = options_of(GenerateOptions)
    if names := [known[name].title.lower() for name in changed_options(preset.options) if name not in applied]:
        print_note(f"Not applied, as it is for new sounds: {', '.join(names)}.")


def _given_finish(context: typer.Context) -> list[str]:
    """Return the names of settings of a finish that flags give."""
    flags = delivery.FLAGS
    given = _given(context, flags)
    amounts = delivery.pairs(context.params["effect"]) if "effect" in given else {}
    return [*(flags[name].field for name in given if name != "effect"), *amounts]


def _given(context: typer.Context, names: Iterable[str]) -> list[str]:
    """Return those of a command's parameters that the command line gives."""
    sources = {name: context.get_parameter_source(name) for name in names}
    return [name for name, source in sources.items() if source is not None and source.name == "COMMANDLINE"]

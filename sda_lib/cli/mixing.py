"""Commands for morphing between two sounds, mixing several, and blending several models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.delivery import finishing
from sda_lib.cli.flags import flag, with_flags
from sda_lib.cli.generating import FLAGS, options_of_flags
from sda_lib.cli.terminal import print_result
from sda_lib.errors import SdaError, explained_as
from sda_lib.export.finish import Finish
from sda_lib.file_names import portable_name
from sda_lib.writers.options import GenerateOptions, option_tags


@finishing
def morph(
    model: args.Model,
    one: Annotated[Path, typer.Argument(metavar="A", help="The sound at share 0.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="The sound at share 1.")],
    share: Annotated[float | None, flag("Share of B, 0 to 1; default 0.5.")] = None,
    count: Annotated[int, flag("Number of sounds, evenly spaced from A to B.", "-n", "--count", min=1, max=1000)] = 1,
    source: args.Source = 1.0,
    out: args.OutFolder = None,
    suffix: args.Format = "",
    force: args.Force = False,
    *,
    finish: Finish,
) -> None:
    """Morph between two sounds: mix their latents frame by frame and decode the nearest codes.

    `sda generate --morph-with` alternates between two sounds instead.
    """
    from sda_lib.editing.interpolate import interpolated
    from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance

    shares, folder, ending = _shares_between(share, count), args.out_folder(out), args.suffix_of(suffix)
    opened = args.open_model(model)
    a, b = args.encode_file(opened, one), args.encode_file(opened, other)
    for part in shares:
        codes = interpolated(opened, a, b, part)
        path = folder / f"{portable_name(f'{one.stem}_{other.stem}_{part:.4g}')}.{ending}"
        tags = {"from": one.name, "to": other.name, "share": f"{part:.4g}", "source_amount": source}
        made = Provenance(codes, source, finish=finish)
        print_result(write_with_provenance(opened, made, path, tags, args.number(force)))


@finishing
@with_flags("options", {name: FLAGS[name] for name in ("seconds", "seed", "novelty", "source")}, options_of_flags)
def blend(
    models: args.Models,
    shares: Annotated[str, flag("Share of each model, e.g. 0.7,0.3; default: equal shares.")] = "",
    count: args.Count = 4,
    out: args.OutFolder = None,
    suffix: args.Format = "",
    weights: Annotated[bool, flag("Interpolate two models into a new one.", "--weights")] = False,
    save: Annotated[Path | None, flag("With --weights: the new model.")] = None,
    force: args.Force = False,
    *,
    options: GenerateOptions,
    finish: Finish,
) -> None:
    """Generate the same sound with two to four models, at equal loudness, and mix the results.

    With --weights, two models that were trained from the same closed form are interpolated into a third one.
    """
    from sda_lib.writers.mix_models import blend, normalized_shares

    parts = normalized_shares(_numbers(shares) if shares else [1.0] * len(models), len(models))
    if weights:
        return _blend_weights(models, parts, save, force)
    if save:
        raise SdaError("Only weights become a model that can be saved; add --weights, or leave out --save.")
    from sda_lib.export.finishing import write_finished
    from sda_lib.writers.auto_duration import with_duration

    folder, ending = args.out_folder(out), args.suffix_of(suffix)
    opened = [args.open_model(path) for path in models]
    facts = {"models": ", ".join(one.name for one in opened), "shares": ", ".join(f"{part:.4g}" for part in parts)}
    for number in range(options.seed, options.seed + count):
        chosen = with_duration(opened[0], replace(options, seed=number))
        stem = portable_name(f"{'+'.join(path.stem for path in models)}_{number}")
        path = folder / f"{stem}.{ending}"
        clip = blend(opened, chosen, parts)
        tags = {"title": path.stem, **facts, **option_tags(chosen)}
        print_result(write_finished(clip, path, finish, tags, args.number(force)))


LAYER = "FILE[@SECONDS][,gain=DB][,pan=P][,mute]"


@finishing
def mix(
    layers: Annotated[
        list[str],
        typer.Argument(metavar=LAYER, help="Sounds, each with its begin, gain in dB, and pan from -1 to 1."),
    ],
    out: args.OutSound,
    force: args.Force = False,
    *,
    finish: Finish,
) -> None:
    """Mix several sounds into one, whose tags hold how each of them was made (`sda render` makes it again).

    E.g. `sda mix rain.wav bell.wav@0.5,gain=-6,pan=-0.3 -o both.wav`; the stems of `sda stems` add up to their sound.
    """
    from sda_lib.mixing.mix_tags import read_layer, write_mix

    args.check_unused(out, force, "--out")
    placed = [_layer(text) for text in layers]
    opened = [read_layer(path, **place) for path, place in placed]
    path = write_mix(opened, [one.name for one, _ in placed], out, finish, {"title": out.stem})
    sounding = sum(not one.mute for one in opened)
    print_result(path, f"{sounding} of {len(opened)} layers" if sounding < len(opened) else f"{sounding} layers")


def _layer(text: str) -> tuple[Path, dict[str, Any]]:
    """Parse 'FILE@SECONDS,gain=DB,pan=P,mute'. Raises SdaError.

    What exists as a file is one, whatever is in its name.
    """
    if Path(text).exists():
        return Path(text), {}
    file, _, rest = text.rpartition("@") if "@" in text else text.partition(",")
    begin, *settings = rest.split(",") if "@" in text else ("0", *filter(None, rest.split(",")))
    place: dict[str, Any] = {}
    with explained_as(f"{text!r} should read {LAYER}, e.g. bell.wav@0.5,gain=-6,pan=-0.3."):
        place["at"] = float(begin)
        for setting in settings:
            name, equals, value = setting.partition("=")
            if name not in ("gain", "pan", "mute") or bool(equals) == (name == "mute"):
                raise ValueError(setting)
            place[name] = float(value) if equals else True
    return Path(file), place


def _blend_weights(models: list[Path], shares: list[float], save: Path | None, force: bool) -> None:
    """Write the model interpolated between two."""
    if len(models) != 2:
        raise SdaError(f"--weights takes two models, not {len(models)}; leave some out, or leave out --weights.")
    if save is None:
        raise SdaError("--weights makes a model; name it with --save NEW.sda.")
    args.check_unused(save, force, "--save")
    from sda_lib.runs.locks import training_into
    from sda_lib.training.merge_models import interpolated_weights

    with training_into(save):
        one, other = map(args.open_model, models)
        interpolated_weights(one, other, shares[1]).save(save)
    print_result(save, f"{shares[0]:.0%} of {models[0].name} and {shares[1]:.0%} of {models[1].name}")


def _shares_between(share: float | None, count: int) -> list[float]:
    """Return one share, or `count` of them from 0 to 1. Raises SdaError when both are given."""
    if count == 1:
        return [0.5 if share is None else share]
    if share is not None:
        raise SdaError("Give either --share for one sound or -n for several from A to B, not both.")
    return [number / (count - 1) for number in range(count)]


def _numbers(text: str) -> list[float]:
    """Parse '0.5,0.5' to numbers. Raises SdaError."""
    with explained_as(f"--shares {text} should read like 0.5,0.5: one number for each model."):
        return [float(part) for part in text.split(",")]

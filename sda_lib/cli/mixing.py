"""Commands for morphing between two sounds, and for blending several models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import (
    Format,
    Model,
    OutFolder,
    Seconds,
    Source,
    encode_file,
    free,
    model_names,
    model_path,
    open_model,
    out_folder,
    suffix_of,
)
from sda_lib.cli.finishing import finishing
from sda_lib.cli.terminal import print_result
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.export.finishing import Finish


@finishing
def morph(
    model: Model,
    one: Annotated[Path, typer.Argument(metavar="A", help="The sound at share 0.")],
    other: Annotated[Path, typer.Argument(metavar="B", help="The sound at share 1.")],
    share: Annotated[float | None, typer.Option(help="How much of B is heard, 0 to 1; default 0.5.")] = None,
    count: Annotated[
        int, typer.Option("-n", "--count", help="So many sounds instead, evenly spaced from A to B.", min=1, max=1000)
    ] = 1,
    source: Source = 1.0,
    out: OutFolder = None,
    suffix: Format = "",
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
    *,
    finish: Finish,
) -> None:
    """Make sounds between two sounds: the latents of both are mixed frame by frame, and played by their nearest codes.

    `sda generate --morph-with` alternates between two sounds instead.
    """
    from sda_lib.editing.interpolate import interpolated
    from sda_lib.sessions.provenance_tags import Provenance, write_with_provenance

    shares, folder, ending = _shares_between(share, count), out_folder(out), suffix_of(suffix)
    instrument = open_model(model)
    a, b = encode_file(instrument, one), encode_file(instrument, other)
    for part in shares:
        codes = interpolated(instrument, a, b, part)
        path = free(folder / f"{one.stem}_{other.stem}_{part:.4g}.{ending}", force)
        tags = {"from": one.name, "to": other.name, "share": f"{part:.4g}", "source_amount": source}
        print_result(write_with_provenance(instrument, Provenance(codes, source, finish=finish), path, tags))


@finishing
def blend(
    models: Annotated[
        list[Path],
        typer.Argument(metavar="A B [C D]", help="Two to four models.", parser=model_path, autocompletion=model_names),
    ],
    shares: Annotated[str, typer.Option(help="How much of each is heard, e.g. 0.7,0.3; default: equal shares.")] = "",
    count: Annotated[int, typer.Option("-n", "--count", help="How many sounds.", min=1)] = 4,
    seconds: Seconds = "auto",
    seed: Annotated[int, typer.Option(help="The first sound's seed; the next ones count on.")] = 0,
    novelty: Annotated[float, typer.Option(help="0 stays close to the recordings, 1 goes far.", min=0, max=1)] = 0.5,
    source: Source = 1.0,
    out: OutFolder = None,
    suffix: Format = "",
    weights: Annotated[
        bool, typer.Option("--weights", help="Make a model between two instead, trained from the same closed form.")
    ] = False,
    save: Annotated[Path | None, typer.Option("--save", help="Where --weights writes that model (.sda).")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
    *,
    finish: Finish,
) -> None:
    """Let two to four models make the same sound each, brought to one loudness and mixed.

    With --weights, two models that began as the same closed form become a third one, between both.
    """
    from sda_lib.writers.mix_models import normalized_shares

    parts = normalized_shares(_numbers(shares) if shares else [1.0] * len(models), len(models))
    if weights:
        return _blend_weights(models, parts, save, force)
    if save:
        raise SdaError("Only weights become a model that can be saved; add --weights, or leave out --save.")
    from sda_lib.export.finishing import write_finished
    from sda_lib.writers.auto_duration import with_duration
    from sda_lib.writers.mix_models import blend
    from sda_lib.writers.options import GenerateOptions, option_tags, parse_seconds

    folder, ending = out_folder(out), suffix_of(suffix)
    length = parse_seconds(seconds)
    instruments = [open_model(path) for path in models]
    facts = {
        "models": ", ".join(one.name for one in instruments),
        "shares": ", ".join(f"{part:.4g}" for part in parts),
    }
    for number in range(seed, seed + count):
        wish = GenerateOptions(length, number, source_amount=source, quality="export", novelty=novelty)
        options = with_duration(instruments[0], wish)
        path = free(folder / f"{'+'.join(path.stem for path in models)}_{number}.{ending}", force)
        clip = blend(instruments, options, parts)
        print_result(write_finished(clip, path, finish, {"title": path.stem, **facts, **option_tags(options)}))


def _blend_weights(models: list[Path], shares: list[float], save: Path | None, force: bool) -> None:
    """Write the model interpolated between two."""
    if len(models) != 2:
        raise SdaError(f"--weights takes two models, not {len(models)}; leave some out, or leave out --weights.")
    if save is None:
        raise SdaError("--weights makes a model; say where it goes with --save NEW.sda.")
    if save.exists() and not force:
        raise SdaError(f"{save} exists; add --force to replace it, or choose another --save.")
    from sda_lib.runs.manage import training_into
    from sda_lib.training.merge_models import interpolated_weights

    with training_into(save):
        between = interpolated_weights(*map(open_model, models), shares[1])
        between.save(save)
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
    try:
        return [float(part) for part in text.split(",")]
    except ValueError as error:
        raise SdaError(f"--shares {text} should read like 0.5,0.5: one number for each model.") from error

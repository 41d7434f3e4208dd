"""Commands that describe a model or change its file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, Model, open_model
from sda_lib.cli.terminal import print_distance, print_json, print_note, print_result
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.directions.directions import SliderCard


def info(model: Model, json: Annotated[bool, typer.Option("--json", help="Print the manifest.")] = False) -> None:
    """Say what a model is, from its header alone."""
    from sda_lib.model.header import peek

    facts = peek(model)
    if json:
        return print_json(facts)
    recipe, corpus, metrics = facts["recipe"], facts["corpus"], facts["metrics"]
    codec, audio = recipe["codec"], recipe["audio"]
    print(f"{facts['name']}, made {facts['created']}, format {facts['format']}, {model.stat().st_size / 1e6:.1f} MB")
    print(f"learned from {corpus['files']} sounds, {corpus['minutes']:.1f} min")
    for one in corpus.get("grown", []):
        print(f"grew by {one['files']} of these sounds on {one['when'][:10]}")
    continuous = f"continuous latents of {codec['latent_dim']} numbers ({codec['bottleneck']})"
    codes = f"{codec['levels']} levels x {codec['codebook_size']} codes"
    print(
        f"{codes if codec['bottleneck'] == 'rvq' else continuous}, hop {codec['hop']}, "
        f"{audio['sample_rate']} Hz, {'stereo' if audio['channels'] == 2 else 'mono'}"
    )
    inside = f"contains the recordings; `sda strip-memory {model}` writes a copy without them"
    print(inside if facts.get("memory") else "does not contain the recordings")
    if prior := facts.get("prior"):
        kind = "networks tell" if prior["width"] else "an n-gram tells"
        writers = "--writer prior or hybrid" if facts.get("memory") else "--writer prior"
        print(f"has a prior: {kind} {prior['levels']} of the levels (`sda generate {writers}`)")
    print_distance(metrics, print)


def sliders(
    model: Model,
    json: Json = False,
    anew: Annotated[bool, typer.Option("--anew", help="Make them again.")] = False,
) -> None:
    """Say what a model's sliders do. The first time they are made: tried out on its recordings (half a minute) and kept
    in the file."""
    opened = open_model(model)
    if opened.sliders is None or anew:
        from sda_lib.runs.manage import training_into
        from sda_lib.sliders.fit import fit_sliders

        with training_into(model):
            learned = fit_sliders(opened)
            opened = open_model(model).with_sliders(learned)  # levels may have been named meanwhile
            opened.save(model)
    if json:
        return print_json(opened.sliders.facts())
    print(f"{'slider':11s} {'rho':>5s} {'one step':>14s} {'recordings from':>16s} {'to':>9s}  besides")
    for card in opened.sliders.cards:
        print(_line(card))


def _line(card: SliderCard) -> str:
    """Format a slider's card as a row of the table of `sliders`."""
    from sda_lib.sliders.fit import display_name

    if card.is_axis:
        return f"{display_name(card)} ({card.share:.0%} of what differs)"
    unit, other = f" {card.unit}", max(card.side, key=lambda one: abs(card.side[one]))
    ends = f"{card.low:>16.3g} {card.high:>9.3g}"
    return (
        f"{card.name:11s} {card.rho:5.2f} {f'{card.slope:+.3g}{unit}':>14s} {ends}  {other} {card.side[other]:+.0%}"
        f"{'  (hidden)' if card.why_hidden else ''}"
    )


def palette(
    model: Model,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="The picture: .png, .svg or .pdf.")] = None,
    level: Annotated[int | None, typer.Option("--level", "-l", help="One level, its codes numbered.")] = None,
    json: Json = False,
) -> None:
    """Draw the codes of a model: those that are alike near each other, as large as the corpus uses them."""
    if out is None and not json:
        raise SdaError("Say where the picture goes with --out NAME.png, or give --json.")
    opened = open_model(model)
    from sda_lib.maps import figures
    from sda_lib.maps.palette import level_palette

    levels = range(opened.levels) if level is None else [level]
    palettes = [level_palette(opened, one) for one in levels]
    path = out and figures.save_figure(figures.palette_sheet(palettes, opened.name), out)
    if json:
        return print_json([one.to_plain() for one in palettes])
    print(path)


def strip_memory(
    model: Model,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Default: NAME-shared.sda beside it.")] = None,
    in_place: Annotated[bool, typer.Option("--in-place", help="Replace the model itself.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace another file of that name.")] = False,
) -> None:
    """Write a copy of a model without the recordings in it, to be given away."""
    if in_place and out:
        raise SdaError("Give either --in-place or --out, not both.")
    path = model if in_place else out or model.with_stem(f"{model.stem}-shared")
    if path.exists() and not force and not in_place:
        raise SdaError(f"{path} exists; add --force to replace it, or choose another --out.")
    from sda_lib.runs.manage import training_into

    with training_into(path):
        full = open_model(model)
        full.without_memory().save(path)
    memory = full.memory
    gone = f"{memory.seconds / 60:.1f} min of recordings" if memory else "recordings (there were none)"
    print_result(path, f"{path.stat().st_size / 1e6:.1f} MB, without {gone} and without the names of files.")
    able = "It encodes, edits and decodes" if full.discrete else "It reconstructs sounds"
    if full.gaussian is not None:
        print_note(f"{able}, and generates with its Gaussian.")
    elif full.prior is not None and not full.prior.is_ngram:
        print_note(f"{able}, and generates with --writer prior.")
    else:
        print_note(f"{able}; it can't generate, because new sounds are walks through the recordings.")

"""`sda synth` and `sda starter`: procedural sounds, and a model of them, without recordings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from sda_lib.cli import arguments as args
from sda_lib.cli.flags import Flag, filled, flag, with_flags
from sda_lib.cli.terminal import print, print_result
from sda_lib.home import Home
from sda_lib.synthesis.options import SynthesisOptions

FLAGS = {
    name: Flag(SynthesisOptions, field, kind, parse, names, note, checked=parse is None)
    for name, field, kind, parse, names, note in (
        ("seed", "seed", int, None, (), ""),
        ("family", "families", list[str], tuple, (), "E.g. bell (repeatable); --list shows them."),
        ("stereo", "stereo", bool, None, ("--stereo",), ""),
        ("rate", "sample_rate", int, None, ("--rate",), ""),
        ("shortest", "shortest", float, None, (), ""),
        ("longest", "longest", float, None, (), ""),
    )
}


def options_of_flags(**given: Any) -> SynthesisOptions:
    """Return options of procedural sounds from the values of FLAGS. Raises SdaError."""
    return SynthesisOptions(**filled(SynthesisOptions, FLAGS, given))


@with_flags("options", FLAGS, options_of_flags)
def synth(
    count: args.Count = 8,
    out: args.OutFolder = None,
    suffix: args.Format = "",
    listed: Annotated[bool, flag("List the families, and make nothing.", "--list")] = False,
    force: args.Force = False,
    *,
    options: SynthesisOptions,
) -> None:
    """Make procedural sounds of many families, for trying SDA out without recordings of your own.

    Tones, bells, drums, voices, weather, machines, music: each family once before any comes again. The same seed gives
    the same sounds; a sound depends on the seed, its number and its family alone, so that a larger count adds to them.
    """
    if listed:
        return _list()
    from sda_lib.export.finish import Delivery
    from sda_lib.export.write import write_clip
    from sda_lib.synthesis.synthesize import make_sounds

    folder, ending = args.out_folder(out), args.suffix_of(suffix)
    for family, clip in make_sounds(count, options):
        path = folder / f"{clip.name}.{ending}"
        tags = {"title": path.stem, **args.user_defaults().tags, "family": family, "seed": options.seed}
        print_result(write_clip(clip, path, Delivery(ceiling_db=0), tags, args.number(force)), f"{clip.seconds:.2f} s")


def _list() -> None:
    from sda_lib.synthesis.families import FAMILIES

    for name, family in FAMILIES.items():
        print(f"{name:11s} {family.about}")


def starter(
    out: Annotated[Path | None, flag("The model; default: starter.sda in the folder of models.", "--out", "-o")] = None,
    seed: Annotated[int, flag("Random seed of its sounds.")] = 0,
    force: args.Force = False,
) -> None:
    """Make a model of procedural sounds, to play with before the first training: some seconds, without recordings."""
    from sda_lib.training.starter import NAME, make_starter

    path = out or Home.from_environment().models / f"{NAME}.sda"
    args.check_unused(path, force, "--out")
    from sda_lib.runs.locks import training_into

    with training_into(path):
        made = make_starter(path, seed)
    print_result(path, f"{path.stat().st_size / 1e6:.1f} MB, of {made.header['corpus']['files']} procedural sounds.")

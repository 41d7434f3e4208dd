"""Commands for samplers: loops, stems and instruments."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli.arguments import Json, ModelFile, Source, defaults, encode_file, free, model_option, open_model
from sda_lib.cli.terminal import print_json, print_note, print_result
from sda_lib.errors import SdaError

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.audio.tags import Loop
    from sda_lib.codec.codes import Codes
    from sda_lib.model.model import SdaModel

CODE_FILES = (".npz", ".json")
# Highest true peak of a stem.
CEILING = 0.98


def loop(
    sound: Annotated[Path, typer.Argument(metavar="SOUND", help="The sound file.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The looped sound, .wav (with --whole any format).")],
    whole: Annotated[bool, typer.Option("--whole", help="All of the sound goes round, shorter by the fade.")] = False,
    fade: Annotated[
        float | None, typer.Option(help="Seconds of the cross-fade; default 0.05, with --whole or --model 0.2.", min=0)
    ] = None,
    shortest: Annotated[float, typer.Option(help="Seconds that a loop within the sound lasts at least.", min=0)] = 0.2,
    model: Annotated[Path | None, model_option("Blend the whole sound's end into its beginning with a model.")] = None,
    source: Source = 1.0,
    json: Json = False,
) -> None:
    """Make a sound go round without a seam, and say how much of one is heard.

    The loop that sustains a tone best is found and written into the file, where samplers find it.
    """
    from sda_lib.audio.clip import read_clip
    from sda_lib.export import loops
    from sda_lib.export.write import Delivery, write_clip

    if out.suffix.lower() != ".wav" and not (whole or model):
        raise SdaError(f"{out.name} can't hold loop points; end its name in .wav, or loop the --whole sound.")
    clip = read_clip(sound)
    if model:
        new = _blended(open_model(model), clip, 0.2 if fade is None else fade, source)
    elif whole:
        new = loops.seamless(clip, 0.2 if fade is None else fade)
    if whole or model:
        points, plain = loops.whole_clip_loop(new), loops.whole_clip_loop(clip)
    else:
        new, points = loops.with_sustain_loop(clip, shortest, loops.FADE if fade is None else fade)
        plain = points
    tags = {**defaults().tags, "title": out.stem, "from": sound.name}
    path = write_clip(new, out, Delivery(loop=points), tags)
    length = (points.last + 1 - points.first) / new.sample_rate
    if json:
        seams = {"seam": _seam_facts(new, points), "seam_without_fade": _seam_facts(clip, plain)}
        points_found = {"first": points.first, "last": points.last, "seconds": length}
        return print_json({"path": str(path), "seconds": new.seconds, "loop": points_found, **seams})
    print_result(path, f"{new.seconds:.2f} s, loop {points.first} to {points.last} ({length:.3f} s)")
    print_note(f"its seam: {_seam(new, points)}; without a fade {_seam(clip, plain)}")


def stems(
    sound: Annotated[Path, typer.Argument(metavar="SOUND_OR_CODES", help="A sound file, or a code file.")],
    model: ModelFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the stems.")],
    levels: Annotated[str, typer.Option(help="Groups of levels; 6- goes on to the last one.")] = "0-1,2-5,6-",
    source: Source = 1.0,
    force: Annotated[bool, typer.Option("--force", help="Replace files of that name.")] = False,
) -> None:
    """Take a sound apart by the levels of its codes: a file for each group, which added up are the sound.

    They are 32-bit WAV. If one is too loud for a file, all of them are turned down alike.
    """
    from sda_lib.editing import stems as parts
    from sda_lib.export.write import Delivery, write_clip

    instrument = open_model(model)
    groups = parts.parse_groups(levels, instrument.levels)
    found = parts.split_stems(instrument, _codes(instrument, sound), groups, source, "export")
    gain = parts.common_gain(found, CEILING)
    title = sound.name.removesuffix(sound.suffix).removesuffix(".codes")
    tags = {
        **defaults().tags,
        "model": instrument.name,
        "from": sound.name,
        "source_amount": source,
        "gain": f"{gain:.6g}",
    }
    for clip in found:
        path = free(out / f"{title}_{clip.name}.wav", force)
        print(write_clip(_louder(clip, gain), path, Delivery(32, ceiling_db=0), {"title": path.stem, **tags}))
    if gain < 1:
        print_note(f"all turned down by {_decibels(gain):.1f} dB")


def instrument(
    sounds: Annotated[list[Path], typer.Argument(metavar="SOUNDS...", help="Sound files.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the instrument.")],
    by: Annotated[
        str, typer.Option("--map", help="pitch: tones at their keys, the rest from --start; chromatic: in order.")
    ] = "pitch",
    kind: Annotated[str, typer.Option(help="sfz, dspreset (Decent Sampler) or both.")] = "sfz,dspreset",
    looping: Annotated[
        bool, typer.Option("--loop", help="Find a loop in sounds whose files have none, for tones that are held.")
    ] = False,
    name: Annotated[str, typer.Option(help="The instrument's name; default: the folder's.")] = "",
    start: Annotated[int, typer.Option(help="The first key for sounds without a pitch.", min=0, max=127)] = 36,
    force: Annotated[bool, typer.Option("--force", help="Replace an instrument of that name.")] = False,
    json: Json = False,
) -> None:
    """Make a sampler instrument of sound files: tones at their keys, softer and louder ones of a key by velocity."""
    from sda_lib.export.instruments import InstrumentSettings, sample_name, write_instrument

    kinds = tuple(one.strip() for one in kind.split(","))
    plan = InstrumentSettings(sample_name(name or out.resolve().name), by, kinds, looping, start)
    zones = write_instrument(sounds, out, plan, force)
    if json:
        paths = [str(out / f"{plan.name}.{one}") for one in kinds]
        return print_json({"paths": paths, "zones": [asdict(zone) for zone in zones]})
    for zone in zones:
        keys, points = zone.keys, zone.loop
        where = f"keys {keys.low} to {keys.high}, root {keys.root} {keys.tune:+d} cents"
        layer = "" if keys.hardest - keys.softest == 126 else f", velocities {keys.softest} to {keys.hardest}"
        print_note(f"{zone.file}: {where}{layer}{'' if points is None else f', loop {points.first} to {points.last}'}")
    print(*(out / f"{plan.name}.{one}" for one in kinds), sep="\n")


def _blended(model: SdaModel, clip: AudioClip, seconds: float, source: float) -> AudioClip:
    from sda_lib.editing.latent_loops import decode_loop

    clip = clip.resampled(model.sample_rate)
    sound = model.encode(clip) if model.discrete else model.latents(model.latent(clip), clip.length)
    return decode_loop(model, sound, seconds, source, "export")


def _codes(model: SdaModel, path: Path) -> Codes:
    from sda_lib.codec.codes import load_codes

    return load_codes(path) if path.suffix.lower() in CODE_FILES else encode_file(model, path)


def _seam(clip: AudioClip, points: Loop) -> str:
    from sda_lib.export.loops import measure_seam

    try:
        found = measure_seam(clip, points)
    except SdaError:
        return "none to judge"
    return f"jump {found.jump:.1f} (0 to 3 is usual), change of spectrum {found.flux:.1f} (1 is usual)"


def _seam_facts(clip: AudioClip, points: Loop) -> dict[str, float] | None:
    from sda_lib.export.loops import measure_seam

    try:
        return asdict(measure_seam(clip, points))
    except SdaError:
        return None


def _louder(clip: AudioClip, gain: float) -> AudioClip:
    from dataclasses import replace

    return replace(clip, samples=clip.samples * gain)


def _decibels(gain: float) -> float:
    from math import log10

    return -20 * log10(gain)

"""Commands for samplers: loops, stems and instruments."""

from __future__ import annotations

from dataclasses import asdict, replace
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sda_lib.cli import arguments as args
from sda_lib.cli.flags import flag
from sda_lib.cli.terminal import print, print_json, print_note, print_result
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery
from sda_lib.file_names import portable_name

if TYPE_CHECKING:
    from sda_lib.audio.clip import AudioClip
    from sda_lib.audio.tags import Loop

CODE_FILES = (".npz", ".json")
# Highest true peak of a stem.
CEILING = 0.98
# Default cross-fade in seconds of a sound that is looped as a whole.
WHOLE_FADE = 0.2


def loop(
    sound: args.SoundFile,
    out: Annotated[Path, flag("The looped sound, .wav (with --whole any format).", "--out", "-o")],
    whole: Annotated[bool, flag("Loop the whole sound, shorter by the fade.", "--whole")] = False,
    fade: Annotated[
        float | None, flag("Seconds of the cross-fade; default 0.05, with --whole or --model 0.2.", min=0)
    ] = None,
    shortest: Annotated[float, flag("Shortest loop within the sound, in seconds.", min=0)] = 0.2,
    model: Annotated[
        Path | None, args.model_option("Blend the whole sound's end into its beginning with a model.")
    ] = None,
    source: args.Source = 1.0,
    json: args.Json = False,
) -> None:
    """Loop a sound without an audible seam, and measure the seam.

    The loop that sustains a tone best is written into the file as loop points for samplers.
    """
    from sda_lib.audio.clip import read_clip
    from sda_lib.export import loops
    from sda_lib.export.loop_quality import whole_clip_loop
    from sda_lib.export.write import write_clip

    if out.suffix.lower() != ".wav" and not (whole or model):
        raise SdaError(f"{out.name} can't hold loop points; end its name in .wav, or loop the --whole sound.")
    clip = read_clip(sound)
    if whole or model:
        seconds = WHOLE_FADE if fade is None else fade
        new = _blended(model, clip, seconds, source) if model else loops.seamless(clip, seconds)
        points, plain = whole_clip_loop(new), whole_clip_loop(clip)
    else:
        new, points = loops.with_sustain_loop(clip, shortest, loops.FADE if fade is None else fade)
        plain = points
    tags = {**args.user_defaults().tags, "title": out.stem, "from": sound.name}
    path = write_clip(new, out, Delivery(loop=points), tags)
    length = (points.last + 1 - points.first) / new.sample_rate
    seam, before = _seam(new, points), _seam(clip, plain)
    if json:
        found = {"first": points.first, "last": points.last, "seconds": length}
        facts = {"path": str(path), "seconds": new.seconds, "loop": found, "seam": seam, "seam_without_fade": before}
        return print_json(facts)
    print_result(path, f"{new.seconds:.2f} s, loop {points.first} to {points.last} ({length:.3f} s)")
    print_note(f"seam: {_in_words(seam)}; without a fade {_in_words(before)}")


def stems(
    sound: Annotated[Path, typer.Argument(metavar="SOUND_OR_CODES", help="A sound file, or a code file.")],
    model: args.ModelFile,
    out: Annotated[Path, flag("Folder for the stems.", "--out", "-o")],
    levels: Annotated[str, flag("Groups of levels; 6- is all levels from 6 on.")] = "0-1,2-5,6-",
    source: args.Source = 1.0,
    force: args.Force = False,
) -> None:
    """Split a sound by the levels of its codes into one file per group, which sum to the sound.

    They are 32-bit WAV. If one is too loud for a file, all of them are attenuated alike.
    """
    from sda_lib.editing import stems as parts
    from sda_lib.export.write import write_clip

    opened = args.open_model(model)
    groups = parts.parse_groups(levels, opened.levels)
    codes = args.load_codes(sound) if sound.suffix.lower() in CODE_FILES else args.encode_file(opened, sound)
    found = parts.split_stems(opened, codes, groups, source, "export")
    gain = parts.common_gain(found, CEILING)
    title = sound.name.removesuffix(sound.suffix).removesuffix(".codes")
    facts = {"model": opened.name, "from": sound.name, "source_amount": source, "gain": f"{gain:.6g}"}
    for clip in found:
        path = out / f"{portable_name(f'{title}_{clip.name}')}.wav"
        tags = {"title": path.stem, **args.user_defaults().tags, **facts}
        loud = replace(clip, samples=clip.samples * gain)
        print(write_clip(loud, path, Delivery(32, ceiling_db=0), tags, args.number(force)))
    if gain < 1:
        print_note(f"all attenuated by {-20 * log10(gain):.1f} dB")


def instrument(
    sounds: Annotated[list[Path], typer.Argument(metavar="SOUNDS...", help="Sound files.")],
    out: Annotated[Path, flag("Folder for the instrument.", "--out", "-o")],
    by: Annotated[
        str, flag("pitch: tones at their keys, the rest from --start; chromatic: in order.", "--map")
    ] = "pitch",
    kind: Annotated[str, flag("sfz, dspreset (Decent Sampler) or both.")] = "sfz,dspreset",
    looping: Annotated[bool, flag("Find loop points for held tones in files that have none.", "--loop")] = False,
    name: Annotated[str, flag("The instrument's name; default: the folder's.")] = "",
    start: Annotated[int, flag("The first key for sounds without a pitch.", min=0, max=127)] = 36,
    force: args.Force = False,
    json: args.Json = False,
) -> None:
    """Make a sampler instrument of sound files: tones at their keys, dynamics of a key by velocity."""
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


def _blended(model: Path, clip: AudioClip, seconds: float, source: float) -> AudioClip:
    from sda_lib.editing.latent_loops import decode_loop

    opened = args.open_model(model)
    clip = clip.resampled(opened.sample_rate)
    sound = opened.encode(clip) if opened.discrete else opened.encoded_latents(clip)
    return decode_loop(opened, sound, seconds, source, "export")


def _seam(clip: AudioClip, points: Loop) -> dict[str, float] | None:
    """Return the measures of a loop's seam; None for a sound that is too short or silent."""
    from sda_lib.export.loop_quality import measure_seam

    try:
        return asdict(measure_seam(clip, points))
    except SdaError:
        return None


def _in_words(seam: dict[str, float] | None) -> str:
    if seam is None:
        return "not measurable"
    return f"jump {seam['jump']:.1f} (0 to 3 is usual), change of spectrum {seam['flux']:.1f} (1 is usual)"

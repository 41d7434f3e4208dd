"""Sampler instruments: write sound files as a folder for a sampler, in the formats SFZ and Decent Sampler.

The folder has the samples as WAV, with their loop and root note, and a file for each kind of sampler. That file is
written last, so that an instrument file is always complete.
"""

from __future__ import annotations

import contextlib
import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree

from sda_lib.analysis.loudness import measure_loudness
from sda_lib.analysis.pitch import pitch_of
from sda_lib.audio.clip import read_clip
from sda_lib.audio.tags import Loop, read_loop
from sda_lib.errors import SdaError
from sda_lib.export.finish import Delivery
from sda_lib.export.keymap import FIRST_KEY, MAPS, KeyRange, SoundFacts
from sda_lib.export.loops import with_sustain_loop
from sda_lib.export.write import write_clip
from sda_lib.file_names import numbered, safe_name
from sda_lib.files import part_folder, place, remove_partial_files, unwritable, write_atomically
from sda_lib.work_steps import Steps, drained, spread_over

SAMPLE_FOLDER = "samples"
# Release time in seconds.
RELEASE = 0.3
# Share of the time at which all sounds are measured.
MEASURED = 0.6
# Longest sample name in characters, which every file system accepts with what is added to it.
LONGEST_NAME = 100
# Characters that some file systems, or SFZ, do not allow in file names.
FORBIDDEN = '<>:"/\\|?*=$#'


@dataclass(frozen=True)
class InstrumentSettings:
    """Settings of an instrument.

    Args:
        name: name of the instrument's files.
        by: how sounds are mapped to keys, one of MAPS.
        kinds: the samplers to write files for, of SAMPLERS.
        search_loops: search a loop in sounds whose files have none.
        start: first key for sounds without a pitch.

    Raises SdaError for an unknown map or sampler, and for an invalid name.
    """

    name: str
    by: str = "pitch"
    kinds: tuple[str, ...] = ("sfz", "dspreset")
    search_loops: bool = False
    start: int = FIRST_KEY

    def __post_init__(self) -> None:
        if self.by not in MAPS:
            raise SdaError(f"There is no map {self.by!r}; there are {', '.join(MAPS)}.")
        if not self.kinds or not set(self.kinds) <= set(SAMPLERS):
            raise SdaError(f"Samplers must be some of {', '.join(SAMPLERS)}, not {', '.join(self.kinds) or 'none'}.")
        if not self.name.strip(". ") or sample_name(self.name) != self.name:
            raise SdaError(f"{self.name!r} can't name an instrument; choose letters, digits and spaces.")


@dataclass(frozen=True)
class Zone:
    """A sample's file, relative to the instrument's folder, its keys and loop, and the confidence 0..1 of its pitch."""

    file: str
    keys: KeyRange
    loop: Loop | None = None
    confidence: float = 0.0


def write_instrument(
    sounds: Sequence[str | Path], folder: str | Path, settings: InstrumentSettings, force: bool = False
) -> list[Zone]:
    """Write sound files as an instrument into a folder, and return the zone of each.

    Existing samples are never replaced. With `force`, an existing instrument of that name is replaced once all samples
    are written, and samples that no instrument of the folder uses any more are deleted. Raises SdaError for sounds that
    can't be read, for more sounds than keys, for an existing instrument of that name, and when the files can't be
    written.
    """
    return drained(instrument_in_steps(sounds, folder, settings, force))


def instrument_in_steps(
    sounds: Sequence[str | Path], folder: str | Path, settings: InstrumentSettings, force: bool = False
) -> Steps[list[Zone]]:
    """Do the same, and yield each step before it begins."""
    if not sounds:
        raise SdaError("An instrument needs at least one sound; name some files.")
    paths, folder = [Path(sound) for sound in sounds], Path(folder)
    files = {kind: folder / f"{settings.name}.{kind}" for kind in settings.kinds}
    remove_partial_files(folder.parent)  # of a process that was killed just after it placed an instrument
    existing = [str(path) for path in files.values() if path.exists()]
    if existing and not force:
        raise SdaError(f"{', '.join(existing)} exists; replace it with --force, or choose another name.")
    facts: list[SoundFacts] = []
    words = [f"measuring the pitch of {path.name}" for path in paths]
    for step, path in zip(spread_over(words, 0.0, MEASURED), paths, strict=True):
        yield step
        clip = read_clip(path)
        facts.append(SoundFacts(pitch_of(clip), measure_loudness(clip).loudness))
    sounds_and_keys = list(zip(paths, facts, MAPS[settings.by](facts, settings.start), strict=True))
    try:
        if folder.exists():
            return (yield from _write_into(folder, sounds_and_keys, settings))
        with part_folder(folder) as parts:  # the whole instrument or nothing
            zones = yield from _write_into(parts / "instrument", sounds_and_keys, settings)
            place(parts / "instrument", folder)
            return zones
    except OSError as error:
        raise unwritable(folder, error) from error


def _write_into(
    folder: Path, sounds: Sequence[tuple[Path, SoundFacts, KeyRange]], settings: InstrumentSettings
) -> Steps[list[Zone]]:
    """Write an instrument in place of one of that name, if there is one. Raises OSError and SdaError."""
    files = {kind: folder / f"{settings.name}.{kind}" for kind in settings.kinds}
    samples, old = folder / SAMPLE_FOLDER, samples_of(files.values())
    names = unique_names([path.stem for path, _, _ in sounds], {path.stem for path in samples.glob("*")})
    samples.mkdir(parents=True, exist_ok=True)
    with part_folder(samples) as parts:
        new = parts / SAMPLE_FOLDER
        written: list[Zone] = []
        words = [f"writing {name}" for name in names]
        for step, name, (path, fact, keys) in zip(spread_over(words, MEASURED, 1.0), names, sounds, strict=True):
            yield step
            confidence = fact.pitch.confidence
            written.append(_write_sample(path, new / f"{name}.wav", keys, settings.search_loops, confidence))
        zones = [replace(one, file=_place_sample(new / Path(one.file).name, samples)) for one in written]
    for kind, path in files.items():
        write_atomically(path, SAMPLERS[kind](settings.name, zones).encode())
    for name in old - samples_of(path for kind in SAMPLERS for path in folder.glob(f"*.{kind}")):
        (folder / name).unlink(missing_ok=True)
    return zones


def _place_sample(part: Path, samples: Path) -> str:
    """Move a written sample into the instrument, under a free name, and return its path in it."""
    return f"{samples.name}/{place(part, samples / part.name, '-').name}"


def samples_of(files: Iterable[Path]) -> set[str]:
    """Return the paths below the samples' folder that instrument files mention."""
    texts = [html.unescape(path.read_text(errors="replace")) for path in files if path.is_file()]
    mention = re.compile(rf"(?:sample=|path=\")({SAMPLE_FOLDER}/[^/\n\"]+\.wav)")
    return {name for text in texts for name in mention.findall(text)}


def sample_name(name: str) -> str:
    """Return a name that file systems and samplers accept; letters of any script and spaces are kept."""
    return safe_name(unicodedata.normalize("NFC", name), LONGEST_NAME, FORBIDDEN)


def unique_names(names: Sequence[str], existing: AbstractSet[str] = frozenset()) -> list[str]:
    """Return safe names, numbered where they equal an existing or an earlier one up to upper and lower case."""
    used, found = {name.casefold() for name in existing}, []
    for name in map(sample_name, names):
        found.append(next(one for one in numbered(name) if one.casefold() not in used))
        used.add(found[-1].casefold())
    return found


def _write_sample(source: Path, path: Path, keys: KeyRange, search: bool, confidence: float) -> Zone:
    """Write a sample with the loop of its file or, if there is none and `search` is true, with a loop found in it."""
    clip = read_clip(source)
    loop = read_loop(source)
    if loop is not None and loop.last >= clip.length:
        loop = None
    if loop is None and search:
        with contextlib.suppress(SdaError):  # too short or silent: no loop
            clip, loop = with_sustain_loop(clip)
    write_clip(clip, path, Delivery(loop=loop, root=keys.root), {"title": path.stem})
    return Zone(f"{path.parent.name}/{path.name}", keys, loop, confidence)


# --- formats


def sfz(name: str, zones: Sequence[Zone]) -> str:
    """Return an instrument as SFZ (sfzformat.com), one region per sample.

    The opcode `sample` comes last, as its value may contain spaces.
    """
    lines = [f"// {name}", "<global>", f"ampeg_release={RELEASE}", ""]
    for zone in zones:
        keys = zone.keys
        lines += [
            "<region>",
            f"lokey={keys.low} hikey={keys.high} pitch_keycenter={keys.root} tune={keys.tune}",
            f"lovel={keys.softest} hivel={keys.hardest}",
            "loop_mode=no_loop"
            if zone.loop is None
            else f"loop_mode=loop_continuous loop_start={zone.loop.first} loop_end={zone.loop.last}",
            f"sample={zone.file}",
            "",
        ]
    return "\n".join(lines)


def dspreset(name: str, zones: Sequence[Zone]) -> str:
    """Return an instrument as XML for Decent Sampler, with tuning in semitones."""
    root = ElementTree.Element("DecentSampler", minVersion="1.0.0", presetName=name)
    group = ElementTree.SubElement(ElementTree.SubElement(root, "groups", release=str(RELEASE)), "group")
    for zone in zones:
        keys = zone.keys
        facts = {
            "path": zone.file, "rootNote": keys.root, "loNote": keys.low, "hiNote": keys.high, "loVel": keys.softest,
            "hiVel": keys.hardest, "tuning": f"{keys.tune / 100:g}",
            "loopEnabled": "false" if zone.loop is None else "true",
        }  # fmt: skip
        if zone.loop is not None:
            facts |= {"loopStart": zone.loop.first, "loopEnd": zone.loop.last}
        ElementTree.SubElement(group, "sample", {key: str(value) for key, value in facts.items()})
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


SAMPLERS = {"sfz": sfz, "dspreset": dspreset}

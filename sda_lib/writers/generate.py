"""Generate a take from options: one function for the command line, the page and scripts."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.codec.frames import CodeStream
from sda_lib.codec.placement import Placement
from sda_lib.errors import SdaError
from sda_lib.export.limiter import REACH, limited
from sda_lib.export.write import HELD_SECONDS, Stream
from sda_lib.memory.grains import Match
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.auto_duration import with_duration, with_duration_of
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.compose_latents import compose_latents
from sda_lib.writers.long_sound import is_long, long_codes
from sda_lib.writers.options import GenerateOptions, sets_duration
from sda_lib.writers.take import Sound, Source, Take
from sda_lib.writers.varispeed import with_varispeed

FADE_SECONDS = 0.01


def generate(
    model: SdaModel, options: GenerateOptions | None = None, codes: Codes | None = None, given: Sound | None = None
) -> Take:
    """Write new codes and decode them; work on a `given` sound; or only decode `codes`.

    A `given` sound is partly regenerated with the option `regenerate`, varied on some levels with `levels`, and
    continued otherwise. A model without codes reads and writes latents. Raises SdaError when the options are
    impossible.
    """
    options = options or GenerateOptions()
    if codes is None:
        sound, options = resolved_sound(model, options, given)
    else:
        sound, options = codes, with_duration_of(options, codes)
    clip, match = model.decode_with_sources(sound, options.source_amount, options.quality)
    if codes is None and sets_duration(options, given):
        clip = cut_with_fade(clip, sound.seconds)
    if options.part is not None:
        first, end = part_of(sound, options.part)
        clip = dataclasses.replace(clip, samples=clip.samples[:, first:end])
    sources = _sources(model, match)
    if isinstance(sound, Latents):
        return Take(clip, None, options, sources, sound)
    return Take(clip, sound, options, sources)


def resolved_sound(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None
) -> tuple[Sound, GenerateOptions]:
    """Return the codes or latents that `generate` decodes, and the options with `auto` resolved. Raises SdaError."""
    options = with_duration(model, with_varispeed(options, given), given)
    return compose_sound(model, options, given), options


def compose_sound(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> Sound:
    """Return the codes or latents that the options describe; `other` as in `compose_codes`. Raises SdaError."""
    if not model.discrete:
        if other is not None or isinstance(given, Codes):
            raise SdaError(model.why_no_codes)
        return compose_latents(model, options, given)
    if isinstance(given, Latents) or isinstance(other, Latents):
        raise SdaError(f"{model.title} works on codes; encode the sound with it first.")
    return compose_codes(model, options, given, other)


def compose_any(
    model: SdaModel, options: GenerateOptions, given: Sound | None = None, other: Sound | None = None
) -> Sound | CodeStream:
    """Return what `compose_sound` does, and the codes of a new sound of any length. Raises SdaError."""
    if is_long(options) and given is None and other is None:
        return long_codes(model, options)
    return compose_sound(model, options, given, other)


def part_of(sound: Placement, seconds: tuple[float, float]) -> tuple[int, int]:
    """Return the samples first..end of a part in seconds. Raises SdaError for one outside the sound."""
    first, end = (min(round(one * sound.sample_rate), sound.samples) for one in seconds)
    if not (0 <= seconds[0] < seconds[1] and 0 <= first < end and seconds[1] <= sound.seconds + 1e-3):
        raise SdaError(f"{seconds[0]:g} to {seconds[1]:g} s is no part of a sound of {sound.seconds:.2f} s.")
    return first, end


def decode_in_blocks(
    model: SdaModel,
    sound: Sound | CodeStream,
    source_amount: float,
    quality: str,
    faded: bool = False,
    part: tuple[int, int] | None = None,
) -> Iterator[AudioClip]:
    """Yield the decoded audio of codes or latents block by block, in memory independent of their length.

    `faded` adds a short fade-out, for a sound that was cut off at its end. Of a `part` given in samples, first and end,
    the samples are those of the whole, and no others are decoded but those of its first and last frame.
    """
    first, end = part or (0, sound.samples)
    frames = [sound.frame_of(sample / sound.sample_rate) for sample in (first, end)]
    begin, stop = max(0, int(frames[0]) - 1), min(sound.frames, math.ceil(frames[1]) + 1)
    begin, stop = (0, sound.frames) if part is None else (begin, stop)
    done = sound.sample_of(begin)
    for clip in model.decode_blocks(sound, source_amount, quality, begin, stop):
        clip = _fade_towards(clip, sound.samples - done) if faded else clip
        inside = slice(max(0, first - done), max(0, end - done))
        done += clip.length
        if part is None:
            yield clip
        elif clip.samples[:, inside].size:
            yield dataclasses.replace(clip, samples=clip.samples[:, inside])


def decoded_stream(
    model: SdaModel,
    sound: Sound | CodeStream,
    source_amount: float = 1.0,
    quality: str = "export",
    faded: bool = False,
    part: tuple[int, int] | None = None,
    ceiling: float | None = None,
) -> Stream:
    """Return the decoded audio of codes or latents as a stream, decoded block by block wherever it is read.

    A sound of up to HELD_SECONDS is decoded once: one that exceeds the ceiling is written twice. `faded` and `part` as
    in `decode_in_blocks`. Peaks above the `ceiling` (1: full scale) are lowered one by one; None leaves them.
    """
    first, end = part or (0, sound.samples)
    if ceiling is None:
        blocks = partial(decode_in_blocks, model, sound, source_amount, quality, faded, part)
    else:
        begin = max(0, first - REACH)
        wide = begin, min(sound.samples, end + REACH)
        around = partial(decode_in_blocks, model, sound, source_amount, quality, faded, wide)
        blocks = partial(_limited_part, around, ceiling, first - begin, end - begin)
    held = tuple(blocks()) if end - first <= HELD_SECONDS * model.sample_rate else ()
    return Stream(lambda: held or blocks(), end - first, model.sample_rate, model.recipe.audio.channels)


def _limited_part(
    blocks: Callable[[], Iterator[AudioClip]], ceiling: float, first: int, end: int
) -> Iterator[AudioClip]:
    """Yield samples first..end of a sound with its peaks lowered to a ceiling."""
    done = 0
    for clip in limited(blocks(), ceiling):
        inside = slice(max(0, first - done), max(0, end - done))
        done += clip.length
        if clip.samples[:, inside].size:
            yield dataclasses.replace(clip, samples=clip.samples[:, inside])


def cut_with_fade(clip: AudioClip, seconds: float) -> AudioClip:
    """Return the first seconds of the clip, with a short fade-out to avoid a click."""
    clip = clip.cut(round(seconds * clip.sample_rate))
    return _fade_towards(clip, clip.length)


def _fade_towards(clip: AudioClip, end: int) -> AudioClip:
    """Return the clip with a fade-out that reaches silence at sample `end`."""
    fade = min(round(FADE_SECONDS * clip.sample_rate), end)
    first = max(0, end - fade)
    if clip.length <= end - fade:
        return clip
    faded = clip.samples[:, first:] * np.linspace(1, 0, fade, dtype=np.float32)[: clip.length - first]
    return clip.spliced(dataclasses.replace(clip, samples=faded), first)


def _sources(model: SdaModel, match: Match | None) -> tuple[Source, ...]:
    """Return the source of each frame's grain; none without a match."""
    if match is None or model.memory is None:
        return ()
    pairs = zip(match.grain.tolist(), match.distance.tolist(), strict=True)
    return tuple(Source(*model.memory.source(grain), distance) for grain, distance in pairs)

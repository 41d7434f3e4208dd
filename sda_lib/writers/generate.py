"""Generate a take from options: one function for the command line, the page and scripts."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.codec.codes import Codes
from sda_lib.errors import SdaError
from sda_lib.export.file_stream import HELD_SECONDS
from sda_lib.export.write import Stream
from sda_lib.memory.grains import Match
from sda_lib.model.model import SdaModel
from sda_lib.prior.gaussian import Latents
from sda_lib.writers.auto_duration import with_duration, with_duration_of
from sda_lib.writers.compose_codes import compose_codes
from sda_lib.writers.compose_latents import compose_latents
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


def decode_in_blocks(
    model: SdaModel, sound: Sound, source_amount: float, quality: str, faded: bool = False
) -> Iterator[AudioClip]:
    """Yield the decoded audio of codes or latents block by block, in memory independent of their length.

    `faded` adds a short fade-out, for a sound that was cut off at its end.
    """
    done = 0
    for clip in model.decode_blocks(sound, source_amount, quality):
        yield _fade_towards(clip, sound.samples - done) if faded else clip
        done += clip.length


def decoded_stream(
    model: SdaModel, sound: Sound, source_amount: float = 1.0, quality: str = "export", faded: bool = False
) -> Stream:
    """Return the decoded audio of codes or latents as a stream, decoded block by block wherever it is read.

    A sound of up to HELD_SECONDS is decoded once: one that exceeds the ceiling is written twice. `faded` as in
    `decode_in_blocks`.
    """
    blocks = partial(decode_in_blocks, model, sound, source_amount, quality, faded)
    held = tuple(blocks()) if sound.samples <= HELD_SECONDS * model.sample_rate else ()
    return Stream(lambda: held or blocks(), sound.samples, model.sample_rate, model.recipe.audio.channels)


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

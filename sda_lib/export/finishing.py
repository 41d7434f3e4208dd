"""Finishing: everything between a decoded clip and its file: effects, spatial placement, trim, loop and delivery."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Tags
from sda_lib.export import loops
from sda_lib.export.effects import insert_effects, master_effects
from sda_lib.export.finish import Delivery, Finish
from sda_lib.export.loop_quality import whole_clip_loop
from sda_lib.export.spatial import compatibility, place_in_space
from sda_lib.export.write import Stream, write_clip, write_stream

# Seconds kept before and after the part that exceeds the trim level.
MOMENT = 0.005


def apply_finish(clip: AudioClip, finish: Finish) -> AudioClip:
    """Apply effects, spatial placement and trim to a clip.

    Raises SdaError if effects are not installed or don't fit the placement, and for a SOFA file that can't be read.
    """
    clip = master_effects(place_in_space(insert_effects(clip, finish.effects), finish.space), finish.effects)
    return trim_silence(clip, finish.trim) if finish.trim else clip


def trim_silence(clip: AudioClip, decibels: float) -> AudioClip:
    """Remove both ends of a clip that are this many dB below its peak; MOMENT is kept on either side."""
    loud = np.flatnonzero(np.abs(clip.samples).max(0) > clip.peak * 10 ** (-decibels / 20))
    if not len(loud):
        return clip
    moment = round(MOMENT * clip.sample_rate)
    first, end = max(0, loud[0] - moment), loud[-1] + 1 + moment
    return dataclasses.replace(clip, samples=clip.samples[:, first:end])


def mono_tags(clip: AudioClip, finish: Finish) -> dict[str, str]:
    """Return the mono compatibility of a clip placed in stereo, as tags; none for other modes."""
    if finish.space.mode != "stereo":
        return {}
    found = compatibility(clip)
    return {"correlation": f"{found.correlation:.2f}", "mono_loss": f"{found.mono_loss + 0:.1f} dB"}


def with_loop(clip: AudioClip, finish: Finish) -> tuple[AudioClip, Delivery]:
    """Return the clip with the requested loop, and the delivery that contains it.

    The loop is searched at the delivered sample rate, since resampling would shift it. Raises SdaError for a clip that
    can't be looped.
    """
    if not finish.loop:
        return clip, finish.delivery
    clip = clip.resampled(finish.delivery.sample_rate or clip.sample_rate)
    if finish.loop == "points":
        clip, points = loops.with_sustain_loop(clip)
    else:
        clip = loops.seamless(clip)
        points = whole_clip_loop(clip)
    return clip, dataclasses.replace(finish.delivery, loop=points)


def write_finished(
    clip: AudioClip, path: str | Path, finish: Finish | None = None, tags: Tags | None = None, number: str = ""
) -> Path:
    """Finish a clip and write it atomically. Raises SdaError as `apply_finish`, `with_loop` and `write_clip` do."""
    finish = finish or Finish()
    clip, delivery = with_loop(apply_finish(clip, finish), finish)
    return write_clip(clip, path, delivery, {**(tags or {}), **mono_tags(clip, finish), **finish.tags}, number)


def write_finished_stream(
    stream: Stream, path: str | Path, finish: Finish | None = None, tags: Tags | None = None, number: str = ""
) -> Path:
    """Finish a stream and write it, as `write_finished` does.

    The whole sound is held in memory only if effects, placement, trim or loop need it.
    """
    finish = finish or Finish()
    if finish.is_plain:
        return write_stream(stream, path, finish.delivery, {**(tags or {}), **finish.tags}, number)
    samples = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    return write_finished(AudioClip(samples, stream.sample_rate, Path(path).stem), path, finish, tags, number)

"""Finishing: everything between a decoded clip and its file: effects, spatial placement, trim, loop and delivery."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np

from sda_lib.audio.clip import AudioClip
from sda_lib.audio.tags import Tags
from sda_lib.errors import SdaError
from sda_lib.export import loops
from sda_lib.export.effects import insert_effects, master_effects
from sda_lib.export.finish import Delivery, Finish
from sda_lib.export.loop_quality import whole_clip_loop
from sda_lib.export.spatial import Compatibility, compatibility, compatibility_of, place_in_space
from sda_lib.export.stream_finishing import MOMENT, finished_stream, is_finished_by_blocks
from sda_lib.export.write import HELD_SECONDS, Stream, write_clip, write_stream
from sda_lib.files import part_folder, unwritable

# Most samples, of all channels, of a sound that is held in memory as a whole: 1 GB, an hour and a half in mono.
MOST_HELD = 1 << 28


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
    return compatibility_tags(compatibility(clip))


def compatibility_tags(found: Compatibility) -> dict[str, str]:
    """Return a mono compatibility as tags."""
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

    A sound of more than HELD_SECONDS is finished block by block; the samples between two effects are kept in files
    beside the path. Placement around the head, ambisonics and loops need the whole sound in memory. Raises SdaError as
    `write_finished` does, and for a sound that is too long for that.
    """
    path, finish = Path(path), finish or Finish()
    if finish.is_plain:
        return write_stream(stream, path, finish.delivery, {**(tags or {}), **finish.tags}, number)
    if stream.length > HELD_SECONDS * stream.sample_rate and is_finished_by_blocks(finish):
        return _write_by_blocks(stream, path, finish, tags, number)
    if stream.length * stream.channels > MOST_HELD:
        raise SdaError(
            f"A sound of {stream.seconds / 60:.0f} minutes is too long to be looped or placed around the head; "
            "do that with parts of it, or leave it out."
        )
    samples = np.concatenate([clip.samples for clip in stream.blocks()], 1)
    return write_finished(AudioClip(samples, stream.sample_rate, path.stem), path, finish, tags, number)


def _write_by_blocks(stream: Stream, path: Path, finish: Finish, tags: Tags | None, number: str) -> Path:
    try:
        with part_folder(path) as folder:
            finished = finished_stream(stream, finish, folder)
            stereo = compatibility_tags(compatibility_of(finished.blocks())) if finish.space.mode == "stereo" else {}
            facts = {**(tags or {}), **stereo, **finish.tags}
            return write_stream(finished, path, finish.delivery, facts, number)
    except OSError as error:
        raise unwritable(path, error) from error

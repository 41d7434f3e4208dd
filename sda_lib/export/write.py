"""Write a sound as a file at the requested format, rate and level, with tags and loop points."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import soxr

from sda_lib.analysis.loudness import LoudnessMeter
from sda_lib.analysis.true_peak import TruePeakMeter
from sda_lib.audio.channel_layout import AMBIX, AMBIX_CHANNELS
from sda_lib.audio.clip import AudioClip, parts_of
from sda_lib.audio.disk_file import DiskFile
from sda_lib.audio.formats import FORMATS, KBPS, Format, format_of
from sda_lib.audio.reader import open_sound
from sda_lib.audio.tags import Loop, Tags, read_tags, write_tags
from sda_lib.errors import SdaError
from sda_lib.export.dither import Dither
from sda_lib.export.finish import Delivery
from sda_lib.export.normalize import loudness_gain, peak_ceiling
from sda_lib.files import write_atomically

__all__ = ["FORMATS", "Delivery", "Loop", "Stream", "read_tags", "write_clip", "write_stream"]

# Sounds of up to this length are read, or decoded, once and held in memory while they are written.
HELD_SECONDS = 60.0
# Bytes of samples above which a .wav is written as RF64, its form for large files.
LARGEST_WAV = 4_000_000_000
# Bit depth at which rounding is audible as distortion; dither of triangular density, two steps wide, prevents it.
DITHER_BITS = 16
# Maximum number of attempts at writing a lossy file until its decoded peak is under the ceiling.
ATTEMPTS = 5
# Additional gain reduction for lossy formats, whose peaks change slightly with the level.
SPARE = 0.995


@dataclass(frozen=True)
class Stream:
    """A sound of `length` samples in successive clips; every call of `blocks` returns all of them.

    A part of another sound gets the level that the `whole` would have.
    """

    blocks: Callable[[], Iterable[AudioClip]]
    length: int
    sample_rate: int
    channels: int
    whole: Stream | None = None

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return self.length / self.sample_rate


def write_clip(
    clip: AudioClip, path: str | Path, delivery: Delivery | None = None, tags: Tags | None = None, number: str = ""
) -> Path:
    """Write a clip atomically, in the format of the path's suffix, and return the path.

    Args:
        tags: title, artist, date … and anything else, e.g. model and seed.
        number: never replace a file; add this and a number to the name instead (`write_atomically`).

    Raises SdaError for an unknown format, depth or rate, for an empty clip, and when the file can't be written.
    """
    stream = Stream(lambda: [clip], clip.length, clip.sample_rate, clip.channels)
    return write_stream(stream, path, delivery, tags, number)


def write_stream(
    stream: Stream, path: str | Path, delivery: Delivery | None = None, tags: Tags | None = None, number: str = ""
) -> Path:
    """Write a sound that need not fit into memory, as `write_clip` does.

    The peak is known only at the end. Since few sounds exceed the ceiling, the file is written at once, and again at a
    lower level if this one does. That costs no time in the usual case, and never the space of a second file.
    """
    path, delivery = Path(path), delivery or Delivery()
    rate = delivery.sample_rate or stream.sample_rate
    form = format_of(path.name, path.suffix, delivery.bit_depth, rate, stream.channels)
    if stream.length == 0:
        raise SdaError(f"{path.name} would be empty; make the sound longer.")
    writer = _Writer(stream, delivery, form, rate, peak_ceiling(delivery, form))

    def write(part: Path) -> None:
        if stream.whole is None:
            writer.write_at_level(part)
        else:
            writer.write(part, replace(writer, stream=stream.whole).write_at_level(part))
        layout = {"layout": AMBIX} if stream.channels == AMBIX_CHANNELS else {}
        write_tags(part, {**layout, **(tags or {})}, delivery.loop, delivery.root)

    return write_atomically(path, write, number)


@dataclass(frozen=True)
class _Writer:
    """Writes a stream as delivered.

    `form` is the format of the file, `rate` its sample rate in Hz, `ceiling` its largest true peak.
    """

    stream: Stream
    delivery: Delivery
    form: Format
    rate: int
    ceiling: float

    def write_at_level(self, path: Path) -> float:
        """Write the sound at the requested loudness and under the ceiling; return its gain."""
        gain, peak = 1.0, self.ceiling
        if self.delivery.lufs is not None:
            meter = LoudnessMeter(self.rate, self.stream.channels)
            gain = loudness_gain(self.parts(), meter, self.delivery.lufs, self.ceiling)
        for _ in range(ATTEMPTS):
            if peak > self.ceiling:
                gain *= self.ceiling / peak * (SPARE if self.form.lossy else 1)
            peak = self.write(path, gain)
            if peak <= self.ceiling:
                break
        return gain

    def write(self, path: Path, gain: float) -> float:
        """Write the sound times a gain; return the true peak of the file, up to rounding."""
        meter = TruePeakMeter(self.rate, self.stream.channels)
        dither = Dither(self.stream.channels, 2.0 ** (1 - DITHER_BITS))
        with (
            DiskFile(path, "w") as disk,
            disk.raising_write_errors(),
            soundfile.SoundFile(disk, "w", **self._soundfile_options()) as file,
        ):
            for block in self._blocks():
                for part in self._finished(block, gain, dither, meter):
                    file.write(part.T)
        return _peak_in(path) if self.form.lossy else meter.peak

    def _soundfile_options(self) -> dict[str, Any]:
        container = self.form.container
        size = self.stream.length * self.stream.channels * self.delivery.bit_depth // 8
        if container == "WAV" and size * self.rate / self.stream.sample_rate > LARGEST_WAV:
            container = "RF64"
        facts = {"samplerate": self.rate, "channels": self.stream.channels, "format": container}
        facts["subtype"] = self.form.subtype(self.delivery.bit_depth)
        if self.form.lossy:
            facts["compression_level"] = min(1 - self.delivery.quality, 0.99)
        if self.form.container == "MP3":
            facts["bitrate_mode"] = "VARIABLE" if self.delivery.kbps is None else "CONSTANT"
            if self.delivery.kbps is not None:
                facts["compression_level"] = min((KBPS[1] - self.delivery.kbps) / (KBPS[1] - KBPS[0]), 0.99)
        return facts

    def _finished(self, block: _Block, gain: float, dither: Dither, meter: TruePeakMeter) -> Iterator[np.ndarray]:
        """Yield the parts of a block as they are written, and measure them before they are rounded."""
        scaled = functools.partial(self._scaled, block, gain)
        noise = dither.of_block(block.length) if self._dithered and any(map(np.any, scaled())) else None
        for part in scaled():
            meter.add(part)
            yield self._limited(part if noise is None else part + noise.next(part.shape[1]))

    @property
    def _dithered(self) -> bool:
        return not self.form.lossy and self.form.subtype(self.delivery.bit_depth) == f"PCM_{DITHER_BITS}"

    def _limited(self, part: np.ndarray) -> np.ndarray:
        """Clip at the ceiling: a sound that exceeds it is written again at a lower level.

        Lossy formats accept any level, and their decoded peak is checked.
        """
        return part if self.form.lossy else np.clip(part, -self.ceiling, self.ceiling)

    def parts(self) -> Iterator[np.ndarray]:
        """Yield the sound at its delivered rate and with its fades in small parts, float64 [channel, time]."""
        for block in self._blocks():
            yield from self._scaled(block, 1.0)

    def _scaled(self, block: _Block, gain: float) -> Iterator[np.ndarray]:
        done, total = block.first, self.stream.length * self.rate / self.stream.sample_rate
        for part in block.parts:
            seconds = (done + np.arange(part.shape[1])) / self.rate
            done += part.shape[1]
            yield part.astype(np.float64) * self._fades(seconds, total / self.rate) * gain

    def _fades(self, seconds: np.ndarray, total: float) -> np.ndarray:
        gain = np.ones(len(seconds))
        for fade, distance in ((self.delivery.fade_in, seconds), (self.delivery.fade_out, total - seconds)):
            if fade:
                gain *= np.clip(distance / fade, 0, 1)
        return np.sin(0.5 * np.pi * gain) ** 2

    def _blocks(self) -> Iterator[_Block]:
        """Yield the blocks of the stream at the delivered rate, in smaller ones where that makes no difference."""
        first = 0
        for parts in self._resampled():
            block = _Block(parts, first)
            first += block.length
            yield block

    def _resampled(self) -> Iterator[list[np.ndarray]]:
        if self.rate == self.stream.sample_rate:
            yield from (parts_of(clip.samples) for clip in self.stream.blocks())
            return
        resampler = soxr.ResampleStream(self.stream.sample_rate, self.rate, self.stream.channels, "float64", "VHQ")
        for clip in self.stream.blocks():
            given = (np.ascontiguousarray(part.T, np.float64) for part in parts_of(clip.samples))
            parts = (resampler.resample_chunk(part).T.copy() for part in given)  # soxr's own array is larger
            if self._dithered:
                yield list(parts)
            else:
                yield from ([part] for part in parts)
        yield [resampler.resample_chunk(np.zeros((0, self.stream.channels)), last=True).T]


@dataclass(frozen=True)
class _Block:
    """A block of a stream in parts [channel, time], from sample `first` on."""

    parts: list[np.ndarray]
    first: int

    @property
    def length(self) -> int:
        return sum(part.shape[1] for part in self.parts)


def _peak_in(path: Path) -> float:
    """Return the true peak of a lossy file's decoded sound."""
    with open_sound(path) as file:
        meter = TruePeakMeter(file.sample_rate, file.channels)
        for block in file.blocks(1 << 16):
            meter.add(block.T)
    return meter.peak


def __getattr__(name: str) -> Any:
    if name != "write":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"{__name__}.write is now {__name__}.write_clip; removed in 0.3", DeprecationWarning, stacklevel=2)
    return write_clip

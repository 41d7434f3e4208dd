"""Media: the sound of phone recordings and videos, and of encodings that libsndfile doesn't know, decoded by PyAV.

PyAV (FFmpeg) is the optional extra `media`. A file from elsewhere may name other files and addresses, or use any of
some hundred formats: only the formats and audio codecs below are opened, through the one open file. Its declared
length is not used.
"""

from __future__ import annotations

import errno
import functools
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from sda_lib import faults
from sda_lib.audio.suffixes import can_read_media

# Demuxers of FFmpeg that are tried: those of MEDIA_SUFFIXES, and of sounds under a wrong suffix. None follows links.
FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,amr,amrnb,amrwb,ac3,eac3,dts,dtshd,mlp,truehd,asf,avi,flv,mpeg,mpegts,"
    "tta,wv,ape,mpc,mpc8,shn,tak,dsf,iff,rm,ogg,wav,w64,aiff,caf,flac,mp3"
)
# Those that are tried for a file that libsndfile refuses: its encoding may be one that libsndfile lacks.
CONTAINERS = "wav,w64,aiff,caf"
# Range of integer samples by NumPy's names of their types; floats are samples already.
FULL_SCALE = {"uint8": 1 << 7, "int16": 1 << 15, "int32": 1 << 31}
# Packets without any sound after which a stream counts as holding none.
MOST_SILENT_PACKETS = 10_000


class _File(io.FileIO):
    """A file whose seeking fails without an exception, which PyAV would print: damaged files point anywhere."""

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        try:
            return super().seek(offset, whence)
        except OSError:
            return -errno.EINVAL


class MediaFile:
    """The first audio stream of a file, with those attributes of `soundfile.SoundFile` that the reader uses.

    `speakers` names the channels as FFmpeg does; `frames` is -1: the declared length is not used. Raises ValueError for
    a file without sound, and PyAV's errors.
    """

    format, frames = "MEDIA", -1

    def __init__(self, path: Path, formats: str = FORMATS) -> None:
        self._raw = _File(path)
        self._container: Any = None
        try:
            self._open(formats)
        except BaseException:
            self.close()
            raise

    def _open(self, formats: str) -> None:
        import av

        options = {"format_whitelist": formats, "protocol_whitelist": "", "codec_whitelist": _audio_codecs()}
        self._container = av.open(self._raw, "r", options=options, metadata_errors="replace")
        streams = self._container.streams.audio
        if not streams:
            raise ValueError("it holds no sound")
        self.codec = str(streams[0].codec_context.name)
        self._stream, self._damaged, self._packets = streams[0], 0, 0
        self._streams = len(streams)
        self._decoded = self._blocks()
        self._held = next(self._decoded, None)
        if self._held is None:
            raise ValueError("it holds no sound that can be decoded")

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is unusual about the part that was read, in a few words each."""
        several = (f"the first of its {self._streams} audio streams is read",) if self._streams > 1 else ()
        damaged = (f"{self._damaged} damaged packets left out",) if self._damaged else ()
        return (*several, *damaged)

    def read(self, frames: int, dtype: str = "float32", always_2d: bool = True) -> np.ndarray:
        """Read up to this many frames [time, channel], float32; fewer only at the end."""
        found, count = [np.zeros((0, self.channels), np.float32)], 0
        while count < frames and self._held is not None:
            found.append(self._held[: frames - count])
            rest = self._held[frames - count :]
            count += len(found[-1])
            self._held = rest if len(rest) else next(self._decoded, None)
        return np.concatenate(found)

    def close(self) -> None:
        if self._container is not None:
            self._container.close()
        self._raw.close()

    def _blocks(self) -> Iterator[np.ndarray]:
        """Yield the samples of the stream's frames. Raises ValueError if their rate or channels change."""
        kind: tuple[Any, ...] = ()
        for frame in self._frames():
            names = tuple(channel.name for channel in frame.layout.channels)
            found = frame.sample_rate, names
            if not kind:
                kind = found
                self.samplerate, self.channels, self.speakers = frame.sample_rate, len(names), names
            if found != kind:
                raise ValueError("its sample rate or channels change midway")
            if len(samples := _samples(frame)):
                yield samples

    def _frames(self) -> Iterator[Any]:
        """Yield the decoded frames; packets that can't be decoded are passed over, as long as most others can."""
        import av

        given = 0
        for packet in self._container.demux(self._stream):
            self._packets += 1
            try:
                frames = packet.decode()
            except av.error.EOFError:
                return
            except (av.error.InvalidDataError, av.error.PatchWelcomeError):
                self._damaged += 1
                frames = []
            given += len(frames)
            yield from frames
            if self._damaged > given + 10 or (not given and self._packets > MOST_SILENT_PACKETS):
                raise ValueError("most of its packets are damaged")


def encoded_sound(path: Path) -> MediaFile | None:
    """Open a file in a known container that libsndfile refuses for its encoding; None for any other fault of it."""
    if not can_read_media():
        return None
    try:
        file = MediaFile(path, CONTAINERS)
    except Exception as error:  # libsndfile's own reason is the one to report
        faults.pass_on(error)
        return None
    if not file.codec.startswith("pcm_"):
        return file
    file.close()
    return None


@functools.cache
def _audio_codecs() -> str:
    """Return the names of FFmpeg's audio decoders, joined by commas: pictures are never decoded."""
    import av

    def is_audio(name: str) -> bool:
        try:
            return av.Codec(name, "r").type == "audio"
        except ValueError:  # an encoder alone
            return False

    return ",".join(sorted(filter(is_audio, av.codecs_available)))


def _samples(frame: Any) -> np.ndarray:
    """Return the samples of a frame, float32 [time, channel]."""
    array = frame.to_ndarray()
    table = array.T if frame.format.is_planar else array.reshape(-1, len(frame.layout.channels))
    if table.dtype.kind == "f":
        return table.astype(np.float32)
    scale = FULL_SCALE[table.dtype.name]
    return ((table.astype(np.float64) - (scale if table.dtype.kind == "u" else 0)) / scale).astype(np.float32)

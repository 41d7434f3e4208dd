"""Layout: what the channels of a sound file are, and how more than two are mixed down.

Speaker layouts are mixed to left and right as in Recommendation ITU-R BS.775, Annex 4: center and surround channels at
-3 dB, no low-frequency channel; then scaled so that nothing can clip. Of first-order ambisonics the omnidirectional
channel remains. Channels that the file says nothing about are mixed to one by their mean.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from sda_lib.audio.parts import chunks

# Speakers by the bits of a WAV file's channel mask, with their gains to left and right.
HALF = 0.5**0.5
SPEAKERS = {
    "FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (HALF, HALF), "LFE": (0.0, 0.0), "BL": (HALF, 0.0), "BR": (0.0, HALF),
    "FLC": (1.0, HALF), "FRC": (HALF, 1.0), "BC": (0.5, 0.5), "SL": (HALF, 0.0), "SR": (0.0, HALF), "TC": (0.5, 0.5),
    "TFL": (HALF, 0.0), "TFC": (0.5, 0.5), "TFR": (0.0, HALF), "TBL": (HALF, 0.0), "TBC": (0.5, 0.5),
    "TBR": (0.0, HALF),
}  # fmt: skip
# Orders of speakers by the number of channels: FLAC (RFC 9639), Vorbis and Opus (RFC 7845), and 5.1 and 7.1 in WAV.
FLAC_ORDER = {
    3: "FL FR FC", 4: "FL FR BL BR", 5: "FL FR FC BL BR", 6: "FL FR FC LFE BL BR", 7: "FL FR FC LFE BC SL SR",
    8: "FL FR FC LFE BL BR SL SR",
}  # fmt: skip
OGG_ORDER = {
    3: "FL FC FR", 4: "FL FR BL BR", 5: "FL FC FR BL BR", 6: "FL FC FR BL BR LFE", 7: "FL FC FR SL SR BC LFE",
    8: "FL FC FR SL SR BL BR LFE",
}  # fmt: skip
WAV_ORDER = {6: FLAC_ORDER[6], 8: FLAC_ORDER[8]}
EXTENSIBLE = 0xFFFE
# Identifier of the B-format subtypes of WAV files, from the third byte on.
B_FORMAT = bytes.fromhex("00002107d3118644c8c1ca000000")
# Tag value of first-order ambisonics with channels W, Y, Z, X (ACN) and SN3D, and the bytes at either end of a file in
# which it is searched.
AMBIX, AMBIX_CHANNELS = "AmbiX (ACN, SN3D)", 4
TAGS_WITHIN = 1 << 16
SURROUND = {6: "5.1", 8: "7.1"}


@dataclass(frozen=True)
class Layout:
    """The layout of a file's channels.

    `name` in a few words; `mix` [1 or 2, channel]: the gains of the down-mix; `whole`: a clip may keep its channels.
    """

    name: str
    mix: np.ndarray
    whole: bool = False

    def mixed(self, samples: np.ndarray) -> np.ndarray:
        """Return samples [time, channel] mixed down to [time, 1 or 2].

        Sums are taken channel by channel: those of a matrix product depend on the number of samples.
        """
        gains = self.mix.astype(np.float32)
        return np.stack([sum(gain * channel for gain, channel in zip(row, samples.T, strict=True)) for row in gains], 1)

    @property
    def remark(self) -> str:
        """What happens to the channels, in a few words; empty for one or two."""
        if self.mix.shape[1] <= 2:
            return ""
        return f"{self.name}, mixed to {'mono' if len(self.mix) == 1 else 'stereo'}"


def layout_of(path: Path, channels: int) -> Layout:
    """Return the layout that a file states, or that its format prescribes for this number of channels."""
    if channels <= 2:
        return Layout("mono" if channels == 1 else "stereo", np.eye(channels))
    if path.suffix.lower() == ".amb":
        return ambisonic(channels)
    if channels == AMBIX_CHANNELS and _says_ambix(path):
        return Layout(AMBIX, np.eye(1, channels), whole=True)
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] in (b"RIFF", b"RF64") and head[8:] == b"WAVE":
            return _of_wav(file, channels)
    order = {b"fLaC": FLAC_ORDER, b"OggS": OGG_ORDER}.get(head[:4], {})
    return of_speakers(order[channels].split()) if channels in order else unknown(channels)


def ambisonic(channels: int) -> Layout:
    """Return the layout of ambisonics, whose first channel is omnidirectional in every convention."""
    return Layout(f"ambisonics of {channels} channels", np.eye(1, channels))


def of_speakers(names: list[str]) -> Layout:
    """Return the layout of speakers, by the names of SPEAKERS."""
    mix = np.array([SPEAKERS[name] for name in names]).T
    word = SURROUND.get(len(names), f"{len(names)} channels") if "LFE" in names else f"{len(names)} speakers"
    return Layout(word, mix / max(float(mix.sum(1).max()), 1.0))


def of_channels(names: tuple[str, ...]) -> Layout:
    """Return the layout of channels that FFmpeg has named: mono, stereo, speakers, AMBI… or unnamed ones."""
    if len(names) <= 2:
        return Layout("mono" if len(names) == 1 else "stereo", np.eye(len(names)))
    if all(name.startswith("AMBI") for name in names):
        return ambisonic(len(names))
    return of_speakers(list(names)) if set(names) <= set(SPEAKERS) else unknown(len(names))


def unknown(channels: int) -> Layout:
    """Return the layout of channels that nothing is known of."""
    return Layout(f"{channels} channels of unknown layout", np.full((1, channels), 1 / channels))


def _of_wav(file: BinaryIO, channels: int) -> Layout:
    """Return the layout by a WAV file's format chunk."""
    form = next((_content(file, offset, length) for offset, name, length in chunks(file) if name == b"fmt "), b"")
    if len(form) >= 40 and struct.unpack_from("<H", form)[0] == EXTENSIBLE:
        if form[26:40] == B_FORMAT:
            return ambisonic(channels)
        mask = struct.unpack_from("<I", form, 20)[0]
        names = [name for bit, name in enumerate(SPEAKERS) if mask >> bit & 1]
        if len(names) == channels:
            return of_speakers(names)
    return of_speakers(WAV_ORDER[channels].split()) if channels in WAV_ORDER else unknown(channels)


def _says_ambix(path: Path) -> bool:
    """Return whether a file's tags name AMBIX."""
    with path.open("rb") as file:
        head = file.read(TAGS_WITHIN)
        file.seek(max(0, path.stat().st_size - TAGS_WITHIN))
        return any(AMBIX.encode(coding) in part for part in (head, file.read()) for coding in ("utf-8", "utf-16-le"))


def _content(file: BinaryIO, offset: int, length: int) -> bytes:
    file.seek(offset + 8)
    return file.read(min(length, 64))

"""Sound file formats that can be written, and what each supports."""

from __future__ import annotations

from dataclasses import dataclass

from sda_lib.errors import SdaError

# Common sample rates of exported sounds in Hz; a model's own rate is also possible where the format supports it.
RATES = (44100, 48000, 88200, 96000)
LAME_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# Lowest and highest rate of an MP3 of constant bit rate, in kilobits per second.
KBPS = (32, 320)


@dataclass(frozen=True)
class Format:
    """A file format by libsndfile's names.

    `container`, the subtype for each bit depth (lossy formats have a single one, with key 0), the supported `rates` in
    Hz (empty: all), and the largest number of channels.
    """

    container: str
    subtypes: dict[int, str]
    rates: tuple[int, ...] = ()
    channels: int = 8

    @property
    def lossy(self) -> bool:
        return 0 in self.subtypes

    def subtype(self, bit_depth: int) -> str:
        """Return the subtype for a bit depth (32 is floating point)."""
        return self.subtypes[0 if self.lossy else bit_depth]


# Formats by file name suffix.
FORMATS = {
    ".wav": Format("WAV", {16: "PCM_16", 24: "PCM_24", 32: "FLOAT"}),
    ".flac": Format("FLAC", {16: "PCM_16", 24: "PCM_24"}),
    ".mp3": Format("MP3", {0: "MPEG_LAYER_III"}, LAME_RATES, 2),
    ".ogg": Format("OGG", {0: "VORBIS"}),
    ".opus": Format("OGG", {0: "OPUS"}, (8000, 12000, 16000, 24000, 48000)),
}


def format_of(name: str, suffix: str, bit_depth: int, sample_rate: int, channels: int) -> Format:
    """Return the format of a suffix. Raises SdaError when it does not support the bit depth, rate or channel count."""
    if suffix.lower() not in FORMATS:
        raise SdaError(f"{name} can't be written in that format; end the name in {', '.join(FORMATS)}.")
    form = FORMATS[suffix.lower()]
    if not form.lossy and bit_depth not in form.subtypes:
        depths = " or ".join(map(str, form.subtypes))
        raise SdaError(f"{bit_depth} bits can't be written as {suffix.lower()}; choose {depths}.")
    if form.rates and sample_rate not in form.rates:
        known = ", ".join(str(rate) for rate in form.rates if rate in RATES)
        raise SdaError(f"A {suffix.lower()} file can't have {sample_rate} Hz; choose {known}.")
    if channels > form.channels:
        raise SdaError(f"A {suffix.lower()} file has {form.channels} channels at most; choose .wav, .flac or .ogg.")
    return form

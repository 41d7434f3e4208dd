"""AudioClip with the methods for notebooks and scripts, and the conversion of anything that is a sound to a clip."""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from typing import Any, Self, TypeAlias

import numpy as np

from sda_lib.api.features import Features, features_of
from sda_lib.api.finishes import WITHOUT, finish_of
from sda_lib.api.names import PublicNames
from sda_lib.api.signatures import with_options
from sda_lib.audio import clip as core
from sda_lib.display.clips import clip_view
from sda_lib.display.page import page
from sda_lib.errors import SdaError
from sda_lib.export import finishing
from sda_lib.export.finish import Delivery, Effects, Finish, Place, Space

# Most channels of an array; the longer of its axes is time.
MOST_CHANNELS = 4


class AudioClip(PublicNames, core.AudioClip):
    """Sound as float32 samples [channel, time] in -1..1; the array is read-only.

    Args:
        samples: [channel, time] or [time]; 1 is full scale.
        sample_rate: in Hz.
        name: a name to show.

    Raises SdaError for samples that are not finite and for other than 1, 2 or (ambisonics) 4 channels.

    Example:
        >>> samples = 0.5 * np.sin(np.linspace(0, 2765, 44100))
        >>> second = sda_lib.AudioClip(samples, 44100, "tone")
        >>> second
        AudioClip('tone', 1.00 s, 1 ch, 44100 Hz)
        >>> second.channels, second.length, second.seconds, round(second.peak, 2)
        (1, 44100, 1.0, 0.5)
        >>> second.samples.shape, second.sample_rate, second.name
        ((1, 44100), 44100, 'tone')
    """

    @classmethod
    def of(cls, clip: core.AudioClip) -> Self:
        """Return a clip as one of this class.

        Args:
            clip: a clip of the library's inner classes, such as those of `sda_lib.synthesis`.

        Example:
            >>> name, made = next(synthesize(1, seed=3, families=["bell"]))
            >>> sda_lib.AudioClip.of(made).channels
            1
        """
        return clip if isinstance(clip, cls) else cls(clip.samples, clip.sample_rate, clip.name)

    @classmethod
    def read(cls, path: str | PathLike[str]) -> Self:
        """Read a sound file of any format that SDA reads.

        Args:
            path: a file; more than two channels are mixed to stereo by their layout.

        Raises SdaError for a file that is missing, damaged or no sound.

        Example:
            >>> sda_lib.AudioClip.read("sounds/bell.wav").name
            'bell'
        """
        return cls.of(core.read_clip(Path(path)))

    @classmethod
    def from_array(cls, samples: object, sample_rate: int, name: str = "") -> Self:
        """Return a clip of an array or a tensor on any device.

        Args:
            samples: [time], [channel, time] (librosa, torchaudio) or [time, channel] (soundfile); -1..1 is full scale,
                and whole numbers are scaled by the range of their type.
            sample_rate: in Hz, at least 1.
            name: a name to show.

        Raises SdaError for what are no numbers, for a rate below 1, and as the class does.

        Example:
            >>> sixteen_bit = np.array([[0, 16384], [-16384, 0], [0, 0], [0, 0], [0, 0]], np.int16)
            >>> found = sda_lib.AudioClip.from_array(sixteen_bit, 8000)
            >>> found.samples.shape, found.peak
            ((2, 5), 0.5)
        """
        detached = samples.detach().cpu() if hasattr(samples, "detach") else samples
        array = np.asarray(detached)
        if array.ndim == 2 and array.shape[1] <= MOST_CHANNELS < array.shape[0]:
            array = array.T
        if array.dtype.kind not in "iuf" or sample_rate < 1:
            raise SdaError("A sound is an array of real numbers with a sample rate of at least 1 Hz.")
        if array.dtype.kind in "iu":
            half = 2.0 ** (8 * array.dtype.itemsize - 1)
            array = (array - (half if array.dtype.kind == "u" else 0.0)) / half
        return cls(array, sample_rate, name)

    def numpy(self) -> np.ndarray:
        """Return the samples as a new float32 array [channel, time], which can be changed.

        Example:
            >>> clip.numpy().shape == (clip.channels, clip.length)
            True
        """
        return self.samples.copy()

    @with_options(Delivery, Space, Effects, Finish, without=WITHOUT)
    def save(
        self,
        path: str | PathLike[str],
        finish: Finish | None = None,
        *,
        space: str | Space | None = None,
        place: Place | tuple[float, ...] | None = None,
        **settings: Any,
    ) -> Path:
        """Write the clip to a sound file whose suffix names the format, and return its path.

        Args:
            path: a file of one of the formats .wav, .flac, .mp3, .ogg, .opus.
            finish: all settings as one value, instead of those that follow.
            space: "as it is", "mono", "stereo", "binaural" or "ambisonics".
            place: of a binaural or ambisonic sound: (azimuth, elevation) in degrees, or with the distance in m; azimuth
                90 is left. A place alone implies binaural.
            {options}

        Raises SdaError when the format doesn't take the settings or the disk is full.

        Example:
            >>> clip.save("quiet.wav", lufs=-30, fade_out=0.05).name
            'quiet.wav'
            >>> clip.save("left.flac", place=(90, 0)).name
            'left.flac'
        """
        return finishing.write_finished(self, Path(path), finish_of(finish, space=space, place=place, **settings))

    def features(self, musical: bool = False) -> Features:
        """Measure the sound: loudness, brightness, onsets, pitch and more, as a table of numbers with units.

        Args:
            musical: whether to add tempo and pitch class by librosa, which takes seconds the first time.

        Example:
            >>> measured = clip.features()
            >>> measured["length"] == clip.seconds, measured.measures["brightness"].unit
            (True, 'Hz')
        """
        return features_of(self, musical)

    def _repr_html_(self) -> str:
        return page(clip_view(self))

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        return f"AudioClip({name}{self.seconds:.2f} s, {self.channels} ch, {self.sample_rate} Hz)"


# What is taken wherever a sound is: a clip, a file, or samples with their rate in Hz.
AnySound: TypeAlias = core.AudioClip | str | PathLike[str] | tuple[object, int]


def clip_of(sound: AnySound) -> AudioClip:
    """Return a clip, a file's sound, or samples with their rate as a clip. Raises SdaError for anything else."""
    if isinstance(sound, core.AudioClip):
        return AudioClip.of(sound)
    if isinstance(sound, str | PathLike):
        return AudioClip.read(sound)
    if isinstance(sound, tuple) and len(sound) == 2:
        return AudioClip.from_array(*sound)
    raise SdaError(
        f"A sound is an AudioClip, the path of a file, or (samples, sample_rate), not a {type(sound).__name__}."
    )


def read_clip(path: str | PathLike[str]) -> AudioClip:
    """Read a sound file of any format that SDA reads.

    Args:
        path: a file; more than two channels are mixed to stereo by their layout.

    Raises SdaError for a file that is missing, damaged or no sound.

    Example:
        >>> bell = sda_lib.read_clip("sounds/bell.wav")
        >>> bell.name, bell.sample_rate
        ('bell', 44100)
    """
    return AudioClip.read(path)

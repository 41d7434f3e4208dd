"""What a sound measures, as a table: SDA's features, onsets and pitch, and by librosa tempo and pitch class."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from sda_lib.analysis.features import FEATURES, Spectra, summary
from sda_lib.analysis.loudness import measure_loudness
from sda_lib.analysis.onsets import attack_time, decay_time, density, onset_times
from sda_lib.analysis.pitch import pitch_of
from sda_lib.audio.clip import AudioClip
from sda_lib.display.markup import head, number, table, text
from sda_lib.display.page import page

NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")
# Onsets from which on a tempo is estimated, and longest part in seconds that librosa analyzes.
LEAST_ONSETS, LONGEST = 4, 30.0
# Rate in Hz at which librosa analyzes.
RATE = 22_050


@dataclass(frozen=True)
class Measure:
    """A measured value: a number (NaN where there is none), its unit, and what it says."""

    value: float
    unit: str
    about: str

    def __str__(self) -> str:
        return f"{number(self.value)} {self.unit}".rstrip() if math.isfinite(self.value) else "–"


@dataclass(frozen=True)
class Features(Mapping[str, float]):
    """Measurements of a sound by name: numbers as in a dictionary, with units in `measures`."""

    name: str
    measures: Mapping[str, Measure]

    def __getitem__(self, name: str) -> float:
        return self.measures[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(self.measures)

    def __len__(self) -> int:
        return len(self.measures)

    def __repr__(self) -> str:
        return f"Features({', '.join(f'{name} {one}' for name, one in self.measures.items())})"

    def _repr_html_(self) -> str:
        rows = ((text(name), text(one), text(one.about)) for name, one in self.measures.items())
        return page(head(f"Features of {self.name or 'a sound'}"), table(("", "", ""), rows, numbers=(1,)))


def features_of(clip: AudioClip, musical: bool = False) -> Features:
    """Measure a sound; `musical` adds tempo and pitch class by librosa, which takes seconds the first time."""
    meter, onsets = measure_loudness(clip), onset_times(clip)
    pitch, spectra = pitch_of(clip), summary(Spectra.of(clip))
    hertz = pitch.hertz if pitch.is_tone else math.nan
    measures = {
        "length": Measure(clip.seconds, "s", f"{clip.length} samples at {clip.sample_rate} Hz"),
        "integrated loudness": Measure(meter.loudness, "LUFS", "ITU-R BS.1770"),
        "true peak": Measure(20 * math.log10(max(meter.true_peak, 1e-6)), "dBTP", "with what lies between samples"),
        **{name: Measure(value, FEATURES[name].unit, FEATURES[name].help) for name, value in spectra.items()},
        "onsets": Measure(len(onsets), "", "how many there are"),
        "density": Measure(density(clip), "1/s", "onsets per second"),
        "attack time": Measure(attack_time(clip), "s", "from 10 to 90 % of an onset's peak"),
        "decay time": Measure(decay_time(clip), "s", "until it has fallen by 20 dB"),
        "pitch": Measure(hertz, "Hz", note_name(hertz) or "no clear pitch"),
    }
    return Features(clip.name, {**measures, **(_by_librosa(clip, len(onsets)) if musical else {})})


def note_name(hertz: float) -> str:
    """Return the nearest note of equal temperament, e.g. "A4"; empty without a pitch."""
    if not hertz > 0:
        return ""
    number = round(69 + 12 * math.log2(hertz / 440))
    return f"{NOTES[number % 12]}{number // 12 - 1}"


def _by_librosa(clip: AudioClip, onsets: int) -> dict[str, Measure]:
    """Return what librosa measures in the first LONGEST seconds."""
    import librosa  # takes most of a second to import

    mono = clip.cut(round(LONGEST * clip.sample_rate)).with_channels(1).resampled(RATE).samples[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of short and silent sounds
        chroma = librosa.feature.chroma_stft(y=mono, sr=RATE, tuning=0.0).mean(1)
        beats = float(np.atleast_1d(librosa.feature.tempo(y=mono, sr=RATE))[0]) if onsets >= LEAST_ONSETS else math.nan
    strongest = int(np.argmax(chroma))
    others = ", ".join(NOTES[place] for place in np.argsort(-chroma)[1:3])
    return {
        "tempo": Measure(beats, "BPM", "librosa.feature.tempo, where there are onsets enough"),
        "pitch class": Measure(strongest, "", f"{NOTES[strongest]}, then {others} (librosa.feature.chroma_stft)"),
    }

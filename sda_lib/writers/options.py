"""GenerateOptions, the parameters of a new sound. Light to import: the command line declares its options from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sda_lib.controls.names import CONTROLS
from sda_lib.errors import SdaError
from sda_lib.fields import check_options, documented, option, options_of
from sda_lib.file_choice import LONGEST_PATTERN, MOST_PATTERNS

AUTO: Literal["auto"] = "auto"
# Shortest and longest duration in seconds of a sound that is written as a whole, and longest of one that is composed in
# blocks (long_sound.py).
MIN_SECONDS, MAX_SECONDS, LONGEST_SECONDS = 0.1, 300.0, 21_600.0
# Largest varispeed of a new sound, in semitones up or down.
MOST_SEMITONES = 12.0


@documented
@dataclass(frozen=True)
class GenerateOptions:
    """Parameters of a new sound. Equal options and seed give an equal sound on the same device.

    Raises SdaError when a value is out of range.

    Example:
        >>> sda_lib.GenerateOptions(seconds=2, novelty=0.8).temperature
        0.5
        >>> sda_lib.GenerateOptions(novelty=2)
        Traceback (most recent call last):
        sda_lib.errors.SdaError: novelty must be from 0 to 1, not 2.
    """

    seconds: float | Literal["auto"] = option(
        AUTO, "Length of the sound, of several events if they are shorter; auto: that of one of the recordings",
        MIN_SECONDS, LONGEST_SECONDS, "s", words=(AUTO,), usual=(1.0, 8.0),
    )  # fmt: skip
    seed: int = option(0, "Random seed; the same seed and options give the same sound", 0, 2**63 - 1)
    writer: str = option(
        "",
        "What writes the codes: walk, prior or hybrid, or (without codes) walk or gaussian; empty: the model's default",
    )
    source_amount: float = option(
        1.0, "How much recorded grains contribute: 0 = the codec alone, 1 = grains in full", 0, 1,
        usual=(0.0, 1.0), label="Source",
    )  # fmt: skip
    quality: str = option("play", "Phases: play is fast, export is better", choices=("play", "export"))
    novelty: float = option(
        0.5, "Distance from the recordings: 0 follows them, 1 leaves them often", 0, 1, usual=(0.0, 1.0)
    )
    temperature: float = option(
        0.5, "Sampling temperature; 0 always takes the likeliest", 0, 10, usual=(0.0, 1.0), label="Creativity"
    )
    top_k: int = option(48, "Choose each jump among the K best candidates", 1, 100_000, label="Focus")
    top_p: float = option(
        1.0, "Nucleus sampling: keep the likeliest candidates whose probabilities sum to this", 0, 1,
        usual=(0.3, 1.0), label="Diversity",
    )  # fmt: skip
    level_temperatures: tuple[float, ...] = option(
        (), "Temperature of each level at which codes are replaced by similar ones, level 0 first; 0 keeps them", 0, 10
    )
    controls: Mapping[str, float] = option(
        {}, f"Controls by name, as quantiles of the corpus: {', '.join(CONTROLS)}", 0, 1, choices=tuple(CONTROLS)
    )
    contour: tuple[tuple[float, float], ...] = option(
        (), "Loudness over time as points time:level, both 0 to 1, e.g. 0:0,1:1"
    )
    sliders: Mapping[str, float] = option({}, "Sliders of the model by name, in steps", -4, 4)
    curves: Mapping[str, tuple[tuple[float, float], ...]] = option(
        {}, "Sliders over time by name, as points (time, step), time from 0 to 1 = the end; they replace steps"
    )
    varispeed: float = option(
        0.0, "Play the new sound faster and higher, or slower and lower, at the wanted length",
        -MOST_SEMITONES, MOST_SEMITONES, "semitones",
        usual=(-3.0, 3.0),
    )  # fmt: skip
    varispeed_spread: float = option(
        0.0, "Draw the varispeed with the seed, up to this far above or below it", 0, MOST_SEMITONES, "semitones",
        label="Varispeed ±",
    )  # fmt: skip
    candidates: int = option(0, "Sounds to choose from when there are controls; 0: eight", 0, 100)
    recordings: tuple[str, ...] = option(
        (), "Make the sound of these recordings, given by folders, tags, names or patterns like `drums/*`; none: of all"
    )
    strictness: float = option(
        1.0, "How strictly it keeps to the chosen recordings: 1 = only them, 0.5 = mostly, 0 = as if none were chosen",
        0, 1, usual=(0.0, 1.0),
    )  # fmt: skip
    regenerate: tuple[float, float] | None = option(
        None, "Part of the given sound to regenerate, begin and end in seconds"
    )
    levels: tuple[int, int | None] | None = option(
        None, "Levels of the given sound to regenerate, first and end (None: all from the first)"
    )

    part: tuple[float, float] | None = option(
        None, "Make only this part of the new sound, begin and end in seconds; its samples are those of the whole"
    )

    def __post_init__(self) -> None:
        check_options(self)
        self._check_recordings()
        if self.curves:
            self._check_curves()
        if not self.contour:
            return
        from sda_lib.writers.loudness_contour import checked_contour  # imported late: it needs NumPy

        if checked_contour(self.contour) and (self.regenerate or self.levels):
            raise SdaError("A contour spans the whole sound; leave it out to regenerate a part.")

    def _check_recordings(self) -> None:
        """Hold the names of recordings as a tuple. Raises SdaError for too many or too long ones."""
        given: object = self.recordings
        names = (given,) if isinstance(given, str) else tuple(self.recordings)
        if len(names) > MOST_PATTERNS or not all(
            isinstance(one, str) and 0 < len(one) <= LONGEST_PATTERN for one in names
        ):
            raise SdaError(
                f"Choose recordings by at most {MOST_PATTERNS} names of 1 to {LONGEST_PATTERN} letters; `*` finds many."
            )
        object.__setattr__(self, "recordings", names)

    def _check_curves(self) -> None:
        """Hold curves as tuples. Raises SdaError for points out of range."""
        from sda_lib.writers.slider_curves import checked_curves  # imported late: it needs NumPy

        curves, steps = checked_curves(self.curves), options_of(GenerateOptions)["sliders"]
        for name, points in curves.items():
            steps.check(tuple(step for _, step in points), f"curve {name}")
        object.__setattr__(self, "curves", curves)


def option_tags(options: GenerateOptions) -> dict[str, object]:
    """Return every option that is set as a tag."""
    found = {name: value for name, value in vars(options).items() if value not in (None, "", (), {})}
    if not options.recordings:
        found.pop("strictness", None)  # it has no effect then
        return found
    return {**found, "recordings": ", ".join(options.recordings)}


def check_whole(options: GenerateOptions) -> None:
    """Raise SdaError for a sound that is too long to be written as a whole."""
    if options.seconds != AUTO and float(options.seconds) > MAX_SECONDS:
        raise SdaError(
            f"A sound of more than {MAX_SECONDS:g} s is written to a file part by part; use `sda generate --seconds` "
            "without a sound to go on from, or make it shorter."
        )


def sets_duration(options: GenerateOptions, given: object | None) -> bool:
    """Return whether the sound's end is set by the options, not by a given sound."""
    return given is None or not (options.regenerate or options.levels)


def parse_seconds(text: str) -> float | Literal["auto"]:
    """Parse seconds or 'auto'. Raises SdaError for anything else."""
    if text.strip().lower() == AUTO:
        return AUTO
    try:
        return float(text)
    except ValueError as error:
        limits = options_of(GenerateOptions)["seconds"].range
        raise SdaError(f"--seconds {text} must be a number from {limits}.") from error

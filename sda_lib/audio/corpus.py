"""Corpus: the usable sounds of a folder, and the files that were skipped and why."""

from __future__ import annotations

import os
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from sda_lib.audio.categories import Category, Recording, categories_of, found_by, weight_of
from sda_lib.audio.chunks import read_blocks
from sda_lib.audio.clip import AudioClip, read_clip
from sda_lib.audio.usable_files import CorpusFile, SkippedFile, find_sound_files, usable_files
from sda_lib.errors import SdaError
from sda_lib.fields import check_options
from sda_lib.file_choice import EVERYTHING, FilesConfig
from sda_lib.file_names import printable

QUANTILES = 20
# Most categories, and most files with tags, that a report lists: those with the most files, and the first ones.
MOST_CATEGORIES, MOST_TAGGED = 200, 5000


@dataclass(frozen=True)
class Corpus:
    """A folder's usable sounds, sorted by name, and the files that were skipped.

    `selection` says which of the usable files `items` are, and `left_out` how many it leaves out.
    """

    folder: Path
    items: tuple[CorpusFile, ...]
    skipped: tuple[SkippedFile, ...] = ()
    selection: FilesConfig = EVERYTHING
    left_out: int = 0

    @classmethod
    def from_folder(cls, folder: str | Path) -> Self:
        """Inspect every sound file in and below the folder, except hidden files and folders.

        Args:
            folder: the folder; `~` is your home folder.

        Raises SdaError when the folder is missing, is a file, or holds no usable sound.

        Example:
            >>> sda_lib.Corpus.from_folder("sounds")
            Corpus('sounds', 5 files, 0.0 min)
        """
        folder = Path(folder).expanduser()
        if folder.is_file():
            raise SdaError(f"{printable(folder)} is a file; give the folder that holds your sounds.")
        if not folder.is_dir():
            raise SdaError(f"There is no folder {printable(folder)}; check the path.")
        skipped: list[SkippedFile] = []
        return cls._of(folder, find_sound_files(folder, skipped), skipped)

    @classmethod
    def from_paths(cls, paths: Sequence[str | Path]) -> Self:
        """Inspect the sound files among the paths and those in and below the folders among them.

        Args:
            paths: files and folders; a single folder is handled by `from_folder`.

        Raises SdaError when a path is missing, or when no file is usable.

        Example:
            >>> sda_lib.Corpus.from_paths(["sounds/bell.wav", "sounds/rain.wav"]).names
            ('bell', 'rain')
        """
        given = [Path(path).expanduser() for path in paths]
        if len(given) == 1 and not given[0].is_file():
            return cls.from_folder(given[0])
        skipped: list[SkippedFile] = []
        found: list[Path] = []
        for path in given:
            if not path.exists():
                raise SdaError(f"There is no {printable(path)}; check the path.")
            found += find_sound_files(path, skipped) if path.is_dir() else [path]
        found = sorted({_whole(path) for path in found})
        skipped = [replace(skip, path=_whole(skip.path)) for skip in skipped]
        return cls._of(Path(os.path.commonpath([path.parent for path in found or given])), found, skipped)

    @classmethod
    def _of(cls, folder: Path, paths: list[Path], skipped: list[SkippedFile]) -> Self:
        items = tuple(usable_files(paths, skipped))
        if not items:
            why = f" ({printable(skipped[0].path.name)}: {skipped[0].reason.rstrip('.')})" if skipped else ""
            raise SdaError(f"There is no usable sound in {printable(folder)}{why}; put WAV, FLAC or MP3 files there.")
        return cls(folder, items, tuple(skipped))

    def __len__(self) -> int:
        return len(self.items)

    @property
    def seconds(self) -> float:
        """Length of all files in seconds."""
        return sum(item.seconds for item in self.items)

    @property
    def minutes(self) -> float:
        """Length of all files in minutes."""
        return self.seconds / 60

    @property
    def lengths(self) -> list[float]:
        """Lengths of the files in seconds, without silence at their ends."""
        return [item.sounding or item.seconds for item in self.items]

    @property
    def sounding_seconds(self) -> float:
        """Length of all files in seconds, without silence at their ends."""
        return sum(self.lengths)

    @property
    def median_seconds(self) -> float:
        """Median of the lengths in seconds."""
        return statistics.median(self.lengths)

    @property
    def peak(self) -> float:
        """Largest absolute sample of all files."""
        return max(item.peak for item in self.items)

    @property
    def stereo_share(self) -> float:
        """Share of the files whose two channels differ, 0..1."""
        return sum(item.wide for item in self.items) / len(self.items)

    @property
    def generated(self) -> int:
        """Number of files that a model made, according to their tags."""
        return sum(item.generated for item in self.items)

    @property
    def recordings(self) -> tuple[Recording, ...]:
        """What the categories are made of, a Recording for each file."""
        names = zip(self.items, self._names(), strict=True)
        return tuple(Recording(name, item.seconds, item.tags, item.path.suffix) for item, name in names)

    @property
    def categories(self) -> tuple[Category, ...]:
        """The folders and tags that the files are in, with the number of their files and their length."""
        return categories_of(self.recordings)

    def select(
        self,
        include: Sequence[str] = (),
        exclude: Sequence[str] = (),
        weights: Mapping[str, float] | None = None,
    ) -> Self:
        """Return the corpus with some of its files, or with weights for a training.

        A name is that of a folder, of a tag or of a file, or a pattern such as ``drums/*``.

        Args:
            include: names of which a file is in at least one; default: every file.
            exclude: names of which no file is in any.
            weights: how many times as much the files in a category count in a training, 0.1 to 10; the weights of
                several categories are multiplied.

        Raises SdaError for a name that finds no file, for weights out of range, and when no file is left.

        Example:
            >>> corpus.select(include=["b*", "rain"], weights={"rain": 3}).names
            ('bell', 'rain')
            >>> corpus.select(exclude=["drums"])
            Traceback (most recent call last):
            sda_lib.errors.SdaError: No recording is in 'drums'; there are no folders and tags, ...
        """
        return self.selected(FilesConfig(_names_of(include), _names_of(exclude), dict(weights or {})))

    def selected(self, files: FilesConfig) -> Self:
        """Return the corpus with the files of a recipe's `files`. Raises SdaError as `select` does."""
        if files == self.selection:
            return self
        check_options(files, "files.")
        known = self.recordings
        kept = found_by(files.include, known) if files.include else [True] * len(known)
        gone = found_by(files.exclude, known)
        for name in files.weights:
            found_by([name], known)  # raises for a name that finds none
        weights = [item.weight * weight_of(one, files.weights) for item, one in zip(self.items, known, strict=True)]
        items = tuple(
            replace(item, weight=weight)
            for item, weight, inside, outside in zip(self.items, weights, kept, gone, strict=True)
            if inside and not outside
        )
        if not items:
            raise SdaError(f"Every sound of {printable(self.folder.name)} is left out; exclude fewer of them.")
        return replace(self, items=items, selection=files, left_out=self.left_out + len(self) - len(items))

    def report(self) -> dict[str, Any]:
        """Return a summary for use before training, as plain JSON data.

        Models store it, so it has no full path.
        """
        return {
            "folder": printable(self.folder.resolve().name),
            "files": len(self),
            "minutes": round(self.minutes, 4),
            "median_seconds": round(self.median_seconds, 4),
            "lengths": list(quantiles(self.lengths)),
            "rates": _counts(item.sample_rate for item in self.items),
            "channels": _counts(item.channels for item in self.items),
            "stereo_share": round(self.stereo_share, 4),
            "generated": self.generated,
            "skipped": [{"file": self.name_of(skip.path), "reason": skip.reason} for skip in self.skipped],
            **self._category_report(),
        }

    def _category_report(self) -> dict[str, Any]:
        """Return the categories, the tags of files by name, and the number of files left out, if there are any."""
        most = sorted(self.categories, key=lambda one: -one.files)[:MOST_CATEGORIES]
        found = {one.name: [one.files, round(one.minutes, 4)] for one in sorted(most, key=lambda one: one.name)}
        tagged = {one.name: list(one.tags) for one in self.recordings if one.tags}
        facts = {"categories": found, "tags": dict(list(tagged.items())[:MOST_TAGGED]), "left_out": self.left_out}
        return {name: value for name, value in facts.items() if value}

    def clips(self, sample_rate: int, channels: int) -> tuple[AudioClip, ...]:
        """Load every sound at one rate and channel count, named by its path in the folder without suffix.

        Args:
            sample_rate: in Hz.
            channels: 1 or 2.

        Raises SdaError when a file has been deleted or changed since the folder was inspected.

        Example:
            >>> [one.name for one in corpus.clips(22050, 1)]
            ['bell', 'choir', 'hum', 'pluck', 'rain']
        """
        return tuple(
            replace(read_clip(item.path).with_channels(channels).resampled(sample_rate), name=name)
            for item, name in zip(self.items, self._names(), strict=True)
        )

    def blocks(self, sample_rate: int, channels: int) -> Iterator[tuple[str, Iterator[np.ndarray]]]:
        """Yield name and float32 blocks [channel, time] of every sound, equal to its clip, in little memory."""
        for item, name in zip(self.items, self._names(), strict=True):
            yield name, read_blocks(item.path, sample_rate, channels)

    def name_of(self, path: Path) -> str:
        """Return a file's path in the folder, as printable text.

        Args:
            path: a file of the corpus, as in `items`.

        Example:
            >>> corpus.name_of(corpus.items[0].path)
            'bell.wav'
        """
        return printable(path.relative_to(self.folder).as_posix())

    def _names(self) -> list[str]:
        """Return unique names of the files, without suffix.

        Files that differ in the suffix alone keep it.
        """
        bare = [self.name_of(item.path.with_suffix("")) for item in self.items]
        often = Counter(bare)
        return [
            self.name_of(item.path) if often[name] > 1 else name for item, name in zip(self.items, bare, strict=True)
        ]


def quantiles(seconds: Sequence[float]) -> tuple[float, ...]:
    """Return quantiles of lengths in seconds, from the shortest to the longest in QUANTILES equal steps."""
    return tuple(round(float(one), 4) for one in np.quantile(seconds, np.linspace(0, 1, QUANTILES + 1)))


def _names_of(names: Sequence[str]) -> tuple[str, ...]:
    """Return a list of names, or a single one, as a tuple."""
    return (names,) if isinstance(names, str) else tuple(names)


def _whole(path: Path) -> Path:
    """Return the absolute path with links resolved; if it is no file (e.g. a broken link), its own name is kept."""
    real = os.path.realpath(path)
    return Path(real) if os.path.isfile(real) else Path(os.path.realpath(path.parent), path.name)


def _counts(values: Iterator[int]) -> dict[str, int]:
    return {str(value): count for value, count in sorted(Counter(values).items())}

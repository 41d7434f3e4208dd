"""Corpus with the verbs that people look for: scan and train; and its sounds by name."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self, overload

from sda_lib.api.clip import AudioClip
from sda_lib.api.model import SdaModel
from sda_lib.api.names import PublicNames
from sda_lib.api.run import Run
from sda_lib.api.training import Training, train_here, train_in_background
from sda_lib.audio import corpus as core
from sda_lib.audio import scan as core_scan
from sda_lib.config import DEFAULT_EFFORT
from sda_lib.display.corpora import corpus_view
from sda_lib.display.page import page
from sda_lib.errors import SdaError
from sda_lib.events import Event

# Seconds in which the display of a corpus measures its files; `scan` measures all.
DISPLAY_SECONDS = 2.0


class Corpus(PublicNames, core.Corpus):
    """A folder's usable sounds, sorted by name, and the files that were skipped, each with the reason.

    `corpus["rain"]` and `corpus[0]` are sounds; iteration reads one after the other. `Corpus.from_folder`,
    `Corpus.from_paths` and `Corpus.of` make one.

    Args:
        folder: the folder that holds all files.
        items: the usable files.
        skipped: the other files, with reasons.
        selection: which of the usable files `items` are, as `select` was asked for.
        left_out: how many of the usable files that leaves out.

    Example:
        >>> corpus = sda_lib.Corpus.from_folder("sounds")
        >>> len(corpus), corpus.names
        (5, ('bell', 'choir', 'hum', 'pluck', 'rain'))
        >>> corpus["rain"].name, corpus[0].name
        ('rain', 'bell')
        >>> corpus.seconds > corpus.median_seconds, corpus.minutes < 1, len(corpus.lengths)
        (True, True, 5)
        >>> corpus.sounding_seconds <= corpus.seconds, corpus.peak <= 1
        (True, True)
        >>> corpus.stereo_share, corpus.generated, corpus.categories
        (0.0, 0, ())
    """

    _unlisted = frozenset({"blocks", "report", "recordings", "selected"})

    @classmethod
    def of(cls, sounds: core.Corpus | str | PathLike[str] | Sequence[str | Path]) -> Self:
        """Return a corpus of any sounds.

        Args:
            sounds: a folder, a list of files and folders, or another corpus.

        Raises SdaError when something is missing or no file is usable.

        Example:
            >>> sda_lib.Corpus.of(["sounds/bell.wav"]).names
            ('bell',)
        """
        if isinstance(sounds, core.Corpus):
            return cls(sounds.folder, sounds.items, sounds.skipped, sounds.selection, sounds.left_out)
        if isinstance(sounds, str | PathLike):
            return cls.from_folder(Path(sounds))
        return cls.from_paths(sounds)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the sounds: their paths in the folder without suffix."""
        return tuple(self._names())

    def __getitem__(self, which: int | str) -> AudioClip:
        """Read a sound by its number, or by its name with or without suffix. Raises SdaError for an unknown name."""
        if isinstance(which, int):
            return AudioClip.read(self.items[which].path)
        for item, name in zip(self.items, self.names, strict=True):
            if which in (name, self.name_of(item.path)):
                return AudioClip.read(item.path)
        raise SdaError(f"There is no sound {which!r} in {self.folder.name}; corpus.names lists them.")

    def __iter__(self) -> Iterator[AudioClip]:
        return (self[number] for number in range(len(self)))

    def scan(self) -> Scan:
        """Measure every file: clipping, silence, DC offset, duplicates.

        Raises SdaError when a file has been deleted since the folder was inspected.

        Example:
            >>> corpus.scan()
            Scan('sounds', 5 files, ... with remarks)
        """
        found = core_scan.scan_corpus(self)
        return Scan(found.corpus, found.files, found.duplicates)

    @overload
    def train(
        self, minutes: float | None = ..., name: str = ..., effort: str = ..., device: str = ..., force: bool = ...,
        progress: bool = ..., background: Literal[False] = ..., on_event: Callable[[Event], object] | None = ...,
        **settings: Any,
    ) -> SdaModel: ...  # fmt: skip
    @overload
    def train(
        self, minutes: float | None = ..., name: str = ..., effort: str = ..., device: str = ..., force: bool = ...,
        progress: bool = ..., *, background: Literal[True], on_event: Callable[[Event], object] | None = ...,
        **settings: Any,
    ) -> Run: ...  # fmt: skip
    def train(
        self,
        minutes: float | None = None,
        name: str = "",
        effort: str = DEFAULT_EFFORT,
        device: str = "auto",
        force: bool = False,
        progress: bool = True,
        background: bool = False,
        on_event: Callable[[Event], object] | None = None,
        **settings: Any,
    ) -> SdaModel | Run:
        """Train a model on the sounds. An interrupt (Ctrl-C, or that of the cell) keeps the best model so far.

        A notebook shows bar, curve and auditions meanwhile, a terminal a bar.

        Args:
            minutes: time budget instead of the effort's, 0 to 100000; 0 gives the closed-form model alone.
            name: file name of the model in the library; without one it is kept in memory alone.
            effort: "quick", "balanced", "best" or "studio".
            device: "cpu", "cuda", "mps", or "auto".
            force: whether a model of that name is replaced.
            progress: whether to show the progress.
            background: whether to train in a process of its own and return its `Run` at once; needs a name.
            on_event: called with every progress event; not in the background (`Run.follow` has one).
            **settings: values of the recipe, e.g. `codec__levels=5`, `train__steps=100`.

        Raises SdaError for settings out of range, and for a name that is taken.

        Example:
            >>> small = corpus.train(minutes=0, codec__levels=2, codec__codebook_size=8)
            >>> small.levels, small.codebook_size
            (2, 8)
        """
        training = Training(minutes, name, effort, device, force, settings)
        if background:
            return train_in_background(self, training)
        return train_here(self, training, progress, on_event)

    def __repr__(self) -> str:
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"Corpus({self.folder.name!r}, {len(self)} files, {self.minutes:.1f} min{skipped})"

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.names)

    def _repr_html_(self) -> str:
        return page(corpus_view(self._first_measured, len(self) - len(self._first_measured.files)))

    @cached_property
    def _first_measured(self) -> core_scan.Scan:
        """As many files as can be measured within DISPLAY_SECONDS."""
        deadline = time.monotonic() + DISPLAY_SECONDS
        found: tuple[core_scan.FileScan, ...] = ()
        for measured in core_scan.scan_files(self):
            found = measured
            if time.monotonic() > deadline:
                break
        return core_scan.Scan.of(self, found)


class Scan(core_scan.Scan):
    """A corpus and the measurements of all its files."""

    def __repr__(self) -> str:
        remarks = sum(bool(self.remarks(file)) for file in self.files)
        return f"Scan({self.corpus.folder.name!r}, {len(self.files)} files, {remarks} with remarks)"

    def _repr_html_(self) -> str:
        return page(corpus_view(self))


@overload
def train(
    sounds: core.Corpus | str | PathLike[str] | Sequence[str | Path], *, background: Literal[True], **options: Any
) -> Run: ...
@overload
def train(
    sounds: core.Corpus | str | PathLike[str] | Sequence[str | Path], *, background: Literal[False] = False,
    **options: Any,
) -> SdaModel: ...  # fmt: skip
def train(
    sounds: core.Corpus | str | PathLike[str] | Sequence[str | Path], *, background: bool = False, **options: Any
) -> SdaModel | Run:
    """Train a model on a folder, on chosen files and folders, or on a corpus.

    Args:
        sounds: what to train on.
        background: whether to train in a process of its own and return its `Run` at once; needs a name.
        **options: those of `Corpus.train`: minutes, name, effort, device, force, progress, on_event, and values of the
            recipe.

    Raises SdaError as `Corpus.from_paths` and `Corpus.train` do.

    Example:
        >>> sda_lib.train(["sounds/bell.wav", "sounds/rain.wav"], minutes=0, codec__levels=1)
        SdaModel(..., 1 levels × ... codes, 48000 Hz, ... s of recordings)
    """
    corpus = Corpus.of(sounds)
    return corpus.train(background=True, **options) if background else corpus.train(**options)

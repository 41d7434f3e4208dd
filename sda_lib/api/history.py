"""The history of every sound made, as a value: search it, play it, open sounds again, make more like them."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any

from sda_lib.api.clip import AudioClip
from sda_lib.api.model import generate
from sda_lib.api.names import PublicNames
from sda_lib.api.take import Take, Takes
from sda_lib.display.history import history_view
from sda_lib.display.page import page
from sda_lib.errors import SdaError
from sda_lib.export.defaults import set_default
from sda_lib.export.finish import Finish
from sda_lib.file_names import safe_stem
from sda_lib.history import taking_out
from sda_lib.history.alike import likeness
from sda_lib.history.entry import HistoryEntry, MadeSound
from sda_lib.history.recipe import recipe_of
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.home import Home
from sda_lib.sessions.history import SoundState
from sda_lib.sessions.playback import Playback
from sda_lib.sliders.settings import SliderSettings

# Sounds that a display shows, and how many of them it plays.
SHOWN, PLAYED = 12, 6
Numbers = int | Iterable[int]


class History(PublicNames):
    """Every sound that was made on the page, newest first, and those kept by `keep`.

    Sounds are named by their numbers, which `sda history` and the page show as well.

    Args:
        home: the data folder; default: SDA_HOME.
        wanted: which sounds of it, as `search` returns them; default: all.

    Example:
        >>> history = sda_lib.History()
        >>> number = history.keep(take, "Tin roof")
        >>> len(history), history[number].title, next(iter(history)).kind
        (1, 'Tin roof', 'generated')
        >>> history.delete(number)
        1
    """

    _unlisted = frozenset(("store", "home"))

    def __init__(self, home: str | PathLike[str] | None = None, wanted: Search | None = None) -> None:
        self.home = Home.from_environment() if home is None else Home(Path(home))
        self.store, self.wanted = HistoryStore(self.home.history), wanted or Search()

    def search(self, text: str = "", **conditions: Any) -> History:
        """Return the sounds of the history that fit.

        Args:
            text: words that all occur in name, note, act, kind, model or seed.
            **conditions: model, kinds, starred, since, until, parent, order, limit, skip, as of `Search`.

        Raises SdaError for an unknown kind or order.

        Example:
            >>> number = sda_lib.History().keep(take, "Tin roof")
            >>> [one.name for one in sda_lib.History().search("roof", kinds=("generated",))]
            ['Tin roof']
            >>> sda_lib.History().delete(number)
            1
        """
        return History(self.home.folder, dataclasses.replace(self.wanted, text=text, **conditions))

    def keep(self, take: Take, name: str = "") -> int:
        """Record a take in the history, and return its number.

        Args:
            take: a take of `model.generate`.
            name: a name for it.

        Raises SdaError for a take without its model, and when the history can't be written.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().delete(number)
            1
        """
        sound = take.codes if take.codes is not None else take.latent
        if take.model is None or sound is None:
            raise SdaError("This take knows no model; make it with model.generate().")
        options = take.options
        state = SoundState(take.codes, SliderSettings(sound))
        playback = Playback(options.source_amount, fades=True)
        recipe = recipe_of(take.model, state, playback, options, quality=options.quality)
        made = MadeSound("generated", recipe, f"{take.model.name} · seed {options.seed}", None, name, take.clip)
        return self.store.record(made).number

    def clip(self, number: int) -> AudioClip:
        """Return a sound: its stored samples, or made again from its recipe.

        Args:
            number: its number.

        Raises SdaError for an unknown number, and for a sound that has neither samples nor its model.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().clip(number).seconds
            1.0
            >>> sda_lib.History().delete(number)
            1
        """
        return AudioClip.of(taking_out.sound_of(self.store, number, (), self._models))

    def restore(self, number: int, path: str | PathLike[str] | None = None) -> Path:
        """Write a sound as a session file, which the page opens, with codes, sliders, frozen cells and options.

        Args:
            number: its number.
            path: the file; default: a new one in your sessions.

        Raises SdaError for an unknown number, without the model that made the sound, and for one without codes.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().restore(number, "again.json").name
            'again.json'
            >>> sda_lib.History().delete(number)
            1
        """
        title = self.store.entry(number).title
        own = self.home.sessions / f"{safe_stem(title, 'sound')}.json"
        place, mark = (own, "-") if path is None else (Path(path), "")
        return taking_out.save_as_session(self.store, number, place, self._models, mark)

    def export(
        self, numbers: Numbers, folder: str | PathLike[str] | None = None, format: str = "wav",
        finish: Finish | None = None,
    ) -> tuple[Path, ...]:  # fmt: skip
        """Write sounds as files, and return their paths.

        Args:
            numbers: a number, or several.
            folder: where; default: your exports.
            format: wav, flac, mp3, ogg or opus.
            finish: effects, space and delivery; default: 24 bit at the model's rate.

        Raises SdaError for an unknown number, and for a sound that has neither samples nor its model.

        Example:
            >>> number = sda_lib.History().keep(take, "Tin roof")
            >>> [path.name for path in sda_lib.History().export(number, "out", "flac")]
            ['Tin_roof.flac']
            >>> sda_lib.History().delete(number)
            1
        """
        place = self.home.exports if folder is None else Path(folder)
        suffix = f".{format.lstrip('.')}"
        written = taking_out.take_out(self.store, _several(numbers), place, suffix, finish or Finish(), self._models)
        return tuple(one.path for one in written)

    def like(self, number: int, n: int = 1, seed: int | None = None) -> Takes:
        """Generate more sounds like one: with its options and other seeds.

        One that was edited, opened or recorded keeps its structure: level 0 of its codes stays, the others are written
        again.

        Args:
            number: its number.
            n: how many.
            seed: random seed of the first; default: the one after that of the sound.

        Raises SdaError for an unknown number, and without the model that made the sound.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> [one.options.seed for one in sda_lib.History().like(number, 2)]
            [2, 3]
            >>> sda_lib.History().delete(number)
            1
        """
        entry, recipe = self.store.entry(number), self.store.recipe(number)
        model = taking_out.needed_model(entry, recipe, (), self._models)
        first = (entry.seed or 0) + 1 if seed is None else seed
        alike = (likeness(entry, recipe, model, first + one) for one in range(n))
        return Takes(generate(model, one.moved_options, given=one.given) for one in alike)

    def collect(self, numbers: Numbers, folder: str | PathLike[str] | None = None) -> tuple[Path, ...]:
        """Copy sounds into a folder to train on, and return their paths.

        Args:
            numbers: a number, or several.
            folder: where; default: history in your sounds.

        Raises SdaError for an unknown number, and for a sound that has neither samples nor its model.

        Example:
            >>> number = sda_lib.History().keep(take, "Tin roof")
            >>> [path.suffix for path in sda_lib.History().collect(number, "more")]
            ['.flac']
            >>> sda_lib.History().delete(number)
            1
        """
        place = taking_out.collection(self.home) if folder is None else Path(folder)
        return tuple(taking_out.collect(self.store, _several(numbers), place, self._models))

    def star(self, numbers: Numbers, on: bool = True) -> None:
        """Star sounds, whose samples are then always kept, or take their stars away.

        Args:
            numbers: a number, or several.
            on: whether they get a star.

        Raises SdaError for an unknown number.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().star(number)
            >>> len(sda_lib.History().search(starred=True))
            1
            >>> sda_lib.History().delete(number)
            1
        """
        for number in _several(numbers):
            self.store.star(number, on)

    def rename(self, number: int, name: str) -> HistoryEntry:
        """Give a sound a name, and return its entry.

        Args:
            number: its number.
            name: the name, of 120 characters at most; "" removes it.

        Raises SdaError for an unknown number.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().rename(number, "Tin roof").title
            'Tin roof'
            >>> sda_lib.History().delete(number)
            1
        """
        return self.store.rename(number, name)

    def annotate(self, number: int, note: str) -> HistoryEntry:
        """Write a note on a sound, and return its entry.

        Args:
            number: its number.
            note: the note, of 4,000 characters at most; "" removes it.

        Raises SdaError for an unknown number.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().annotate(number, "for the film").note
            'for the film'
            >>> sda_lib.History().delete(number)
            1
        """
        return self.store.annotate(number, note)

    def delete(self, numbers: Numbers) -> int:
        """Delete sounds, and return how many. Stored samples, whose tags hold the recipe, go to the trash.

        Args:
            numbers: a number, or several.

        Raises SdaError for an unknown number; nothing is deleted then.

        Example:
            >>> number = sda_lib.History().keep(take)
            >>> sda_lib.History().delete([number])
            1
        """
        return self.store.delete(_several(numbers), self.home.trash)

    def limit(self, size: str) -> str:
        """Limit the space for stored sounds; return a sentence on what was dropped, or "".

        Beyond it the oldest sounds without a star are dropped, and their recipes stay. It is the default `history_size`
        of `sda defaults`.

        Args:
            size: e.g. "500MB" or "2GB"; "": 2 GB, as at first.

        Raises SdaError for a text that is no size.

        Example:
            >>> sda_lib.History().limit("500MB")
            ''
        """
        set_default(self.home.defaults, "history_size", size)
        return self.store.keep_within()

    @property
    def _models(self) -> list[Path]:
        return [self.home.models]

    def __getitem__(self, number: int) -> HistoryEntry:
        """Return the entry of a sound by its number. Raises SdaError."""
        return self.store.entry(number)

    def __iter__(self) -> Iterator[HistoryEntry]:
        return iter(self.store.search(self.wanted).entries)

    def __len__(self) -> int:
        return self.store.search(dataclasses.replace(self.wanted, limit=0)).total

    def __repr__(self) -> str:
        return f"History({len(self)} sounds)"

    def _repr_html_(self) -> str:
        found = self.store.search(dataclasses.replace(self.wanted, limit=min(self.wanted.limit, SHOWN)))
        numbers = [one.number for one in found.entries]
        stored = [one.number for one in found.entries if one.stored][:PLAYED]
        clips = {number: self.clip(number) for number in stored}
        return page(history_view(found.entries, found.total, self.store.thumbnails(numbers), clips))


def _several(numbers: Numbers) -> list[int]:
    return [numbers] if isinstance(numbers, int) else list(numbers)

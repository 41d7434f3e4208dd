"""Made sounds: the user's history of every sound, as the page lists it, and what can be done with its sounds."""

from __future__ import annotations

import dataclasses
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from traitlets import Bool, Dict, Instance, Int, Tuple, Unicode

from sda_lib.decoder_version import decoder_note
from sda_lib.errors import SdaError
from sda_lib.export.defaults import set_default
from sda_lib.export.finish import Finish
from sda_lib.history import taking_out
from sda_lib.history.alike import likeness
from sda_lib.history.entry import HistoryEntry
from sda_lib.history.recipe import SoundRecipe
from sda_lib.history.search import Search
from sda_lib.history.store import HistoryStore
from sda_lib.model.model import SdaModel
from sda_lib.sessions.history import Step
from sda_lib.sessions.provenance_tags import find_sound_model, sound_mismatch
from sda_widgets.session.context import Context, Part, is_other_model
from sda_widgets.session.guard import errors_as_sentences, verb
from sda_widgets.session.previews import Previews
from sda_widgets.session.session_files import show_history
from sda_widgets.session.sound import Sound

# Sounds on one page of the list.
ROWS = 10
# Seeds of further sounds like one are drawn below this number, which the form for new sounds can show.
SEEDS = 1_000_000
# Seconds between two reports on an export of many.
REPORTED = 0.5
OTHERS = "That sound is another model's, and all sounds need the same; restore it as A."


class MadeSounds(Part):
    """The history of the user: a page of it, the chosen sounds, and acts on them."""

    wanted = Instance(Search, (), help="which sounds are listed, and in which order")
    entries = Tuple(help="the sounds of the page that is shown (HistoryEntry)")
    thumbnails = Dict(help="their pictures as bytes, by number")
    total = Int(0, help="how many sounds fit")
    number = Int(0, help="number of the page that is shown")
    stored = Int(0, help="bytes of all stored sounds")
    limit = Int(0, help="most bytes of stored sounds")
    chosen = Tuple(help="numbers of the chosen sounds, in the order of the list")
    notice = Unicode(help="what the last act did, or an empty string")
    is_expecting = Bool(False, help="whether sounds are about to be recorded, or files are being written")
    exported = Tuple(help="paths of the files that were exported last")
    collected = Instance(Path, allow_none=True, help="folder of the sounds that were collected last, to train on")

    def __init__(self, context: Context, previews: Previews, sounds: Callable[[], tuple[Sound, ...]]) -> None:
        """`sounds` returns all sounds of the session."""
        super().__init__(context)
        self.store = HistoryStore(context.places.history)
        self.numbers: WeakKeyDictionary[Step, int] = WeakKeyDictionary()  # of the sounds that steps show
        self.waits: Callable[[], bool] = lambda: False  # whether a sound is still to be recorded
        self._previews, self._sounds = previews, sounds

    # --- the list

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // ROWS))

    def search(self, wanted: Search) -> None:
        """List the sounds that a search wants, from the first page on."""
        self.set(wanted=wanted, number=0)
        self.refresh()

    def turn(self, number: int) -> None:
        """Show another page."""
        self.number = min(max(0, number), self.pages - 1)
        self.refresh()

    def refresh(self) -> None:
        """Read the page that is shown again."""
        with self.context.lock, errors_as_sentences(self.context.report, "The history can't be shown."):
            found = self.store.search(dataclasses.replace(self.wanted, limit=ROWS, skip=ROWS * self.number))
            numbers = [one.number for one in found.entries]
            self.set(
                entries=found.entries, total=found.total, thumbnails=self.store.thumbnails(numbers),
                stored=self.store.stored_bytes(), limit=self.store.limit,
            )  # fmt: skip
            if self.number >= self.pages:
                self.turn(self.pages - 1)

    def choose(self, numbers: Sequence[int]) -> None:
        """Choose sounds of the list."""
        self.chosen = tuple(numbers)

    def expect(self) -> None:
        """Poll until the sounds that were just made are recorded."""
        self.is_expecting = True

    def poll(self) -> None:
        """Show what was recorded since. Called by the page's heartbeat."""
        waits = self.waits() or self.has_thread
        self.refresh()
        self.is_expecting = waits

    # --- one sound

    def play(self, number: int) -> None:
        """Play a sound by itself; the current one stays."""
        with self.context.lock, errors_as_sentences(self.context.report, "That could not be played."):
            opened = [self.context.model] if self.context.model is not None else []
            models = [self.context.places.models]
            self._previews.play(taking_out.sound_of(self.store, number, opened, models))

    @verb
    def restore(self, number: int, sound: Sound) -> None:
        """Make a sound of the history the current one, as it was: codes, sliders, frozen cells, options, Source.

        Undo leads back to the sound before. Raises SdaError without the model that made it.
        """
        entry, recipe = self._read(number)
        self._use_model(entry, recipe, sound)
        show_history(sound, entry.title, recipe.playback, taking_out.history_of(recipe, entry.title))
        for other in self._sounds():
            if other.source_amount != sound.source_amount:
                other.renderer.set_source(sound.source_amount)
        self.numbers[sound.history.steps[sound.history.current]] = number
        self.context.notice = decoder_note(recipe.provenance.decoder)

    @verb
    def make_more(self, number: int, sound: Sound) -> None:
        """Generate a sound like one of the history; with a random seed. Raises SdaError without its model."""
        entry, recipe = self._read(number)
        self._use_model(entry, recipe, sound)
        alike = likeness(entry, recipe, self.context.need_model(), random.randrange(SEEDS))
        sound.create.generate(alike.options, alike.given, alike.sliders)

    @verb
    def star(self, number: int) -> None:
        """Give a sound a star, or take its star away."""
        self.store.star(number, not self.store.entry(number).starred)
        self.refresh()

    @verb
    def rename(self, number: int, name: str) -> None:
        """Name a sound."""
        self.store.rename(number, name)
        self.refresh()

    @verb
    def annotate(self, number: int, note: str) -> None:
        """Write a note on a sound."""
        self.store.annotate(number, note)
        self.refresh()

    # --- several sounds

    @verb
    def delete(self, numbers: Sequence[int]) -> None:
        """Delete sounds; their samples go to the trash."""
        count = self.store.delete(numbers, self.context.places.trash)
        self.chosen = ()
        self.refresh()
        self.notice = f"{_counted(count)} deleted; stored samples are in the trash."

    @verb
    def collect(self, numbers: Sequence[int]) -> None:
        """Copy sounds into the folder of those to train on, which the page then offers. Raises SdaError."""
        places = self.context.places
        folder = taking_out.collection(places)
        count = len(taking_out.collect(self.store, numbers, folder, [places.models]))
        self.collected = None  # so that the same folder triggers observers again
        self.collected = folder
        self.notice = f"{_counted(count)} added to {folder.name} in your sounds."

    @verb
    def export(self, numbers: Sequence[int], finish: Finish, suffix: str) -> None:
        """Write sounds into the exports folder; a thread does so, one by one. Raises SdaError while one does."""
        if self.has_thread:
            raise SdaError("Sounds are being exported; wait until that is done.")
        self.set(exported=(), notice=f"Exporting {_counted(len(numbers))} …", is_expecting=True)
        self.start_thread(self._export, tuple(numbers), finish, suffix)

    @verb
    def limit_to(self, size: str) -> None:
        """Limit the space for stored sounds, e.g. to "2GB"; the oldest without a star make room. Raises SdaError."""
        set_default(self.context.places.defaults, "history_size", size)
        self.notice = self.store.keep_within()
        self.refresh()

    def _export(self, numbers: tuple[int, ...], finish: Finish, suffix: str) -> None:
        """Write sounds; what is done is reported now and then, and an error at the end."""
        places, model = self.context.places, self.context.model
        opened, paths, reported = [] if model is None else [model], list[Path](), time.monotonic()
        sentences: list[str] = []
        with errors_as_sentences(sentences.append, "The export failed."):
            for one in taking_out.take_out(
                self.store, numbers, places.exports, suffix, finish, [places.models], opened=opened
            ):
                paths.append(one.path)
                if time.monotonic() > reported + REPORTED:
                    reported = time.monotonic()
                    self._deliver(notice=f"Exported {len(paths)} of {len(numbers)} …")
        self._deliver(exported=tuple(paths), notice=f"{_counted(len(paths))} written to {places.exports}.")
        if sentences:
            self.context.report_later(sentences[-1])

    def _deliver(self, **traits: object) -> None:
        self.context.deliveries.append(lambda: self.set(**traits))

    # --- models

    def _read(self, number: int) -> tuple[HistoryEntry, SoundRecipe]:
        return self.store.entry(number), self.store.recipe(number)

    def _use_model(self, entry: HistoryEntry, recipe: SoundRecipe, sound: Sound) -> None:
        """Open the model that made a sound, unless it is open. Raises SdaError if it is missing or must not change."""
        context = self.context
        if context.model is not None and not sound_mismatch(context.model, recipe.provenance):
            return
        model, path = self._found_model(entry, recipe)
        if is_other_model(context.model, model):
            if sound is not self._sounds()[0]:
                raise SdaError(OTHERS)
            sound.steps.clear()
        context.set(model=model, model_path=path)

    def _found_model(self, entry: HistoryEntry, recipe: SoundRecipe) -> tuple[SdaModel, Path]:
        places = self.context.places
        if (found := find_sound_model(recipe.provenance, [places.models])) is None:
            raise taking_out.no_model(entry, "put it back to open the sound")
        return found[0], places.checked(found[1])


def _counted(count: int) -> str:
    return "1 sound" if count == 1 else f"{count} sounds"

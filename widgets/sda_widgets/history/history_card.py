"""History card: every sound made, newest first, to be searched, played, restored, named, exported and deleted."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Dropdown, HBox, Layout, Text, ToggleButton, VBox

from sda_lib.display.history import age, thumbnail_url
from sda_lib.export.finish import Finish
from sda_lib.file_names import size_in_words
from sda_lib.history.entry import KINDS, HistoryEntry
from sda_lib.history.search import ORDERS, Search
from sda_widgets.common.form_controls import Card, auto_width, button, offer, on_choice, show_if, watch
from sda_widgets.common.heartbeat import Heartbeat
from sda_widgets.common.markup import quiet, status
from sda_widgets.history.sound_rows import Row, SoundRows
from sda_widgets.session.session import Session

NOTHING = "Every sound that you generate, open, record or change is kept here."
NONE_FITS = "No sound of the history fits."
# Limits of the space for stored sounds that are offered.
LIMITS = ("500MB", "1GB", "2GB", "5GB", "20GB", "100GB")
# How an export is delivered: its settings, and the suffix of its files.
Delivery = Callable[[], tuple[Finish, str]]


class HistoryCard(Card):
    """View of `session.made`. `delivery` returns the settings of exports."""

    def __init__(self, session: Session, delivery: Delivery) -> None:
        self.session, self.made, self.delivery = session, session.made, delivery
        acts: dict[str, Callable[[Any], object]] = {
            "play": self.made.play, "stop": lambda _: session.previews.stop(), "star": self.made.star,
            "choose": self.made.choose, "turn": self.made.turn, "restore": self._restore, "delete": self.made.delete,
        }  # fmt: skip
        self.rows = SoundRows(acts)
        self.heartbeat = Heartbeat()
        self.heartbeat.on_message(lambda _beat: self._beat())
        self.nothing, self.said, self.space = HTML(), HTML(), HTML()
        super().__init__(
            [HTML("<h3>History</h3>"), *self._search_form(), self.nothing, self.rows, self._chosen_form(), self.said,
             self._limit_form(), self.heartbeat], "sda-history-card"
        )  # fmt: skip
        self._provide_acts()
        self.made.refresh()
        watch(self._draw, (self.made, "entries total number thumbnails"))
        watch(self._draw_chosen, (self.made, "chosen entries"))
        watch(self._say, (self.made, "notice"))
        watch(self._draw_space, (self.made, "stored limit"))
        watch(lambda: setattr(self.heartbeat, "beating", self.made.is_expecting), (self.made, "is_expecting"))
        self.made.observe(lambda change: self._offer(), "exported")

    # --- parts

    def _search_form(self) -> tuple[HBox, HBox]:
        wide = Layout(width="auto", flex="1 1 0")
        self.words = Text(placeholder="Name, note, act, model or seed", layout=wide, continuous_update=True)
        self.starred = ToggleButton(description="★", tooltip="Starred sounds only", layout=auto_width())
        kinds = [("Any kind", ""), *((one.capitalize(), one) for one in KINDS)]
        self.kind = Dropdown(options=kinds, layout=wide, tooltip="Kind")
        self.order = Dropdown(options=[(one.capitalize(), one) for one in ORDERS], layout=wide, tooltip="Order")
        for control in (self.words, self.starred, self.kind, self.order):
            control.observe(lambda _change: self._search(), "value")
        return HBox([self.words, self.starred]), HBox([self.kind, self.order])

    def _chosen_form(self) -> VBox:
        self.restore = button(
            "Restore", "Make the sound the current one, as it was: edits, sliders, options; Undo leads back",
            lambda: self._of_one(self._restore), "sda-primary",
        )  # fmt: skip
        self.more = button(
            "More like this", "Generate a sound with its options, or its structure, and another seed",
            lambda: self._of_one(lambda number: self.made.make_more(number, self.session.receiving)),
        )  # fmt: skip
        self.collect = button(
            "Add to training sounds", "Copy the chosen sounds into a folder, and offer it to grow a model",
            lambda: self.made.collect(self.made.chosen),
        )  # fmt: skip
        self.export = button("Export chosen", "Write the chosen sounds as Export says", self._export)
        self.delete = button(
            "Delete chosen", "Delete the chosen sounds; stored samples go to the trash",
            lambda: self.made.delete(self.made.chosen),
        )  # fmt: skip
        self.name = Text(description="Name", layout=auto_width(), continuous_update=False)
        self.note = Text(description="Note", layout=auto_width(), continuous_update=False)
        self._is_filling = False
        self.name.observe(lambda change: self._describe(self.made.rename, change.new), "value")
        self.note.observe(lambda change: self._describe(self.made.annotate, change.new), "value")
        self.of_one = VBox([self.name, self.note])
        row = HBox([self.restore, self.more, self.collect, self.export, self.delete]).add_class("sda-toolbar")
        self.of_chosen = VBox([self.of_one, row])
        return self.of_chosen

    def _limit_form(self) -> HBox:
        self.limit = Dropdown(
            options=[(one, one) for one in LIMITS], layout=Layout(width="96px"),
            tooltip="Most space for stored sounds; the oldest without a star make room, and their recipes stay",
        )  # fmt: skip
        on_choice(self.limit, self.made.limit_to)
        self.space.layout.flex = "1 1 0"
        return HBox([self.space, self.limit])

    # --- acts

    def _provide_acts(self) -> None:
        focused = {
            "list": self.words,
            "search_and_filter": self.words,
            "sort": self.order,
            "limit_the_space": self.limit,
        }
        one = {"play": lambda: self._of_one(self.made.play), "restore": self.restore.click,
               "more_like_one": self.more.click, "name": self.name.focus, "note": self.note.focus,
               "star": lambda: self._of_one(self.made.star)}  # fmt: skip
        several = {
            "add_to_training_sounds": self.collect.click,
            "export": self.export.click,
            "delete": self.delete.click,
        }
        provide = self.session.page_acts.provide
        for name, field in focused.items():
            provide(f"history.{name}", field.focus)
        for name, act in {**one, **several}.items():
            provide(f"history.{name}", act, self._why_none)

    def _why_none(self) -> str:
        return "" if self.made.chosen else "No sound of the history is chosen; click one in its list first."

    def _search(self) -> None:
        kinds = (self.kind.value,) if self.kind.value else ()
        self.made.search(
            Search(self.words.value, kinds=kinds, starred=self.starred.value, order=self.order.value or "newest")
        )

    def _of_one(self, act: Callable[[int], object]) -> None:
        if self.made.chosen:
            act(self.made.chosen[0])

    def _restore(self, number: int) -> None:
        self.made.restore(number, self.session.receiving)

    def _export(self) -> None:
        if self.made.chosen:
            finish, suffix = self.delivery()
            self.made.export(self.made.chosen, finish, suffix)

    def _describe(self, act: Callable[[int, str], object], text: str) -> None:
        if self.made.chosen and not self._is_filling:
            act(self.made.chosen[0], text)

    def _beat(self) -> None:
        self.session.tick()
        self.made.poll()

    def _offer(self) -> None:
        if self.made.exported:
            self.session.exports.path = self.made.exported[-1]

    # --- drawing

    def _draw(self) -> None:
        made, now = self.made, time.time()
        with self.rows.hold_sync():
            self.rows.rows = [row_of(one, made.thumbnails.get(one.number, b""), now) for one in made.entries]
            self.rows.number, self.rows.pages = made.number, made.pages
        is_all = dataclasses.replace(made.wanted, order="newest") == Search()
        self.nothing.value = "" if made.entries else quiet(NOTHING if is_all else NONE_FITS)

    def _draw_chosen(self) -> None:
        """Show name and note of a chosen sound, and what can be done with the chosen ones."""
        listed = {one.number: one for one in self.made.entries}
        chosen = [listed[number] for number in self.made.chosen if number in listed]
        self.rows.chosen = [one.number for one in chosen]
        show_if(chosen, self.of_chosen)
        show_if(len(chosen) == 1, self.of_one, self.restore, self.more)
        if len(chosen) == 1:
            self._is_filling = True
            self.name.value, self.note.value = chosen[0].name, " ".join(chosen[0].note.splitlines())
            self._is_filling = False

    def _draw_space(self) -> None:
        made = self.made
        self.space.value = (
            quiet(f"{size_in_words(made.stored)} of {size_in_words(made.limit)} stored") if made.limit else ""
        )
        words = size_in_words(made.limit).replace(".0", "").replace(" ", "")
        own = [] if words in LIMITS else [(words, words)]
        offer(self.limit, [*((one, one) for one in LIMITS), *own], words)

    def _say(self) -> None:
        self.said.value = status(quiet(self.made.notice)) if self.made.notice else ""


def row_of(one: HistoryEntry, thumbnail: bytes, now: float) -> Row:
    """Return a sound as a row of the list; `now` in seconds since 1970."""
    detail = " · ".join(filter(None, (one.kind, age(one.made, now), f"{one.seconds:.1f} s", one.model)))
    return {
        "number": one.number, "title": one.title, "detail": detail, "note": " ".join(one.note.splitlines()),
        "starred": one.starred, "seconds": one.seconds, "image": thumbnail_url(thumbnail),
    }  # fmt: skip

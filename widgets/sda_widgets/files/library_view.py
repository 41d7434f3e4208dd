"""Library view: search the models, and open, tag, star, rename, duplicate, delete and restore them."""

import dataclasses
from pathlib import Path

from ipywidgets import HTML, Checkbox, Dropdown, HBox, Layout, Select, Text, ToggleButtons, VBox

from sda_lib.library.listing import ORDERS, LibraryModel, ModelFilter
from sda_widgets.common.form_controls import auto_width, button, offer, on_choice, show_if, watch
from sda_widgets.common.markup import quiet, table
from sda_widgets.files.model_tiles import ModelTiles
from sda_widgets.session.session import Session

ANY_HEALTH = [("Any health", ""), ("Green", "green"), ("Yellow", "yellow"), ("Red", "red"), ("Unknown", "unknown")]
EQUAL = "The open model and this one have the same facts."
# Heights of the list and of that of deleted models, in pixels.
LIST, TRASH = 148, 64
VIEWS = LISTED, TILED = ("List", "Tiles")


class LibraryView(VBox):
    """View of `session.library`: the models that fit, the marks of the selected one, and what can be done with it."""

    def __init__(self, session: Session) -> None:
        self.session, library = session, session.library
        wide = Layout(width="auto", flex="1 1 0")
        self.words = Text(placeholder="Name, tag or note", layout=auto_width(), continuous_update=True)
        self.order = Dropdown(options=[(name.capitalize(), name) for name in ORDERS], layout=wide, tooltip="Order")
        self.health = Dropdown(options=ANY_HEALTH, layout=wide, tooltip="Health")
        self.list = Select(options=[], layout=Layout(width="auto", height=f"{LIST}px"), tooltip="Models")
        self.tiles = ModelTiles(self._choose, self._choose_and_open)
        self.view = ToggleButtons(
            options=VIEWS, tooltips=["Models as lines", "Models as pictures of their recordings"], layout=auto_width()
        ).add_class("sda-segments")
        self.facts = HTML()
        self.name = Text(description="Name", layout=auto_width())
        self.tags = Text(description="Tags", placeholder="drums, wet", layout=auto_width(), continuous_update=False)
        self.note = Text(description="Note", layout=auto_width(), continuous_update=False)
        self.opener = button("Open", "Open the model and make a first sound of it", self._open, "sda-primary")
        self.star = button("Star", "Star the model, or take the star away", self._star)
        self.rename = button("Rename", "Give the model this name; its sounds still find it", self._rename)
        self.copy = button("Duplicate", "Copy the model under another name", self._duplicate)
        self.delete = button("Delete", "Move the model to the trash", self._delete)
        self.trash = Select(options=[], layout=Layout(width="auto", height=f"{TRASH}px"), tooltip="Deleted models")
        self.restore = button("Restore", "Move the selected model back from the trash", self._restore)
        self.deleted = VBox([HTML(quiet("Deleted models")), self.trash, HBox([self.restore])])
        self.compare = button("Compare", "Show in what the model differs from the open one", self._show_differences)
        self.export = button("Export model", "Copy the model into your exports", self._export)
        self.recordings = Checkbox(True, description="With its recordings", indent=False, layout=auto_width())
        self.differences = HTML()
        self.path = Text(placeholder="Path of a model file", layout=wide)
        self.add = button("Import", "Copy this file to your models", lambda: self._select(library.add(self.path.value)))
        wrapped = Layout(flex_flow="row wrap")
        row = HBox([self.opener, self.star, self.rename, self.copy, self.delete, self.compare], layout=wrapped)
        sharing = HBox([self.export, self.recordings], layout=wrapped)
        self.acts = VBox([self.facts, self.name, self.tags, self.note, row, self.differences, sharing])
        adding = HBox([self.path, self.add])
        finding = [self.words, HBox([self.order, self.health, self.view])]
        super().__init__([*finding, self.list, self.tiles, self.acts, adding, self.deleted])
        for control in (self.words, self.order, self.health):
            control.observe(lambda _: self._search(), "value")
        on_choice(self.list, lambda _: self._show())
        watch(self._show_tiles, (self.view, "value"))
        for field in (self.tags, self.note):
            field.observe(lambda _: self._note(), "value")
        self._filling = False
        watch(self._fill, (library, "listed"))
        self._provide_acts()
        watch(self._fill_trash, (library, "trashed"))

    def _provide_acts(self) -> None:
        """Offer what the library does to the commands of the page."""
        focused = {"list": self.words, "search_and_filter": self.words, "sort": self.order, "tag": self.tags,
                   "note": self.note, "rename": self.name, "import": self.path, "list_deleted_ones": self.trash,
                   "open": self.list, "without_the_recordings": self.recordings}  # fmt: skip
        pressed = {"star": self._star, "duplicate": self._duplicate, "delete": self._delete, "restore": self._restore,
                   "export": self._export, "compare_two": self._show_differences}  # fmt: skip
        free = ("list", "search_and_filter", "sort", "import")  # of the chosen model
        for name, act in {**{one: field.focus for one, field in focused.items()}, **pressed}.items():
            why = self._why_no_trash if name in ("list_deleted_ones", "restore") else self._why_none
            self.session.page_acts.provide(f"models.{name}", act, str if name in free else why)

    def _why_none(self) -> str:
        return "" if self.chosen is not None else "No model is chosen in the library."

    def _why_no_trash(self) -> str:
        return "" if self.trash.options else "No model was deleted."

    @property
    def chosen(self) -> LibraryModel | None:
        """The selected model."""
        path = self.list.value
        return next((one for one in self.session.library.listed if str(one.entry.path) == path), None)

    def _search(self) -> None:
        wanted = ModelFilter(self.words.value, health=self.health.value, order=self.order.value)
        self.session.library.search(wanted)

    def _fill(self) -> None:
        current = str(self.session.model_path or "")
        options = [(_row(one), str(one.entry.path)) for one in self.session.library.listed]
        offer(self.list, options, self.list.value, current)
        self._show()
        self._show_tiles()

    def _fill_trash(self) -> None:
        options = [(one.entry.problem or one.was, one.entry.path.name) for one in self.session.library.trashed]
        offer(self.trash, options)
        show_if(options, self.deleted)

    def _show_tiles(self) -> None:
        """Show the models in the chosen way; pictures are sent only while they are seen."""
        tiled = self.view.value == TILED
        show_if(not tiled, self.list)
        show_if(tiled, self.tiles)
        if tiled:
            self.tiles.show(self.session.library.listed, str(self.list.value or ""))

    def _choose(self, path: str) -> None:
        """Choose a model that the list has."""
        self._select(Path(path))

    def _choose_and_open(self, path: str) -> None:
        self._choose(path)
        self._open()

    def _show(self) -> None:
        """Show the selected model's facts and marks."""
        one = self.chosen
        show_if(one, self.acts)
        if one is None:
            return
        self.tiles.chosen = str(one.entry.path)
        self._filling, self.differences.value = True, ""
        self.facts.value = quiet(one.entry.problem) if one.entry.problem else table(_facts(one))
        self.name.value, self.tags.value = one.entry.name, ", ".join(one.marks.tags)
        self.note.value = " ".join(one.marks.note.splitlines())
        self.star.description = "Unstar" if one.marks.starred else "Star"
        self._filling = False

    def _note(self) -> None:
        """Keep the tags and the note that the user typed."""
        one = self.chosen
        if one is None or self._filling:
            return
        tags = tuple(filter(None, (tag.strip() for tag in self.tags.value.split(","))))
        note = self.note.value
        self.session.library.mark(
            one.entry.path, lambda marks: dataclasses.replace(marks, tags=()).tagged(tags).noted(note)
        )

    def _open(self) -> None:
        if one := self.chosen:
            self.session.open_model(one.entry.path)

    def _star(self) -> None:
        if one := self.chosen:
            self.session.library.mark(
                one.entry.path, lambda marks: dataclasses.replace(marks, starred=not marks.starred)
            )

    def _rename(self) -> None:
        if one := self.chosen:
            self._select(self.session.library.rename(one.entry.path, self.name.value))

    def _duplicate(self) -> None:
        if one := self.chosen:
            self._select(self.session.library.duplicate(one.entry.path))

    def _delete(self) -> None:
        if one := self.chosen:
            self.session.library.delete(one.entry.path)

    def _show_differences(self) -> None:
        found = self.session.library.compare(self.chosen.entry.path) if self.chosen else None
        if found is not None:
            rows = [(one.name, f"{one.first or 'none'} → {one.second or 'none'}") for one in found]
            self.differences.value = quiet("The open model → this one") + table(rows) if rows else quiet(EQUAL)

    def _export(self) -> None:
        if one := self.chosen:
            self.session.library.export(one.entry.path, self.recordings.value)

    def _restore(self) -> None:
        if self.trash.value:
            self._select(self.session.library.restore(self.trash.value))

    def _select(self, path: Path | None) -> None:
        """Select a model's file; none where an act failed."""
        if path is not None and str(path) in [value for _, value in self.list.options]:
            self.list.value = str(path)


def _row(one: LibraryModel) -> str:
    """Return a model as a row of the list."""
    entry, marks = one.entry, one.marks
    facts = "unreadable" if entry.problem else f"{entry.minutes:.1f} min"
    return " · ".join([f"{'★ ' if marks.starred else ''}{entry.name}", facts, *marks.tags])


def _facts(one: LibraryModel) -> list[tuple[str, str]]:
    """Return facts about a model, as (label, value); what is unknown is empty."""
    entry = one.entry
    distance = entry.metrics.get("held_out")
    return [
        ("Trained", entry.created[:16].replace("T", " ")),
        ("Sounds", f"{entry.files} files, {entry.minutes:.1f} min" if entry.files else ""),
        ("Bottleneck", entry.bottleneck),
        ("Prior", entry.prior or "none"),
        ("Held-out distance", "" if distance is None else f"{distance:.3f}"),
        ("Health", one.health),
        ("Size", f"{entry.size / 1e6:.1f} MB"),
    ]

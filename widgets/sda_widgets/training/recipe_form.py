"""Recipe form: every field of the recipe with its help, built from the recipe's dataclasses; folded at first."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import HTML, Accordion, Dropdown, Text, VBox

from sda_lib.config import BOTTLENECK_NAMES, Recipe
from sda_lib.errors import SdaError
from sda_widgets.common.controls import auto_width
from sda_widgets.common.markup import quiet

TITLES = {"audio": "Audio", "codec": "Codes and networks", "memory": "Memory", "train": "Training"}
# Fields that have an input of their own elsewhere on the page.
SHOWN_ELSEWHERE = {"train.minutes"}
CHOICES = {"codec.bottleneck": BOTTLENECK_NAMES, "memory.enabled": ("yes", "no"), "audio.channels": ("1", "2")}
# Labels of fields whose own name would be ambiguous on the page.
LABELS = {"memory.minutes": "at most"}
SUGGESTED = "as suggested"


class RecipeForm(VBox):
    """Part of the training tab. Empty fields follow from the sounds and the preset; `changed` is called after every
    change."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self.fields = {key: _field(key, one) for key, one in _fields().items() if key not in SHOWN_ELSEWHERE}
        for field in self.fields.values():
            field.observe(lambda _change: changed(), "value")
        sections = [
            VBox([HTML(f"<h3>{title}</h3>"), *self._lines(section)]).add_class("sda-recipe-section")
            for section, title in TITLES.items()
        ]
        about = HTML(quiet("Empty fields take the value shown in grey, which depends on the sounds and the preset."))
        self.fold = Accordion([VBox([about, *sections])], titles=("Advanced",), selected_index=None)
        super().__init__([self.fold])
        self.add_class("sda-recipe")

    def changes(self) -> dict[str, str]:
        """Return the fields that were filled in, by key, as text."""
        given = {key: field.value.strip() for key, field in self.fields.items() if isinstance(field.value, str)}
        return {key: text for key, text in given.items() if text}

    def fill(self, changes: Mapping[str, str]) -> None:
        """Fill in these fields and clear all others; unfold the form if any is set."""
        for key, field in self.fields.items():
            field.value = changes.get(key, "")
        self.fold.selected_index = 0 if self.changes() else None

    def suggest(self, recipe: Recipe) -> None:
        """Show the recipe's values as placeholders of the empty fields."""
        for key, field in self.fields.items():
            if isinstance(field, Text):
                section, _, name = key.partition(".")
                field.placeholder = _shown(getattr(getattr(recipe, section), name))

    def recipe(self, suggested: Recipe) -> tuple[Recipe, str]:
        """Return the recipe with the filled-in fields and "", or the suggested recipe and an error message."""
        try:
            return suggested.override(**self.changes()), ""
        except SdaError as error:
            return suggested, str(error)

    def _lines(self, section: str) -> list[Any]:
        """Return the fields of a section, each followed by its help."""
        lines: list[Any] = []
        for key, field in self.fields.items():
            if key.startswith(f"{section}."):
                lines += [field, HTML(quiet(_fields()[key].metadata["help"]))]
        return lines


def _fields() -> dict[str, dataclasses.Field[Any]]:
    """Return every field of the recipe by key, as section.name."""
    sections = {field.name: field.default for field in dataclasses.fields(Recipe)}
    return {
        f"{section}.{field.name}": field for section, part in sections.items() for field in dataclasses.fields(part)
    }


def _field(key: str, field: dataclasses.Field[Any]) -> Text | Dropdown:
    facts = {"description": LABELS.get(key, field.name.replace("_", " ")), "tooltip": key, "layout": auto_width()}
    if key in CHOICES:
        return Dropdown(options=[(SUGGESTED, ""), *((name, name) for name in CHOICES[key])], value="", **facts)
    return Text(value="", continuous_update=False, **facts)


def _shown(value: Any) -> str:
    """Format a value as it can be typed."""
    return "automatic" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

"""Recipe form: every field of the recipe with its help, built from the recipe's dataclasses; folded at first."""

from collections.abc import Callable, Mapping
from typing import Any

from ipywidgets import HTML, Dropdown, Text, VBox, Widget

from sda_lib.config import Recipe
from sda_lib.fields import Option, options_of
from sda_widgets.common.disclosure import Disclosure
from sda_widgets.common.markup import quiet

TITLES = {"audio": "Audio", "codec": "Codes and networks", "memory": "Memory", "train": "Training"}
# Fields that have an input of their own elsewhere on the page.
SHOWN_ELSEWHERE = {"train.minutes"}
SUGGESTED = "as suggested"


class RecipeForm(VBox):
    """Part of the training tab. Empty fields follow from the sounds and the effort; `changed` is called after every
    change."""

    def __init__(self, changed: Callable[[], object]) -> None:
        self.fields = {key: _field(key, one) for key, one in _options().items() if key not in SHOWN_ELSEWHERE}
        for field in self.fields.values():
            field.observe(lambda _change: changed(), "value")
        sections = [
            VBox([HTML(f"<h3>{title}</h3>"), *self._lines(section)]).add_class("sda-recipe-section")
            for section, title in TITLES.items()
        ]
        about = HTML(quiet("Empty fields take the value shown in grey, which depends on the sounds and the effort."))
        self.fold = Disclosure("Advanced", [about, *sections])
        super().__init__([self.fold])
        self.add_class("sda-recipe")

    def changes(self) -> dict[str, str]:
        """Return the fields that were filled in, by key, as text."""
        return {key: text for key, field in self.fields.items() if (text := field.value.strip())}

    def fill(self, changes: Mapping[str, str]) -> None:
        """Fill in these fields and clear all others; unfold the form if any is set."""
        for key, field in self.fields.items():
            field.value = changes.get(key, "")
        self.fold.expanded = bool(self.changes())

    def suggest(self, recipe: Recipe) -> None:
        """Show the recipe's values as placeholders of the empty fields."""
        for key, field in self.fields.items():
            if isinstance(field, Text):
                section, _, name = key.partition(".")
                field.placeholder = _shown(getattr(getattr(recipe, section), name))

    def _lines(self, section: str) -> list[Widget]:
        """Return the fields of a section, each followed by its help."""
        fields = [(key, field) for key, field in self.fields.items() if key.startswith(f"{section}.")]
        return [line for key, field in fields for line in (field, HTML(quiet(_options()[key].text)))]


def _options() -> dict[str, Option]:
    """Return every option of the recipe by key, as section.name."""
    sections: dict[str, type] = {section: type(getattr(Recipe, section)) for section in TITLES}
    return {f"{key}.{name}": one for key, owner in sections.items() for name, one in options_of(owner).items()}


def _field(key: str, option: Option) -> Text | Dropdown:
    facts = {"description": option.title, "tooltip": key}
    choices = ("yes", "no") if isinstance(option.default, bool) else tuple(map(str, option.choices))
    if choices:
        return Dropdown(options=[(SUGGESTED, ""), *((name, name) for name in choices)], value="", **facts)
    return Text(value="", continuous_update=False, **facts)


def _shown(value: Any) -> str:
    """Format a value as it can be typed."""
    return "automatic" if value is None else f"{value:.4g}" if isinstance(value, float) else str(value)

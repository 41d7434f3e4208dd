"""Display of presets: the settings of one, and the list of all."""

from __future__ import annotations

from collections.abc import Iterable

from sda_lib.display.markup import counted, facts, head, note, table, text
from sda_lib.presets.preset import Preset
from sda_lib.presets.store import PresetEntry
from sda_lib.presets.words import preset_words

STAR = "★"


def preset_view(preset: Preset) -> str:
    """Return the name of a preset, what is said about it, and its settings."""
    return head(preset.name, "preset") + note(preset.about) + facts(preset_words(preset))


def presets_view(entries: Iterable[PresetEntry]) -> str:
    """Return a table of presets: star, name, sentence, and whose they are."""
    entries = tuple(entries)
    rows = [
        (STAR if one.starred else "", text(one.name), text(one.about), "SDA" if one.factory else "yours")
        for one in entries
    ]
    used = note("model.generate(preset=NAME) uses one.")
    return head("Presets", counted(len(entries), "preset")) + used + table(("", "name", "", "from"), rows)

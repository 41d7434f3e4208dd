"""MIDI map: which controller moves which slider, kept in a small file for later pages."""

import json
from pathlib import Path

from traitlets import Dict

from sda_lib import safe_json
from sda_lib.files import locked, write_atomically
from sda_widgets.session.context import Context, Part
from sda_widgets.session.guard import verb


class MidiMap(Part):
    """Controllers ("channel:controller") by slider."""

    knobs = Dict(help="controllers by slider")

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.knobs = load(context.places.midi_map)

    @verb
    def assign(self, name: str, source: str) -> None:
        """Map a controller to a slider, or none ("")."""
        path = self.context.places.midi_map
        with locked(path.parent):
            known = load(path)  # another page may have changed it
            others = {one: knob for one, knob in known.items() if one != name and knob != source}
            self.knobs = {**others, **({name: source} if source else {})}
            write_atomically(path, json.dumps(self.knobs).encode())


def load(path: Path) -> dict[str, str]:
    """Return controllers by slider; empty when the file is missing or malformed."""
    try:
        found = safe_json.read(path)
    except (OSError, ValueError):
        return {}
    items = found.items() if isinstance(found, dict) else ()
    return {name: knob for name, knob in items if isinstance(name, str) and isinstance(knob, str)}

"""Event: one thing that long work has to say. Long work is a generator of events; a line of JSON each on disk."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from sda_lib import plain_data

KINDS = ("progress", "metrics", "levels", "preview", "saved", "done", "failed")


@dataclass(frozen=True)
class Event:
    """kind is one of KINDS; `step` of `of` steps are done; values are plain numbers by name."""

    kind: str
    step: int = 0
    of: int = 0
    values: dict[str, float] = field(default_factory=dict)
    message: str = ""

    def to_json(self) -> str:
        """One line, without the line break."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Event:
        """The reverse of `to_json`. Raises ValueError or TypeError for what is no event."""
        event = cls(**plain_data.parse(line))
        kinds = (str, int, int, dict, str)
        for one, kind in zip(dataclasses.fields(cls), kinds, strict=True):
            if not isinstance(getattr(event, one.name), kind):
                raise TypeError(f"{one.name} is no {kind.__name__}")
        if not all(isinstance(value, int | float) for value in event.values.values()):
            raise TypeError("values are numbers")
        return event

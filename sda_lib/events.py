"""Events: progress messages of long operations. Such an operation is a generator of events, stored as lines of JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from sda_lib import safe_json

KINDS = ("progress", "metrics", "levels", "preview", "saved", "done", "failed")


@dataclass(frozen=True)
class Event:
    """A message of a kind in KINDS, after `step` of `of` steps, with numbers by name in `values`."""

    kind: str
    step: int = 0
    of: int = 0
    values: dict[str, float] = field(default_factory=dict)
    message: str = ""

    def to_json(self) -> str:
        """Return the event as one line of JSON, without the line break."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Event:
        """Parse the output of `to_json`. Raises ValueError or TypeError for text that is not an event."""
        event = cls(**safe_json.parse(line))
        kinds = (str, int, int, dict, str)
        for one, kind in zip(dataclasses.fields(cls), kinds, strict=True):
            if not isinstance(getattr(event, one.name), kind):
                raise TypeError(f"{one.name} is no {kind.__name__}")
        if not all(isinstance(value, int | float) for value in event.values.values()):
            raise TypeError("values are numbers")
        return event

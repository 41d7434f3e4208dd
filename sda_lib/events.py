"""Events: progress messages of long operations. Such an operation is a generator of events, stored as lines of JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from sda_lib import safe_json


@dataclass(frozen=True)
class Event:
    """A message after `step` of `of` steps, with numbers by name in `values`.

    `kind` is one of progress, metrics, levels, preview, saved, done and failed.
    """

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
        for name, kind in {"kind": str, "step": int, "of": int, "values": dict, "message": str}.items():
            if not isinstance(getattr(event, name), kind):
                raise TypeError(f"{name} is not of type {kind.__name__}")
        if not all(isinstance(value, int | float) for value in event.values.values()):
            raise TypeError("values must be numbers")
        return event

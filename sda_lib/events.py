"""Events: progress messages of long operations. Such an operation is a generator of events, stored as lines of JSON."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from sda_lib import safe_json
from sda_lib.errors import FieldError
from sda_lib.typed_fields import Fields


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
        facts = Fields(safe_json.parse(line))
        if unknown := facts.plain.keys() - {one.name for one in dataclasses.fields(cls)}:
            raise FieldError(f"{min(unknown)} is no field of an event")
        values = facts.inner("values") if "values" in facts.plain else Fields({})
        numbers = {str(name): values.number(name) for name in values.plain}
        place = facts.whole("step", default=0), facts.whole("of", default=0)
        return cls(facts.text("kind"), *place, numbers, facts.text("message", ""))

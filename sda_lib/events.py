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
    """A progress message of a long operation.

    Args:
        kind: progress, metrics, levels, preview, saved, done or failed.
        step: number of steps done.
        of: number of all steps.
        values: numbers by name.
        message: one sentence; empty where the numbers say everything.

    Example:
        >>> sda_lib.Event("metrics", 20, 100, {"mel_db": 2.5}).values["mel_db"]
        2.5
    """

    kind: str
    step: int = 0
    of: int = 0
    values: dict[str, float] = field(default_factory=dict)
    message: str = ""

    def to_json(self) -> str:
        """Return the event as one line of JSON, without the line break.

        Example:
            >>> sda_lib.Event("saved", 3, 4).to_json()
            '{"kind": "saved", "message": "", "of": 4, "step": 3, "values": {}}'
        """
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, line: str) -> Event:
        """Parse the output of `to_json`.

        Args:
            line: one line of JSON.

        Raises ValueError or TypeError for text that is not an event.

        Example:
            >>> sda_lib.Event.from_json('{"kind": "done", "step": 4}').step
            4
        """
        facts = Fields(safe_json.parse(line))
        if unknown := facts.plain.keys() - {one.name for one in dataclasses.fields(cls)}:
            raise FieldError(f"{min(unknown)} is no field of an event")
        values = facts.inner("values") if "values" in facts.plain else Fields({})
        numbers = {str(name): values.number(name) for name in values.plain}
        place = facts.whole("step", default=0), facts.whole("of", default=0)
        return cls(facts.text("kind"), *place, numbers, facts.text("message", ""))

"""Fields of JSON objects from files of unknown origin: each is read with its type and bounds, and errors name it.

`safe_json` bounds a file as a whole; `Fields` bounds what is in it. Every reader of a JSON file uses both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from sda_lib.errors import FieldError

Default = TypeVar("Default")
# Longest text, and longest list, of a field.
LONGEST_TEXT, MOST_ITEMS = 1 << 20, 1 << 20
# Default of a field that must be there.
NEEDED: Any = object()


class Fields:
    """The fields of a JSON object. All methods raise FieldError, a ValueError whose text names the field.

    A field that is missing has the value `default` where one is given. `place` is the object's own name in errors.
    """

    def __init__(self, plain: Any, place: str = "") -> None:
        if not isinstance(plain, Mapping):
            raise FieldError(f"{place or 'it'} must be an object, not {_shown(plain)}")
        self.plain, self.place = plain, place

    def text(self, name: str, default: Default = NEEDED, longest: int = LONGEST_TEXT) -> str | Default:
        """Return a text of at most `longest` characters."""
        value = self._value(name, default)
        if value is not default and (not isinstance(value, str) or len(value) > longest):
            raise self._wrong(name, f"a text of at most {longest} characters", value)
        return value

    def number(
        self, name: str, low: float = -math.inf, high: float = math.inf, default: Default = NEEDED
    ) -> float | Default:
        """Return a finite number from `low` to `high`."""
        value = self._value(name, default)
        if value is default:
            return value
        if not _is_number(value) or not math.isfinite(value) or not low <= value <= high:
            raise self._wrong(name, f"a number{_bounds(low, high)}", value)
        return float(value)

    def whole(self, name: str, low: int = -(2**63), high: int = 2**63, default: Default = NEEDED) -> int | Default:
        """Return a whole number from `low` to `high`."""
        value = self._value(name, default)
        if value is default:
            return value
        if not _is_number(value) or int(value) != value or not low <= value <= high:
            raise self._wrong(name, f"a whole number{_bounds(low, high)}", value)
        return int(value)

    def switch(self, name: str, default: Default = NEEDED) -> bool | Default:
        """Return true or false."""
        value = self._value(name, default)
        if value is not default and not isinstance(value, bool):
            raise self._wrong(name, "true or false", value)
        return value

    def items(self, name: str, default: Default = NEEDED, most: int = MOST_ITEMS) -> list[Any] | Default:
        """Return a list of at most `most` values."""
        value = self._value(name, default)
        if value is not default and (not isinstance(value, list) or len(value) > most):
            raise self._wrong(name, f"a list of at most {most} values", value)
        return value

    def inner(self, name: str) -> Fields:
        """Return the fields of an object in this one."""
        return Fields(self._value(name, NEEDED), self._named(name))

    def each(self, name: str, most: int = MOST_ITEMS) -> Iterator[Fields]:
        """Yield the fields of the objects of a list, whose names in errors are numbered from 1."""
        for number, one in enumerate(self.items(name, most=most), 1):
            yield Fields(one, f"{self._named(name)} {number}")

    def texts(self) -> dict[str, str]:
        """Return the object itself, whose values must all be texts."""
        for name in self.plain:
            self.text(str(name))
        return dict(self.plain)

    def _value(self, name: str, default: Any) -> Any:
        if name in self.plain:
            return self.plain[name]
        if default is NEEDED:
            raise FieldError(f"{self._named(name)} is missing")
        return default

    def _named(self, name: str) -> str:
        return f"{self.place}, {name}" if self.place else name

    def _wrong(self, name: str, wanted: str, value: Any) -> FieldError:
        return FieldError(f"{self._named(name)} must be {wanted}, not {_shown(value)}")


def _is_number(value: Any) -> bool:
    """Return whether a value is a number that is not infinite or NaN where it must be whole."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _bounds(low: float, high: float) -> str:
    return f" from {low:g} to {high:g}" if math.isfinite(low) and abs(high) < 2**62 else ""


def _shown(value: Any) -> str:
    """Return a value of any kind in a few letters."""
    return f"{value!r:.40}" if isinstance(value, str | int | float) or value is None else f"a {type(value).__name__}"

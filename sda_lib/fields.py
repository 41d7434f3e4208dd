"""Declare an option once: default, limits, unit, help and label of a dataclass field.

Error messages, command line, page, `--vary` and documentation read the declaration.
"""

from __future__ import annotations

import copy
import dataclasses
import inspect
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, TypeVar

from sda_lib.errors import SdaError

T = TypeVar("T")
KEY = "option"
DOC_WIDTH = 100


@dataclass(frozen=True)
class Option:
    """Declaration of one option.

    `low` and `high` bound a number, or every number in a tuple or mapping. `choices` are the allowed values, or the
    allowed keys of a mapping. `words` are texts that are allowed instead of a number. `usual` is the range that
    `--vary` spans. `label` names the option on the page. None is allowed where it is the default.
    """

    help: str
    low: float | None = None
    high: float | None = None
    unit: str = ""
    choices: tuple[Any, ...] = ()
    words: tuple[str, ...] = ()
    usual: tuple[float, float] | None = None
    label: str = ""
    name: str = ""
    default: Any = None

    @property
    def title(self) -> str:
        """Label on the page; by default the name in words."""
        return self.label or self.name.replace("_", " ").capitalize()

    @property
    def range(self) -> str:
        """Allowed values in words, e.g. "0.1 to 300 s, or auto"; empty where anything is allowed."""
        if self.low is None or self.high is None:
            return ", ".join(str(one) for one in self.choices if one != "")
        limits = f"{_number(self.low)} to {_number(self.high)} {self.unit}".rstrip()
        return ", or ".join([limits, *self.words])

    @property
    def text(self) -> str:
        """Help and range as one sentence."""
        return f"{self.help} ({self.range})." if self.range else f"{self.help}."

    def check(self, value: object, name: str = "") -> None:
        """Raise SdaError unless the value is allowed; `name` replaces the option's name in the message."""
        name = name or self.name
        if value is None and self.default is None:
            return
        if isinstance(value, Mapping):
            singular = name.removesuffix("s")
            for key, one in value.items():
                if self.choices and key not in self.choices:
                    raise SdaError(f"There is no {singular} {key!r}; there are {', '.join(map(str, self.choices))}.")
                self.check(one, f"{singular} {key}")
        elif isinstance(value, tuple):
            for one in value:
                self.check(one, name)
        elif self.low is not None and self.high is not None:
            number: Any = value
            if value not in self.words and not (isinstance(value, Real) and self.low <= number <= self.high):
                raise SdaError(f"{name} must be from {self.range}, not {_shown(value)}.")
        elif self.choices and value not in self.choices:
            raise SdaError(f"There is no {name} {value!r}; there are {self.range}.")


def option(
    default: T, help: str, low: float | None = None, high: float | None = None, unit: str = "", **more: Any
) -> T:
    """Return a dataclass field with this default and the declaration of an `Option`; `more` are its other fields."""
    metadata = {KEY: Option(help, low, high, unit, **more)}
    if default.__hash__ is None:  # mutable: every instance gets its own
        return dataclasses.field(default_factory=lambda: copy.copy(default), metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def options_of(owner: type) -> dict[str, Option]:
    """Return the options of a dataclass by name, in order, without fields that declare none."""
    found = {}
    for field in dataclasses.fields(owner):
        if KEY in field.metadata:
            default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
            found[field.name] = dataclasses.replace(field.metadata[KEY], name=field.name, default=default)
    return found


def check_options(values: Any, prefix: str = "") -> None:
    """Raise SdaError for the first option of a dataclass whose value is not allowed; `prefix` precedes its name."""
    for name, one in options_of(type(values)).items():
        one.check(getattr(values, name), f"{prefix}{name}")


def documented(owner: type[T]) -> type[T]:
    """List the options of a dataclass in its docstring, so that `help` shows ranges and defaults. A class decorator.

    They stand before the example, where there is one.
    """
    about, example, shown = inspect.cleandoc(owner.__doc__ or "").partition("\n\nExample:")
    lines = [about, "", "Args:"]
    for name, one in options_of(owner).items():
        plain = isinstance(one.default, int | float | str) and one.default != ""
        default = f" Default {one.default}." if plain else ""
        lines += textwrap.wrap(
            f"{name}: {one.text}{default}", DOC_WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 8
        )
    owner.__doc__ = "\n".join(lines) + example + shown
    return owner


def _number(value: float) -> str:
    """Format a limit: whole numbers in full, large powers of two as such."""
    if value == int(value):
        whole = int(value)
        return f"2^{whole.bit_length()} - 1" if whole >= 2**53 else str(whole)
    return f"{value:g}"


def _shown(value: object) -> str:
    return f"{value:g}" if isinstance(value, Real) and not isinstance(value, bool) else repr(value)

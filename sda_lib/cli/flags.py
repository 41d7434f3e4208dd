"""Command line flags for options that the library declares: help, unit and limits come from `sda_lib.fields`."""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from sda_lib.errors import SdaError
from sda_lib.fields import options_of


@dataclass(frozen=True)
class Flag:
    """A flag that fills a field of the dataclass `owner`.

    `kind` is the type of the flag's value and `parse` turns it into the field's, None being left out. `names` replace
    the flag's name, `note` follows the declared help, and `checked` lets the command line refuse numbers outside the
    declared limits (exit code 2).
    """

    owner: type
    field: str
    kind: Any
    parse: Callable[[Any], Any] | None = None
    names: tuple[str, ...] = ()
    note: str = ""
    panel: str | None = None
    checked: bool = False
    metavar: str | None = None

    @property
    def default(self) -> Any:
        return None if self.parse else options_of(self.owner)[self.field].default

    @property
    def annotation(self) -> Any:
        kind = self.kind | None if self.default is None else self.kind
        return Annotated[kind, declared(
            self.owner, self.field, *self.names, note=self.note, checked=self.checked, rich_help_panel=self.panel,
            metavar=self.metavar,
        )]  # fmt: skip


def flag(help: str, *names: str, **more: Any) -> Any:
    """Return a typer option."""
    return typer.Option(*names, help=help, **more)


def declared(owner: type, field: str, *names: str, note: str = "", checked: bool = False, **more: Any) -> Any:
    """Return a typer option with the help, unit and limits of a declared option, followed by a note."""
    one = options_of(owner)[field]

    def check(value: Any) -> Any:
        try:
            if value is not None:
                one.check(value)
        except SdaError as error:
            raise typer.BadParameter(str(error)) from error
        return value

    return flag(f"{one.text} {note}".strip(), *names, callback=check if checked else None, **more)


def assignments(texts: Sequence[str], form: str) -> dict[str, str]:
    """Parse ['name=value', …] to values by name. Raises SdaError that shows the form for text without name or `=`."""
    parts = [text.partition("=") for text in texts]
    for text, (name, equals, _) in zip(texts, parts, strict=True):
        if not (equals and name.strip()):
            raise SdaError(f"{text!r} should read {form}.")
    return {name.strip(): value for name, _, value in parts}


def filled(owner: type, flags: Mapping[str, Flag], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of `owner` that the values of flags fill."""
    mine = [(flags[name], value) for name, value in given.items() if flags[name].owner is owner and value is not None]
    return {flag.field: flag.parse(value) if flag.parse else value for flag, value in mine}


def with_flags(
    parameter: str, flags: Mapping[str, Flag], build: Callable[..., Any]
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that replaces a command's parameter with flags, from whose values `build` makes its value."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def with_value(**given: Any) -> None:
            chosen = {name: given.pop(name) for name in flags}
            command(**given, **{parameter: build(**chosen)})

        hints = typing.get_type_hints(command, include_extras=True)
        own = [
            one.replace(kind=one.KEYWORD_ONLY, annotation=hints[name])
            for name, one in inspect.signature(command).parameters.items()
            if name != parameter
        ]
        added = [
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=flag.default, annotation=flag.annotation)
            for name, flag in flags.items()
        ]
        with_value.__signature__ = inspect.Signature([*own, *added])  # type: ignore[attr-defined]  # read by typer
        with_value.__annotations__ = {one.name: one.annotation for one in (*own, *added)}
        return with_value

    return decorate

"""Signatures and documentation of methods that take the options of a dataclass as keywords."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from sda_lib.fields import DOC_WIDTH, options_of

F = TypeVar("F", bound=Callable[..., Any])
# Stands in a docstring, as a line of its own, for the options.
MARK = "{options}"
# Depth of arguments in a docstring, and of the lines that continue them.
INDENT = " " * 12


def with_options(*owners: type, without: tuple[str, ...] = ()) -> Callable[[F], F]:
    """Decorate a function that ends in `**options`: its signature and its docstring list the options of dataclasses.

    So tab completion and `help` show their names, ranges and defaults. The last of equal names counts.

    Args:
        *owners: dataclasses with options (`sda_lib.fields`).
        without: names of options that the function doesn't take.
    """
    named = {one.name: one for owner in owners for one in dataclasses.fields(owner) if one.name not in without}

    def decorate(function: F) -> F:
        signature = inspect.signature(function)
        own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
        given = {one.name for one in own}
        options = [_parameter(one) for one in named.values() if one.name not in given]
        function.__signature__ = signature.replace(parameters=[*own, *options])  # type: ignore[attr-defined]
        lines = [line for owner in owners for line in _lines(owner, (*without, *given))]
        function.__doc__ = (function.__doc__ or "").replace(f"{INDENT}{MARK}", "\n".join(lines))
        return function

    return decorate


def _parameter(field: dataclasses.Field[Any]) -> inspect.Parameter:
    """Return a dataclass field as a keyword of a function."""
    default = field.default if field.default_factory is dataclasses.MISSING else field.default_factory()
    return inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=field.type)


def _lines(owner: type, without: tuple[str, ...]) -> list[str]:
    """Return one entry of a docstring for each option of a dataclass, with its range."""
    found = []
    for name, one in options_of(owner).items():
        if name not in without:
            further = INDENT + " " * 4
            found += textwrap.wrap(f"{name}: {one.text}", DOC_WIDTH, initial_indent=INDENT, subsequent_indent=further)
    return found
